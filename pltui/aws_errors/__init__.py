"""The catalogue of AWS's errors: their wording, their meaning for a run, and advice. The data is in catalogue.toml.

It depends on nothing else in pltui, so that the client, the sandbox and the tests can read the same entries. Advice is
English text with `{places}`; `pltui.i18n` translates it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

CATALOGUE = Path(__file__).with_name("catalogue.toml")
ANY = "*"
ENCODED = "Encoded authorization failure message:"  # EC2 API reference, UnauthorizedOperation
# IAM's name of a service where it is not boto3's.
_IAM_NAMES = {"elasticloadbalancing": "elbv2"}


class OutcomeClass(StrEnum):
    """Meaning of an error for the call that it answers."""

    REJECTED = "rejected"  # nothing was done, and repeating the call does not help
    NOT_YET = "not_yet"  # nothing was done, and time may help
    UNKNOWN = "unknown"  # it may have been done


class ErrorKind(StrEnum):
    """Reason of an error, as far as something depends on it."""

    EXPIRED = "expired"  # credentials that can be renewed
    CLOCK = "clock"  # this machine's clock differs from the service's
    CREDENTIALS = "credentials"  # credentials that are not accepted
    DENIED = "denied"  # no permission
    ACCOUNT = "account"  # the account may not do this at all
    QUOTA = "quota"
    CAPACITY = "capacity"
    UNSUPPORTED = "unsupported"  # by the zone, or by the type of instance
    ADDRESSES = "addresses"  # too few in a subnet, or a CIDR of the wrong size
    THROTTLED = "throttled"
    MISSING = "missing"  # an object that the call names
    SETTLING = "settling"  # another change is under way
    HELD = "held"  # another object needs what is to be deleted
    TAKEN = "taken"  # another object has the name or the place
    PROTECTED = "protected"  # by deletion protection
    DRY_RUN = "dry_run"
    INVALID = "invalid"  # a request that no account could make
    INTERNAL = "internal"  # the service failed
    LAUNCH = "launch"  # an instance that AWS ended while starting it
    ENDED = "ended"  # an instance that a person ended


# Reasons that any service may give: an entry that names other services describes them too. Any other code means what
# its own service means by it.
COMMON = frozenset(
    {
        ErrorKind.EXPIRED,
        ErrorKind.CLOCK,
        ErrorKind.CREDENTIALS,
        ErrorKind.DENIED,
        ErrorKind.THROTTLED,
        ErrorKind.INTERNAL,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueEntry:
    """One error. The fields are explained at the top of catalogue.toml.

    `advice` is a text of the catalogue's table, or "". A `code` with "*" is a family of codes, without a wording.
    """

    name: str
    code: str
    services: tuple[str, ...]
    operations: tuple[str, ...]
    only: bool
    status: int
    message: str
    pattern: re.Pattern[str] | None
    outcome: OutcomeClass
    kind: ErrorKind
    account_wide: bool
    lasts_s: float | None
    state: bool
    advice: str
    source: str

    @property
    def is_family(self) -> bool:
        """True if the code has a "*" and so stands for a family of codes."""
        return ANY in self.code

    def is_of(self, service: str) -> bool:
        """True if `service`, as boto3 or IAM names it, answers with it."""
        return ANY in self.services or boto_name(service) in self.services

    def fits(self, service: str, operation: str) -> bool:
        """True if it may describe an answer to `operation` of `service`; "" is a service that is not known."""
        if self.only and operation not in self.operations:
            return False
        return not service or self.is_of(service) or self.kind in COMMON

    def has_code(self, code: str) -> bool:
        """True if the entry is for `code`, or for a family that includes it."""
        return fnmatchcase(code, self.code) if self.is_family else code == self.code

    def allows(self, message: str) -> bool:
        """True if the entry has no pattern, or its pattern is found anywhere in `message`."""
        return self.pattern is None or self.pattern.search(message) is not None

    def wording(self, **values: str) -> str:
        """The message with its places filled in: from `values`, else from the catalogue's examples."""
        return self.message.format_map({**examples(), **values})


def boto_name(service: str) -> str:
    """boto3's name of a service that may be given as IAM names it: `elbv2` for `elasticloadbalancing`."""
    return _IAM_NAMES.get(service, service)


@cache
def entries() -> tuple[CatalogueEntry, ...]:
    """All errors, in the file's order."""
    document = _load_catalogue()
    return tuple(
        _parse_entry({**group, **one}, document["advice"]) for group in document["group"] for one in group["errors"]
    )


@cache
def examples() -> Mapping[str, str]:
    """Values for the places of messages."""
    return dict(_load_catalogue()["examples"])


@cache
def advice(name: str) -> str:
    """A text of the table `advice`.

    Raises:
        KeyError: If the table has no such text.
    """
    return str(_load_catalogue()["advice"][name])


def all_advice() -> tuple[str, ...]:
    """Every text of the table `advice`, for the translations."""
    return tuple(_load_catalogue()["advice"].values())


def find(code: str, message: str = "", service: str = "", operation: str = "") -> CatalogueEntry | None:
    """The entry that describes an answer best; None for a code that the catalogue does not have.

    In order of precedence: an entry for the code itself before one for a family of codes, one for the service, one with
    a pattern found in the message, and one for the operation.
    """
    found = [each for each in _of_code(code) if each.allows(message) and each.fits(service, operation)]
    return _best_match(found, service, operation)


def find_injectable(name: str, service: str = "", operation: str = "") -> CatalogueEntry | None:
    """The injectable entry with this name or code; the one that fits the service and operation best."""
    found = [each for each in entries() if name == each.name] or [each for each in entries() if name == each.code]
    return _best_match([each for each in found if each in (*injectable(), *states())], service, operation)


@cache
def injectable() -> tuple[CatalogueEntry, ...]:
    """The entries that can answer a call: neither families of codes nor states."""
    return tuple(each for each in entries() if not each.is_family and not each.state)


@cache
def states() -> tuple[CatalogueEntry, ...]:
    """The reasons, families left out, for which a resource that a call has created can be in a failed state."""
    return tuple(each for each in entries() if each.state and each.message and not each.is_family)


@cache
def services() -> tuple[str, ...]:
    """The services that the catalogue knows, as boto3 names them."""
    return tuple(sorted({service for each in entries() for service in each.services} - {ANY}))


def codes(kind: ErrorKind) -> frozenset[str]:
    """The codes of all entries of a kind, families left out."""
    return frozenset(each.code for each in entries() if each.kind is kind and not each.is_family)


def has_entry(code: str) -> bool:
    """True if the catalogue has an entry for just this code."""
    return any(each.code == code for each in entries())


@lru_cache(maxsize=512)  # a run meets few codes, many times
def _of_code(code: str) -> tuple[CatalogueEntry, ...]:
    """The entries for a code, including those for its families."""
    return tuple(each for each in entries() if each.has_code(code))


def split_encoded(message: str) -> tuple[str, str]:
    """A message without its encoded part, and that part ("" without one)."""
    text, mark, rest = message.partition(ENCODED)
    return (text.rstrip(), rest.strip()) if mark else (message, "")


def _best_match(found: Iterable[CatalogueEntry], service: str, operation: str) -> CatalogueEntry | None:
    def rank(entry: CatalogueEntry) -> tuple[bool, ...]:
        return (
            not entry.is_family,
            bool(service) and entry.is_of(service),
            entry.pattern is not None,
            operation in entry.operations,
        )

    return max(found, key=rank, default=None)  # of equals the first in the file


@cache
def _load_catalogue() -> Mapping[str, Any]:
    return tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))


def _parse_entry(row: Mapping[str, Any], texts: Mapping[str, str]) -> CatalogueEntry:
    outcome = OutcomeClass(row.get("outcome", OutcomeClass.REJECTED))
    return CatalogueEntry(
        name=row.get("name", row["code"]),
        code=row["code"],
        services=tuple(row["services"]),
        operations=tuple(row.get("operations", ())),
        only=row.get("only", False),
        status=row.get("status", 400),
        message=row.get("message", ""),
        pattern=re.compile(row["pattern"]) if "pattern" in row else None,
        outcome=outcome,
        kind=ErrorKind(row["kind"]),
        account_wide=row.get("account", False),
        lasts_s=row.get("lasts_s") if outcome is OutcomeClass.NOT_YET else None,
        state=row.get("state", False),
        advice=texts[row["advice"]] if "advice" in row else "",
        source=row["source"],
    )
