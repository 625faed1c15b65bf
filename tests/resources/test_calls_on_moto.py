"""How many API calls things cost: they grow with types, not with resources."""

import pytest

from pltui.spec import parse
from tests.resources.world import World

# AWS tells these of one thing at a time only: both DNS flags of a VPC, a zone's VPCs, a zone's records.
ONE_BY_ONE = 4
NO_OP = 24  # calls for a lab without consumers' own ones: one a type, and one for all clients' registrations


def spec(name: str, consumers: int, zones: int = 1, servers: int = 1) -> str:
    lines = "".join(f"  consumer-{n}: {{vpc: {{zones: {zones}}}}}\n" for n in range(1, consumers + 1))
    return (
        f"version: 1\nname: {name}\nprovider:\n  vpc: {{zones: {zones}}}\n  servers: {{count: {servers}}}\n"
        f"  load_balancer: {{name: {name}-nlb, cross_zone: true}}\nconsumers:\n{lines}"
    )


def no_op_calls(world: World) -> int:
    world.converge()
    with world.counted() as calls:
        assert world.plan() == []
    return calls[0]


@pytest.fixture(scope="module")
def costs(moto_url: str) -> dict[int, int]:
    """Consumers -> calls of a plan that finds nothing to do."""
    found = {}
    for consumers in (1, 4):
        world = World(moto_url, "eu-west-1", parse(spec(f"calls-{consumers}", consumers)))
        found[consumers] = no_op_calls(world)
    return found


def test_a_plan_costs_a_call_a_type_and_four_a_consumer(costs: dict[int, int]) -> None:
    assert costs == {n: NO_OP + n * ONE_BY_ONE for n in costs}


def test_a_plan_costs_no_more_for_more_subnets_servers_and_targets(moto_url: str, costs: dict[int, int]) -> None:
    world = World(moto_url, "eu-west-2", parse(spec("calls-more", 1, zones=2, servers=6)))
    assert no_op_calls(world) == costs[1]


def test_the_switch_costs_one_write_and_two_looks_at_the_load_balancer(moto_url: str) -> None:
    world = World(moto_url, "eu-west-3", parse(spec("calls-toggle", 1)))
    world.converge()
    with world.counted() as calls:
        assert world.toggle(False).updated == 1
    # A look: load balancers, VPCs, the tags and the attributes of ours.
    assert calls[0] == 2 * 4 + 1


def test_a_first_converge_costs_two_looks_and_a_call_or_two_a_resource(moto_url: str) -> None:
    world = World(moto_url, "ca-central-1", parse(spec("calls-first", 1)))
    with world.counted() as looking:
        world.plan()
    with world.counted() as calls:
        created = world.converge().created
    # Two VPCs' second flags, two groups' rules, the load balancer's switch, the profile's role; and the newest image.
    rounding_off, image = 6, 1
    polls = calls[0] - (looking[0] + created + rounding_off + image + NO_OP + ONE_BY_ONE)
    # Looks at what does not work at once (load balancer, target, machines): how many depends on who is quicker.
    assert 0 <= polls <= 12
