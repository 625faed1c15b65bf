"""Base classes of the resource types, and the reads that one observation shares."""

from __future__ import annotations

import asyncio
import hashlib
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, ClassVar, TypeVar

from pltui.aws.client import Aws
from pltui.aws.errors import is_gone, kind_of, translate_error
from pltui.aws.pricing import Product
from pltui.aws_errors import ErrorKind
from pltui.engine.errors import CloudError, DeniedError, NotYetError, RefusedError
from pltui.engine.model import Change, Desired, Field, Observed, Traits
from pltui.engine.polling import pause_after

MISSING_S = 120.0  # seconds for which an object other than the deleted one may be missing (as in the error catalogue)

LAB_TAG, ADDRESS_TAG = "pltui:lab", "pltui:address"

Item = dict[str, Any]
T = TypeVar("T")


class ReadCache:
    """Cache of reads: each distinct call is sent once, however many callers need it."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self._asked: dict[str, asyncio.Future[Any]] = {}

    async def items(self, service: str, operation: str, key: str, **parameters: Any) -> list[Item]:
        """Return all pages' items under `key`."""
        call = partial(self.aws.pages, service, operation, key, **parameters)
        found: list[Item] = await self._ask_once(f"{service} {operation} {key} {parameters}", call)
        return found

    async def read_one(self, service: str, operation: str, **parameters: Any) -> Item:
        """Return the answer to a read that AWS offers for one object at a time only."""
        call = partial(self.aws.call, service, operation, **parameters)
        answer: Item = await self._ask_once(f"{service} {operation} {parameters}", call)
        return answer

    def begin(self, service: str, operation: str, **parameters: Any) -> None:
        """Send in advance a call that `read_one` will need, so that its caller need not wait."""
        self.aws.start(self.read_one(service, operation, **parameters))

    async def _ask_once(self, key: str, call: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        asked = self._asked.get(key)
        if asked is None or (asked.done() and (asked.cancelled() or asked.exception())):
            asked = self._asked[key] = self.aws.start(call())
        return await asyncio.shield(asked)


class AwsContext:
    """The lab's name, its client and shared state: the context of every call of a resource type."""

    def __init__(self, name: str, aws: Aws, *, shows_within: float = 15.0) -> None:
        """Create a context; `shows_within`: seconds after which a created object is visible everywhere."""
        self.name = name
        self.aws = aws
        self.shows_within = shows_within
        self.constants = ReadCache(aws)  # facts published by AWS that do not change during a session
        self.sought: dict[str, tuple[float, Any]] = {}  # time and result of each search for blockers
        self.answered: dict[str, float] = {}  # id from a guarded create -> time of the first answer with it
        self.dns_changes: dict[str, str] = {}  # id of an object in Route 53 -> its change, until propagated
        self.creations: dict[str, Item] = {}  # id -> state in its create's answer, for the next observation
        self.removes_guardduty = False  # True if GuardDuty's objects in the lab's VPCs count as the lab's
        self.warnings: list[str] = []  # for the user, each once
        self.asks_session_manager = True  # False once its call turns out to be unavailable

    def warn(self, text: str) -> None:
        """Add a warning for the user, unless it was given already."""
        if text not in self.warnings:
            self.warnings.append(text)

    def tags(self, desired: Desired) -> list[dict[str, str]]:
        """Return the tags that mark a resource as the lab's, and its Name tag."""
        tags = {"Name": desired.name, LAB_TAG: self.name, ADDRESS_TAG: desired.address}
        return [{"Key": key, "Value": value} for key, value in tags.items()]

    def token(self, desired: Desired, *more: str) -> str:
        """Return a ClientToken (64 ASCII characters): equal for equal desired resources and equal `more`."""
        parts = [self.name, desired.address, repr(_sort_deeply(desired.spec)), *more]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


class ObservationReads(ReadCache):
    """The reads of one observation, shared by all types."""

    def __init__(self, lab: AwsContext, all_desired: Sequence[Desired] = ()) -> None:
        super().__init__(lab.aws)
        self.lab = lab
        self.all_desired: Mapping[str, Desired] = {}
        self.creating = True  # True if missing resources will be created
        self.chosen: Sequence[Resource] = ()  # types that this observation covers
        self.expect(all_desired)

    def expect(self, all_desired: Sequence[Desired]) -> None:
        """Set the desired resources by which objects without tags are recognised."""
        self.all_desired = {desired.address: desired for desired in all_desired}
        # The first one of a name counts, because `reversed` inserts it last.
        self.addresses = {
            (desired.kind, str(desired.spec.get("name"))): desired.address for desired in reversed(all_desired)
        }

    async def tagged_arns(self) -> list[str]:
        """Return all ARNs whose tags the types of this observation need."""

        async def of(resource: Resource) -> list[str]:
            try:
                return await resource.tagged_arns(self)
            except DeniedError:  # affects that type alone, whose own observation reports it
                return []

        found = await asyncio.gather(*map(of, self.chosen))
        return [arn for arns in found for arn in arns]

    async def tagged_items(self, operation: str, key: str, *, filters: str = "Filters") -> list[Item]:
        """Return the lab's objects of an EC2 type.

        They are filtered again here, because some endpoints ignore filters they do not know.
        """
        wanted: Item = {filters: [{"Name": f"tag:{LAB_TAG}", "Values": [self.lab.name]}]}
        found = await self.items("ec2", operation, key, **wanted)
        if key == "Reservations":
            found = [instance for reservation in found for instance in reservation["Instances"]]
        return [item for item in found if tag(item, LAB_TAG) == self.lab.name]


class Resource(ABC):
    """One resource type: observe, create, update, delete and poll. Has no state of its own."""

    kind: ClassVar[str]
    traits: ClassVar[Traits]
    # Writes that may be resent after a lost answer, because a second one has no effect or reports that nothing is left
    # to do (EC2, ELBv2, Route 53 and IAM API references): changes to a fixed value, and deletions by an id that is
    # never reused. Not included are calls whose second answer is that the object is missing, although the first one
    # removed it, and calls that name an object by a name that others may have reused meanwhile.
    repeatable: ClassVar[frozenset[str]] = frozenset()
    products: ClassVar[tuple[Product, ...]] = ()

    def billed_items(self, spec: Mapping[str, Any]) -> Mapping[str, int]:
        """Return the number of each item that a resource with these fields is billed for."""
        return {product.item: 1 for product in self.products}

    def product(self, item: str) -> Product | None:
        """Return the product of a billed item in AWS's price list."""
        return next((product for product in self.products if product.item == item), None)

    async def begin(self, look: ObservationReads) -> None:  # noqa: B027 # most types' first read depends on the desired resources
        """Send the first reads of `observe` that do not depend on the desired resources."""

    async def tagged_arns(self, look: ObservationReads) -> list[str]:
        """Return ARNs for Elastic Load Balancing's DescribeTags, which takes several types in one call."""
        return []

    @abstractmethod
    async def observe(self, look: ObservationReads) -> list[Observed]:
        """Return all of the lab's resources of this type."""

    @abstractmethod
    async def create(self, lab: AwsContext, desired: Desired, made: Callable[[Observed], None]) -> Observed:
        """Create the resource.

        `desired.spec` is resolved; `made` is called once it exists, before further calls that complete it.
        """

    async def update(
        self, lab: AwsContext, desired: Desired, observed: Observed, changes: Mapping[str, Change]
    ) -> Observed | None:
        """Change fields in place; return the new state if it takes time to settle.

        Raises:
            RefusedError: If the type has no mutable field.
        """
        raise RefusedError(f"{self.kind} cannot change {', '.join(changes)} in place")

    @abstractmethod
    async def delete(self, lab: AwsContext, observed: Observed) -> None:
        """Start its deletion."""

    async def poll(self, lab: AwsContext, items: Sequence[Observed]) -> list[Observed]:
        """Return the current state of `items` without those gone. Overridden by types whose states take time."""
        ids = {item.id for item in items}
        return [observed for observed in await self.observe(ObservationReads(lab)) if observed.id in ids]


class TaggedResource(Resource):
    """An EC2 type found by its tags. Its Name tag is a field like any other."""

    operation: ClassVar[str]  # the describe operation
    key: ClassVar[str]  # key of the items in its answer
    filters: ClassVar[str] = "Filters"
    tag_type: ClassVar[str]  # ResourceType in TagSpecifications
    repeatable = frozenset({"CreateTags"})

    @abstractmethod
    async def parse(self, look: ObservationReads, item: Item) -> Observed | None:
        """Return the observed state of an item; None for one that is gone though still listed."""

    async def begin(self, look: ObservationReads) -> None:
        await look.tagged_items(self.operation, self.key, filters=self.filters)

    async def observe(self, look: ObservationReads) -> list[Observed]:
        items = await look.tagged_items(self.operation, self.key, filters=self.filters)
        observed = await asyncio.gather(*(self.parse(look, item) for item in items))
        return [one for one in observed if one is not None]

    def specification(self, lab: AwsContext, desired: Desired) -> list[Item]:
        """Return TagSpecifications for a create call."""
        return [{"ResourceType": self.tag_type, "Tags": lab.tags(desired)}]

    async def rename(
        self, lab: AwsContext, desired: Desired, observed: Observed, changes: Mapping[str, Change]
    ) -> None:
        """Set its Name tag; all of the lab's tags if it is adopted."""
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
    """Return the value of a tag; "" if absent."""
    return next((str(t["Value"]) for t in item.get("Tags", []) if t["Key"] == key), "")


def moment(value: object) -> str:
    """Return a time parsed by botocore in RFC 3339 and UTC; "" if the service gave none."""
    if not isinstance(value, datetime):
        return ""
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def with_reason(status: str, reason: str) -> str:
    """Return a service's word for a state, with its reason if given."""
    return f"{status} ({reason})" if reason else status


def name_field(item: Item) -> dict[str, Any]:
    """Return the Name tag as a field."""
    return {"name": tag(item, "Name")}


async def retry_until_visible(lab: AwsContext, call: Callable[[], Awaitable[T]]) -> T:
    """Await `call`, which concerns an object just created; repeat it until the object is visible everywhere."""
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
    """Send a deletion; an object that is already gone counts as deleted.

    Raises:
        NotYetError: If the deletion is rejected for now, or another object is missing.
        RefusedError: If the deletion is rejected.
    """
    try:
        return await lab.aws.call(service, operation, **parameters)
    except (NotYetError, RefusedError) as error:
        if is_gone(error):
            return {}
        raise _of_deletion(error) from error


def _of_deletion(error: CloudError) -> CloudError:
    """Return the error of a deletion: another missing object is treated as a passing error."""
    if isinstance(error, NotYetError) or kind_of(error) is not ErrorKind.MISSING:
        return error
    later = NotYetError(
        error.message, code=error.code, action=error.action, hint=error.hint, request_id=error.request_id
    )
    later.lasts_s = MISSING_S
    return later


def raise_unsuccessful(answer: Item, action: str, *, deletion: bool = False) -> None:
    """Raise the errors of a bulk call: EC2's endpoint calls answer 200 and list them under Unsuccessful (EC2 model).

    For a deletion, an object that is already gone counts as deleted.

    Raises:
        CloudError: The first error listed.
    """
    for one in answer.get("Unsuccessful", []):
        error = translate_error({"Error": one.get("Error", {})}, action)
        if not deletion:
            raise error
        if not is_gone(error):
            raise _of_deletion(error)


def _sort_deeply(value: Any) -> Any:
    match value:
        case Mapping():
            return sorted((key, _sort_deeply(item)) for key, item in value.items())
        case set() | frozenset():
            return sorted(value)
        case _:
            return value
