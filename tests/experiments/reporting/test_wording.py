"""Numbers in words, tables on narrow terminals, and axes."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments import compare
from experiments.comparisons import terminal
from experiments.comparisons.report import smooth
from experiments.outcomes.difference import Difference
from experiments.outcomes.registry import OUTCOMES
from experiments.reporting import svg, wording
from experiments.statistics.estimates import NOT_DEFINED, Estimate
from experiments.statistics.variance_components import Doubt
from experiments.uncertainty.draws import ParameterDraws

PID, DAYS, COST = OUTCOMES["patient_initiated_discharge"], OUTCOMES["length_of_stay_mean"], OUTCOMES["programme_cost"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "$0"), (948.4, "$948"), (24_613, "$24,600"), (999_600, "$1.00 million"), (1_240_000, "$1.24 million"),
     (21_049_000, "$21.0 million"), (432_000_000, "$432 million"), (2.5e9, "$2.5 billion"), (-24_613, "−$24,600"),
     (math.nan, "–")],
)  # fmt: skip
def test_money(value: float, text: str) -> None:
    assert wording.money(value) == text


def test_shares_days_and_states() -> None:
    assert wording.number(0.14249, PID) == "14.2 %"
    assert wording.number(5.449, DAYS) == "5.4"
    assert wording.number(0.456, OUTCOMES["trust_at_discharge"]) == "0.46"
    assert wording.number(math.nan, PID) == "–"
    assert wording.signed(-0.019, PID) == "−1.9" and wording.signed(0.019, PID) == "+1.9"
    assert wording.signed(-0.0001, PID) == "0.0"


def test_differences_too_small_for_the_usual_decimals_get_one_more() -> None:
    assert wording.difference(Estimate(9, -0.0004, -0.0007, -0.0001, 1.0), PID) == "−0.04 (−0.07 to −0.01)"
    assert wording.difference(Estimate(9, -0.019, -0.024, -0.014, 1.0), PID) == "−1.9 (−2.4 to −1.4)"
    assert wording.difference(Estimate(9, 0.019, 0.014, 0.024, 1.0), PID) == "+1.9 (1.4 to 2.4)"
    assert wording.difference(Estimate(9, 0.48, 0.48, 0.48, 0.0), PID) == "+48.0"
    assert wording.difference(NOT_DEFINED, PID) == "–"


@pytest.mark.parametrize(
    ("reading", "estimate", "text"),
    [
        ("better", Estimate(9, -0.019, -0.024, -0.014, 1.0), "1.9 fewer in 100 stays (1.4 to 2.4)"),
        ("worse", Estimate(9, 0.019, 0.014, 0.024, 1.0), "1.9 more in 100 stays (1.4 to 2.4)"),
        ("unclear", Estimate(9, -0.001, -0.004, 0.002, 1.0), "no clear difference (−0.4 to +0.2)"),
        ("unclear", Estimate(1, -0.001, math.nan, math.nan), "one run each: no interval"),
        ("same", Estimate(9, 0.0, 0.0, 0.0, 0.0), "no difference"),
        ("not defined", NOT_DEFINED, "not defined"),
    ],
)
def test_findings(reading: Any, estimate: Estimate, text: str) -> None:
    assert wording.finding(Difference("a", "b", PID.name, estimate, estimate, estimate, reading)) == text


DRAWN = Doubt(50, 0.01, 0.01, -0.036, -0.003)
ACROSS = Doubt(50, 0.01, 0.01, -0.036, 0.004)


@pytest.mark.parametrize(
    ("reading", "doubt", "text"),
    [
        ("better", DRAWN, "1.9 fewer in 100 stays (1.4 to 2.4; 0.3 to 3.6 in 9 of 10 draws)"),
        ("unclear", ACROSS, "no clear difference (−3.6 to +0.4 in 9 of 10 draws)"),
    ],
)
def test_findings_with_what_nobody_knows(reading: Any, doubt: Doubt, text: str) -> None:
    estimate = Estimate(100, -0.019, -0.024, -0.014, 1.0)
    assert wording.finding(Difference("a", "b", PID.name, estimate, estimate, estimate, reading, doubt)) == text


def test_every_outcome_has_words() -> None:
    for outcome in OUTCOMES.values():
        assert outcome.counted and (outcome.kind, outcome.decimals > 1) != ("share", True)
        assert wording.unit(outcome) and wording.number(0.5, outcome)


@pytest.mark.parametrize("width", [24, 40, 60, 80, 100, 140])
def test_tables_fit_the_terminal(fake: Any, width: int, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr("experiments.reporting.terminal.PIPED_WIDTH", width)
    terminal.show(compare(["usual-care", "hospital-only", "bridge", "thin-supervision"], replications=3, draws=None))
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= width
    text = " ".join(" ".join(lines).split())
    assert "better" in text and "thin-supervision" in text


@pytest.mark.parametrize("width", [60, 80, 100])
def test_the_table_of_a_run_loses_no_column(
    fake: Any, width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("experiments.reporting.terminal.PIPED_WIDTH", width)
    draws = ParameterDraws(("discharge.trust",), np.linspace(-2, -1, 10)[:, None], "ten", "people_who_use_drugs")
    terminal.show(compare(["bridge"], replications=20, draws=draws))
    table = capsys.readouterr().out.partition("Parameters:")[0]
    assert max(map(len, table.splitlines())) <= width and "…" not in table
    (at,) = [line.index("unit") for line in table.splitlines() if "unit" in line]
    days = next(line for line in table.splitlines() if line.startswith("length"))
    assert days[at:].split() == ["days"]


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6), st.integers(1, 8))
def test_ticks_enclose_the_values(low: float, span: float, count: int) -> None:
    ticks = svg.nice_ticks(low, low + span, count)
    room = 1e-6 * max(abs(low), span, 1)
    assert ticks[0] <= low + room and ticks[-1] >= low + span - room
    assert 2 <= len(ticks) <= count + 3


def test_smoothing_is_a_plain_trailing_mean() -> None:
    values = np.array([1.0, np.nan, 3.0, 5.0, 7.0])
    assert smooth(values, 2)[[0, 2, 3, 4]] == pytest.approx([1.0, 3.0, 4.0, 6.0])
    assert np.isnan(smooth(values, 2)[1])


@pytest.mark.parametrize(("outcome", "text"), [(PID.name, "better in 42 of 50"), ("linkage_30d", "better in 7 of 50")])
def test_how_many_draws_favour_a_plan(outcome: str, text: str) -> None:
    estimate, doubt = (
        Estimate(9, -0.019, -0.024, -0.014, 1.0),
        Doubt(50, 0.01, 0.01, -0.04, 0.01, below=0.84, above=0.14),
    )
    d = Difference("a", "b", outcome, estimate, estimate, estimate, "unclear", doubt)
    assert wording.draws_better(d) == wording.cell(d)["draws"] == text


def test_where_no_direction_is_better_no_draws_favour_a_plan() -> None:
    estimate, doubt = (
        Estimate(9, -0.019, -0.024, -0.014, 1.0),
        Doubt(50, 0.01, 0.01, -0.04, 0.01, below=0.84, above=0.14),
    )
    d = Difference("a", "b", "length_of_stay_mean", estimate, estimate, estimate, "unclear", doubt)
    assert not wording.draws_better(d)
