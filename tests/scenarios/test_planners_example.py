"""The planner's example of the reference, read as it stands there: its budget by hand."""

import re
from pathlib import Path

import pytest

from scenarios import load
from simulation.engine import complete
from simulation.money import full_posts
from simulation.population import posts_of_hospitals

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "scenarios.md"


def test_the_budget_on_full_posts_by_hand(tmp_path: Path) -> None:
    """Measured from day 180 to 910; from day 90 to 548 there are eight posts and two supervisors, then none."""
    blocks = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (text,) = (block for block in blocks if "[[phase]]" in block)
    (tmp_path / "plan.toml").write_text(text, encoding="utf-8")
    config = load(tmp_path / "plan.toml")
    assert (config.run.warm_up_days, config.run.days, config.last_day) == (180, 730, 548)
    assert posts_of_hospitals(3, config) == [2, 1] and posts_of_hospitals(8, config) == [5, 3]
    value = complete(config, None)
    days = 548 - 180
    workers = 8 * days * (5 / 7) * (450 / 60) * 21.0 * value["cost.loading"]
    supervisors = 2 * days / 7 * config.programme.supervision_hours_per_week * 50.0
    trained = config.programme.cross_training_hours * config.clinicians * days / 365
    clinicians = trained * (value["cost.training_hour"] + value["cost.clinician_hour"])
    by_hand = (workers + supervisors + clinicians) / 2  # two years are measured
    assert full_posts(config, value, 180, 910) == pytest.approx(by_hand)
    with_navigators = config.model_copy(
        update={"phases": (config.phases[0].model_copy(update={"peers": 5, "navigators": 3}),)}
    )
    dearer = 3 * days * (5 / 7) * (450 / 60) * (26.0 - 21.0) * value["cost.loading"] / 2
    assert full_posts(with_navigators, value, 180, 910) == pytest.approx(by_hand + dearer)
