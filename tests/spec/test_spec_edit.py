"""Writing the cross-zone switch back to the file."""

from pathlib import Path

import pytest

from pltui.spec import SpecError, load, write_cross_zone

HEAD = "version: 1\nname: lab\n"
TAIL = "consumers: {shop: {}}\n"


def test_only_the_value_changes_in_the_example(tmp_path: Path, example: str) -> None:
    path = tmp_path / "lab.yaml"
    path.write_text(example, "utf-8")
    assert write_cross_zone(path, False) is True
    assert path.read_text("utf-8") == example.replace("    cross_zone: true\n", "    cross_zone: false\n")
    assert write_cross_zone(path, True) is True
    assert path.read_text("utf-8") == example


def test_a_value_that_is_right_already_leaves_the_file_untouched(tmp_path: Path, example: str) -> None:
    path = tmp_path / "lab.yaml"
    path.write_text(example, "utf-8")
    before = path.stat()
    assert write_cross_zone(path, True) is False
    assert path.stat() == before


@pytest.mark.parametrize(
    ("provider", "edited"),
    [
        ("provider: {}", "provider: {load_balancer: {cross_zone: false}}"),
        ("provider: {servers: {count: 3}}", "provider: {load_balancer: {cross_zone: false}, servers: {count: 3}}"),
        ("provider: {load_balancer: {}}", "provider: {load_balancer: {cross_zone: false}}"),
        ("provider: {load_balancer: { name: a }}", "provider: {load_balancer: { cross_zone: false, name: a }}"),
        ("provider: {load_balancer: {cross_zone: TRUE }} # x", "provider: {load_balancer: {cross_zone: false }} # x"),
        (
            "provider:\n   # about\n   servers: {count: 3}   # three\n",
            "provider:\n   # about\n   load_balancer: {cross_zone: false}\n   servers: {count: 3}   # three\n",
        ),
        (
            "provider:\r\n  load_balancer:   # it\r\n      name: a\r\n",
            "provider:\r\n  load_balancer:   # it\r\n      cross_zone: false\r\n      name: a\r\n",
        ),
        (
            'provider:\n  "load_balancer":\n    "cross_zone" : true',
            'provider:\n  "load_balancer":\n    "cross_zone" : false',
        ),
        (
            "provider: {load_balancer:\n  {\n  name: a,\n  }}",
            "provider: {load_balancer:\n  {\n  cross_zone: false, name: a,\n  }}",
        ),
    ],
)
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["", "BOM"])
def test_the_entry_takes_the_form_of_its_neighbours(tmp_path: Path, provider: str, edited: str, mark: bytes) -> None:
    path = tmp_path / "lab.yaml"
    path.write_bytes(mark + f"{HEAD}{provider}\n{TAIL}".encode())
    assert write_cross_zone(path, False) is True
    assert path.read_bytes() == mark + f"{HEAD}{edited}\n{TAIL}".encode()
    assert load(path).provider.load_balancer.cross_zone is False


def test_a_link_stays_a_link_and_the_mode_is_kept(tmp_path: Path, example: str) -> None:
    (tmp_path / "real").mkdir()
    real = tmp_path / "real" / "lab.yaml"
    real.write_text(example, "utf-8")
    real.chmod(0o640)
    link = tmp_path / "link.yaml"
    link.symlink_to("real/lab.yaml")
    assert write_cross_zone(link, False) is True
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert load(link).provider.load_balancer.cross_zone is False
    assert [file.name for file in real.parent.iterdir()] == ["lab.yaml"]


def test_a_spec_with_problems_is_not_written(tmp_path: Path, example: str) -> None:
    path = tmp_path / "lab.yaml"
    wrong = example.replace("zones: 3", "zones: 33")
    path.write_text(wrong, "utf-8")
    with pytest.raises(SpecError):
        write_cross_zone(path, False)
    assert path.read_text("utf-8") == wrong


def test_a_layout_that_an_edit_would_break_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "lab.yaml"
    text = f"{HEAD}provider:\n  ? servers\n  : {{count: 3}}\n{TAIL}"
    path.write_text(text, "utf-8")
    with pytest.raises(SpecError, match=r"set provider\.load_balancer\.cross_zone by hand"):
        write_cross_zone(path, False)
    assert path.read_text("utf-8") == text
