"""A recorded conversation: its calls, and the ids in it as another side names the same things."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HIDDEN = "(not recorded)"
ZONE = "/hostedzone/"
# Ids of EC2 and hosted zones, ARNs, and names that AWS makes up of ids.
_MADE_UP = re.compile(
    r"(?:[a-z]+-)+[0-9a-f]{8,}|arn:aws[a-z-]*:.+|Z[A-Z0-9]{8,}|/hostedzone/.+|com\.amazonaws\..*vpce-svc-.+"
    r"|unique-id-\d+|token-\d+|host-\d+\S*|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A line of a recording."""

    service: str
    operation: str
    parameters: Mapping[str, Any]
    response: Any  # None where an error came
    code: str  # of the error
    at_ms: float
    duration_ms: float

    @property
    def name(self) -> str:
        return f"{self.service}:{self.operation}"


def load(path: Path) -> list[Recorded]:
    """The calls in the order in which they began. Raises ValueError for what is no recording."""
    calls = []
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            line = json.loads(text)
            error = line.get("error") or {}
            calls.append(
                Recorded(
                    line["service"], line["operation"], line["parameters"], line.get("response"),
                    str(error.get("Code", "")), float(line["at_ms"]), float(line["duration_ms"]),
                )
            )  # fmt: skip
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{path}:{number}: not a line of a recording: {error}") from error
    return sorted(calls, key=lambda call: call.at_ms)


class Names:
    """Recorded name -> the other side's, learned from answers to the same calls."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def learn(self, recorded: Any, answered: Any) -> None:
        """Pair what the two answers have at the same place."""
        match recorded, answered:
            case Mapping(), Mapping():
                for key in recorded.keys() & answered.keys():
                    self.learn(recorded[key], answered[key])
            case list(), list() | tuple():
                for one, other in zip(recorded, answered, strict=False):
                    self.learn(one, other)
            case str(), str() if recorded != answered and _MADE_UP.fullmatch(recorded):
                self._known.setdefault(recorded, answered)
                if recorded.startswith(ZONE):  # later calls name it without this
                    self._known.setdefault(recorded.removeprefix(ZONE), answered.removeprefix(ZONE))

    def translate(self, value: Any) -> Any:
        """Parameters in the other side's names. What was hidden is left out: it may not be sent."""
        match value:
            case Mapping():
                kept = {key: self.translate(item) for key, item in value.items() if item != HIDDEN}
                return {key: item for key, item in kept.items() if key not in ("NextToken", "ClientToken", "Marker")}
            case list():
                return [self.translate(item) for item in value]
            case str():
                for recorded in sorted(self._known, key=len, reverse=True):
                    value = value.replace(recorded, self._known[recorded])
                return value
        return value
