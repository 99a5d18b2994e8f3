"""Every section and table of a scenario is among its settings."""

from experiments.comparisons.run import _changes
from experiments.reporting.settings import settings, unit
from simulation.config import Config

PLAIN = Config()


def test_local_totals_money_hospitals_and_phases_are_settings() -> None:
    plan = Config.model_validate({
        "local": {"stays_per_year": 14_000.0}, "money": {"year": 2024, "index": 1.07},
        "hospitals": [{"title": "North", "people": 2.0}, {"title": "South"}], "phases": [{"day": 90, "peers": 6}],
    })  # fmt: skip
    found = settings(plan)
    assert found["local.stays_per_year"] == 14_000.0 and unit("local.stays_per_year") == "stays per year"
    assert found["phase table 1"] == "day: 90; peers: 6"
    assert "title: North" in str(found["hospital table 1"]) and "people: 2" in str(found["hospital table 1"])
    changed = {change.setting: change.words() for change in _changes(PLAIN, plan)}
    assert {"local.stays_per_year", "phase table 1", "hospital table 1", "hospital table 2"} <= set(changed)
    assert changed["money.index"].endswith("1.07 instead of 1") and "money.year" in changed
    assert changed["phase table 1"].endswith("day: 90; peers: 6 instead of none")
    assert not _changes(plan, plan)
