"""Beliefs of experts: strict reading, a pool that keeps disagreement, and draws that hold it."""

from pathlib import Path

import numpy as np
import pytest

from experiments import InputError
from experiments.uncertainty.elicitation import Expert, read_elicitation, with_pools
from experiments.uncertainty.prior_sample import prior_draws

PROFILE = "people_who_use_drugs"
HEAD = """schema = 1
parameter = "effect.bedside"
question = "How many fewer?"
date = "2026-01-31"
facilitator = "researcher"
"""


def expert(low: float, median: float, high: float, lived: str = "true") -> str:
    return f"""
[[expert]]
role = "peer worker"
lived_experience = {lived}
low = {low}
median = {median}
high = {high}
reason = "because"
"""


GOOD = HEAD + expert(-0.4, -0.2, 0.0) + expert(-0.3, -0.1, 0.2, "false") + expert(0.0, 0.2, 0.5, "false")


def write(folder: Path, text: str) -> Path:
    path = folder / "e.toml"
    path.write_text(text)
    return path


def test_an_expert_has_the_quantiles_that_they_gave() -> None:
    one = Expert(role="x", lived_experience=True, low=-0.4, median=-0.2, high=0.3, reason="y")
    assert one.quantile(np.array([0.05, 0.5, 0.95])) == pytest.approx([-0.4, -0.2, 0.3], abs=1e-4)


def test_a_pool_is_as_wide_as_its_experts_differ(tmp_path: Path) -> None:
    pool = read_elicitation(write(tmp_path, GOOD))
    low, middle, high = pool.quantile(np.array([0.05, 0.5, 0.95]))
    assert low < -0.3 and -0.2 < middle < 0.1 and high > 0.35 and 0.2 < pool.disagreement() < 0.8
    same = read_elicitation(write(tmp_path, HEAD + 3 * expert(-0.4, -0.2, 0.0)))
    assert same.disagreement() == pytest.approx(0, abs=1e-9)
    assert np.diff(same.quantile(np.array([0.05, 0.95])))[0] == pytest.approx(0.4, abs=0.01)


def test_draws_hold_the_pool_and_leave_the_rest_alone(tmp_path: Path) -> None:
    pool = read_elicitation(write(tmp_path, GOOD))
    draws, before = with_pools(PROFILE, [pool], 200), prior_draws(PROFILE, 200)
    at = draws.names.index("effect.bedside")
    assert np.quantile(draws.values[:, at], 0.5) == pytest.approx(float(pool.quantile(np.array(0.5))), abs=0.02)
    others = [j for j in range(len(draws.names)) if j != at]
    assert np.array_equal(draws.values[:, others], before.values[:, others])
    assert draws.kind == "prior" and "UNCALIBRATED" in draws.label
    with pytest.raises(InputError, match="of one parameter"):
        with_pools(PROFILE, [pool, pool], 200)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("effect.bedside", "effect.speed", "no parameter effect.speed"),
        ("effect.bedside", "cost.wage", "only what nobody has measured"),
        ("lived_experience = true", "lived_experience = false", "with lived experience"),
        ("low = -0.4", "low = -0.1", "must rise"),
        ("high = 0.5", "high = 500.0", "answers must lie between"),
        ('date = "2026-01-31"', 'date = "soon"', "date"),
        ("schema = 1", "schema = 2", "schema"),
        ('role = "peer worker"', 'role = "peer worker"\nname = "Ann"', "name"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        read_elicitation(write(tmp_path, GOOD.replace(old, new)))
    assert "\n" not in str(caught.value)


def test_two_experts_are_too_few(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="3 experts or more"):
        read_elicitation(write(tmp_path, HEAD + 2 * expert(-0.4, -0.2, 0.0)))
