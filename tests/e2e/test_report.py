"""`pltui report`, and the summaries of `pltui verify`, on a real lab of the sandbox."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.e2e.conftest import Lab
from tests.report.documents import page

ROW = re.compile(r"Subnet (\d+) .+ (\d+) +\d+%")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reports")


def switch(lab: Lab) -> dict[str, bool]:
    return dict(lab.must("cross-zone", "--json").document()["cross_zone"])


def counted(document: dict[str, object]) -> list[int]:
    """Answers by subnet, an experiment after the other."""
    assert isinstance(document["experiments"], list)
    found = [each["distribution"]["consumer"] for each in document["experiments"]]
    return [counts.get(str(subnet), 0) for counts in found for subnet in (1, 2, 3)]


def test_all_four_forms_are_of_one_run_and_agree(lab: Lab, folder: Path) -> None:
    paths = {suffix: folder / f"report.{suffix}" for suffix in ("json", "html", "md", "svg")}
    words = [word for path in paths.values() for word in ("-o", str(path))]
    done = lab.must("report", *words)
    assert done.out.splitlines() == [str(path) for path in paths.values()]
    document = json.loads(paths["json"].read_text())
    assert document["passed"] is True
    assert [each["observed"]["consumer"] for each in document["experiments"]] == [[1], [1, 2, 3]]
    counts = counted(document)
    html = page(paths["html"].read_text())
    rows = [row for card in html.all("article") for row in card.all("tbody")[0].all("tr")]
    assert [int(row.all("td")[1].words()) for row in rows] == counts
    assert [int(found[2]) for found in ROW.finditer(paths["md"].read_text())] == counts
    drawn = [str(text.text) for text in ElementTree.parse(paths["svg"]).iter("{http://www.w3.org/2000/svg}text")]
    assert [int(text.split(" ")[0]) for text in drawn if re.match(r"\d+ · \d+%", text)] == counts
    assert document["plan"]["summary"] == {"create": 0, "update": 0, "delete": 0, "replace": 0}
    assert "nothing to change" in html.words()
    assert document["spec"]["text"] == Path(lab.spec).read_text()
    assert switch(lab) == {"wanted": True, "observed": True}


@pytest.mark.slow
def test_the_picture_names_what_is_in_it(lab: Lab, folder: Path) -> None:
    lab.must("report", "--no-experiments", "-o", str(folder / "picture.html"))
    (picture, *_) = page((folder / "picture.html").read_text()).all("figure")[0].all("svg")
    assert picture.attributes["role"] == "img"
    for word in ("consumer", "provider-nlb", "server-1", "10.0.0.0/16"):
        assert word in picture.words()


@pytest.mark.slow
def test_it_tells_how_long_the_lab_took_to_make(lab: Lab, folder: Path) -> None:
    lab.must("destroy", "--yes")
    lab.must("reconcile")
    lab.must("report", "--no-experiments", "-o", str(folder / "times.json"))
    made = json.loads((folder / "times.json").read_text())["creation"]
    addresses = {each["address"] for each in made["resources"]}
    assert {"provider/load-balancer", "consumer/endpoint", "provider/server-1"} <= addresses
    assert all(each["seconds"] >= 0 for each in made["resources"])


@pytest.mark.slow
def test_an_expectation_that_is_not_met_ends_in_3_and_the_report_says_so(lab: Lab, folder: Path) -> None:
    wrong = ("--set", "experiments.0.answered_by.0=2")
    done = lab.pltui("report", *wrong, "-o", str(folder / "wrong.html"))
    assert done.code == 3, done.err
    assert "FAIL" in page((folder / "wrong.html").read_text()).words()
    summaries = ("--junit", str(folder / "wrong.xml"), "--markdown", str(folder / "wrong.md"))
    assert lab.pltui("verify", *wrong, *summaries).code == 3
    failure = ElementTree.parse(folder / "wrong.xml").find("testsuite/testcase/failure")
    assert failure is not None
    assert failure.attrib["message"] == "cross-zone off: expected Subnet 2, observed Subnet 1"
    assert "❌ FAIL" in (folder / "wrong.md").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("option", ["--no-experiments", "--read-only"])
def test_without_experiments_nothing_is_changed_and_the_plan_is_told(lab: Lab, folder: Path, option: str) -> None:
    lab.must("cross-zone", "off")
    done = lab.must("report", option, "-o", str(folder / "quiet.json"))
    assert option in done.err
    document = json.loads((folder / "quiet.json").read_text())
    assert (document["passed"], document["experiments"]) == (None, [])
    assert [change["address"] for change in document["plan"]["changes"]] == ["provider/load-balancer"]
    assert document["explain"]["consumers"]["consumer"]["observed"] == {"1": 1.0}
    assert switch(lab) == {"wanted": True, "observed": False}


@pytest.mark.slow
def test_of_a_lab_that_is_not_there_it_tells_what_would_be_made(lab: Lab, folder: Path) -> None:
    lab.must("destroy", "--yes")
    lab.must(
        "report",
        "--no-experiments",
        *(w for s in ("html", "json", "svg", "md") for w in ("-o", str(folder / f"none.{s}"))),
    )
    document = json.loads((folder / "none.json").read_text())
    assert document["plan"]["summary"]["create"] == len(document["resources"])
    assert "to create" in page((folder / "none.html").read_text()).words()


@pytest.mark.slow
def test_verify_leaves_summaries_of_what_it_told(lab: Lab, folder: Path) -> None:
    done = lab.must("verify", "--json", "--junit", str(folder / "v.xml"), "--markdown", str(folder / "v.md"))
    assert [int(found[2]) for found in ROW.finditer((folder / "v.md").read_text())] == counted(done.document())
    cases = ElementTree.parse(folder / "v.xml").findall("testsuite/testcase")
    assert [case.attrib["name"] for case in cases] == ["zonal as consumer", "cross-zone as consumer"]


@pytest.mark.slow
def test_json_tells_where_the_files_are(lab: Lab, folder: Path) -> None:
    path = str(folder / "again.json")
    assert lab.must("report", "--no-experiments", "--json", "-o", path).document() == {
        "lab": "privatelink", "passed": None, "files": [path],
    }  # fmt: skip
