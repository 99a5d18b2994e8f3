"""One run: from a configuration, a seed and parameters to a result. No Mesa, no pandas."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from simulation import draws, equilibrium, kernel_cache, local_totals, parameters, population, staying
from simulation import trial_specification as trials
from simulation.config import Config
from simulation.day import finish, run_days
from simulation.population import lay_out, mortality
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
    PATIENT,
    PHASE,
    SEEK,
    STAY,
    STIGMA,
    SUPERVISOR,
    TRANSIENTS,
    TRUST,
    UNIT,
    VISIT_MEMORY,
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
        ValueError: A seed, replication or parameter value out of range, or local totals that cannot be met.

    Attributes:
        config: The scenario that runs: of local totals, the one that was solved for them.
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
        self.seed = seed
        self.replication = replication
        self.parameters = complete(config, parameters)
        if config.local.given:
            config, solved = local_totals.solve(
                config, self.parameters, (seed, replication), lambda usual, values: self._usual_care(usual, values)
            )
            self.parameters.update(solved)
        self.config = config
        key = draws.derive_key(seed, replication)
        before = None
        if config.run.burn_in_days > 0:
            keys = (draws.derive_key(seed, replication, 1), draws.derive_key(seed, replication, 2))
            before = equilibrium.start(config, self.parameters, keys, build, scan=scan)
        draws.forget_audit()
        self.world = begin(config, key, self.parameters, before, scan=scan, trial=trial)

    def _usual_care(self, config: Config, values: Mapping[str, float]) -> dict[str, float]:
        """Outcomes of usual care with this run's draws and the given parameter values."""
        usual = Engine(config, self.seed, replication=self.replication, parameters=values)
        usual.run()
        return dict(usual.result().values)

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
                self.world.grow(int(needed))
            elif tick is not None:
                tick(self.day)
        if self.day == self.config.horizon:
            kernel_cache.mark_complete(KERNELS)

    def result(self) -> Result:
        """The result of the days run so far."""
        finish(self.world, self.day)
        return Result(self.world, self.config, self.parameters, self.seed, self.replication, self.day)


# Stays and events get more room than most runs use: memory that is never touched costs nothing, a copy does.
def build(
    config: Config,
    key: int,
    values: Mapping[str, float],
    *,
    there: int | None = None,
    joining: int = 0,
    scan: bool = False,
    trial: Trial | None = None,
) -> World:
    """All arrays of a run, with hospitals and posts laid out and people still to be made.

    Args:
        config: The scenario.
        key: Key of the run's draws.
        values: Every parameter by name.
        there: People on the first day; the size of the population by default.
        joining: People who will join.
        scan: See `Engine`.
        trial: See `Engine`.
    """
    h, p = config.hospital, config.programme
    n = (config.population.size if there is None else there) + joining
    units = h.count * (h.units + 1)
    posts = population.rows_of_posts(config)
    phases = len(config.plan) + (config.last_day < config.horizon)
    times = np.ones(TRANSIENTS)
    times[NEED] = values["acute_need.residual_days"]
    times[SEEK] = -1.0 / values["care_seeking.urgency"]
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
        clinicians=np.zeros(config.clinicians, CLINICIAN),
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
        phases=np.zeros(phases, PHASE),
        roster=np.zeros((phases, posts), np.int32),
        weights=population.hospital_weights(config),
        months=population.months(config),
        departures=np.zeros((units, RING), np.int32),
        schedule=np.array(p.contact_schedule, np.int32),
        times=times,
        remains=np.zeros((TRANSIENTS, config.horizon + config.run.burn_in_days + 366)),
        mortality=mortality(),
        lived=np.cumsum(mortality(), axis=1),
        staying=staying.assumed(values, config.mechanisms),
        visit_days=np.full((n, VISIT_MEMORY), -2_000_000, np.int32),
        tasks=np.zeros((max(n, p.caseload_cap), 2), np.int64),
        **(trials.empty() if trial is None else trials.lay_out(trial, n, h.count, h.units, key)),
    )
    lay_out(config, world)
    if trial is not None:
        trials.post(trial, world.workers)
    return world


def begin(
    config: Config,
    key: int,
    values: Mapping[str, float],
    before: equilibrium.Start | None,
    *,
    scan: bool = False,
    trial: Trial | None = None,
) -> World:
    """A world before its first day: as `before` has left it, or as first drawn where nothing was before."""
    there, per_day = config.population.size, 0.0
    if before is not None:
        there, per_day = before.people, before.joining
    coming = (
        int(population.joining(np.uint64(key), config.horizon, population.hospital_weights(config), per_day))
        if per_day > 0.0
        else 0
    )
    draws.forget_audit()  # who joins is drawn twice, to be counted and to be entered
    world = build(config, key, values, there=there, joining=coming, scan=scan, trial=trial)
    if before is None:
        population.populate(world)
        return world
    world.counts["stays"] = len(before.arrays["stays"])
    if len(world.stays) < 2 * len(before.arrays["stays"]):
        world.grow(len(before.arrays["stays"]))
    for name in ("patients", "clocks", "stays", "visit_days", "inpatients", "boarders"):
        rows = before.arrays[name]
        getattr(world, name)[: len(rows)] = rows
    for name in ("clinicians", "units", "departures"):
        getattr(world, name)[:] = before.arrays[name]
    world.counts["inpatients"] = len(before.arrays["inpatients"])
    world.counts["boarders"] = before.boarders
    world.counts["outliers"] = before.outliers
    population.continue_from(world, there)
    if coming:
        population.expect(world, there, per_day)
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
