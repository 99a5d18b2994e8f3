"""Work that several pages share: runs of several scenarios on the same draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dashboard.compute import futures, pool
from dashboard.compute.posterior import drawn
from dashboard.compute.worker import Runs
from dashboard.session.background_work import Work, use_work
from experiments.uncertainty.draws import ParameterDraws
from experiments.uncertainty.prior_sample import prior_draws
from simulation.config import Config


def use_plans(configs: Mapping[str, Config]) -> Work[dict[str, Runs]]:
    """Runs of every scenario by its key: a first estimate, then refined ones.

    All scenarios are of one population profile.
    """
    return _use(configs, drawn(next(iter(configs.values())).population.profile), pool.STEPS)


def use_levels(configs: Mapping[str, Config], active: bool) -> Work[dict[str, Runs]]:
    """The same of a plan at levels of a lever, in fewer runs, while `active`."""
    return _use(configs, drawn(next(iter(configs.values())).population.profile), (pool.SOME,), active)


def use_prior(configs: Mapping[str, Config], active: bool) -> Work[dict[str, Runs]]:
    """The same under draws of the prior alone, as many as of the fit, while `active`."""
    return _use(configs, prior_draws(next(iter(configs.values())).population.profile), pool.STEPS, active)


def use_futures(base: Config, plan: Config) -> Work[dict[str, Runs]]:
    """Runs of two scenarios, "now" and "plan", in many futures: see `posterior.drawn`."""
    draws = drawn(base.population.profile)
    return _use({"now": base, "plan": plan}, draws, (64, futures.NUMBER))


def _use(
    configs: Mapping[str, Config], draws: ParameterDraws | None, steps: tuple[int, ...], active: bool = True
) -> Work[dict[str, Runs]]:
    key = (tuple((name, config.content_hash()) for name, config in configs.items()), draws.digest if draws else "")
    most = steps[-1]

    def ready() -> dict[str, Runs] | None:
        there = {name: pool.kept(config, most, draws) for name, config in configs.items()}
        found = {name: made for name, made in there.items() if made is not None}
        return found if len(found) == len(there) else None

    def make(alive: Any, progress: Any, report: Any) -> None:
        for n in steps:
            found = {}
            for i, (name, config) in enumerate(configs.items()):
                tell = _after(i * n, len(configs) * most, progress)
                found[name] = pool.get(config, n, alive=alive, progress=tell, draws=draws)
            report(found, n == most)

    return use_work(make, key, ready, active)


def _after(before: int, total: int, progress: Callable[[float], None]) -> Callable[[int], None]:
    """Tell the share of all runs that is done, when `before` were done already."""
    return lambda done: progress((before + done) / total)
