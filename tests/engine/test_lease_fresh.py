"""A look that came before the lease: when it may be acted on, and what keeps others' creates from being missed."""

import asyncio

import pytest

from pltui.engine.lease import STALE, Lease
from pltui.engine.polling import CancellationToken
from tests.engine.lease_store import READ_BACK, Parameter, Process, die, now, story

FRESH = 5.0


def lease(shelf: Parameter, process: Process, *, timeout: float = 0.0) -> Lease:
    return Lease(shelf, process, "reconcile", CancellationToken(), read_back=READ_BACK, timeout=timeout, fresh=FRESH)


@pytest.mark.parametrize(
    ("age", "creating", "covered"),
    [(FRESH - 1, True, True), (FRESH + 1, True, False), (FRESH + 1, False, True), (STALE + 1, False, False)],
)
def test_a_look_is_acted_on_while_it_is_fresh(age: float, creating: bool, covered: bool) -> None:
    async def main() -> None:
        looked = now()
        await asyncio.sleep(age)
        await (mine := lease(Parameter(), Process("a"))).acquire()
        assert mine.covers(looked, creating=creating) is covered
        await mine.release()

    story(main())


def test_a_look_from_before_the_machine_slept_is_old() -> None:
    async def main() -> None:
        process = Process("a")
        looked = process.clock()
        process.asleep = STALE + 1
        await (mine := lease(Parameter(), process)).acquire()
        assert not mine.covers(looked, creating=False)
        await mine.release()

    story(main())


def test_a_look_is_not_acted_on_where_another_run_was_met() -> None:
    async def main() -> None:
        shelf = Parameter()
        await (first := lease(shelf, Process("a"))).acquire()
        looked = now()
        asyncio.get_running_loop().call_later(1, lambda: asyncio.ensure_future(first.release()))
        await (second := lease(shelf, Process("b"), timeout=60)).acquire()
        assert not second.covers(looked, creating=True)
        await second.release()

    story(main())


def test_a_look_is_not_acted_on_after_a_run_that_did_not_let_go() -> None:
    async def main() -> None:
        shelf = Parameter()
        await die(lease(shelf, Process("a")))
        looked = now()
        await (second := lease(shelf, Process("b", dead={"a"}))).acquire()
        assert not second.covers(looked, creating=True)
        await second.release()

    story(main())


@pytest.mark.parametrize("quiet", [0.0, FRESH - 1, FRESH + 1])
def test_it_is_kept_until_no_fresh_look_can_have_missed_a_create(quiet: float) -> None:
    """Whoever looked before the create, and takes the lease after it was let go, does not act on that look."""

    async def main() -> None:
        shelf = Parameter()
        await (first := lease(shelf, Process("a"))).acquire()
        looked = now()
        first.note_create()
        await asyncio.sleep(quiet)
        await first.release()
        assert now() >= looked + FRESH
        await (second := lease(shelf, Process("b"))).acquire()
        assert not second.covers(looked, creating=True)
        await second.release()

    story(main())


def test_without_a_create_it_is_let_go_at_once() -> None:
    async def main() -> None:
        shelf = Parameter()
        await (first := lease(shelf, Process("a"))).acquire()
        begun = now()
        await first.release()
        assert now() - begun < 1

    story(main())
