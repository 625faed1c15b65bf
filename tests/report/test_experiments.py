"""What a report keeps of experiments that do not come to their end."""

import json
from pathlib import Path
from typing import cast

import pytest

from pltui.cli.main import main
from pltui.engine.reconcile import Outcome
from pltui.errors import LabError
from pltui.lab.session import Lab
from pltui.report.collect import run_experiments
from pltui.report.model import Results
from tests.fakecloud.clock import run
from tests.fakecloud.labs import SPECS
from tests.probe.test_verify import ScriptedLab, as_it_should


class BreaksDown(ScriptedLab):
    """The switch sticks once it was set so often; `code` is the exit code that comes of it."""

    after = 2
    code = 1

    async def set_cross_zone(self, on: bool) -> Outcome:
        outcome = await super().set_cross_zone(on)
        if len(self.switches) > self.after:
            raise LabError("the switch is stuck", "oil it", self.code)
        return outcome


def results(lab: ScriptedLab, *, skipped: str = "") -> Results:
    said: list[str] = []
    return run(run_experiments(cast(Lab, lab), "auto", said.append, skipped=skipped))


def test_all_that_were_run_are_kept() -> None:
    found = results(ScriptedLab(as_it_should))
    assert (found.success, found.passes, found.declared, found.trouble) == (True, 2, 2, None)
    assert found.verdicts[0].samples["consumer"].latency_ms == {"p50": 1.0, "p95": 1.0, "p99": 1.0}


def test_those_before_an_error_are_kept_and_the_error_with_what_to_do() -> None:
    found = results(BreaksDown(as_it_should))
    assert [verdict.experiment.name for verdict in found.verdicts] == ["zonal"]
    assert found.trouble is not None
    assert found.trouble.message == "cross-zone could not be restored: the switch is stuck"
    assert found.trouble.hint.startswith("oil it; ")
    assert found.success is False


def test_a_lab_that_does_not_converge_is_reported_on_too() -> None:
    found = results(ScriptedLab(as_it_should, stuck=True))
    assert found.verdicts == ()
    assert found.trouble is not None
    assert "stuck" in found.trouble.message


@pytest.mark.parametrize("code", [2, 4, 130])
def test_a_refusal_a_wrong_use_or_a_stop_makes_no_report(code: int) -> None:
    lab = BreaksDown(as_it_should)
    lab.code = code
    with pytest.raises(LabError) as caught:
        results(lab)
    assert caught.value.code == code


def test_experiments_that_are_left_out_are_not_begun() -> None:
    lab = ScriptedLab(as_it_should)
    found = results(lab, skipped="--no-experiments was given")
    assert (found.success, found.declared, lab.switches) == (None, 2, [])


@pytest.mark.slow
def test_a_report_shows_the_spec_that_was_run_whatever_became_of_its_file(
    moto_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file is saved, or removed, while minutes of experiments go on."""
    spec = tmp_path / "lab.yaml"
    text = (SPECS / "privatelink.yaml").read_text(encoding="utf-8")
    spec.write_text(text, encoding="utf-8")

    async def removed_meanwhile(*_: object, **__: object) -> Results:
        spec.unlink()
        return Results(0, skipped="it is gone")

    monkeypatch.setattr("pltui.report.collect.run_experiments", removed_meanwhile)
    assert main(["report", str(spec), "-o", str(tmp_path / "report.json"), "--endpoint-url", moto_url]) == 0
    shown = json.loads((tmp_path / "report.json").read_text())["spec"]
    assert (shown["file"], shown["text"]) == ("lab.yaml", text)
