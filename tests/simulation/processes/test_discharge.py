"""Mechanism 13: what a person needs and feels decides how a stay ends; four constant hazards when off."""

import numpy as np

from simulation.state import ADMINISTRATIVE, COVER, DIED, PATIENT_INITIATED, PLANNED
from tests.simulation.pairs import Array, assert_same, assert_same_until_hospital, lives, scenario

RATES = {"discharge.patient_initiated": 0.05, "discharge.administrative": 0.05, "discharge.death": 0.005}


def test_treatment_is_complete_before_a_planned_discharge_only_when_on() -> None:
    on, off = lives(*(scenario(*x, size=12_000, parameters=RATES) for x in ((), ("discharge",))))
    received = [run.discharged["discharge_day"] - run.discharged["admission_day"] + 1 for run in (on, off)]
    planned = [run.discharged["type"] == PLANNED for run in (on, off)]
    assert min(planned[0].sum(), planned[1].sum()) > 100
    assert (received[0] >= on.discharged["need"])[planned[0]].all()
    assert (received[1] < off.discharged["need"])[planned[1]].sum() > 20
    by_cover = on.discharged[on.discharged["type"] == ADMINISTRATIVE]
    assert len(by_cover) > 5 and (by_cover["barriers"] & COVER).all()
    assert not (off.discharged[off.discharged["type"] == ADMINISTRATIVE]["barriers"] & COVER).all()


def test_propensity_and_low_trust_make_people_leave_only_when_on() -> None:
    flat = {"discharge.patient_initiated": 0.05, "discharge.distress": 0.0, "discharge.trust": -4.0}
    on, off = lives(*(scenario(*x, size=8000, peers=0, parameters=flat) for x in ((), ("discharge",))))

    def share(stays: Array, chosen: Array) -> float:
        assert chosen.sum() > 300
        return float((stays["type"][chosen] == PATIENT_INITIATED).mean())

    for run, low, high in ((on, 1.4, 99.0), (off, 0.7, 1.35)):
        stays = run.discharged
        prone, trust = run.patients["leave_propensity"][stays["person"]], run.patients["usual_trust"][stays["person"]]
        assert low < share(stays, prone > 0.7) / share(stays, prone < -0.7) < high
        assert low < share(stays, trust < 0.4) / share(stays, trust > 0.7) < high


def test_off_the_types_share_out_as_their_hazards() -> None:
    (off,) = lives(scenario("discharge", parameters=RATES))
    planned = 1 / (2.5 * np.exp(1.22**2 / 2))
    hazards = {PLANNED: planned, PATIENT_INITIATED: 0.05, ADMINISTRATIVE: 0.05, DIED: 0.005}
    n = len(off.discharged)
    assert n > 400
    for kind, hazard in hazards.items():
        p = hazard / sum(hazards.values())
        assert abs((off.discharged["type"] == kind).mean() - p) < 4 * np.sqrt(p * (1 - p) / n)


def test_lives_are_the_same_up_to_the_first_admission() -> None:
    on, off = lives(scenario("beds"), scenario("beds", "discharge"))
    assert_same_until_hospital(on, off)
    first = [run.stays[run.stays["ordinal"] == 0] for run in (on, off)]
    both = np.intersect1d(first[0]["person"], first[1]["person"])
    start = ["person", "admission_day", "need", "waited", "specialty", "barriers_at_start", "urgent", "unhoused"]
    at_once = [run.first_day(2) for run in (on, off)]
    same = both[at_once[0][both] == first[0]["admission_day"][np.searchsorted(first[0]["person"], both)]]
    assert len(same) > 300
    assert_same(*(x[np.isin(x["person"], same)] for x in first), start)
