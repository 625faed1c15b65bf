"""Rules about carrying out."""

from tests.generated.mutations.mutation import Mutation

RUN = "pltui/engine/executor.py"

# fmt: off
MUTATIONS = (
    Mutation("unknown is looked for", "after a lost answer there is a look before it is sent again", RUN,
        "            except NotYetError as error:\n                waited",
        "            except (NotYetError, OutcomeUnknownError) as error:\n                waited",
        "tests/engine/test_failures.py::test_a_lost_answer_is_looked_for_and_there_is_exactly_one_of_each[1-LOST]"),
    Mutation("patience", "a refusal time may heal is borne with for so long", RUN,
        "                if waited >= min(self._patience, error.lasts_s or self._patience):\n",
        "                if True:\n",
        "tests/engine/test_failures.py::test_what_is_refused_for_the_moment_is_asked_again_and_told_as_waiting"),
    Mutation("bounded patience", "and no longer", RUN,
        "                if waited >= min(self._patience, error.lasts_s or self._patience):\n",
        "                if waited >= 9 * min(self._patience, error.lasts_s or self._patience):\n",
        "tests/engine/test_failures.py::test_what_is_refused_for_longer_than_patience_fails_with_its_own_words"),
    Mutation("made already", "what exists already is not made again for desired of its rounding off", RUN,
        "if applied or self._made[step.key].done():  # it must", "if False:  # it must",
        "tests/engine/test_in_vain.py::test_what_exists_is_not_made_again_when_only_its_rounding_off_was_too_early"),
    Mutation("upon", "a create comes after what it refers to", RUN,
        "missing = [key for key in step.requires_created if not await self._made[key]]", "missing: list[str] = []",
        "tests/engine/test_converging.py::test_no_call_is_refused_on_the_way_because_it_came_too_early"),
    Mutation("after", "a step comes after those that must be done first", RUN,
        "missing += [key for key in step.after if not await self._done[key]]", "missing += []",
        "tests/engine/test_converging.py::test_no_call_is_refused_on_the_way_because_it_came_too_early"),
    Mutation("blocked", "a failure stops what depends on it", RUN, "return not missing", "return True",
        "tests/engine/test_failures.py::test_a_failure_stops_only_what_depends_on_it[consumer/internet-gateway]"),
    Mutation("lingering", "what slow_delete is waited for until it is gone", RUN,
        "if self._cloud.traits[step.kind].slow_delete or step.observed.state is State.DELETING:", "if False:",
        "tests/engine/test_drift.py::test_what_nobody_wants_any_more_goes[nat_gateway]"),
    Mutation("works", "what is made is waited for until it works", RUN,
        "        if observed.state is State.PENDING:\n            observed = await (self._early",
        "        if False:\n            observed = await (self._early", "both:converge|destroy", lag=0.2, pace=0.05),
    Mutation("out of sight", "what was to stay and does not show is not gone at once", "pltui/engine/polling.py",
        "(now is None and moment - waiter.sighted >= self._patience)", "now is None",
        "tests/generated/test_made_once.py::test_what_does_not_show_yet_is_waited_for_in_the_same_pass"),
    Mutation("stop between steps", "once told to stop, no step begins", RUN,
        "            raise InterruptedRunError(self._stop.reason)\n        self._check_refusal(step)",
        "            pass\n        self._check_refusal(step)",
        "tests/engine/test_failures.py::test_told_to_stop_a_run_starts_nothing_new_ends_soon_and_can_be_taken_up_again"),
)
# fmt: on
