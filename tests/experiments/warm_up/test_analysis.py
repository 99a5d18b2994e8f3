"""Warm-up: MSER-5 and Welch against plain loops, on series whose start is known, and on the model."""

import json
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from experiments.cli.warm_up import warm_up as command
from experiments.statistics.steady_state import BATCH, drift, mser, welch, welch_day
from experiments.support.errors import InputError
from experiments.warm_up.analysis import HOSPITAL_DAYS, SERIES, Analysis, analyse, settling_of
from experiments.warm_up.report import html, write
from tests.experiments import page
from tests.experiments.keyed import normals
from tests.simulation.small import NOBODY, small

DAYS = 400


def mser_by_hand(x: list[Fraction]) -> int:
    """White's statistic in fractions: the variance about the mean of what is left, over its number."""
    batches = [sum(x[i : i + 5], Fraction()) / 5 for i in range(0, len(x) - 4, 5)]
    n = len(batches)
    scores = []
    for cut in range(n // 2):
        rest = batches[cut:]
        mean = sum(rest, Fraction()) / len(rest)
        scores.append(sum(((b - mean) ** 2 for b in rest), Fraction()) / len(rest) ** 2)
    return 5 * scores.index(min(scores))


@pytest.mark.parametrize("key", range(6))
def test_mser_by_hand(key: int) -> None:
    x = [Fraction(round(1000 * v), 1000) for v in normals(key, 83) + 3 * np.exp(-np.arange(83) / (1 + 4 * key))]
    assert mser([float(v) for v in x])[0] == mser_by_hand(x)


def test_mser_finds_a_known_start() -> None:
    """A step on day 120: everything before it goes, and hardly anything after."""
    found = [mser(np.where(np.arange(DAYS) < 120, 5.0, 0.0) + normals(key, DAYS))[0] for key in range(20)]
    assert min(found) >= 115 and np.median(found) == 120 and max(found) <= 160
    none = [mser(normals(100 + key, DAYS))[0] for key in range(20)]
    assert np.median(none) <= 25


def test_a_series_that_never_settles_says_so() -> None:
    assert mser(np.arange(DAYS, dtype=float))[1] is False
    assert mser(10 - 10 * np.exp(-np.arange(DAYS) / 20) + 0.1 * normals(7, DAYS))[1] is True
    assert mser([1.0, 2.0]) == (0, False)


def test_welch_by_hand() -> None:
    x = normals(3, 60)
    for day, value in enumerate(welch(x, 7)):
        reach = min(7, day, 59 - day)
        assert value == pytest.approx(x[day - reach : day + reach + 1].mean())


def test_welch_day_of_a_known_start() -> None:
    """A start that fades with a scale of 15 days is within the noise after some scales."""
    x = 10 * (1 - np.exp(-np.arange(DAYS) / 15)) + 0.2 * normals(4, DAYS)
    assert 30 <= welch_day(x) <= 110
    slow = 10 * (1 - np.exp(-np.arange(DAYS) / 60)) + 0.2 * normals(4, DAYS)
    assert welch_day(slow) > 120


def test_drift_is_that_of_a_straight_line() -> None:
    x = 0.01 * np.arange(DAYS) + normals(5, DAYS)
    slope, error = drift(x)
    later = x[DAYS // 2 :].reshape(-1, BATCH).mean(axis=1)
    fit, cov = np.polyfit(np.arange(later.size) * BATCH, later, 1, cov=True)
    assert slope == pytest.approx(fit[0]) and error == pytest.approx(math.sqrt(cov[0, 0]))
    assert drift([1.0] * 20) == (0.0, math.inf)


def test_a_slow_drift_is_not_taken_for_a_start() -> None:
    start = 7 * (1 - np.exp(-np.arange(HOSPITAL_DAYS) / 12))
    x = start * (1 - 0.1 * np.arange(HOSPITAL_DAYS) / 365) + 0.1 * normals(6, HOSPITAL_DAYS)
    row = settling_of("admissions", x, True)
    assert row.settled and 30 <= row.days <= 110 and -0.2 < row.drift < -0.05
    late = settling_of("workers in post", x, True, 200)
    assert late.days == row.days + 200


@pytest.fixture(scope="module")
def found() -> Analysis:
    config = small(250, 60, 60, programme={"peers": 4}).model_copy(update={"name": "small"})
    return analyse(config, replications=4, seed=1)


def test_the_model_is_looked_at(found: Analysis) -> None:
    assert found.recommended == max(row.days for row in found.rows if row.decides) and found.set_days == 60
    assert found.hospital_days <= found.recommended and found.binding in SERIES
    decides = {row.group: row.decides for row in found.rows}
    assert decides == {"hospital": True, "programme": True, "learning": False}
    assert all(np.isfinite(values).all() for values in found.means.values())
    again = analyse(small(250, 60, 60, programme={"peers": 4}), replications=4, seed=1, workers=1)
    for name, values in found.means.items():
        np.testing.assert_array_equal(values, again.means[name])


def test_a_programme_that_starts_with_measurement_does_not_decide() -> None:
    starting = analyse(small(150, 50, 50, programme={"peers": 2, "start_day": 50}), replications=2)
    assert not any(row.decides for row in starting.rows if row.group == "programme")
    assert any("starts with measurement" in sentence for sentence in starting.in_words())
    assert all(row.days >= 50 for row in starting.rows if row.group == "programme")
    nobody = analyse(small(150, 50, 50, programme=NOBODY), replications=2)
    assert {row.group for row in nobody.rows if row.decides} == {"hospital"} and nobody.start_day == -1


def changed(found: Analysis, **values: Any) -> Analysis:
    return Analysis(**{name: getattr(found, name) for name in found.__dataclass_fields__} | values)


@pytest.mark.parametrize(
    ("set_days", "hospital", "recommended", "says"),
    [(180, 100, 100, "is enough."), (180, 100, 250, "programme still grows"), (50, 100, 250, "too short: set 250")],
)
def test_it_is_set_against_the_scenario(
    found: Analysis, set_days: int, hospital: int, recommended: int, says: str
) -> None:
    words = changed(found, set_days=set_days, hospital_days=hospital, recommended=recommended).in_words()
    assert says in " ".join(words)
    assert "Not settled" in " ".join(changed(found, unsettled=("admissions",)).in_words())


def test_the_record(found: Analysis, tmp_path: Path) -> None:
    write(found, tmp_path / "new")
    facts = json.loads((tmp_path / "new" / "warm_up.json").read_text())
    assert facts["recommended"] == found.recommended and facts["finding"] == found.in_words()
    series = pd.read_csv(tmp_path / "new" / "series.csv")
    for row in found.rows:
        mine = series[series["series"] == row.name]["mean"].to_numpy()
        np.testing.assert_array_equal(mine, found.means[row.name])
    assert len(pd.read_csv(tmp_path / "new" / "warm_up.csv")) == len(found.rows)
    text = html(found)
    assert "UNCALIBRATED." in text[: text.index("<main>")]
    page.self_contained(text)
    page.accessible(text)
    assert found.in_words()[0] in page.words(text)


def test_the_command(tmp_path: Path) -> None:
    sizes = ["--set", "population.size=150", "--replications", "2"]
    done = CliRunner().invoke(command, ["bridge", *sizes, "--out", str(tmp_path / "out")], catch_exceptions=False)
    assert done.exit_code == 0 and "The hospital settles within" in done.output and "MSER-5" in done.output
    assert (tmp_path / "out" / "warm_up.html").is_file()
    done = CliRunner().invoke(command, ["usual-care", *sizes, "--json"], catch_exceptions=False)
    assert json.loads(done.stdout)["start_day"] == -1
    for wrong in (
        ["brigde"], ["bridge", "--replications", "1"], ["bridge", "--seed", "-1"], ["bridge", "--workers", "0"],
        ["bridge", "--set", "run.warm_up=3"], ["bridge", "--out", str(tmp_path)],
    ):  # fmt: skip
        with pytest.raises(InputError) as error:
            CliRunner().invoke(command, wrong, catch_exceptions=False)
        assert "\n" not in str(error.value)
