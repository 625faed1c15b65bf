"""Paths that are no readable spec."""

import os
from pathlib import Path

import pytest

from pltui.spec import SpecError, load

MINIMAL = b"version: 1\nname: lab\nprovider: {}\nconsumers: {shop: {}}\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def problem(path: str) -> str:
    with pytest.raises(SpecError) as caught:
        load(path)
    (one,) = caught.value.problems
    return str(one)


def test_a_missing_file_is_answered_with_a_name_like_it(folder: Path) -> None:
    (folder / "privatelink.yaml").write_bytes(MINIMAL)
    assert problem("privatlink.yaml") == "privatlink.yaml:1:1: no such file; did you mean 'privatelink.yaml'?"
    assert problem("privatelink") == "privatelink:1:1: no such file; did you mean 'privatelink.yaml'?"
    assert problem("specs/x.yaml") == "specs/x.yaml:1:1: no such file; the folder 'specs' does not exist"
    assert problem("quite-other") == "quite-other:1:1: no such file; name a YAML file that exists"


def test_a_directory_is_answered_with_a_file_in_it(folder: Path) -> None:
    (folder / "specs").mkdir()
    assert problem("specs") == "specs:1:1: a directory; name a YAML file"
    (folder / "specs" / "a.yaml").write_bytes(MINIMAL)
    assert problem("specs") == "specs:1:1: a directory; name a YAML file in it, for example specs/a.yaml"


def test_what_is_no_regular_file_is_refused_without_reading_it(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    assert problem("pipe") == "pipe:1:1: not a regular file; name a YAML file"
    assert problem("/dev/zero") == "/dev/zero:1:1: not a regular file; name a YAML file"


def test_a_large_file_is_refused_by_its_size(folder: Path) -> None:
    with (folder / "big.yaml").open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    assert problem("big.yaml") == "big.yaml:1:1: 52,428,800 bytes long; a spec may have 2,097,152"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"name: \xe9t\xe9\n", "1:7: not UTF-8 text: byte 6 is 0xe9; save the file as UTF-8"),
        ("a: é\nb: ".encode() + b"\xff", "2:4: not UTF-8 text: byte 9 is 0xff; save the file as UTF-8"),
        (b"\x7fELF\0\0\x80", "1:7: not UTF-8 text: byte 6 is 0x80; it looks like a binary file, name a YAML file"),
        ("a: 1".encode("utf-16"), "1:1: not UTF-8 text: byte 0 is 0xff; it looks like UTF-16, save it as UTF-8"),
        (b"a: 1\nb: \0", "2:4: a control character (U+0000) that YAML does not allow; remove it"),
    ],
)
def test_what_is_not_utf_8_text_is_refused_at_its_first_wrong_byte(folder: Path, content: bytes, message: str) -> None:
    (folder / "x.yaml").write_bytes(content)
    assert problem("x.yaml") == f"x.yaml:{message}"


def test_a_byte_order_mark_is_skipped(folder: Path) -> None:
    (folder / "x.yaml").write_bytes(b"\xef\xbb\xbf" + MINIMAL)
    assert load("x.yaml").name == "lab"
    (folder / "x.yaml").write_bytes(b"\xef\xbb\xbf" + MINIMAL.replace(b"version: 1", b"versio: 1"))
    with pytest.raises(SpecError, match=r"^x\.yaml:1:1: unknown key 'versio'"):
        load("x.yaml")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_says_so(folder: Path) -> None:
    (folder / "x.yaml").write_bytes(MINIMAL)
    (folder / "x.yaml").chmod(0)
    assert problem("x.yaml") == "x.yaml:1:1: cannot be read: permission denied"


def test_a_path_that_cannot_be_one_is_a_problem() -> None:
    assert problem("a\0b").endswith(":1:1: cannot be read: embedded null byte")
    assert "cannot be read: file name too long" in problem("x" * 300)


def test_a_file_name_that_is_not_utf_8_can_be_printed() -> None:
    assert (
        problem(os.fsdecode(b"lab\xff.yaml")).encode()
        == "lab\ufffd.yaml:1:1: no such file; name a YAML file that exists".encode()
    )
