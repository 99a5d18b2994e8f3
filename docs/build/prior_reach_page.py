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

DOSES: dict[str, dict[str, float]] = {
    "start values": {},
    "whole effect −0.75, two standard deviations of its prior": {"effect.follow_up": -0.75},
    "whole effect −1.5, beyond its prior": {"effect.follow_up": -1.5},
    "−0.75, and the largest gains for each contact and visit": {
        "effect.follow_up": -0.75, "follow_up.benefit": 0.7, "follow_up.visit_benefit": 0.5,
    },
    "−1.5, and the largest gains": {
        "effect.follow_up": -1.5, "follow_up.benefit": 0.7, "follow_up.visit_benefit": 0.5,
    },
}  # fmt: skip
"""What would move NavSTAR: in words → parameters."""

DOSE_TRIALS = 24

OUTSIDE = """## Where trials lie outside

NavSTAR lies outside everywhere. Johnson 2018 lies inside as a whole, and outside among the virtual trials near its
level, of which there are 60, so that a place beyond the last of them says little more than "at the end".

For NavSTAR two things are missing, and neither has been mended in this version; no prior was moved.

*Level.* The usual arm comes back about as often as the average stay of usual care ([C5a](plausibility.md)) and far less
often than NavSTAR's, although the consult team goes by visible need, in which earlier stays count. The trial enrols
each person once, and the source at hand gives no criterion that would pick out people who come back more.

*Effect.* No path is at a bound; what people get of full contact is small. A whole effect is that of full trust, daily
visits and unbroken touch. In the first month after discharge participants have about a sixth of it, and three tenths
with the largest gains for each contact and visit that the priors allow, because a dose is a product of gain, quality of
work and trust and builds up contact by contact. Ten times the whole effect of the start values does not reach the
published ratio of 0.52 (15.5 against 30.0 %). The structural mend would put the whole effect on the contact that a
trial's schedule gives to a person of average trust, instead of on full contact; it changes every answer about
follow-up, and is not built. Means of {trials} virtual trials each:
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


def outside() -> str:
    """The section on NavSTAR, with what its arms find at larger effects and doses."""
    plan = read_trial("navstar")
    rows = []
    for words, values in DOSES.items():
        result = run_trial(plan, replications=DOSE_TRIALS, parameters=[values], draws=None)
        helped, usual = (
            float(np.mean([trial.means["readmission", arm][0] for trial in result.fine]))
            for arm in ("navigator", "usual")
        )
        rows.append((words, _share(helped), _share(usual), f"{helped / usual:.2f}"))
    heads = ("parameters", "navigator", "usual care", "ratio")
    return wrapped(OUTSIDE.format(trials=DOSE_TRIALS)) + "\n\n" + table(heads, rows) + "\n"


def _share(value: float) -> str:
    return f"{100 * value:.1f} %"


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
    text = wrapped(HEAD.format(version=VERSION, replications=REPLICATIONS)) + "\n\n" + table(heads, rows) + "\n\n"
    text += outside()
    return {DOCS / "explanation" / "prior-reach.md": text}
