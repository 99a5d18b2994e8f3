"""One run: from a configuration, a seed and parameters to a result. No Mesa, no pandas until a table is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

import simulation
from simulation import draws, kernel_cache, outcomes, parameters
from simulation import trial as trials
from simulation.config import Config
from simulation.day import finish, run_days
from simulation.population import lay_out, populate
from simulation.processes.beds import RING
from simulation.state import (
    BENEFIT,
    CARE,
    CLINICIAN,
    CLOCK,
    CLOCKS,
    COUNTS,
    DAILY,
    DAY,
    DEATH,
    DISCHARGE_TYPES,
    ENTRY,
    EVENT,
    EVENTS,
    NEED,
    OVERDOSE,
    PATIENT,
    SEEK,
    STAY,
    STIGMA,
    STILL_IN,
    SUPERVISOR,
    TRANSIENTS,
    TRUST,
    UNIT,
    WORKER,
    levers,
    supervisors_needed,
    switches,
)
from simulation.trial import Trial
from simulation.world import World

if TYPE_CHECKING:
    import pandas as pd

CHUNK = 64
"""Days per compiled call, so that Ctrl-C and progress answer soon."""


def complete(config: Config, given: Mapping[str, float] | None) -> dict[str, float]:
    """All parameter values of a run: profile start values, then a draw, then the scenario's own overrides.

    Raises:
        ValueError: An unknown name or a value outside its bounds.
    """
    values = parameters.defaults(config.population.profile)
    values.update(parameters.check_values(given or {}))
    values.update(config.parameters)
    return values


class Engine:
    """The state of one run and the day that moves it.

    Args:
        config: The scenario.
        seed: 0 ≤ seed < 2^64.
        replication: 0 ≤ replication < 2^32; replications of one seed are independent.
        parameters: Values that replace start values, for example one draw of a posterior.
        scan: Ask everybody every day instead of using the calendar: the slow oracle of the tests.
        trial: A trial to be run among the people; None for none.

    Raises:
        ValueError: A seed, replication or parameter value out of range.
    """

    def __init__(
        self,
        config: Config,
        seed: int = 0,
        *,
        replication: int = 0,
        parameters: Mapping[str, float] | None = None,
        scan: bool = False,
        trial: Trial | None = None,
    ) -> None:
        self.config = config
        self.seed = seed
        self.replication = replication
        self.parameters = complete(config, parameters)
        self.world = build(config, draws.derive_key(seed, replication), self.parameters, scan=scan, trial=trial)
        draws.forget_audit()
        populate(self.world)

    @property
    def day(self) -> int:
        """Next day to run; equals the days run so far."""
        return int(self.world.counts[0]["day"])

    def run(self, until: int | None = None, tick: Callable[[int], None] | None = None) -> None:
        """Run up to, not including, day `until` (the horizon by default).

        Args:
            until: Day at which to stop, 0 to the horizon.
            tick: Called after each chunk of days with the days run so far; an exception from it stops the run cleanly.

        Raises:
            ValueError: `until` lies beyond the horizon.
        """
        until = self.config.horizon if until is None else until
        if until > self.config.horizon:
            raise ValueError(f"day {until} lies beyond the run of {self.config.horizon} days")
        while self.day < until:
            needed = run_days(self.world, min(until, self.day + CHUNK))
            if needed:
                self._grow(int(needed))
            elif tick is not None:
                tick(self.day)
        if self.day == self.config.horizon:
            kernel_cache.mark_complete(simulation.KERNELS)

    def _grow(self, rows: int) -> None:
        w = self.world
        w.replace("events", _longer(w.events, max(2 * len(w.events), int(w.counts[0]["events"]) + 2 * rows)))
        w.replace("stays", _longer(w.stays, max(2 * len(w.stays), int(w.counts[0]["stays"]) + rows)))

    def result(self) -> Result:
        """The result of the days run so far."""
        finish(self.world, self.day)
        return Result(self)


def _longer(array: Any, length: int) -> Any:
    new = np.zeros(length, dtype=array.dtype)
    new[: len(array)] = array
    return new


# Stays and events get more room than most runs use: memory that is never touched costs nothing, a copy does.
def build(
    config: Config, key: int, values: Mapping[str, float], *, scan: bool = False, trial: Trial | None = None
) -> World:
    """All arrays of a run, with hospitals and posts laid out and people still to be made."""
    h, p, n = config.hospital, config.programme, config.population.size
    units = h.count * (h.units + 1)
    staff = h.count * (h.units * (h.nurses_per_unit + h.physicians_per_unit) + h.ed_nurses + h.ed_physicians)
    posts = p.peers + p.navigators
    times = np.ones(TRANSIENTS)
    times[NEED] = values["acute_need.residual_days"]
    times[SEEK] = -1.0 / values["care_seeking.urgency"]
    times[OVERDOSE] = values["after_discharge.surge_days"]
    times[DEATH] = values["after_discharge.death_surge_days"]
    times[CARE] = values["linkage.window"]
    times[BENEFIT] = values["follow_up.fade"]
    with np.errstate(divide="ignore"):
        times[TRUST] = np.float64(1.0) / values["population.trust_memory"]
        times[STIGMA] = np.float64(1.0) / values["population.stigma_memory"]
    world = World(
        patients=np.zeros(n, PATIENT),
        entries=np.zeros(n, ENTRY),
        clocks=np.zeros((n, CLOCKS), CLOCK),
        stays=np.zeros(1_024 + n, STAY),
        clinicians=np.zeros(staff, CLINICIAN),
        workers=np.zeros(posts, WORKER),
        supervisors=np.zeros(supervisors_needed(config), SUPERVISOR),
        units=np.zeros(units, UNIT),
        events=np.zeros(65_536 + 24 * n, EVENT),
        daily=np.zeros(config.horizon, DAY),
        parameters=parameters.record(values),
        levers=levers(config, key, scan=scan),
        switches=switches(config),
        counts=np.zeros(1, COUNTS),
        calendar=np.full(config.horizon + 1, -1, np.int64),
        due=np.zeros(n, np.int64),
        inpatients=np.zeros(n, np.int64),
        boarders=np.zeros(n, np.int64),
        in_ed=np.zeros(n, np.int64),
        referred=np.zeros(2 * n, np.int64),
        referral_keys=np.zeros(n, np.int64),
        caseloads=np.full((posts, p.caseload_cap), -1, np.int64),
        workers_of=np.zeros(h.count + 1, np.int32),
        departures=np.zeros((units, RING), np.int32),
        schedule=np.array(p.contact_schedule, np.int32),
        times=times,
        remains=np.zeros((TRANSIENTS, config.horizon + 1)),
        tasks=np.zeros((max(n, p.caseload_cap), 2), np.int64),
        **(trials.empty() if trial is None else trials.lay_out(trial, n, h.count, h.units, key)),
    )
    lay_out(config, world)
    if trial is not None:
        trials.post(trial, world.workers)
    return world


class Result:
    """What one run leaves: outcomes, daily series, stays and events.

    Attributes:
        config: The scenario.
        seed: Seed of the run.
        replication: Replication of the run.
        parameters: Every parameter value of the run, by name.
        values: Outcome name → value; NaN where the denominator is 0.
    """

    def __init__(self, engine: Engine) -> None:
        self.config = engine.config
        self.seed = engine.seed
        self.replication = engine.replication
        self.parameters = engine.parameters
        self.values: dict[str, float] = outcomes.measure(engine)
        w = engine.world
        daily, stays = w.daily[: engine.day], w.stays[: int(w.counts[0]["stays"])]
        events = w.events[: int(w.counts[0]["events"])]
        going_on = engine.day < engine.config.horizon
        self._daily, self._stays, self._events = (a.copy() if going_on else a for a in (daily, stays, events))
        self._frailty = w.patients["frailty"]
        self._last_day = engine.day - 1

    @cached_property
    def outcomes(self) -> pd.Series[float]:
        """Outcomes by name; units and definitions in `simulation.outcome_list.OUTCOMES`."""
        import pandas as pd

        return pd.Series(self.values, name="value", dtype=float)

    @cached_property
    def daily(self) -> pd.DataFrame:
        """Daily series, one row a day (index `day`), warm-up included; columns in `simulation.state.DAILY`."""
        import pandas as pd

        columns = {name: self._daily[name] for name in DAILY}
        return pd.DataFrame(columns, index=pd.RangeIndex(len(self._daily), name="day"))

    @cached_property
    def discharges(self) -> pd.DataFrame:
        """One row per stay that has ended, warm-up included; days count from the first day of the run, −1 is "none"."""
        import pandas as pd

        s = self._stays[self._stays["type"] != STILL_IN]
        s = s[np.lexsort((s["person"], s["discharge_day"]))]
        kinds = pd.Categorical.from_codes(s["type"].astype(int), categories=pd.Index(DISCHARGE_TYPES))
        return pd.DataFrame(
            {
                "person": s["person"],
                "stay": s["ordinal"],
                "hospital": s["hospital"],
                "unit": s["unit"],
                "admission_day": s["admission_day"],
                "bed_day": s["bed_day"],
                "discharge_day": s["discharge_day"],
                "discharge_type": kinds,
                "length_of_stay": s["discharge_day"] - s["admission_day"] + 1,
                "treatment_need": s["need"],
                "days_waited": s["waited"],
                "completed": s["completed"].astype(bool),
                "plan_quality": s["plan"],
                "barriers_at_start": s["barriers_at_start"],
                "barriers_open": s["barriers"],
                "disclosed": s["disclosed"].astype(bool),
                "medicated": s["medicated"].astype(bool),
                "conflicts": s["conflicts"],
                "trust": s["trust"],
                "trust_30d": np.where(s["trust_30d"] < 0, np.nan, s["trust_30d"]),
                "experienced_stigma": s["stigma"],
                "distress": s["distress"],
                "prior_stays": s["prior_stays"],
                "unhoused": s["unhoused"].astype(bool),
                "frailty": self._frailty[s["person"]],
                "in_care": s["in_care"].astype(bool),
                "offered": s["offered"].astype(bool),
                "accepted": s["accepted"].astype(bool),
                "seen": s["visits"] > 0,
                "visits": s["visits"],
                "enrolled": s["enrolled"].astype(bool),
                "worker": s["worker"],
                "contacts": s["contacts"],
                "next_ed_day": s["ed_day"],
                "next_readmission_day": s["readmission_day"],
                "linkage_day": s["linkage_day"],
                "overdose_day": s["overdose_day"],
                "death_day": s["death_day"],
                "last_day": np.full(len(s), self._last_day),
            }
        )

    @cached_property
    def events(self) -> pd.DataFrame:
        """Event log in order of day and person; `event` is a category, −1 is "none".

        `unit` is the row of the unit where it happened, −1 outside hospital; the units of hospital h are rows
        h (u + 1) to h (u + 1) + u, the emergency department first, with u inpatient units a hospital. `detail` is the
        number that goes with the event: `simulation.event_list.EVENT_LIST`.
        """
        import pandas as pd

        e = self._events
        e = e[np.lexsort((e["detail"], e["kind"], e["person"], e["day"]))]
        kinds = pd.Categorical.from_codes(e["kind"], categories=pd.Index(EVENTS))
        return pd.DataFrame(
            {"day": e["day"].astype(np.int32), "person": e["person"], "event": kinds}
            | {name: e[name] for name in ("unit", "worker", "detail")}
        )


def simulate(
    config: Config,
    seed: int = 0,
    *,
    replication: int = 0,
    parameters: Mapping[str, float] | None = None,
    trial: Trial | None = None,
) -> Result:
    """Run one scenario to its end.

    Args:
        config: The scenario, for example `scenarios.load("bridge")`.
        seed: 0 ≤ seed < 2^64. Runs that share seed and replication share every draw that both make.
        replication: 0 ≤ replication < 2^32.
        parameters: Values that replace start values by name, for example one draw of a posterior; the scenario's own
            `parameters` win over them.
        trial: A trial to be run among the people; None for none.

    Returns:
        Outcomes, daily series, discharges and events.

    Raises:
        ValueError: A seed, replication or parameter value out of range.
    """
    engine = Engine(config, seed, replication=replication, parameters=parameters, trial=trial)
    engine.run()
    return engine.result()
