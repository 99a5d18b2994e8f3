"""Local totals: what is solved, what is held, and what cannot be met, on a stand-in for the model."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from simulation.config import Config
from simulation.local_totals import DAYS_WITHIN, SHARE_WITHIN, STAYS_WITHIN, NoSolution, solve

VALUES = {"acute_need.rate": 0.5, "discharge.stay_median": 2.0, "acute_need.residual": 26.0}


def stand_in(config: Config, values: Mapping[str, float]) -> dict[str, float]:
    """Stays by people and rate, with readmissions on top; longer stays keep a few people from coming back."""
    again = values["acute_need.residual"] / (values["acute_need.residual"] + 80.0)
    days = 3.0 * values["discharge.stay_median"] ** 0.9
    stays = config.population.size * values["acute_need.rate"] * (1 + again) * (1 - 0.01 * days)
    return {"stays_per_year": stays, "length_of_stay_mean": days, "readmission_30d": again}


def given(**local: object) -> Config:
    return Config.model_validate(
        {"local": local, "programme": {"peers": 4}, "population": {"size": 900}, "hospital": {"units": 9}}
    )


def test_all_totals_together_are_met_and_the_plan_stays() -> None:
    config, solved = solve(
        given(stays_per_year=14_000, length_of_stay=5.0, readmission_30d=0.15), VALUES, "all", stand_in
    )
    found = stand_in(config, {**VALUES, **solved})
    assert found["stays_per_year"] == pytest.approx(14_000, rel=STAYS_WITHIN)
    assert found["length_of_stay_mean"] == pytest.approx(5.0, rel=DAYS_WITHIN)
    assert found["readmission_30d"] == pytest.approx(0.15, abs=SHARE_WITHIN)
    assert config.programme.peers == 4 and not config.local.given and "acute_need.rate" not in solved


def test_what_is_held_is_held() -> None:
    config, solved = solve(given(stays_per_year=300, solve="acute_need.rate"), VALUES, "held", stand_in)
    assert config.population.size == 900 and set(solved) == {"acute_need.rate"}
    assert stand_in(config, {**VALUES, **solved})["stays_per_year"] == pytest.approx(300, rel=STAYS_WITHIN)


def test_usual_care_is_what_is_solved_and_once_for_a_draw() -> None:
    seen: list[Config] = []

    def counted(config: Config, values: Mapping[str, float]) -> dict[str, float]:
        seen.append(config)
        return stand_in(config, values)

    solve(given(stays_per_year=500), VALUES, "once", counted)
    runs = len(seen)
    solve(given(stays_per_year=500), VALUES, "once", counted)
    assert len(seen) == runs and all(config.programme.peers == 0 for config in seen)
    solve(given(stays_per_year=500), VALUES, "another replication", counted)
    assert len(seen) == 2 * runs


def test_totals_that_cannot_be_met_end_in_a_line() -> None:
    with pytest.raises(NoSolution, match=r"^local\.length_of_stay: 60 cannot be met .* discharge\.stay_median"):
        solve(given(length_of_stay=60.0), VALUES, "never", lambda c, v: stand_in(c, v) | {"length_of_stay_mean": 9.0})
