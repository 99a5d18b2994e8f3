"""Outcomes against oracles: Aalen–Johansen elsewhere and by hand; every outcome again from the tables, by person."""

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from statsmodels.duration.survfunc import CumIncidenceRight

from simulation import Patient, PeerSupportModel
from simulation.config import Config
from simulation.engine import Engine, Result, simulate
from simulation.outcome_definitions import HEADLINES, OUTCOMES
from simulation.outcomes import History, aalen_johansen
from simulation.state import EVENT
from tests.simulation.small import NOBODY, SCENARIOS, small

LONG = small(150, 40, 420, programme={"follow_up_days": 120})
DAY_BEFORE = small(
    150,
    40,
    100,
    parameters={"acute_need.rate": 8.0},
    programme={"share_unit": 1.0, "share_ed": 0.0, "share_community": 0.0},
)


def by_hand(time: list[int], event: list[int], horizon: int) -> list[float]:
    """The product-limit estimate in fractions, one day and one person at a time."""
    survival, incidence, curve = Fraction(1), Fraction(0), []
    for day in range(horizon + 1):
        at_risk = sum(t >= day for t in time)
        if at_risk == 0 and survival > 0:
            return curve + [math.nan] * (horizon + 1 - day)
        here = [e for t, e in zip(time, event, strict=True) if t == day]
        if at_risk:
            incidence += survival * Fraction(here.count(1), at_risk)
            survival *= 1 - Fraction(here.count(1) + here.count(2), at_risk)
        curve.append(float(incidence))
    return curve


cases = st.lists(st.tuples(st.integers(0, 30), st.sampled_from([0, 0, 1, 1, 2])), min_size=1, max_size=60)


@pytest.mark.interpreted
@settings(deadline=None)
@given(cases, st.integers(0, 40))
@example([(5, 1)], 10)
@example([(5, 0)], 10)
@example([(5, 2), (5, 1), (5, 0)], 5)
@example([(0, 1), (0, 0), (3, 2)], 3)
def test_aalen_johansen_by_hand(data: list[tuple[int, int]], horizon: int) -> None:
    time, event = [t for t, _ in data], [e for _, e in data]
    np.testing.assert_allclose(
        aalen_johansen(time, event, horizon), by_hand(time, event, horizon), rtol=1e-12, atol=1e-14
    )


@pytest.mark.interpreted
@settings(deadline=None)
@given(cases.filter(lambda data: {e for _, e in data} >= {1, 2}))
@pytest.mark.filterwarnings(
    "ignore:(invalid value|divide by zero):RuntimeWarning"
)  # in the standard errors of statsmodels
def test_aalen_johansen_of_statsmodels(data: list[tuple[int, int]]) -> None:
    time, event = (np.array(column) for column in zip(*data, strict=True))
    other = CumIncidenceRight(time.astype(float), event)
    curve = aalen_johansen(time, event, int(time.max()))
    np.testing.assert_allclose(curve[np.array(other.times, dtype=int)], other.cinc[0], rtol=1e-10, atol=1e-12)


@pytest.mark.interpreted
def test_aalen_johansen_without_competing_events_is_kaplan_meier_and_without_censoring_a_share() -> None:
    time, event = [1, 2, 2, 4, 9, 9], [1, 1, 2, 1, 2, 1]
    shares = [sum(t <= day and e == 1 for t, e in zip(time, event, strict=True)) / 6 for day in range(10)]
    np.testing.assert_allclose(aalen_johansen(time, event, 9), shares, atol=1e-15)
    np.testing.assert_allclose(aalen_johansen([1, 2, 3], [1, 0, 1], 3), [0, 1 / 3, 1 / 3, 1.0])


@pytest.mark.interpreted
def test_aalen_johansen_of_nobody_is_unknown() -> None:
    assert np.isnan(aalen_johansen([], [], 3)).all()
    assert aalen_johansen([2, 2], [0, 0], 4).tolist()[:3] == [0, 0, 0]
    assert np.isnan(aalen_johansen([2, 2], [0, 0], 4)[3:]).all()


@pytest.mark.interpreted
@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 5), st.integers(0, 3)), max_size=30),
    st.integers(0, 5),
    st.integers(0, 40),
)
def test_the_latest_event_of_a_person(log: list[tuple[int, int, int]], who: int, when: int) -> None:
    log = sorted(log, key=lambda event: event[0])
    events = np.zeros(len(log), EVENT)
    events["day"], events["person"], events["kind"] = np.array(log, int).reshape(-1, 3).T
    history = History(events, (1, 3), 6)
    assert history.rows.tolist() == [k for k, (_, _, kind) in enumerate(log) if kind in (1, 3)]
    rows, found = history.up_to(np.array([who]), np.array([when]))
    own = [k for k, (day, person, kind) in enumerate(log) if person == who and day <= when and kind in (1, 3)]
    assert (rows.tolist(), found.tolist()) == ([own[-1]], [True]) if own else not found.any()


def first_after(events: pd.DataFrame, kind: str, person: int, day: int) -> int:
    days = [e.day for e in events.itertuples() if e.person == person and e.event == kind and e.day > day]
    return min(days, default=-1)


def incidence(rows: pd.DataFrame, column: str, horizon: int, last: int) -> float:
    time, event = [], []
    for row in rows.itertuples():
        to_event = getattr(row, column) - row.discharge_day if getattr(row, column) >= 0 else math.inf
        to_death = row.death_day - row.discharge_day if row.death_day >= 0 else math.inf
        to_end = last - row.discharge_day
        soonest = min(to_event, to_death, to_end)
        time.append(int(soonest))
        event.append(1 if to_event == soonest else 2 if to_death == soonest else 0)
    return by_hand(time, event, horizon)[horizon] if time else math.nan


def share(values: Any) -> float:
    values = list(values)
    return sum(values) / len(values) if values else math.nan


def over(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator else math.nan


def recomputed(result: Result, config: Config) -> dict[str, float]:
    """All outcomes, the slow way, from the tables of a result."""
    first, last = config.run.warm_up_days, config.horizon - 1
    everyone, events = result.discharges, result.events
    ended = everyone[everyone["discharge_day"] >= first]
    kind = ended["discharge_type"]
    index = ended[kind != "died"]
    daily = result.daily.loc[first:]
    total = daily.sum()
    measured = events[events["day"] >= first]
    years = total["alive"] / 365
    out = {
        "patient_initiated_discharge": share(kind == "patient-initiated"),
        "administrative_discharge": share(kind == "administrative"),
        "death_in_hospital": share(kind == "died"),
        "length_of_stay_mean": share(ended["discharge_day"] - ended["admission_day"]),
        "length_of_stay_median_planned": ended["length_of_stay"][kind == "planned"].median(),
        "length_of_stay_median_patient_initiated": ended["length_of_stay"][kind == "patient-initiated"].median(),
        "treatment_completed": share(ended["completed"]),
        "plan_quality_mean": share(ended["plan_quality"][kind == "planned"]),
        "disclosed_use": share(ended["disclosed"]),
        "reach": share(ended["visits"] >= 1),
        "trust_at_discharge": share(index["trust"]),
        "trust_at_30d": share(index["trust_30d"].dropna()),
        "experienced_stigma_at_discharge": share(index["experienced_stigma"]),
        "high_mistrust_at_discharge": share(index["trust"] <= 0.5),
        "contacts_made_per_enrolled": share(index["contacts"][index["enrolled"]]),
        "linkage_14d": incidence(index[~index["in_care"]], "linkage_day", 14, last),
        "linkage_30d": incidence(index[~index["in_care"]], "linkage_day", 30, last),
        "ed_return_7d": incidence(index, "next_ed_day", 7, last),
        "ed_return_30d": incidence(index, "next_ed_day", 30, last),
        "overdose_30d": incidence(index, "overdose_day", 30, last),
        "death_365d": incidence(index, "death_day", 365, last),
    }
    for days in (7, 30, 90, 365):
        out[f"readmission_{days}d"] = incidence(index, "next_readmission_day", days, last)

    def count(name: str) -> int:
        return int((measured["event"] == name).sum())

    for name, number in {
        "admissions": count("admitted"),
        "ed_visits": count("arrives at emergency department"),
        "hospital_days": total["census"],
        "deaths": count("dies"),
        "overdoses": count("overdose"),
        "early_departures": (kind == "patient-initiated").sum(),
        "minor_visits": total["minor_visits"],
        "readmissions_30d": sum(0 <= r.next_readmission_day <= r.discharge_day + 30 for r in index.itertuples()),
    }.items():
        out[f"{name}_per_1000_person_years"] = over(1000 * number, years)
    out["diversions_per_1000_admissions"] = over(1000 * count("diverted"), count("admitted") + count("diverted"))
    out["boarding_days_mean"] = share(measured["detail"][measured["event"] == "gets a bed"])
    beds = config.hospital.count * config.hospital.units * config.hospital.beds_per_unit
    out["occupancy_mean"] = share((daily["occupied_beds"] + daily["background_beds"]) / beds)

    posts = total["workers_in_post"]
    out["peer_burnout_mean"] = over(sum(daily["worker_burnout"] * daily["workers_in_post"]), posts)
    out["peer_high_burnout"] = over(total["workers_high_burnout"], posts)
    out["peer_exits_per_year"] = over(count("worker leaves"), posts / 365)
    programme_days = (daily.index >= config.programme.start_day).sum()
    planned_posts = config.programme.peers + config.programme.navigators
    out["vacancy_share"] = over(total["vacant_posts"], planned_posts * programme_days)
    out["caseload_mean"] = over(total["caseload"], posts)
    out["minutes_with_people"] = over(total["minutes_with_people"], total["minutes_worked"])
    out["supervision_adequacy"] = over(sum(daily["supervision_adequacy"] * daily["workers_in_post"]), posts)
    out["acceptance"] = over(count("accepts a worker"), count("accepts a worker") + count("declines a worker"))
    missed = count("visit missed") + count("contact missed")
    done = count("visit") + count("contact made") + count("contact failed")
    out["missed_visits"] = over(missed, missed + done)
    for name in ("stigma", "credibility", "burnout"):
        out[f"clinician_{name}_mean"] = share(daily[f"clinician_{name}"])
    h = config.hospital
    staff = h.count * (h.units * (h.nurses_per_unit + h.physicians_per_unit) + h.ed_nurses + h.ed_physicians)
    out["clinician_high_burnout"] = share(daily["clinicians_high_burnout"] / staff)
    nurses = h.count * (h.units * h.nurses_per_unit + h.ed_nurses)
    out["nurse_high_burnout"] = share(daily["nurses_high_burnout"] / nurses)
    of_physicians = daily["clinicians_high_burnout"] - daily["nurses_high_burnout"]
    out["physician_high_burnout"] = share(of_physicians / (staff - nurses))
    out["clinician_exits_per_year"] = count("clinician exits") / (staff * len(daily) / 365)

    for name in ("in_care", "using", "unhoused"):
        out[name] = over(total[name], total["alive"])
    out["population_mean"] = share(daily["alive"])
    out["consulted"] = share(ended["consulted"])
    out["peer_returns_to_use_per_year"] = over(count("worker returns to use"), posts / 365)
    out["peer_incidents_per_year"] = over(count("incident"), posts / 365)
    out["peer_days_absent"] = over(total["days_absent"], posts * config.programme.days_per_week / 7)
    harms = count("worker leaves") + count("worker returns to use")
    harms += total["worker_leaves"]
    out["worker_harms_per_year"] = harms / (len(daily) / 365)

    at_home = []
    for row in index[index["discharge_day"] + 90 <= last].itertuples():
        own = events[(events["person"] == row.person) & events["event"].isin(["admitted", "discharged"])]
        days_out, inside = 0, False
        for midnight in range(row.discharge_day, row.discharge_day + 90):
            for e in own[(own["day"] == midnight) & (own["day"] > row.discharge_day)].itertuples():
                inside = e.event == "admitted"
            days_out += not inside and not 0 <= row.death_day <= midnight
        at_home.append(days_out)
    out["days_alive_out_of_hospital_90d"] = share(at_home)

    in_care = []
    for row in index[index["discharge_day"] + 90 <= last].itertuples():
        state = row.in_care
        for e in events[events["person"] == row.person].itertuples():
            if row.discharge_day < e.day <= row.discharge_day + 90 and e.event in (
                "first visit in care",
                "drops out of care",
            ):
                state = e.event == "first visit in care"
        in_care.append(state and not 0 <= row.death_day <= row.discharge_day + 90)
    out["in_care_90d"] = share(in_care)
    for window in (30, 60, 90):
        engaged = []
        for e in measured.itertuples():
            if e.event in ("accepts a worker", "declines a worker") and e.day + window <= last:
                own = events[(events["person"] == e.person) & (events["event"] == "contact ends")]
                ended_then = any(e.day <= day <= e.day + window for day in own["day"])
                met = events[(events.person == e.person) & events.event.isin(["contact made", "visit"])]
                lately = ((met.day > e.day + window - 30) & (met.day <= e.day + window)).any()
                engaged.append(e.event == "accepts a worker" and not ended_then and bool(lately))
        out[f"engaged_{window}d"] = share(engaged)

    overdosed = set(events["person"][(events["event"] == "dies") & (events["detail"] == 1)])
    own = index.assign(day=[row.death_day if row.person in overdosed else -1 for row in index.itertuples()])
    out["overdose_death_365d"] = incidence(own, "day", 365, last)
    model = PeerSupportModel(config, rng=result.seed)
    model.run_days(config.horizon)
    out["high_mistrust"] = share(person.trust <= 0.5 for person in model.agents_by_type[Patient] if person.alive)

    out["stays_per_year"] = count("admitted") / len(daily) * 365
    value, p = result.parameters, config.programme
    first = config.run.warm_up_days

    def spent(days: pd.DataFrame, of: pd.DataFrame, running: int) -> dict[str, float]:
        """What the programme cost on some days, from the events of these days."""
        hours = p.days_per_week / 7 * p.shift_minutes / 60 * value["cost.loading"]
        others = days["navigators_in_post"].sum()
        own = days["workers_in_post"].sum() - others
        hired = int((of["event"] == "worker hired").sum())
        again = int((of["event"] == "supervisor hired").sum())
        taught = staff * p.cross_training_hours * running / 365 if planned_posts else 0
        supervised = days["supervisors_in_post"].sum() / 7 * p.supervision_hours_per_week
        return {
            "worker_cost": hours * (own * value["cost.wage"] + others * value["cost.navigator_wage"]),
            "supervision_cost": supervised * value["cost.supervisor_wage"],
            "recruiting_cost": (hired + again) * value["cost.recruitment"],
            "training_cost": hired * p.training_hours * value["cost.training_hour"]
            + taught * (value["cost.training_hour"] + value["cost.clinician_hour"]),
        }

    a_year = 365 / len(daily)
    parts = spent(daily, measured, programme_days)
    out |= {name: amount * a_year for name, amount in parts.items()}
    out["programme_cost"] = sum(parts.values()) * a_year
    running = max(0, first - p.start_day)
    before = spent(result.daily.iloc[:first], events[events["day"] < first], running)
    out["start_up_cost"] = sum(before.values())
    full = p.peers * value["cost.wage"] + p.navigators * value["cost.navigator_wage"]
    full *= programme_days * p.days_per_week / 7 * p.shift_minutes / 60 * value["cost.loading"]
    supervisors = math.ceil(planned_posts / p.peers_per_supervisor - 1e-9)
    full += supervisors * programme_days / 7 * p.supervision_hours_per_week * value["cost.supervisor_wage"]
    taught = staff * p.cross_training_hours * programme_days / 365 if planned_posts else 0
    full += taught * (value["cost.training_hour"] + value["cost.clinician_hour"])
    out["programme_cost_full"] = full * a_year
    midnights = stay_midnights(result, first, last)
    out["bed_day_cost"] = midnights * value["cost.inpatient_day"] * a_year
    out["ed_cost"] = count("arrives at emergency department") * value["cost.ed_visit"] * a_year
    out["treatment_cost"] = total["in_care"] / 365 * value["cost.treatment_year"] * a_year
    out["hospital_cost"] = out["bed_day_cost"] + out["ed_cost"]
    out["hospital_cost_marginal"] = out["bed_day_cost"] * value["cost.marginal_share"] + out["ed_cost"]
    for name in ("", "_marginal"):
        out[f"total_cost{name}"] = out["programme_cost"] + out[f"hospital_cost{name}"] + out["treatment_cost"]
    return out


def stay_midnights(result: Result, first: int, last: int) -> int:
    """Midnights of the days from `first` to `last` that are in a stay, from each person's admissions and discharges."""
    events, n = result.events, 0
    inside = events[events["event"].isin(["admitted", "discharged"]) & (events["person"] >= 0)]
    starts = {(row.person, row.admission_day): row.discharge_day for row in result.discharges.itertuples()}
    for row in inside[inside["event"] == "admitted"].itertuples():
        starts.setdefault((row.person, row.day), last + 1)
    for (_, begin), end in starts.items():
        n += max(0, min(end, last + 1) - max(begin, first))
    return n


RUNS = {
    "long": LONG,
    "no programme": small(200, 40, 80, programme=NOBODY),
    "only inpatients": DAY_BEFORE,
    "starts late": small(150, 20, 100, programme={"start_day": 50, "cross_training_hours": 10.0, "champion": True}),
    "two hospitals": SCENARIOS["two hospitals, follow-up first"],
    "without warm-up": small(150, 0, 60),
}


@pytest.mark.interpreted
@pytest.mark.parametrize("name", RUNS)
def test_every_outcome_person_by_person(name: str) -> None:
    result = simulate(RUNS[name], 3)
    again = recomputed(result, RUNS[name])
    assert set(again) == set(result.values) == set(OUTCOMES)
    wrong = {
        key: (value, again[key])
        for key, value in result.values.items()
        if not (math.isnan(value) and math.isnan(again[key]))
        and value != pytest.approx(again[key], rel=1e-9, abs=1e-12)
    }
    assert not wrong
    if name == "long":
        assert not [key for key, value in result.values.items() if math.isnan(value)]


@pytest.mark.interpreted
@pytest.mark.parametrize("name", ["long", "only inpatients"])
def test_days_of_the_table_of_discharges_are_those_of_the_events(name: str) -> None:
    result = simulate(RUNS[name], 4)
    events = result.events
    for column, kind in {
        "next_ed_day": "arrives at emergency department",
        "next_readmission_day": "admitted",
        "linkage_day": "first visit in care",
        "overdose_day": "overdose",
        "death_day": "dies",
    }.items():
        rows = events[events["event"] == kind]
        days: dict[int, list[int]] = {}
        for person, day in zip(rows["person"], rows["day"], strict=True):
            days.setdefault(person, []).append(day)
        for row in result.discharges.itertuples():
            died_here = kind == "dies" and row.discharge_type == "died"
            after = [day for day in days.get(row.person, []) if day > row.discharge_day - died_here]
            assert getattr(row, column) == min(after, default=-1), (column, row)


@pytest.mark.interpreted
def test_counts_of_the_day_are_those_of_the_events() -> None:
    for name, config in RUNS.items():
        result = simulate(config, 5)
        for column, kind in {
            "ed_visits": "arrives at emergency department",
            "admissions": "admitted",
            "diversions": "diverted",
            "deaths": "dies",
            "overdoses": "overdose",
            "worker_exits": "worker leaves",
            "worker_hires": "worker hired",
            "visits_made": "visit",
            "visits_missed": "visit missed",
            "contacts_made": "contact made",
            "contacts_failed": "contact failed",
            "contacts_missed": "contact missed",
            "acceptances": "accepts a worker",
            "conflicts": "conflict",
            "clinician_exits": "clinician exits",
            "first_visits_in_care": "first visit in care",
            "joined": "joins the population",
            "incidents": "incident",
            "worker_returns": "worker returns to use",
            "settled_outside": "settled outside hospital",
            "consults": "seen by consult team",
        }.items():
            counted = result.events["day"][result.events["event"] == kind].value_counts()
            expected = counted.reindex(result.daily.index, fill_value=0)
            assert (result.daily[column] == expected).all(), (name, column)
        left = result.events["detail"][result.events["event"] == "discharged"].value_counts()
        for code, column in enumerate(("planned", "patient_initiated", "administrative", "died_in_hospital")):
            assert result.daily[column].sum() == left.get(code, 0), (name, column)
        change = result.daily[["joined", "deaths", "moved_away", "stopped"]] @ [1, -1, -1, -1]
        assert (result.daily["alive"].diff()[1:] == change[1:]).all()


@pytest.mark.interpreted
def test_a_run_that_has_measured_nothing_has_no_outcomes() -> None:
    engine = Engine(small(50, 20, 20), 1)
    engine.run(15)
    values = engine.result().values
    assert set(values) == set(OUTCOMES)
    assert all(math.isnan(value) for value in values.values())


def test_every_outcome_is_described() -> None:
    assert set(HEADLINES) <= set(OUTCOMES)
    for name, outcome in OUTCOMES.items():
        assert outcome.name == name
        assert outcome.unit and outcome.per and outcome.label and outcome.definition.endswith(".")
