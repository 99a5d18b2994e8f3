"""Score the frozen model against trials that it has never seen: pass, wide or miss, and what was frozen."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import numpy as np

from experiments.calibration.hierarchy import BETWEEN_SITES, BETWEEN_TRIALS, EFFECTS, LIMITS
from experiments.support.csv_text import csv_text
from experiments.support.types import FloatArray
from experiments.trials.run import ITT, TrialResult, run_trial
from experiments.uncertainty.draws import ParameterDraws
from experiments.uncertainty.priors import prior_quantile
from experiments.uncertainty.shipped import FOLDER, Draws
from scenarios.trial_files.plan import Endpoint, TrialPlan
from simulation.draws import named_uniforms
from simulation.parameter_types import Prior

Word = Literal["pass", "wide", "miss", "not scored"]

LEVEL = 0.9
"""Central share of predictions in which a published number has to lie."""

REPLICATIONS = 200

SITE_KINDS = {
    "readmission": "return", "ED visit": "return", "readmission or death": "return", "ED visit or death": "return",
    "admissions": "return", "ED visits": "return", "hospital days": "return", "linkage": "contact",
    "drop-out": "contact", "in care": "contact", "reached": "contact", "contacts": "contact", "overdose": "harm",
    "overdoses": "harm", "death": "harm", "return to use": "harm", "patient-initiated discharge": "discharge",
    "treatment completed": "discharge", "length of stay": "stay",
}  # fmt: skip
"""Kind of quantity of each measure of a trial, by which its level deviates between sites."""


@dataclass(frozen=True, slots=True)
class Score:
    """One published number of a trial beside what the frozen model predicts.

    Attributes:
        trial: Name of the file.
        outcome: Name of the outcome in it.
        what: "effect", or "level" of the arm that the other is compared with.
        unit: Kind of the effect, or unit of the level.
        published: What the trial found.
        published_low: Lower end of its 95 % interval: its own, or that of a virtual trial of its size around it.
        published_high: Upper end.
        median: Median of the predictions.
        low: Lower end of the middle 90 % of the predictions.
        high: Upper end.
        place: Share of the predictions below the published number, 0 to 1.
        finds: Whether the published interval leaves out no effect; None for a level.
        opposite: Whether the prediction also holds the opposite conclusion; None for a level.
        word: pass (inside, and narrow enough to leave out the opposite conclusion), wide (inside, and holding it),
            miss (outside) or not scored.
    """

    trial: str
    outcome: str
    what: Literal["effect", "level"]
    unit: str
    published: float
    published_low: float
    published_high: float
    median: float
    low: float
    high: float
    place: float
    finds: bool | None
    opposite: bool | None
    word: Word


@dataclass(frozen=True)
class Validation:
    """Scores of all trials, and what was frozen when they were made.

    Attributes:
        frozen: Model, parameters, files and their hashes, seed and number of virtual trials.
        scores: One for each published number.
    """

    frozen: dict[str, Any]
    scores: tuple[Score, ...]

    @property
    def digest(self) -> str:
        """Hash of everything above; 32 hexadecimal digits."""
        return sha256(json.dumps(self.as_json(), sort_keys=True).encode()).hexdigest()[:32]

    def counts(self) -> dict[str, int]:
        """How many effects have each word."""
        words = [s.word for s in self.scores if s.what == "effect"]
        return {word: words.count(word) for word in ("pass", "wide", "miss", "not scored")}

    def as_json(self) -> dict[str, Any]:
        """Plain data; NaN as None."""
        rows = [
            {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in asdict(s).items()}
            for s in self.scores
        ]
        return {"frozen": self.frozen, "counts": self.counts(), "scores": rows}

    def as_csv(self) -> str:
        """One row per score."""
        rows = [list(asdict(s).values()) for s in self.scores]
        return csv_text(list(Score.__dataclass_fields__), rows)


def validate(
    plans: Sequence[TrialPlan],
    digests: Sequence[str],
    *,
    draws: Draws = "shipped",
    replications: int = REPLICATIONS,
    seed: int = 0,
    workers: int | None = None,
    on_done: Callable[[int], None] | None = None,
    on_message: Callable[[str], None] | None = None,
) -> Validation:
    """Predict trials with the model as it is, and place what they found.

    Each virtual trial has the size of the real one and a draw of the parameters of its own; the effect deviates between
    trials, and the level between sites, as the fit says (as its priors say where none is shipped).

    Args:
        plans: Trials whose outcomes say what was published.
        digests: Hash of each file.
        draws: As for `run_trial`.
        replications: Virtual trials of each.
        seed: Root seed.
        workers: As for `run_trial`.
        on_done: Called with the number of virtual trials that have finished since the last call.
        on_message: Called with lines for people.
    """
    import simulation

    scores: list[Score] = []
    used: dict[str, dict[str, Any]] = {}
    for plan in plans:
        result = run_trial(
            plan, replications=replications, seed=seed, workers=workers, draws=draws, on_done=on_done,
            on_message=on_message,
        )  # fmt: skip
        profile = plan.config.population.profile
        used[profile] = _said(result.draws)
        for endpoint in plan.endpoints:
            scores += _of(plan, result, endpoint, profile, seed)
    frozen = {
        "model": f"{simulation.VERSION}+{simulation.SOURCE_HASH}", "parameters": used,
        "trials": dict(zip([plan.name for plan in plans], digests, strict=True)), "seed": seed,
        "replications": replications, "level": LEVEL,
    }  # fmt: skip
    return Validation(frozen, tuple(scores))


def file_digest(text: bytes) -> str:
    """Hash of a trial file; 32 hexadecimal digits."""
    return sha256(text).hexdigest()[:32]


def _said(draws: ParameterDraws | None) -> dict[str, Any]:
    if draws is None:
        return {"label": "hand-set start values"}
    return {"label": draws.label, "kind": draws.kind, "number": len(draws), "digest": draws.digest}


def spread_of(profile: str, name: str) -> Prior:
    """Standard deviation between sites (by kind of quantity) or trials: what the shipped fit left, else its prior."""
    import csv

    prior = BETWEEN_TRIALS[0] if name == EFFECTS else BETWEEN_SITES[name][0]
    path = FOLDER / f"{profile}.spreads.csv"
    if not path.is_file():
        return prior
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["spread"] == name:
                middle, low, high = (float(row[key]) for key in ("median", "low", "high"))
                return Prior("lognormal", middle, math.log(high / low) / (2 * 1.959964))
    return prior


def _deviations(profile: str, name: str, n: int, seed: int, label: str) -> FloatArray:
    """Deviations of `n` sites or trials, on the scale of log odds or logarithms."""
    from scipy.special import ndtri

    u = named_uniforms(seed, f"validate {label} {name}", 2 * n).reshape(2, n)
    return np.asarray(prior_quantile(spread_of(profile, name), *LIMITS, u[0]) * ndtri(u[1]))


def _of(plan: TrialPlan, result: TrialResult, endpoint: Endpoint, profile: str, seed: int) -> list[Score]:
    """Scores of one outcome: its effect in the first comparison, and the level of the other arm."""
    published = endpoint.published
    if published is None:
        return []
    arm, other = plan.comparisons[0]
    label = f"{plan.name} {endpoint.name}"
    fine = [t for t in result.fine if (endpoint.name, arm, other, ITT) in t.effects]
    effects = np.array([t.effects[endpoint.name, arm, other, ITT].value for t in fine])
    errors = np.array([t.effects[endpoint.name, arm, other, ITT].error for t in fine])
    one, two = (np.array([t.means[endpoint.name, a][0] for t in fine]) for a in (arm, other))
    share = endpoint.counted.unit == "share"
    found: list[Score] = []
    off = _deviations(profile, EFFECTS, len(fine), seed, label)
    value = published.effect if published.effect is not None else _from_arms(endpoint, published.arms, arm, other)
    if value is not None:
        found.append(_effect_score(plan, endpoint, value, effects, errors, off, one, share))
    if other in published.arms and endpoint.measure in SITE_KINDS:
        site = _deviations(profile, SITE_KINDS[endpoint.measure], len(fine), seed, label)
        found.append(_level_score(plan, endpoint, published.arms[other], two, site, share))
    return found


def _from_arms(endpoint: Endpoint, arms: Any, arm: str, other: str) -> float | None:
    if arm not in arms or other not in arms or endpoint.effect == "hazard ratio":
        return None
    one, two = float(arms[arm]), float(arms[other])
    if endpoint.effect == "odds ratio":
        return one / (1 - one) / (two / (1 - two)) if 0 < one < 1 and 0 < two < 1 else None
    if endpoint.effect.endswith("ratio"):
        return one / two if two > 0 else None
    return one - two


def _effect_score(
    plan: TrialPlan, endpoint: Endpoint, value: float, effects: FloatArray, errors: FloatArray, off: FloatArray,
    level: FloatArray, share: bool,
) -> Score:  # fmt: skip
    ratio = endpoint.null == 1
    with np.errstate(divide="ignore", invalid="ignore"):
        # A deviation of the effect in log odds or logarithms, in units of the effect: by the level of the arm.
        moved = np.log(effects) + off if ratio else effects + off * (level * (1 - level) if share else level)
    known = moved[np.isfinite(moved)]
    at = math.log(value) if ratio else value
    error = float(np.nanmedian(errors)) if np.isfinite(errors).any() else math.nan
    published = endpoint.published
    assert published is not None
    if published.low is not None and published.high is not None:
        own = (math.log(published.low), math.log(published.high)) if ratio else (published.low, published.high)
    else:
        own = (at - 1.959964 * error, at + 1.959964 * error)
    if known.size < 20:
        word: Word = "not scored"
        low = middle = high = place = math.nan
        opposite = None
    else:
        low, middle, high = (float(q) for q in np.quantile(known, [(1 - LEVEL) / 2, 0.5, (1 + LEVEL) / 2]))
        place = float(np.mean(known < at) + 0.5 * np.mean(known == at))
        opposite = holds_opposite(own, low, high)
        word = "miss" if not low <= at <= high else "wide" if opposite else "pass"
    finds = own[0] > 0 or own[1] < 0

    def back(x: float) -> float:
        return math.exp(x) if ratio and math.isfinite(x) else x

    return Score(
        plan.name, endpoint.name, "effect", endpoint.effect, value, back(own[0]), back(own[1]), back(middle),
        back(low), back(high), place, finds, opposite, word,
    )  # fmt: skip


def holds_opposite(published: tuple[float, float], low: float, high: float) -> bool:
    """Whether a prediction also holds the opposite conclusion, on a scale where no effect is 0.

    A trial that finds an effect is contradicted by no effect; one that finds none, by an effect so large that its own
    95 % interval rules it out.
    """
    if published[0] > 0 or published[1] < 0:
        return low <= 0 <= high
    return low < published[0] or high > published[1]


def _level_score(
    plan: TrialPlan, endpoint: Endpoint, value: float, levels: FloatArray, off: FloatArray, share: bool
) -> Score:
    from scipy.special import expit, logit

    with np.errstate(divide="ignore", invalid="ignore"):
        moved = expit(logit(levels) + off) if share else levels * np.exp(off)
    known = moved[np.isfinite(moved)]
    if known.size < 20:
        low = middle = high = place = math.nan
        word: Word = "not scored"
    else:
        low, middle, high = (float(q) for q in np.quantile(known, [(1 - LEVEL) / 2, 0.5, (1 + LEVEL) / 2]))
        place = float(np.mean(known < value) + 0.5 * np.mean(known == value))
        word = "pass" if low <= value <= high else "miss"
    return Score(
        plan.name, endpoint.name, "level", endpoint.counted.unit, value, math.nan, math.nan, middle, low, high, place,
        None, None, word,
    )  # fmt: skip


def show(result: Validation) -> None:
    """Print what was frozen and every score."""
    from rich.table import Table

    from experiments.reporting.terminal import console, whole

    out = console()
    frozen = result.frozen
    out.print(f"Frozen: model {frozen['model']}; seed {frozen['seed']}, {frozen['replications']} virtual trials each.")
    for profile, said in frozen["parameters"].items():
        out.print(f"Parameters, {profile.replace('_', ' ')}: {said['label']} ({said.get('digest', 'no sample')}).")
    for name, digest in frozen["trials"].items():
        out.print(f"File {name}: {digest}.")
    out.print()
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("trial, outcome", overflow="fold", max_width=40)
    for name in ("published", "predicted, 90 %", "place"):
        table.add_column(name, justify="right", no_wrap=whole(out))
    table.add_column("")
    for s in result.scores:
        table.add_row(
            f"{s.trial}: {s.outcome}, {s.what} ({s.unit})", _number(s.published, s),
            f"{_number(s.median, s)} ({_number(s.low, s)} to {_number(s.high, s)})",
            "–" if math.isnan(s.place) else f"{100 * s.place:.0f} of 100", s.word,
        )  # fmt: skip
    out.print(table)
    out.print()
    counts = result.counts()
    out.print(
        f"Effects: {counts['pass']} pass, {counts['wide']} wide (the prediction also holds the opposite conclusion), "
        f"{counts['miss']} miss" + (f", {counts['not scored']} not scored" if counts["not scored"] else "") + "."
    )
    out.print(f"Hash of this result: {result.digest}")


def _number(value: float, score: Score) -> str:
    if math.isnan(value):
        return "–"
    if score.unit == "share":
        return f"{100 * value:.1f} %"
    if score.unit == "risk difference":
        return f"{100 * value:+.1f} points"
    return f"{value:+.2f}" if score.unit.endswith("difference") else f"{value:.2f}"


def write(result: Validation, folder: Path) -> None:
    """Write `validation.json` and `scores.csv` into a new folder.

    Raises:
        OSError: The folder cannot be written.
    """
    from experiments.support.atomic_files import write_text

    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(result.as_json() | {"digest": result.digest}, indent=1)
    write_text(folder / "validation.json", text + "\n")
    write_text(folder / "scores.csv", result.as_csv())
