"""config: print the current settings as a config file to start from."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator

from pltui.cli import options
from pltui.cli.exit_codes import DONE
from pltui.cli.lab_command import output
from pltui.cli.output import Output
from pltui.i18n import tr
from pltui.tui.user_settings import config_file
from pltui.tui.user_settings.config_file import APP, ENTRIES, KEYS, VARIABLE, Config

INTRODUCTION = (
    "The settings of pltui. Lines that begin with # show the defaults.",
    'Keys are written as "x", "X" (with shift), "ctrl+x", "f2" or "?", several with commas.',
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare usage, example and arguments."""
    parser.usage = "pltui config [options]"
    parser.epilog = options.example("pltui config > config.toml")


def run(args: argparse.Namespace) -> int:
    """Print TOML that pltui itself can read back; print the path of the file on stderr."""
    found, out = config_file.load(), output(args)
    from pltui.tui.user_settings.resolution import choose_preferences, entries

    choose_preferences(found)  # raises for invalid values, which must not be printed
    keys = {entry.id: (entry.key, entry.help) for entry in entries()}
    if out.as_json:
        _write_document(found, keys, out)
        return DONE
    values = {"path": found.path, "variable": VARIABLE}
    there = tr("read from {path} ({variable} names another)", **values)
    out.say(there if found.exists else tr("there is no file yet at {path} ({variable} names another)", **values))
    for line in config_lines(found, keys):
        out.write_line(line)
    return DONE


def config_lines(found: Config, keys: dict[str, tuple[str, str]]) -> Iterator[str]:
    """Yield the lines of a config file with every setting and key.

    `keys`: id -> (default key, description).
    """
    for text in map(tr, INTRODUCTION):
        yield f"# {text}"
    yield from ("", f"[{APP}]")
    for name, (_, text) in ENTRIES.items():
        value = getattr(found, name)
        yield f"# {tr(text)}"
        yield _format_entry(name, value) if value is not None else f"# {name} ="
    yield from ("", f"[{KEYS}]")
    for identity, (key, text) in keys.items():
        yield f"# {tr(text)}"
        wanted = found.keys.get(identity)
        yield _format_entry(identity, wanted) if wanted else f"# {_format_entry(identity, key)}"


def _format_entry(name: str, value: object) -> str:
    # A JSON string is a TOML basic string except for DEL, which occurs in no key name and in no typed path.
    return f"{name} = {json.dumps(value if isinstance(value, bool) else str(value))}"


def _write_document(found: Config, keys: dict[str, tuple[str, str]], out: Output) -> None:
    values = {name: getattr(found, name) for name in ENTRIES}
    out.write_document(
        {
            "path": str(found.path),
            "exists": found.exists,
            APP: {
                name: value if isinstance(value, bool) or value is None else str(value)
                for name, value in values.items()
            },
            KEYS: [
                {"id": identity, "key": found.keys.get(identity, key), "default": key, "help": text}
                for identity, (key, text) in keys.items()
            ],
        }
    )
