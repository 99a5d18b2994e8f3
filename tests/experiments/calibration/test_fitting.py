"""Scales, waves and fits on a toy whose truth is known, with the model's own parameters and priors."""

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import qmc

from experiments.calibration import fitting
from scenarios.calibration_targets import Error, Target
from simulation.parameters import PARAMETERS

PROFILE = "people_who_use_drugs"
NAMES = ["acute_need.rate", "discharge.patient_initiated", "linkage.rate"]
N = 3000


def target(name, value, error, **more):
    fields = {"quantity": name, "population": "x", "study": "x", "source": "x", "read": "computed", "weight": "low"}
    return Target(id=name, value=value, error=error, scenario="usual-care", prediction="reach", **(fields | more))


SHARE = target("share", 0.2, Error(proportion_of=400))
RATIO = target("ratio", 2.0, Error(low=1.6, high=2.5, scale="log"), quantity="a hazard ratio")


def toy(scores):
    """Two predictions that know the first two parameters and nothing of the third."""
    odds = np.exp(-1.0 + 0.8 * scores[:, 0])
    return {"share": odds / (1 + odds), "ratio": np.exp(0.5 + 0.4 * scores[:, 1] + 0.2 * scores[:, 0])}


@pytest.fixture(scope="module")
def draws():
    return qmc.LatinHypercube(3, rng=11).random(N)


def test_every_free_parameter_has_a_prior_with_a_width_and_values_inside_its_bounds():
    for profile in (PROFILE, "serious_mental_illness"):
        names = fitting.free_parameters(profile)
        assert len(names) > 150
        shares = np.linspace(0.001, 0.999, 7)[:, None].repeat(len(names), axis=1)
        values = fitting.values_at(names, profile, shares)
        for j, name in enumerate(names):
            assert PARAMETERS[name].low <= values[:, j].min() < values[:, j].max() <= PARAMETERS[name].high
            assert np.all(np.diff(values[:, j]) >= 0)


def test_errors_are_those_of_the_study_and_of_the_model_on_the_scale():
    share, ratio = fitting.observe(SHARE, 0.1), fitting.observe(RATIO, 0.0)
    assert (share.scale, ratio.scale) == ("logit", "log")
    assert share.value == pytest.approx(np.log(0.25))
    assert share.error == pytest.approx(np.hypot(0.02, 0.02) / 0.16)
    assert ratio.error == pytest.approx(np.log(2.5 / 1.6) / 3.92, rel=1e-4)
    days = fitting.observe(target("days", 6.5, Error(standard_deviation=10.9, of=6654), unit="days"), 0.1)
    assert days.error == pytest.approx(np.hypot(10.9 / np.sqrt(6654) / 6.5, 0.1))
    assert np.isfinite(share.on_scale(np.array([0.0, 1.0]))).all()


def test_a_sign_is_no_number():
    sign = Target(id="s", quantity="q", population="p", study="s", source="x", read="computed", sign="negative",
                  weight="sign", scenario="usual-care", prediction="reach")  # fmt: skip
    with pytest.raises(ValueError, match="is a sign"):
        fitting.observe(sign)


def test_a_fit_finds_what_the_targets_say_and_leaves_the_rest(draws):
    fit = fitting.fit_draws(NAMES, PROFILE, draws, toy(ndtri(draws)), [SHARE, RATIO], discrepancy=0.05, seed=1)
    truth = [(np.log(0.25) + 1.0) / 0.8]
    truth.append((np.log(2.0) - 0.5 - 0.2 * truth[0]) / 0.4)
    error = [o.error for o in fit.observed]
    # exact posterior of the linear toy
    slopes = np.array([[0.8, 0.2], [0.0, 0.4]])
    precision = np.eye(2) + slopes @ np.diag(np.array(error) ** -2.0) @ slopes.T
    mean = np.linalg.solve(
        precision, slopes @ np.diag(np.array(error) ** -2.0) @ np.array([np.log(0.25) + 1, np.log(2) - 0.5])
    )
    sd = np.sqrt(np.diag(np.linalg.inv(precision)))
    found = fit.posterior
    assert np.all(abs(found.mean()[:2] - mean) < 5 * sd / np.sqrt(found.size) + 0.02)
    assert found.sd()[:2] == pytest.approx(sd, rel=0.15)
    table = fit.contraction()
    assert table["parameter"].tolist()[:2] == [NAMES[1], NAMES[0]] or table["parameter"].tolist()[:2] == NAMES[:2]
    assert table.set_index("parameter").loc[NAMES[2], "identified"] == False  # noqa: E712
    sample = fit.sample(400)
    assert sample.shape == (400, 3)
    for name in NAMES:
        assert sample[name].between(PARAMETERS[name].low, PARAMETERS[name].high).all()
    row = table.set_index("parameter").loc[NAMES[0]]
    assert row["low"] < sample[NAMES[0]].median() < row["high"]


def test_draws_on_the_wrong_side_of_a_sign_are_left_out(draws):
    sign = Target(id="s", quantity="q", population="p", study="s", source="x", read="computed", sign="negative",
                  weight="sign", scenario="usual-care", prediction="reach")  # fmt: skip
    said = toy(ndtri(draws)) | {"s": ndtri(draws[:, 2])}
    fit = fitting.fit_draws(NAMES, PROFILE, draws, said, [SHARE, sign], seed=1)
    assert fit.left_out == pytest.approx(N / 2, abs=5)
    assert fit.posterior.draws[:, 2].max() < 0.3  # regression moves a little, signs stay


def test_a_wave_keeps_what_is_not_ruled_out(draws):
    scores = ndtri(draws)
    observed = [fitting.observe(SHARE), fitting.observe(RATIO)]
    emulator = fitting.emulate(scores, fitting.summaries(observed, toy(scores)))
    assert np.all(emulator.residual < 0.05)
    shares, left = fitting.next_wave(emulator, observed, 3, 500, seed=5)
    assert shares.shape == (500, 3)
    assert 0 < left < 1
    said = fitting.summaries(observed, toy(ndtri(shares)))
    off = abs(said - [o.value for o in observed]) / [o.error for o in observed]
    assert off.max() < fitting.IMPLAUSIBLE + 0.2
    again, _ = fitting.next_wave(emulator, observed, 3, 500, seed=5)
    assert np.array_equal(shares, again)


def test_targets_that_no_draw_can_meet_are_said(draws):
    scores = ndtri(draws)
    far = fitting.observe(target("ratio", 500.0, Error(low=450.0, high=550.0, scale="log"), quantity="a ratio"), 0.0)
    emulator = fitting.emulate(scores, fitting.summaries([far], toy(scores)))
    with pytest.raises(ValueError, match="cannot meet these targets"):
        fitting.next_wave(emulator, [far], 3, 100, seed=5)


def test_draws_without_predictions_are_refused(draws):
    with pytest.raises(ValueError, match="no draw"):
        fitting.fit_draws(NAMES, PROFILE, draws, {"share": np.full(N, np.nan)}, [SHARE])
