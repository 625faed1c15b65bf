"""sandbox fault: inject, list and clear faults."""

from __future__ import annotations

import argparse
import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from pltui.cli import converters
from pltui.cli.exit_codes import DONE
from pltui.cli.output import Output
from pltui.cli.sandbox_access import running_sandbox
from pltui.errors import LabError
from pltui.i18n import tr

if TYPE_CHECKING:
    from pltui import aws_errors

FAULTS = """\
kinds of faults:
  server NAME               the web server of a machine, by Name or id
  zone NAME                 a zone, by name or id (apne1-az4)
  subnet NAME               all packets from and to it are dropped
  latency 200ms [WHERE]     each round trip takes that much longer
  loss 20% [WHERE]          packets are lost
  throttle SERVICE[:ACTION] [RATE]    calls are throttled as on AWS, or above RATE (2/s)
  lag 10s                   new resources are not visible for that long
  error SERVICE:OPERATION CODE [--times N]    calls fail with this AWS error, N times or until cleared

WHERE is a machine, subnet, endpoint or zone; without it, everywhere. Names are Name tags.

examples: pltui sandbox fault zone ap-northeast-1a
          pltui sandbox fault throttle ec2:CreateVpcEndpoint 1/s
          pltui sandbox fault throttle all
          pltui sandbox fault error ec2:RunInstances InsufficientInstanceCapacity --times 2
          pltui sandbox fault --clear"""

_TIMES = {"": 1.0, "ms": 1.0, "s": 1000.0}
_SPANS = {"": 1.0, "s": 1.0, "m": 60.0}
_RATES = {"": 1.0, "/s": 1.0, "/min": 1 / 60}


class FaultRequest(NamedTuple):
    """A fault as requested: as `pltui.reachability.world.Fault`, with `subject` as typed."""

    kind: str
    subject: str
    amount: float
    error: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare usage, example and arguments."""
    parser.usage = "pltui sandbox fault [KIND ...] [options]"
    parser.epilog = tr(FAULTS)
    parser.add_argument("kind", nargs="?", metavar="KIND", help=tr("kind of fault (default: list the active faults)"))
    parser.add_argument("words", nargs="*", metavar="...", help=tr("see below"))
    parser.add_argument("--times", type=converters.calls, metavar="N", help=tr("how many calls fail with the error"))
    parser.add_argument("--clear", nargs="?", const="", metavar="ID", help=tr("clear one fault, or all"))


def run(args: argparse.Namespace, out: Output) -> int:
    """Add a fault, clear faults, or list them.

    Raises:
        LabError: If the arguments do not fit together, or the fault is invalid (exit code 2).
    """
    if args.clear is not None and args.kind:
        raise LabError(
            tr("use --clear alone, or with the id of a fault"),
            tr("example:") + " pltui sandbox fault --clear fault-1",
            2,
        )
    if args.times is not None and not args.kind:
        raise LabError(tr("--times goes with an error only"), "", 2)
    if args.clear is not None:
        _print_faults(
            out, "mended", running_sandbox().clear_faults(args.clear or None), tr("there was no fault to clear")
        )
    elif args.kind:
        wish = parse_fault([args.kind, *args.words], args.times)
        _print_faults(out, "faults", [running_sandbox().add_fault(*wish)], "")
    else:
        _print_faults(
            out,
            "faults",
            running_sandbox().status()["faults"],
            tr("no active faults; `pltui sandbox fault -h` lists the kinds"),
        )
    return DONE


def parse_fault(words: Sequence[str], times: int | None = None) -> FaultRequest:
    """Parse a fault as typed; `times` is the number of calls that fail.

    Raises:
        LabError: If the fault is invalid, with the usage of its kind (exit code 2).
    """
    kind, *rest = words
    reader = _KINDS.get(kind)
    if reader is None:
        close = difflib.get_close_matches(kind, _KINDS, 1)
        hint = (
            tr("did you mean {close}?", close=close[0]) if close else tr("choose from {kinds}", kinds=", ".join(_KINDS))
        )
        raise LabError(tr("{kind!r} is not a fault", kind=kind), hint, 2)
    try:
        wish = reader(kind, rest)
        if times is not None and kind != "error":
            raise ValueError(tr("--times goes with an error only"))
        return wish._replace(amount=times) if times is not None else wish
    except ValueError as error:
        usage = next(line.strip() for line in FAULTS.splitlines() if line.startswith(f"  {kind} "))
        raise LabError(
            str(error), tr("write: pltui sandbox fault {usage}", usage=re.split(" {2,}", usage)[0]), 2
        ) from error


_WHICH = {"server": "which server?", "zone": "which zone?", "subnet": "which subnet?"}
_ONE_AT_A_TIME = {"server": "one server at a time", "zone": "one zone at a time", "subnet": "one subnet at a time"}


def _parse_subject(kind: str, words: list[str]) -> FaultRequest:
    if len(words) != 1:
        raise ValueError(tr(_WHICH[kind]) if not words else tr(_ONE_AT_A_TIME[kind]))
    return FaultRequest(kind, words[0], 0)


def _parse_latency(kind: str, words: list[str]) -> FaultRequest:
    return _parse_path_fault(kind, words, lambda text: _parse_number(text, _TIMES, "200ms"))


def _parse_loss(kind: str, words: list[str]) -> FaultRequest:
    def share(text: str) -> float:
        found = _parse_number(text.removesuffix("%"), {"": 1.0}, "20%")
        found = found / 100 if text.endswith("%") else found
        if found > 1:
            raise ValueError(tr("{text!r} is more than 100%: write for example 20%", text=text))
        return found

    return _parse_path_fault(kind, words, share)


def _parse_path_fault(kind: str, words: list[str], amount: Callable[[str], float]) -> FaultRequest:
    if not 0 < len(words) < 3:
        raise ValueError(tr("how much?") if not words else tr("one place at a time"))
    return FaultRequest(kind, words[1] if len(words) == 2 else "", amount(words[0]))


def _parse_throttle(kind: str, words: list[str]) -> FaultRequest:
    if not 0 < len(words) < 3:
        raise ValueError(tr("calls of which service?") if not words else tr("one service at a time"))
    rate = _parse_number(words[1], _RATES, "2/s") if len(words) == 2 else 0.0
    return FaultRequest(kind, "" if words[0] == "all" else words[0], rate)


def _parse_lag(kind: str, words: list[str]) -> FaultRequest:
    if len(words) != 1:
        raise ValueError(tr("for how long?"))
    return FaultRequest(kind, "", _parse_number(words[0], _SPANS, "10s"))


def _parse_error(kind: str, words: list[str]) -> FaultRequest:
    """Parse an error of the catalogue for one operation. Raises LabError (2) with near matches."""
    from pltui import aws_errors

    if not words or ":" not in words[0]:
        raise ValueError(tr("which operation?"))
    if len(words) > 2:
        raise ValueError(tr("one error at a time"))
    service, _, operation = words[0].partition(":")
    service = aws_errors.boto_name(service.lower())
    _check_operation(service, operation)
    made = [each for each in aws_errors.states() if operation in each.operations]
    known = [each for each in (*aws_errors.injectable(), *made) if each.is_of(service)]
    usual = sorted(each.name for each in known if operation in each.operations)
    if len(words) == 1:
        raise ValueError(
            tr("which error? {operation} often fails with {names}", operation=words[0], names=", ".join(usual))
            if usual
            else tr("which error?")
        )
    entry = aws_errors.find_injectable(words[1], service, operation)
    if entry is None or entry not in known:
        raise _unknown_name(
            tr("{name!r} is not an error of {service}", name=words[1], service=service), words[1], known, usual
        )
    return FaultRequest(kind, f"{service}:{operation}", 0, entry.name)


def _check_operation(service: str, operation: str) -> None:
    """Raise LabError (2), with near matches, unless it is an operation of a service that a lab uses."""
    from pltui.aws.operations import operations
    from pltui.aws_errors import services

    if service not in services():
        close = difflib.get_close_matches(service, services(), 3, 0.5)
        raise LabError(
            tr("{name!r} is not a service of a lab", name=service),
            _suggest_names(close) or tr("choose from {names}", names=", ".join(services())),
            2,
        )
    if operation not in operations(service):
        close = difflib.get_close_matches(operation, operations(service), 3, 0.5)
        raise LabError(
            tr("{name!r} is not an operation of {service}", name=operation, service=service),
            _suggest_names(f"{service}:{each}" for each in close),
            2,
        )


def _unknown_name(
    message: str, name: str, known: Sequence[aws_errors.CatalogueEntry], usual: Sequence[str]
) -> LabError:
    """Return the error for an unknown error name, with near matches or else the usual names."""
    close = difflib.get_close_matches(name, [each.name for each in known], 3, 0.5)
    return LabError(
        message, _suggest_names(close) or (tr("choose from {names}", names=", ".join(usual)) if usual else ""), 2
    )


def _suggest_names(names: Iterable[str]) -> str:
    joined = ", ".join(names)
    return tr("did you mean {close}?", close=joined) if joined else ""


_KINDS: Mapping[str, Callable[[str, list[str]], FaultRequest]] = {
    "server": _parse_subject,
    "zone": _parse_subject,
    "subnet": _parse_subject,
    "latency": _parse_latency,
    "loss": _parse_loss,
    "throttle": _parse_throttle,
    "lag": _parse_lag,
    "error": _parse_error,
}


def _parse_number(text: str, units: Mapping[str, float], example: str) -> float:
    found = converters.quantity(text, units)
    if not found:
        raise ValueError(tr("{text!r} is not an amount: write for example {example}", text=text, example=example))
    return found


def _print_faults(out: Output, key: str, faults: list[dict[str, Any]], none: str) -> None:
    if out.as_json:
        out.write_document({key: faults})
        return
    for each in faults:
        suffix = " " + tr("(cleared)") if key == "mended" else ""
        out.write_line(f"{each['id']:<10} {tr(each['text'])}{suffix}")
    if not faults:
        out.write_line(none)
