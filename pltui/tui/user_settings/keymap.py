"""Keys of the app: those of its actions and widgets, and the user's own from the config file.

A binding belongs to a scope: the actions of an app, a widget of its main screen, or a modal screen. Keys clash within
a scope, and between an action and a widget, which would take the key while it has the focus.
"""

from __future__ import annotations

import importlib
import pkgutil
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import KEY_NAME_REPLACEMENTS, Keys, _character_to_key, key_to_character
from textual.screen import ModalScreen

from pltui.i18n import Phrase
from pltui.spec.problems import Problem, did_you_mean
from pltui.tui.user_settings.config_file import KEYS, Config

if TYPE_CHECKING:
    from pltui.tui.actions.action import Action

# Keys that cannot be changed, so that there is always a way out.
KEPT = {
    "ctrl+c": Phrase("copies, or shows how to quit"),
    "ctrl+q": Phrase("quits from anywhere"),
    "ctrl+p": Phrase("opens the palette"),
    "tab": Phrase("moves to the next part of the screen"),
    "shift+tab": Phrase("moves to the previous part of the screen"),
}
_MODIFIERS = frozenset({"ctrl", "alt", "shift", "super", "hyper", "meta"})
_NAMED = frozenset({*(key.value for key in Keys if not key.value.startswith("<")), *KEY_NAME_REPLACEMENTS.values()})


@dataclass(frozen=True, slots=True)
class KeymapEntry:
    """An action or a widget's binding, whose key can be changed."""

    id: str
    key: str  # "x", or several with commas
    help: str
    scope: str  # the actions' app, or the widget's or screen's class
    kind: str  # "action", "widget" or "modal"


def action_entries(offered: Iterable[Action], app: str = "app") -> list[KeymapEntry]:
    """Entries of the actions of an app."""
    return [KeymapEntry(each.id, each.key, each.help, app, "action") for each in offered]


def widget_entries() -> list[KeymapEntry]:
    """Entries of the bindings that have an id, of every widget and screen of the app."""
    found = []
    for owner in sorted(binding_owners(), key=lambda owner: owner.__qualname__):
        kind = "modal" if issubclass(owner, ModalScreen) else "widget"
        for binding in owner.BINDINGS:
            if isinstance(binding, Binding) and binding.id:
                help_text = binding.tooltip or binding.description
                found.append(KeymapEntry(binding.id, binding.key, help_text, owner.__qualname__, kind))
    return found


def binding_owners() -> Iterator[type[DOMNode]]:
    """All widgets and screens of the app."""
    for package in ("pltui.tui.screens", "pltui.tui.widgets"):
        for module in pkgutil.iter_modules(importlib.import_module(package).__path__):
            for value in vars(importlib.import_module(f"{package}.{module.name}")).values():
                own = getattr(value, "__module__", "") == f"{package}.{module.name}"
                if own and isinstance(value, type) and issubclass(value, DOMNode):
                    yield value


# -- the user's keys ----------------------------------------------------------------------------------------------


def normalize_keys(keys: str) -> str:
    """Convert `keys` to Textual's names: "?" to "question_mark", "shift+x" to "X".

    Raises:
        ValueError: If one of them is not a key.
    """
    return ",".join(_normalize_key(key.strip()) for key in keys.split(","))


def _normalize_key(key: str) -> str:
    *modifiers, base = key.split("+") if len(key) > 1 else [key]
    if len(base) == 1:
        base = _character_to_key(base)
    if modifiers == ["shift"] and len(base) == 1 and base.isalpha():
        return base.upper()  # as terminals send it
    whole = "+".join([*modifiers, base])
    known = whole in _NAMED or base in _NAMED or len(base) == 1 or key_to_character(base) is not None
    if not base or not known or not _MODIFIERS.issuperset(modifiers):
        raise ValueError(
            Phrase(
                "'{key}' is not a key{hint}; write for example x, X, ctrl+x, f2 or ?",
                key=key,
                hint=did_you_mean(key, _NAMED),
            )
        )
    if len(base) == 1 and unicodedata.category(base).startswith("C"):
        raise ValueError(Phrase("a control character is not a key; write for example ctrl+x"))
    return whole


def choose_keys(config: Config, entries: Iterable[KeymapEntry]) -> tuple[dict[str, str], list[Problem]]:
    """Return id -> keys from the config, in Textual's names, and the problems found.

    `entries` are all entries, with the actions of each app as a scope of their own.
    """
    known = list(entries)
    declared: dict[str, set[str]] = defaultdict(set)
    for entry in known:
        declared[entry.id] |= set(entry.key.replace(" ", "").split(","))
    new: dict[str, set[str]] = {}  # id -> keys that it did not have by default
    keys: dict[str, str] = {}
    problems = []
    for identity, wanted in config.keys.items():
        try:
            if identity not in declared:
                other = did_you_mean(identity, declared, Phrase("; `pltui config` lists them"))
                raise ValueError(Phrase("no command '{identity}'{other}", identity=identity, other=other))
            keys[identity] = normalize_keys(wanted)
            new[identity] = set(keys[identity].split(",")) - declared[identity]
            for key in sorted(new[identity] & KEPT.keys()):
                raise ValueError(
                    Phrase("'{key}' cannot be assigned to {id}: it {does}", key=key, id=identity, does=KEPT[key])
                )
        except ValueError as error:
            problems.append(config.problem((KEYS, identity), str(error)))
    clashes = _clashes([replace(entry, key=keys.get(entry.id, entry.key)) for entry in known], new)
    return keys, problems + [_clash(config, key, one, other) for key, one, other in clashes]


def _clashes(entries: list[KeymapEntry], new: Mapping[str, set[str]]) -> Iterator[tuple[str, KeymapEntry, KeymapEntry]]:
    """Each pair with a common key, first the entry that the config gave it to; declared duplicates are intentional."""
    by_key: dict[str, list[KeymapEntry]] = defaultdict(list)
    for entry in entries:
        for key in entry.key.split(","):
            by_key[key.strip()].append(entry)
    reported = set()
    for key, those in by_key.items():
        for one, other in combinations(those, 2):
            pair = (key, frozenset({one.id, other.id}))
            givers = [each for each in (one, other) if key in new.get(each.id, ())]
            if one.id == other.id or pair in reported or not givers or _never_meet(one, other):
                continue
            reported.add(pair)
            yield (key, one, other) if givers[0] is one else (key, other, one)


def _never_meet(one: KeymapEntry, other: KeymapEntry) -> bool:
    """True if both may have the same key: no key press can mean both."""
    return one.scope != other.scope and {one.kind, other.kind} != {"action", "widget"}


def _clash(config: Config, key: str, one: KeymapEntry, other: KeymapEntry) -> Problem:
    at = config.places.get((KEYS, other.id))
    values = {"key": key, "id": one.id, "help": Phrase(one.help), "other": other.id, "its_help": Phrase(other.help)}
    message = Phrase("'{key}' cannot be assigned to {id} ({help}): it is {other} ({its_help})", **values)
    if at:
        message = Phrase(
            "'{key}' cannot be assigned to {id} ({help}): line {line} assigns it to {other} ({its_help})",
            **values, line=at[0],
        )  # fmt: skip
    return config.problem((KEYS, one.id), message)


def apply_keys(offered: Iterable[Action], keys: Mapping[str, str]) -> tuple[Action, ...]:
    """The actions with the user's keys."""
    return tuple(replace(action, key=keys.get(action.id, action.key)) for action in offered)


def display_keys(app: App[Any], keys: str) -> str:
    """Format `keys` for people: "?" for "question_mark"."""
    return ", ".join(app.get_key_display(Binding(key.strip(), "")) for key in keys.split(","))
