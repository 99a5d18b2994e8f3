"""Why a plan differs from another: runs of every combination of parts, split fairly, with the people it concerns.

The runs are a study whose points are scenarios, as a comparison is: the same runner, the same store, the same keys.
What is split is the paired difference that `compare` prints for the same two plans, seed and replications.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from experiments.comparisons.run import run_plan, study_plan
from experiments.explanation.lives import first_parting, partings
from experiments.explanation.pairs import pair_facts
from experiments.explanation.parts import Breakdown, Over
from experiments.explanation.report import write_report
from experiments.explanation.result import (
    KIND,
    PAIRS,
    Explanation,
    breakdown_of,
    explanation_of,
    orders_of,
    scenarios_of,
    take_people,
)
from experiments.outcomes.registry import OUTCOMES
from experiments.studies.progress import StudyProgressBar
from experiments.support.atomic_files import write_text
from experiments.support.errors import InputError
from experiments.support.limits import check_replications, check_seed, check_workers
from experiments.support.messages import say
from experiments.uncertainty.shipped import SHIPPED, Draws, resolve_posterior

if TYPE_CHECKING:
    from experiments.studies.definition.plan import StudyPlan
    from experiments.studies.session import Progress
    from experiments.uncertainty.draws import ParameterDraws
    from simulation.config import Config

REPLICATIONS = 40
"""Default replications of every combination: 20 draws of the parameters."""

ORDERS = 16
"""Default number of orders that are sampled where there are too many parts for every combination."""


def explain(
    before: str | Path | Config,
    after: str | Path | Config,
    *,
    over: Over = "mechanisms",
    parts: Sequence[str] = (),
    settings: Sequence[str] = (),
    replications: int = REPLICATIONS,
    orders: int = ORDERS,
    seed: int = 0,
    workers: int | None = None,
    out: Path | str | None = None,
    draws: Draws = SHIPPED,
    on_start: Callable[[int, int], None] | None = None,
    on_standing: Callable[[Progress], None] | None = None,
    on_message: Callable[[str], None] | None = None,
    command_line: str = "",
) -> Explanation:
    """Explain why `after` differs from `before`: a fair split of every outcome's difference, and for whom it changed.

    The difference is the one that `compare` gives for the same plans, seed and replications; the parts (Shapley values)
    sum to it. With up to six parts every combination is run, else some orders of the parts are sampled.

    Args:
        before: The plan that is compared with: a name, a file or a `Config`.
        after: The plan that is explained.
        over: "mechanisms" switches mechanisms of the model off in both plans; "levers" gives `before` the settings of
            `after` one after the other.
        parts: Mechanisms to split over; the ways in which peer workers act if empty.
        settings: Overrides for both plans, such as "run.days=365".
        replications: Runs of each combination.
        orders: Orders to sample where there are more than six parts.
        seed: Root seed, 0 to 2**64 - 1.
        workers: Most cores to use; None for one per core. It never changes a result.
        out: Folder of the study; goes on where an earlier call with the same specification stopped. None keeps the
            runs in memory only.
        draws: As `compare` takes them.
        on_start: Called with the number of runs to do and of runs found. Without this and `on_standing` progress is
            shown on stderr.
        on_standing: Called after each batch of finished runs.
        on_message: Called with lines for people.
        command_line: Kept in the record of the session.

    Returns:
        The explanation; after Ctrl-C, with `stopped` set, what was finished.

    Raises:
        InputError: A scenario, option or folder is not usable, or the plans do not differ.
        OSError: The folder cannot be written.

    Example:
        >>> import peerbridge as pb
        >>> small = ["population.size=400", "run.warm_up_days=30", "run.days=60"]
        >>> why = pb.explain("usual-care", "bridge", parts=["advocacy"], settings=small, replications=2, workers=1)
        >>> split = why.split("reach")
        >>> [effect.part.name for effect in split.parts], abs(split.gap) < 1e-9
        (['rest', 'advocacy'], True)
    """
    check_replications(replications)
    check_seed(seed)
    check_workers(workers)
    if over not in ("mechanisms", "levers"):
        raise InputError(f"must be mechanisms or levers, not {over!r}", argument="over")
    if orders < 4:
        raise InputError(f"must be 4 or more, not {orders}", argument="orders")
    if parts and over == "levers":
        raise InputError("are mechanisms; levers are split over all settings that differ", argument="parts")
    made = breakdown_of(_read(before, settings), _read(after, settings), over, parts)
    with ExitStack() as stack:
        shown = on_start is None and on_standing is None
        if shown:
            progress = stack.enter_context(StudyProgressBar())
            on_start, on_standing = progress.start, progress.show
            on_message = on_message or progress.say
        tell = on_message or say
        sample = resolve_posterior(draws, [made.before.population.profile, made.after.population.profile], tell)
        plan = plan_of(made, replications, seed, sample, orders, stored=out is not None)
        result = run_plan(plan, out, workers, on_start, on_standing, tell, command_line, finish=lambda *_: None)
        why = explanation_of(made, result, plan.design)
        if not why.stopped and result.complete:
            add_people(why, workers, tell)
            if out is not None:
                write_report(why, Path(out) / "report.html")
        if shown and why.stopped:
            tell(f"Stopped: what is returned is partial, {result.finished:,} of {replications * len(plan.points):,}.")
    return why


def plan_of(
    made: Breakdown, replications: int, seed: int, draws: ParameterDraws | None, orders: int, *, stored: bool
) -> StudyPlan:
    """The study of an explanation: a list of scenarios, the two plans first, each combination once.

    Raises:
        InputError: A mixture of settings is no valid scenario.
    """
    from experiments.studies.definition.plan import Keep

    names, configs = scenarios_of(made, orders_of(made, seed, orders))
    plan = study_plan(configs, made.before.name, replications, seed, 0.0, draws, {}, stored=stored)
    design = {
        "kind": "list", "of": KIND, "before": made.before.name, "after": made.after.name, "over": made.over,
        "parts": [list(part.members) for part in made.parts], "orders": orders, "seed": seed,
    }  # fmt: skip
    return replace(
        plan, name="explanation", title=f"Why {made.after.name} differs from {made.before.name}",
        question=f"What makes {made.after.name} differ from {made.before.name}, and for whom?",
        design=design, keep=Keep(),
    )  # fmt: skip


def add_people(why: Explanation, workers: int | None, tell: Callable[[str], None]) -> None:
    """Run both plans once more, person by person, and add what changed for whom and where lives part.

    Raises:
        InputError: A run failed.
        KeyboardInterrupt: Ctrl-C; the split of the difference is kept.
    """
    import simulation
    from experiments.execution.scheduler import PilotPool
    from experiments.execution.tasks import RunOptions, Task

    result, made = why.comparison, why.breakdown
    path = None if result.folder is None else result.folder / PAIRS
    if path is not None and path.exists():
        take_people(why, json.loads(path.read_text(encoding="utf-8")))
        return
    if made.before.population != made.after.population or made.before.run != made.after.run:
        return  # not the same people or the same days: nobody can be compared with themselves
    tell("Looking at what changed for whom.")
    make = partial(pair_facts, made.before, made.after)
    tasks = [Task(made.after, r, result.seed, simulation.SOURCE_HASH, 0, result.draws, make) for r in result.complete]
    found: dict[int, dict[str, float]] = {}
    with PilotPool(workers, RunOptions()) as pool:
        for batch in pool.run(tasks, len(tasks)):
            for run in batch:
                if run.status != "ok":
                    raise InputError(f"a run of both plans failed, replication {run.replication}: {run.message}")
                found[run.replication] = run.values
    values = None if result.draws is None else result.draws.of(0)
    runs = [simulation.simulate(c, result.seed, replication=0, parameters=values) for c in (made.before, made.after)]
    first = first_parting(*runs)
    why.lives = ([first] if first else []) + partings(*runs)
    names = list(next(iter(found.values()), {}))
    why.facts = {name: np.array([found[r][name] for r in sorted(found)]) for name in names}
    if path is not None:
        kept = {"facts": {k: v.tolist() for k, v in why.facts.items()}, "lives": [asdict(p) for p in why.lives]}
        write_text(path, json.dumps(kept, allow_nan=False))


def _read(source: str | Path | Config, settings: Sequence[str]) -> Config:
    from scenarios import ScenarioError, load

    if not isinstance(source, str | Path):
        return source
    try:
        return load(source, tuple(settings))
    except ScenarioError as error:
        raise InputError(str(error)) from None


def known_outcome(name: str) -> str:
    """The name of an outcome.

    Raises:
        InputError: There is no such outcome; the message names the nearest.
    """
    if name not in OUTCOMES:
        import difflib

        near = difflib.get_close_matches(name, OUTCOMES, n=1, cutoff=0.5)
        raise InputError(f"unknown outcome {name!r}" + (f"; did you mean {near[0]}?" if near else ""))
    return name
