"""Python and the command line say the same: numbers, draws, progress, what is partial, and whose value is wrong."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from experiments import compare, sweep
from experiments.cli.entry import main
from experiments.studies import progress as study_progress
from experiments.studies.session import Progress
from experiments.studies.store.writer import difference
from scenarios import ScenarioError, load
from tests.experiments.page import words
from tests.experiments.sweeps import STUDY, in_this_process

PLANS = ["usual-care", "bridge"]


@pytest.fixture
def command(fake: Any, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run `peerbridge` here; return what it printed."""

    def call(*given: object) -> str:
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in given])
        said = capsys.readouterr()
        assert not ended.value.code, said.err
        return said.out

    return call


def test_compare_is_the_same_through_both_doors(command: Any) -> None:
    told = json.loads(command("compare", *PLANS, "--replications", 20, "--json"))
    held = compare(PLANS, replications=20).difference_rows()
    assert told["parameters"]["label"] == "posterior of the stand-in" and len(told["differences"]) == len(held)
    for one, other in zip(told["differences"], held, strict=True):
        for key in ("scenario", "outcome", "reading", "n"):
            assert one[key] == other[key]
        for key in ("difference", "low", "high", "unknown_low", "unknown_high"):
            assert one[key] == other[key] or (one[key] is None and math.isnan(other[key])), key


def test_a_sweep_from_a_file_uses_the_same_draws(command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_this_process(monkeypatch)
    (tmp_path / "t.toml").write_text(STUDY, encoding="utf-8")
    command("sweep", tmp_path / "t.toml", "--out", tmp_path / "told", "--replications", 4)
    by_default = sweep(tmp_path / "t.toml", out=tmp_path / "held", replications=4)
    by_name = sweep(tmp_path / "t.toml", out=tmp_path / "named", replications=4, draws="shipped")
    told = sweep(tmp_path / "t.toml", out=tmp_path / "told", replications=4)
    assert by_default.sample is not None and by_default.sample["label"] == "posterior of the stand-in"
    for other in (by_name, told):
        assert other.sample == by_default.sample and other.differences().equals(by_default.differences())
    fixed = sweep(tmp_path / "t.toml", out=tmp_path / "fixed", replications=4, draws=None)
    assert fixed.sample is None and not fixed.differences().equals(by_default.differences())


def test_both_show_progress_in_a_log(
    command: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study_progress, "LOG_SECONDS", 0.0)
    compare(PLANS, replications=6, draws=None)
    assert "of 12 runs; " in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["compare", *PLANS, "--replications", "6", "--posterior", "none"])
    assert "of 12 runs; " in capsys.readouterr().err


@pytest.mark.parametrize("stored", [True, False])
def test_what_was_stopped_says_that_it_is_partial(
    fake: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stored: bool
) -> None:
    def stop(self: object, now: Progress) -> None:
        if now.done >= 5:
            raise KeyboardInterrupt

    monkeypatch.setattr(study_progress.StudyProgressBar, "show", stop)
    out = tmp_path / "out" if stored else None
    result = compare(PLANS, replications=12, workers=1, draws=None, out=out)
    said = capsys.readouterr().err
    assert result.stopped and 0 < result.finished < 24 and result.complete
    assert f"Stopped: what is returned is partial, {result.finished} of 24 runs." in said
    monkeypatch.undo()


def test_a_wide_interval_is_a_plain_number() -> None:
    wide = Progress(9, 20, 9, 0, math.nan, "programme_cost", 204_000.0)
    text = study_progress._known(wide)
    assert "e+" not in text and "±204,000" in text


def test_a_setting_is_blamed_where_it_was_given() -> None:
    with pytest.raises(ScenarioError) as error:
        load("bridge", ["parameters.cost.wages=24"])
    assert "settings parameters.cost.wages=24" in str(error.value) and "line" not in str(error.value)
    with pytest.raises(ScenarioError, match=r"did you mean hospital\.beds_per_unit\?"):
        load("bridge", ["hospital.beds=24"])


def test_the_report_prints_the_values_that_were_used(fake: Any, tmp_path: Path) -> None:
    from simulation.parameters import PARAMETERS

    name = next(p.name for p in PARAMETERS.values() if p.kind == "assumed" and p.value < 0.9 * p.high)
    value = round((PARAMETERS[name].value + PARAMETERS[name].high) / 2, 4)
    settings = [f"parameters.{name}={value}"]
    compare(PLANS, settings=settings, replications=2, draws=None, out=tmp_path / "out")
    report = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    row = report[report.index(f"<code>{name}</code>", report.index('id="limits"')) :]
    assert f">{value:g}<" in row[: row.index("</tr>")].replace(" ", "")


def test_settings_of_the_model_have_words_of_their_own(fake: Any, tmp_path: Path) -> None:
    changed = load("bridge", ["parameters.linkage.rate=0.02", "parameters.supervision.exit=0.5"])
    compare({"before": load("bridge"), "after": changed}, replications=2, draws=None, out=tmp_path / "out")
    text = words((tmp_path / "out" / "report.html").read_text(encoding="utf-8"))
    assert "Parameter of the model" not in text and "parameters.linkage.rate" in text


def test_what_differs_between_folders_is_a_sentence() -> None:
    said = difference({"keep": {"daily": True}, "seed": 0}, {"keep": {"daily": False}, "seed": 0})
    assert said == "its tables kept of each run differ"
