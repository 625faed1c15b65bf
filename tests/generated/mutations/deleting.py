"""Rules about what keeps from going."""

from tests.generated.mutations.mutation import Mutation

BASE = "pltui/resources/base.py"
LB = "pltui/resources/load_balancer.py"

# fmt: off
MUTATIONS = (
    Mutation("connections", "whoever is still connected to our service is severed",
        "pltui/resources/endpoint_service.py",
        "                await self._reject_connections(lab, observed)\n", "                pass\n",
        "tests/generated/test_no_more_than_asked.py::test_what_others_did_to_a_lab_does_not_keep_it_from_going[_connected]"),
    Mutation("groups", "groups that name each other let go", "pltui/resources/security_group.py",
        "                with contextlib.suppress(NotYetError):", "                if False:",
        "tests/generated/test_no_more_than_asked.py::test_what_others_did_to_a_lab_does_not_keep_it_from_going[_entangled]"),
    Mutation("protection", "what protects a load balancer from deletion is taken off", LB,
        'if observed.spec.get("deletion_protection"):', "if False:",
        "tests/generated/test_no_more_than_asked.py::test_what_others_did_to_a_lab_does_not_keep_it_from_going[_protected]"),
    Mutation("termination protection", "and an instance from termination", "pltui/resources/instance.py",
        'if error.code != "OperationNotPermitted" or not named:', "if True:",
        "tests/generated/test_no_more_than_asked.py::test_what_others_did_to_a_lab_does_not_keep_it_from_going[_guarded]"),
    Mutation("strip", "what others put on our role is taken off", "pltui/resources/role.py",
        "                await _remove_foreign_policies(lab, observed.id)\n", "                pass\n",
        "tests/generated/test_no_more_than_asked.py::test_what_others_did_to_a_lab_does_not_keep_it_from_going[_burdened]"),
    Mutation("main table", "a main route table is handed over first", "pltui/resources/route_table.py",
        'if observed.spec["main"]:', "if False:",
        "tests/generated/test_no_more_than_asked.py::test_what_others_did_to_a_lab_does_not_keep_it_from_going[_crowned]"),
    Mutation("gone is done", "that there is nothing left to delete is success", BASE,
        "        if is_gone(error):\n            return {}", "        if False:\n            return {}",
        "tests/generated/test_no_more_than_asked.py::test_what_is_gone_already_holds_up_no_destroy"),
    Mutation("unsuccessful", "what a bulk call refused is a failure", BASE,
        "            raise error", "            pass",
        "tests/resources/test_tokens.py::test_what_is_not_found_is_deleted_but_not_accepted"),
)
# fmt: on
