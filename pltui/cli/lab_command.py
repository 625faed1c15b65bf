"""Shared by the commands: a lab built from arguments, and an event loop that stops in order on Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING

from pltui.aws.settings import TIMEOUT, Settings
from pltui.aws.user_errors import exit_code
from pltui.cli.exit_codes import DONE, FAILED, INTERRUPTED, REFUSED
from pltui.cli.output import Output
from pltui.cli.remaining import Remaining, remaining, removal_command
from pltui.cli.run_journal import record_runs
from pltui.engine.events import RunFinished
from pltui.errors import LabError
from pltui.i18n import tr
from pltui.system.serve_environment import runs_in_browser

if TYPE_CHECKING:
    from pltui.engine.outcome import Outcome
    from pltui.lab.plan_file import PlanOrigin
    from pltui.lab.session import Lab


def settings(args: argparse.Namespace) -> Settings:
    """Return the settings given by the parsed arguments."""
    return Settings(
        target=args.target,
        endpoint_url=args.endpoint_url,
        profile=args.profile,
        region=args.region,
        read_only=args.read_only,
        timeout=getattr(args, "timeout", None) or TIMEOUT,
        overrides=tuple(args.set),
        lock_timeout=args.lock_timeout,
        adopt=getattr(args, "adopt", False),
    )


def read_lab(args: argparse.Namespace) -> Lab:
    """Return the lab that the arguments name. Makes no calls.

    Raises:
        SpecError: If the spec is invalid.
        LabError: If the endpoint or the region is invalid.
    """
    from pltui.lab.session import Lab
    from pltui.spec import load

    chosen = settings(args)
    return Lab(args.spec, load(args.spec, chosen.overrides), chosen)


def output(args: argparse.Namespace) -> Output:
    """Return the output with the verbosity and format that the arguments ask for."""
    return Output(as_json=args.json, verbosity=-1 if args.quiet else args.verbose)


def require_terminal(what: str, instead: str) -> None:
    """Raise unless a screen can be drawn: Textual draws on stderr and reads stdin.

    An app started by `pltui serve` needs neither.

    Raises:
        LabError: If a standard stream is no terminal, or the terminal is dumb (exit code 2).
    """
    if runs_in_browser():
        return
    streams = {"stdin": sys.stdin, "stdout": sys.stdout, "stderr": sys.stderr}  # None: closed by the parent process
    missing = [name for name, stream in streams.items() if stream is None or not stream.isatty()]
    if missing or os.environ.get("TERM") == "dumb":
        where = ", ".join(missing) or "TERM=dumb"
        raise LabError(tr("{what} needs a terminal, and {where} is not one", what=what, where=where), instead, 2)


@contextlib.asynccontextmanager
async def open_lab(lab: Lab, out: Output, *, events: bool, planning: bool, looking: bool) -> AsyncIterator[Lab]:
    """Open a lab for work; a first Ctrl-C, SIGTERM or SIGHUP stops it, a second ends the process at once.

    `events`: include the lab's event feed in the output. `planning` and `looking`: see `Lab.open`.
    """
    loop = asyncio.get_running_loop()

    interrupted = False

    def interrupt() -> None:
        nonlocal interrupted
        if interrupted:
            os._exit(INTERRUPTED)
        interrupted = True
        lab.stop()
        out.say(tr("stopping after the calls in progress (again: stop at once)"))

    def hang_up() -> None:
        if not interrupted:  # a closed terminal may send it several times
            interrupt()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupt)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        loop.add_signal_handler(signal.SIGHUP, hang_up)
    try:
        with (
            record_runs(lab, out.complain),
            lab.feed.subscription(out.write_event) if events else contextlib.nullcontext(),
        ):
            await lab.open(planning=planning, looking=looking)
            yield lab
    finally:
        await lab.close()


def run_on_lab(
    args: argparse.Namespace,
    work: Callable[[Lab, Output], Awaitable[int]],
    *,
    events: bool = True,
    planning: bool = True,
    looking: bool = True,
) -> int:
    """Run `work` on the lab that the arguments name; return the exit code. See `open_lab` for the other parameters."""
    lab, out = read_lab(args), output(args)
    if args.record:
        lab.access.record(args.record)
    lab.sign_in()
    noticed = _tell_notices(lab, out)

    known: tuple[str, ...] = ()

    async def main() -> int:
        nonlocal known
        async with open_lab(lab, out, events=events, planning=planning, looking=looking):
            known = await _tell_faults(lab, out)
            try:
                code = await work(lab, out)
            except LabError as error:
                if error.outcome is not None:
                    conclude(out, error.outcome, args.command, lab.spec.name, await remaining(lab))
                if error.code == REFUSED and lab.wrote:
                    error.code = FAILED  # the refusal came after changes were made
                raise
            _tell_notices(lab, out, noticed)
            if code != DONE:
                await _tell_faults(lab, out, known)
            return FAILED if code == REFUSED and lab.wrote else code

    async def explain_failure() -> int:
        try:
            return await main()
        except LabError:
            await _tell_faults(lab, out, known)  # a fault may be why the lab could not even be opened
            raise

    try:
        return asyncio.run(explain_failure())
    finally:
        if problem := lab.access.end_recording():
            out.complain(problem)


def _tell_notices(lab: Lab, out: Output, known: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Print the lab's notices that are not in `known`; return all printed so far."""
    found = tuple(notice for notice in lab.notices if notice not in known)
    for notice in found:
        out.say(tr(notice))
    return (*known, *found)


async def _tell_faults(lab: Lab, out: Output, known: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Print the active faults that are not in `known`; return all printed so far.

    A fault may be the only cause of a wait or a failure.
    """
    found = await lab.faults()
    for fault in found:
        if fault not in known:
            out.say(tr("active fault: {fault} (`pltui sandbox fault --clear` clears it)", fault=fault))
    return (*known, *found)


async def carry_out(args: argparse.Namespace, lab: Lab, out: Output, verb: str, run: Awaitable[Outcome]) -> int:
    """Await a run, then print its outcome and what remains; return the exit code.

    Raises:
        LabError: If the run ended before it began to work.
    """
    failure: LabError | None = None
    try:
        outcome = await run
    except LabError as error:
        if error.outcome is None:
            raise
        outcome, failure = error.outcome, error
        out.write_error(failure)
    left = await remaining(lab)
    code = conclude(out, outcome, verb, lab.spec.name, left)
    code = failure.code if failure else code
    tell_remaining(args, out, left, failed=code != DONE)
    return code


def tell_remaining(args: argparse.Namespace, out: Output, left: Remaining, *, failed: bool) -> None:
    """Print what remains, its cost, and the command that removes it; with `failed`, even under `--quiet`."""
    if sentence := left.sentence(removal_command(args)):
        (out.complain if failed else out.say)(sentence)


def conclude(out: Output, outcome: Outcome, verb: str, lab: str, left: Remaining) -> int:
    """Print the outcome of a run; return the exit code."""
    if out.as_json:
        out.json_line(
            {"type": "summary", "verb": verb, "lab": lab, **RunFinished.of(outcome).document(), **left.document()}
        )
    else:
        for problem in outcome.problems:
            out.complain(problem)
        out.say(f"{lab}: {tr(outcome.message)} ({outcome.seconds:.1f} s)")
        if verb == "destroy" and outcome.left and not (outcome.ok or outcome.interrupted or outcome.denied):
            out.complain(tr("remaining: {left}", left=", ".join(outcome.left)))
    return exit_code(outcome)


def plan_origin(lab: Lab) -> PlanOrigin:
    """Return the origin of the lab's plans: what a plan file must match."""
    from pltui.lab.plan_file import PlanOrigin

    return PlanOrigin.of(lab.spec, lab.target, lab.region, endpoint_url=lab.chosen_endpoint)
