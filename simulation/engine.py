"""One run: from a configuration, a seed and parameters to a result. No Mesa, no pandas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from simulation import draws, kernel_cache, parameters
from simulation import trial_specification as trials
from simulation.config import Config
from simulation.day import finish, run_days
from simulation.population import lay_out, populate
from simulation.processes.beds import RING
from simulation.result import Result
from simulation.state import (
    BENEFIT,
    CARE,
    CLINICIAN,
    CLOCK,
    CLOCKS,
    COUNTS,
    DAY,
    DEATH,
    ENTRY,
    EVENT,
    NEED,
    OVERDOSE,
    PATIENT,
    SEEK,
    STAY,
    STIGMA,
    SUPERVISOR,
    TRANSIENTS,
    TRUST,
    UNIT,
    WORKER,
    levers,
    supervisors_needed,
    switches,
)
from simulation.trial_specification import Trial
from simulation.version import KERNELS
from simulation.world import World

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
            kernel_cache.mark_complete(KERNELS)

    def _grow(self, rows: int) -> None:
        w = self.world
        w.replace("events", _longer(w.events, max(2 * len(w.events), int(w.counts[0]["events"]) + 2 * rows)))
        w.replace("stays", _longer(w.stays, max(2 * len(w.stays), int(w.counts[0]["stays"]) + rows)))

    def result(self) -> Result:
        """The result of the days run so far."""
        finish(self.world, self.day)
        return Result(self.world, self.config, self.parameters, self.seed, self.replication, self.day)


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
