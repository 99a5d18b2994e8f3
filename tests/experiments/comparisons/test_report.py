"""The report: one file, whole, in plain words, with every picture's numbers beside it."""

import re
from pathlib import Path
from typing import Any

import pytest

from experiments import compare
from tests.experiments.page import Page, accessible, self_contained, words


@pytest.fixture
def report(fake: Any, tmp_path: Path) -> str:
    compare(
        ["usual-care", "hospital-only", "bridge"],
        replications=6,
        out=tmp_path / "study",
        command_line="peerbridge x",
        draws=None,
    )
    return (tmp_path / "study" / "report.html").read_text(encoding="utf-8")


def test_it_needs_nothing_from_anywhere(report: str) -> None:
    self_contained(report)


def test_it_is_accessible(report: str) -> None:
    accessible(report)
    assert report.count("<figure") == 4


def test_shared_settings_are_said_beside_the_text_of_the_file(fake: Any, tmp_path: Path) -> None:
    compare(
        ["usual-care", "bridge"], settings=["programme.peers=4"], replications=2, out=tmp_path / "study", draws=None
    )
    text = words((tmp_path / "study" / "report.html").read_text(encoding="utf-8"))
    bridge = text[text.index("(baseline)") :]
    assert re.search(r"Changed for this comparison.{,60}: peer workers: 4 instead of 6", bridge)
    assert "0 instead" not in text


def test_its_words(report: str) -> None:
    text = words(report)
    assert "What would change if hospital-only and bridge took the place of usual-care?" in text
    assert "Simulated, not observed." in text
    for gap in ("No controlled estimate", "never been randomised against each other", "set by hand"):
        assert gap in text
    for word in ("addict", "abuser", "non-complian", "relapse", "against medical advice", "substance abuse"):
        assert word not in text.lower()
    assert not re.search(r"\bAMA\b|\bnan\b|\bNaN\b|\bNone\b", text)
    assert not re.search(r"\d\.\d{3,} (%|fewer|more)", text), "false precision"


def test_titles_state_findings(report: str) -> None:
    titles = re.findall(r'<svg class="plot"[^>]*><title>([^<]+)', report)
    assert re.match(r"Patient-initiated discharges: bridge has \d\.\d fewer in 100 stays than usual-care", titles[0])
    assert any("costs $540,000 a year" in title for title in titles)


def test_what_a_scenario_says_is_text_and_not_markup(fake: Any, tmp_path: Path) -> None:
    from scenarios import load

    evil = load("bridge").model_copy(update={"title": "<script>alert(1)</script>", "name": "<b>&\"'"})
    compare([load("usual-care"), evil], replications=2, out=tmp_path / "study", draws=None)
    report = (tmp_path / "study" / "report.html").read_text(encoding="utf-8")
    assert "<script" not in report and "<b>" not in report
    Page(report)


def test_one_replication_and_equal_plans_still_make_a_report(fake: Any, tmp_path: Path) -> None:
    from scenarios import load

    same = load("bridge")
    compare({"one": same, "two": same}, replications=3, out=tmp_path / "same", draws=None)
    assert "The plans have the same settings" in (tmp_path / "same" / "report.html").read_text()
    compare(["usual-care", "bridge"], replications=1, out=tmp_path / "single", draws=None)
    assert "one run each: no interval" in (tmp_path / "single" / "report.html").read_text()


def test_runs_that_are_shorter_than_the_curve(fake: Any, tmp_path: Path) -> None:
    short = ["run.days=60"]
    compare(["usual-care", "bridge"], settings=short, replications=3, out=tmp_path / "short", draws=None)
    report = (tmp_path / "short" / "report.html").read_text(encoding="utf-8")
    text = words(report)
    assert re.search(r"Within 5\d days \d", text) and "Within 90 days" not in text and "nan" not in text.split()


def test_eleven_plans(fake: Any, tmp_path: Path) -> None:
    from scenarios import names

    compare(names(), replications=2, out=tmp_path / "all", draws=None)
    Page((tmp_path / "all" / "report.html").read_text(encoding="utf-8"))


def test_failed_runs_are_said(fake: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_BROKEN", "bridge:1")
    compare(["usual-care", "bridge"], replications=4, out=tmp_path / "study", draws=None)
    assert "1 of 8 runs failed" in (tmp_path / "study" / "report.html").read_text()
    monkeypatch.setattr(fake, "outcome_values", lambda *_: {})
    compare(["usual-care", "bridge"], replications=1, seed=3, out=tmp_path / "none", draws=None)
    assert not (tmp_path / "none" / "report.html").exists()


def test_plans_for_other_people_are_not_said_to_differ_by_the_plan(
    fake: Any, report: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from experiments.comparisons import terminal

    alike = "a difference comes from the plan and not from luck"
    assert alike in words(report) and "Not the same people" not in words(report)
    result = compare(["usual-care", "bridge", "smi-discharge"], replications=2, out=tmp_path / "other", draws=None)
    text = words((tmp_path / "other" / "report.html").read_text(encoding="utf-8"))
    said = "smi-discharge and usual-care differ in population.profile: not the same people or the same time"
    assert alike not in text and said in text and "bridge and usual-care differ" not in text
    terminal.show(result)
    assert said in " ".join(capsys.readouterr().out.split())
