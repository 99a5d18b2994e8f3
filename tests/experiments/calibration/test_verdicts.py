"""A verdict can fail: met, allowed, not informative and missed each have their case."""

import math

import numpy as np
import pytest

from experiments.calibration import verdicts
from experiments.calibration.verdicts import ALLOWED, MET, MISSED, NOT_INFORMATIVE, verdict


@pytest.mark.parametrize(
    ("prior", "posterior", "left_out", "word"),
    [
        ((0.0, 2.0), (0.9, 0.3), (0.8, 0.4), MET),  # the prior is too wide to say it, the rest of the evidence says it
        ((3.0, 0.5), (0.9, 0.3), (0.8, 0.4), MET),  # the prior says something else
        ((1.0, 0.4), (0.9, 0.3), (0.8, 0.4), ALLOWED),  # the prior alone says it
        ((0.0, 2.0), (0.9, 0.3), (-0.8, 0.4), ALLOWED),  # only the fit that has seen it
        ((0.0, 2.0), (0.9, 0.3), (0.5, 0.9), NOT_INFORMATIVE),
        ((0.0, 2.0), (-0.2, 0.3), (-0.2, 0.3), MISSED),
        ((1.0, 0.4), (-0.2, 0.3), (1.0, 0.3), MISSED),
    ],
)
def test_each_word_has_its_case(prior: tuple, posterior: tuple, left_out: tuple, word: str) -> None:
    found, reason = verdict(1.0, prior, posterior, left_out)
    assert found == word and reason


def test_a_number_that_chance_dominates_can_only_be_missed() -> None:
    found, reason = verdict(1.0, (0.0, 2.0), (0.9, 0.3), (0.8, 0.4), explained=0.05)
    assert found == NOT_INFORMATIVE and "dominated by chance" in reason
    assert verdict(1.0, (0.0, 2.0), (-0.2, 0.3), (-0.2, 0.3), explained=0.05)[0] == MISSED


def test_tail_and_width() -> None:
    assert verdicts.tail(1.96, 0.0, 1.0) == pytest.approx(0.05, abs=1e-4)
    assert verdicts.status(0.0, 0.0, math.log(3) / 1.96 + 0.01) == "wide"
    assert verdicts.status(0.0, 0.0, math.log(3) / 1.96 - 0.01) == "hit"
    assert verdicts.status(1.0, 0.0, 0.3) == "off"


def test_words_are_counted() -> None:
    assert verdicts.counts([MET, MISSED, MET]) == {MET: 2, ALLOWED: 0, NOT_INFORMATIVE: 0, MISSED: 1}
    assert np.sum(list(verdicts.counts([]).values())) == 0
