"""Runs a catcher in a process in which one rule of the engine has been taken out.

A server that has loaded all that takes long forks for each request, so that nothing of one mutant is left in the next:

    echo '{"file": "pltui/engine/executor.py", "old": "...", "new": "...", "caught_by": "converge"}' |
        python -m tests.generated.mutants
"""

import contextlib
import gc
import importlib
import io
import json
import os
import random
import signal
import sys
import traceback
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

ROOT = Path(__file__).parents[2]
LONGEST = 60  # seconds a catcher may take
# What is loaded once for all: it imports nothing of pltui, and reads botocore's models.
KEPT = ("tests.fakeaws.model", "tests.fakeaws.world")

PLUGINS = ("pytest_asyncio.plugin", "pytest_timeout")
QUICKLY = ("-x", "-q", "--no-header", "--tb=line", "--assert=plain", "-p", "no:cacheprovider", "-o", "addopts=")
LOADED = ("boto3", "hypothesis", "pytest", *PLUGINS)

PASSED, CAUGHT, HANGS = "passed", "caught", "hangs"


class _Mutant(SourceFileLoader):
    """A module of another text than its file has."""

    text: str

    def get_code(self, fullname: str) -> CodeType:
        code: CodeType = compile(self.text, self.path, "exec")
        return code


class _Finder(MetaPathFinder):
    """Finds the mutant in place of its module, and knows whether it was asked for."""

    def __init__(self, module: str, text: str) -> None:
        self._module, self._text = module, text
        self.found = False

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self._module:
            return None
        spec = PathFinder.find_spec(fullname, path)
        assert spec is not None
        assert spec.origin is not None
        loader = _Mutant(fullname, spec.origin)
        loader.text = self._text
        spec.loader = loader
        self.found = True
        return spec


def mutate(file: str, old: str, new: str) -> _Finder:
    """Import `file` with `new` in place of `old` from now on. Raises AssertionError unless `old` is there once."""
    text = (ROOT / file).read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{file} has this {text.count(old)} times: {old}"
    finder = _Finder(file.removesuffix(".py").replace("/", "."), text.replace(old, new))
    sys.meta_path.insert(0, finder)
    return finder


def _carry_out(request: dict[str, Any]) -> tuple[str, str]:
    """How the catcher ended, and its words."""
    finder = mutate(request["file"], request["old"], request["new"]) if request["file"] else None
    caught_by = request["caught_by"]
    ended = (
        _node(caught_by) if caught_by.startswith("tests/") else _scenario(caught_by, request["lag"], request["pace"])
    )
    assert finder is None or finder.found, f"{request['file']} was never imported"
    return ended


def _scenario(text: str, lag: float, pace: float) -> tuple[str, str]:
    from tests.generated.play import WrongEndError, play

    try:
        play(text, lag=lag, pace=pace, shrink=False)
    except WrongEndError as error:
        return CAUGHT, str(error)
    return PASSED, ""


def _node(node: str) -> tuple[str, str]:
    import pytest

    words = io.StringIO()
    with contextlib.redirect_stdout(words), contextlib.redirect_stderr(words):
        code = pytest.main([node, *QUICKLY])
    assert code in (0, 1), f"{node}: pytest ended with {code}:\n{words.getvalue()}"
    return (CAUGHT if code else PASSED), words.getvalue()


# -- the server -------------------------------------------------------------------------------------------------------


def warm_up() -> None:
    """Load and read what takes long, and forget all that a mutant may be of."""
    os.environ |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": ",".join(PLUGINS)}
    for name in LOADED:
        importlib.import_module(name)
    play = importlib.import_module("tests.generated.play")
    play.play("converge destroy")
    for name in [name for name in sys.modules if name.startswith(("pltui", "tests.")) and name not in KEPT]:
        del sys.modules[name]
    gc.freeze()


def forked(request: dict[str, Any]) -> dict[str, str]:
    """`request` carried out in a child: {ended, words}; `ended` is "broken" where the catcher could not even run."""
    reading, writing = os.pipe()
    if not (pid := os.fork()):
        os.close(reading)
        signal.alarm(LONGEST)
        random.seed(0)
        try:
            ended, words = _carry_out(request)
        except BaseException:
            ended, words = "broken", traceback.format_exc()
        with os.fdopen(writing, "w") as out:
            json.dump({"ended": ended, "words": words}, out)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as said:
        text = said.read()
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return {"ended": HANGS, "words": f"ended by signal {os.WTERMSIG(status)}"}
    answer: dict[str, str] = json.loads(text)
    return answer


def main() -> None:
    warm_up()
    for line in sys.stdin:
        print(json.dumps(forked(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
