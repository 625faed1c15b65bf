"""Every form of a report holds all of it, and none fetches or runs anything."""

import json
import re
from collections.abc import Callable
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from pltui.errors import LabError
from pltui.report.formats import FORMATS, writer
from pltui.report.html import html
from pltui.report.markdown import report_markdown
from pltui.report.model import Report, Results, Trouble
from pltui.report.svg import svg
from tests.report.documents import page, skeleton
from tests.report.reports import CROSSED, PASSED, PICTURE, report, results

SVG = "{http://www.w3.org/2000/svg}"
FORM = pytest.mark.parametrize("form", FORMATS.values(), ids=list(FORMATS))
Form = Callable[[Report], str]


@FORM
def test_every_form_says_which_lab_it_was_where_and_what_came_of_it(form: Form) -> None:
    text = form(report())
    for word in (
        "privatelink",
        "sandbox",
        "ap-northeast-1",
        "2026-01-02",
        "zonal",
        "cross-zone",
        "no answer within 2 s",
    ):
        assert word in text.replace("\\", ""), word


@pytest.mark.parametrize("suffix", [".html", ".md", ".json"])
def test_those_that_can_be_read_hold_the_plan_the_path_the_timings_the_spec_and_what_is_broken(suffix: str) -> None:
    text = FORMATS[suffix](report()).replace("&gt;", ">").replace("\\u2500", "─")
    for word in (
        "server-2 is stopped", "cross_zone: false -> true", "consumer to provider-nlb.example.local",
        "name: privatelink", "120.2", "provider/load-balancer", "name=", "3.11.0",
    ):  # fmt: skip
        assert word in text, word


@FORM
def test_a_report_without_experiments_says_why(form: Form) -> None:
    assert "--no-experiments was given" in form(report(Results(2, skipped="--no-experiments was given")))


@FORM
def test_experiments_that_ended_early_are_told_with_what_to_do(form: Form) -> None:
    found = form(report(results(PASSED, trouble=Trouble("the quota is used up", "ask for more"))))
    assert "the quota is used up" in found
    assert "ask for more" in found
    assert "PASS\n" not in found


def test_json_counts_what_the_others_draw() -> None:
    document = json.loads(FORMATS[".json"](report()))
    assert document["passed"] is False
    assert document["experiments"][1]["distribution"] == {"consumer": {"1": 20, "4": 3}}
    assert document["experiments"][1]["latency_ms"] == {"consumer": {"p50": 4.5, "p95": 9.25, "p99": 12.0}}
    assert document["creation"]["resources"][0]["seconds"] == 120.25
    assert json.loads(FORMATS[".json"](report(Results(1, skipped="no"))))["passed"] is None


class TestHtml:
    def test_it_is_one_file_that_runs_and_fetches_nothing(self) -> None:
        text = html(report())
        found = page(text)
        assert not any(found.all(tag) for tag in ("script", "link", "img", "iframe", "object", "image", "use"))
        assert "default-src 'none'" in text
        assert not re.search(r"url\(|@import|\bsrc=|\bhref=", text)
        assert set(re.findall(r"https?://[^\s\"'<]+", text)) <= {"http://www.w3.org/2000/svg"}

    def test_it_follows_the_reader_s_light_or_dark(self) -> None:
        assert "@media (prefers-color-scheme: dark)" in html(report())

    def test_headings_go_down_a_step_at_a_time_and_there_is_one_first(self) -> None:
        levels = [int(tag[1]) for tag in skeleton(page(html(report()))) if re.fullmatch(r"h\d", tag)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))

    def test_each_table_says_what_its_rows_and_columns_are(self) -> None:
        tables = page(html(report())).all("table")
        assert tables
        for table in tables:
            assert all(cell.attributes["scope"] == "col" for cell in table.all("thead")[0].all("th"))
            for row in table.all("tbody")[0].all("tr"):
                assert row.all("th")[0].attributes["scope"] == "row"

    def test_each_picture_is_told_in_words_too(self) -> None:
        for picture in page(html(report())).all("svg"):
            assert picture.attributes["role"] == "img"
            assert picture.all("title")[0].words()
            assert picture.all("desc")[0].words()

    def test_a_section_is_named_by_its_heading_and_no_id_is_used_twice(self) -> None:
        found = page(html(report()))
        ids = re.findall(r'\bid="([^"]+)"', html(report()))
        assert len(ids) == len(set(ids))
        assert all(section.attributes["aria-labelledby"] in ids for section in found.all("section"))

    def test_who_should_not_answer_and_who_does_not_stand_out(self) -> None:
        odd = [
            row.all("th")[0].words() for row in page(html(report())).all("tr") if row.attributes.get("class") == "odd"
        ]
        assert odd == ["Subnet 2 expectedap-northeast-1c", "Subnet 3 expectedap-northeast-1d", "Subnet 4"]

    def test_a_bar_is_as_long_as_its_share(self) -> None:
        card = page(html(report(results(PASSED)))).all("article")[0]
        widths = [row.all("rect")[1].attributes["width"] for row in card.all("tbody")[0].all("tr")]
        assert widths == ["100.00", "0.00", "0.00"]


class TestSvg:
    def test_it_is_well_formed_and_told_in_words_too(self) -> None:
        root = ElementTree.fromstring(svg(report()))
        assert root.find(f"{SVG}title") is not None
        described = root.find(f"{SVG}desc")
        assert described is not None
        assert "consumer expected Subnet 1, 2, 3, observed Subnet 1, 4" in str(described.text)

    def test_the_topology_stands_in_it_above_the_bars(self) -> None:
        root = ElementTree.fromstring(svg(report()))
        (picture,) = root.findall(f"{SVG}svg")
        bars = [
            float(bar.attrib["y"]) for bar in root.iter(f"{SVG}rect") if bar.attrib.get("class", "").startswith("bar-")
        ]
        assert float(picture.attrib["y"]) + float(picture.attrib["height"]) < min(bars)

    def test_all_of_it_is_within_the_page(self) -> None:
        root = ElementTree.fromstring(svg(report(results(PASSED, CROSSED, PASSED, CROSSED, CROSSED))))
        _, _, width, height = map(float, root.attrib["viewBox"].split())
        for bar in root.iter(f"{SVG}rect"):
            assert float(bar.get("x", 0)) + float(bar.attrib["width"]) <= width
            assert float(bar.get("y", 0)) + float(bar.attrib["height"]) <= height

    @pytest.mark.parametrize("head", ["", '<?xml version="1.0" encoding="UTF-8"?>\n'])
    def test_a_picture_may_begin_with_a_declaration(self, head: str) -> None:
        with_head = report(picture=head + PICTURE)
        ElementTree.fromstring(svg(with_head))
        assert "<?xml" not in html(with_head)


class TestMarkdown:
    def test_it_is_cut_to_what_fits_and_says_so(self) -> None:
        whole = report_markdown(report())
        for limit in range(0, len(whole.encode()) + 100, 97):
            text = report_markdown(report(), limit)
            assert len(text.encode()) <= limit
            assert text in ("", whole) or "sections left out" in text

    def test_what_matters_is_kept_longest(self) -> None:
        text = report_markdown(report(spec="# é\n" * 2**19))
        assert len(text.encode()) < 2**20
        assert "Why these answers" in text
        assert "sections left out: 1" in text

    def test_the_bars_are_as_long_as_the_shares(self) -> None:
        lines = [
            line for line in report_markdown(report(results(PASSED))).splitlines() if line.startswith("    Subnet")
        ]
        assert [line.count("█") for line in lines] == [24, 0, 0]


class TestNames:
    @pytest.mark.parametrize("name", ["a.html", "A.HTML", "b.md", "c.svg", "d.json"])
    def test_the_end_of_the_name_says_the_form(self, name: str) -> None:
        assert writer(name)

    @pytest.mark.parametrize("name", ["report", "report.pdf", "-", ".html/report", "html"])
    def test_any_other_is_a_usage_error_that_names_them(self, name: str) -> None:
        with pytest.raises(LabError) as caught:
            writer(name)
        assert caught.value.code == 2
        assert all(suffix in caught.value.hint for suffix in FORMATS)
