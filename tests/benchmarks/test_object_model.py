"""Three implementations of one subset of the mechanisms agree: Peerbridge, Mesa objects, NumPy columns.

The comparators were written from the equations of the design and not through the kernels, so this is also an
independent verification of the model. Spread between seeds comes from all runs of both models together; sixteen
outcomes are compared, so the bound is four standard errors.
"""

from __future__ import annotations

import math

import pytest

from benchmarks import columns, object_model, subset
from simulation import simulate


def disagreements(ours: list[dict[str, float]], theirs: list[dict[str, float]], bound: float) -> list[str]:
    return [
        f"{d.name}: {d.ours:.4f} against {d.theirs:.4f} ({d.z:+.1f} standard errors)"
        for d in subset.compare(ours, theirs)
        if not abs(d.z) < bound
    ]


def peerbridge(config: subset.Config, seeds: range) -> list[dict[str, float]]:
    return [subset.outcomes_of(simulate(config, seed)) for seed in seeds]


SMALL = subset.config(3_000, 90, 365)


@pytest.fixture(scope="module")
def ours() -> list[dict[str, float]]:
    return peerbridge(SMALL, range(1_000, 1_040))


@pytest.mark.parametrize(("model", "seeds"), [(object_model, 3), (columns, 10)], ids=["objects", "columns"])
def test_comparators_agree_with_the_model(ours, model, seeds: int) -> None:
    theirs = [model.run(SMALL, seed) for seed in range(seeds)]
    assert all(run["admissions_per_1000_person_years"] > 100 for run in ours + theirs)
    assert not disagreements(ours, theirs, 4.0)


@pytest.mark.slow
@pytest.mark.parametrize(("model", "seeds"), [(object_model, 40), (columns, 160)], ids=["objects", "columns"])
def test_comparators_agree_over_many_seeds(model, seeds: int) -> None:
    config = subset.config()
    ours = peerbridge(config, range(10_000, 10_400))
    theirs = [model.run(config, seed) for seed in range(seeds)]
    assert not disagreements(ours, theirs, 4.0)


def test_a_wrong_equation_is_seen(ours, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gate has power: acute need a quarter too frequent does not pass."""
    right = subset.values
    monkeypatch.setattr(columns, "values", lambda c: right(c) | {"acute_need.rate": 1.25 * right(c)["acute_need.rate"]})
    wrong = disagreements(ours, [columns.run(SMALL, seed) for seed in range(6)], 4.0)
    assert any(text.startswith("admissions_per_1000_person_years") for text in wrong)


def test_own_definitions_agree_with_the_reported_outcomes() -> None:
    """Peerbridge's outcomes against plain counts from its own tables; estimators with censoring only nearly agree."""
    result = simulate(subset.config(20_000, 120, 365), 5)
    plain = subset.outcomes_of(result)
    for name, value in plain.items():
        censored = name.endswith(("_30d", "_90d"))
        assert math.isclose(result.values[name], value, rel_tol=0.12 if censored else 1e-9), name
