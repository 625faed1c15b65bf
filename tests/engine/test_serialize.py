"""A plan in the notation people know, and in JSON's terms."""

import json

import pytest

from pltui.engine.json_values import plain_value
from pltui.engine.model import Desired, Observed, Op, Ref, State
from pltui.engine.serialize import plan_counts, plan_document, plan_lines, step_document
from tests.engine.world import desired, observed, plan, step

NET, SUB = desired("net/a", cidr="10/8"), desired("sub/a", net=Ref("net/a"), cidr="10/16")
NET_IS, SUB_IS = observed("net/a", cidr="10/8"), observed("sub/a", net="net-a", cidr="10/16")
MANY = [f"sub/{letter}" for letter in "abcdef"]


@pytest.mark.parametrize(
    ("all_desired", "things", "lines", "counts"),
    [
        pytest.param([NET], [NET_IS], [], "nothing to change", id="nothing"),
        pytest.param([NET], [], ["+ net/a  (does not exist)"], "1 to create", id="create"),
        pytest.param([], [NET_IS], ["- net/a net-a  (no longer needed)"], "1 to delete", id="delete"),
        pytest.param(
            [desired("net/a", cidr="10/8", name="x")],
            [observed("net/a", cidr="10/8", name="y")],
            ["~ net/a net-a  (differs: name)", "    name: y -> x"],
            "1 to update",
            id="update",
        ),
        pytest.param(
            [NET],
            [observed("net/a", cidr="10/8", state=State.PENDING)],
            ["… net/a net-a  (is pending)"],
            "nothing to change",
            id="wait",
        ),
        pytest.param(
            [desired("net/a", cidr="11/8"), SUB],
            [NET_IS, SUB_IS],
            [
                "-/+ net/a net-a  (replace: cidr cannot change in place)",
                "    cidr: 10/8 -> 11/8  (forces replacement)",
                "    also affects: sub/a (1)",
                "-/+ sub/a sub-a  (replace: depends on net/a)",
            ],
            "2 to replace",
            id="replace",
        ),
        pytest.param(
            [desired("net/a", cidr="11/8"), SUB],
            [NET_IS],
            [
                "-/+ net/a net-a  (replace: cidr cannot change in place)",
                "    cidr: 10/8 -> 11/8  (forces replacement)",
                "+ sub/a  (does not exist; waits for net/a)",
            ],
            "1 to create, 1 to replace",
            id="later",
        ),
        pytest.param(
            [desired("door/d", subs=frozenset({"tcp/80 from 10.0.0.0/20", "tcp/443 from sg-1"}))],
            [observed("door/d", subs=frozenset({"all to 0.0.0.0/0", "tcp/443 from sg-1"}))],
            [
                "~ door/d door-d  (differs: subs)",
                "    subs: -all to 0.0.0.0/0, tcp/443 from sg-1, +tcp/80 from 10.0.0.0/20",
            ],
            "1 to update",
            id="sets",
        ),
        pytest.param(
            [NET, desired("path/p", net=Ref("net/a"), to=Ref("group/g")), desired("group/g", port=1)],
            [NET_IS, observed("path/p", net="net-a", to="")],
            [
                "~ path/p path-p  (differs: to)",
                "    to: nothing -> (group/g id, known after it exists)",
                "+ group/g  (does not exist)",
            ],
            "1 to create, 1 to update",
            id="not known yet",
        ),
        pytest.param(
            [desired("gate/g", subs="s", mode=True)],
            [observed("gate/g", subs="s", mode=["b", 1])],
            ["~ gate/g gate-g  (differs: mode)", "    mode: b, 1 -> true"],
            "1 to update",
            id="lists and switches",
        ),
    ],
)
def test_the_notation(all_desired: list[Desired], things: list[Observed], lines: list[str], counts: str) -> None:
    made = plan(all_desired, things)
    assert [*plan_lines(made)] == lines
    assert plan_counts(made) == counts


def test_of_many_taken_along_a_few_are_named_and_all_are_counted() -> None:
    subs = [desired(address, net=Ref("net/a")) for address in MANY]
    things = [NET_IS, *(observed(address, net="net-a") for address in MANY)]
    assert "    also affects: sub/a, sub/b, sub/c, sub/d, … (6)" in [
        *plan_lines(plan([desired("net/a", cidr="11/8"), *subs], things))
    ]


def test_a_change_in_json() -> None:
    made = plan([desired("net/a", cidr="11/8"), SUB, desired("group/g", port=1)], [NET_IS, SUB_IS])
    net, sub = (step_document(step(made, Op.DELETE, address)) for address in ("net/a", "sub/a"))
    assert net == {
        "address": "net/a", "op": "delete", "action": "replace", "kind": "net", "id": "net-a",
        "why": "cidr cannot change in place",
        "changes": [{"field": "cidr", "was": "10/8", "want": "11/8", "forces_replacement": True}],
        "takes_along": ["sub/a"],
    }  # fmt: skip
    assert (sub["op"], sub["action"], sub["hangs_on"], sub["changes"]) == ("delete", "replace", "net/a", [])


def test_a_plan_in_json_counts_a_replacement_as_the_deletion_it_is_too() -> None:
    made = plan(
        [desired("net/a", cidr="11/8"), SUB, desired("group/g", port=1)], [NET_IS, observed("group/odd", port=1)]
    )
    document = json.loads(json.dumps(plan_document(made)))
    assert document["summary"] == {"create": 2, "update": 0, "delete": 2, "replace": 1}
    assert {each["address"]: each.get("later", False) for each in document["changes"]} == {
        "net/a": False, "group/g": False, "group/odd": False, "sub/a": True,
    }  # fmt: skip
    assert document["waits"] == []


def test_an_update_forces_nothing() -> None:
    made = plan([desired("net/a", cidr="10/8", name="x")], [observed("net/a", cidr="10/8", name="y")])
    assert step_document(made.steps[0])["changes"] == [{"field": "name", "was": "y", "want": "x"}]


def test_a_script_is_shown_by_its_digest() -> None:
    script = "#!/bin/bash\necho secret\n"
    shown = plain_value({"user_data": script})["user_data"]
    assert shown.startswith("(2 lines, sha256 ")
    assert shown != plain_value("#!/bin/bash\necho other\n")
