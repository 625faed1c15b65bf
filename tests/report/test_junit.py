"""JUnit XML as CI systems read it."""

from xml.etree import ElementTree

from pltui.report.junit import junit
from pltui.report.model import Results, Trouble
from tests.report.reports import FAILED, PASSED, origin, results, sample, verdict


def suite(found: Results) -> ElementTree.Element:
    (only,) = ElementTree.fromstring(junit(origin(), found))
    return only


def properties(element: ElementTree.Element) -> dict[str, str]:
    return {each.attrib["name"]: each.attrib["value"] for each in element.iterfind("properties/property")}


def test_there_is_a_test_case_an_experiment_and_consumer() -> None:
    both = verdict(consumer=sample({1: 5}), partner=sample({1: 5}))
    names = [case.attrib["name"] for case in suite(results(both, PASSED)).iterfind("testcase")]
    assert names == ["zonal as consumer", "zonal as partner", "zonal as consumer"]


def test_the_suite_says_which_lab_where_when_and_with_what() -> None:
    found = suite(results(PASSED))
    assert (found.attrib["name"], found.attrib["timestamp"]) == ("privatelink", "2026-01-02T03:04:05")
    assert properties(found)["version"] == "0.1.0"
    assert properties(found)["target"] == "sandbox"
    assert properties(found)["region"] == "ap-northeast-1"


def test_a_case_says_how_the_switch_was_set_and_how_long_it_took() -> None:
    case = suite(results(PASSED)).find("testcase")
    assert case is not None
    assert properties(case) == {"cross_zone": "off", "expected": "Subnet 1", "observed": "Subnet 1"}
    assert case.attrib["time"] == "2.500"


def test_only_the_consumer_that_saw_something_else_fails() -> None:
    mixed = verdict(consumer=sample({1: 5}), partner=sample({2: 5}))
    cases = suite(results(mixed)).findall("testcase")
    assert [case.find("failure") is not None for case in cases] == [False, True]


def test_a_failure_says_what_was_expected_and_what_was_seen() -> None:
    failure = suite(results(FAILED)).find("testcase/failure")
    assert failure is not None
    assert failure.attrib["message"] == "cross-zone on: expected Subnet 1, 2, 3, observed Subnet 1, 4"
    assert str(failure.text).splitlines()[:4] == [
        "26 sent, 3 failed", "Subnet 1: 20", "Subnet 4: 3", "3 failed: no answer within 2 s",
    ]  # fmt: skip


def test_the_counts_are_those_of_the_cases() -> None:
    found = suite(results(PASSED, FAILED, trouble=Trouble("the lab could not be restored")))
    counts = [found.attrib[name] for name in ("tests", "failures", "errors", "skipped", "time")]
    assert counts == ["3", "1", "1", "0", "5.000"]


def test_an_error_before_any_verdict_is_a_case_of_its_own() -> None:
    found = suite(results(trouble=Trouble("another run is changing the lab", "wait with --lock-timeout")))
    error = found.find("testcase/error")
    assert error is not None
    assert error.attrib["message"] == "another run is changing the lab"
    assert "--lock-timeout" in str(error.text)
    assert found.attrib["tests"] == "1"
