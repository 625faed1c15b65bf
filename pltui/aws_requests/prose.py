"""Rules that AWS states only in prose: the table in prose.toml."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from pltui.aws_requests.limits import length_within, matching
from pltui.aws_requests.violation import Constraint


class Prose:
    """The rules of one service. `open_enumerations` are shapes to which AWS keeps adding values."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.open_enumerations = frozenset(document.get("open_enumerations", ()))
        self._constraints: dict[str, list[Constraint]] = defaultdict(list)
        for rule in document.get("rules", ()):
            for member in rule["members"]:
                self._constraints[member] += _parse_constraints(rule)

    @property
    def members(self) -> frozenset[str]:
        """Members with rules, as `Structure.Member`."""
        return frozenset(self._constraints)

    def constraints(self, member: str) -> Sequence[Constraint]:
        """The constraints of a member, given as `Structure.Member`."""
        return self._constraints.get(member, ())


def _parse_constraints(rule: Mapping[str, Any]) -> list[Constraint]:
    more = {name: rule.get(name, "") for name in ("code", "message", "source")}
    found = list(length_within(rule.get("min"), rule.get("max"), **more))
    return [*found, *(matching(rule["pattern"], **more) if "pattern" in rule else ())]


@cache
def of_service(service: str) -> Prose:
    """The rules of a service, named as botocore names it; most services have none."""
    text = (files(__package__) / "prose.toml").read_text(encoding="utf-8")
    return Prose(tomllib.loads(text).get(service, {}))
