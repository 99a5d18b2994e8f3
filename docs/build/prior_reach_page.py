"""The page on the reach of the prior: each trial among the targets against what the priors alone predict."""

from __future__ import annotations

import numpy as np

from docs.build.generated_parts import DOCS, table, wrapped
from docs.build.registry import Files, page
from experiments.trials.run import ITT, TrialResult, run_trial
from experiments.trials.summary import Line, lines
from experiments.uncertainty.prior_sample import prior_draws
from scenarios.trial_files.read import read_trial, trial_names
from simulation import VERSION

REPLICATIONS = 120

HEAD = """# Reach of the prior

For every trial among the targets: what draws of the prior alone predict, and where the published estimate lies in it.
The priors were written with their reasons and committed before any of these predictions was looked at. A published
estimate outside the middle 99 of 100 would be mended by structure, never by moving a prior to it. "At its level" looks
only at the half of the virtual trials whose other arm came nearest to the published level of that arm.

Model {version}, {replications} virtual trials each, two for every draw of the prior; chance of a trial of this size is
part of the spread. Written by `python -m docs.build prior-reach`.
"""


def _number(value: float, line: Line) -> str:
    if line.effect.endswith("ratio"):
        return f"{value:.2f}"
    return (f"{100 * value:+.1f} points" if line.unit == "share" else f"{value:+.2f}").replace("-", "−")


def _level(value: float, line: Line) -> str:
    return f"{100 * value:.1f} %" if line.unit == "share" else f"{value:.2f}"


def _place(values: np.ndarray, published: float) -> float:
    return 100 * float((values < published).mean() + 0.5 * (values == published).mean())


def row(name: str, result: TrialResult, line: Line) -> tuple[str, ...]:
    """One published outcome of one trial."""
    assert line.published is not None
    pair = (line.arm, line.other)
    pairs = [
        (trial.effects[line.outcome, *pair, ITT].value, trial.means[line.outcome, line.other][0])
        for trial in result.fine
        if (line.outcome, *pair, ITT) in trial.effects
    ]
    both = np.array([p for p in pairs if np.isfinite(p).all()])
    effects, levels = both[:, 0], both[:, 1]
    low, middle, high = np.quantile(effects, [0.005, 0.5, 0.995])
    everywhere = _place(effects, line.published)
    here = ""
    level = f"{_level(float(np.median(levels)), line)}"
    if line.published_other is not None:
        near = np.argsort(np.abs(levels - line.published_other))[: len(levels) // 2]
        here = f"{_place(effects[near], line.published):.0f} of 100"
        level += f", {_level(line.published_other, line)}"
    verdict = "inside" if 0.5 <= everywhere <= 99.5 else "**outside**"
    return (
        f"`{name}`", f"{line.title}, {line.effect}", f"{_number(middle, line)} ({_number(low, line)} to "
        f"{_number(high, line)})", _number(line.published, line), f"{everywhere:.0f} of 100",
        here, level, verdict,
    )  # fmt: skip


@page("prior-reach", long=True, compared=False)
def prior_reach() -> Files:
    """The page on the reach of the prior."""
    rows = []
    for name in trial_names():
        plan = read_trial(name)
        draws = prior_draws(plan.config.population.profile, REPLICATIONS // 2)
        result = run_trial(plan, replications=REPLICATIONS, draws=draws)
        rows += [row(name, result, line) for line in lines(result) if line.published is not None]
    heads = (
        "trial", "outcome, effect", "prior: median (middle 99 of 100)", "published", "its place", "at its level",
        "level of the other arm: prior, published", "",
    )  # fmt: skip
    text = wrapped(HEAD.format(version=VERSION, replications=REPLICATIONS)) + "\n" + table(heads, rows) + "\n"
    return {DOCS / "explanation" / "prior-reach.md": text}
