"""The assumptions that carry an answer: found where they are, and not named as sure where chance could be it."""

import numpy as np

from experiments.outcomes.assumptions import LEAST_DRAWS, carried_by, carriers
from experiments.statistics.by_draw import draw_means, normal_scores
from simulation.draws import named_uniforms

NAMES = ("effect.follow_up", "population.trust_mean", "linkage.rate", "follow_up.lost", "effect.bedside")
N = 80
VALUES = normal_scores(np.column_stack([named_uniforms(1, name, N) for name in NAMES]))
NUMBER = np.arange(2 * N) // 2


def answer(weights: list[float], chance: float) -> np.ndarray:
    return (VALUES @ np.array(weights))[NUMBER] + chance * normal_scores(named_uniforms(2, "chance", 2 * N))[:, 0]


def test_the_strongest_come_first_with_what_is_known_of_them() -> None:
    found = carriers(answer([2.0, 1.0, 0.0, 0.0, 0.0], 0.3), NUMBER, NAMES, VALUES)
    assert found is not None and [s.name for s in found][:2] == ["effect.follow_up", "population.trust_mean"]
    assert len(found) == 3 and found[0].clear and found[1].clear and found[0].share > 2 * found[1].share
    said = carried_by(found, N)
    assert said.startswith("most by effect.follow_up (assumed, ") and "population.trust_mean (measured, " in said


def test_chance_alone_is_not_taken_for_an_assumption() -> None:
    found = carriers(answer([0.0] * 5, 1.0), NUMBER, NAMES, VALUES)
    assert found is not None and not any(s.clear for s in found)
    said = carried_by(found, N)
    assert "told from chance by 80 draws" in said or said == "no assumption moves it more than chance does"
    assert not any(name in said for name in NAMES)


def test_too_few_draws_are_said() -> None:
    few = 2 * (LEAST_DRAWS - 1)
    y = answer([2.0, 0.0, 0.0, 0.0, 0.0], 0.1)
    assert carriers(y[:few], NUMBER[:few], NAMES, VALUES) is None
    y[:few] = np.nan  # not defined in most: the draws that are left count
    assert carriers(y, NUMBER, NAMES, VALUES) is not None
    assert "too few" in carried_by(None, LEAST_DRAWS - 1) and "60 runs or more" in carried_by(None, LEAST_DRAWS - 1)


def test_the_error_of_a_draws_mean_is_that_of_chance() -> None:
    means, error = draw_means(answer([1.0, 0.0, 0.0, 0.0, 0.0], 0.5)[:, None], NUMBER)
    assert means.shape == (N, 1) and 0.5 < error[0, 0] / (0.25 / 2) < 1.6
