"""Names, bodies and errors are their owners': in no form do they become anything but text."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pltui.report.html import html
from pltui.report.junit import junit
from pltui.report.markdown import report_markdown, results_markdown
from pltui.report.markup import escape_markdown
from pltui.report.model import Results, Trouble
from pltui.report.svg import svg
from tests.report.documents import page, skeleton
from tests.report.reports import origin, report, results, sample, verdict

BAD = (
    "</title><script>alert(1)</script>",
    "\"' onload=x><!--",
    "]]>\x00\x1b[31m\x9b\ufffe\uffff\ud800\u202e\u2028",
    "| a |\n\n```\n# no\n<details>",
    "{braces} %s {0}",
    "&lt;&#0;&amp",
)
hostile = st.one_of(st.sampled_from(BAD), st.text(min_size=1, max_size=40))


def full_of(text: str) -> Results:
    """Results in which every word from outside is `text`."""
    found = verdict(text, consumer=sample({1: 3}, {text: 2}))
    return results(found, trouble=Trouble(text, text))


def body(text: str) -> list[str]:
    return skeleton(page(html(report(full_of(text), text=text, spec=text))))


@given(hostile)
@example(BAD[0])
@example(BAD[2])
def test_html_keeps_its_elements(text: str) -> None:
    assert body(text) == body("x")


@given(hostile)
@example(BAD[2])
def test_svg_keeps_its_elements(text: str) -> None:
    def tags(text: str) -> list[str]:
        return [each.tag for each in ElementTree.fromstring(svg(report(full_of(text), text=text))).iter()]

    assert tags(text) == tags("x")


@given(hostile)
@example(BAD[2])
def test_junit_is_well_formed_and_keeps_its_elements(text: str) -> None:
    def tags(text: str) -> list[str]:
        return [each.tag for each in ElementTree.fromstring(junit(origin(lab=text), full_of(text))).iter()]

    assert tags(text) == tags("x")


@given(hostile)
@example(BAD[3])
def test_markdown_keeps_its_tables_and_its_code_blocks(text: str) -> None:
    found = report_markdown(report(full_of(text), text=text, spec=text))
    outside, fence = [], ""
    for line in found.splitlines():
        if fence:
            fence = "" if line == fence else fence
        elif opened := re.match(r"`{3,}", line):
            fence = opened[0]
        else:
            outside.append(line)
    assert not fence
    assert len([line for line in outside if line.startswith("#")]) == len(
        re.findall("^#", report_markdown(report(full_of("x"), text="x", spec="x")), re.MULTILINE)
    )
    tables = [len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in outside if line.startswith("|")]
    assert set(tables) <= {4, 3, 6, 10}
    assert not re.search(r"(?<!\\)<(?!details>|/details>|summary>|/summary>|!-- -->)", "\n".join(outside))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("see www.evil.example", r"see www\.evil.example"),
        ("(WWW.evil.example)", r"(WWW\.evil.example)"),
        ("http://www.evil.example/a", r"http:\//www\.evil.example/a"),
        ("ftp://evil.example", r"ftp:\//evil.example"),
        ("mailto:a@evil.example", "mailto:a@<!-- -->evil.example"),
        ("@somebody", "@<!-- -->somebody"),
        ("awww.x provider-nlb.example.local", r"awww\.x provider-nlb.example.local"),
    ],
)
def test_markdown_makes_no_link_and_calls_nobody(text: str, written: str) -> None:
    assert escape_markdown(text) == written


@given(hostile)
def test_no_form_holds_what_a_terminal_would_act_on(text: str) -> None:
    found = report(full_of(text), text=text, spec=text)
    for form in (html(found), svg(found), report_markdown(found), junit(origin(lab=text), full_of(text))):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", form)


@given(st.dictionaries(hostile, st.integers(1, 3), min_size=1, max_size=200), st.integers(200, 6000))
def test_a_summary_is_never_larger_than_it_may_be(failures: dict[str, int], limit: int) -> None:
    found = results(verdict(consumer=sample({1: 3}, failures)))
    assert len(results_markdown(origin(), found, {}, limit).encode()) <= limit
