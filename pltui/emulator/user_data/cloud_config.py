"""cloud-config: the parts of it that set up a web server."""

from __future__ import annotations

import base64
import binascii
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.scanner import Scanner
from ruamel.yaml.tokens import Token

from pltui.emulator.user_data.budget import Budget, ExhaustedError

_DEEPEST_FLOW = 20  # levels of `[…]` and `{…}`


class _Scanner(Scanner):
    """Scanner that ends where its time would grow by the square of the depth."""

    def fetch_flow_collection_start(self, TokenClass: type[Token], to_push: str) -> None:  # noqa: N803
        """Read a `[` or `{`.

        Raises:
            RecursionError: If it is nested too deeply.
        """
        if len(self.flow_context) >= _DEEPEST_FLOW:
            raise RecursionError
        super().fetch_flow_collection_start(TokenClass, to_push)


@dataclass(frozen=True, slots=True)
class File:
    """An entry of `write_files`."""

    path: str
    content: bytes
    append: bool


@dataclass(frozen=True, slots=True)
class CloudConfig:
    """`commands` are those of `runcmd`, as lines of a shell script."""

    files: tuple[File, ...] = ()
    packages: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()


def read_cloud_config(text: str, budget: Budget) -> CloudConfig:
    """Read cloud-config. A text that is no YAML is ignored, as cloud-init does.

    Raises:
        ExhaustedError: If it takes more steps than are left.
        ValueError: If it is nested too deeply, or has values that YAML's types do not allow.
    """
    document = _load(text, budget)
    if not isinstance(document, dict):
        return CloudConfig()
    return CloudConfig(
        tuple(_files(document.get("write_files"))),
        tuple(str(each) for each in _list(document.get("packages"))),
        tuple(_line(each) for each in _list(document.get("runcmd"))),
    )


def _load(text: str, budget: Budget) -> object:
    """The document; None if the text is no YAML."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Scanner = _Scanner
    yaml.composer.warn_double_anchors = False  # the last one counts, as in cloud-init
    budget.spend(len(text))
    try:
        node = yaml.compose(text)
        _measure(node, budget)
        document: object = None if node is None else yaml.constructor.construct_document(node)
    except YAMLError:
        return None
    except RecursionError as error:
        raise ValueError("its YAML is nested too deeply") from error
    except ExhaustedError:
        raise
    except Exception as error:  # ruamel.yaml raises various errors for values that are not of their tag's type
        raise ValueError(f"a value in its YAML is not valid: {error}"[:200]) from error
    return document


def _measure(document: Node | None, budget: Budget) -> None:
    """Spend the steps of every value; one that aliases or merge keys repeat counts each time."""
    left = [document]
    while left:
        node = left.pop()
        budget.spend(1)
        if isinstance(node, ScalarNode):
            budget.spend(len(node.value))
        elif isinstance(node, MappingNode):
            left.extend(part for pair in node.value for part in pair)
        elif isinstance(node, SequenceNode):
            left.extend(node.value)


def _files(entries: object) -> Iterator[File]:
    for entry in _list(entries):
        if isinstance(entry, dict):
            yield File(str(entry.get("path")), _content(entry), bool(entry.get("append")))


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _line(command: object) -> str:
    return shlex.join(map(str, command)) if isinstance(command, list) else str(command)


def _content(entry: Mapping[object, object]) -> bytes:
    content = entry.get("content") or ""
    data = content if isinstance(content, bytes) else str(content).encode()
    if str(entry.get("encoding", "")).lower() in ("b64", "base64"):
        try:
            return base64.b64decode(data)
        except binascii.Error:
            return b""
    return data
