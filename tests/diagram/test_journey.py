"""The way each answer takes over the picture, and what is seen of it when."""

import pytest

from pltui.view.diagram.cells import draw
from pltui.view.diagram.journey import LINGERS, MOST, SECONDS, Traffic, cells, request_path
from tests.builders.scenes import TWO, drawn, spec
from tests.builders.spec_network import ZONES

A, B = ZONES[0].id, ZONES[1].id
CLIENT, NODE = "consumer/client", "provider/load-balancer@"
ENDPOINT, IP = f"consumer/endpoint@{A}", "10.0.129.7"
TO_NODE = ((CLIENT, ENDPOINT), (ENDPOINT, f"{NODE}{A}"))


@pytest.mark.parametrize("subnet", [1, 2, 3])
def test_an_answer_went_through_the_interface_the_node_of_its_zone_and_to_the_server(subnet: int) -> None:
    taken = request_path(drawn(cross_zone=True), "consumer", IP, subnet)
    assert taken.links == (*TO_NODE, (f"{NODE}{A}", f"provider/server-{subnet}"))
    assert not taken.failed


def test_the_address_tells_which_interface() -> None:
    found = drawn(spec(TWO))
    assert request_path(found, "partner", "10.0.131.7", 3).links[0] == (
        "partner/client",
        f"partner/endpoint@{ZONES[2].id}",
    )


def test_a_name_that_is_not_found_dies_at_the_client() -> None:
    taken = request_path(drawn(), "consumer", None, None)
    assert taken.links == ((CLIENT, "consumer/name"),)
    assert taken.failed


def test_a_request_dies_on_the_link_that_is_closed() -> None:
    assert request_path(drawn(closed=frozenset({"consumer"})), "consumer", IP, None).links == ((CLIENT, ENDPOINT),)
    assert request_path(drawn(state="rejected"), "consumer", IP, None).links == TO_NODE


def test_the_last_link_of_a_failed_request_is_gone_along_half_way() -> None:
    found = drawn(closed=frozenset({"consumer"}))
    picture = draw(found, 120, 20)
    track = picture.tracks[CLIENT, ENDPOINT]
    assert cells(picture, request_path(found, "consumer", IP, None)) == track[: (len(track) + 1) // 2]


def test_the_way_is_unbroken_from_link_to_link() -> None:
    found = drawn(cross_zone=True)
    picture = draw(found, 120, 20)
    gone = cells(picture, request_path(found, "consumer", IP, 3))
    assert len(gone) == len(set(gone))
    assert gone[0][0] < gone[-1][0]


def test_a_dot_runs_from_one_end_to_the_other_and_is_forgotten() -> None:
    found = drawn(cross_zone=True)
    picture, traffic = draw(found, 120, 20), Traffic()
    taken = request_path(found, "consumer", IP, 2)
    traffic.send(taken, 0.0)
    gone = cells(picture, taken)
    places = [next(iter(traffic.frame(picture, moment * SECONDS))) for moment in (0, 0.5, 0.99)]
    assert places[0] == gone[0]
    assert places[1] == gone[len(gone) // 2]
    assert places[2] == gone[-1]
    assert traffic.frame(picture, SECONDS) == {}
    assert not traffic.moving


def test_it_carries_the_letter_and_the_colour_of_the_subnet() -> None:
    found = drawn(cross_zone=True)
    traffic = Traffic()
    traffic.send(request_path(found, "consumer", IP, 2), 0.0)
    ((mark, ink),) = traffic.frame(draw(found, 120, 20), 0.0).values()
    assert (mark, ink.colour) == ("B", "lane-2")


def test_a_failed_one_leaves_a_cross_for_a_moment() -> None:
    found = drawn(closed=frozenset({"consumer"}))
    picture, traffic = draw(found, 120, 20), Traffic()
    traffic.send(request_path(found, "consumer", IP, None), 0.0)
    ((mark, ink),) = traffic.frame(picture, SECONDS + LINGERS / 2).values()
    assert (mark, ink.colour) == ("✗", "error")
    assert traffic.frame(picture, SECONDS + LINGERS) == {}


def test_many_answers_at_once_are_a_few_dots() -> None:
    found = drawn()
    traffic = Traffic()
    for number in range(100):
        traffic.send(request_path(found, "consumer", IP, 1), number / 1000)
    assert len(traffic.frame(draw(found, 120, 20), 0.1)) <= MOST
