"""schema: print the JSON Schema of specs."""

from __future__ import annotations

import argparse

from pltui.cli import options
from pltui.cli.exit_codes import DONE
from pltui.cli.lab_command import output
from pltui.spec import schema_text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare usage, example and arguments."""
    parser.usage = "pltui schema [options]"
    parser.epilog = options.example("pltui schema > lab.schema.json")


def run(args: argparse.Namespace) -> int:
    """Print the JSON Schema of specs."""
    output(args).write_raw(schema_text())
    return DONE
