"""probe: send requests, and print which subnet answers."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from pltui.cli import converters, options
from pltui.cli.exit_codes import DONE, FAILED, INTERRUPTED
from pltui.cli.lab_command import run_on_lab
from pltui.cli.output import Output
from pltui.i18n import tr
from pltui.probe.tally import Tally
from pltui.text import pad

if TYPE_CHECKING:
    from pltui.lab.session import Lab

BAR = 40  # length of a full bar in characters


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare usage, example and arguments."""
    parser.usage = "pltui probe SPEC [options]"
    parser.epilog = options.example("pltui probe specs/privatelink.yaml -n 100")
    options.add_spec(parser)
    options.add_record(parser)
    text = tr("number of requests (default: 30)")
    parser.add_argument("-n", dest="count", type=converters.count, default=30, help=text)
    parser.add_argument("--consumer", metavar="NAME", help=tr("consumer that sends the requests (default: the first)"))
    options.add_via(parser)


def run(args: argparse.Namespace) -> int:
    """Send requests from a consumer and print each answer, then their distribution over subnets."""

    async def work(lab: Lab, out: Output) -> int:
        tally = Tally(window=None)
        answers = lab.answers(args.consumer, args.via)
        try:
            async for answer in answers:
                if lab.stopping:
                    break
                tally.add([answer])
                out.write_answer(answer)
                if tally.sent == args.count:
                    break
        finally:
            await answers.aclose()
        summary = _summary_document(lab, args.consumer or next(iter(lab.spec.consumers)), tally)
        if out.as_json:
            out.json_line(summary)
        else:
            _print_distribution(out, summary)
        if lab.stopping:
            return INTERRUPTED
        return FAILED if tally.failed else DONE

    return run_on_lab(args, work, events=not args.json, looking=False)


def _summary_document(lab: Lab, consumer: str, tally: Tally) -> dict[str, Any]:
    return {
        "type": "summary",
        "verb": "probe",
        "lab": lab.spec.name,
        "consumer": consumer,
        "sent": tally.sent,
        "failed": tally.failed,
        "by_subnet": {str(subnet): n for subnet, n in sorted(tally.by_subnet().items())},
        "by_zone": dict(sorted(tally.by_zone().items())),
        "by_failure": dict(sorted(tally.by_failure().items())),
        "latency_ms": tally.latency_ms(),
    }


def _print_distribution(out: Output, summary: dict[str, Any]) -> None:
    answered = sum(summary["by_subnet"].values())
    out.write_line()
    for subnet, count in summary["by_subnet"].items():
        name, bar = pad(tr("Subnet {n}", n=subnet), 10), "#" * round(BAR * count / answered)
        out.write_line(f"{name} {bar:<{BAR}} {count:>5}  {count / answered:>4.0%}")
    latency = summary["latency_ms"]
    times = "  ".join(f"{name} {value:.1f} ms" for name, value in latency.items()) if latency else ""
    counts = tr("{sent} sent, {failed} failed", sent=summary["sent"], failed=summary["failed"])
    out.write_line(f"{counts}  {times}".rstrip())
