"""Injected throttling: token buckets as AWS has them, or with the rate of a fault.

Buckets fill in lab time. Source of AWS's values: the EC2 API guide, request throttling, and the Elastic Load Balancing
user guide, API throttling; Route 53's is 5 requests a second for an account.
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

from pltui.aws_errors import ErrorKind, entries, find_injectable
from pltui.emulator.api.errors import Refusal
from pltui.emulator.api.overlay import ApiContext
from pltui.emulator.moto_adapter.calls import Call
from pltui.emulator.network import USER_AGENT
from pltui.reachability.world import Fault

READING = ("Describe", "Get", "List", "Search", "Lookup", "Simulate")
"""Name prefixes of actions that change nothing, in all of AWS."""


class RequestBucket(NamedTuple):
    """A bucket of `size` tokens that gets `refill` tokens a second, shared by all calls of `group`."""

    group: str
    size: float
    refill: float


ENDPOINTS = RequestBucket("endpoints", 4, 0.3)
SERVICES = RequestBucket("services", 10, 1)
EC2: Mapping[str, RequestBucket] = {
    **dict.fromkeys(("CreateVpcEndpoint", "ModifyVpcEndpoint", "DeleteVpcEndpoints"), ENDPOINTS),
    **dict.fromkeys(
        (
            "CreateVpcEndpointServiceConfiguration",
            "ModifyVpcEndpointServiceConfiguration",
            "DeleteVpcEndpointServiceConfigurations",
            "AcceptVpcEndpointConnections",
            "RejectVpcEndpointConnections",
            "CreateNatGateway",
            "DeleteNatGateway",
        ),
        SERVICES,
    ),
    "RunInstances": RequestBucket("", 5, 2),
}
EC2_CHANGES, EC2_READS = RequestBucket("changes", 50, 5), RequestBucket("reads", 100, 20)
EC2_WHOLE_LISTS = RequestBucket("whole lists", 50, 10)
WHOLE_LISTS = ("DescribeInstances", "DescribeNetworkInterfaces", "DescribeSecurityGroups")
"""Calls that cost more without filters and ids."""

ELBV2: Mapping[str, RequestBucket] = {
    **dict.fromkeys(("CreateLoadBalancer", "SetSubnets"), RequestBucket("balancers", 10, 0.2)),
    **dict.fromkeys(("RegisterTargets", "DeregisterTargets"), RequestBucket("targets", 20, 4)),
}
ELBV2_CHANGES, ELBV2_CALLS = RequestBucket("changes", 20, 3), RequestBucket("calls", 40, 10)
"""Changes take a token from both; describes only from that of all calls."""

ANY_OTHER = RequestBucket("all", 5, 5)
"""Documented for Route 53 only. Believed: those of IAM and Systems Manager are no smaller."""


def is_own_network(response: Call) -> bool:
    """True for calls of the sandbox's own network, which must read the current state at once."""
    return USER_AGENT in (response.headers.get("User-Agent") or "")


def refusal(lab: ApiContext, response: Call, service: str, action: str) -> Exception | None:
    """The error of a call that a fault throttles; None if there is a token, which the call takes."""
    fault = _fault_on(lab, service, action)
    if fault is None or is_own_network(response):
        return None
    buckets = [_by_fault(fault)] if fault.amount else _by_aws(response, service, action)
    whose = (response.current_account, response.region, service, fault.id)
    return None if all(_take(lab, (*whose, each.group or action), each) for each in buckets) else _error(service)


def _fault_on(lab: ApiContext, service: str, action: str) -> Fault | None:
    """The most specific fault in force: of the action, the service, or everything."""
    subjects = {fault.subject: fault for fault in lab.faults.faults if fault.kind == "throttle"}
    if not subjects:
        return None
    return subjects.get(f"{service}:{action}") or subjects.get(service) or subjects.get("")


def _by_fault(fault: Fault) -> RequestBucket:
    return RequestBucket(fault.subject or "all", max(1.0, math.floor(fault.amount)), fault.amount)


def _by_aws(response: Call, service: str, action: str) -> list[RequestBucket]:
    reads = action.startswith(READING)
    if service == "ec2":
        whole = action in WHOLE_LISTS and not response.params
        return [EC2.get(action) or ((EC2_WHOLE_LISTS if whole else EC2_READS) if reads else EC2_CHANGES)]
    if service == "elbv2":
        return [ELBV2_CALLS] if reads else [ELBV2.get(action) or ELBV2_CHANGES, ELBV2_CALLS]
    return [ANY_OTHER]


def _take(lab: ApiContext, whose: tuple[str, ...], bucket: RequestBucket) -> bool:
    levels: dict[tuple[str, ...], tuple[float, float]] = lab.memory.setdefault("throttling", {})
    now = lab.clock.now()
    level, at = levels.get(whose, (bucket.size, now))
    level = min(bucket.size, level + (now - at) * bucket.refill)
    levels[whose] = (level - 1 if level >= 1 else level, now)
    return level >= 1


def _error(service: str) -> Exception:
    """The throttling error that any call of the service may have."""
    throttled = [each for each in entries() if each.kind is ErrorKind.THROTTLED and not each.operations]
    entry = next((each for each in throttled if service in each.services), None) or find_injectable("Throttling")
    assert entry is not None
    return Refusal(entry.code, entry.wording())
