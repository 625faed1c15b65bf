"""What `verify --junit` and `--markdown` leave behind, whatever comes of the experiments."""

import os
from pathlib import Path
from xml.etree import ElementTree

import pytest

from pltui.cli.main import main
from pltui.report.markdown import LIMIT
from pltui.system import files

SPEC = str(Path(__file__).parents[1] / "specs" / "privatelink.yaml")
NOBODY = ("--endpoint-url", "http://127.0.0.1:1")  # nobody listens there
Told = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)


def error(path: str) -> str:
    found = ElementTree.parse(path).find("testsuite/testcase/error")
    assert found is not None
    return found.attrib["message"]


class TestAnError:
    def test_of_a_spec_is_in_the_junit_file_with_its_line(self) -> None:
        Path("bad.yaml").write_text("version: 1\nname: lab\nprovider: {}\nconsumers: {a: {}}\nsurprise: 1\n")
        assert main(["verify", "bad.yaml", "--junit", "out.xml"]) == 2
        assert "bad.yaml:5:1" in error("out.xml")
        suite = ElementTree.parse("out.xml").find("testsuite")
        assert suite is not None
        assert (suite.attrib["name"], suite.attrib["errors"]) == ("bad", "1")

    def test_of_the_service_is_in_both(self) -> None:
        assert main(["verify", SPEC, "--junit", "out.xml", "--markdown", "out.md", *NOBODY]) == 1
        assert error("out.xml")
        assert error("out.xml").split()[0] in Path("out.md").read_text()
        assert "FAIL" in Path("out.md").read_text()

    def test_that_is_a_refusal_is_in_it_too(self) -> None:
        assert main(["verify", SPEC, "--junit", "out.xml", "--endpoint-url", "https://ec2.example.com"]) == 4
        assert "not on this machine" in error("out.xml")


class TestBeforeAnythingIsTouched:
    @pytest.mark.parametrize("option", ["--junit", "--markdown"])
    def test_a_place_that_cannot_be_written_is_a_usage_error(self, option: str, capsys: Told) -> None:
        assert main(["verify", SPEC, option, "no/where.xml", *NOBODY]) == 2
        assert "no/where.xml cannot be written" in capsys.readouterr().err

    @pytest.mark.parametrize("form", ["report.pdf", "report", "-"])
    def test_a_report_in_no_known_form_is_one_that_names_those_there_are(self, form: str, capsys: Told) -> None:
        assert main(["report", SPEC, "-o", form, *NOBODY]) == 2
        assert ".html, .md, .svg or .json" in capsys.readouterr().err

    def test_a_report_that_has_no_place_is_one_too(self, capsys: Told) -> None:
        assert main(["report", SPEC, "-o", "no/where.html", *NOBODY]) == 2
        assert "there is no folder" in capsys.readouterr().err

    def test_no_file_is_left_of_a_report_that_could_not_be_made(self) -> None:
        assert main(["report", SPEC, "-o", "report.html", "--no-experiments", *NOBODY]) == 1
        assert not list(Path.cwd().iterdir())


class TestWhatIsThere:
    """Outputs take the place of no file that is still needed, and of none that is protected."""

    @pytest.mark.parametrize(
        "words",
        [
            ("verify", "{spec}", "--junit", "{output}"),
            ("verify", "{spec}", "--markdown", "{output}"),
            ("report", "{spec}", "-o", "{output}"),
            ("report", "{spec}", "-o", "a.html", "-o", "{output}"),
            ("plan", "{spec}", "--out", "{output}"),
        ],
        ids=" ".join,
    )
    @pytest.mark.parametrize("spec", ["lab.json", "link.json", "hard.json"])
    def test_the_spec_itself_is_never_replaced(self, spec: str, words: tuple[str, ...], capsys: Told) -> None:
        text = Path(SPEC).read_text()
        Path("lab.json").write_text(text)
        Path("link.json").symlink_to("lab.json")
        Path("hard.json").hardlink_to("lab.json")
        for output in ("lab.json", "./lab.json", "link.json"):
            assert main([word.format(spec=spec, output=output) for word in words] + [*NOBODY]) == 2
            assert f"{output} " in capsys.readouterr().err
        assert Path("lab.json").read_text() == text
        assert sorted(each.name for each in Path.cwd().iterdir()) == ["hard.json", "lab.json", "link.json"]

    @pytest.mark.parametrize(
        "words", [("verify", "--junit", "out", "--markdown", "./out"), ("report", "-o", "a.md", "-o", "./a.md")]
    )
    def test_two_outputs_are_never_one_file(self, words: tuple[str, ...], capsys: Told) -> None:
        assert main([words[0], SPEC, *words[1:], *NOBODY]) == 2
        assert "are one file" in capsys.readouterr().err
        assert not list(Path.cwd().iterdir())

    @pytest.mark.parametrize("words", [("verify", "--junit"), ("verify", "--markdown"), ("report", "-o")])
    def test_a_file_nobody_may_write_to_is_told_of_at_once(self, words: tuple[str, str], capsys: Told) -> None:
        Path("out.md").write_text("before")
        Path("out.md").chmod(0o444)
        assert main([words[0], SPEC, words[1], "out.md", *NOBODY]) == 2
        assert "out.md cannot be written: it is write-protected" in capsys.readouterr().err
        assert (Path("out.md").read_text(), Path("out.md").stat().st_mode & 0o777) == ("before", 0o444)

    @pytest.mark.parametrize("mode", [0o600, 0o640, 0o666])
    def test_the_rights_of_a_file_that_is_replaced_are_kept(self, mode: int) -> None:
        Path("out.md").write_text("before")
        Path("out.md").chmod(mode)
        main(["verify", SPEC, "--markdown", "out.md", *NOBODY])
        assert "before" not in Path("out.md").read_text()
        assert Path("out.md").stat().st_mode & 0o777 == mode

    def test_what_is_to_be_private_is_so_whatever_was_there(self) -> None:
        Path("plan").write_text("before")
        Path("plan").chmod(0o644)
        files.write("plan", "after", files.PRIVATE)
        assert Path("plan").stat().st_mode & 0o777 == 0o600


class TestMarkdownFile:
    def test_of_one_s_own_is_replaced(self) -> None:
        Path("out.md").write_text("before")
        main(["verify", SPEC, "--markdown", "out.md", *NOBODY])
        assert "before" not in Path("out.md").read_text()

    @pytest.mark.parametrize("spelt", ["step", "./step", "here/../step"])
    def test_that_github_shows_is_added_to(self, spelt: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(Path("step").absolute()))
        Path("step").write_text("before\n")
        Path("here").mkdir()
        main(["verify", SPEC, "--markdown", spelt, *NOBODY])
        text = Path("step").read_text()
        assert text.startswith("before\n\n## privatelink")

    def test_that_github_shows_stays_within_what_it_shows(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(Path("step").absolute()))
        Path("step").write_bytes(b"x" * (LIMIT - 300))
        main(["verify", SPEC, "--markdown", "step", *NOBODY])
        assert LIMIT - 300 < Path("step").stat().st_size <= LIMIT

    def test_that_is_full_is_left_as_it_is_and_that_is_told(
        self, monkeypatch: pytest.MonkeyPatch, capsys: Told
    ) -> None:
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(Path("step").absolute()))
        Path("step").write_bytes(b"x" * LIMIT)
        main(["verify", SPEC, "--markdown", "step", *NOBODY])
        assert Path("step").stat().st_size == LIMIT
        assert "no room" in capsys.readouterr().err


def test_a_file_is_written_whole_with_the_rights_a_new_file_has() -> None:
    before = os.umask(0o027)
    try:
        main(["verify", SPEC, "--junit", "out.xml", *NOBODY])
    finally:
        os.umask(before)
    assert Path("out.xml").stat().st_mode & 0o777 == 0o640
    assert [each.name for each in Path.cwd().iterdir()] == ["out.xml"]
