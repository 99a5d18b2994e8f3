"""Comparators are fair: workers who change nothing change nothing, anywhere; workers who harm make plans worse."""

from __future__ import annotations

import numpy as np
import pytest

from scenarios import load, names
from simulation.effects import WORKER_EFFECTS
from simulation.engine import Result, simulate

NOTHING = tuple(f"parameters.{name}=0" for name in WORKER_EFFECTS)
SMALL = ("population.size=1200", "run.burn_in_days=120", "run.warm_up_days=60", "run.days=365", "hospital.count=1")
PLANS = [name for name in names() if name not in ("usual-care", "large-system")]
OF_PEOPLE = (
    "person", "stay", "unit", "admission_day", "bed_day", "discharge_day", "treatment_need", "days_waited", "completed",
    "plan_quality", "disclosed", "medicated", "conflicts", "trust", "experienced_stigma", "distress", "in_care",
    "unhoused",
    "stability", "next_ed_day", "next_readmission_day", "linkage_day", "overdose_day", "death_day",
)  # fmt: skip
DAYS = ("alive", "in_care", "using", "unhoused", "census", "ed_visits", "admissions", "overdoses", "deaths", "joined")


def run(plan: str, settings: tuple[str, ...], seed: int = 5) -> Result:
    return simulate(load(plan, (*settings, *SMALL)), seed)


@pytest.mark.parametrize("plan", PLANS)
def test_workers_who_change_nothing_change_nothing(plan: str) -> None:
    profile = load(plan).population.profile
    usual = run("usual-care", (*NOTHING, f'population.profile="{profile}"'))
    made = run(plan, NOTHING)
    assert made.values["reach"] > 0.01 or plan == "community-only"
    assert made.daily["contacts_made"].sum() > 0 or plan == "hospital-only"
    for column in OF_PEOPLE:
        a, b = usual.discharges[column], made.discharges[column]
        assert np.array_equal(a.to_numpy(), b.to_numpy(), equal_nan=a.dtype.kind == "f"), column
    for column in DAYS:
        assert usual.daily[column].tolist() == made.daily[column].tolist(), column


def test_workers_who_harm_make_a_plan_worse() -> None:
    harm = {
        "effect.bedside": 0.8, "effect.planning": -0.8, "effect.follow_up": 0.8, "effect.overdose": 0.8,
        "effect.retention": 0.8, "effect.return_to_use": 0.8, "advocacy.softening": -0.8, "disclosure.vouching": -0.8,
    }  # fmt: skip
    settings = tuple(f"parameters.{name}={value}" for name, value in harm.items())
    more = ("population.size=4000", "run.days=730")
    worse = []
    for seed in range(4):
        usual, plan = (
            simulate(load(name, (*settings, *SMALL, *more)), seed).values for name in ("usual-care", "bridge")
        )
        worse.append(
            [
                plan[name] - usual[name]
                for name in ("patient_initiated_discharge", "readmission_30d", "admissions_per_1000_person_years")
            ]
            + [usual[name] - plan[name] for name in ("linkage_30d", "in_care", "trust_at_discharge")]
        )
    assert (np.mean(worse, axis=0) > 0).all(), np.mean(worse, axis=0)
