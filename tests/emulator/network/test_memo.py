"""What is remembered belongs to one world and one health."""

from pltui.emulator.network import memo
from pltui.emulator.network.memo import Cached
from pltui.reachability.load_balancer import Health
from pltui.reachability.world import NetworkModel


def test_it_is_forgotten_with_the_world_or_the_health_it_was_worked_out_from() -> None:
    known: Cached[str, int] = Cached()
    world, health = NetworkModel(), dict[tuple[str, str, int], str]()
    known.of(world, health)["a"] = 1
    assert known.of(world, health) == {"a": 1}
    assert known.of(NetworkModel(), health) == {}
    known.of(world, health)["a"] = 1
    other: Health = {("tg", "i-1", 80): "healthy"}
    assert known.of(world, other) == {}


def test_it_never_grows_without_bound() -> None:
    known: Cached[int, int] = Cached()
    world, health = NetworkModel(), dict[tuple[str, str, int], str]()
    for number in range(3 * memo._MOST):
        known.of(world, health)[number] = number
    assert len(known.of(world, health)) <= memo._MOST
