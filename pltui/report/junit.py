"""Results of `verify` as JUnit XML for CI systems: a test case per experiment and consumer.

The attributes are those of the Ant task that introduced the format, and of the schema published by Jenkins' xUnit
plugin. Texts stay English, because machines group and compare by them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from xml.etree import ElementTree

from pltui.lab.experiments import ExperimentResult, Sample
from pltui.report.markup import plain_lines, plain_text
from pltui.report.model import Origin, Results, Trouble


def junit(origin: Origin, results: Results) -> str:
    """Return the document.

    An error that ended the experiments is a test case of its own, so that a CI job reports it.
    """
    suites = ElementTree.Element("testsuites", name="pltui")
    suite = ElementTree.SubElement(
        suites, "testsuite", name=plain_text(origin.lab), timestamp=origin.at.rpartition(".")[0]
    )
    _add_properties(suite, {"target": origin.target, "region": origin.region, **_version_properties(origin)})
    for verdict in results.verdicts:
        for consumer in verdict.samples:
            _add_verdict(suite, origin.lab, verdict, consumer)
    if results.trouble:
        _add_error(suite, origin.lab, results.trouble)
    failures = sum(not verdict.fits(consumer) for verdict in results.verdicts for consumer in verdict.samples)
    seconds = sum(max(sample.seconds for sample in verdict.samples.values()) for verdict in results.verdicts)
    for element in (suites, suite):
        element.set("tests", str(len(suite.findall("testcase"))))
        element.set("failures", str(failures))
        element.set("errors", "1" if results.trouble else "0")
        element.set("time", f"{seconds:.3f}")
    suite.set("skipped", "0")
    ElementTree.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suites, encoding="unicode") + "\n"


def _version_properties(origin: Origin) -> dict[str, str]:
    return {"version" if part == "pltui" else f"{part} version": text for part, text in origin.versions.items()}


def _add_properties(parent: ElementTree.Element, values: Mapping[str, str]) -> None:
    properties = ElementTree.SubElement(parent, "properties")
    for name, value in values.items():
        ElementTree.SubElement(properties, "property", name=name, value=plain_text(value))


def _add_verdict(suite: ElementTree.Element, lab: str, verdict: ExperimentResult, consumer: str) -> None:
    sample, experiment = verdict.samples[consumer], verdict.experiment
    name = f"{experiment.name} as {consumer}"
    case = _add_case_element(suite, lab, name, sample.seconds)
    switch = "on" if experiment.cross_zone else "off"
    expected = _format_subnets(experiment.answered_by[consumer])
    _add_properties(case, {"cross_zone": switch, "expected": expected, "observed": _format_subnets(sample.subnets)})
    if not verdict.fits(consumer):
        message = f"cross-zone {switch}: expected {expected}, observed {_format_subnets(sample.subnets)}"
        failure = ElementTree.SubElement(case, "failure", type="ExpectationNotMet", message=plain_text(message))
        failure.text = plain_lines("\n".join(_detail_lines(sample, verdict.took)))


def _add_error(suite: ElementTree.Element, lab: str, trouble: Trouble) -> None:
    error = ElementTree.SubElement(
        _add_case_element(suite, lab, "verify", 0.0), "error", type="LabError", message=plain_text(trouble.message)
    )
    error.text = plain_lines("\n".join(filter(None, (trouble.message, trouble.hint))))


def _add_case_element(suite: ElementTree.Element, lab: str, name: str, seconds: float) -> ElementTree.Element:
    return ElementTree.SubElement(
        suite, "testcase", classname=plain_text(f"pltui.{lab}"), name=plain_text(name), time=f"{seconds:.3f}"
    )


def _detail_lines(sample: Sample, took: float | None) -> Iterator[str]:
    yield f"{sample.sent} sent, {sample.failures.total()} failed"
    yield from (f"Subnet {subnet}: {count}" for subnet, count in sorted(sample.counts.items()))
    yield from (f"{count} failed: {text}" for text, count in sample.failures.items())
    if sample.latency_ms:
        yield ", ".join(f"{name} {value:.1f} ms" for name, value in sample.latency_ms.items())
    yield "answers never came to fit" if took is None else f"answers fitted after {took:.1f} s"


def _format_subnets(subnets: tuple[int, ...] | list[int]) -> str:
    return "Subnet " + ", ".join(map(str, sorted(subnets))) if subnets else "none"
