"""Every English text the program may say, found in its source: what a catalogue has to know."""

import ast
import importlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

from jinja2 import Environment, nodes

from pltui import aws_errors
from pltui.reachability.codes import Code
from pltui.spec.templates import templates

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "pltui"
SAYING = {"tr", "Phrase"}
# What is declared in English, and translated where it is shown: by the call, where its texts stand.
DECLARATIONS: dict[str, tuple[tuple[int, ...], tuple[str, ...]]] = {
    "Action": ((2, 3, 4), ("label", "help", "group")),
    "Binding": ((2,), ("description", "tooltip")),
    "_look": ((2, 3), ()),
    "DetailTab": ((0,), ("empty",)),
}
# Lists of texts that are said wherever one of them comes up.
LISTED = {
    "pltui/cli/localized_argparse.py": ("ARGPARSE",),
    "pltui/i18n/terms.py": ("STATES", "CONDITIONS", "PARTS"),
    "pltui/cli/commands/config.py": ("INTRODUCTION",),
    "pltui/view/diagram/reasons.py": ("SHORT", "NO_ENDPOINT", "NO_SUBNET", "NOT_REACHED"),
    "pltui/view/lab_snapshot.py": ("_PLANNED", "_DOING"),
    "pltui/report/markdown.py": ("COLUMNS",),
    "pltui/topology/relations.py": ("AFTER", "WORKS_WITH"),
    "pltui/tui/rendering/fault_descriptions.py": ("GROUPS", "OTHERS"),
    "pltui/tui/actions/help.py": ("IN_TREE", "IN_TOPOLOGY", "IN_ANSWERS", "SIGNS"),
    "pltui/tui/controllers/lab_work.py": ("WAITS_FOR_R",),
    "pltui/tui/actions/probe.py": ("_FASTER", "_SLOWER", "_WIDER", "_NARROWER", "_HOLD", "_NEXT"),
    "pltui/tui/app.py": ("LabApp.WITHOUT_ANSWERS",),
    "pltui/tui/replay/app.py": ("ReplayApp.WITHOUT_ANSWERS",),
    "pltui/tui/actions/action.py": ("GROUPS",),
    "pltui/topology/headings.py": ("_PROVIDER", "_CONSUMER"),
    "pltui/tui/screens/base.py": ("TEXTUAL",),
}


@dataclass(frozen=True)
class Said:
    """One text, or (`text` is None) one expression whose texts are to be found elsewhere."""

    file: str
    line: int
    source: str
    text: str | None


def said() -> list[Said]:
    """Everything said anywhere in the package, and in the schema's own messages."""
    found = [each for path in sorted(PACKAGE.rglob("*.py")) for each in _in_file(path)]
    found += [each for path in sorted(PACKAGE.rglob("*.j2")) for each in _in_template(path)]
    return sorted({*found, *_in_schema(), *_elsewhere()}, key=lambda each: (each.file, each.line, each.text or ""))


def _in_file(path: Path) -> Iterator[Said]:
    name = str(path.relative_to(ROOT))
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield from _in_call(node, name, path)
    for constant in LISTED.get(name, ()):
        yield from (Said(name, 0, constant, text) for text in _constant(constant, path))


def _in_template(path: Path) -> Iterator[Said]:
    name = str(path.relative_to(ROOT))
    for call in Environment().parse(path.read_text(encoding="utf-8")).find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in SAYING:
            text = call.args[0].as_const()
            yield Said(name, call.lineno, repr(text), text)


def _in_call(call: ast.Call, name: str, path: Path) -> Iterator[Said]:
    for argument in _arguments(call):
        for text in list(_texts(argument, path)) or [None]:
            yield Said(name, call.lineno, ast.unparse(argument), text)
    for argument in _declared(call):
        if isinstance(argument, ast.Constant) and argument.value:
            yield Said(name, call.lineno, ast.unparse(argument), str(argument.value))


def _elsewhere() -> Iterator[Said]:
    """What is said of things that carry their words with them."""
    for code in Code:
        yield Said("pltui/reachability/codes.py", 0, code, code.explanation.template)
    for text in aws_errors.all_advice():
        yield Said("pltui/aws_errors/catalogue.toml", 0, "advice", text)
    for each in templates():
        yield Said(f"pltui/spec/templates/{each.name}.yaml", 3, "summary", each.summary)


def _arguments(call: ast.Call) -> list[ast.expr]:
    function = call.func.id if isinstance(call.func, ast.Name) else ""
    if function in SAYING and call.args:
        return call.args[:1]
    if function == "plural":
        return call.args[2:3]
    if function == "map" and call.args and isinstance(call.args[0], ast.Name) and call.args[0].id in SAYING:
        return call.args[1:2]
    return []


def _declared(call: ast.Call) -> list[ast.expr]:
    function = call.func.id if isinstance(call.func, ast.Name) else ""
    positions, keywords = DECLARATIONS.get(function, ((), ()))
    by_place = [call.args[position] for position in positions if position < len(call.args)]
    return by_place + [keyword.value for keyword in call.keywords if keyword.arg in keywords]


def _texts(node: ast.expr, path: Path) -> Iterator[str]:
    """What an argument may come to: a literal, one of two, or what a constant of the module holds."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=body, orelse=otherwise):
            yield from _texts(body, path)
            yield from _texts(otherwise, path)
        case ast.Subscript(value=ast.Name(id=name)) if name.lstrip("_").isupper():
            yield from _constant(name, path)
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="get")) if name.lstrip("_").isupper():
            yield from _constant(name, path)
        case ast.Name(id=name) if name.lstrip("_").isupper():
            yield from _constant(name, path)


def _constant(name: str, path: Path) -> Iterator[str]:
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    yield from _strings(attrgetter(name)(importlib.import_module(module)))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield from (value,) if value else ()
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, (tuple, list, set, frozenset)):
        for item in value:
            yield from _strings(item)


def _in_schema() -> Iterator[Said]:
    path = ROOT / "schemas" / "lab.schema.json"
    for text in _messages(json.loads(path.read_text(encoding="utf-8"))):
        yield Said(str(path.relative_to(ROOT)), 0, "errorMessage", text)


def _messages(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(message := value.get("errorMessage"), str):
            yield message
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _messages(item)
