"""What each answer rests on."""

import numpy as np
import pytest

from dashboard.catalogue.evidence import EVIDENCE, assumed_better, put_in
from dashboard.compute.posterior import drawn
from dashboard.ui import render
from experiments.outcomes.difference import compare_runs
from experiments.outcomes.registry import OUTCOMES
from experiments.uncertainty.priors import for_profile
from simulation.outcome_definitions import HEADLINES
from simulation.parameters import PARAMETERS

PROFILE = "people_who_use_drugs"


@pytest.mark.parametrize("name", HEADLINES)
def test_every_outcome_of_the_short_table_says_what_it_rests_on(name):
    known = EVIDENCE[name]
    assert known.text.endswith(".") and (not known.assumption or known.assumption in PARAMETERS)
    if not known.assumption:
        assert np.isnan(assumed_better(name, PROFILE)) and "was found" in put_in(name, PROFILE)
        return
    assert for_profile(PARAMETERS[known.assumption], PROFILE).kind != "measured", "then it would be found"
    share = assumed_better(name, PROFILE)
    assert 0.5 < share < 1, "most weight lies on a small benefit, and harm is possible"
    assert f"{round(100 * share)} of 100 draws" in put_in(name, PROFILE)


def test_a_sign_is_the_one_that_is_better_for_people():
    assert assumed_better("readmission_30d", PROFILE) == pytest.approx(0.69, abs=0.02)  # normal, -0.15 and 0.30
    assert assumed_better("linkage_30d", PROFILE) == pytest.approx(0.79, abs=0.02)  # normal, 0.20 and 0.25


@pytest.mark.parametrize(("change", "size"), [
    ((-0.01, 0.012), "size open"), ((-0.02, -0.019), "size known"), ((-0.05, -0.001), "size rough"),
    ((0.0, 0.0), "no size"),
])  # fmt: skip
def test_the_size_is_as_well_known_as_its_range(change, size):
    draw = np.arange(60) // 2
    d = compare_runs("plan", "now", "readmission_30d", 0.2 + np.linspace(*change, 30)[draw], np.full(60, 0.2), draw)
    found = render.badges(d, drawn(PROFILE))
    assert found.size == size and found.direction == "direction assumed"
    assert "10.1176/ps.62.5.pss6205_0541</a>" in found.why
    assert OUTCOMES["readmission_30d"].better == "lower"
