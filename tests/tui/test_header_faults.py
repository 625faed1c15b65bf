"""What is broken on purpose is always on screen."""

from __future__ import annotations

from tests.tui.conftest import Driver, showing


async def test_a_fault_is_told_in_the_header_until_it_is_mended() -> None:
    async with showing(size=(120, 40)) as lab:
        await lab.converge()
        assert "fault" not in header(lab)
        lab.lab.broken = ("zone ap-northeast-1c (apne1-az1) is down",)
        await look(lab)
        assert " fault  zone ap-northeast-1c (apne1-az1) is down" in header(lab)
        lab.lab.broken = ()
        await look(lab)
        assert "fault" not in header(lab)


async def test_of_several_faults_the_first_is_told_and_the_rest_counted() -> None:
    async with showing(size=(120, 40)) as lab:
        await lab.converge()
        lab.lab.broken = ("the server of a is down", "the server of b is down", "the server of c is down")
        await look(lab)
        assert " fault (+2)  the server of a is down" in header(lab)


async def test_a_faults_words_cannot_steer_the_terminal() -> None:
    async with showing(size=(120, 40)) as lab:
        await lab.converge()
        lab.lab.broken = ("the server of \x1b[2Jx is down",)
        await look(lab)
        assert "\x1b" not in header(lab)


async def look(lab: Driver) -> None:
    lab.app.work.watch_switch()
    await lab.settle()


def header(lab: Driver) -> str:
    return lab.app.main.header.render().plain
