"""Work that several pages share: runs of several scenarios on the same draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dashboard import futures, runs
from dashboard.jobs import Runs
from dashboard.working import Work, use_work
from simulation.config import Config


def use_plans(configs: Mapping[str, Config], active: bool = True) -> Work[dict[str, Runs]]:
    """Runs of every scenario by its key: a first estimate, then the refined one."""
    key = tuple((name, config.content_hash()) for name, config in configs.items())

    def ready() -> dict[str, Runs] | None:
        found = {name: runs.kept(config, runs.FULL) for name, config in configs.items()}
        return None if None in found.values() else found  # type: ignore[return-value]

    def make(alive: Any, progress: Any, report: Any) -> None:
        total = runs.FULL * len(configs)
        for n in runs.STEPS:
            found = {}
            for i, (name, config) in enumerate(configs.items()):
                found[name] = runs.get(config, n, alive=alive, progress=_after(runs.FULL * i, total, progress))
            report(found, n == runs.FULL)

    return use_work(make, key, ready, active)


def use_futures(base: Config, plan: Config, active: bool = True) -> Work[tuple[Runs, Runs]]:
    """Runs of two scenarios in prior futures: replication r has draw r of every unknown."""
    label = "prior futures"
    profile = base.population.profile

    def ready() -> tuple[Runs, Runs] | None:
        a, b = (runs.kept(config, futures.NUMBER, label) for config in (base, plan))
        return (a, b) if a is not None and b is not None else None

    def make(alive: Any, progress: Any, report: Any) -> None:
        values = futures.drawn(profile)
        for n in (64, futures.NUMBER):
            pair = []
            for i, config in enumerate((base, plan)):
                tell = _after(i * n, 2 * futures.NUMBER, progress)
                pair.append(runs.get(config, n, alive=alive, drawn=values, label=label, progress=tell))
            report((pair[0], pair[1]), n == futures.NUMBER)

    return use_work(make, (base.content_hash(), plan.content_hash(), label), ready, active)


def _after(before: int, total: int, progress: Callable[[float], None]) -> Callable[[int], None]:
    """Tell the share of all runs that is done, when `before` were done already."""
    return lambda done: progress((before + done) / total)
