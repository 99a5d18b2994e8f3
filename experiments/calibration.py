"""Calibration: from priors and targets to a posterior, in waves of runs that survive a kill.

A calibration is a folder with a study per wave (`wave-1`, `wave-2`: draws of the prior, by replication), a study of the
posterior's own predictions (`check`), and tables made from them. The same call goes on where an earlier one stopped.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from experiments import abc, fitting
from experiments.errors import BadInput
from experiments.files import write_text
from experiments.folders import check_usable, read_json, write_json
from experiments.parameter_draws import ParameterDraws
from experiments.predictions import OF_STAYS
from experiments.study_plan import BASELINE, Fixed, Keep, Point, StudyPlan
from scenarios.evidence import Target, targets
from simulation.outcome_list import HEADLINES

if TYPE_CHECKING:
    import pandas as pd

    from simulation.config import Config

Array = NDArray[np.float64]

FORMAT = "peerbridge calibration 1"
RECORD = "calibration.json"
POSTERIOR = "posterior.parquet"

FIRST_WAVE, SECOND_WAVE = 2_000, 4_000
"""Draws of the waves: the first to see where the targets can be met, the second to fit."""

CHECKED = 400
"""Draws of the posterior that are simulated to see what it predicts."""

SIZE = 1_000
"""Draws in the posterior sample that is written."""

SHARE = 0.3
"""Share of the second wave that the fit rests on."""

RANK_TESTS = 200
"""Runs of the second wave that play the study once, to see whether the method's intervals cover."""

SETTINGS = ("run.days=730",)
"""Two measured years, so that shares of rare events are steady."""


@dataclass(frozen=True, slots=True)
class Design:
    """What a calibration is; equal designs with equal seeds give equal bits.

    Attributes:
        profile: Population profile.
        first: Draws of the first wave.
        second: Draws of the second wave.
        checked: Draws of the posterior that are simulated.
        discrepancy: See `fitting.DISCREPANCY`.
        seed: Root seed of runs and draws.
    """

    profile: str = "people_who_use_drugs"
    first: int = FIRST_WAVE
    second: int = SECOND_WAVE
    checked: int = CHECKED
    discrepancy: float = fitting.DISCREPANCY
    seed: int = 0


@dataclass(frozen=True)
class Calibration:
    """A finished calibration.

    Attributes:
        folder: Where its files are.
        record: What `calibration.json` holds.
        fit: The fit.
        predictive: One row per target: what the posterior predicts.
        contraction: One row per parameter: prior against posterior, and coverage on known truths.
        missing: Targets that the model has no number for, with the reason.
    """

    folder: Path
    record: dict[str, Any]
    fit: fitting.Fit
    predictive: pd.DataFrame
    contraction: pd.DataFrame
    missing: tuple[Target, ...]


class Stopped(Exception):
    """A wave was stopped before its end; the same call goes on."""


def calibrate(
    out: Path,
    design: Design | None = None,
    *,
    chosen: Sequence[Target] | None = None,
    workers: int | None = None,
    dask: str | None = None,
    on_start: Callable[[str, int, int], None] | None = None,
    on_standing: Callable[[Any], None] | None = None,
    on_message: Callable[[str], None] | None = None,
    command_line: str = "",
) -> Calibration:
    """Fit the calibrated and assumed parameters to targets.

    Args:
        out: Folder; goes on where an earlier call with the same design stopped.
        design: Sizes, seed and discrepancy.
        chosen: Targets; those of the profile that are bundled if None.
        workers: Worker processes; None for one per core. It never changes a result.
        dask: Address of a Dask scheduler instead.
        on_start: Called for each study with its name, runs to do and runs found.
        on_standing: Called as by `sweep`.
        on_message: Called with lines for people.
        command_line: Kept in the record.

    Raises:
        BadInput: Design, targets or folder are not usable; nothing has been written then.
        Stopped: Ctrl-C; finished runs are kept.
    """
    import simulation
    from experiments import provenance

    design = design or Design()
    all_targets = tuple(chosen) if chosen is not None else targets()
    mine = [t for t in all_targets if t.profile == design.profile]
    used = [t for t in mine if t.prediction and t.scenario]
    _check(design, used)
    specification = {
        "model": f"{simulation.VERSION}+{simulation.SOURCE_HASH}",
        "design": asdict(design),
        "targets": _digest(used),
    }
    _check_folder(out, specification)
    names = fitting.free_parameters(design.profile)
    work = _Work(out, design, used, names, workers, dask, on_start, on_standing, on_message)

    first = work.prior_shares()
    said = work.run("wave-1", first, design.first)
    emulator, observed = _emulator(first, said, used, design)
    try:
        second, left = fitting.next_wave(emulator, observed, len(names), design.second, seed=_seed(design, 2))
        told = work.run("wave-2", second, design.second)
        fit = fitting.fit_draws(
            names, design.profile, second, told, used,
            discrepancy=design.discrepancy, share=SHARE, seed=_seed(design, 3),
        )  # fmt: skip
    except ValueError as error:
        raise BadInput(f"{error}") from None
    sample = fit.sample(SIZE)
    label = f"posterior of {len(fit.observed)} targets, {design.second:,} draws, model {simulation.VERSION}"
    draws = ParameterDraws(tuple(names), sample.to_numpy(), label, design.profile)
    checked = ParameterDraws(tuple(names), fit.sample(design.checked).to_numpy(), label, design.profile, 1)
    predicted = work.sweep("check", checked, design.checked)

    coverage, ranks = _coverage(second, told, used, fit, design)
    contraction = fit.contraction()
    contraction["coverage_90"] = coverage[[names.index(name) for name in contraction["parameter"]]]
    predictive = predictive_table(used, predicted, design.discrepancy, _seed(design, 4))
    signs = [t for t in used if t.sign]
    record = {
        "format": FORMAT, "specification": specification, "state": "complete", "command_line": command_line,
        "made": provenance.now(), "versions": provenance.versions(), "git": provenance.git(),
        "machine": provenance.machine(), "parameters": len(names), "targets": [t.id for t in used],
        "signs": [t.id for t in signs], "not_ruled_out_after_wave_1": left, "used": fit.used, "left_out": fit.left_out,
        "effective_draws": fit.posterior.size, "identified": int(contraction["identified"].sum()),
        "coverage_90_of_identified": _mean(contraction[contraction["identified"]]["coverage_90"]),
        "coverage_90_of_all": _mean(contraction["coverage_90"]),
        "rank_tests": RANK_TESTS, "rank_chi2_p": ranks, "inside": int(predictive["inside"].sum()),
        "posterior": draws.digest,
    }  # fmt: skip
    draws.write(out / POSTERIOR)
    write_text(out / "predictive.csv", predictive.to_csv(index=False, lineterminator="\n"))
    write_text(out / "parameters.csv", contraction.to_csv(index=False, lineterminator="\n"))
    write_json(out / RECORD, record)
    missing = tuple(t for t in mine if t.missing)
    return Calibration(out, record, fit, predictive, contraction, missing)


def predictive_table(
    used: Sequence[Target], predicted: Mapping[str, Array], discrepancy: float, seed: int = 0
) -> pd.DataFrame:
    """What draws of a posterior predict for each target.

    Args:
        used: Targets with a prediction.
        predicted: What the model said for each target id, one number per draw.
        discrepancy: See `fitting.DISCREPANCY`.
        seed: Seed of the noise that stands for study and discrepancy.

    Returns: id, quantity, study, unit, found, its own interval, the model's median and 95 % interval over draws (low,
        high), the predictive interval for a study like this one (study_low, study_high: with the study's error and the
        discrepancy), width of the model's interval relative to what was found, and inside.
    """
    import pandas as pd
    from scipy.special import expit, ndtri
    from scipy.stats import qmc

    rows = []
    for k, target in enumerate(used):
        values = np.asarray(predicted[target.id], dtype=np.float64)
        values = values[np.isfinite(values)]
        low, middle, high = np.quantile(values, [0.025, 0.5, 0.975]) if values.size else [math.nan] * 3
        row = {
            "id": target.id, "quantity": target.quantity, "study": target.study, "unit": target.unit,
            "draws": values.size, "median": middle, "low": low, "high": high,
        }  # fmt: skip
        if target.sign:
            right = np.mean(np.sign(values) == (-1.0 if target.sign == "negative" else 1.0)) if values.size else 0.0
            rows.append(row | {"found": math.nan, "sign": target.sign, "sign_share": right, "inside": right > 0.5})
            continue
        observed = fitting.observe(target, discrepancy)
        noise = ndtri(qmc.LatinHypercube(1, rng=seed + k).random(max(values.size, 1))[:, 0])[: values.size]
        study = observed.on_scale(values) + noise * observed.error
        study = {"logit": expit, "log": np.exp, "linear": np.asarray}[observed.scale](study)
        own = target.interval()
        study_low, study_high = np.quantile(study, [0.025, 0.975]) if values.size else (math.nan, math.nan)
        assert target.value is not None
        rows.append(row | {
            "found": target.value, "found_low": own[0], "found_high": own[1], "study_low": study_low,
            "study_high": study_high, "relative_width": (high - low) / abs(target.value),
            "inside": bool(study_low <= target.value <= study_high),
            "inside_model": bool(low <= target.value <= high),
        })  # fmt: skip
    return pd.DataFrame(rows)


class _Work:
    """The studies of one calibration."""

    def __init__(
        self,
        out: Path,
        design: Design,
        used: Sequence[Target],
        names: Sequence[str],
        workers: int | None,
        dask: str | None,
        on_start: Callable[[str, int, int], None] | None,
        on_standing: Callable[[Any], None] | None,
        on_message: Callable[[str], None] | None,
    ) -> None:
        self.out, self.design, self.used, self.names = out, design, used, tuple(names)
        self.options: dict[str, Any] = {"workers": workers, "dask": dask, "on_standing": on_standing}
        self.options["on_message"] = on_message
        self.on_start = on_start
        self.configs = _configs(used, design.profile)

    def prior_shares(self) -> Array:
        from scipy.stats import qmc

        found = qmc.LatinHypercube(len(self.names), rng=_seed(self.design, 1)).random(self.design.first)
        return np.asarray(np.clip(found, 1e-9, 1 - 1e-9))

    def run(self, name: str, shares: Array, replications: int) -> dict[str, Array]:
        """Simulate draws at prior probabilities, one run of each scenario per draw."""
        values = fitting.values_at(self.names, self.design.profile, shares)
        return self.sweep(name, ParameterDraws(self.names, values, name, self.design.profile, 1), replications)

    def sweep(self, name: str, draws: ParameterDraws, replications: int) -> dict[str, Array]:
        """Simulate draws; what the model said for each target id, NaN where a run failed."""
        from experiments.studies import COMPLETE
        from experiments.sweeping import sweep

        points = tuple(
            Point(i, BASELINE if i == 0 else f"P{i:03d}", 0, scenario, {}, config, config.content_hash())
            for i, (scenario, config) in enumerate(self.configs.items())
        )
        outcomes = [t.prediction for t in self.used if t.prediction and t.prediction not in OF_STAYS]
        plan = StudyPlan(
            name=f"calibration-{name}", title=f"Calibration, {name}",
            question="What does the model say to the targets, draw by draw?", description="", sources=(),
            baseline=points[0].scenario, scenarios=self.configs, design={"kind": "draws"}, factors=(), points=points,
            outcomes=tuple(dict.fromkeys(outcomes)) or HEADLINES[:1], seed=_seed(self.design, _SEEDS[name]),
            replications=Fixed(replications), keep=Keep(predictions=True), draws=draws,
        )  # fmt: skip
        start = self.on_start
        data = sweep(
            plan, out=self.out / name, on_start=None if start is None else lambda todo, found: start(name, todo, found),
            **self.options,
        )  # fmt: skip
        if data.state != COMPLETE:
            raise Stopped(name)
        beyond = _beyond_outcomes(self.out / name, len(points), replications)
        scenarios = list(self.configs)
        found: dict[str, Array] = {}
        for target in self.used:
            assert target.prediction is not None and target.scenario is not None
            at = scenarios.index(target.scenario)
            table = beyond[target.prediction] if target.prediction in OF_STAYS else data.matrix(target.prediction)
            row = np.full(replications, math.nan)
            row[: table.shape[1]] = table[at][:replications]
            found[target.id] = row
        return found


def _beyond_outcomes(folder: Path, points: int, replications: int) -> dict[str, Array]:
    """Predictions that are no outcomes, by name: a row per point, a column per replication."""
    import pyarrow.parquet as pq

    found = {name: np.full((points, replications), math.nan) for name in OF_STAYS}
    for path in sorted((folder / "series").glob("[!.]*.parquet")):
        table = pq.read_table(path, columns=["point", "replication", "series", "value"])
        series = np.asarray(table["series"].to_pylist())
        point, replication = table["point"].to_numpy(), table["replication"].to_numpy()
        value = table["value"].to_numpy()
        for name, matrix in found.items():
            rows = (series == f"prediction:{name}") & (replication < replications)
            matrix[point[rows], replication[rows]] = value[rows]
    return found


def _configs(used: Sequence[Target], profile: str) -> dict[str, Config]:
    from scenarios import load

    settings = (*SETTINGS, f"population.profile={profile}")
    return {name: load(name, settings) for name in dict.fromkeys(t.scenario for t in used if t.scenario)}


def _emulator(
    shares: Array, said: Mapping[str, Array], used: Sequence[Target], design: Design
) -> tuple[fitting.Emulator, list[fitting.Observation]]:
    from scipy.special import ndtri

    observed = [fitting.observe(target, design.discrepancy) for target in used if target.value is not None]
    table = fitting.summaries(observed, said)
    whole = np.isfinite(table).all(axis=1)
    if whole.sum() < 2 * len(observed):
        raise BadInput("too many draws of the first wave have no prediction for some target")
    return fitting.emulate(ndtri(shares[whole]), table[whole]), observed


def _coverage(
    shares: Array, said: Mapping[str, Array], used: Sequence[Target], fit: fitting.Fit, design: Design
) -> tuple[Array, float | None]:
    """How often 90 % intervals hold a known truth, by parameter, and how even the ranks are (p of a chi-square)."""
    from scipy.special import chdtrc, ndtri
    from scipy.stats import qmc

    table = fitting.summaries(fit.observed, said)
    keep = np.isfinite(table).all(axis=1)
    scores, table = ndtri(shares[keep]), table[keep]
    noise = ndtri(qmc.LatinHypercube(len(fit.observed), rng=_seed(design, 6)).random(len(table)))
    error = np.array([o.error for o in fit.observed])
    tests = np.linspace(0, len(table) - 1, min(RANK_TESTS, len(table))).astype(np.int64)
    ranks = abc.ranks(scores, table, error, noise, tests, SHARE)
    pinned = fit.posterior.sd() < fitting.IDENTIFIED
    mine = ranks[:, pinned].ravel()
    if not mine.size:
        return abc.coverage(ranks), None
    counts = np.bincount(np.minimum((mine * 10).astype(int), 9), minlength=10)
    chi2 = float(np.sum((counts - mine.size / 10) ** 2 / (mine.size / 10)))
    return abc.coverage(ranks), float(chdtrc(9, chi2))


def _check(design: Design, used: Sequence[Target]) -> None:
    if not used:
        raise BadInput(f"no target for the profile {design.profile} can be compared with a scenario")
    least = math.ceil(abc.LEAST_RUNS * (len(used) + 1) / SHARE)
    for what, number in (("first", design.first), ("second", design.second)):
        if not least <= number <= 1_000_000:
            raise BadInput(f"the {what} wave must have {least:,} to 1,000,000 draws, not {number:,}")
    if not 50 <= design.checked <= 100_000:
        raise BadInput(f"50 to 100,000 draws can be checked, not {design.checked:,}")
    if not 0 <= design.discrepancy <= 1:
        raise BadInput(f"the discrepancy must lie between 0 and 1, not {design.discrepancy:g}")
    if not 0 <= design.seed < 2**63:
        raise BadInput(f"the seed must lie between 0 and 2**63 - 1, not {design.seed}")


def _check_folder(out: Path, specification: Mapping[str, Any]) -> None:
    if check_usable(out, RECORD):
        held = read_json(out / RECORD, FORMAT)
        if held is None:
            raise BadInput(f"--out {out}: its {RECORD} is not one of a calibration; name a new or empty folder")
        if held["specification"] != json.loads(json.dumps(specification)):
            raise BadInput(
                f"--out {out}: holds another calibration (model, targets, sizes or seed differ); name a new folder"
            )
    try:
        out.mkdir(parents=True, exist_ok=True)
        if not (out / RECORD).exists():
            write_json(out / RECORD, {"format": FORMAT, "specification": dict(specification), "state": "running"})
    except OSError as error:
        raise BadInput(f"--out {out}: {error.strerror or error}") from None


def _digest(used: Sequence[Target]) -> str:
    return sha256("\n".join(t.model_dump_json() for t in used).encode()).hexdigest()[:32]


_SEEDS = {"wave-1": 10, "wave-2": 11, "check": 12}


def _seed(design: Design, use: int) -> int:
    """Seeds for different uses, mixed and not added."""
    return int.from_bytes(sha256(f"calibration {design.seed} {use}".encode()).digest()[:6], "big")


def _mean(values: pd.Series[float]) -> float | None:
    return float(values.mean()) if len(values) else None
