"""Free parameters, their priors, and the scales on which numbers are compared."""

import numpy as np
import pytest

from experiments.calibration import fitting
from scenarios.calibration_targets import Error, Target
from simulation.parameters import PARAMETERS

PROFILE = "people_who_use_drugs"


def target(name, value, error, **more):
    fields = {
        "quantity": name,
        "population": "x",
        "study": "x",
        "source": "x",
        "read": "computed",
        "weight": "low",
        "kind": "return",
    }
    return Target(id=name, value=value, error=error, scenario="usual-care", prediction="reach", **(fields | more))


SHARE = target("share", 0.2, Error(proportion_of=400))
RATIO = target("ratio", 2.0, Error(low=1.6, high=2.5, scale="log"), quantity="a hazard ratio")


def test_every_free_parameter_has_a_prior_with_a_width_and_values_inside_its_bounds():
    for profile in (PROFILE, "serious_mental_illness"):
        names = fitting.free_parameters(profile)
        assert len(names) > 150
        shares = np.linspace(0.001, 0.999, 7)[:, None].repeat(len(names), axis=1)
        values = fitting.values_at(names, profile, shares)
        for j, name in enumerate(names):
            assert PARAMETERS[name].low <= values[:, j].min() < values[:, j].max() <= PARAMETERS[name].high
            assert np.all(np.diff(values[:, j]) >= 0)


def test_errors_are_those_of_the_study_on_the_scale():
    share, ratio = fitting.observe(SHARE), fitting.observe(RATIO)
    assert (share.scale, ratio.scale) == ("logit", "log")
    assert share.value == pytest.approx(np.log(0.25))
    assert share.error == pytest.approx(0.02 / 0.16)
    assert ratio.error == pytest.approx(np.log(2.5 / 1.6) / 3.92, rel=1e-4)
    days = fitting.observe(target("days", 6.5, Error(standard_deviation=10.9, of=6654), unit="days"))
    assert days.error == pytest.approx(10.9 / np.sqrt(6654) / 6.5)
    assert np.isfinite(share.on_scale(np.array([0.0, 1.0]))).all()
    assert share.natural(share.on_scale(np.array([0.3]))) == pytest.approx([0.3])
    assert fitting.observe(target("unknown", 0.3, Error(unknown=True))).error == 0


def test_a_sign_is_no_number():
    sign = Target(id="s", quantity="q", population="p", study="s", source="x", read="computed", sign="negative",
                  weight="sign", scenario="usual-care", prediction="reach")  # fmt: skip
    with pytest.raises(ValueError, match="is a sign"):
        fitting.observe(sign)
