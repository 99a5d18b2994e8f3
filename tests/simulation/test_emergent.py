"""What a right model shows without being told (section 6 of its design); nothing is tuned in."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from simulation.effects import WORKER_EFFECTS
from simulation.state import E_CONTACT, E_NEED, NEVER, PATIENT_INITIATED
from tests.simulation.pairs import (
    STAY_COLUMNS,
    Array,
    Lives,
    assert_same,
    assert_same_people,
    lives,
    scenario,
    seeds,
)

POWERLESS = ("bridging", "advocacy", "relationship", "follow_up", "clinicians_change")
NO_EFFECT = dict.fromkeys(WORKER_EFFECTS, 0.0)
MARKS = {
    "offered", "accepted", "enrolled", "worker", "visits", "advocated", "planning_left", "left_clinician_referral",
    "left_proactive_referral", "quality", "credibility",
}  # fmt: skip
"""Columns of a stay that only say what workers did."""


def powerless(peers: int, selection: float) -> Any:
    """Workers who visit people and cause nothing; `selection` ties the propensity to engage to that to stay."""
    return scenario(
        *POWERLESS, peers=peers, size=6000, hospital={"units": 4, "beds_per_unit": 60, "boarding_places": 60},
        parameters={**NO_EFFECT, "population.selection": selection, "referral.engagement": 1.5},
    )  # fmt: skip


def accepted_against_declined(runs: list[Lives]) -> float:
    """Difference in early departure between people who accepted and who declined, in standard errors."""
    left: list[Array] = [np.zeros(0, bool), np.zeros(0, bool)]
    for run in runs:
        asked = run.discharged[run.discharged["offered"] == 1]
        for answer in (0, 1):
            early = asked["type"][asked["accepted"] == answer] == PATIENT_INITIATED
            left[answer] = np.append(left[answer], early)
    assert min(len(x) for x in left) > 500 and min(x.sum() for x in left) > 50
    error = math.sqrt(sum(x.var() / len(x) for x in left))
    return float((left[1].mean() - left[0].mean()) / error)


@pytest.mark.parametrize("runs", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_offered_people_who_accept_do_better_where_workers_cause_nothing(runs: int) -> None:
    """Self-selection: as treated there is a benefit; as randomised (a programme or none) there is exactly none."""
    chosen = seeds(powerless(40, 0.8), range(runs))
    none = seeds(powerless(0, 0.8), range(runs))
    for a, b in zip(chosen, none, strict=True):
        assert a.discharged["visits"].sum() > 1000
        assert_same(a.stays, b.stays, sorted(STAY_COLUMNS - MARKS))
        assert_same_people(
            a,
            b,
            "worker",
            "referral",
            "followed",
            "offers",
            "first_visit",
            "last_contact",
            "contact_start",
            "missed_due",
            "meetings",
            "lists",
            "loss_day",
            "left_loss",
            "known_worker",
            "known_holder",
            "known_trust",
            "benefit",
            "peer_trust",
        )
    assert accepted_against_declined(chosen) < -4
    assert abs(accepted_against_declined(seeds(powerless(40, 0.0), range(runs)))) < 4


def followed(days: int, **parameters: float) -> Any:
    """Follow-up with a benefit that protects strongly from need and fades fast, in a world without any other link."""
    return scenario(
        "beds", "clinicians_change", "peer_time", "well_being", "workforce", "linkage", "after_discharge",
        "care_seeking", peers=20, size=6000, days=300,
        programme={
            "follow_up_days": days, "caseload_cap": 250, "contact_schedule": ((365, 3),), "hand_over": False,
            "days_per_week": 7,
        },
        parameters={
            "acute_need.rate": 1.0, "effect.follow_up": -2.0, "effect.follow_up_settled": 0.0,
            "effect.follow_up_stability": 0.0,
             "follow_up.benefit": 1.0, "follow_up.fade": 10.0,
            "follow_up.lost": 0.0, "relationship.visit_gain": 0.9, "follow_up.reach_sd": 0.0, "follow_up.reach": 0.9,
            "acute_need.residual": 2.0, "relationship.burnout": 0.0, "relationship.list": 0.0, **parameters,
        },
    )  # fmt: skip


def needs_in(run: Lives, stays: Array, start: int, end: int) -> tuple[int, int]:
    """Of these stays: how many people are well until `start` days after discharge, and who then falls ill by `end`."""
    day = np.full(len(run.patients), NEVER, np.int64)
    discharged = np.full(len(run.patients), NEVER, np.int64)
    discharged[stays["person"]] = stays["discharge_day"]
    needs = run.of(E_NEED)
    later = needs[needs["day"] > discharged[needs["person"]]]
    np.minimum.at(day, later["person"], later["day"])
    since = (day - discharged)[stays["person"]]
    seen = stays["discharge_day"] + end < len(run.daily)
    at_risk = seen & (since > start)
    return int(at_risk.sum()), int((at_risk & (since <= end)).sum())


def prevented(
    runs: int, days: int, windows: tuple[tuple[int, int], ...], **parameters: float
) -> list[tuple[float, float]]:
    """Risk ratio and risk difference of need in windows of days after the first stay, followed up against not."""
    counts = np.zeros((len(windows), 2, 2))
    with_it, without = (seeds(followed(n, **parameters), range(runs)) for n in (days, 0))
    for a, b in zip(with_it, without, strict=True):
        first = [run.discharged[(run.discharged["ordinal"] == 0) & (run.discharged["enrolled"] == 1)] for run in (a, b)]
        assert len(first[0]) > 200
        assert_same(first[0], first[1], ["person", "discharge_day", "type", "visits", "trust", "plan"])
        assert b.count(E_CONTACT) == 0
        for k, (start, end) in enumerate(windows):
            counts[k, 0] += needs_in(a, first[0], start, end)
            counts[k, 1] += needs_in(b, first[1], start, end)
    risk = counts[:, :, 1] / counts[:, :, 0]
    assert counts[:, 1, 1].min() > 50
    return [(float(on / off), float(off - on)) for on, off in risk]


@pytest.mark.parametrize("runs", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_follow_up_does_less_with_time_since_contact_little_exposure_and_little_risk(runs: int) -> None:
    windows = ((3, 33), (80, 140))
    (during, saved), (after, _) = prevented(runs, 30, windows)
    assert during < 0.6
    assert during + 0.2 < after
    assert abs(after - 1) < 0.25
    ((seldom, _),) = prevented(runs, 30, windows[:1], **{"follow_up.reach": 0.02})
    assert during + 0.2 < seldom <= 1.1
    ((_, saved_of_few),) = prevented(runs, 30, windows[:1], **{"acute_need.rate": 0.4})
    assert 0 < saved_of_few < 0.7 * saved


def share_of_top_tenth(counts: Array) -> float:
    """Share of all that the tenth of people with most have."""
    ordered = np.sort(counts)[::-1]
    return float(ordered[: len(ordered) // 10].sum() / ordered.sum())


@pytest.mark.parametrize("size", [6000, pytest.param(60_000, marks=pytest.mark.slow)])
def test_a_few_people_account_for_much_of_hospital_use_and_of_early_departures(size: int) -> None:
    usual, same_hazard = lives(
        *(
            scenario("beds", *off, peers=0, size=size, parameters={"acute_need.rate": 0.25})
            for off in ((), ("acute_need",))
        )
    )
    for count in (lambda run: run.patients["stays"], lambda run: run.patients["needs"]):
        assert count(usual).sum() > 500 < count(same_hazard).sum()
        assert share_of_top_tenth(count(usual)) > 0.4
    ratio = [run.patients["needs"].var() / run.patients["needs"].mean() for run in (usual, same_hazard)]
    assert ratio[0] > 1.5 > 1.2 > ratio[1]
    early = usual.discharged["person"][usual.discharged["type"] == PATIENT_INITIATED]
    departures = np.bincount(early, minlength=size)
    assert departures.sum() > 50
    assert share_of_top_tenth(departures) > 0.9
    # Against chance: more people left early twice than if departures fell on people at random.
    expected = math.comb(2, 2) * departures.sum() ** 2 / 2 / size
    assert (departures * (departures - 1) / 2).sum() > expected + 4 * math.sqrt(expected)


def test_preventing_an_early_departure_lengthens_that_stay() -> None:
    early, kept = lives(
        *(
            scenario("beds", "clinicians_change", peers=0, size=6000, parameters={"discharge.patient_initiated": x})
            for x in (0.03, 0.0)
        )
    )
    first = [run.discharged[run.discharged["ordinal"] == 0] for run in (early, kept)]
    both = np.intersect1d(first[0]["person"], first[1]["person"])
    a, b = (x[np.isin(x["person"], both)] for x in first)
    assert_same(a, b, ["person", "admission_day", "need", "barriers_at_start"])
    left = a["type"] == PATIENT_INITIATED
    assert left.sum() > 200 < (~left).sum()
    assert not (b["type"] == PATIENT_INITIATED).any()
    longer = (b["discharge_day"] - a["discharge_day"])[left]
    assert (longer >= 0).all() and (longer > 0).mean() > 0.8
    assert_same(a[~left], b[~left], ["discharge_day", "type", "trust", "stigma", "distress"])
    length = [(x["discharge_day"] - x["admission_day"] + 1).mean() for x in (a, b)]
    assert length[1] > length[0] + 0.5
