"""A plan as a file: made by one command, looked at by people, applied by another exactly as it is or not at all."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pltui.engine.describe import plain, plan_document
from pltui.engine.plan import Plan
from pltui.engine.types import Op
from pltui.errors import LabError, Refused
from pltui.spec.model import Spec

VERSION = 1  # of the file's format
MOST_TOLD = 4  # of what is otherwise than it was
AGAIN = "look at it anew: `pltui plan SPEC --out FILE`"

DONE = {"create": "created", "update": "updated", "delete": "deleted", "replace": "replaced"}
NO_MORE = {"create": "exists", "update": "is as wanted", "delete": "is gone", "replace": "is as wanted"}

Change = Mapping[str, Any]  # a step as `plan --json` has it, and the digest of what is wanted


@dataclass(frozen=True, slots=True)
class Facts:
    """What a plan is made for."""

    lab: str
    target: str  # sandbox or aws
    region: str
    endpoint: str  # the target's own, or the URL of one that was named
    spec: str  # the digest of all it says, with every default and override

    @classmethod
    def of(cls, spec: Spec, target: str, region: str, *, endpoint_url: str | None) -> Facts:
        return cls(spec.name, target, region, endpoint_url or "its own", _digest(asdict(spec)))


# -- writing ----------------------------------------------------------------------------------------------------------


def save(path: str | Path, made_for: Facts, plan: Plan, account: str | None = None) -> None:
    """Write `plan` to a file for its owner's eyes only, in one step; `account` where it is known.

    Raises LabError where that cannot be.
    """
    document = {
        "version": VERSION,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "made_for": asdict(made_for),
        "account": account,
        **plan_document(plan),
        "changes": _changes(plan),
    }
    text = json.dumps({**document, "digest": _digest(document)}, indent=2) + "\n"
    try:
        _replace(Path(path), text)
    except OSError as error:
        raise LabError(f"{path} cannot be written: {error.strerror}", code=2) from error


def _replace(path: Path, text: str) -> None:
    """The new file is there as a whole or not at all.

    Raises OSError for what is there and is no file, such as /dev/null or a link: it must not be replaced.
    """
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise OSError(errno.EINVAL, "it is not a regular file")
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # of mode 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink()
        raise


def _changes(plan: Plan) -> list[dict[str, Any]]:
    """As `plan --json` has them. The digest tells apart wishes that no change shows, as all a creation will set."""
    wants = [step.want for step in (*plan.changes, *plan.later)]
    wanted = [_digest(plain(dict(want.spec))) if want else None for want in wants]
    shown = plan_document(plan)["changes"]
    return [{**change, "wanted": digest} for change, digest in zip(shown, wanted, strict=True)]


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


# -- reading ----------------------------------------------------------------------------------------------------------


def load(path: str | Path, here: Facts) -> Approved:
    """The plan in the file at `path`.

    Raises LabError (2) for what is no such file, and Refused for one that was altered, or that was made for another
    lab, target, region, endpoint or spec than what is `here`.
    """
    document = _read(path)
    if document.pop("digest") != _digest(document):
        raise Refused(f"{path} was altered after it was made", AGAIN)
    try:
        made_for = Facts(**document["made_for"])
        approved = Approved(str(path), document["account"], _by_address(document["changes"]))
    except (KeyError, TypeError) as error:
        raise _no_plan(path) from error
    now = asdict(here)
    for name, then in asdict(made_for).items():
        if then != now[name]:
            what = "a spec that says something else" if name == "spec" else f"{name} {then}, not for {now[name]}"
            raise Refused(f"{path}: it was made for {what}", AGAIN)
    return approved


def _read(path: str | Path) -> dict[str, Any]:
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise LabError(f"{path} cannot be read: {error.strerror}", code=2) from error
    except (ValueError, RecursionError) as error:
        raise _no_plan(path) from error
    if not (isinstance(document, dict) and {"version", "digest"} <= document.keys()):
        raise _no_plan(path)
    if document["version"] != VERSION:
        raise LabError(f"{path} is of another version of pltui", AGAIN, 2)
    return document


def _no_plan(path: str | Path) -> LabError:
    return LabError(f"{path} holds no plan", "`pltui plan SPEC --out FILE` makes one", 2)


@dataclass(frozen=True, slots=True)
class Approved:
    """A plan somebody agreed to; `changes` are by address."""

    path: str
    account: str | None
    changes: Mapping[str, Sequence[Change]]

    def check_account(self, account: str | None) -> None:
        """Raises Refused where it was made for another; one that is not known is not compared."""
        if self.account and account and self.account != account:
            raise Refused(f"{self.path}: it was made for account {self.account}, not for {account}", AGAIN)

    def check(self, plan: Plan, first: bool) -> None:
        """Raises Refused unless `plan` is what was approved or, after the first pass, what may follow from it."""
        now = _by_address(_changes(plan))
        moved = self._moved(now) if first else self._strayed(now)
        if moved:
            more = f", and {len(moved) - MOST_TOLD} more" if len(moved) > MOST_TOLD else ""
            raise Refused("the world has moved since the plan was made: " + "; ".join(moved[:MOST_TOLD]) + more, AGAIN)

    def _moved(self, now: Mapping[str, Sequence[Change]]) -> list[str]:
        """What is not exactly as it was."""
        pairs = {address: (self.changes.get(address, ()), now.get(address, ())) for address in {*self.changes, *now}}
        told = {address: _difference(*pair) for address, pair in sorted(pairs.items())}
        return [f"{address}: {text}" for address, text in told.items() if text]

    def _strayed(self, now: Mapping[str, Sequence[Change]]) -> list[str]:
        """What nobody agreed to."""
        return [
            f"{address}: was {_said(self.changes.get(address, ()))}, and now is {_said(changes)}"
            for address, changes in sorted(now.items())
            if not _covered(changes, self.changes.get(address, ()))
        ]


def _by_address(changes: Iterable[Change]) -> dict[str, list[Change]]:
    found: dict[str, list[Change]] = {}
    for change in changes:
        found.setdefault(change["address"], []).append(change)
    return found


def _covered(changes: Sequence[Change], approved: Sequence[Change]) -> bool:
    """Whether what a later pass is to do at an address was agreed to.

    What a run made itself, it may also delete: it failed, or was made twice. What was to be pointed elsewhere once the
    thing it points at is gone, may have gone with that.
    """
    allowed: set[str] = set()
    for change in approved:
        if change["op"] != Op.UPDATE:
            return True
        allowed |= {Op.UPDATE, Op.CREATE} if change.get("later") else {Op.UPDATE}
    return all(change["op"] in allowed for change in changes)


def _difference(then: Sequence[Change], now: Sequence[Change]) -> str:
    """What is otherwise at one address; empty where nothing is."""
    if sorted(map(_facts, then)) == sorted(map(_facts, now)):
        return ""
    if not now:
        return f"was {_said(then)}, and now {NO_MORE[then[0]['action']]}"
    if _said(then) == _said(now):
        return f"was {_said(then)}, and now that would come to something else"
    return f"was {_said(then)}, and now is {_said(now)}"


def _facts(change: Change) -> tuple[str, ...]:
    """All that makes two steps the same."""
    fields = [(each["field"], each["was"], each["want"]) for each in change["changes"]]
    return change["op"], str(change.get("later")), change["id"], _digest(fields), str(change["wanted"])


def _said(changes: Sequence[Change]) -> str:
    """`to be updated (vpc-1, cidr: a -> b)`."""
    if not changes:
        return "to stay as it is"
    parts = []
    for change in changes:
        fields = (f"{each['field']}: {each['was']} -> {each['want']}" for each in change["changes"])
        inside = ", ".join(filter(None, (change["id"], *fields)))
        parts.append(f"to be {DONE[change['action']]}" + (f" ({inside})" if inside else ""))
    return " and ".join(parts)
