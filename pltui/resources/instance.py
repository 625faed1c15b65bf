"""EC2 instance. A ClientToken guards its creation; terminated ones stay listed for about an hour.

User data can only be read one instance at a time, so a tag holds its digest. An edit made behind that is of no
consequence: cloud-init runs user data once, at the first boot (EC2 user guide, "Run commands at launch").

`spec["session_manager"]` marks machines that receive commands through Session Manager: they work once it lists them as
online. `instance_type` and `subnet` may be AnyOf: each pair is tried until AWS has capacity for one. `profile` is
compared only if it is desired, because Systems Manager Quick Setup and scanners attach one to machines that have none
(Systems Manager user guide, "Quick Setup Host Management").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

from pltui.aws.errors import kind_of, reason_hint
from pltui.aws.pricing import Product
from pltui.aws_errors import ErrorKind
from pltui.engine.errors import RefusedError
from pltui.engine.model import Change, Desired, Field, Observed, State, Traits, options
from pltui.i18n import Phrase
from pltui.resources.base import (
    ADDRESS_TAG,
    NAMED,
    AwsContext,
    Item,
    ObservationReads,
    TaggedResource,
    delete_if_exists,
    moment,
    name_field,
    tag,
    with_reason,
)
from pltui.resources.guarded_create import Create, create_once
from pltui.resources.profile_association import set_profile
from pltui.resources.service_objects import split_groups
from pltui.resources.session_manager import check_registration

BILLED = "instance "  # prefix of the instance type in a billed item's name
# An instance on demand, without licences (AWS Billing user guide, "Using the AWS Price List Query API").
PLAIN_LINUX = {
    "operatingSystem": "Linux", "tenancy": "Shared", "preInstalledSw": "NA", "capacitystatus": "Used"
}  # fmt: skip
USER_DATA_TAG = "pltui:user-data"
# Public parameter with the id of the newest image (Systems Manager user guide, "public parameters").
NEWEST_IMAGE = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
# A stopping machine counts as stopped, so that it is started again: waiting until it runs would never end.
STOPPED = frozenset({"stopping", "stopped"})
# EC2 API reference, InstanceState. A stopped instance is ready, because running is a field, not a state.
STATES = {
    "pending": State.PENDING,
    "running": State.READY,
    "stopping": State.PENDING,
    "stopped": State.READY,
    "shutting-down": State.DELETING,
}
# Without the endpoint the machine has no credentials (EC2 API reference, InstanceMetadataOptionsRequest).
METADATA = {"http_endpoint": "HttpEndpoint", "http_tokens": "HttpTokens"}
UNSET = {"http_endpoint": "enabled", "http_tokens": "optional"}
# AWS has no machine of the type in the zone, now or ever.
NO_CAPACITY = frozenset({ErrorKind.CAPACITY, ErrorKind.UNSUPPORTED})
# Reasons of a requested stop or termination: by the API, or on the machine (EC2 API reference, StateReason).
ON_REQUEST = frozenset({"Client.UserInitiatedShutdown", "Client.InstanceInitiatedShutdown"})
# Statuses whose reason is shown. They include those of a machine that does not start: StartInstances succeeds, and the
# machine is stopped again for a reason (EC2 user guide, "Troubleshoot Amazon EC2 instance launch issues").
ENDED = STOPPED | {"shutting-down", "terminated"}
# Everything that RunInstances creates with an instance (EC2 API reference, RunInstances, TagSpecification).
TAGGED_WITH_IT = ("volume", "network-interface")

GONE = frozenset({"IdempotentInstanceTerminated", "InvalidInstanceID.NotFound"})


class Instance(TaggedResource):
    """Server or client machine."""

    kind = "instance"
    operation, key, tag_type = "DescribeInstances", "Reservations", "instance"
    repeatable = TaggedResource.repeatable | {
        "ModifyInstanceAttribute",
        "ModifyInstanceMetadataOptions",
        "StartInstances",
        "TerminateInstances",
    }
    traits = Traits(
        {
            **NAMED,
            "subnet": Field.FIXED,
            "instance_type": Field.FIXED,
            "user_data_digest": Field.FIXED,
            "groups": Field.MUTABLE,
            "profile": Field.MUTABLE,
            **dict.fromkeys(METADATA, Field.MUTABLE),
            "running": Field.MUTABLE,
        },
        eventually_ready=True,
        slow_delete=True,
        refers_to=frozenset({"instance_profile", "security_group", "subnet"}),
    )

    def billed_items(self, spec: Mapping[str, Any]) -> Mapping[str, int]:
        return {BILLED + options(spec["instance_type"])[0]: 1} if spec["running"] else {}

    def product(self, item: str) -> Product | None:
        if not item.startswith(BILLED):
            return None
        kind = item.removeprefix(BILLED)
        return Product(item, "AmazonEC2", f"BoxUsage:{kind}", {"instanceType": kind, **PLAIN_LINUX})

    async def observe(self, look: ObservationReads) -> list[Observed]:
        found = await super().observe(look)
        missing = {desired.address for desired in look.all_desired.values() if desired.kind == self.kind} - {
            s.address for s in found
        }
        if missing and look.creating:
            look.lab.constants.begin("ssm", "GetParameter", Name=NEWEST_IMAGE)
        return await check_registration(look.lab, found)

    async def parse(self, look: ObservationReads, item: Item) -> Observed | None:
        return _parse_instance(item, look.all_desired.get(tag(item, ADDRESS_TAG)))

    async def poll(self, lab: AwsContext, items: Sequence[Observed]) -> list[Observed]:
        """Return current states. A terminated instance has failed, unless its deletion is awaited.

        An instance that was started and stopped again for a reason has failed, too.
        """
        known = {item.id: item for item in items}
        listed = await ObservationReads(lab).tagged_items(self.operation, self.key)
        found = (_parse_polled(item, known[item["InstanceId"]]) for item in listed if item["InstanceId"] in known)
        return await check_registration(lab, [observed for observed in found if observed])

    async def create(self, lab: AwsContext, desired: Desired, made: Callable[[Observed], None]) -> Observed:
        """Try each type in each subnet, in order of preference, until AWS has capacity for one.

        Raises:
            RefusedError: If there is no capacity for any, or the creation is rejected.
        """
        spec = desired.spec
        image = (await lab.constants.read_one("ssm", "GetParameter", Name=NEWEST_IMAGE))["Parameter"]["Value"]
        types, subnets = options(spec["instance_type"]), options(spec["subnet"])
        for subnet, instance_type in product(subnets, types):
            try:
                return await self._run_instance(lab, desired, image, instance_type, subnet)
            except RefusedError as error:
                if kind_of(error) not in NO_CAPACITY:
                    raise
                refusal = error
        raise RefusedError(
            Phrase(
                "no capacity for {types} in {zones}: {message}",
                types=", ".join(types),
                zones=", ".join(spec["zones"]),
                message=refusal.message,
            ),
            code=refusal.code,
            action=refusal.action,
            hint=refusal.hint,
            request_id=refusal.request_id,
        )

    async def _run_instance(
        self, lab: AwsContext, desired: Desired, image: str, instance_type: str, subnet: str
    ) -> Observed:
        spec, tags = desired.spec, lab.tags(desired)
        more: dict[str, Any] = {"UserData": spec["user_data"]} if spec["user_data"] else {}
        if "profile" in spec:
            more["IamInstanceProfile"] = {"Name": spec["profile"]}
        digest = {"Key": USER_DATA_TAG, "Value": spec["user_data_digest"]}

        async def send(token: str) -> Item:
            return await lab.aws.call(
                "ec2",
                "RunInstances",
                ImageId=image,
                InstanceType=instance_type,
                MinCount=1,
                MaxCount=1,
                SubnetId=subnet,
                SecurityGroupIds=sorted(spec["groups"]),
                MetadataOptions={key: spec[field] for field, key in METADATA.items()},
                TagSpecifications=[
                    {"ResourceType": self.tag_type, "Tags": [*tags, digest]},
                    *({"ResourceType": other, "Tags": tags} for other in TAGGED_WITH_IT),
                ],
                ClientToken=token,
                **more,
            )

        create = Create(send, lambda answer: _parse_instance(answer["Instances"][0], desired), self.poll, GONE)
        return await create_once(lab, desired, create, image, instance_type, subnet)

    async def update(
        self, lab: AwsContext, desired: Desired, observed: Observed, changes: Mapping[str, Change]
    ) -> Observed | None:
        await self.rename(lab, desired, observed, changes)
        if "groups" in changes:
            groups = sorted({*changes["groups"].after, *observed.attached})  # the call replaces all of them
            await lab.aws.call("ec2", "ModifyInstanceAttribute", InstanceId=observed.id, Groups=groups)
        if metadata := {key: changes[field].after for field, key in METADATA.items() if field in changes}:
            await lab.aws.call("ec2", "ModifyInstanceMetadataOptions", InstanceId=observed.id, **metadata)
        if "profile" in changes:
            await set_profile(lab, observed.id, changes["profile"].after)
        if "running" in changes:
            await lab.aws.call("ec2", "StartInstances", InstanceIds=[observed.id])
            return replace(observed, spec={**observed.spec, "running": True}, state=State.PENDING, status="pending")
        return None

    async def delete(self, lab: AwsContext, observed: Observed) -> None:
        """Terminate the instance; remove its protections if needed.

        Stop protection prevents a termination, too (EC2 user guide, "Enable stop protection").
        """
        protections = {"disableApiStop": "DisableApiStop", "disableApiTermination": "DisableApiTermination"}
        while True:
            try:
                await delete_if_exists(lab, "ec2", "TerminateInstances", InstanceIds=[observed.id])
            except RefusedError as error:
                # The message names the attribute to change.
                named = next((name for name in protections if name in error.message), "")
                if error.code != "OperationNotPermitted" or not named:
                    raise
                attribute = {protections.pop(named): {"Value": False}}
                await lab.aws.call("ec2", "ModifyInstanceAttribute", InstanceId=observed.id, **attribute)
            else:
                return


def _parse_polled(item: Item, known: Observed) -> Observed | None:
    """Return `known` in its current state; None if it was to be deleted, and is gone."""
    observed = _parse_instance(item, None, terminated=State.FAILED if known.state is not State.DELETING else None)
    if observed is None:
        return None
    if known.spec["running"] and not observed.spec["running"]:
        # A read that does not show the start yet has the reason, if any, that was shown before it.
        news = observed.spec["stop_reason"] not in ("", known.spec["stop_reason"]) or observed.created != known.created
        observed = replace(observed, state=State.FAILED if news else State.PENDING)
    return replace(observed, spec={**observed.spec, "session_manager": known.spec["session_manager"]})


def _parse_instance(item: Item, desired: Desired | None, *, terminated: State | None = None) -> Observed | None:
    """Return an instance.

    `terminated`: the state of a terminated one; None to omit it, as it stays listed for an hour.
    """
    status = item["State"]["Name"]
    state = terminated if status == "terminated" else STATES.get(status, State.PENDING)
    if state is None:
        return None
    groups, attached = split_groups(item.get("SecurityGroups", []))
    reason = _end_reason(item) if status in ENDED else ""
    return Observed(
        address=tag(item, ADDRESS_TAG),
        kind=Instance.kind,
        id=item["InstanceId"],
        spec={
            **name_field(item),
            "subnet": item.get("SubnetId", ""),
            "instance_type": item["InstanceType"],
            "user_data_digest": tag(item, USER_DATA_TAG),
            "groups": groups,
            "profile": item.get("IamInstanceProfile", {}).get("Arn", "").rpartition("/")[2],
            **{field: item.get("MetadataOptions", {}).get(key, UNSET[field]) for field, key in METADATA.items()},
            "running": status not in STOPPED,
            "stop_reason": _end_reason(item),
            "session_manager": bool(desired and desired.spec.get("session_manager")),
        },
        state=state,
        status=with_reason(status, reason),
        hint=reason_hint(item["StateReason"]["Code"]) if reason else "",
        name=tag(item, "Name"),
        created=moment(item.get("LaunchTime")),
        attached=attached,
    )


def _end_reason(item: Item) -> str:
    """Return AWS's reason for an unrequested end; the message mostly begins with the code."""
    reason = item.get("StateReason", {})
    code, message = reason.get("Code", ""), reason.get("Message", "")
    if code in ON_REQUEST or not code:
        return ""
    return message if message.startswith(code) else f"{code}: {message}"
