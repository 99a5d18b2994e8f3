"""Where the time of a day goes: each statement of `run_day` timed on its own, and each mechanism switched off."""

from __future__ import annotations

import ast
import inspect
import textwrap
import time
from itertools import count
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from benchmarks.figures import Benchmark, Figure
from benchmarks.timing import in_turns
from scenarios import load
from simulation import clocks, day
from simulation.config import MECHANISMS, Config
from simulation.engine import Engine


def stages() -> dict[str, Any]:
    """One compiled function for each statement of `run_day`, read from its source so that it cannot fall behind."""
    source = inspect.getsource(getattr(day.run_day, "py_func", day.run_day))
    lines = textwrap.dedent(source).splitlines()
    body = ast.parse("\n".join(lines)).body[0].body  # type: ignore[attr-defined]
    found: dict[str, Any] = {}
    for statement in body:
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue
        said = [
            line.split("# ", 1)[1].split(": ", 1)[-1]
            for line in lines[statement.lineno - 1 : statement.end_lineno]
            if "# " in line
        ]
        text = ast.unparse(statement)
        name = "; ".join(said) or text.split("(")[0].rpartition(".")[2].replace("_", " ")
        code = "def stage(w, day, due):\n" + textwrap.indent(text, "    ")
        names = dict(vars(day))
        exec(compile(code, f"<{name}>", "exec"), names)
        found[name] = numba.njit(nogil=True, error_model="numpy")(names["stage"])
    return found


@numba.njit(nogil=True, error_model="numpy")
def gather(w: Any, day: int) -> int:
    """People due today."""
    return clocks.gather(w, day)  # type: ignore[no-any-return]


@numba.njit(nogil=True, error_model="numpy")
def nothing(w: Any, day: int, due: int) -> None:
    """What a call from Python costs."""


CALENDAR = "people due: the calendar"


def run_in_stages(engine: Engine, kernels: dict[str, Any]) -> dict[str, npt.NDArray[np.int64]]:
    """Run all days of an engine stage by stage; returns the nanoseconds of each stage on each day."""
    clock = time.perf_counter_ns
    w = engine.world
    w.grow(20 * len(w.patients))
    spent = {name: np.zeros(engine.config.horizon, np.int64) for name in (CALENDAR, *kernels)}
    empty = np.zeros(engine.config.horizon, np.int64)
    for today in range(engine.config.horizon):
        start = clock()
        nothing(w, today, 0)
        empty[today] = clock() - start
        start = clock()
        due = gather(w, today)
        spent[CALENDAR][today] = clock() - start
        for name, kernel in kernels.items():
            start = clock()
            kernel(w, today, due)
            spent[name][today] = clock() - start
        w.counts[0]["day"] = today + 1
    overhead = int(np.median(empty))
    return {name: nanoseconds - overhead for name, nanoseconds in spent.items()}


def measure(quick: bool) -> list[Figure]:
    config = load("bridge")
    whole = Engine(config, 0)
    whole.run()
    kernels = stages()
    staged = Engine(config, 0)
    run_in_stages(staged, kernels)
    a, b = whole.result().values, staged.result().values
    if any(a[name] != b[name] and a[name] == a[name] for name in a):
        raise RuntimeError("a run in stages differs from a whole run")
    repeats = [run_in_stages(Engine(config, seed), kernels) for seed in range(5 if quick else 21)]
    micro = {name: 1e-3 * float(np.median([run[name] for run in repeats], axis=0).mean()) for name in repeats[0]}
    total = sum(micro.values())
    figures = [Figure("a day, all stages", total, "µs")]
    for name, spent in sorted(micro.items(), key=lambda item: -item[1]):
        figures.append(Figure(f"stage: {name}", spent, "µs", note=f"{spent / total:.0%} of a day"))
    return figures + switches(config, 3 if quick else 15)


def switches(config: Config, repeats: int) -> list[Figure]:
    """Time of the days with each mechanism off, as a share of the time with all on."""
    configs = {"all": config}
    for name in MECHANISMS:
        off = config.mechanisms.model_copy(update={name: False})
        configs[name] = config.model_copy(update={"mechanisms": off})
    engines: dict[str, Engine] = {}
    seeds = count()
    jobs = {}
    for name, one in configs.items():

        def make(name: str = name, one: Config = one) -> None:
            engines[name] = Engine(one, next(seeds) // len(configs))

        jobs[f"make {name}"] = make
        jobs[name] = lambda name=name: engines[name].run()
    seconds = in_turns(jobs, repeats)
    return [
        Figure(f"`{name}` off", 100.0 * seconds[name] / seconds["all"], "%", note="days, against all mechanisms on")
        for name in MECHANISMS
    ]


BENCHMARK = Benchmark(
    "profile",
    "Where the time goes",
    "A day of `bridge`, the mean over the days of the median over seeds: each statement of `run_day` in "
    "`simulation/day.py` compiled and "
    "called on its own "
    "(the cost of a call is measured with an empty function and taken off; a run in stages gives the outcomes "
    "of a whole run, "
    "bit for bit). Then the days with each mechanism off: switching one off also changes how many people there are "
    "to step.",
    measure,
)
