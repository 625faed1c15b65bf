"""One broken thing at a time: exactly its code, at exactly that thing; mended, the way is open."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv4Network

import pytest

from pltui.reachability.codes import Code, Verdict
from pltui.reachability.hops import Path
from pltui.reachability.load_balancer import Listener, Target
from pltui.reachability.world import Fault, Gateway, NetworkModel, Record, Route, RouteTable, Rule
from tests.builders.networks import (
    CIDR,
    ENTRY,
    EVERYTHING,
    GROUP,
    NAME,
    OTHER_ACCOUNT,
    SERVICE,
    acl,
    ask,
    but,
    entry,
    group,
    healthy,
    lab,
    peered,
    plus,
    resource,
    tcp,
)

DROPPED, REFUSED, UNRESOLVED = Verdict.DROPPED, Verdict.REFUSED, Verdict.UNRESOLVED
PEER = IPv4Address("10.1.0.100")


@dataclass
class Case:
    code: Code
    at: str  # the id of the hop that blocks
    break_: Callable[[NetworkModel], NetworkModel]
    verdict: Verdict = DROPPED
    base: Callable[[], NetworkModel] = lab
    to: str | IPv4Address = ENTRY
    port: int = 80
    client: str = "client"
    sick: tuple[int, ...] = field(default=())

    def ask(self, world: NetworkModel) -> Path:
        health = {**healthy(world), **{(GROUP, f"i-{n}", 80): "unhealthy" for n in self.sick}}
        found = ask(world, self.to, self.port, client=self.client, health=health)
        return found.paths[0]


def endpoint(state: str) -> Callable[[NetworkModel], NetworkModel]:
    return lambda world: but(world, "endpoints", "vpce", state=state)


def record(data: Record) -> Callable[[NetworkModel], NetworkModel]:
    return lambda world: replace(world, zones=(replace(world.zones[0], records=(data,)),))


def routes(table: str, vpc: str, *given: Route) -> Callable[[NetworkModel], NetworkModel]:
    return lambda world: plus(world, "route_tables", RouteTable(table, vpc, True, frozenset(), given))


def broken(kind: str, subject: str) -> Callable[[NetworkModel], NetworkModel]:
    return lambda world: replace(world, faults=(Fault("fault-1", kind, subject),))  # type: ignore[arg-type]


def guarded(instance: str, *rules: object) -> Callable[[NetworkModel], NetworkModel]:
    """A machine behind a group of its own."""
    return lambda world: but(
        plus(world, "security_groups", group("sg-own", *rules)),  # type: ignore[arg-type]
        "instances",
        instance,
        groups=("sg-own",),
    )


def interface_groups(*groups: str) -> Callable[[NetworkModel], NetworkModel]:
    def change(world: NetworkModel) -> NetworkModel:
        each = world.endpoints["vpce"].interfaces[0]
        return but(world, "endpoints", "vpce", interfaces=(replace(each, groups=groups),))

    return change


def two_servers() -> NetworkModel:
    return lab(servers=("az1", "az1"))


def asked_at_home() -> NetworkModel:
    """Server 0 asks the load balancer's node itself; there is another server in the zone."""
    return but(two_servers(), "target_groups", GROUP, targets=(Target("i-1", 80),))


CASES = [
    Case(
        Code.PL_NAME_UNRESOLVED, "zone",
        record(Record("other.example.local", "A", 60, ("10.0.0.20",))), UNRESOLVED, to=NAME,
    ),
    Case(Code.PL_NAME_UNRESOLVED, "consumer", lambda w: replace(w, zones=()), UNRESOLVED, to=NAME),
    Case(Code.PL_NAME_NO_ADDRESS, "zone", record(Record(NAME, "TXT", 60, ('"x"',))), UNRESOLVED, to=NAME),
    Case(
        Code.PL_ZONE_NOT_ASSOCIATED, "zone",
        lambda w: replace(w, zones=(replace(w.zones[0], vpcs=frozenset({"provider"})),)), UNRESOLVED, to=NAME,
    ),
    Case(
        Code.PL_DNS_SUPPORT_OFF, "consumer",
        lambda w: but(w, "vpcs", "consumer", dns_support=False), UNRESOLVED, to=NAME,
    ),
    Case(
        Code.PL_DNS_HOSTNAMES_OFF, "consumer",
        lambda w: but(w, "vpcs", "consumer", dns_hostnames=False), UNRESOLVED, to=NAME,
    ),
    Case(Code.BAD_STATE, "client", lambda w: but(w, "instances", "client", state="stopped")),
    Case(Code.ENI_SG_RULES_MISMATCH, "sg-own", lambda w: but(
        plus(w, "security_groups", group("sg-own", egress=())), "instances", "client", groups=("sg-own",))),
    Case(
        Code.SUBNET_ACL_RESTRICTION, "acl-1",
        lambda w: plus(w, "network_acls", acl("acl-1", "consumer", ["consumer-az1"], entry(100, "out", (443, 443)))),
        base=lambda: lab(endpoint_zone="az2"), to=IPv4Address("10.0.1.20"),
    ),
    Case(
        Code.SUBNET_ACL_RESTRICTION, "acl-2",
        lambda w: plus(w, "network_acls", acl("acl-2", "consumer", ["consumer-az2"], entry(100, "in"))),
        base=lambda: lab(endpoint_zone="az2"), to=IPv4Address("10.0.1.20"),
    ),
    Case(
        Code.SUBNET_ACL_RESTRICTION, "acl-3",
        lambda w: plus(w, "network_acls", acl(
            "acl-3", "provider", ["provider-az2"],
            entry(100, "in", (80, 80)), entry(90, "out", (1024, 40000)),
        )),
        base=lambda: lab(servers=("az2",), cross_zone=True),
    ),
    Case(
        Code.NO_ROUTE_TO_DESTINATION, "rtb-peer",
        routes("rtb-peer", "peer", Route(IPv4Network("10.1.0.0/16"), "local")),
        base=peered, to=IPv4Address("10.0.0.100"), client="peer",
    ),
    Case(
        Code.NO_ROUTE_TO_DESTINATION, "rtb-provider", routes("rtb-provider", "provider", Route(CIDR, "local")),
        base=peered, to=IPv4Address("10.0.0.100"), client="peer",
    ),
    Case(
        Code.BAD_STATE_ROUTE, "rtb-peer",
        routes("rtb-peer", "peer", Route(CIDR, "pcx-1", active=False)),
        base=peered, to=IPv4Address("10.0.0.100"), client="peer",
    ),
    Case(
        Code.BAD_STATE, "pcx-1", lambda w: but(w, "peerings", "pcx-1", state="failed"),
        base=peered, to=IPv4Address("10.0.0.100"), client="peer",
    ),
    Case(
        Code.PCX_REQUIRES_ADDRESS_IN_VPC_CIDR, "pcx-1",
        lambda w: but(w, "vpcs", "provider", cidrs=(IPv4Network("10.0.1.0/24"),)),
        base=peered, to=IPv4Address("10.0.0.100"), client="peer",
    ),
    Case(
        Code.PL_NO_SUCH_ADDRESS, "consumer", lambda w: replace(w, endpoints={}),
    ),
    Case(
        Code.PL_OUTSIDE_MODEL, "consumer", lambda w: but(w, "vpcs", "consumer", cidrs=(IPv4Network("10.9.0.0/16"),)),
        Verdict.NO_ROUTE,
    ),
    Case(
        Code.PL_OUTSIDE_MODEL, "nat-1",
        lambda w: replace(
            routes("rtb-1", "consumer", Route(EVERYTHING, "nat-1"))(w),
            gateways={"nat-1": Gateway("nat-1", "consumer", "available")},
        ),
        Verdict.NO_ROUTE,
    ),
    Case(
        Code.BAD_STATE, "nat-1",
        lambda w: replace(
            routes("rtb-1", "consumer", Route(EVERYTHING, "nat-1"))(w),
            gateways={"nat-1": Gateway("nat-1", "consumer", "pending")},
        ),
    ),
    Case(Code.ENI_SG_RULES_MISMATCH, "closed", interface_groups("closed")),
    Case(
        Code.PL_PREFIX_LIST_UNREAD, "sg-list",
        lambda w: interface_groups("sg-list")(
            plus(w, "security_groups", group("sg-list", Rule("tcp", 80, 80, prefix_list="pl-1")))
        ),
        Verdict.NO_ROUTE,
    ),
    *(
        Case(code, "vpce", endpoint(state))
        for state, code in {
            "pendingacceptance": Code.PL_CONNECTION_PENDING_ACCEPTANCE,
            "pending": Code.PL_CONNECTION_PENDING,
            "rejected": Code.PL_CONNECTION_REJECTED,
            "deleting": Code.PL_CONNECTION_DELETING,
            "failed": Code.PL_CONNECTION_FAILED,
            "expired": Code.PL_CONNECTION_EXPIRED,
        }.items()
    ),
    Case(Code.PL_CONNECTION_REJECTED, "vpce", lambda w: replace(w, connections={"vpce": "rejected"})),
    Case(Code.PL_SERVICE_GONE, SERVICE, lambda w: replace(w, services={})),
    Case(Code.PL_SERVICE_GONE, SERVICE, lambda w: but(w, "services", SERVICE, available=False)),
    Case(
        Code.VPCE_SERVICE_NOT_INSTALLED_IN_AZ, "vpce-svc-1",
        lambda w: but(w, "load_balancers", "nlb", nodes=w.load_balancers["nlb"].nodes[1:]),
    ),
    Case(Code.BAD_STATE, "nlb", lambda w: but(w, "load_balancers", "nlb", state="provisioning")),
    Case(
        Code.PL_NLB_SG_ON_PRIVATELINK, "sg-nlb",
        lambda w: but(
            plus(w, "security_groups", group("sg-nlb", tcp(80, "10.0.0.20/32"))), "load_balancers", "nlb",
            groups=("sg-nlb",),
        ),
    ),
    Case(
        Code.ELBV2_LISTENERS_MISMATCH, "nlb",
        lambda w: but(w, "load_balancers", "nlb", listeners=(Listener(443, "TCP", GROUP),)), REFUSED,
    ),
    Case(
        Code.ELBV2_LISTENERS_MISMATCH, "nlb",
        lambda w: but(w, "load_balancers", "nlb", listeners=(Listener(80, "UDP", GROUP),)), REFUSED,
    ),
    Case(Code.ELBV2_LISTENER_HAS_NO_TG, "nlb", lambda w: but(w, "target_groups", GROUP, targets=())),
    Case(
        Code.ELBV2_NO_TARGETS_IN_AZ, "nlb",
        lambda w: but(w, "target_groups", GROUP, targets=(Target("i-1", 80), Target("i-2", 80))),
    ),
    Case(
        Code.ELBV2_NO_TARGETS_IN_AZ, GROUP,
        lambda w: but(w, "target_groups", GROUP, cross_zone=False),
        base=lambda: lab(servers=("az2",), cross_zone=True),
    ),
    Case(
        Code.ELB_INSTALLED_AZ_RESTRICTION, "nlb",
        lambda w: but(w, "load_balancers", "nlb", nodes=w.load_balancers["nlb"].nodes[:1]),
        base=lambda: lab(servers=("az2",), cross_zone=True),
    ),
    Case(
        Code.PL_TARGET_DRAINING, "nlb",
        lambda w: but(w, "target_groups", GROUP, targets=(Target("i-0", 80, draining=True),)),
    ),
    Case(Code.ENI_SG_RULES_MISMATCH, "sg-own", guarded("i-0", tcp(80, "10.0.0.20/32"))),
    Case(
        Code.ENI_SG_RULES_MISMATCH, "sg-nlb",
        lambda w: but(
            plus(w, "security_groups", group("sg-nlb", tcp(80, "10.0.0.0/16"), egress=())), "load_balancers", "nlb",
            groups=("sg-nlb",),
        ),
    ),
    Case(Code.BAD_STATE, "i-0", lambda w: but(w, "instances", "i-0", state="stopped")),
    Case(Code.PL_PORT_CLOSED, "i-0", lambda w: but(w, "instances", "i-0", ports=frozenset({8080})), REFUSED),
    Case(
        Code.PL_HAIRPIN, "i-0", lambda w: but(w, "target_groups", GROUP, targets=(Target("i-0", 80),)),
        base=asked_at_home, to=IPv4Address("10.0.0.10"), client="i-0",
    ),
    Case(
        Code.PL_OUTSIDE_MODEL, "10.0.0.10",
        lambda w: but(w, "target_groups", GROUP, targets=(Target("10.0.0.10", 80),)),
    ),
    Case(
        Code.PL_NO_SUCH_ADDRESS, "10.0.0.99",
        lambda w: but(w, "target_groups", GROUP, targets=(Target("10.0.0.99", 80),)),
    ),
    Case(
        Code.PL_RESOURCE_GONE, "rcfg",
        lambda w: but(w, "resource_configurations", "rcfg", state="DELETE_IN_PROGRESS"), base=resource,
    ),
    Case(Code.PL_RESOURCE_GONE, "rcfg", lambda w: replace(w, resource_gateways={}), base=resource),
    Case(
        Code.PL_RESOURCE_PORT, "rcfg",
        lambda w: but(w, "resource_configurations", "rcfg", ports=((81, 90),)), base=resource,
    ),
    Case(
        Code.VPCE_SERVICE_NOT_INSTALLED_IN_AZ, "rcfg",
        lambda w: but(w, "resource_gateways", "rgw-1", interfaces=()), base=resource,
    ),
    Case(
        Code.ENI_SG_RULES_MISMATCH, "closed", lambda w: but(w, "resource_gateways", "rgw-1", groups=("closed",)),
        base=resource,
    ),
    Case(Code.PL_FAULT_SERVER, "i-0", broken("server", "i-0"), REFUSED),
    Case(Code.PL_FAULT_SUBNET, "consumer-az1", broken("subnet", "consumer-az1")),
    Case(Code.PL_FAULT_SUBNET, "provider-az1", broken("subnet", "provider-az1")),
    Case(Code.PL_FAULT_ZONE, "az1", broken("zone", "az1")),
    Case(
        Code.PL_FAULT_SUBNET, "consumer-az2", broken("subnet", "consumer-az2"),
        base=lambda: lab(endpoint_zone="az2"), to=IPv4Address("10.0.1.20"),
    ),
    Case(
        Code.PL_FAULT_ZONE, "az2", broken("zone", "az2"), base=lambda: lab(servers=("az2",), cross_zone=True),
    ),
    Case(
        Code.PL_FAULT_SUBNET, "consumer-az1",
        lambda w: replace(broken("subnet", "consumer-az1")(w), endpoints={}),
    ),
    Case(
        Code.ELBV2_LISTENER_HAS_NO_TG, "nlb",
        lambda w: but(w, "load_balancers", "nlb", listeners=(Listener(80, "TCP", None),)),
    ),
    Case(
        Code.NO_ROUTE_TO_DESTINATION, "nat-1",
        lambda w: plus(
            routes("rtb-provider", "provider", Route(EVERYTHING, "nat-1"), Route(CIDR, "local"))(w),
            "gateways", Gateway("nat-1", "provider", "available"),
        ),
        base=peered, to=IPv4Address("10.0.0.100"), client="peer",
    ),
    Case(
        Code.PL_OUTSIDE_MODEL, "pcx-1",
        lambda w: replace(w, vpcs={name: vpc for name, vpc in w.vpcs.items() if name != "provider"}), Verdict.NO_ROUTE,
        base=peered, to=IPv4Address("10.0.0.100"), client="peer",
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.code}-{case.at}")
def test_what_is_broken_is_named_where_it_is_and_mended_lets_pass(case: Case) -> None:
    mended = case.base()
    assert case.ask(mended).verdict is Verdict.OPEN
    path = case.ask(case.break_(mended))
    assert (path.code, path.hops[-1].id, path.verdict) == (case.code, case.at, case.verdict)
    assert path.why
    assert path.hops[-1].rule
    assert all(hop.verdict is Verdict.OPEN for hop in path.hops[:-1])
    assert path.chance == 1
    assert path.weight == 0


def left_out(world: NetworkModel, *sick: int, to: str | IPv4Address = ENTRY) -> Mapping[str, Code | None]:
    found = ask(world, to, health=healthy(world, *sick))
    for path in found.left_out:
        assert path.verdict is path.hops[-1].verdict is Verdict.LEFT_OUT
        assert path.weight == 0
    return {path.server or path.entry: path.code for path in found.left_out}


def test_targets_that_get_nothing_are_listed_with_what_sees_to_it() -> None:
    assert left_out(lab()) == {"i-1": Code.ELB_NOT_CROSSZONE, "i-2": Code.ELB_NOT_CROSSZONE}
    assert left_out(lab(cross_zone=True)) == {}
    assert left_out(lab(cross_zone=True), 1) == {"i-1": Code.PL_TARGET_UNHEALTHY}
    assert left_out(lab(cross_zone=True, enabled=("az1", "az3"))) == {"i-1": Code.ELB_INSTALLED_AZ_RESTRICTION}
    assert left_out(lab(cross_zone=True, draining=frozenset({2}))) == {"i-2": Code.PL_TARGET_DRAINING}


def test_addresses_a_name_leaves_out_are_listed() -> None:
    world = lab(more_endpoint_zones=("az2", "az3"))
    assert left_out(world, 1, to=NAME)["10.0.1.20"] is Code.PL_DNS_FAILOVER
    assert ask(world, NAME, health=healthy(world, 1)).answer_shares("zone_id") == {"az1": 0.5, "az3": 0.5}


def test_failing_open_is_told_on_a_path_that_is_open() -> None:
    found = ask(lab(), health={})
    assert [hop.code for path in found.open_paths for hop in path.notes] == [Code.PL_FAIL_OPEN]
    assert found.answer_shares() == {"provider-az1": 1}


def test_a_connection_outlives_the_permission_it_was_made_with() -> None:
    world = but(lab(), "services", SERVICE, owner=OTHER_ACCOUNT, principals=frozenset())
    found = ask(world)
    assert [hop.code for path in found.open_paths for hop in path.notes] == [Code.PL_PRINCIPAL_NOT_ALLOWED]


TOLD_OTHERWISE = {
    Code.ELB_NOT_CROSSZONE,
    Code.PL_DNS_FAILOVER,
    Code.PL_FAIL_OPEN,
    Code.PL_PRINCIPAL_NOT_ALLOWED,
    Code.PL_TARGET_UNHEALTHY,
}


def test_every_code_has_a_case() -> None:
    assert {case.code for case in CASES} | TOLD_OTHERWISE == set(Code)
    assert all(code.explanation.endswith(".") for code in Code)
