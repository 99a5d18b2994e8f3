"""Acceptance: a paired comparison needs at least ten times fewer replications; the summaries are of the right size."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks import pairing, summaries
from experiments.studies.analysis.precision import advise
from experiments.studies.analysis.results import read_study
from experiments.studies.definition.plan import Precision
from tests.experiments.keyed import normals


def test_needed_is_where_the_precision_rule_stops() -> None:
    """On 200 studies the rule stops, its look-ahead apart, near what a known standard deviation asks for."""
    exact = pairing.needed(0.3, 1.0)
    assert exact == pytest.approx(37.0, abs=0.5)
    rule = Precision("x", None, pairing.TARGET, 10, 1_000)
    stops = [advise(rule, 1 + 0.3 * normals(key, 400)).wanted for key in range(200)]
    assert exact <= np.mean(stops) <= exact + 12


@pytest.mark.slow
def test_shared_draws_need_a_tenth_of_the_replications() -> None:
    factors = [figure for figure in pairing.measure(quick=False) if figure.at_least is not None]
    assert len(factors) == len(pairing.OUTCOMES) and all(figure.met for figure in factors), factors


def test_a_study_of_the_benchmark_is_read(tmp_path: Path) -> None:
    study = read_study(summaries.write(tmp_path, 3))
    assert len(study.design) == summaries.POINTS and study.replications == 3
    assert len(study.differences()) == (summaries.POINTS - 1) * len(summaries.LEAD)
