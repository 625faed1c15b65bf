"""The engine's safety rules, each with what takes it out of the code, and the cheapest thing that then fails.

`caught_by` is a scenario (see `tests.generated.scenario`) or the node of a test.
"""

from tests.generated.mutations import carrying_out, deleting, one_writer, order, ownership, passes, plan_files, sending
from tests.generated.mutations.mutation import Mutation

__all__ = ["MUTATIONS", "Mutation"]

MUTATIONS: tuple[Mutation, ...] = (
    *sending.MUTATIONS,
    *carrying_out.MUTATIONS,
    *passes.MUTATIONS,
    *order.MUTATIONS,
    *ownership.MUTATIONS,
    *one_writer.MUTATIONS,
    *deleting.MUTATIONS,
    *plan_files.MUTATIONS,
)
