"""The result of executing one plan."""

from __future__ import annotations

from dataclasses import dataclass, field

from pltui.engine.errors import CloudError
from pltui.engine.model import Step
from pltui.i18n import Phrase


@dataclass(frozen=True, slots=True)
class AccountRefusal:
    """A rejection that concerns the whole account, so other creates would fail too."""

    step: Step
    error: CloudError

    def __str__(self) -> str:
        code = self.error.code or Phrase("an error that concerns the whole account")
        return Phrase("nothing more is created after {code} ({address})", code=code, address=self.step.address)


@dataclass
class Result:
    """Outcome of the steps of one plan."""

    done: list[Step] = field(default_factory=list)
    made: list[Step] = field(default_factory=list)  # creates whose resource exists, successful or not
    failed: list[tuple[Step, CloudError]] = field(default_factory=list)
    unknown: list[tuple[Step, CloudError]] = field(default_factory=list)
    blocked: list[Step] = field(default_factory=list)
    interrupted: bool = False
    waiting: list[tuple[Step, str]] = field(default_factory=list)  # ended waits, with their last status
    written: dict[str, Step] = field(default_factory=dict)  # by key: steps that wrote, or may have written
    refusal: AccountRefusal | None = None  # no create was started after it
    paused: bool = False  # ended because steps only waited for long; observe again


class NeverReadyError(CloudError):
    """The resource exists, but will never work in its present state."""
