"""Rules about what goes, and in which order."""

from tests.generated.mutations.mutation import Mutation

SORTING = "pltui/engine/classification.py"
ORDER = "pltui/engine/ordering.py"

# fmt: off
MUTATIONS = (
    Mutation("surplus", "of several only one stays", SORTING,
        'self._add_deletion(Deletion(item, Phrase("duplicate: {id} is kept", id=best.id)))', "pass",
        "tests/engine/test_plan.py::test_of_three_exactly_one_is_kept_and_always_the_same"),
    Mutation("surplus referred to", "the one most referred to stays", SORTING,
        "return unfit, -others,", "return unfit, 0,",
        "tests/engine/test_plan.py::test_of_two_alike_the_one_more_referred_to_is_kept"),
    Mutation("surplus fits", "the one that fits stays", SORTING, "return unfit, -others,", "return 0, -others,",
        "tests/engine/test_plan.py::test_of_two_the_one_that_fits_is_kept_however_much_the_other_is_referred_to"),
    Mutation("failed is replaced", "what will never work is made anew", SORTING,
        "elif item.state is State.FAILED:", "elif False:", "tests/engine/test_plan.py::test_what_is_to_be_done"),
    Mutation("leaving", "what is on its way out is nothing to build on", SORTING,
        "if item.state is State.DELETING:", "if False:",
        "tests/engine/test_plan.py::test_what_is_to_be_done[on its way out]"),
    Mutation("hangs on", "what hangs on something replaced goes first", SORTING,
        "return min(holders, key=lambda key: (self._deleted_address(key), key), default=None)", "return None",
        "tests/engine/test_plan.py::test_replacing_something_takes_all_that_hangs_on_it"),
    Mutation("grows", "a collection shrinks only by replacement", SORTING,
        "return not set(change.before) <= set(strings(change.after))", "return False",
        "tests/engine/test_plan.py::test_what_is_to_be_done[a collection that would shrink]"),
    Mutation("no create while leaving", "nothing is made in the place of what is leaving", "pltui/engine/presence.py",
        "if address not in kept and address not in leaving}", "if address not in kept}",
        "tests/engine/test_in_vain.py::test_what_can_only_work_with_something_that_is_to_be_made_anew_is_not_waited_for_in_this_pass"),
    Mutation("delete order", "a delete comes after what refers to it", "pltui/engine/plan.py",
        "after=frozenset(order.before[key])", "after=frozenset()",
        "tests/engine/test_plan.py::test_orphans_are_ordered_by_what_they_were_seen_to_refer_to"),
    Mutation("let go first", "a delete comes after the update that lets go of it", ORDER,
        "for step in updates if step.op is Op.UPDATE and step.observed}",
        "for step in updates if False and step.observed}",
        "tests/engine/test_plan.py::test_a_mutable_reference_the_spec_lets_go_of_is_let_go_of_before_what_it_held_goes"),
    Mutation("repointable", "what can be pointed elsewhere holds nothing up", ORDER, "blocking=True", "blocking=False",
        "tests/engine/test_plan.py::test_a_repointable_reference_does_not_order_deletions"),
    Mutation("dies with", "what goes with its parent is no call of its own", ORDER,
        "return keys.get(str(item.spec.get(name))) if name else None", "return None",
        "tests/engine/test_plan.py::test_what_goes_with_its_parent_is_no_call_of_its_own"),
    Mutation("needs", "the way out of a VPC stays while a NAT gateway needs it", "pltui/resources/nat_gateway.py",
        "return replace(observed, needs=frozenset(needs))", "return observed",
        "tests/generated/test_no_more_than_asked.py::test_a_way_out_of_a_vpc_is_not_taken_away_while_it_is_used"),
    Mutation("billed last", "what costs money is created after what is free and may be rejected",
        "pltui/topology/creation_order.py", "FREE: desired.kind in BILLED_KINDS,", "FREE: False,",
        "tests/fakeaws/test_cheap_failure.py::test_where_what_is_free_is_rejected_nothing_billed_is_made"),
    Mutation("gateways after servers", "a NAT gateway is created after the load balancer and the servers are accepted",
        "pltui/topology/creation_order.py",
        "ACCEPTED: desired.kind in BILLED_KINDS - EARLY_KINDS and desired.address not in service,", "ACCEPTED: False,",
        "tests/fakeaws/test_cheap_failure.py::test_after_a_rejection_little_that_is_billed_remains_and_never_a_nat_gateway"),
    Mutation("account-wide stop", "nothing is created after a rejection that concerns the whole account",
        "pltui/engine/executor.py", "if step.op is Op.CREATE and self._result.refusal and not begun:", "if False:",
        "tests/fakeaws/test_cheap_failure.py::test_no_create_begins_after_a_rejection_that_concerns_the_whole_account"),
)
# fmt: on
