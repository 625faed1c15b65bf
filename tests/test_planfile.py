"""A plan on disk: what is in the file, whom it is for, and what still counts as the world it was made in."""

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume
from hypothesis import strategies as st

from pltui import spec, topology
from pltui.engine.model import Change, Desired, Observed, Op, Ref, State, Step
from pltui.engine.plan import Plan, make_plan
from pltui.errors import LabError, Refused
from pltui.lab import plan_file
from pltui.lab.plan_file import Approved, PlanOrigin
from tests.engine.test_plan_properties import TRAITS, given, worlds
from tests.engine.world import desired, observed, plan
from tests.fakecloud.labs import AREA

SPEC = "specs/privatelink.yaml"
HERE = PlanOrigin("lab", "sandbox", "ap-northeast-1", "its own", "a digest")

NET, SUB = desired("net/a", cidr="11/8"), desired("sub/a", net=Ref("net/a"), cidr="10/16")
DOOR, DOOR_IS = desired("door/d", subs=frozenset({"x"})), observed("door/d", subs=frozenset({"y"}))
NET_WAS, SUB_IS = observed("net/a", cidr="10/8"), observed("sub/a", net="net-a", cidr="10/16")
MADE = plan([NET, SUB, DOOR, desired("group/g", port=1)], [NET_WAS, SUB_IS, DOOR_IS])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "plan.json"
    plan_file.save(path, HERE, MADE)
    return path


def approved(made: Plan) -> Approved:
    """`made` after it has been a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plan.json"
        plan_file.save(path, HERE, made)
        return plan_file.load(path, HERE)


# -- the file ---------------------------------------------------------------------------------------------------------


def test_it_holds_what_plan_prints_and_whom_it_is_for(file: Path) -> None:
    document = json.loads(file.read_text())
    assert document["version"] == 1
    assert document["made_for"]["lab"] == "lab"
    assert document["summary"] == {"create": 1, "update": 1, "delete": 2, "replace": 2}
    assert {(each["action"], each["address"]) for each in document["changes"]} == {
        ("replace", "net/a"),
        ("replace", "sub/a"),
        ("update", "door/d"),
        ("create", "group/g"),
    }


def test_only_its_owner_can_read_it_and_nothing_is_left_beside_it(file: Path) -> None:
    assert file.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in file.parent.iterdir()] == ["plan.json"]


def test_what_is_at_its_place_and_is_no_file_is_left_alone(tmp_path: Path) -> None:
    """/dev/null is none, and /dev/stdout is a link."""
    precious, link = tmp_path / "precious", tmp_path / "plan.json"
    precious.write_text("precious")
    link.symlink_to(precious)
    for place in (link, tmp_path, Path("/dev/null")):
        with pytest.raises(LabError, match="cannot be written"):
            plan_file.save(place, HERE, MADE)
    assert (precious.read_text(), link.is_symlink()) == ("precious", True)
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize("where", [".", "no/such/folder/plan.json"])
def test_where_it_cannot_be_written_that_is_told_and_nothing_is_left(tmp_path: Path, where: str) -> None:
    with pytest.raises(LabError) as raised:
        plan_file.save(tmp_path / where, HERE, MADE)
    assert (raised.value.code, [*tmp_path.iterdir()]) == (2, [])
    assert not list(tmp_path.parent.glob(f".{tmp_path.name}.*"))


def test_a_machines_script_is_not_in_it(tmp_path: Path) -> None:
    all_desired = topology.all_desired(spec.load(SPEC), AREA)
    made = Plan(tuple(Step(Op.CREATE, each.address, each.kind, "does not exist", each) for each in all_desired))
    scripts = [each.spec["user_data"] for each in all_desired if each.spec.get("user_data")]
    plan_file.save(tmp_path / "plan.json", HERE, made)
    assert scripts
    assert "http.server" not in (tmp_path / "plan.json").read_text()


def test_one_of_an_earlier_version_which_had_references_as_text_alone_still_holds(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    made = plan([desired("group/g"), desired("path/p", to=Ref("group/g"))], [observed("path/p", to="")])
    plan_file.save(path, HERE, made)
    document = json.loads(path.read_text())
    del document["digest"]
    changes = [change for step in document["changes"] for change in step["changes"]]
    assert [change.pop("references") for change in changes] == [{"": ["group/g", "id"]}]
    path.write_text(json.dumps({**document, "digest": plan_file._json_digest(document)}))
    plan_file.load(path, HERE).check(made, first=True)


# -- whose it is ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("there", "words"),
    [
        (replace(HERE, lab="other"), "for lab lab, not for other"),
        (replace(HERE, target="aws"), "for target sandbox, not for aws"),
        (replace(HERE, region="eu-west-1"), "for region ap-northeast-1, not for eu-west-1"),
        (replace(HERE, endpoint="named"), "for endpoint its own, not for named"),
        (replace(HERE, spec="another"), "the plan is for another spec"),
    ],
    ids=["lab", "target", "region", "endpoint", "spec"],
)
def test_one_made_for_something_else_is_refused(file: Path, there: PlanOrigin, words: str) -> None:
    with pytest.raises(Refused, match=words) as raised:
        plan_file.load(file, there)
    assert raised.value.code == 4


def test_a_spec_is_told_apart_by_what_it_says_with_its_overrides() -> None:
    def facts(*overrides: str) -> PlanOrigin:
        return PlanOrigin.of(spec.load(SPEC, overrides), "sandbox", "ap-northeast-1", endpoint_url=None)

    assert facts() == facts("provider.servers.count=3")  # as the default is
    assert facts() != facts("provider.servers.count=2")


def test_an_account_is_compared_where_both_are_known(tmp_path: Path) -> None:
    plan_file.save(tmp_path / "plan.json", HERE, MADE, account="111122223333")
    loaded = plan_file.load(tmp_path / "plan.json", HERE)
    loaded.check_account("111122223333")
    loaded.check_account(None)
    with pytest.raises(Refused, match="for account 111122223333, not for 444455556666"):
        loaded.check_account("444455556666")


def altered(document: dict[str, Any], key: str) -> None:
    match key:
        case "address":
            document["changes"][0]["address"] = "net/b"
        case "change":
            next(each for each in document["changes"] if each["changes"])["changes"][0]["want"] = "0.0.0.0/0"
        case "one more":
            document["changes"].append(document["changes"][0])
        case "one less":
            document["changes"].pop()
        case "spec":
            document["made_for"]["spec"] = "another"
        case "digest":
            document["digest"] = "0" * 64


@pytest.mark.parametrize("key", ["address", "change", "one more", "one less", "spec", "digest"])
def test_one_that_was_altered_is_refused(file: Path, key: str) -> None:
    document = json.loads(file.read_text())
    altered(document, key)
    file.write_text(json.dumps(document))
    with pytest.raises(Refused, match="altered"):
        plan_file.load(file, HERE)


def test_one_made_by_hand_that_lacks_something_holds_no_plan(tmp_path: Path) -> None:
    for document in ({"version": 1}, {"version": 1, "made_for": 7}, {"version": 1, "made_for": {"lab": "x"}}):
        (tmp_path / "plan.json").write_text(json.dumps({**document, "digest": plan_file._json_digest(document)}))
        with pytest.raises(LabError, match="is not a plan") as raised:
            plan_file.load(tmp_path / "plan.json", HERE)
        assert raised.value.code == 2


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "7", '{"version": 1}', "version: 1", "\x00", "[" * 100_000, '{"changes": "\\ud800"}'],
)
def test_a_file_that_holds_no_plan_is_wrong_usage(tmp_path: Path, text: str) -> None:
    (tmp_path / "plan.json").write_text(text)
    with pytest.raises(LabError) as raised:
        plan_file.load(tmp_path / "plan.json", HERE)
    assert raised.value.code == 2


def test_neither_is_one_that_is_not_there_not_text_or_of_another_version(tmp_path: Path, file: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "newer").write_text(file.read_text().replace('"version": 1', '"version": 2'))
    for name in ("missing", "binary", "newer", "."):
        with pytest.raises(LabError) as raised:
            plan_file.load(tmp_path / name, HERE)
        assert raised.value.code == 2


# -- the world --------------------------------------------------------------------------------------------------------


WANTS = [NET, SUB, DOOR, desired("group/g", port=1)]


@pytest.mark.parametrize(
    ("things", "words"),
    [
        ([NET_WAS, SUB_IS, DOOR_IS, observed("group/g", port=1)], "group/g: was to be created, and now exists"),
        ([NET_WAS, SUB_IS, observed("door/d", subs=frozenset({"x"}))],
         r"door/d: was to be updated \(door-d, subs: \['y'\] -> \['x'\]\), and now matches the spec"),
        ([NET_WAS, DOOR_IS], r"sub/a: was to be replaced \(sub-a\), and now is to be created"),
        ([NET_WAS, SUB_IS], r"door/d: was to be updated .*, and now is to be created"),
        ([NET_WAS, SUB_IS, DOOR_IS, observed("group/odd")],
         r"group/odd: was to stay as it is, and now is to be deleted \(group-odd\)"),
        ([NET_WAS, SUB_IS, observed("door/d", "door-2", subs=frozenset({"y"}))], "door-d, .* and now .*door-2, "),
        ([NET_WAS, SUB_IS, observed("door/d", subs=frozenset({"z"}))], r"\['y'\] -> .* and now .*\['z'\] -> "),
        (
            [observed("net/a", cidr="10/8", name="n"), observed("sub/a", net="net-a", cidr="9/16"), DOOR_IS],
            "sub/a: .*9/16",
        ),
    ],
    ids=["exists", "as wanted", "gone, and one replaced", "gone", "one more", "another id", "another value", "cidr"],
)  # fmt: skip
def test_a_world_that_has_moved_is_refused_and_what_moved_is_told(things: list[Observed], words: str) -> None:
    with pytest.raises(Refused, match=words) as raised:
        approved(MADE).check(plan(WANTS, things), first=True)
    assert raised.value.code == 4


def test_the_same_step_for_another_wish_is_refused() -> None:
    with pytest.raises(Refused, match="group/g: was to be created, and would now have another result"):
        approved(plan([desired("group/g", port=1)])).check(plan([desired("group/g", port=2)]), first=True)


def test_a_world_already_as_wanted_is_not_the_one_a_plan_was_made_for() -> None:
    with pytest.raises(Refused, match="group/g: was to be created, and now exists"):
        approved(plan([desired("group/g", port=1)])).check(Plan(()), first=True)


def test_of_many_that_moved_a_few_are_told_and_all_are_counted() -> None:
    with pytest.raises(Refused, match=r"net/4: .*, and 3 more$"):
        approved(plan([desired(f"net/{n}") for n in range(1, 8)])).check(Plan(()), first=True)


def test_waiting_is_free_in_any_pass() -> None:
    waits = plan([DOOR], [replace(DOOR_IS, spec={"subs": frozenset({"x"})}, state=State.PENDING)])
    assert waits.steps
    approved(Plan(())).check(waits, first=True)
    approved(Plan(())).check(waits, first=False)


def test_a_later_pass_may_create_what_was_replaced_and_what_had_to_wait_for_it() -> None:
    made = approved(plan([NET, SUB], [NET_WAS]))
    made.check(plan([NET, SUB], []), first=False)
    made.check(plan([NET, SUB], [observed("net/a", "net-2", State.FAILED, cidr="11/8")]), first=False)


def test_what_was_to_be_pointed_elsewhere_later_may_have_gone_with_what_it_pointed_at() -> None:
    all_desired = [
        desired("net/b", cidr="1/8"),
        desired("path/p", net=Ref("net/b"), to=Ref("group/g")),
        desired("group/g", port=1),
    ]
    net, group, path = (
        observed("net/b", cidr="1/8"),
        observed("group/g", port=2),
        observed("path/p", net="net-b", to="group-g"),
    )
    made = approved(plan(all_desired, [net, group, path]))
    made.check(plan(all_desired, [net]), first=False)
    made.check(plan(all_desired, [net, path]), first=False)
    with pytest.raises(Refused, match=r"path/p: was to be updated .*, and now is to be replaced"):
        made.check(plan(all_desired, [net, replace(path, state=State.FAILED)]), first=False)


def test_a_later_pass_may_touch_nothing_else() -> None:
    with pytest.raises(Refused, match="door/d: was to stay as it is, and now is to be updated"):
        approved(plan([NET, DOOR], [NET_WAS, observed("door/d", subs=frozenset({"x"}))])).check(
            plan([NET, DOOR], [DOOR_IS]), first=False
        )


@pytest.mark.parametrize("things", [[], [replace(DOOR_IS, state=State.FAILED)]], ids=["create", "replace"])
def test_what_was_only_to_be_updated_is_not_made_anew_without_asking(things: list[Observed]) -> None:
    with pytest.raises(Refused, match="door/d: was to be updated"):
        approved(plan([DOOR], [DOOR_IS])).check(plan([DOOR], things), first=False)


World = tuple[list[Desired], list[Observed]]


@given(worlds())
def test_against_the_world_it_was_made_in_a_plan_holds_however_that_is_listed(world: World) -> None:
    all_desired, things = world
    approved(make_plan(all_desired, things, TRAITS)).check(make_plan(all_desired, things[::-1], TRAITS), first=True)


@given(worlds(), st.data())
def test_against_any_single_step_that_is_otherwise_it_does_not(world: World, data: st.DataObject) -> None:
    made = make_plan(*world, TRAITS)
    assume(made.changes)
    index = data.draw(st.integers(0, len(made.steps) - 1))
    assume(made.steps[index].op is not Op.WAIT)
    moved = data.draw(st.sampled_from(_moved(made.steps[index])))
    steps = [*made.steps[:index], *moved, *made.steps[index + 1 :]]
    with pytest.raises(Refused):
        approved(made).check(replace(made, steps=tuple(steps)), first=True)


def _moved(step: Step) -> list[list[Step]]:
    """`step` gone, doubled, and other in each of the ways that count."""
    old = step.observed or Observed(step.address, step.kind, "", {})
    change = Change("field", "was", "want")
    return [
        [],
        [step, step],
        [replace(step, address=f"{step.address}/other")],
        [replace(step, op=Op.CREATE if step.op is Op.UPDATE else Op.UPDATE)],
        [replace(step, observed=replace(old, id=f"{old.id}-other"))],
        [replace(step, changes=(*step.changes, change))],
        [replace(step, desired=Desired(step.address, step.kind, {"field": "other"}))],
        *(
            [[replace(step, changes=(replace(step.changes[0], after="other"), *step.changes[1:]))]]
            if step.changes
            else []
        ),
        *(
            [[replace(step, changes=(replace(step.changes[0], before="other"), *step.changes[1:]))]]
            if step.changes
            else []
        ),
    ]
