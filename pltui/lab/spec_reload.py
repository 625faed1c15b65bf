"""Reload the spec of an open lab; reject one that describes a different lab."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pltui.i18n import Phrase
from pltui.spec import Problem, SpecError, parse
from pltui.spec.document import Path as KeyPath
from pltui.spec.document import read_document
from pltui.spec.model import Account, Spec
from pltui.spec.source import read as read_text

if TYPE_CHECKING:
    from pltui.context import LabContext


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved spec file: its spec, or its problems."""

    text: str  # empty if the file cannot be read
    spec: Spec | None
    problems: tuple[Problem, ...] = ()


def read(lab: LabContext) -> Saved:
    """Read the lab's file with the command line's overrides."""
    return check_file(lab.path, lab.spec, lab.region, lab.settings.overrides, lab.settings.region)


def check_file(
    path: str | Path, now: Spec, region: str, overrides: tuple[str, ...] = (), insists: str | None = None
) -> Saved:
    """Read and check the file at `path` for the lab whose spec is `now`, in `region`.

    `insists`: the region that the user named.
    """
    text = ""
    try:
        text = read_text(path)
        then = parse(text, str(path), overrides)
    except SpecError as error:
        return Saved(text, None, error.problems)
    document = read_document(text)
    spans = (
        (document.span(where), message)
        for where, message in _identity_changes(now, then, insists or then.region, region)
    )
    problems = tuple(Problem(str(path), span.line, span.column, message) for span, message in spans)
    return Saved(text, None if problems else then, problems)


def _identity_changes(now: Spec, then: Spec, asked: str | None, region: str) -> Iterator[tuple[KeyPath, str]]:
    """Yield each place where `then` describes another lab than the open one, with a message."""
    if then.name != now.name:
        told = Phrase("this app shows the lab '{now}'; quit it to open '{then}'", now=now.name, then=then.name)
        yield ("name",), told
    if asked and asked != region:
        told = Phrase("the lab is in {region}; quit the app to open it in {asked}", region=region, asked=asked)
        yield ("region",), told
    known = {account for _, account in _accounts(now)}
    for where, account in _accounts(then):
        if account not in known:
            yield where, Phrase("the lab's credentials are for other accounts; quit the app and open it again")


def _accounts(spec: Spec) -> Iterator[tuple[KeyPath, Account]]:
    yield ("provider", "account"), spec.provider.account
    for name, consumer in spec.consumers.items():
        if consumer.account != Account():
            yield ("consumers", name, "account"), consumer.account
