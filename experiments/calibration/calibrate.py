"""Calibrate unmeasured parameters to published targets: waves of draws, then regression-adjusted ABC; resumable.

A calibration is a folder with a study per wave (`wave-1`, `wave-2`: draws of the prior, by replication), virtual trials
(`trials`), a study of the posterior's own predictions (`check`), and tables made from them. The same call goes on where
an earlier one stopped.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from experiments.calibration import diagnostics, fitting, regression_abc, simulations, trial_evidence
from experiments.calibration.simulations import SEEDS, Running, Studies, whole_row
from experiments.outcomes.target_predictions import NAMES, OF_STAYS
from experiments.studies.definition.plan import Keep
from experiments.support.errors import BadInput
from experiments.support.result_folders import claim, write_json
from experiments.support.verified_files import read_table, write_verified, write_verified_text
from experiments.trials import batches
from experiments.uncertainty.draws import ParameterDraws
from scenarios.calibration_targets import Target, targets
from simulation.outcome_definitions import HEADLINES

if TYPE_CHECKING:
    import pandas as pd

    from scenarios.trial_files.plan import TrialPlan
    from simulation.config import Config

Array = NDArray[np.float64]

FORMAT = "peerbridge calibration 1"
RECORD = "calibration.json"
POSTERIOR = "posterior.parquet"
PREDICTIONS = "predictions.parquet"
TABLES = ("predictive", "parameters", "screen", "recovery")
"""Files of a calibration, the last ones with the ending .csv."""

METHOD = "waves, screen, regression-adjusted ABC, trials 5"
"""Version of the method: changed whenever equal designs would no longer give equal bits."""

FIRST_WAVE, SECOND_WAVE = 2_000, 4_000
"""Draws of the waves: the first to see where the targets can be met, the second to fit."""

CHECKED = 400
"""Posterior draws that are simulated for the posterior predictive check."""

SIZE = 1_000
"""Draws in the posterior sample that is written."""

SHARE = 0.3
"""Share of the second wave that the fit uses; more where that would be too few."""

LEAST_CHECKED = 40
"""Least posterior draws for a predictive interval."""

SETTINGS = ("run.days=730",)
"""Two measured years, so that shares of rare events are steady."""

seed_of = partial(simulations.seed_of, "calibration")


@dataclass(frozen=True, slots=True)
class Design:
    """Specification of a calibration; equal designs with equal seeds give equal bits.

    Attributes:
        profile: Population profile.
        first: Draws of the first wave.
        second: Draws of the second wave.
        checked: Draws of the posterior that are simulated.
        discrepancy: See `fitting.DISCREPANCY`.
        seed: Root seed of runs and draws.

    Example:
        >>> import peerbridge as pb
        >>> design = pb.CalibrationDesign(profile="serious_mental_illness", seed=3)
        >>> design.second > design.first
        True
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
        screen: One row per parameter: what it moves in the first wave and in trials (`fit_screen.screen`).
        recovery: Ten known truths and what the method made of them (`fit_checks.recover`).
        missing: Targets that the model has no number for, with the reason.
    """

    folder: Path
    record: dict[str, Any]
    fit: fitting.Fit
    predictive: pd.DataFrame
    contraction: pd.DataFrame
    screen: pd.DataFrame
    recovery: pd.DataFrame
    missing: tuple[Target, ...]


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

    Example: the sizes are checked before anything runs; `pb.calibrate(Path("results/fit"))` takes an hour or more.
        >>> from pathlib import Path
        >>> import peerbridge as pb
        >>> try:
        ...     pb.calibrate(Path("results/fit"), pb.CalibrationDesign(first=10))
        ... except pb.InputError as error:
        ...     print(error)
        first must lie between ... and 1,000,000 draws, not 10
    """
    import time

    from scipy.special import ndtri

    import simulation
    from experiments.support import provenance

    began = time.perf_counter()
    design = design or Design()
    all_targets = tuple(chosen) if chosen is not None else targets(profile=design.profile)
    mine = [t for t in all_targets if t.profile == design.profile]
    used = [t for t in mine if t.prediction and t.scenario]
    tried = trial_evidence.trial_targets(mine)
    _check(design, used, len(tried))
    plans = trial_evidence.read_plans(tried, design.profile, design.discrepancy)
    configs = _configs(used, design.profile)
    specification = {
        "model": f"{simulation.VERSION}+{simulation.SOURCE_HASH}",
        "method": METHOD,
        "design": asdict(design),
        "targets": _digest([*used, *tried]),
        "trials": trial_evidence.fingerprint(plans),
    }
    other = "another calibration (model, targets, sizes or seed differ)"
    claim(out, RECORD, FORMAT, specification, "a calibration", other)
    names = fitting.free_parameters(design.profile)
    running = Running(workers, dask, on_start, on_standing, on_message)
    work = _Work(out, design, used, names, configs, running)

    first = work.prior_shares()
    said = work.run("wave-1", first, design.first)
    try:
        emulator, screened, observed = _first_look(first, said, used, names, design)
        passed = screened["passed"].to_numpy()
        second, left = fitting.next_wave(emulator, observed, len(names), design.second, seed=seed_of(design.seed, 2))
        told = work.run("wave-2", second, design.second)
        table = fitting.Table.of(second, told, used, design.discrepancy, seed_of(design.seed, 3), SHARE)
        fit = fitting.fit_table(names, design.profile, table, design.second, passed)
    except ValueError as error:
        raise BadInput(f"{error}") from None
    size_before = fit.posterior.size
    fit, evidence, screened = work.trials(fit, tried, plans, screened)
    label = f"posterior of {len(used) + len(evidence)} targets, {design.second:,} draws, model {simulation.VERSION}"
    if design.second < SECOND_WAVE:
        label = f"provisional {label}"
    scores = fit.sample_scores(SIZE, seed_of(design.seed, 7))
    sample = fit.values(scores)
    draws = ParameterDraws(tuple(names), sample, label, design.profile)
    checked = np.arange(design.checked) * SIZE // design.checked
    predicted = work.sweep("check", replace(draws, values=sample[checked], runs_per_draw=1), design.checked)
    predicted |= {one.target.id: one.natural(scores[checked]) for one in evidence}
    before = said | {one.target.id: one.natural(ndtri(first)) for one in evidence}

    identified = fit.identified
    moved = screened["passed"].to_numpy()
    method = diagnostics.Method(table, passed, evidence, seed_of(design.seed, 13))
    coverage, before_trials, ranks = diagnostics.known_truths(method, identified)
    recovery = diagnostics.recover(method, names, design.profile, identified)
    contraction = fit.contraction()
    order = [names.index(name) for name in contraction["parameter"]]
    contraction["screened"], contraction["coverage_90"] = moved[order], coverage[order]
    predictive = diagnostics.predictive_table(
        [*used, *tried], predicted, design.discrepancy, seed_of(design.seed, 4), before
    )
    record = {
        "format": FORMAT, "specification": specification, "state": "complete", "command_line": command_line,
        "made": provenance.now(), "seconds_of_last_session": round(time.perf_counter() - began, 1),
        "seconds_of_runs": work.seconds(), "versions": provenance.versions(), "git": provenance.git(),
        "machine": provenance.machine(), "seeds": {name: seed_of(design.seed, use) for name, use in SEEDS.items()},
        "scenarios": {name: config.content_hash() for name, config in work.configs.items()},
        "settings": list(SETTINGS), "parameters": len(names), "screened": int(moved.sum()),
        "targets": [t.id for t in used], "signs": [t.id for t in used if t.sign],
        "trial_targets": [t.id for t in tried], "trials": len(evidence),
        "effective_draws_before_trials": size_before,
        "not_ruled_out_after_wave_1": left, "used": fit.used, "left_out": fit.left_out, "share": table.share,
        "effective_draws": fit.posterior.size, "identified": int(identified.sum()),
        "coverage_90_of_identified": _mean(contraction[contraction["identified"]]["coverage_90"]),
        "coverage_90_of_all": _mean(contraction["coverage_90"]),
        "coverage_90_before_trials": _mean(before_trials[identified]),
        "recovered_90_of_identified": _mean(recovery["inside"]), "truths": diagnostics.TRUTHS,
        "rank_tests": min(diagnostics.RANK_TESTS, fit.used), "rank_chi2_p": ranks,
        "inside": int(predictive["inside"].sum()), "posterior": draws.digest, "label": label,
    }  # fmt: skip
    draws.write(out / POSTERIOR)
    _write_predictions(out / PREDICTIONS, checked, predicted)
    for name, frame in zip(TABLES, (predictive, contraction, screened, recovery), strict=True):
        write_verified_text(out / f"{name}.csv", frame.to_csv(index=False, lineterminator="\n", float_format="%.6g"))
    write_json(out / RECORD, record)
    missing = tuple(t for t in mine if not t.prediction)
    return Calibration(out, record, fit, predictive, contraction, screened, recovery, missing)


class _Work:
    """The studies of one calibration."""

    def __init__(
        self,
        out: Path,
        design: Design,
        used: Sequence[Target],
        names: Sequence[str],
        configs: dict[str, Config],
        running: Running,
    ) -> None:
        self.out, self.design, self.used, self.names = out, design, used, tuple(names)
        self.configs, self.running = configs, running
        question = "What does the model say to the targets, draw by draw?"
        self.studies = Studies(out, "calibration", "Calibration", question, design.seed, running)

    def prior_shares(self) -> Array:
        from scipy.stats import qmc

        found = qmc.LatinHypercube(len(self.names), rng=seed_of(self.design.seed, 1)).random(self.design.first)
        return np.asarray(np.clip(found, 1e-9, 1 - 1e-9))

    def run(self, name: str, shares: Array, replications: int) -> dict[str, Array]:
        """Simulate draws at prior probabilities, one run of each scenario per draw."""
        values = fitting.values_at(self.names, self.design.profile, shares)
        return self.sweep(name, ParameterDraws(self.names, values, name, self.design.profile, 1), replications)

    def trials(
        self, fit: fitting.Fit, targets: Sequence[Target], plans: Mapping[str, TrialPlan], screened: pd.DataFrame
    ) -> tuple[fitting.Fit, list[trial_evidence.Evidence], pd.DataFrame]:
        """Return the fit updated by published trials, the prediction of each, and the parameter screen."""
        from experiments.calibration import parameter_screen

        if not targets:
            return fit, [], screened
        tried = math.ceil(trial_evidence.TRIED * self.design.second)
        scores = fit.sample_scores(tried, seed_of(self.design.seed, 8))
        draws = ParameterDraws(self.names, fit.values(scores), "trials", self.design.profile, 1)
        running = self.running
        fresh = [0]

        def begin(name: str, todo: int, found: int) -> None:
            fresh[0] = 0
            if running.on_start is not None:
                running.on_start(f"trial {name}", todo, found)

        def done(number: int) -> None:
            fresh[0] += number
            if running.on_standing is not None:
                running.on_standing(SimpleNamespace(fresh=fresh[0]))

        evidence = trial_evidence.collect(
            self.out, targets, plans, draws, scores, discrepancy=self.design.discrepancy,
            seed=seed_of(self.design.seed, 9), workers=running.workers, dask=running.dask,
            on_start=begin, on_done=done, on_message=running.on_message,
        )  # fmt: skip
        found = np.column_stack([one.found(scores) for one in evidence])
        whole = np.isfinite(found).all(axis=1)
        observed = [one.observed for one in evidence]
        moving = parameter_screen.screen(self.names, scores[whole], found[whole], observed, fit.posterior.size)
        screened = parameter_screen.joined(screened, moving)
        posterior = trial_evidence.learn(fit.posterior, evidence, seed_of(self.design.seed, 13))
        return replace(fit, posterior=posterior, adjusted=screened["passed"].to_numpy()), evidence, screened

    def seconds(self) -> float:
        """Seconds that all runs took, in all sessions, one core each."""
        from experiments.studies.store.layout import read_runs

        each = [float(np.nansum(read_runs(self.out / name)["seconds"].to_numpy())) for name in SEEDS]
        return round(sum(each) + batches.seconds(self.out), 1)

    def sweep(self, name: str, draws: ParameterDraws, replications: int) -> dict[str, Array]:
        """Simulate draws; return the prediction of each target by id, NaN where a run failed."""
        outcomes = [t.prediction for t in self.used if t.prediction and t.prediction not in OF_STAYS]
        leading = tuple(dict.fromkeys(outcomes)) or HEADLINES[:1]
        data = self.studies.run(name, self.configs, draws, replications, leading, Keep(predictions=True))
        beyond = _beyond_outcomes(self.out / name, len(self.configs), replications)
        scenarios = list(self.configs)
        found: dict[str, Array] = {}
        for target in self.used:
            assert target.prediction is not None and target.scenario is not None
            at = scenarios.index(target.scenario)
            table = beyond[target.prediction] if target.prediction in OF_STAYS else data.matrix(target.prediction)
            found[target.id] = whole_row(table[at], replications)
        return found


def _beyond_outcomes(folder: Path, points: int, replications: int) -> dict[str, Array]:
    """Predictions that are not outcomes of a run, by name: a row per point, a column per replication."""
    found = {name: np.full((points, replications), math.nan) for name in OF_STAYS}
    for path in sorted((folder / "series").glob("[!.]*.parquet")):
        table = read_table(path, ["point", "replication", "series", "value"])
        series = np.asarray(table["series"].to_pylist())
        point, replication = table["point"].to_numpy(), table["replication"].to_numpy()
        value = table["value"].to_numpy()
        for name, matrix in found.items():
            rows = (series == f"prediction:{name}") & (replication < replications)
            matrix[point[rows], replication[rows]] = value[rows]
    return found


def _configs(used: Sequence[Target], profile: str) -> dict[str, Config]:
    from scenarios import ScenarioError, load

    settings = (*SETTINGS, f"population.profile={profile}")
    try:
        return {name: load(name, settings) for name in dict.fromkeys(t.scenario for t in used if t.scenario)}
    except ScenarioError as error:
        raise BadInput(f"a target names a scenario that cannot be used: {error}") from None


def _first_look(
    shares: Array, said: Mapping[str, Array], used: Sequence[Target], names: Sequence[str], design: Design
) -> tuple[fitting.Emulator, pd.DataFrame, list[fitting.Observation]]:
    """Emulator of the targets and parameter screen, from the first wave."""
    from scipy.special import ndtri

    from experiments.calibration.parameter_screen import screen

    observed = [fitting.observe(target, design.discrepancy) for target in used if target.value is not None]
    table = fitting.summaries(observed, said)
    whole = np.isfinite(table).all(axis=1)
    if whole.sum() < regression_abc.LEAST_RUNS * len(observed):
        raise ValueError("too many draws of the first wave have no prediction for some target")
    scores = ndtri(shares[whole])
    return fitting.emulate(scores, table[whole]), screen(names, scores, table[whole], observed), observed


def _write_predictions(path: Path, checked: NDArray[np.int64], predicted: Mapping[str, Array]) -> None:
    """Write predictions: a row per checked draw with its number in the posterior, a column per target."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({"draw": checked, **predicted})
    write_verified(
        path, lambda temporary: pq.write_table(table, temporary, compression="zstd", write_page_checksum=True)
    )


def _check(design: Design, used: Sequence[Target], tried: int) -> None:
    if not used:
        raise BadInput(f"there is no target that the model can be compared with for the profile {design.profile}")
    for target in used:
        if target.prediction not in NAMES:
            raise BadInput(f"target {target.id}: the model has no number called {target.prediction}")
    least = regression_abc.LEAST_RUNS * (max(len(used), tried) + 1)
    for what, number, smallest in (("first", design.first, least), ("second", design.second, 3 * least)):
        if not smallest <= number <= 1_000_000:
            raise BadInput(f"must lie between {smallest:,} and 1,000,000 draws, not {number:,}", argument=what)
    if not LEAST_CHECKED <= design.checked <= SIZE:
        raise BadInput(
            f"must lie between {LEAST_CHECKED} and {SIZE:,} draws, not {design.checked:,}", argument="checked"
        )
    if not 0 <= design.discrepancy <= 1:
        raise BadInput(f"must lie between 0 and 1, not {design.discrepancy:g}", argument="discrepancy")
    if not 0 <= design.seed < 2**63:
        raise BadInput(f"must lie between 0 and 2**63 - 1, not {design.seed}", argument="seed")


def _digest(used: Sequence[Target]) -> str:
    return sha256("\n".join(t.model_dump_json() for t in used).encode()).hexdigest()[:32]


def _mean(values: pd.Series[Any] | Array) -> float | None:
    return float(values.mean()) if len(values) else None
