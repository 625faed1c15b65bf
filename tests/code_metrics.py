"""Figures about the code's structure and language: `python -m tests.code_metrics`.

They indicate where to look. They prove nothing: a name split by an underscore is no better than one word.
"""

import ast
import importlib
import io
import re
import statistics
import tokenize
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parents[1]
PRODUCT, TESTS = ROOT / "pltui", ROOT / "tests"
WH_WORDS = ("what", "who", "whom", "whose", "whoever", "how", "where", "when", "whether", "which", "why")
# Participles that are also nouns, adjectives or verbs in their own right.
NO_PARTICIPLE = frozenset({"seed", "need", "feed", "speed", "embed", "bed", "shed", "red"})
IRREGULAR = frozenset(
    {"begun", "built", "done", "drawn", "found", "given", "gone", "heard", "held", "kept", "known", "left", "lost",
     "made", "meant", "met", "paid", "said", "seen", "sent", "shown", "sought", "spoken", "taken", "told", "worn",
     "written"}
)  # fmt: skip
MANY_ARGUMENTS = 7
HOOKS = ("on_", "watch_")  # of Textual's widgets (Textual guide, "Events and messages" and "Reactivity")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    name: str  # relative to the package: "engine.plan"
    path: Path
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def package(self) -> str:
        """The first part of the name: a package, or a loose module."""
        return self.name.partition(".")[0]

    def functions(self) -> Iterator[tuple[Function, bool]]:
        """Each function, and True where it is nested in another."""

        def inside(node: ast.AST, *, nested: bool) -> Iterator[tuple[Function, bool]]:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, Function):
                    yield child, nested
                yield from inside(child, nested=nested or isinstance(child, Function))

        yield from inside(self.tree, nested=False)


@cache
def modules(folder: Path) -> list[Module]:
    found = []
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)
        found.append(Module(name, path, path.read_text(encoding="utf-8")))
    return found


# -- layout -----------------------------------------------------------------------------------------------------------


def loose_modules(found: Iterable[Module]) -> list[str]:
    return sorted(
        one.name for one in found if "." not in one.name and one.path.name != "__init__.py" and one.name != "__main__"
    )


def imports(found: Iterable[Module], *, typing: bool = False) -> dict[str, set[str]]:
    """Module -> the modules of the package that it imports; with `typing`, also those imported for annotations only."""
    names = {one.name for one in found}
    graph: dict[str, set[str]] = {}
    for one in found:
        skipped = set() if typing else {id(node) for block in _typing_blocks(one.tree) for node in ast.walk(block)}
        targets = (t for node in ast.walk(one.tree) if id(node) not in skipped for t in _targets(node, names))
        graph[one.name] = {target for target in targets if target != one.name}
    return graph


def _typing_blocks(tree: ast.Module) -> Iterator[ast.If]:
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            yield node


def _targets(node: ast.AST, names: set[str]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        candidates = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and node.module:
        candidates = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        longer = [name for name in candidates[1:] if name.removeprefix("pltui.") in names]
        candidates = longer or candidates[:1]
    else:
        return
    for candidate in candidates:
        if candidate.startswith("pltui.") and (name := candidate.removeprefix("pltui.")) in names:
            yield name


def package_edges(graph: Mapping[str, set[str]]) -> set[tuple[str, str]]:
    pairs = {(a.partition(".")[0], b.partition(".")[0]) for a, targets in graph.items() for b in targets}
    return {(a, b) for a, b in pairs if a != b}


def cycles(graph: Mapping[str, Iterable[str]]) -> list[set[str]]:
    """The sets of more than one node that all reach each other, largest first."""
    reached = {node: _reached(graph, node) for node in graph}
    found = {frozenset(b for b in reached[a] if a in reached.get(b, ())) | {a} for a in graph}
    return sorted((set(members) for members in found if len(members) > 1), key=len, reverse=True)


def _reached(graph: Mapping[str, Iterable[str]], start: str) -> set[str]:
    found: set[str] = set()
    queue = [start]
    while queue:
        for target in graph.get(queue.pop(), ()):
            if target not in found:
                found.add(target)
                queue.append(target)
    return found


# -- language ---------------------------------------------------------------------------------------------------------


def docstrings(found: Iterable[Module]) -> Iterator[tuple[Module, str]]:
    for one in found:
        for node in ast.walk(one.tree):
            if isinstance(node, (ast.Module, ast.ClassDef, *Function.__args__)) and (text := ast.get_docstring(node)):
                yield one, text


def begins_with_wh(text: str) -> bool:
    first = re.match(r"\W*(\w+)", text)
    return first is not None and first[1].lower() in WH_WORDS


def public_functions(found: Iterable[Module]) -> Iterator[tuple[Module, Function]]:
    """Functions and methods without a leading underscore; overrides, overloads and nested functions are left out."""
    for one in found:
        overriding = overrides(one)
        for node, nested in one.functions():
            marks = {ast.unparse(mark).rpartition(".")[2] for mark in node.decorator_list}
            public = not node.name.startswith("_") and "overload" not in marks
            if not nested and public and (node.lineno, node.name) not in overriding:
                yield one, node


def overrides(one: Module) -> set[tuple[int, str]]:
    """Line and name of each method that a base class has, too, or that Textual finds by its name."""
    classes = [node for node in one.tree.body if isinstance(node, ast.ClassDef) and node.bases]
    if not classes:
        return set()
    module = importlib.import_module(f"pltui.{one.name}")
    found = set()
    for node in classes:
        bases = getattr(module, node.name).__mro__[1:]
        for method in node.body:
            if not isinstance(method, Function):
                continue
            if method.name.startswith(HOOKS) or any(method.name in vars(base) for base in bases):
                found.add((method.lineno, method.name))
    return found


def own_raises(node: Function) -> bool:
    """True if the function has a `raise` of its own that names an exception, and does not handle it itself."""

    def leaves(part: ast.AST, caught: frozenset[str]) -> bool:
        if isinstance(part, ast.Raise):
            return part.exc is not None and ast.unparse(part.exc).partition("(")[0] not in caught
        for child in ast.iter_child_nodes(part):
            inside = caught
            if isinstance(part, ast.Try) and child in part.body:
                inside |= {ast.unparse(handler.type) for handler in part.handlers if handler.type}
            if not isinstance(child, Function | ast.Lambda) and leaves(child, inside):
                return True
        return False

    return leaves(node, frozenset())


def is_participle(name: str) -> bool:
    last = name.strip("_").rpartition("_")[2]
    return last in IRREGULAR or (last.endswith("ed") and last not in NO_PARTICIPLE and "_" not in name.strip("_"))


def wide_calls(found: Iterable[Module]) -> list[str]:
    return [
        f"{one.name}:{node.lineno}"
        for one in found
        for node in ast.walk(one.tree)
        if isinstance(node, ast.Call)
        and sum(not isinstance(argument, ast.Starred) for argument in node.args) >= MANY_ARGUMENTS
    ]


def shared_class_names(found: Iterable[Module]) -> Counter[str]:
    counted = Counter(
        node.name
        for one in found
        for node in ast.walk(one.tree)
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    return Counter({name: count for name, count in counted.items() if count > 1})


# -- moto -------------------------------------------------------------------------------------------------------------


def emulator_api(found: Iterable[Module]) -> list[Module]:
    """The emulator's API. Its adapter to moto, the package `emulator.moto_adapter`, is no part of it."""
    return [one for one in found if one.name.startswith("emulator.api")]


def uses_of_any(found: Iterable[Module]) -> int:
    return sum(isinstance(node, ast.Name) and node.id == "Any" for one in found for node in ast.walk(one.tree))


def private_accesses(found: Iterable[Module]) -> int:
    """Attributes with a leading underscore of anything but `self` and `cls`."""
    return sum(
        isinstance(node, ast.Attribute)
        and re.match(r"_[^_]", node.attr) is not None
        and not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"))
        for one in found
        for node in ast.walk(one.tree)
    )


# -- size -------------------------------------------------------------------------------------------------------------


def code_lines(text: str) -> int:
    """Lines that hold code: no blank lines, comments or docstrings."""
    skipped = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    lines: set[int] = set()
    beginning = True
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in skipped:
            if not (token.type == tokenize.STRING and beginning):
                lines.update(range(token.start[0], token.end[0] + 1))
            beginning = False
        elif token.type in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT):
            beginning = True
    return len(lines)


def lengths(found: Iterable[Module]) -> list[tuple[int, str]]:
    """Lines of each function from `def` to its end, without its docstring."""
    result = []
    for one in found:
        for node, _ in one.functions():
            first = node.body[0]
            has_docstring = ast.get_docstring(node) is not None
            docstring = (first.end_lineno or 0) - first.lineno + 1 if has_docstring else 0
            result.append(((node.end_lineno or 0) - node.lineno + 1 - docstring, f"{one.name}.{node.name}"))
    return sorted(result)


# -- the table --------------------------------------------------------------------------------------------------------


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%} ({part} of {whole})" if whole else "none"


def figures(product: list[Module]) -> Iterator[tuple[str, str]]:
    graph = imports(product)
    packages: dict[str, set[str]] = defaultdict(set)
    for a, b in package_edges(imports(product, typing=True)):
        packages[a].add(b)
    circles, file_circles = cycles(packages), cycles(imports(product, typing=True))
    texts = [text for _, text in docstrings(product)]
    public = [node for _, node in public_functions(product)]
    raising = [node for node in public if own_raises(node)]
    names = [node.name for one in product for node, _ in one.functions() if not node.name.startswith("__")]
    api, sizes = emulator_api(product), lengths(product)
    loose, wide, shared = loose_modules(product), wide_calls(product), shared_class_names(product)

    yield "loose modules at the root", f"{len(loose)}"
    yield "packages in a cycle", f"{sum(map(len, circles))}"
    yield "largest cycle of files", f"{max(map(len, file_circles), default=0)}"
    yield "import edges between packages and loose modules", f"{len(package_edges(graph))}"
    yield "docstrings beginning with a wh-word", _share(sum(map(begins_with_wh, texts)), len(texts))
    documented = sum(ast.get_docstring(node) is not None for node in public)
    yield "public functions with a docstring", _share(documented, len(public))
    saying = sum("Raises" in (ast.get_docstring(node) or "") for node in raising)
    yield "public functions that raise and say so", _share(saying, len(raising))
    yield "function names of one word", _share(sum("_" not in name.strip("_") for name in names), len(names))
    yield "past participles as names of functions", f"{sum(map(is_participle, names))}"
    yield "calls with seven or more positional arguments", f"{len(wide)}"
    yield "`Any` in the emulator's API", f"{uses_of_any(api)}"
    yield "private accesses in the emulator's API", f"{private_accesses(api)}"
    yield "public classes that share a name", f"{sum(shared.values())} ({', '.join(sorted(shared))})"
    yield "code lines", f"{sum(code_lines(one.text) for one in product):,}"
    tests = [path for path in TESTS.rglob("*") if path.suffix in (".py", ".ambr", ".raw", ".toml", ".yaml")]
    yield "lines in tests, with snapshots", f"{sum(len(path.read_text('utf-8').splitlines()) for path in tests):,}"
    longest = sizes[-1]
    yield (
        "median and longest function",
        f"{statistics.median(size for size, _ in sizes):g} / {longest[0]} ({longest[1]})",
    )


def main() -> None:
    for name, value in figures(modules(PRODUCT)):
        print(f"{name:<50}{value}")


if __name__ == "__main__":
    main()
