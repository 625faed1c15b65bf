"""What every resource type has in common, and the one look they share."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, ClassVar, TypeVar

from pltui.aws.client import Aws
from pltui.aws.dates import answer_date
from pltui.aws.errors import is_gone, kind_of, translate
from pltui.aws_errors import ErrorKind
from pltui.engine.errors import CloudError, DeniedError, NotYetError, RefusedError
from pltui.engine.model import Change, Desired, Field, Observed, State, Traits
from pltui.engine.polling import pause_after

MOST_TOKENS = 20  # that are tried in turn before a new one is made up
MISSING_S = 120.0  # seconds for which another object than the one to delete may be missing (as in the error catalogue)
OVER = (State.DELETING, State.FAILED)

LAB_TAG, ADDRESS_TAG = "pltui:lab", "pltui:address"

Item = dict[str, Any]
T = TypeVar("T")


class ReadCache:
    """Reads whose answers are remembered: each distinct call is sent once, however many ask for it."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self._asked: dict[str, asyncio.Future[Any]] = {}

    async def items(self, service: str, operation: str, key: str, **parameters: Any) -> list[Item]:
        """All pages' items under `key`."""
        call = partial(self.aws.pages, service, operation, key, **parameters)
        found: list[Item] = await self._once(f"{service} {operation} {key} {parameters}", call)
        return found

    async def each(self, service: str, operation: str, **parameters: Any) -> Item:
        """The answer to a read that AWS offers for one thing at a time only."""
        call = partial(self.aws.call, service, operation, **parameters)
        answer: Item = await self._once(f"{service} {operation} {parameters}", call)
        return answer

    def begin(self, service: str, operation: str, **parameters: Any) -> None:
        """Send what `each` will soon be asked for, so that nobody has to wait for it then."""
        self.aws.start(self.each(service, operation, **parameters))

    async def _once(self, key: str, call: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        asked = self._asked.get(key)
        if asked is None or (asked.done() and (asked.cancelled() or asked.exception())):
            asked = self._asked[key] = self.aws.start(call())
        return await asyncio.shield(asked)


class AwsContext:
    """Whose resources they are and where they live: what every call of a resource type may need."""

    def __init__(self, name: str, aws: Aws, *, shows_within: float = 15.0) -> None:
        """`shows_within`: seconds after which what was made is known everywhere."""
        self.name = name
        self.aws = aws
        self.shows_within = shows_within
        self.constants = ReadCache(aws)  # what AWS publishes and does not change while one works
        self.sought: dict[str, tuple[float, Any]] = {}  # when it was asked who is in whose way, and the answer
        self.answered: dict[str, float] = {}  # id of what a guarded create made -> when that was first answered
        self.dns_changes: dict[str, str] = {}  # id of what was changed in Route 53 -> the change, until all know it
        self.creations: dict[str, Item] = {}  # id -> what its create's answer shows, for the first look after that
        self.removes_guardduty = False  # whether GuardDuty's objects in the lab's VPCs count as the lab's
        self.warnings: list[str] = []  # for the user, each once
        self.asks_session_manager = True  # until it turns out that it cannot be asked

    def warn(self, text: str) -> None:
        if text not in self.warnings:
            self.warnings.append(text)

    def tags(self, desired: Desired) -> list[dict[str, str]]:
        tags = {"Name": desired.name, LAB_TAG: self.name, ADDRESS_TAG: desired.address}
        return [{"Key": key, "Value": value} for key, value in tags.items()]

    def token(self, desired: Desired, *more: str) -> str:
        """A ClientToken (at most 64 ASCII characters): the same for the same wish and whatever `more` tells apart."""
        parts = [self.name, desired.address, repr(_sorted(desired.spec)), *more]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


class ObservationReads(ReadCache):
    """One observation, shared by all types."""

    def __init__(self, lab: AwsContext, all_desired: Sequence[Desired] = ()) -> None:
        super().__init__(lab.aws)
        self.lab = lab
        self.all_desired: Mapping[str, Desired] = {}
        self.creating = True  # what is missing
        self.chosen: Sequence[Resource] = ()  # the types this look observes
        self.expect(all_desired)

    def expect(self, all_desired: Sequence[Desired]) -> None:
        """Recognise things by these wants from now on."""
        self.all_desired = {desired.address: desired for desired in all_desired}
        # The first of a name counts, as `reversed` lets it come last.
        self.addresses = {
            (desired.kind, str(desired.spec.get("name"))): desired.address for desired in reversed(all_desired)
        }

    async def tagged_arns(self) -> list[str]:
        """All ARNs whose tags the types of this look will ask for."""

        async def of(resource: Resource) -> list[str]:
            try:
                return await resource.tagged_arns(self)
            except DeniedError:  # of that type alone: its own look tells
                return []

        found = await asyncio.gather(*map(of, self.chosen))
        return [arn for arns in found for arn in arns]

    async def tagged(self, operation: str, key: str, *, filters: str = "Filters") -> list[Item]:
        """Our resources of an EC2 type. Filtered again here: some endpoints ignore filters they do not know."""
        wanted: Item = {filters: [{"Name": f"tag:{LAB_TAG}", "Values": [self.lab.name]}]}
        found = await self.items("ec2", operation, key, **wanted)
        if key == "Reservations":
            found = [instance for reservation in found for instance in reservation["Instances"]]
        return [item for item in found if tag(item, LAB_TAG) == self.lab.name]


class Resource(ABC):
    """One resource type: how it is seen, made, changed and deleted. Has no state of its own."""

    kind: ClassVar[str]
    traits: ClassVar[Traits]

    async def begin(self, look: ObservationReads) -> None:  # noqa: B027 # most types' first read needs to know what is wanted
        """The first of the reads `observe` will ask for, where that needs to know nothing of what is wanted."""

    async def tagged_arns(self, look: ObservationReads) -> list[str]:
        """ARNs to ask Elastic Load Balancing's DescribeTags about, which takes several types in one call."""
        return []

    @abstractmethod
    async def observe(self, look: ObservationReads) -> list[Observed]:
        """All of this type that is ours."""

    @abstractmethod
    async def create(self, lab: AwsContext, desired: Desired, made: Callable[[Observed], None]) -> Observed:
        """Make it. `desired.spec` is resolved; `made` is called once it exists, before calls that only round it off."""

    async def update(
        self, lab: AwsContext, desired: Desired, observed: Observed, changes: Mapping[str, Change]
    ) -> Observed | None:
        """Change it in place, field by field; its new shape if it needs time to settle."""
        raise RefusedError(f"{self.kind} cannot change {', '.join(changes)} in place")

    @abstractmethod
    async def delete(self, lab: AwsContext, observed: Observed) -> None:
        """Begin its deletion."""

    async def poll(self, lab: AwsContext, items: Sequence[Observed]) -> list[Observed]:
        """`items` as they are now, those gone left out. Overridden by types whose states take time."""
        ids = {item.id for item in items}
        return [observed for observed in await self.observe(ObservationReads(lab)) if observed.id in ids]


class TaggedResource(Resource):
    """An EC2 type found by its tags. Its Name tag is a field like any other."""

    operation: ClassVar[str]  # the describe
    key: ClassVar[str]  # where its answer keeps the items
    filters: ClassVar[str] = "Filters"
    tag_type: ClassVar[str]  # ResourceType in TagSpecifications

    @abstractmethod
    async def parse(self, look: ObservationReads, item: Item) -> Observed | None:
        """What an item of the describe shows; None for what is gone though still listed."""

    async def begin(self, look: ObservationReads) -> None:
        await look.tagged(self.operation, self.key, filters=self.filters)

    async def observe(self, look: ObservationReads) -> list[Observed]:
        items = await look.tagged(self.operation, self.key, filters=self.filters)
        observed = await asyncio.gather(*(self.parse(look, item) for item in items))
        return [one for one in observed if one is not None]

    def specification(self, lab: AwsContext, desired: Desired) -> list[Item]:
        return [{"ResourceType": self.tag_type, "Tags": lab.tags(desired)}]

    async def rename(
        self, lab: AwsContext, desired: Desired, observed: Observed, changes: Mapping[str, Change]
    ) -> None:
        """Its Name tag, and all of ours where it is taken over."""
        if "name" in changes:
            name = [{"Key": "Name", "Value": changes["name"].after}]
            await lab.aws.call(
                "ec2", "CreateTags", Resources=[observed.id], Tags=lab.tags(desired) if observed.foreign else name
            )

    async def update(
        self, lab: AwsContext, desired: Desired, observed: Observed, changes: Mapping[str, Change]
    ) -> Observed | None:
        await self.rename(lab, desired, observed, changes)
        return None


NAMED: Mapping[str, Field] = {"name": Field.MUTABLE}


def tag(item: Item, key: str) -> str:
    return next((str(t["Value"]) for t in item.get("Tags", []) if t["Key"] == key), "")


def moment(value: object) -> str:
    """A time as botocore parses it, in RFC 3339 and UTC; "" where the service told none."""
    if not isinstance(value, datetime):
        return ""
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def with_reason(status: str, reason: str) -> str:
    """A service's word for a state, with its reason where it gives one."""
    return f"{status} ({reason})" if reason else status


def named(item: Item) -> dict[str, Any]:
    """The Name tag as a field."""
    return {"name": tag(item, "Name")}


async def retry_until_visible(lab: AwsContext, call: Callable[[], Awaitable[T]]) -> T:
    """What `call` comes to, which is about a thing just made: repeated while that does not show everywhere."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    while True:
        try:
            return await call()
        except NotYetError:
            waited = loop.time() - begun
            if waited >= lab.shows_within or await lab.aws.pause(pause_after(waited)):
                raise


async def delete_if_exists(lab: AwsContext, service: str, operation: str, **parameters: Any) -> Item:
    """A deletion; that there is nothing left to delete is what was wanted."""
    try:
        return await lab.aws.call(service, operation, **parameters)
    except (NotYetError, RefusedError) as error:
        if is_gone(error):
            return {}
        raise _of_deletion(error) from error


def _of_deletion(error: CloudError) -> CloudError:
    """The error of a deletion of what is not gone: another object that is missing is so for a while only."""
    if isinstance(error, NotYetError) or kind_of(error) is not ErrorKind.MISSING:
        return error
    later = NotYetError(
        error.message, code=error.code, action=error.action, hint=error.hint, request_id=error.request_id
    )
    later.lasts_s = MISSING_S
    return later


@dataclass(frozen=True, slots=True)
class Create:
    """A create guarded by a ClientToken."""

    send: Callable[[str], Awaitable[Item]]  # with that token; the answer
    read: Callable[[Item], Observed | None]  # what the answer shows; None for what is gone
    poll: Callable[[AwsContext, Sequence[Observed]], Awaitable[list[Observed]]]
    gone: frozenset[str] = frozenset()  # codes that say that what the token made is gone


async def create_once(lab: AwsContext, desired: Desired, create: Create, *parameters: str) -> Observed:
    """Create `desired`. `parameters` are those sent beyond `desired.spec`: a token sent with other parameters than
    before is refused (EC2 API reference, IdempotentParameterMismatch).

    An old token answers with what it once made. Where that is gone, or on its way out, the token is changed. Where many
    are gone, an unused token ends the search.
    """
    gone: list[str] = []
    while len(gone) <= MOST_TOKENS:
        token = lab.token(desired, *parameters, *gone) if len(gone) < MOST_TOKENS else uuid.uuid4().hex
        observed = await _sent(lab, create, token, searching=bool(gone))
        if observed and observed.state not in OVER:
            return replace(observed, address=desired.address)
        gone.append(observed.id if observed else f"gone {len(gone)}")
    raise RefusedError(f"{desired.address}: it is gone as soon as it is made")


async def _sent(lab: AwsContext, create: Create, token: str, *, searching: bool) -> Observed | None:
    """The outcome of the create with this token, as it is now. `searching`: earlier tokens made what is gone."""
    try:
        answer = await create.send(token)
    except (NotYetError, RefusedError) as error:
        if error.code not in create.gone:
            raise
        return None
    observed = create.read(answer)
    if observed is None or observed.state in OVER:
        return observed
    if _may_be_old(lab, observed, answer):
        return await _looked_up(lab, create, observed, 0.0)
    # Nothing tells its age, and many tokens in a row may be old.
    return await _looked_up(lab, create, observed, lab.shows_within) if searching and not observed.created else observed


async def _looked_up(lab: AwsContext, create: Create, observed: Observed, patience: float) -> Observed:
    """`observed` as it is listed within `patience` seconds; on its way out where it is not."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    while True:
        if now := next((one for one in await create.poll(lab, [observed]) if one.id == observed.id), None):
            return now
        waited = loop.time() - begun
        if waited >= patience:
            return replace(observed, state=State.DELETING)
        if await lab.aws.pause(pause_after(waited)):
            return observed  # a stop was asked for: the next run looks


def _may_be_old(lab: AwsContext, observed: Observed, answer: Item) -> bool:
    """True if it may be the first answer again, though what that made is gone.

    It may where AWS made the thing long before this answer, or this process has heard of it before. No page says
    whether a token answers with the first answer or with the present state.
    """
    now = asyncio.get_running_loop().time()
    waited = now - lab.answered.setdefault(observed.id, now)
    date = answer_date(answer)
    if observed.created and date:
        waited = max(waited, (date - datetime.fromisoformat(observed.created)).total_seconds())
    return waited > lab.shows_within


def unsuccessful(answer: Item, action: str, *, deletion: bool = False) -> None:
    """Raise what a bulk call refused: EC2's endpoint calls answer 200 and list it under Unsuccessful (EC2 model).

    For a deletion, that there is nothing left to delete is what was wanted.
    """
    for one in answer.get("Unsuccessful", []):
        error = translate({"Error": one.get("Error", {})}, action)
        if not deletion:
            raise error
        if not is_gone(error):
            raise _of_deletion(error)


def _sorted(value: Any) -> Any:
    match value:
        case Mapping():
            return sorted((key, _sorted(item)) for key, item in value.items())
        case set() | frozenset():
            return sorted(value)
        case _:
            return value
