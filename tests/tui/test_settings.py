"""What the app is set to, and what it remembers."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pltui.cli.main import main
from pltui.errors import LabError
from pltui.tui.controllers.view_state import ViewState
from pltui.tui.user_settings import config_file
from pltui.tui.user_settings.config_file import ConfigError
from pltui.tui.user_settings.resolution import Preferences, choose_preferences
from pltui.tui.user_settings.view_state_file import MAX_BYTES, ViewStateFile, folder
from tests.tui.conftest import Driver, done, showing

pytestmark = pytest.mark.slow  # a screen for each test; the gate has test_walks and test_in_a_hurry


@pytest.fixture
def view_state(tmp_path: Path) -> ViewStateFile:
    return ViewStateFile("privatelink", "sandbox", tmp_path)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's config file, which is not there yet."""
    path = tmp_path / "config.toml"
    monkeypatch.setenv(config_file.VARIABLE, str(path))
    return path


def problems(text: str) -> list[str]:
    """What is wrong with a config of this text, without the name of the file."""
    with pytest.raises(ConfigError) as raised:
        choose_preferences(config_file.parse(text, Path("c")))
    return [str(problem).removeprefix("c:") for problem in raised.value.problems]


# -- the config file ----------------------------------------------------------------------------------------------


def test_the_file_is_in_the_platforms_folder_or_where_pltui_config_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(config_file.VARIABLE, raising=False)
    assert config_file.path().name == "config.toml"
    assert config_file.path().parent.name == "pltui"
    monkeypatch.setenv(config_file.VARIABLE, "/elsewhere/mine.toml")
    assert config_file.path() == Path("/elsewhere/mine.toml")


def test_no_file_is_fine_unless_it_was_named(file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"config\.toml:1:1: .*No such file"):
        config_file.load()
    monkeypatch.delenv(config_file.VARIABLE)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    monkeypatch.setenv("HOME", str(tmp_path / "none"))
    assert config_file.load().exists is False


def test_all_it_may_say_is_understood(tmp_path: Path) -> None:
    text = f'[app]\ntheme = "nord"\nlang = "ja"\nascii = true\npictures = "{tmp_path}"\n[keys]\nlab.cross_zone = "X"\n'
    found = config_file.parse(text, Path("c"))
    assert (found.theme, found.lang, found.ascii, found.pictures) == ("nord", "ja", True, tmp_path)
    assert found.keys == {"lab.cross_zone": "X"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[app]\ntheme = nord\n", "2:9: not TOML: invalid value"),
        ("[app\n", "1:5: not TOML: expected ']' at the end of a table declaration"),
        ("[ap]\n", "1:2: no table 'ap'; did you mean 'app'?"),
        ("app = 1\n", "1:1: expected a table: write [app]"),
        ('[app]\n\n  thme = "nord"\n', "3:3: no setting 'thme'; did you mean 'theme'?"),
        ("[app]\ntheme = 3\n", '2:1: theme: expected a text in quotes, such as "x"'),
        ("[app]\nascii = 1\n", "2:1: ascii: expected true or false"),
        ('[app]\nlang = "jp"\n', "2:1: lang: expected en or ja"),
        ('[app]\npictures = "/no/such"\n', "2:1: pictures: there is no folder /no/such"),
        ('[app]\ntheme = "pltui-papr"\n', "2:1: theme: there is no 'pltui-papr'; did you mean 'pltui-paper'?"),
        ('[keys]\nlab.reconcile = ""\n', '2:1: lab.reconcile: expected a text in quotes, such as "x"'),
        ('app = {thme = "x"}\n', "1:1: no setting 'thme'; did you mean 'theme'?"),
        ('[app]\npictures = "~nosuchuser/x"\n', "2:1: pictures: there is no folder ~nosuchuser/x"),
        (f'[app]\npictures = "/{"x" * 300}"\n', "2:1: pictures: there is no folder /xxx"),
        (f"[app]\nascii = {'1' * 5000}\n", "2:9: not TOML: a number has too many digits"),
        (f"[app]\nascii = -{'1_1' * 5000}\n", "2:10: not TOML: a number has too many digits"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(text: str, told: str) -> None:
    assert problems(text)[0].startswith(told)


def test_all_problems_are_told_at_once() -> None:
    assert len(problems('[app]\nthme = "x"\nascii = 2\n[kyes]\n')) == 3


def test_a_bad_config_ends_the_app_before_a_screen_opens(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text('[keys]\nlab.reconcil = "R"\n')
    assert main(["specs/privatelink.yaml"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"{file}:2:1: no command 'lab.reconcil'; did you mean 'lab.reconcile'?\n"


def test_what_config_prints_is_a_config_that_means_the_same(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = '[app]\ntheme = "pltui-dusk"\nascii = false\n[keys]\nlab.cross_zone = "X,ctrl+x"\ntree.up = "up"\n'
    file.write_text(text)
    before = config_file.load()
    assert main(["config"]) == 0
    out, err = capsys.readouterr()
    assert str(file) in err
    file.write_text(out)
    after = config_file.load()
    assert (after.theme, after.ascii, after.keys) == (before.theme, before.ascii, before.keys)
    assert '# lab.reconcile = "r"' in out
    assert "# Switch cross-zone load balancing and watch which subnets answer\n" in out


def test_every_line_that_config_prints_may_be_put_in_force(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text("")
    main(["config"])
    lines = capsys.readouterr().out.splitlines()
    file.write_text("\n".join(line.removeprefix("# ") if ' = "' in line else line for line in lines[2:]))
    assert len(choose_preferences(config_file.load()).keys) > 30


def test_config_as_json_tells_each_key_and_what_it_was_declared_with(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text('[keys]\nlab.cross_zone = "X"\n')
    assert main(["config", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["path"] == str(file)
    keys = {each["id"]: each for each in document["keys"]}
    assert (keys["lab.cross_zone"]["key"], keys["lab.cross_zone"]["default"]) == ("X", "x")


def test_the_command_line_goes_before_the_config_which_goes_before_the_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLORFGBG", "0;15")
    found = config_file.parse('[app]\ntheme = "nord"\n', Path("c"))
    assert choose_preferences(found, wanted="dracula").theme == "dracula"
    assert choose_preferences(found).theme == "nord"
    assert choose_preferences(config_file.Config(Path("c"))).theme == "pltui-light"


def test_a_theme_there_is_not_is_refused_with_what_may_have_been_meant() -> None:
    with pytest.raises(LabError, match="did you mean 'pltui-light'") as raised:
        choose_preferences(config_file.Config(Path("c")), wanted="pltui-ligth")
    assert raised.value.code == 2


def test_live_is_refused_on_real_aws(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["specs/privatelink.yaml", "--live", "--target", "aws", "--region", "ap-northeast-1"]) == 2
    assert "--live applies saved specs without asking, which --target aws does not allow" in capsys.readouterr().err


async def test_the_configs_theme_and_glyphs_are_the_apps() -> None:
    async with showing(ascii_glyphs=None, preferences=Preferences(theme="nord", ascii=True)) as lab:
        assert lab.app.theme == "nord"
        assert lab.text().isascii()


@pytest.mark.parametrize(
    ("locale", "ascii_alone"),
    [({"LANG": "C"}, True), ({"LANG": "C.UTF-8"}, False), ({"LANG": "C", "LC_ALL": "en_US.UTF-8"}, False), ({}, False)],
)
def test_in_the_c_locale_the_app_draws_with_ascii_alone(locale: dict[str, str], ascii_alone: bool) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG"))}
    program = "from pltui.tui.theming.ascii_mode import ascii_only; print(ascii_only())"
    told = subprocess.run(
        [sys.executable, "-c", program], env=kept | locale, capture_output=True, text=True, check=True, timeout=60
    )
    assert told.stdout.strip() == str(ascii_alone)


# -- what is remembered -------------------------------------------------------------------------------------------


async def left(lab: Driver) -> None:
    await lab.app.action_quit()


async def test_to_be_told_again_to_leave_while_the_screen_is_taken_down_is_no_fault(view_state: ViewStateFile) -> None:
    async with showing(view_state=view_state) as lab:
        await left(lab)
    await left(lab)


async def test_a_lab_comes_back_as_it_was_left(view_state: ViewStateFile) -> None:
    async with showing(view_state=view_state) as lab:
        await lab.press("T", "l", "t")
        await left(lab)
    async with showing(view_state=view_state) as lab:
        assert lab.app.theme == "pltui-light"
        assert lab.app.main.journal.has_class("-open")
        assert lab.app.main.view == "topology"


async def test_only_what_was_changed_is_remembered(view_state: ViewStateFile) -> None:
    async with showing(view_state=view_state, preferences=Preferences(theme="nord")) as lab:
        await lab.press("l")
        await left(lab)
    assert view_state.read() == {"log": True}


async def test_nothing_changed_writes_nothing(view_state: ViewStateFile) -> None:
    async with showing(view_state=view_state) as lab:
        await left(lab)
    assert not view_state.path.exists()


async def test_a_change_is_written_while_the_app_runs(view_state: ViewStateFile) -> None:
    async with showing(view_state=view_state) as lab:
        await lab.press("T")
        remembering = lab.app._view_state
        assert isinstance(remembering, ViewState)
        remembering.look()
        await done(lab, "view_state")
        assert view_state.read() == {"theme": "pltui-light"}


async def test_each_lab_and_target_has_a_memory_of_its_own(tmp_path: Path) -> None:
    paths = {ViewStateFile(lab, target, tmp_path).path for lab in ("a", "b") for target in ("sandbox", "aws")}
    assert len(paths) == 4


def test_it_is_kept_beside_the_recorded_runs() -> None:
    assert folder() == Path(os.environ["PLTUI_STATE_DIR"]) / "labs"


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "\x1b[2J", "x" * 300, "ラボ"])
def test_no_name_leads_out_of_its_folder(name: str, tmp_path: Path) -> None:
    view_state = ViewStateFile(name, "sandbox", tmp_path)
    view_state.write({"log": True})
    assert view_state.path.parent == tmp_path
    assert ViewStateFile(name, "sandbox", tmp_path).read() == {"log": True}


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 60_000, b'"' + b"x" * MAX_BYTES + b'"', b'{"theme": NaN'],
)
async def test_a_broken_file_is_left_out_and_told_of(content: bytes, view_state: ViewStateFile) -> None:
    view_state.path.write_bytes(content)
    async with showing(view_state=view_state, notices=True) as lab:
        assert lab.app.theme == "pltui-dark"
        assert "The saved view of this lab" in lab.text()
        await lab.press("T")
        await left(lab)
    assert view_state.read() == {"theme": "pltui-light"}


@pytest.mark.parametrize("theme", ["no-such", 3, None, ["nord"], {"a": 1}, "[bold]"])
async def test_what_cannot_be_is_left_out_and_the_rest_is_not(theme: object, view_state: ViewStateFile) -> None:
    view_state.path.write_text(json.dumps({"theme": theme, "log": True}))
    async with showing(view_state=view_state, notices=True) as lab:
        assert lab.app.theme == "pltui-dark"
        assert lab.app.main.journal.has_class("-open")
        assert "The saved view of this lab" in lab.text()


@pytest.mark.parametrize(
    ("name", "value"),
    [("theme", "x" * 50_000), ("view", "x" * 50_000), ("consumer", "x" * 50_000)],
    ids=["theme", "view", "consumer"],
)
async def test_what_cannot_be_is_quoted_in_a_line_or_two(name: str, value: object, view_state: ViewStateFile) -> None:
    view_state.path.write_text(json.dumps({name: value}))
    async with showing(view_state=view_state, notices=True) as lab:
        (notice,) = lab.app._notifications
        assert f"{name}: " in notice.message
        assert len(notice.message) < 200 + len(str(view_state.path))
        assert "…" in notice.message


def test_a_fifo_in_its_place_holds_nobody_up(view_state: ViewStateFile) -> None:
    os.mkfifo(view_state.path)
    with pytest.raises(ValueError, match=r"no regular file"):
        view_state.read()


async def test_what_another_version_remembers_stays(view_state: ViewStateFile) -> None:
    view_state.write({"hologram": {"depth": 3}})
    async with showing(view_state=view_state) as lab:
        await lab.press("T")
        await left(lab)
    assert view_state.read() == {"hologram": {"depth": 3}, "theme": "pltui-light"}


def test_two_that_write_at_once_leave_one_file_that_is_sound(view_state: ViewStateFile) -> None:
    def write(name: str) -> None:
        for number in range(100):
            view_state.write({name: number})
            view_state.read()

    threads = [threading.Thread(target=write, args=(name,)) for name in ("one", "two", "three")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(view_state.read()) <= {"one", "two", "three"}
    assert list(view_state.path.parent.iterdir()) == [view_state.path]


async def test_a_folder_that_cannot_be_written_to_is_told_of_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    async with showing(view_state=ViewStateFile("a", "sandbox", tmp_path / "file" / "labs"), notices=True) as lab:
        for _ in range(2):
            await lab.press("T")
            remembering = lab.app._view_state
            assert remembering is not None
            remembering.look()
            await done(lab, "view_state")
            await lab.settle()
        assert lab.text().count("The view of this lab cannot be saved") == 1
        await left(lab)


async def test_a_theme_the_command_line_names_goes_before_the_one_remembered(view_state: ViewStateFile) -> None:
    view_state.write({"theme": "nord"})
    preferences = Preferences(theme="dracula", theme_insists=True)
    async with showing(view_state=view_state, preferences=preferences) as lab:
        assert lab.app.theme == "dracula"


async def test_without_colours_the_theme_remembered_waits_for_them(
    view_state: ViewStateFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    view_state.write({"theme": "nord"})
    monkeypatch.setenv("NO_COLOR", "1")
    async with showing(view_state=view_state) as lab:
        assert lab.app.theme == "ansi-dark"
        await left(lab)
    assert view_state.read() == {"theme": "nord"}
