"""What comes from outside is text: never markup, never bytes a terminal acts on."""

from dataclasses import replace

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pltui.engine.events import FieldChange, ResourceObserved, RunMessage, StepFailed, StepPlanned, StepWaiting
from pltui.engine.model import Desired
from pltui.errors import LabError
from pltui.tui.widgets.probe_log import Mark
from tests.builders.fake_lab import EPOCH, FakeLab
from tests.tui.conftest import showing

PIECES = st.sampled_from(
    [
        "[/x]",
        "[@click=app.quit]x[/]",
        "[red",
        "\\[",
        "\x1b]0;owned\x07",
        "\x1b[2J",
        "\x9b31m",
        "\r\n",
        "\u202e",
        "日本",
        "\x00",
    ]
)
HOSTILE = st.lists(PIECES | st.text(max_size=8), min_size=1, max_size=5).map("".join)


@settings(
    max_examples=3,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # a screen an attempt: shrinking would take minutes
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(text=HOSTILE)
async def test_hostile_text_is_shown_everywhere_and_does_nothing(text: str) -> None:
    async with showing(FakeLab(), size=(100, 30)) as lab:
        await lab.step(3)
        address = f"provider/{text}"
        emit = lab.lab.feed.emit
        emit(address, ResourceObserved(kind=text, name=text, id=text, state="ready", status=text))
        changes = (FieldChange(text, was=text, want=[text]),)
        emit(address, StepPlanned(op=text, why=text, changes=changes))
        emit(address, StepFailed(op="create", code=text, error=text, hint=text))
        emit("provider/vpc", StepWaiting(status=text))
        emit("", RunMessage(verb=text, message=text))
        lab.app.show_world(lab.app.world.with_desired([Desired(address, "vpc", {text: {text: text}}, text)]))
        answer = replace(lab.lab._next("consumer"), zone=text, ip=text, text=text)
        nobody = replace(answer, subnet=None)
        failed = replace(answer, error=text, kind=text, status=None)
        probing = lab.app.probe
        probing.lines.extend([answer, nobody, failed, Mark(text)])
        for each in (answer, nobody, failed):
            probing.series.add(each, EPOCH.timestamp())
        probing.zones[text] = 2
        probing.update_zones()
        lab.app.show_facts(region=text, endpoint=text, lab=text, load_balancer=text, consumer=text)
        lab.app.show_problem(text, text)
        lab.app.tell(text)
        await lab.press("l")
        await lab.select(address)
        _harmless(lab.app.export_screenshot())
        await lab.press("enter")
        _harmless(lab.app.export_screenshot())
        await lab.press("escape")
        lab.app.show_crash(text, LabError(text, text))
        await lab.settle()
        _harmless(lab.app.export_screenshot())
        assert lab.app.is_running


def _harmless(svg: str) -> None:
    assert not any(c in svg for c in "\x1b\x07\x9b\x00\u202e")
