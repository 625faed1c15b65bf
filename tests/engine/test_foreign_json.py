"""JSON by other people: parsed or a ValueError, whatever it is."""

import json

import pytest

from pltui.engine.json_values import is_moment, load_foreign


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[" * 100_000,
        "1" + "0" * 18,
        "1" + "0" * 5000,
        "NaN",
        "-Infinity",
        "1e999",
        b"\xff",
        '{"a":' * 5000,
        "\ud800",
    ],
)
def test_what_cannot_be_used_is_a_value_error(text: str | bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # json's own have many texts
        load_foreign(text)


def test_what_pltui_writes_is_read() -> None:
    value = {"a": [1, -2.5, None, True, "é"], "b": 10**17}
    assert load_foreign(json.dumps(value)) == value


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("2026-01-01T00:00:00Z", True),
        ("2026-01-01T00:00:00+09:00", True),
        ("2026-01-01T00:00:00", False),
        ("0001-01-01T00:00:00+14:00", False),
        ("x", False),
        ("", False),
    ],
)
def test_a_moment_has_an_offset_and_can_be_compared(text: str, valid: bool) -> None:
    assert is_moment(text) is valid
