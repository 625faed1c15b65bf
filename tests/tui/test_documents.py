"""Values as documents: valid whatever they hold, printable, and coming back as they were."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from pltui.engine.model import Ref
from pltui.tui.rendering.documents import plain, to_json, to_yaml
from tests.tui.test_hostile import HOSTILE

UNSEEN = st.sampled_from(["\xad", "\u061c", "\ufe0f", "\U000e0041", "\U000e0100", "\U0001d173", "\uffff"])
LOOKALIKES = st.sampled_from(["1.5", "2026-11-24", "no", "0x1f", "1e3", "10:20", "- a", "a: b"])
TEXTS = st.text(max_size=30) | HOSTILE | LOOKALIKES | UNSEEN | st.text(UNSEEN, max_size=5)
SCRIPTS = st.lists(st.text("ab #:-\t ", max_size=6), max_size=5).map("\n".join)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS | SCRIPTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


def from_yaml(text: str, version: str) -> Any:
    yaml = YAML(typ="safe", pure=True)
    yaml.version = version  # type: ignore[assignment]
    return yaml.load(text)


@given(value=VALUES, version=st.sampled_from(["1.1", "1.2"]))
def test_yaml_comes_back_as_it_was_and_holds_nothing_a_terminal_acts_on(value: Any, version: str) -> None:
    text = to_yaml(value)
    assert from_yaml(text, version) == plain(value)
    _assert_harmless(text)


@given(value=VALUES)
def test_json_comes_back_as_it_was_and_holds_nothing_a_terminal_acts_on(value: Any) -> None:
    text = to_json(value)
    assert json.loads(text) == plain(value)
    _assert_harmless(text)


def _assert_harmless(text: str) -> None:
    assert not set(text) & set("\x1b\x07\x9b\x00\r\u202e\xad\u061c\ufe0f\U000e0041\U000e0100\U0001d173\uffff")


def test_yaml_reads_as_people_write_it() -> None:
    value = {
        "cidr": "10.0.0.0/16",
        "subnets": ["subnet-1", "subnet-2"],
        "vpc": Ref("provider/vpc"),
        "groups": frozenset({"b", "a"}),
        "rules": [{"port": 80, "open": True}],
        "version": "1.5",
        "nothing": {},
        "user_data": "#!/bin/sh\nif true; then\n  echo hi\nfi\n",
    }
    assert to_yaml(value) == (
        "cidr: 10.0.0.0/16\n"
        "subnets:\n  - subnet-1\n  - subnet-2\n"
        "vpc: ${provider/vpc.id}\n"
        "groups:\n  - a\n  - b\n"
        "rules:\n  - port: 80\n    open: true\n"
        'version: "1.5"\n'
        "nothing: {}\n"
        "user_data: |\n  #!/bin/sh\n  if true; then\n    echo hi\n  fi\n"
    )


@pytest.mark.parametrize("value", ["arn:aws:iam::1:role/x", "2 lines", "tcp/80 from 10.0.1.0/24", "t3.micro"])
def test_common_words_need_no_quotes(value: str) -> None:
    quoted = value[0].isdigit()
    assert to_yaml(value) == (f'"{value}"\n' if quoted else f"{value}\n")
