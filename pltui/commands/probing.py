"""probe and verify."""

from __future__ import annotations

import argparse
from collections import Counter
from typing import Any

from pltui.commands.common import DONE, FAILED, INTERRUPTED, PENDING, run
from pltui.lab import Lab
from pltui.output import Output
from pltui.probe.tally import Tally

BAR = 40  # characters of a full bar


def probe(args: argparse.Namespace) -> int:
    async def work(lab: Lab, out: Output) -> int:
        tally = Tally(window=None)
        answers = lab.answers(args.consumer, args.via)
        try:
            async for answer in answers:
                if lab.stopping:
                    break
                tally.add([answer])
                out.answer(answer)
                if tally.sent == args.count:
                    break
        finally:
            await answers.aclose()
        summary = _summary(lab, args.consumer or next(iter(lab.spec.consumers)), tally)
        if out.as_json:
            out.json_line(summary)
        else:
            _distribution(out, summary)
        if lab.stopping:
            return INTERRUPTED
        return FAILED if tally.failed else DONE

    return run(args, work, events=False, looking=False)


def _summary(lab: Lab, consumer: str, tally: Tally) -> dict[str, Any]:
    percentiles = tally.percentiles(50, 95, 99)
    names = ("p50", "p95", "p99")
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
        "latency_ms": dict(zip(names, percentiles, strict=True)) if percentiles else None,
    }


def _distribution(out: Output, summary: dict[str, Any]) -> None:
    answered = sum(summary["by_subnet"].values())
    out.line()
    for subnet, count in summary["by_subnet"].items():
        out.line(
            f"Subnet {subnet:<3} {'#' * round(BAR * count / answered):<{BAR}} {count:>5}  {count / answered:>4.0%}"
        )
    latency = summary["latency_ms"]
    times = "  ".join(f"{name} {value:.1f} ms" for name, value in latency.items()) if latency else ""
    out.line(f"{summary['sent']} sent, {summary['failed']} failed  {times}".rstrip())


def verify(args: argparse.Namespace) -> int:
    async def work(lab: Lab, out: Output) -> int:
        from pltui.verify import verify as experiment

        verdicts = await experiment(lab, args.via, out.say)
        passed = all(verdict.passed for verdict in verdicts)
        if out.as_json:
            documents = [verdict.document() for verdict in verdicts]
            out.document({"lab": lab.spec.name, "passed": passed, "experiments": documents})
        else:
            for verdict in verdicts:
                _show(out, verdict.document())
            out.line(f"{lab.spec.name}: {'PASS' if passed else 'FAIL'}")
        return DONE if passed else PENDING

    return run(args, work, events=args.verbose > 0 and not args.json)


def _show(out: Output, document: dict[str, Any]) -> None:
    took = document["took_seconds"]
    effect = f"took effect within {took:.1f} s" if took is not None else "never took effect"
    switch = "on" if document["cross_zone"] else "off"
    out.line(f"{'PASS' if document['passed'] else 'FAIL'}  {document['name']}: cross-zone {switch}, {effect}")
    for consumer, expected in document["expected"].items():
        counts = Counter({int(k): v for k, v in document["distribution"][consumer].items()})
        seen = ", ".join(f"Subnet {subnet}: {n}" for subnet, n in sorted(counts.items())) or "nobody answered"
        out.line(f"      {consumer}: expected {expected}, observed {document['observed'][consumer]} ({seen})")
        for text, count in document["failures"][consumer].items():
            out.line(f"      {consumer}: {count} of {document['sent'][consumer]} failed: {text}")
