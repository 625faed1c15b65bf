"""Rules about pass by pass."""

from tests.generated.mutations.mutation import Mutation

RECONCILE = "pltui/engine/reconcile.py"

# fmt: off
MUTATIONS = (
    Mutation("echo", "a look that does not show what was just done is not acted on", RECONCILE,
        "echoes = [step for step in plan.steps if self._is_stale_read(step, now)]", "echoes = []",
        "tests/generated/test_made_once.py::test_what_was_changed_is_not_changed_again_before_it_shows[answered]"),
    Mutation("echo of the unfinished", "nor one that does not show what was written without coming to its end",
        RECONCILE, "written = result.written | {", "written = {",
        "tests/generated/test_made_once.py::test_what_was_changed_is_not_changed_again_before_it_shows[lost]"),
    Mutation("bounded echo", "what is undone is done again after a while", RECONCILE,
        "now - at < self._patience * STALE_READ_WINDOW and", "",
        "tests/generated/test_made_once.py::test_what_was_changed_and_undone_at_once_is_changed_again_after_a_while"),
    Mutation("caught in passing", "a look that meets something on its way out is made again", RECONCILE,
        "if not bears or waited >= self._patience:", "if True:", "converge destroy", lag=1.0, pace=1.0),
    Mutation("progress", "a pass that changes nothing ends the run", RECONCILE,
        "stuck = None if moved else plan.fingerprint", "stuck = None",
        "tests/generated/test_no_more_than_asked.py::test_what_is_refused_is_not_asked_for_over_and_over"),
    Mutation("most passes", "passes are bounded", RECONCILE,
        "outcome.passes - pauses == MOST_PASSES", "outcome.passes - pauses == 2 * MOST_PASSES",
        "tests/engine/test_converging.py::test_what_fails_each_time_it_is_made_anew_ends_the_run_after_some_passes"),
    Mutation("success is observed", "a run is ok when a look says so, not when its calls were answered", RECONCILE,
        "            if result.interrupted or",
        "            outcome.ok = not result.failed\n            if outcome.ok or result.interrupted or",
        "converge:cidr converge", lag=0.2, pace=0.05),
    Mutation("claimed", "what is another's and has a wanted name stops the run", RECONCILE,
        "if claimed and not self._adopt:", "if False:",
        "tests/generated/test_not_ours.py::test_what_could_be_taken_over_is_only_where_that_was_asked_for"),
    Mutation("adopt never deletes", "what is taken over is never deleted for it", RECONCILE,
        "        if never:", "        if False:",
        "tests/generated/test_not_ours.py::test_what_is_anothers_and_has_a_wanted_name_stops_a_run_before_it_writes[load_balancer-adopting]"),
    Mutation("only", "a run about one field neither makes nor deletes", RECONCILE,
        "return Plan(tuple(s for s in plan.steps if s.op in (Op.UPDATE, Op.WAIT)), unreadable=plan.unreadable)",
        "return plan",
        "tests/engine/test_in_vain.py::test_a_switch_changes_one_thing_and_neither_makes_nor_deletes_it"),
    Mutation("review", "each plan is shown before it is carried out", RECONCILE,
        "self._review(plan, outcome.passes == 0)", "pass",
        "tests/generated/test_no_more_than_asked.py::test_what_a_plan_is_not_approved_for_is_not_done"),
)
# fmt: on
