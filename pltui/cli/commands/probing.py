"""probe and verify."""

from __future__ import annotations

import argparse
from collections import Counter
from typing import Any

from pltui.cli.commands.common import DONE, FAILED, INTERRUPTED, PENDING, run, tell_remaining
from pltui.cli.commands.confirm import ask_confirmation
from pltui.cli.commands.remaining import remaining
from pltui.cli.commands.summary import Summary
from pltui.cli.output import Output
from pltui.errors import LabError
from pltui.i18n import tr
from pltui.lab.session import Lab
from pltui.probe.tally import Tally
from pltui.text import pad

BAR = 40  # length of a full bar in characters


def probe(args: argparse.Namespace) -> int:
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

    return run(args, work, events=not args.json, looking=False)


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


def verify(args: argparse.Namespace) -> int:
    """Run the spec's experiments.

    A requested summary is written however the command ends: a CI job that reads it must also learn of an error.
    """
    summary = Summary(args)

    async def work(lab: Lab, out: Output) -> int:
        from pltui.lab.experiments import verify as experiment

        summary.begin(lab)
        review = await ask_confirmation(lab, out, args, switches=len(lab.spec.experiments))
        try:
            verdicts = await experiment(lab, args.via, out.say, summary.verdicts.append, review=review)
        except LabError:
            tell_remaining(args, out, await remaining(lab), failed=True)
            raise
        left = await remaining(lab)
        passed = all(verdict.success for verdict in verdicts)
        if out.as_json:
            documents = [verdict.document() for verdict in verdicts]
            out.write_document({"lab": lab.spec.name, "passed": passed, "experiments": documents, **left.document()})
        else:
            for verdict in verdicts:
                _print_verdict(out, verdict.document())
            out.write_line(f"{lab.spec.name}: {'PASS' if passed else 'FAIL'}")
        tell_remaining(args, out, left, failed=not passed)
        return DONE if passed else PENDING

    try:
        code = run(args, work, events=args.verbose > 0 and not args.json)
    except Exception as error:
        summary.write(error)
        raise
    summary.write()
    return code


def _print_verdict(out: Output, document: dict[str, Any]) -> None:
    took, on = document["took_seconds"], document["cross_zone"]
    effect = tr("took effect within {took:.1f} s", took=took) if took is not None else tr("never took effect")
    switch = tr("cross-zone on") if on else tr("cross-zone off")
    out.write_line(f"{'PASS' if document['passed'] else 'FAIL'}  {document['name']}: {switch}{tr(', ')}{effect}")
    for consumer, expected in document["expected"].items():
        counts = Counter({int(k): v for k, v in document["distribution"][consumer].items()})
        shares = ", ".join(f"{tr('Subnet {n}', n=subnet)}: {n}" for subnet, n in sorted(counts.items()))
        observed = document["observed"][consumer]
        told = tr("expected {expected}, observed {observed}", expected=expected, observed=observed)
        out.write_line(f"      {consumer}: {told} ({shares or tr('no answers')})")
        for text, count in document["failures"][consumer].items():
            failed = tr("{failed} of {sent} failed", failed=count, sent=document["sent"][consumer])
            out.write_line(f"      {consumer}: {failed}: {tr(text)}")
