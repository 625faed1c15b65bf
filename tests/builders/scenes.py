"""Labs for the tests of the picture: a spec, the snapshot of what exists of it, and the paths through it."""

from dataclasses import replace
from itertools import count

from pltui import topology
from pltui.engine.model import Desired
from pltui.explain.explanation import Explained
from pltui.spec import parse
from pltui.spec.model import Spec
from pltui.view.diagram.model import Scene
from pltui.view.diagram.scene import scene
from pltui.view.lab_snapshot import Condition, LabSnapshot, Row
from tests.builders.spec_network import ZONES, Network

TEXT = """
version: 1
name: lab
provider: {vpc: {zones: 3}, load_balancer: {name: provider-nlb, cross_zone: false}}
consumers:
  consumer: {endpoint: {subnets: [1]}}
"""
TWO = """
version: 1
name: lab
provider: {load_balancer: {name: provider-nlb, cross_zone: false}}
consumers:
  consumer: {endpoint: {subnets: [1]}}
  partner: {endpoint: {subnets: [2, 3]}, client: {subnet: 2}}
"""


def spec(text: str = TEXT) -> Spec:
    return parse(text, "lab.yaml")


def all_desired(of: Spec, zones: tuple[topology.Zone, ...] = ZONES) -> tuple[Desired, ...]:
    return topology.all_desired(of, topology.Region("ap-northeast-1", zones))


def snapshot(of: Spec, condition: Condition = Condition.READY, word: str = "ready") -> LabSnapshot:
    """Everything that is wanted, in one condition."""
    numbers = count(1)
    rows = {
        desired.address: Row(
            desired.address,
            desired.kind,
            desired,
            condition,
            "healthy" if desired.kind == "target_registration" and condition is Condition.READY else word,
            f"{desired.kind}-{next(numbers)}" if condition in (Condition.READY, Condition.WORKING) else "",
        )
        for desired in all_desired(of)
    }
    return LabSnapshot(rows=rows)


def network(of: Spec, world: LabSnapshot, cross_zone: bool = False) -> Network:
    ids = {address: row.id for address, row in world.rows.items() if row.id}
    return Network(of, ids, cross_zone)


def drawn(of: Spec | None = None, cross_zone: bool = False, **changes: object) -> Scene:
    """The scene of a lab that stands, but for what `changes` says of its network."""
    of = of or spec()
    world = snapshot(of)
    return scene(of, world, replace(network(of, world, cross_zone), **changes).explained())  # type: ignore[arg-type]


def told(of: Spec | None = None, cross_zone: bool = False) -> Explained:
    of = of or spec()
    return network(of, snapshot(of), cross_zone).explained()
