"""A plan as a file: written by one command, reviewed by people, applied by another exactly as it is or not at all."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pltui.engine.json_values import load_foreign, plain_value
from pltui.engine.model import Op
from pltui.engine.plan import Plan
from pltui.engine.serialize import plan_document
from pltui.errors import LabError, NotApproved, Refused
from pltui.i18n import Phrase
from pltui.spec.model import Spec
from pltui.system import files

VERSION = 1  # version of the file format
MOST_READ = 64 * 2**20  # bytes; the plan of the largest lab has some megabytes
MOST_TOLD = 4  # differences listed in a message
AGAIN = Phrase("review it again: `pltui plan SPEC --out FILE`")

TO_BE = {
    "create": "to be created",
    "update": "to be updated",
    "delete": "to be deleted",
    "replace": "to be replaced",
}
NO_MORE = {"create": "exists", "update": "matches the spec", "delete": "is gone", "replace": "matches the spec"}

Change = Mapping[str, Any]  # a step as in `plan --json`, with the digest of the desired resource


@dataclass(frozen=True, slots=True)
class PlanOrigin:
    """The lab, target, region, endpoint and spec that a plan is made for."""

    lab: str
    target: str  # sandbox or aws
    region: str
    endpoint: str  # the target's own, or a given URL
    spec: str  # digest of the spec with every default and override

    @classmethod
    def of(cls, spec: Spec, target: str, region: str, *, endpoint_url: str | None) -> PlanOrigin:
        """Return the origin of a plan for `spec` on a target."""
        return cls(spec.name, target, region, endpoint_url or "its own", _json_digest(asdict(spec)))


# -- writing ----------------------------------------------------------------------------------------------------------


def save(path: str | Path, made_for: PlanOrigin, plan: Plan, account: str | None = None) -> None:
    """Write `plan` atomically to a file that only its owner can read; `account` if known.

    Raises:
        LabError: If the file cannot be written.
    """
    document = {
        "version": VERSION,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "made_for": asdict(made_for),
        "account": account,
        **plan_document(plan),
        "changes": _plan_changes(plan),
    }
    text = json.dumps({**document, "digest": _json_digest(document)}, indent=2) + "\n"
    files.write(path, text, files.PRIVATE)


def _plan_changes(plan: Plan) -> list[dict[str, Any]]:
    """Return the changes as in `plan --json`, with a digest of each desired resource.

    The digest covers fields that no change shows, such as all that a creation sets.
    """
    all_desired = [step.desired for step in (*plan.changes, *plan.later)]
    wanted = [_json_digest(plain_value(dict(desired.spec))) if desired else None for desired in all_desired]
    shown = plan_document(plan)["changes"]
    return [{**change, "wanted": digest} for change, digest in zip(shown, wanted, strict=True)]


def _json_digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


# -- reading ----------------------------------------------------------------------------------------------------------


def load(path: str | Path, here: PlanOrigin) -> Approved:
    """Return the plan in the file at `path`.

    Raises:
        LabError: If the file is unreadable or contains no plan (exit code 2).
        Refused: If the plan was altered, or was made for another lab, target, region, endpoint or spec than `here`.
    """
    document = _read_document(path)
    try:
        if document.pop("digest") != _json_digest(document):
            raise Refused(Phrase("{path} was changed after it was written", path=path), AGAIN)
        made_for = PlanOrigin(**document["made_for"])
        approved = Approved(str(path), document["account"], _by_address(_check_changes(document["changes"])))
    except Refused:
        raise
    except Exception as error:  # the file may have been edited in any way
        raise _no_plan(path) from error
    now = asdict(here)
    for name, then in asdict(made_for).items():
        if then != now[name]:
            other = Phrase("{path}: the plan is for another spec", path=path)
            told = {"path": path, "name": Phrase(name), "then": then, "now": now[name]}
            elsewhere = Phrase("{path}: the plan is for {name} {then}, not for {now}", **told)
            raise Refused(other if name == "spec" else elsewhere, AGAIN)
    return approved


def _read_document(path: str | Path) -> dict[str, Any]:
    try:
        document = load_foreign(files.read(path, MOST_READ).decode("utf-8"))
    except OSError as error:
        raise LabError(
            Phrase("{path} cannot be read: {strerror}", path=path, strerror=error.strerror), code=2
        ) from error
    except ValueError as error:
        raise _no_plan(path) from error
    if not (isinstance(document, dict) and {"version", "digest"} <= document.keys()):
        raise _no_plan(path)
    if document["version"] != VERSION:
        raise LabError(Phrase("{path} was written by another version of pltui", path=path), AGAIN, 2)
    return document


def _check_changes(changes: list[Change]) -> list[Change]:
    """Return the changes of a file. Raises any exception if one is not as `_plan_changes` writes it."""
    for change in changes:
        texts = (change["address"], change["kind"], change["why"], *change["takes_along"])
        optional = [text for text in (change["id"], change["wanted"]) if text is not None]
        fields = [(each["field"], each["was"], each["want"])[0] for each in change["changes"]]
        if not all(isinstance(text, str) for text in (*texts, *optional, *fields)):
            raise TypeError("a change has a value of another type")
        if not isinstance(change["takes_along"], list) or not isinstance(change["changes"], list):
            raise TypeError("a change has no list")
        if change["op"] not in iter(Op) or change["action"] not in TO_BE:
            raise ValueError("a change has an unknown operation")
    return changes


def _no_plan(path: str | Path) -> LabError:
    return LabError(Phrase("{path} is not a plan", path=path), Phrase("`pltui plan SPEC --out FILE` writes one"), 2)


@dataclass(frozen=True, slots=True)
class Approved:
    """An approved plan; `changes` are by address."""

    path: str
    account: str | None
    changes: Mapping[str, Sequence[Change]]

    @classmethod
    def of(cls, plan: Plan) -> Approved:
        """Return the approval of a plan that was reviewed directly, without a file."""
        return cls("", None, _by_address(_plan_changes(plan)))

    def check_account(self, account: str | None) -> None:
        """Compare the account with that of the plan; an unknown account is not compared.

        Raises:
            Refused: If the plan was made for another account.
        """
        if self.account and account and self.account != account:
            told = {"path": self.path, "then": self.account, "now": account}
            raise Refused(Phrase("{path}: the plan is for account {then}, not for {now}", **told), AGAIN)

    def check(self, plan: Plan, first: bool) -> None:
        """Compare `plan` with the approved one; after the first pass, allow what may follow from it.

        Raises:
            NotApproved: If `plan` contains anything else.
        """
        now = _by_address(_plan_changes(plan))
        moved = self._difference_sentences(now) if first else self._unapproved_sentences(now)
        if moved:
            told, more = Phrase.join_parts("; ", moved[:MOST_TOLD]), len(moved) - MOST_TOLD
            if more > 0:
                told = Phrase("{moved}, and {n} more", moved=told, n=more)
            raise NotApproved(Phrase("the lab has changed since the plan was made: {moved}", moved=told), AGAIN)

    def _difference_sentences(self, now: Mapping[str, Sequence[Change]]) -> list[str]:
        """Return a sentence for each address whose changes are not exactly the approved ones."""
        pairs = {address: (self.changes.get(address, ()), now.get(address, ())) for address in {*self.changes, *now}}
        told = {address: _describe_difference(*pair) for address, pair in sorted(pairs.items())}
        return [Phrase("{address}: {moved}", address=address, moved=text) for address, text in told.items() if text]

    def _unapproved_sentences(self, now: Mapping[str, Sequence[Change]]) -> list[str]:
        """Return a sentence for each address with changes that were not approved."""
        return [
            Phrase("{address}: {moved}", address=address, moved=_format_move(self.changes.get(address, ()), changes))
            for address, changes in sorted(now.items())
            if not _is_covered(changes, self.changes.get(address, ()))
        ]


def _by_address(changes: Iterable[Change]) -> dict[str, list[Change]]:
    found: dict[str, list[Change]] = {}
    for change in changes:
        found.setdefault(change["address"], []).append(change)
    return found


def _is_covered(changes: Sequence[Change], approved: Sequence[Change]) -> bool:
    """Return True if the changes that a later pass makes at an address were approved.

    A run may delete what it created itself: it failed, or was created twice. An object whose reference was to be
    updated after the deletion of its target may have been deleted with the target.
    """
    allowed: set[str] = set()
    for change in approved:
        if change["op"] != Op.UPDATE:
            return True
        allowed |= {Op.UPDATE, Op.CREATE} if change.get("later") else {Op.UPDATE}
    return all(change["op"] in allowed for change in changes)


def _describe_difference(then: Sequence[Change], now: Sequence[Change]) -> str:
    """Return the difference at one address; empty if there is none."""
    if sorted(map(_change_facts, then)) == sorted(map(_change_facts, now)):
        return ""
    if not now:
        return Phrase("was {then}, and now {now}", then=_format_changes(then), now=Phrase(NO_MORE[then[0]["action"]]))
    if _format_changes(then) == _format_changes(now):
        return Phrase("was {then}, and would now have another result", then=_format_changes(then))
    return _format_move(then, now)


def _format_move(then: Sequence[Change], now: Sequence[Change]) -> str:
    return Phrase("was {then}, and now is {now}", then=_format_changes(then), now=_format_changes(now))


def _change_facts(change: Change) -> tuple[str, ...]:
    """Return everything that identifies a step."""
    shown = [change[name] for name in ("action", "kind", "why")], sorted(change["takes_along"])
    fields = [(each["field"], each["was"], each["want"]) for each in change["changes"]]
    facts = change["op"], str(change.get("later")), str(change["id"]), str(change["wanted"])
    return *facts, _json_digest([shown, fields])


def _format_changes(changes: Sequence[Change]) -> str:
    """Return changes in words: `to be updated (vpc-1, cidr: a -> b)`."""
    if not changes:
        return Phrase("to stay as it is")
    parts = []
    for change in changes:
        fields = (f"{each['field']}: {each['was']} -> {each['want']}" for each in change["changes"])
        inside = ", ".join(filter(None, (change["id"], *fields)))
        aim = Phrase(TO_BE[change["action"]])
        parts.append(Phrase("{aim} ({inside})", aim=aim, inside=inside) if inside else aim)
    return functools.reduce(lambda first, second: Phrase("{first} and {second}", first=first, second=second), parts)
