"""Rules about plan files."""

from tests.generated.mutations.mutation import Mutation

PLANFILE = "pltui/lab/plan_file.py"

# fmt: off
MUTATIONS = (
    Mutation("plan altered", "a plan altered after it was made is refused", PLANFILE,
        'if document.pop("digest") != _json_digest(document):', 'if document.pop("digest") == "":',
        "tests/test_planfile.py::test_one_that_was_altered_is_refused"),
    Mutation("plan for another", "a plan made for something else is refused", PLANFILE,
        "        if then != now[name]:", "        if False:",
        "tests/test_planfile.py::test_one_made_for_something_else_is_refused"),
    Mutation("plan of the world", "a plan is applied to the world it was made for", PLANFILE,
        "self._difference_sentences(now) if first else self._unapproved_sentences(now)",
        "self._unapproved_sentences(now)",
        "tests/test_planfile.py::test_a_world_that_has_moved_is_refused_and_what_moved_is_told"),
    Mutation("plan strayed", "later passes do only what was approved", PLANFILE,
        "self._difference_sentences(now) if first else self._unapproved_sentences(now)",
        "self._difference_sentences(now) if first else []",
        "tests/test_planfile.py::test_a_later_pass_may_touch_nothing_else"),
    Mutation("plan account", "a plan is applied to the account it was made for", PLANFILE,
        "if self.account and account and self.account != account:", "if False:",
        "tests/test_planfile.py::test_an_account_is_compared_where_both_are_known"),
)
# fmt: on
