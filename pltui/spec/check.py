"""From text to `Spec`: read, override, check against the schema, check the rules; reports all problems at once."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from pltui.i18n import Phrase
from pltui.spec.build import build
from pltui.spec.document import MAX_PROBLEMS, Document, Path, read_document
from pltui.spec.messages import Finding, findings
from pltui.spec.model import Spec
from pltui.spec.overrides import Overrides, apply
from pltui.spec.problems import Problem, SpecError, format_value
from pltui.spec.rules import rule_findings
from pltui.spec.schema import VERSIONS, schema_errors, with_defaults


def check(text: str, file: str, overrides: Sequence[str] = ()) -> Spec:
    """Return the lab that `text` and `overrides` declare.

    Raises:
        SpecError: With every problem, in the order of the file.
    """
    document = read_document(text)
    data = document.data
    told = [Problem(file, span.line, span.column, message) for span, message in document.problems]
    if document.complete and not isinstance(data, dict) and () not in document.broken:
        told.append(Problem(file, *_first_position(document), _not_a_lab(data)))
    if not document.complete or not isinstance(data, dict):
        raise SpecError(sorted(told))

    applied = apply(data, overrides)
    wrong_version = list(_version_findings(data))
    if (
        wrong_version and ("version",) not in document.broken
    ):  # findings by this version's rules would not help with a spec of another version
        raise SpecError(_locate_finding(finding, document, applied, file) for finding in wrong_version)

    by_schema = _schema_findings(data)
    found = [finding for finding in by_schema if not _is_covered(finding.path, document.broken)]
    if len(by_schema) < MAX_PROBLEMS:
        spec, by_rules = _build_sound(
            data, {_removable_root(path) for path in (*(finding.path for finding in found), *document.broken)}
        )
        found += by_rules
    told += applied.problems
    told += [_locate_finding(finding, document, applied, file) for finding in found]
    if not told:
        return spec
    # Sorted by place; problems of options come last, in the order of the options.
    raise SpecError(sorted(dict.fromkeys(told), key=lambda problem: _sort_key(problem, overrides))[:MAX_PROBLEMS])


def _first_position(document: Document) -> tuple[int, int]:
    span = document.span(())
    return (span.line, span.column) if document.data is not None else (1, 1)


def _not_a_lab(data: Any) -> str:
    if data is None:
        return Phrase("the file is empty; a lab needs version, name, provider and consumers")
    return Phrase("expected a mapping with version, name, provider and consumers, got {got}", got=format_value(data))


def _version_findings(data: dict[str, Any]) -> Iterator[Finding]:
    version = data.get("version", VERSIONS[-1])
    if type(version) is not int or version not in VERSIONS:
        known = " or ".join(map(str, VERSIONS))
        message = Phrase(
            "expected {known}, the version of the format that this pltui knows, got {got}",
            known=known,
            got=format_value(version),
        )
        yield Finding(("version",), Phrase("{message}; write {version}", message=message, version=VERSIONS[-1]))


def _schema_findings(data: dict[str, Any]) -> list[Finding]:
    # No more than are reported: a hostile file has thousands, each with a search for similar words.
    every = (finding for error in schema_errors(data) for finding in findings(error))
    return list(islice(every, MAX_PROBLEMS))


def _build_sound(data: dict[str, Any], unsound: set[Path]) -> tuple[Spec, list[Finding]]:
    """Return the spec of the valid values in `data`, and the rules that these values break."""
    sound = copy.deepcopy(data)
    for path in unsound:
        _remove_value(sound, path)
    for key, stand_in in (("name", ""), ("provider", {}), ("consumers", {})):
        if key not in sound:
            sound[key] = stand_in
            unsound.add((key,))
    full = with_defaults(sound)
    spec = build(full)
    sure = (
        finding
        for finding in rule_findings(spec, full)
        if not any(_touches_any(path, unsound) for path in (finding.path, *finding.because_of))
    )
    return spec, list(islice(sure, MAX_PROBLEMS))


def _removable_root(path: Path) -> Path:
    """Return the innermost key on `path` that can be removed without changing the meaning of its neighbours."""
    indices = [position for position, step in enumerate(path) if isinstance(step, int)]
    return path[: indices[0]] if indices else path


def _remove_value(data: dict[str, Any], path: Path) -> None:
    for step in path[:-1]:
        data = data.get(str(step), {})
    if path:
        data.pop(str(path[-1]), None)


def _is_covered(path: Path, by: Iterable[Path]) -> bool:
    return any(path[: len(other)] == other for other in by)


def _touches_any(path: Path, others: Iterable[Path]) -> bool:
    return any(path[: len(other)] == other[: len(path)] for other in others if other)


def _locate_finding(finding: Finding, document: Document, applied: Overrides, file: str) -> Problem:
    if origin := applied.origin(finding.path):
        return Problem(origin, 0, 0, finding.message)
    for path in finding.because_of:
        if origin := applied.origin(path):
            return Problem(origin, 0, 0, f"{'.'.join(map(str, finding.path))}: {finding.message}")
    span = document.span(finding.path, key=finding.key)
    return Problem(file, span.line, span.column, finding.message)


def _sort_key(problem: Problem, overrides: Sequence[str]) -> tuple[int, int, int]:
    if problem.line:
        return (0, problem.line, problem.column)
    return (1, list(overrides).index(problem.file.removeprefix("--set ")), 0)
