"""Every command, declared once: its key, its place in the footer, its line in the palette and in the help."""

from __future__ import annotations

from dataclasses import dataclass

from textual.binding import Binding


@dataclass(frozen=True, slots=True)
class Command:
    id: str  # stable: a keymap refers to it
    key: str
    action: str
    label: str  # a word or two for the footer
    help: str  # a sentence
    group: str
    shown: bool = True  # in the footer

    def binding(self) -> Binding:
        display = "enter" if self.key == "enter" else None  # Textual's sign for it is in few fonts
        return Binding(
            self.key, self.action, self.label, show=self.shown, key_display=display, tooltip=self.help, id=self.id
        )


COMMANDS = (
    Command(
        "lab.cross_zone", "x", "cross_zone", "cross-zone", "Flip cross-zone load balancing; watch who answers", "Lab"
    ),
    Command("probe.toggle", "p", "probe", "probe", "Start or pause the probe", "Probe"),
    Command(
        "lab.reconcile", "r", "reconcile", "reconcile", "Make the lab what the spec says, undoing overrides", "Lab"
    ),
    Command("lab.explain", "e", "explain", "explain", "Tell a request's path hop by hop, and what blocks it", "Lab"),
    Command("view.help", "question_mark", "help", "help", "This list of keys", "View"),
    Command("app.leave", "q", "quit", "quit", "Leave; the lab stays as it is", "App"),
    Command("view.details", "enter", "details", "details", "What is wanted, observed, differs and happened", "View"),
    Command("view.filter", "slash", "filter", "filter", "Show only resources with this in name, state or id", "View"),
    Command("view.log", "l", "log", "log", "Show or hide the log of everything that happened", "View"),
    Command("probe.next", "n", "next_consumer", "next consumer", "Ask as the next consumer's client", "Probe", False),
    Command("view.copy", "c", "copy_id", "copy id", "Copy the selected resource's id to the clipboard", "View", False),
    Command("lab.write", "w", "write_back", "write to spec", "Write the switch into the spec's file", "Lab", False),
    Command("lab.destroy", "D", "destroy", "destroy", "Remove this lab's resources; asks for its name", "Lab", False),
    Command("view.theme", "T", "toggle_theme", "light or dark", "Change between dark and light", "View", False),
)
