"""new: write a commented spec to start from."""

from __future__ import annotations

import argparse
from pathlib import Path

from pltui.cli import options
from pltui.cli.exit_codes import DONE
from pltui.cli.lab_command import output
from pltui.cli.output import Output
from pltui.errors import LabError, Refused
from pltui.i18n import tr
from pltui.spec import schema_text
from pltui.spec.schema import NAME, schema_uri
from pltui.spec.templates import Template, template, templates
from pltui.system import files
from pltui.text import pad

STDOUT = "-"
NEXT = "`pltui {path}` opens it, `pltui validate {path}` checks it once you have changed it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare usage, example and arguments."""
    parser.usage = "pltui new [TEMPLATE] [options]"
    parser.epilog = options.example("pltui new lesson")
    parser.add_argument("template", nargs="?", metavar="TEMPLATE", help=tr("the template (default: list them)"))
    parser.add_argument("-o", dest="output", metavar="FILE", help=tr("output file (default: TEMPLATE.yaml; -: stdout)"))
    parser.add_argument("--name", metavar="NAME", help=tr("name of the lab (default: the template's)"))
    parser.add_argument("--schema", action="store_true", help=tr("also write the schema beside it, for editors"))
    parser.add_argument("--force", action="store_true", help=tr("replace an existing file"))


def run(args: argparse.Namespace) -> int:
    """Write a spec from a template; without a template name, list the templates.

    Raises:
        LabError: If `--schema` is given with standard output (exit code 2), or a file cannot be written.
        Refused: If a file exists already and `--force` is not given.
    """
    out = output(args)
    if args.template is None:
        _list_templates(out)
        return DONE
    chosen = template(args.template)
    path = args.output or f"{chosen.name}.yaml"
    name = args.name or chosen.name
    if path == STDOUT:
        if args.schema:
            raise LabError(tr("--schema needs a folder, and standard output has none"), tr("name a file with -o"), 2)
        out.write_raw(chosen.spec(name, schema_uri()))
        return DONE
    schema = Path(path).with_name(NAME)
    text = chosen.spec(name, NAME if args.schema or schema.is_file() else schema_uri())
    if args.schema:
        _check_schema(schema, path, force=args.force)
    _write_spec(path, text, force=args.force)
    if args.schema and not _is_ours(schema):
        files.write(schema, schema_text())
    _print_created(out, chosen, path, name, schema if args.schema else None)
    return DONE


def _check_schema(schema: Path, path: str, *, force: bool) -> None:
    """Raise LabError, before anything is written, if the schema would replace another file."""
    if files.same(schema, path):
        message = tr("--schema also writes {path}", path=schema)
        raise LabError(message, tr("name another for the spec with -o"), 2)
    if _is_ours(schema):
        return
    files.check(schema)
    if schema.exists() and not force:
        raise Refused(
            tr("{path} already exists", path=schema),
            tr("replace it with --force; without --schema it is used as it is"),
        )


def _is_ours(schema: Path) -> bool:
    """Return True if the file exists already with exactly this schema."""
    try:
        return not schema.is_symlink() and schema.read_bytes() == schema_text().encode()
    except OSError:
        return False


def _write_spec(path: str, text: str, *, force: bool) -> None:
    files.check(path)
    if force:
        files.write(path, text)
        return
    try:
        files.create(path, text)
    except FileExistsError as error:
        raise Refused(
            tr("{path} already exists", path=path), tr("name another with -o, or replace it with --force")
        ) from error


def _list_templates(out: Output) -> None:
    there = templates()
    if out.as_json:
        out.write_document({"templates": [{"name": each.name, "summary": each.summary} for each in there]})
        return
    wide = max(len(each.name) for each in there)
    for each in there:
        out.write_line(f"{pad(each.name, wide)}  {tr(each.summary)}")
    out.say(tr("`pltui new {name}` writes {name}.yaml here", name=there[0].name))


def _print_created(out: Output, chosen: Template, path: str, name: str, schema: Path | None) -> None:
    if out.as_json:
        written = {"template": chosen.name, "file": path, "lab": name, "schema": str(schema) if schema else None}
        out.write_document(written)
        return
    out.write_line(path)
    out.say(tr(NEXT, path=path))
