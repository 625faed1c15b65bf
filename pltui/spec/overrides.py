"""`--set path=value`: changes to a document before it is checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pltui.i18n import Phrase
from pltui.spec.document import MAX_DEPTH, Path, read_document
from pltui.spec.problems import Problem, did_you_mean, format_value

_EXAMPLE = Phrase("write for example provider.load_balancer.cross_zone=false")


@dataclass(slots=True)
class Overrides:
    """Changes made by the options of one command line."""

    origins: dict[Path, str] = field(default_factory=dict)  # path of a value -> the option it came from
    problems: list[Problem] = field(default_factory=list)

    def origin(self, path: Path) -> str | None:
        """Return the option that the value at `path` came from; None: the file."""
        return next((self.origins[path[:n]] for n in range(len(path), -1, -1) if path[:n] in self.origins), None)


class _WrongError(ValueError):
    """An override that cannot be applied; the text is the reason."""


def apply(data: Any, texts: Sequence[str]) -> Overrides:
    """Change `data`, a mapping, in place by `texts`, in their order."""
    applied = Overrides()
    for text in texts:
        option = f"--set {text}"
        try:
            path, value = _parse_override(text)
            start = _put_value(data, path, value)
        except _WrongError as error:
            applied.problems.append(Problem(option, 0, 0, str(error)))
            continue
        for earlier in [known for known in applied.origins if known[: len(start)] == start]:
            del applied.origins[earlier]
        applied.origins[start] = option
    return applied


def _parse_override(text: str) -> tuple[list[str], Any]:
    name, equals, value = text.partition("=")
    keys = name.strip().split(".")
    if not equals or not all(keys) or len(keys) > MAX_DEPTH:
        raise _WrongError(Phrase("expected path=value, with dots between keys; {example}", example=_EXAMPLE))
    document = read_document(value)
    if document.problems:
        raise _WrongError("; ".join(message for _, message in document.problems[:3]))
    return keys, document.data


def _put_value(data: Any, keys: list[str], value: Any) -> Path:
    """Set a value; return the path of the outermost mapping that was created, or of the value itself."""
    path: Path = ()
    made: Path | None = None
    here = data
    for key in keys[:-1]:
        step = _parse_step(here, key, path)
        path = (*path, step)
        if isinstance(here, dict) and step not in here:
            _refuse_new_consumer(here, path)
            made = made or path
            here[step] = {}
        here = here[step]
    step = _parse_step(here, keys[-1], path)
    if isinstance(here, dict) and step not in here:
        _refuse_new_consumer(here, (*path, step))
    here[step] = value
    return made or (*path, step)


def _parse_step(here: Any, key: str, path: Path) -> str | int:
    """Return `key` as an index into `here`, the value at `path`."""
    where = ".".join(map(str, path))
    if isinstance(here, dict):
        return key
    if not isinstance(here, list):
        raise _WrongError(
            Phrase(
                "'{where}' is {here} and has nothing named '{key}' in it; set '{where}' itself",
                where=where,
                here=format_value(here),
                key=key,
            )
        )
    if key.isascii() and key.isdigit() and len(key) < 6 and int(key) < len(here):
        return int(key)
    counted = Phrase("write 0 to {n}", n=len(here) - 1) if here else Phrase("set '{where}' itself", where=where)
    raise _WrongError(
        Phrase(
            "'{where}' is a list of {n} and has no item '{key}'; {counted}",
            where=where,
            n=len(here),
            key=key,
            counted=counted,
        )
    )


def _refuse_new_consumer(consumers: dict[str, Any], path: Path) -> None:
    # Any name is a valid key here, so a typo would add a second consumer made of defaults.
    if len(path) == 2 and path[0] == "consumers":
        known = Phrase("; the spec has: {consumers}", consumers=", ".join(consumers)) if consumers else ""
        raise _WrongError(
            Phrase(
                "no consumer '{consumer}'{hint}", consumer=path[1], hint=did_you_mean(str(path[1]), consumers, known)
            )
        )
