"""A spec in an editor, beside the app that shows its lab."""

import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pltui.engine.model import Change, Observed, Op, Step
from pltui.spec import load, parse
from pltui.tui.screens.review import Review
from tests.builders.fake_lab import all_desired, standing_lab
from tests.tui.conftest import Driver, showing

TEXT = Path("specs/privatelink.yaml").read_text(encoding="utf-8")
SPEC = parse(TEXT)
OFF = TEXT.replace("cross_zone: true\n    subnets", "cross_zone: false\n    subnets", 1)
SECOND = TEXT.replace(
    "probe: {path",
    "  second:\n    endpoint: {subnets: [2]}\n    dns: {zone: example.local, record: second}\nprobe: {path",
    1,
)
BAD = TEXT.replace("    cross_zone: true\n    subnets: all", "    crosszone: true\n    subnets: all", 1)


def differing() -> tuple[Step, ...]:
    """What the saved spec would change of the load balancer."""
    observed = Observed("provider/load-balancer", "load_balancer", "arn:nlb", {"cross_zone": True}, name="provider-nlb")
    change = Change("cross_zone", True, False)
    desired = next(desired for desired in all_desired(SPEC) if desired.address == observed.address)
    return (Step(Op.UPDATE, observed.address, observed.kind, "differs", desired, observed, (change,)),)


@asynccontextmanager
async def editing(file: Path, **options: Any) -> AsyncIterator[Driver]:
    """The app on a converged lab of this file, which it has looked at."""
    target, read_only = options.pop("target", "sandbox"), options.pop("read_only", False)
    fake = standing_lab(load(file), target=target, path=str(file), read_only=read_only)
    async with showing(fake, **options) as lab:
        await lab.converge()
        await noticed(lab)
        fake.calls.clear()
        yield lab


async def noticed(lab: Driver) -> None:
    """The two looks it takes: one that sees a change, and one that sees it stand still."""
    watching = lab.app.spec_watch
    assert watching is not None
    for _ in range(2):
        await watching.look()
        await lab.settle()


async def save(lab: Driver, file: Path, text: str) -> None:
    written_anew(file, text)
    await noticed(lab)
    while isinstance(lab.app.screen, Review) and lab.app.screen._proposal is None:
        await lab.settle()


# -- ways of saving -----------------------------------------------------------------------------------------------


def written_anew(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")


def renamed_into_its_place(file: Path, text: str) -> None:
    other = file.with_suffix(".tmp")
    other.write_text(text, encoding="utf-8")
    other.replace(file)


def as_vim_does_with_a_backup(file: Path, text: str) -> None:
    backup = file.with_name(file.name + "~")
    file.rename(backup)
    file.write_text(text, encoding="utf-8")
    backup.unlink()


def by_the_shell(file: Path, text: str) -> None:
    subprocess.run(["sh", "-c", 'cat > "$0"', str(file)], input=text.encode(), check=True)


def of_one_size_and_time(file: Path, text: str) -> None:
    """As a restored backup may be: nothing but the content tells."""
    status = file.stat()
    file.write_text(text + " " * (status.st_size - len(text.encode())), encoding="utf-8")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))


def through_a_link(file: Path, text: str) -> None:
    other = file.with_name("other.yaml")
    other.write_text(text, encoding="utf-8")
    file.unlink()
    file.symlink_to(other.name)


def no_text(file: Path) -> None:
    file.write_bytes(b"version: 1\nname: \xff\n")


def renamed(file: Path, name: str) -> None:
    file.rename(name)


def content(file: Path) -> str:
    return file.read_text(encoding="utf-8")
