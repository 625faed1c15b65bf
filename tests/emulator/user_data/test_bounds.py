"""User data is interpreted within a budget of steps, and never raises, whatever it contains."""

import os
import random
import sys
import time
import tracemalloc
from pathlib import Path

import pytest

from pltui.emulator.user_data.budget import STEPS, Budget, ExhaustedError
from pltui.emulator.user_data.interpretation import interpret
from tests.emulator.user_data.grammar import make

SEED = 20261201
SERVER = "\necho hello > /var/www/html/index.html\nsystemctl start httpd"
ANCHORS = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9))


@pytest.mark.parametrize(
    "script",
    [
        'echo aaa > /f\nsed -i "s/a/\\5/" /f',
        r"echo aaa > /f; sed -i 's/(a)/\1/' /f",
        "echo aaa > /f; sed -i 's/a\\{99999\\}/x/' /f",
        "echo " + "a" * 400 + " > /f; sed -i 's/a*a*a*a*b/x/' /f",
        "echo " + "a" * 400 + " > /f; sed -Ei 's/(a*)*b/x/' /f",
        "\n" * 12_000,
        "echo '" + "\n".join("x" * 400),
    ],
    ids=["reference", "reference of a basic expression", "repetition", "stars", "nested stars", "lines", "quote"],
)
def test_as_in_a_shell_what_fails_does_not_end_the_script(script: str) -> None:
    boot = interpret(f"#!/bin/bash\n{script}{SERVER}") if not script.startswith("echo '\n") else interpret(script)
    assert boot.problem == ""
    assert [site.port for site in boot.sites] == [80]


@pytest.mark.parametrize(
    "user_data",
    [
        "#!/bin/bash\nA=aaaaaaaa\n" + "A=$A$A\n" * 40,
        "#!/bin/bash\necho a > /a\n" + "cat /a /a > /b; cat /b /b > /a\n" * 40,
        "#!/bin/bash\necho a > /a\n" + "sed -i 's/a/&&/g' /a\n" * 40,
        f"#cloud-config\na0: &a0 [x]\n{ANCHORS}\nruncmd: [*a8]",
        "#cloud-config\nruncmd: &a [*a]",
    ],
    ids=["variables", "cat", "sed", "anchors", "cycle"],
)
def test_growth_ends_with_the_budget(user_data: str) -> None:
    assert interpret(user_data).problem == f"it takes more than {STEPS} steps"


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("[" * 8000, "its YAML is nested too deeply"),
        ("!!bool x", "a value in its YAML is not valid: 'x'"),
        (r'"\UFFFFFFFF"', "a value in its YAML is not valid: "),
    ],
)
def test_cloud_config_that_cannot_be_read_has_a_reason(value: str, problem: str) -> None:
    assert interpret(f"#cloud-config\nx: {value}").problem.startswith(problem)


@pytest.mark.parametrize("key", ["write_files: [{path: /f, content: X}]", "write_files: [{path: X}]", "runcmd: [X]"])
def test_half_a_character_is_no_text(key: str) -> None:
    boot = interpret("#cloud-config\n" + key.replace("X", r'"\ud800"'))
    assert boot.sites == ()
    assert not boot.problem.startswith("unexpected")


def test_text_that_is_no_yaml_sets_up_nothing_as_on_aws() -> None:
    assert interpret("#cloud-config\n{") == interpret("")


def test_a_file_has_a_size_that_python_can_count() -> None:
    (site,) = interpret("fallocate -l 999999999999999G /var/www/html/x").sites
    assert len(site.files["/x"]) == 1 << 40


def test_the_budget_is_spent_to_the_last_step() -> None:
    budget = Budget(10)
    budget.spend(10)
    with pytest.raises(ExhaustedError):
        budget.spend(1)


@pytest.mark.parametrize("number", [300, pytest.param(100_000, marks=[pytest.mark.slow, pytest.mark.timeout(3600)])])
def test_generated_user_data_ends_within_its_budget(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    random_ = random.Random(SEED)
    slowest, exhausted, unread, served = (0.0, ""), 0, 0, 0
    for _ in range(number):
        text = make(random_)
        began = time.process_time()
        boot = interpret(text)
        slowest = max(slowest, (time.process_time() - began, text))
        assert not boot.problem.startswith("unexpected"), text
        exhausted += "steps" in boot.problem
        unread += bool(boot.problem)
        served += bool(boot.sites)
    with capsys.disabled():
        print(
            f"\nuser data: {number} generated, {served} serve, {unread} not interpreted ({exhausted} out of steps), "
            f"slowest {1000 * slowest[0]:.0f} ms of CPU"
        )
    assert served > number / 20
    assert exhausted > number / 100


def test_memory_is_bounded_by_the_steps() -> None:
    texts = [
        "#!/bin/bash\nA=aaaaaaaa\n" + "A=$A$A\n" * 40,
        "#!/bin/bash\necho a > /a\n" + "cat /a /a > /b; cat /b /b > /a\n" * 40,
    ]
    tracemalloc.start()
    try:
        for text in texts:
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            interpret(text)
            assert tracemalloc.get_traced_memory()[1] - before < 20 * STEPS
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "user_data",
    [
        "#!/bin/bash\n" + "echo 'A line of a long file, with some words' >> /etc/x.conf\n" * 260 + SERVER,
        "#!/bin/bash\ncat > /var/www/html/index.html <<'EOF'\n"
        + "<p>some text of a page</p>\n" * 590
        + "EOF\n"
        + SERVER,
        "#!/bin/bash\n" + "sed -i 's/^Listen 80$/Listen 80/' /etc/httpd/conf/httpd.conf\n" * 250 + SERVER,
        "#cloud-config\nwrite_files:\n  - path: /var/www/html/index.html\n    content: |\n"
        + "      a line of text\n" * 700,
    ],
    ids=["append", "here-document", "sed", "cloud-config"],
)
def test_long_user_data_of_common_kinds_is_within_the_budget(user_data: str) -> None:
    assert 14_000 < len(user_data) <= 16384
    boot = interpret(user_data)
    assert boot.problem == ""
    assert [site.port for site in boot.sites] == [80]


READS = frozenset({"os.listdir", "os.scandir"})  # ruamel.yaml looks for plug-ins of its own
EFFECTS = ("subprocess.", "os.", "socket.", "pty.", "shutil.")
_effects: list[str] | None = None


def _note_effect(event: str, arguments: tuple[object, ...]) -> None:
    if _effects is not None:
        writes = event == "open" and isinstance(arguments[2], int) and bool(arguments[2] & (os.O_WRONLY | os.O_RDWR))
        if writes or (event.startswith(EFFECTS) and event not in READS):
            _effects.append(event)


@pytest.fixture(scope="module")
def audited() -> None:
    """Python has no way to remove an audit hook: this one does nothing but while a test listens."""
    sys.addaudithook(_note_effect)


@pytest.mark.usefixtures("audited")
def test_nothing_in_user_data_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "touched"
    scripts = [
        f"#!/bin/bash\ntouch {file}; echo x > {file}; $(touch {file}) `touch {file}`; python3 {file}",
        f"#!/bin/bash\nsed -i 's/a/b/e; w {file}' /etc/passwd; curl http://127.0.0.1:1/; rm -rf {tmp_path}",
        f"#cloud-config\nruncmd: [[touch, {file}], touch {file}]\nx: !!python/object/apply:os.system ['touch {file}']",
        *(make(random.Random(SEED + number)) for number in range(50)),
    ]
    for script in scripts:
        interpret(script)  # imports what it needs
    seen: list[str] = []
    monkeypatch.setattr(sys.modules[__name__], "_effects", seen)
    for script in scripts:
        interpret(script)
    assert seen == []
    assert list(tmp_path.iterdir()) == []
