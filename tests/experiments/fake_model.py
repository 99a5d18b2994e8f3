"""A stand-in for `simulate`: keyed, instant, with effects known in advance.

With `tests/experiments/stand_in` on PYTHONPATH every Python process that starts has it, worker processes too.
"""

import ctypes
import hashlib
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from types import ModuleType
from typing import Any

import numpy as np

from simulation.outcome_definitions import OUTCOMES
from simulation.outcomes import Rows
from simulation.parameters import PARAMETERS


def uniform(*key: object, size: int = 1) -> np.ndarray:
    """Uniform numbers that depend on nothing but the key."""
    start = int.from_bytes(hashlib.blake2b(repr(key).encode(), digest_size=8).digest(), "little")
    x = np.arange(1, size + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(start)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        x = (x ^ (x >> np.uint64(shift))) * np.uint64(factor)
    return ((x ^ (x >> np.uint64(31))) >> np.uint64(11)) / 2.0**53


def outcome_values(config: Any, seed: int, replication: int) -> dict[str, float]:
    """Shared noise per replication, a little of its own per scenario, and an effect that grows with the posts."""
    peers = config.programme.peers
    values = {}
    for name, outcome in OUTCOMES.items():
        shared = float(uniform(seed, replication, name)[0] - 0.5)
        own = float(uniform(seed, replication, name, peers, config.programme.follow_up_days)[0] - 0.5)
        base, effect = 0.3, 0.004 * min(peers, 20) * (0.5 + config.programme.follow_up_days / 180)
        sign = -1 if outcome.better == "lower" else 1
        values[name] = base + 0.04 * shared + (0.01 * own if peers else 0.0) + sign * effect
    values["programme_cost"] = 90_000.0 * peers
    values["hospital_cost"] = 2.1e7 * (1 + 0.1 * (values["readmission_30d"] - 0.3))
    values["total_cost"] = values["programme_cost"] + values["hospital_cost"]
    values["deaths_per_1000_person_years"] = 20 + values["death_365d"]
    values["reach"] = min(0.08 * peers, 0.9)
    for name in ("peer_high_burnout", "peer_burnout_mean", "missed_visits"):
        values[name] = values[name] if peers else float("nan")
    return values


class Engine:
    """What `simulation.engine.Engine` is to the experiments: days that tick by, then a result."""

    def __init__(self, config: Any, seed: int = 0, *, replication: int = 0, parameters: Any = None) -> None:
        self.given = config, seed, replication
        self.parameters = parameters

    def run(self, tick: Callable[[int], None]) -> None:
        config, _, replication = self.given
        name = f"{config.name}:{replication}"
        if os.environ.get("FAKE_SLOW", "") == name:
            for day in range(6_000):
                time.sleep(0.01)
                tick(day)
        if os.environ.get("FAKE_HANGS", "") == name:
            ctypes.PyDLL(None).sleep(600)  # in C and with Python's lock held, as a kernel that never ends

    def result(self) -> Any:
        config, seed, replication = self.given
        return simulate(config, seed, replication=replication, parameters=self.parameters)


def simulate(config: Any, seed: int = 0, *, replication: int = 0, parameters: Any = None, **_: object) -> Any:
    """What the model returns, in the shape of `simulation.Result`; parameters add to the readmission of every plan."""
    if "FAKE_BEGUN" in os.environ:  # a file that grows by a byte with every run that begins, in whatever process
        with open(os.environ["FAKE_BEGUN"], "ab") as file:
            file.write(b".")
    time.sleep(float(os.environ.get("FAKE_SECONDS", "0")))
    name = f"{config.name}:{replication}"
    if os.environ.get("FAKE_BROKEN", "") == name:
        raise ZeroDivisionError("broken on\npurpose")
    if os.environ.get("FAKE_CRASH", "") == name:
        os._exit(9)
    days = config.run.warm_up_days + config.run.days
    u = uniform(seed, replication, "daily", size=6 * days).reshape(6, days)
    ramp = np.clip((np.arange(days) - config.programme.start_day) / 200, 0, 1) * min(config.programme.peers, 10) / 10
    daily = {
        "planned": (u[0] * 10).astype(np.int64),
        "patient_initiated": (u[1] * 3).astype(np.int64),
        "administrative": (u[2] * 2).astype(np.int64),
        "census": (60 + 20 * u[3]).astype(np.int64),
        "workers_in_post": np.full(days, config.programme.peers),
        "clinician_credibility": 0.3 + 0.3 * ramp + 0.02 * u[4],
        "clinician_burnout": 0.42 - 0.03 * ramp + 0.02 * u[5],
        "worker_burnout": np.where(config.programme.peers > 0, 0.3 + 0.1 * ramp + 0.02 * u[5], 0.0),
    }
    values = outcome_values(config, seed, replication)
    values["readmission_30d"] += sum((parameters or {}).values())
    return Result(config, seed, replication, values, daily)


class Result:
    """What the model returns; tables, and pandas with them, only when they are asked for."""

    def __init__(self, config: Any, seed: int, replication: int, values: dict[str, float], daily: Any) -> None:
        self.config, self.seed, self.replication = config, seed, replication
        self.values, self.daily_records = values, daily
        self.last_day = config.run.warm_up_days + config.run.days - 1

    @property
    def going_home(self) -> int:
        first = self.config.run.warm_up_days
        return sum(int(self.daily_records[k][first:].sum()) for k in ("planned", "patient_initiated", "administrative"))

    @cached_property
    def stays(self) -> dict[str, np.ndarray]:
        """Stays as records, for the numbers that are computed from them: nobody comes back."""
        u = uniform(self.seed, self.replication, "records", size=3 * 40).reshape(3, 40)
        out = (u[0] * self.last_day).astype(np.int64)
        never = np.full(40, -1)
        days = {name: never for name in ("readmission_day", "ed_day", "overdose_day", "death_day")}
        return days | {
            "type": (u[1] * 1.99).astype(np.int64), "admission_day": np.maximum(out - 4, 0), "discharge_day": out,
            "unhoused": (u[2] < 0.3).astype(np.int64), "trust": u[2],
        }  # fmt: skip

    @cached_property
    def daily(self) -> Any:
        import pandas as pd

        days = self.config.run.warm_up_days + self.config.run.days
        return pd.DataFrame(self.daily_records, index=pd.RangeIndex(days, name="day"))

    @cached_property
    def discharges(self) -> Any:
        import pandas as pd

        return pd.DataFrame(self.ended.table)

    @cached_property
    def ended(self) -> Any:
        """Stays that ended in the measured period, for curves: readmission follows the outcome of the run."""
        first, last, n = self.config.run.warm_up_days, self.last_day, 400
        v = uniform(self.seed, self.replication, "stays", size=4 * n).reshape(4, n)
        out = first + (v[0] * (last + 1 - first)).astype(np.int64)
        waits = np.ceil(-np.log(1 - v[1]) * 90 * 0.3 / self.values["readmission_30d"]).astype(np.int64)
        back, dead = out + waits, out + (v[2] * 4000).astype(np.int64)
        never = np.full(n, -1)
        table = {
            "type": (v[3] * 3.99).astype(np.int8), "discharge_day": out, "in_care": np.zeros(n, np.int8),
            "readmission_day": np.where((back <= last) & (back < dead), back, -1),
            "death_day": np.where(dead <= last, dead, -1),
        } | dict.fromkeys(("linkage_day", "ed_day", "overdose_day"), never)  # fmt: skip
        return Rows(table, np.arange(n))


def posterior(profile: str) -> Any:
    """The stand-in's own posterior: draws of the prior, called fitted."""
    from experiments.uncertainty.prior_sample import prior_draws

    return replace(prior_draws(profile), kind="posterior", label="posterior of the stand-in")


def install() -> None:
    """Put the stand-in in the place of the model."""
    from experiments.uncertainty import shipped

    shipped.shipped = posterior
    import simulation

    simulation.simulate = simulate  # type: ignore[assignment]
    simulation.VERSION = "fake"
    simulation.kernel_is_compiled = lambda: True
    simulation.SOURCE_HASH = "fake"
    if "FAKE_THREADS" in os.environ:  # few processes are enough to have processes
        from experiments.execution import executors

        executors.THREADS = int(os.environ["FAKE_THREADS"])
    engine = ModuleType("simulation.engine")
    engine.Engine = Engine  # type: ignore[attr-defined]
    engine.complete = lambda config, values: {n: p.value for n, p in PARAMETERS.items()}  # type: ignore[attr-defined]  # a bare module
    sys.modules["simulation.engine"] = engine
