"""Input that Textual cannot place does not end the app."""

from textual.events import MouseDown
from textual.screen import Screen
from textual.widgets import Static

from pltui.tui.runtime import ResilientApp


class Plain(ResilientApp):
    def compose(self):
        yield Static("here")


async def test_a_click_on_a_widget_that_left_does_nothing(monkeypatch):
    forward = Screen._forward_event

    def without_parent(screen, event):
        if isinstance(event, MouseDown):
            raise AttributeError("'NoneType' object has no attribute 'region'")
        forward(screen, event)

    monkeypatch.setattr(Screen, "_forward_event", without_parent)
    monkeypatch.delenv("PLTUI_DEBUG", raising=False)
    app = Plain()
    async with app.run_test() as pilot:
        app.post_message(
            MouseDown(None, 1, 0, 0, 0, 1, shift=False, meta=False, ctrl=False)
        )  # as the terminal sends it
        await pilot.pause()
        assert app.is_running
