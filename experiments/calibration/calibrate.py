"""Fit the parameters that no study gives: waves of runs, an emulator, a posterior with sites and its checks.

A calibration is a folder with a study and trials for each wave of draws, for the draws that were run twice (`chance`),
for the posterior (`check`) and for a model that is wrong on purpose (`planted`), and with tables made from them. The
same call goes on where an earlier one stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.calibration import expectations, fitting, simulations, verdicts
from experiments.calibration.emulator import LEAST, Emulator, emulate
from experiments.calibration.expectations import SETTINGS, Numbers, Simulator
from experiments.calibration.hierarchy import EFFECTS, LEFT, gather
from experiments.calibration.known_truths import WORLDS, known_truths
from experiments.calibration.posterior import CHAINS, STEPS, Problem, not_ruled_out, prior_states, sample
from experiments.calibration.simulations import SEEDS, Running
from experiments.execution.executors import Serial
from experiments.execution.worker_processes import Processes
from experiments.support.errors import InputError
from experiments.support.machine import allowed_cores
from experiments.support.result_folders import claim, write_json
from experiments.support.types import BoolArray, FloatArray, IntArray
from experiments.support.verified_files import write_verified, write_verified_text
from experiments.uncertainty.draws import LONGEST_LABEL, PROVISIONAL, ParameterDraws
from experiments.uncertainty.elicitation import by_parameter
from scenarios.calibration_targets import Target, targets
from simulation.draws import named_uniforms

if TYPE_CHECKING:
    import pandas as pd

    from experiments.uncertainty.elicitation import Pool


FORMAT = "peerbridge calibration 2"
RECORD = "calibration.json"
POSTERIOR = "posterior.parquet"
PREDICTIONS = "predictions.parquet"
TABLES = ("predictive", "trials", "parameters", "emulator", "spreads", "coverage", "checks", "joint")
"""Files of a calibration, the last ones with the ending .csv."""

METHOD = "waves, second-order emulator, elliptical slice sampling with sites 2"
"""Version of the method: changed whenever equal designs would no longer give equal bits."""

FIRST, LATER = 1_000, 500
"""Draws of the first wave, and of each later one."""

MOST_WAVES = 4

STOPS_SHRINKING = 0.7
"""Waves end when the share of the prior that is not ruled out is still this share of what it was a wave before."""

CHECKED = 200
"""Posterior draws that are simulated again."""

TWICE = 150
"""Draws of the last wave that are run a second time, for the chance of a run."""

PLANTED = 100
"""Posterior draws that are simulated in a model that is wrong on purpose."""

WRONG = ("mechanisms.acute_need=false",)
"""What makes that model wrong: nobody falls acutely ill, so nobody comes back for that."""

SIZE = 1_000
"""Draws in the posterior sample that is written."""

SAME = 1e-6
"""Share of itself by which a number that is made again may differ: less than one person more or fewer makes, more than
the last bits that mathematical libraries of two machines differ by."""

IDENTIFIED = 0.8
"""A parameter counts as pinned down where its posterior is narrower than this share of its prior."""

seed_of = partial(simulations.seed_of, "calibration")


@dataclass(frozen=True, slots=True)
class Design:
    """Specification of a calibration; equal designs with equal seeds give equal bits.

    Attributes:
        profile: Population profile.
        first: Draws of the first wave.
        second: Draws of each later wave.
        waves: Most waves.
        checked: Draws of the posterior that are simulated.
        worlds: Known truths that the method is tried on.
        chains: Chains of the sampler.
        steps: Steps of each chain; the first half is left out.
        seed: Root seed of runs and draws.

    Example:
        >>> import peerbridge as pb
        >>> design = pb.CalibrationDesign(profile="serious_mental_illness", seed=3)
        >>> design.first > design.second
        True
    """

    profile: str = "people_who_use_drugs"
    first: int = FIRST
    second: int = LATER
    waves: int = MOST_WAVES
    checked: int = CHECKED
    worlds: int = WORLDS
    chains: int = CHAINS
    steps: int = STEPS
    seed: int = 0


@dataclass(frozen=True)
class Calibration:
    """A finished calibration.

    Attributes:
        folder: Where its files are.
        record: What `calibration.json` holds.
        tables: The tables of `TABLES`, by name.
        missing: Targets that the model has no number for, with the reason.
    """

    folder: Path
    record: dict[str, Any]
    tables: dict[str, pd.DataFrame]
    missing: tuple[Target, ...]

    @property
    def predictive(self) -> pd.DataFrame:
        """One row per number: prior, posterior and left-out prediction, and the verdict (`verdicts.table`)."""
        return self.tables["predictive"]

    @property
    def contraction(self) -> pd.DataFrame:
        """One row per parameter: prior against posterior."""
        return self.tables["parameters"]


def calibrate(
    out: Path,
    design: Design | None = None,
    *,
    chosen: Sequence[Target] | None = None,
    pools: Sequence[Pool] = (),
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
        design: Sizes and seed.
        chosen: Targets; those of the profile that are bundled if None.
        pools: What experts believe of parameters, in the place of their priors
            (`experiments.uncertainty.elicitation.read_elicitation`).
        workers: Worker processes; None for one per core. It never changes a result.
        dask: Address of a Dask scheduler instead.
        on_start: Called for each study with its name, runs to do and runs found.
        on_standing: Called as by `sweep`.
        on_message: Called with lines for people.
        command_line: Kept in the record.

    Raises:
        InputError: Design, targets or folder are not usable; nothing has been written then.
        Stopped: Ctrl-C; finished runs are kept.

    Example: the sizes are checked before anything runs; `pb.calibrate(Path("results/fit"))` takes most of an hour.
        >>> from pathlib import Path
        >>> import peerbridge as pb
        >>> try:
        ...     pb.calibrate(Path("results/fit"), pb.CalibrationDesign(first=10))
        ... except pb.InputError as error:
        ...     print(error)
        first must lie between ... and 1,000,000 draws, not 10
    """
    import time

    import simulation
    from experiments.support import provenance

    began = time.perf_counter()
    design = design or Design()
    _check(design)
    all_targets = tuple(chosen) if chosen is not None else targets(profile=design.profile)
    numbers = Numbers.of(all_targets, design.profile)
    specification = {
        "model": f"{simulation.VERSION}+{simulation.SOURCE_HASH}",
        "method": METHOD,
        "design": asdict(design),
        "targets": _digest(numbers.targets),
        "trials": expectations.fingerprint(numbers.plans),
    }
    believed = by_parameter(pools)
    if believed:
        specification["elicited"] = {name: pool.digest for name, pool in believed.items()}
    other = "another calibration (model, targets, sizes or seed differ)"
    claim(out, RECORD, FORMAT, specification, "a calibration", other)
    names = fitting.free_parameters(design.profile)
    if unused := [name for name in believed if name not in names]:
        raise InputError(f"{unused[0]}: is not fitted for {design.profile.replace('_', ' ')}")
    running = Running(workers, dask, on_start, on_standing, on_message)
    work = _Work(design, numbers, names, Simulator(out, numbers, names, design.seed, running, believed))
    tell = on_message or (lambda line: None)
    try:
        fit = work.waves(tell)
    except ValueError as error:
        raise InputError(f"{error}") from None
    tell("The posterior is sampled.")
    chains = sample(fit.problem, seed_of(design.seed, 3), chains=design.chains, steps=design.steps)
    m, _ = fit.problem.size
    states = chains.thinned(verdicts.MOST)
    # Neighbours in a chain are alike, and commands take the first draws: chance orders them.
    order = np.argsort(named_uniforms(seed_of(design.seed, 8), "order of the posterior", SIZE), kind="stable")
    scores = work.scores(chains.thinned(SIZE)[order, :m], fit.problem.emulator, SIZE, 7)
    from scipy.special import ndtr

    values = fitting.values_at(names, design.profile, np.clip(ndtr(scores), 1e-9, 1 - 1e-9), believed)
    label = f"posterior of {len(numbers.valued)} numbers, {fit.runs:,} draws in {fit.count} waves"
    label += f", model {simulation.VERSION}"
    if design.first < FIRST or design.second < LATER:
        label = f"{PROVISIONAL} {label}"
    if believed:
        label += f", with what experts say of {', '.join(believed)}"
    draws = ParameterDraws(tuple(names), values, label[:LONGEST_LABEL], design.profile)

    checked = np.arange(design.checked) * SIZE // design.checked
    again = work.simulator.run("check", replace(draws, values=values[checked], runs_per_draw=1))
    planted = work.planted(replace(draws, values=values[checked[:PLANTED]], runs_per_draw=1))
    cores = workers or allowed_cores()
    with Processes(cores) if cores > 1 else Serial() as executor:
        tell("Each study is left out in turn.")
        without = verdicts.left_out(
            fit.problem, seed_of(design.seed, 4), executor, chains=design.chains // 2, steps=design.steps // 2
        )
        tell(f"The method is tried on {design.worlds} known truths.")
        coverage, even = known_truths(fit.problem, seed_of(design.seed, 6), design.worlds, executor)
    before = prior_states(verdicts.MOST, sum(fit.problem.size), seed_of(design.seed, 5), "prior")
    predictive = verdicts.table(fit.problem, before, states, without)
    predictive = _with_signs(predictive, numbers, fit, states, again)
    trials = verdicts.trials_left_out(predictive)
    r_hat, size = chains.split_r_hat(), chains.size()
    parameters = _parameters(names, design.profile, scores, believed)
    tables = {
        "predictive": predictive, "trials": trials, "parameters": parameters,
        "emulator": _emulator_table(numbers, fit, names, again, scores[checked]),
        "spreads": verdicts.spreads_table(fit.problem.evidence, states[:, m:]), "coverage": coverage,
        "checks": _checks_table(numbers, fit, scores), "joint": _joint(work, fit, states, again, planted),
    }  # fmt: skip
    expectation = coverage[coverage["what"] == "expectation"]["coverage_90"]
    shares = tables["joint"].set_index("draws")["share"]
    record = {
        "format": FORMAT, "specification": specification, "state": "complete", "command_line": command_line,
        "made": provenance.now(), "seconds_of_last_session": round(time.perf_counter() - began, 1),
        "seconds_of_runs": work.simulator.seconds(), "versions": provenance.versions(), "git": provenance.git(),
        "machine": provenance.machine(), "seeds": {name: seed_of(design.seed, use) for name, use in SEEDS.items()},
        "scenarios": {name: config.content_hash() for name, config in numbers.configs.items()},
        "settings": list(SETTINGS), "parameters": len(names), "moving": int(fit.problem.emulator.active.size),
        "targets": [numbers.targets[i].id for i in numbers.valued],
        "signs": [numbers.targets[i].id for i in numbers.signs],
        "checks": [numbers.targets[i].id for i in numbers.checks],
        "waves": fit.history, "worst_r_hat": float(r_hat.max()), "least_size": float(size.min()),
        "identified": int(parameters["identified"].sum()),
        "verdicts": verdicts.counts(list(predictive["verdict"])),
        "coverage_90": float(expectation.mean()), "coverage_90_least": float(expectation.min()), "rank_chi2_p": even,
        "joint": {name: float(shares[name]) for name in shares.index},
        "between_sites": _between_sites(fit.problem, states), "posterior": draws.digest, "label": draws.label,
    }  # fmt: skip
    draws.write(out / POSTERIOR)
    _write_predictions(out / PREDICTIONS, checked, numbers, again)
    for name in TABLES:
        text = tables[name].to_csv(index=False, lineterminator="\n", float_format="%.6g")
        write_verified_text(out / f"{name}.csv", text)
    write_json(out / RECORD, record)
    missing = tuple(t for t in all_targets if t.profile == design.profile and not t.prediction)
    return Calibration(out, record, tables, missing)


@dataclass(frozen=True)
class _Fit:
    """The last emulator and what it rests on.

    Attributes:
        problem: Numbers and emulator.
        whole: Emulator of all numbers, signs and checks too.
        runs: Draws of all waves.
        count: Waves.
        history: What each wave left.
        prior: What the first wave said, shape (n, k).
        chance: Variance of one run, shape (k,), of all numbers.
    """

    problem: Problem
    whole: Emulator
    runs: int
    count: int
    history: list[dict[str, float]]
    prior: FloatArray
    chance: FloatArray


class _Work:
    """The runs of one calibration."""

    def __init__(self, design: Design, numbers: Numbers, names: Sequence[str], simulator: Simulator) -> None:
        self.design, self.numbers, self.names, self.simulator = design, numbers, tuple(names), simulator

    def scores(self, active: FloatArray, emulator: Emulator, n: int, use: int) -> FloatArray:
        """Scores of all parameters: active ones as given, the others as the prior has them; shape (n, p)."""
        from scipy.special import ndtri
        from scipy.stats import qmc

        shares = qmc.LatinHypercube(len(self.names), rng=seed_of(self.design.seed, use)).random(n)
        found = ndtri(np.clip(shares, 1e-9, 1 - 1e-9))
        found[:, emulator.active] = active
        return np.asarray(found)

    def waves(self, tell: Callable[[str], None]) -> _Fit:
        """Simulate waves until the space that is not ruled out stops shrinking.

        Raises:
            ValueError: Too few runs have some number, or nothing is left.
        """
        from scipy.special import ndtri
        from scipy.stats import qmc

        design = self.design
        shares = qmc.LatinHypercube(len(self.names), rng=seed_of(design.seed, 1)).random(design.first)
        scores = np.asarray(ndtri(np.clip(shares, 1e-9, 1 - 1e-9)))
        said = self.simulator.said("wave-1", scores)
        twice = np.arange(min(TWICE, design.first // 2))
        second = self.simulator.said("chance", scores[twice])
        fit = self._fit(scores, said, np.ones(len(scores), bool), (twice, second), [], said)
        for wave in range(2, design.waves + 1):
            active, share = not_ruled_out(fit.problem, design.second, seed_of(design.seed, 20 + wave))
            shrunk = fit.history and share > STOPS_SHRINKING * fit.history[-1]["not_ruled_out"]
            fit.history.append({"wave": wave - 1, "draws": float(len(scores)), "not_ruled_out": share})
            tell(f"Wave {wave - 1}: {100 * share:.3g} % of the prior is not ruled out.")
            if shrunk and wave > 2:
                break
            more = self.scores(active, fit.whole, design.second, 20 + wave)
            told = self.simulator.said(f"wave-{wave}", more)
            tested = np.r_[np.zeros(len(scores), bool), np.ones(len(more), bool)]
            scores, said = np.vstack([scores, more]), np.vstack([said, told])
            fit = self._fit(scores, said, tested, (twice, second), fit.history, fit.prior)
        return fit

    def _fit(
        self, scores: FloatArray, said: FloatArray, tested: BoolArray, again: tuple[IntArray, FloatArray],
        history: list[dict[str, float]], prior: FloatArray,
    ) -> _Fit:  # fmt: skip
        numbers = self.numbers
        whole = emulate(scores, said, tested, again, numbers.relative)
        values = [numbers.targets[i] for i in numbers.valued]
        first, second = said[again[0]], again[1]
        evidence = gather(values, _correlation((first - second)[:, numbers.valued]))
        signs = None
        if numbers.signs:
            direction = np.array([-1.0 if numbers.targets[i].sign == "negative" else 1.0 for i in numbers.signs])
            signs = whole.only(numbers.signs), direction
        problem = Problem(evidence, whole.only(numbers.valued), signs)
        chance = 0.5 * np.nanmean((first - second) ** 2, axis=0)
        waves = 1 + sum(1 for h in history)
        return _Fit(problem, whole, len(scores), waves, history, prior, chance)

    def planted(self, draws: ParameterDraws) -> FloatArray:
        """What a model says that is wrong on purpose; NaN for numbers of trials."""
        from scenarios import load

        settings = (*SETTINGS, f"population.profile={self.design.profile}", *WRONG)
        configs = {name: load(name, settings) for name in self.numbers.configs}
        return self.simulator.run("planted", draws, configs)


def _correlation(differences: FloatArray) -> FloatArray:
    """Correlations of the chance in pairs of runs, shape (k, k); 0 where a number does not vary."""
    known = differences[np.isfinite(differences).all(axis=1)]
    if len(known) < 3:
        return np.eye(differences.shape[1])
    centred = known - known.mean(axis=0)
    size = np.sqrt(np.mean(centred**2, axis=0))
    scaled = centred / np.where(size > 0, size, 1.0)
    return np.asarray(scaled.T @ scaled / len(known))


def _with_signs(rows: pd.DataFrame, numbers: Numbers, fit: _Fit, states: FloatArray, again: FloatArray) -> pd.DataFrame:
    """The table with a row for each sign: met where the model has it in nearly all draws."""
    import pandas as pd

    more = []
    m, _ = fit.problem.size
    for at, i in enumerate(numbers.signs):
        target = numbers.targets[i]
        assert fit.problem.signs is not None
        emulator, direction = fit.problem.signs
        right = float(np.nanmean(np.sign(again[:, i]) == direction[at]))
        before = float(np.nanmean(np.sign(fit.prior[:, i]) == direction[at]))
        low, middle, high = np.quantile(emulator.at(states[:, :m])[:, at], [0.025, 0.5, 0.975])
        word = verdicts.MISSED if right < 0.5 else verdicts.ALLOWED
        more.append({
            "id": target.id, "quantity": target.quantity, "study": target.study, "unit": target.unit,
            "sign": target.sign, "sign_share": right, "median": middle, "low": low, "high": high, "verdict": word,
            "reason": f"{100 * right:.0f} % of runs have the sign, {100 * before:.0f} % of those of the prior",
        })  # fmt: skip
    both = pd.concat([rows, pd.DataFrame(more)], ignore_index=True) if more else rows
    for column in ("sign", "sign_share"):
        if column not in both:
            both[column] = np.nan
    return both


def _parameters(names: Sequence[str], profile: str, scores: FloatArray, pools: Mapping[str, Pool]) -> pd.DataFrame:
    """How much the targets say about each parameter, most first."""
    import pandas as pd
    from scipy.special import ndtr

    from simulation.parameters import PARAMETERS

    at = np.array([0.025, 0.5, 0.975])
    prior = fitting.values_at(names, profile, np.repeat(at[:, None], len(names), axis=1), pools)
    after = fitting.values_at(names, profile, np.clip(ndtr(np.quantile(scores, at, axis=0)), 1e-9, 1 - 1e-9), pools)
    ratio = scores.std(axis=0)
    rows = [
        {
            "parameter": name, "kind": PARAMETERS[name].kind, "unit": PARAMETERS[name].unit,
            "prior_low": prior[0, j], "prior_median": prior[1, j], "prior_high": prior[2, j],
            "low": after[0, j], "median": after[1, j], "high": after[2, j],
            "sd_ratio": ratio[j], "moved": scores[:, j].mean(), "identified": bool(ratio[j] < IDENTIFIED),
        }
        for j, name in enumerate(names)
    ]  # fmt: skip
    return pd.DataFrame(rows).sort_values("sd_ratio", kind="stable", ignore_index=True)


def _emulator_table(
    numbers: Numbers, fit: _Fit, names: Sequence[str], again: FloatArray, scores: FloatArray
) -> pd.DataFrame:
    """How good the emulator is for each number, and by what it is moved most."""
    import pandas as pd

    expected = fit.whole.expected(scores)
    rows = []
    for j, target in enumerate(numbers.targets):
        known = np.isfinite(again[:, j])
        off = again[known, j] - expected[known, j]
        rows.append({
            "id": target.id, "role": target.role, "r2_of_runs": fit.whole.held_out[j],
            "r2_of_expectation": fit.whole.of_expectation[j], "error": np.sqrt(fit.whole.error[j]),
            "chance": np.sqrt(fit.chance[j]), "off_in_posterior": off.mean() if off.size else np.nan,
            "error_of_that": off.std() / np.sqrt(off.size) if off.size else np.nan,
            "moved_by": " ".join(names[c] for c in fit.whole.moved_by[j][:5]),
        })  # fmt: skip
    return pd.DataFrame(rows)


def _checks_table(numbers: Numbers, fit: _Fit, scores: FloatArray) -> pd.DataFrame:
    """Numbers that are never fitted, beside what the posterior says."""
    import pandas as pd

    expected = fit.whole.expected(scores)
    rows = []
    for j in numbers.checks:
        target = numbers.targets[j]
        said = expected[:, j] if target.value is None else fitting.observe(target).natural(expected[:, j])
        low, middle, high = np.quantile(said, [0.025, 0.5, 0.975])
        ends = target.interval() if target.value is not None else (np.nan, np.nan)
        rows.append({
            "id": target.id, "quantity": target.quantity, "study": target.study, "unit": target.unit,
            "found": target.value, "found_low": ends[0], "found_high": ends[1], "median": middle, "low": low,
            "high": high, "why": target.why,
        })  # fmt: skip
    columns = ["id", "quantity", "study", "unit", "found", "found_low", "found_high", "median", "low", "high", "why"]
    return pd.DataFrame(rows, columns=columns)


def _joint(work: _Work, fit: _Fit, states: FloatArray, again: FloatArray, planted: FloatArray) -> pd.DataFrame:
    """Agreement with all numbers at once: draws of the prior, of the posterior, and of a wrong model."""
    import pandas as pd

    m, _ = fit.problem.size
    valued = work.numbers.valued
    spreads = np.median(states[:, m:], axis=0)
    scenario = [k for k, i in enumerate(valued) if work.numbers.targets[i].scenario]
    ids = {fit.problem.evidence.ids[k] for k in scenario}
    of_scenarios = fit.problem.evidence.without(set(fit.problem.evidence.ids) - ids)
    rows = []
    for name, said, evidence, columns in (
        ("prior", fit.prior, fit.problem.evidence, valued),
        ("posterior", again, fit.problem.evidence, valued),
        ("posterior, without trials", again, of_scenarios, [valued[k] for k in scenario]),
        ("wrong model, without trials", planted, of_scenarios, [valued[k] for k in scenario]),
    ):
        share, each = verdicts.joint(said[:, columns], evidence, spreads, fit.chance[columns])
        rows.append({
            "draws": name, "number": len(said), "numbers": len(columns), "share": share,
            "missed_median": float(np.median(each)), "missed_most": int(each.max()),
        })  # fmt: skip
    return pd.DataFrame(rows)


def _between_sites(problem: Problem, states: FloatArray) -> dict[str, float]:
    """Spread of parameters between sites that gives the numbers the spread between sites that was fitted.

    For each number the fitted standard deviation between sites is set against how far the model's number moves when
    every parameter moves by a standard deviation of its prior.

    Returns:
        "median", as a share of the width of the priors, and "sd_log" over draws and numbers.
    """
    m, _ = problem.size
    emulator = problem.emulator
    step = 0.25
    sample_ = states[:: max(1, len(states) // 50), :m]
    slopes = np.stack([
        (emulator.at(sample_ + step * e) - emulator.at(sample_ - step * e)) / (2 * step) for e in np.eye(m)
    ])  # fmt: skip
    moves = np.sqrt(np.mean(np.sum(slopes**2, axis=0), axis=0))
    logs = []
    for j, spread in enumerate(problem.evidence.spreads):
        mine = np.flatnonzero(np.diagonal(spread.pattern) > 0)
        if spread.name in (LEFT, EFFECTS):
            continue
        sd = spread.at(states[:, m + j])
        logs += [np.log(sd / moves[k]) for k in mine if moves[k] > 0]
    all_ = np.concatenate(logs)
    return {"median": float(np.exp(np.median(all_))), "sd_log": float(all_.std())}


def _write_predictions(path: Path, checked: IntArray, numbers: Numbers, said: FloatArray) -> None:
    """Write predictions in natural units: a row per checked draw with its number in the posterior, a column each."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {}
    for j, target in enumerate(numbers.targets):
        columns[target.id] = said[:, j] if target.value is None else fitting.observe(target).natural(said[:, j])
    table = pa.table({"draw": checked, **columns})
    write_verified(
        path, lambda temporary: pq.write_table(table, temporary, compression="zstd", write_page_checksum=True)
    )


def differing(record: Mapping[str, Any], draws: ParameterDraws, predictions: Path, checked: int) -> list[str]:
    """Simulate some of a fit's checked draws again, and say which numbers the model no longer gives.

    A fit belongs to the numbers of the model, not to its sources: these may be rearranged as long as nothing comes out
    of this.

    Args:
        record: What `calibration.json` holds.
        draws: The posterior.
        predictions: File of what its checked draws said.
        checked: Draws to simulate again, spread evenly over the checked ones.

    Returns:
        A line for each number that differs by more than `SAME` of itself; empty where all are as they were.
    """
    import pyarrow.parquet as pq

    stored = pq.read_table(predictions).to_pydict()
    design = record["specification"]["design"]
    ids = {*record["targets"], *record["signs"], *record["checks"]}
    numbers = Numbers.of([t for t in targets(profile=design["profile"]) if t.id in ids], design["profile"])
    count, lines = len(stored["draw"]), []
    for replication in range(0, count, max(1, count // checked))[:checked]:
        number = stored["draw"][replication]
        values = dict(zip(draws.names, draws.values[number].tolist(), strict=True))
        said = expectations.made_again(numbers, values, replication, design["seed"])
        for target, value in zip(numbers.targets, said, strict=True):
            now = value if target.value is None else float(fitting.observe(target).natural(np.array([value]))[0])
            was = stored[target.id][replication]
            if not (abs(now - was) <= SAME * abs(was) or (np.isnan(now) and np.isnan(was))):
                lines.append(f"draw {number}: {target.id} is {now:.9g} and was {was:.9g}")
    return lines


def _check(design: Design) -> None:
    for what, number, smallest, most in (
        ("first", design.first, 2 * LEAST, 1_000_000), ("second", design.second, LEAST, 1_000_000),
        ("checked", design.checked, 20, SIZE), ("worlds", design.worlds, 5, 10_000),
        ("chains", design.chains, 8, 10_000), ("steps", design.steps, 20, 1_000_000),
    ):  # fmt: skip
        if not smallest <= number <= most:
            unit = " draws" if what in ("first", "second", "checked") else ""
            raise InputError(f"must lie between {smallest:,} and {most:,}{unit}, not {number:,}", argument=what)
    if not 1 <= design.waves <= MOST_WAVES:
        raise InputError(f"must lie between 1 and {MOST_WAVES}, not {design.waves}", argument="waves")
    if not 0 <= design.seed < 2**63:
        raise InputError(f"must lie between 0 and 2**63 - 1, not {design.seed}", argument="seed")


def _digest(used: Sequence[Target]) -> str:
    return sha256("\n".join(t.model_dump_json() for t in used).encode()).hexdigest()[:32]
