"""`peerbridge calibrate --data`: a site's records and a posterior to a posterior for the site, in a folder.

Two waves of runs in the scenario that describes the site, the second near its records, and a third that checks what the
result predicts. The same call goes on where an earlier one stopped. Nothing of a single record is kept: the folder
holds numbers that rest on 11 stays or more.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.calibration import fitting
from experiments.calibration.calibrate import SIZE
from experiments.calibration.simulations import Running, Studies, seed_of, whole_row
from experiments.calibration.site import fit as site_fit
from experiments.calibration.site.programme import ReturnCurve, beside, compare_curves, simulated
from experiments.calibration.site.regression_abc import LEAST_RUNS
from experiments.calibration.site.scenario import scenario_text
from experiments.calibration.site.targets import TITLES, Line, SiteNumbers, is_days, quality, site_numbers
from experiments.site_data.records import ProgrammeData
from experiments.support.atomic_files import write_text
from experiments.support.csv_text import csv_text
from experiments.support.errors import InputError
from experiments.support.result_folders import claim, write_json
from experiments.support.types import FloatArray
from experiments.uncertainty.draws import ParameterDraws
from scenarios.calibration_targets import Z
from simulation.parameters import PARAMETERS

if TYPE_CHECKING:
    import pandas as pd

    from simulation.config import Config


FORMAT = "peerbridge site 1"
RECORD = "site.json"
POSTERIOR = "posterior.parquet"
SCENARIO = "site.toml"

MOST_RUNS_PER_DRAW = 4
"""Runs behind a prediction, where a site has more stays than one run."""

_seed = partial(seed_of, "site")


@dataclass(frozen=True, slots=True)
class SiteDesign:
    """What a site's calibration is; equal designs, records and posteriors give equal bits.

    Attributes:
        first: Draws of the first wave, to see where the records can be met.
        second: Draws of the second wave, which is fitted.
        checked: Draws of the result that are simulated.
        discrepancy: See `site_fit.DISCREPANCY`.
        seed: Root seed of runs and draws.
    """

    first: int = 600
    second: int = 1_000
    checked: int = 300
    discrepancy: float = site_fit.DISCREPANCY
    seed: int = 0


@dataclass(frozen=True)
class SiteCalibration:
    """A finished calibration of a site.

    Attributes:
        folder: Where its files are.
        record: What `site.json` holds.
        quality: What the records hold, small counts suppressed.
        remarks: What is unusual in them.
        fit: The fit.
        predictive: One row per number: before, records, after.
        parameters: One row per parameter: before, after, how far it moved; the most moved first.
        programme: Numbers that are shown beside the model and not fitted (`programme.beside`).
        curves: Returns by day: records, before and after, by name of the series (`programme.compare_curves`).
    """

    folder: Path
    record: dict[str, Any]
    quality: tuple[Line, ...]
    remarks: tuple[str, ...]
    fit: site_fit.SiteFit
    predictive: pd.DataFrame
    parameters: pd.DataFrame
    programme: pd.DataFrame
    curves: tuple[dict[str, ReturnCurve], ...]


def calibrate_site(
    out: Path,
    data: ProgrammeData,
    base: ParameterDraws,
    config: Config,
    design: SiteDesign | None = None,
    *,
    workers: int | None = None,
    dask: str | None = None,
    on_start: Callable[[str, int, int], None] | None = None,
    on_standing: Callable[[Any], None] | None = None,
    on_message: Callable[[str], None] | None = None,
    command_line: str = "",
) -> SiteCalibration:
    """Fit the parameters of one site to its records.

    Args:
        out: Folder; goes on where an earlier call with the same records, posterior and design stopped.
        data: Checked records.
        base: Posterior of hospitals in general.
        config: Scenario that describes the site (`experiments.calibration.site.scenario`).
        design: Sizes, seed and discrepancy.
        workers: Worker processes; None for one per core. It never changes a result.
        dask: Address of a Dask scheduler instead.
        on_start: Called for each wave with its name, runs to do and runs found.
        on_standing: Called as by `sweep`.
        on_message: Called with lines for people.
        command_line: Kept in the record.

    Raises:
        InputError: Design, records, posterior or folder are not usable; nothing has been written then. Or the records
            cannot be met: the folder then holds the first wave.
        Stopped: Ctrl-C; finished runs are kept.
    """
    import simulation
    from experiments.support import provenance

    design = design or SiteDesign()
    numbers = site_numbers(data).rounded()
    _check(design, numbers, base, config)
    specification = {
        "model": f"{simulation.VERSION}+{simulation.SOURCE_HASH}",
        "design": asdict(design),
        "scenario": config.content_hash(),
        "posterior": base.digest,
        "records": _digest(numbers),
    }
    other = "another site's calibration (records, posterior, model, scenario, sizes or seed differ)"
    claim(out, RECORD, FORMAT, specification, "a site", other)
    lines, remarks = quality(data), data.remarks
    _write_table(out / "quality.csv", [{"what": line.what, "number": line.shown} for line in lines]
                 + [{"what": "remark", "number": remark} for remark in remarks])  # fmt: skip
    names = site_fit.moving(base)
    general = site_fit.scores_of(base, names)
    running = Running(workers, dask, on_start, on_standing, on_message)
    work = _Work(out, config, base, names, numbers, design, running)

    between = site_fit.between_sites(base.profile)
    first, _ = site_fit.scatter(general, design.first, _seed(design.seed, 1), between)
    said = work.run("wave-1", first, 1)
    whole = np.isfinite(site_fit.on_scales(numbers, said)).all(axis=1)
    if whole.mean() < 0.5:
        raise InputError("most draws have no stays to compare with: does the scenario describe the site?")
    per_run = work.stays_per_run()
    runs = min(MOST_RUNS_PER_DRAW, max(1, math.ceil(numbers.stays / per_run)))
    near, spread, origins = site_fit.plausible(
        first[whole], site_fit.on_scales(numbers, said)[whole], numbers, general, design.second, _seed(design.seed, 2),
        between,
    )  # fmt: skip
    told = site_fit.on_scales(numbers, work.run("wave-2", near, runs))
    fit = site_fit.fit(
        names, base.profile, near, spread, origins, told, numbers, runs * per_run,
        discrepancy=design.discrepancy, seed=_seed(design.seed, 3),
    )  # fmt: skip
    fit = replace(fit, spread=between)
    label = f"posterior of a site (about {_rounded(numbers.stays)} stays), model {simulation.VERSION}"
    draws = work.draws(fit.sample(SIZE), label, base.runs_per_draw)
    checked = work.draws(fit.sample(design.checked), label, 1)
    after = work.sweep("check", checked, design.checked)
    runs_before = simulated(config, work.of_scores(first, "before", 1))
    runs_after = simulated(config, checked)
    programme = beside(data, runs_before, runs_after)
    curves = compare_curves(data, runs_before, runs_after)

    predictive = _predictive(numbers, said, after)
    parameters = _parameters(fit, general)
    middle, low, high = fit.between()
    record = {
        "format": FORMAT, "specification": specification, "state": "complete", "command_line": command_line,
        "made": provenance.now(), "versions": provenance.versions(), "git": provenance.git(),
        "machine": provenance.machine(), "scenario": config.name, "peers": config.programme.peers,
        "navigators": config.programme.navigators, "posterior_before": base.label, "numbers": list(numbers.names),
        "effective_draws": fit.size, "effective_origins": fit.origins, "collapsed": fit.collapsed,
        "beyond": list(fit.beyond),
        "between": {"median": middle, "low": low, "high": high}, "doubt_removed": _doubt_removed(predictive),
        "moved_rms": float(np.sqrt(np.mean(fit.moved(general) ** 2))), "posterior": draws.digest,
    }  # fmt: skip
    _write_table(out / "predictive.csv", predictive)
    _write_table(out / "parameters.csv", parameters)
    _write_table(out / "programme.csv", programme)
    draws.write(out / POSTERIOR)
    scenario = scenario_text(data, config, per_run / config.run.days)
    if scenario is not None:
        write_text(out / SCENARIO, scenario)
    write_json(out / RECORD, record)
    return SiteCalibration(out, record, tuple(lines), remarks, fit, predictive, parameters, programme, tuple(curves))


class _Work:
    """The runs of one calibration of a site."""

    def __init__(
        self, out: Path, config: Config, base: ParameterDraws, names: Sequence[str], numbers: SiteNumbers,
        design: SiteDesign, running: Running,
    ) -> None:  # fmt: skip
        self.config, self.base, self.names, self.numbers = config, base, tuple(names), numbers
        self.studies = Studies(out, "site", "A site", "What does the model say to the records?", design.seed, running)
        self._stays = math.nan

    def draws(self, values: FloatArray, label: str, runs_per_draw: int) -> ParameterDraws:
        """Draws of the parameters that move, with the others as the posterior has them."""
        rows = np.arange(len(values)) * len(self.base) // len(values)
        whole = self.base.values[rows].copy()
        whole[:, [self.base.names.index(name) for name in self.names]] = values
        return ParameterDraws(self.base.names, whole, label, self.base.profile, runs_per_draw)

    def of_scores(self, scores: FloatArray, label: str, runs_per_draw: int) -> ParameterDraws:
        """Draws of the parameters that move, from their normal scores."""
        from scipy.special import ndtr

        return self.draws(fitting.values_at(self.names, self.base.profile, ndtr(scores)), label, runs_per_draw)

    def run(self, name: str, scores: FloatArray, runs: int) -> dict[str, FloatArray]:
        """Simulate sites, `runs` times each; means over the runs of each."""
        found = self.sweep(name, self.of_scores(scores, name, runs), len(scores) * runs)
        with np.errstate(invalid="ignore"):
            return {outcome: row.reshape(len(scores), runs).mean(axis=1) for outcome, row in found.items()}

    def sweep(self, name: str, draws: ParameterDraws, replications: int) -> dict[str, FloatArray]:
        """Simulate draws; what the model said for each outcome, NaN where a run failed."""
        config = self.config
        wanted = (*self.numbers.names, _ADMISSIONS)
        data = self.studies.run(name, {config.name: config}, draws, replications, wanted)
        found = {outcome: whole_row(data.matrix(outcome)[0], replications) for outcome in wanted}
        people = config.population.size * config.run.days / 365
        self._stays = float(np.nanmean(found[_ADMISSIONS])) * people / 1_000
        return {name: found[name] for name in self.numbers.names}

    def stays_per_run(self) -> float:
        """Stays of an average run of the last sweep."""
        return max(1.0, self._stays)


_ADMISSIONS = "admissions_per_1000_person_years"


def _predictive(
    numbers: SiteNumbers, before: Mapping[str, FloatArray], after: Mapping[str, FloatArray]
) -> pd.DataFrame:
    """What the model said of such a site, what the records say, and what the fitted model says."""
    import pandas as pd

    rows = []
    for name, value, error in zip(numbers.names, numbers.values.tolist(), numbers.errors.tolist(), strict=True):
        one, two = (said[name][np.isfinite(said[name])] for said in (before, after))
        was, now = (np.quantile(x, [0.025, 0.5, 0.975]) if x.size else [math.nan] * 3 for x in (one, two))
        wide = math.hypot(float(two.std()), error) if two.size else math.nan
        rows.append({
            "id": name, "quantity": TITLES[name], "unit": "days" if is_days(name) else "share",
            "before": was[1], "before_low": was[0], "before_high": was[2],
            "records": value, "records_low": value - Z * error, "records_high": value + Z * error,
            "after": now[1], "after_low": now[0], "after_high": now[2],
            "width": (now[2] - now[0]) / (was[2] - was[0]), "met": bool(abs(now[1] - value) <= Z * wide),
        })  # fmt: skip
    return pd.DataFrame(rows)


def _doubt_removed(predictive: pd.DataFrame) -> float:
    return float(np.clip(1.0 - predictive["width"].mean(), 0.0, 1.0))


def _parameters(fit: site_fit.SiteFit, general: FloatArray) -> pd.DataFrame:
    import pandas as pd
    from scipy.special import ndtr

    at = (0.5, 0.025, 0.975)
    before = fitting.values_at(fit.names, fit.profile, ndtr(np.quantile(general, at, axis=0)))
    scores = np.clip([fit.posterior.quantile(q)[:-1] for q in at], -site_fit.FURTHEST, site_fit.FURTHEST)
    after = fitting.values_at(fit.names, fit.profile, ndtr(scores))
    moved, narrowed = fit.moved(general), fit.narrowed(general)
    rows = [
        {
            "parameter": name, "text": PARAMETERS[name].text, "unit": PARAMETERS[name].unit,
            "before": before[0, j], "before_low": before[1, j], "before_high": before[2, j],
            "after": after[0, j], "after_low": after[1, j], "after_high": after[2, j],
            "adjusted": bool(fit.moves[j]), "moved": moved[j], "narrowed": narrowed[j],
        }
        for j, name in enumerate(fit.names)
    ]  # fmt: skip
    return pd.DataFrame(rows).sort_values("moved", key=abs, ascending=False, kind="stable", ignore_index=True)


def _write_table(path: Path, rows: Any) -> None:
    import pandas as pd

    table = pd.DataFrame(rows)
    write_text(path, csv_text(list(table.columns), table.itertuples(index=False, name=None)))


def _rounded(n: int) -> str:
    """A number of stays to one digit: what a label needs."""
    size = 10 ** (len(str(n)) - 1)
    return f"{round(n / size) * size:,}"


def _check(design: SiteDesign, numbers: SiteNumbers, base: ParameterDraws, config: Config) -> None:
    if not numbers.names:
        raise InputError("the records are too few: no number rests on 11 stays or more on either side")
    least = math.ceil(LEAST_RUNS * (len(numbers.names) + 1) / site_fit.SHARE)
    for what, number in (("first", design.first), ("second", design.second)):
        if not least <= number <= 1_000_000:
            raise InputError(f"must lie between {least:,} and 1,000,000 draws, not {number:,}", argument=what)
    if not 50 <= design.checked <= 100_000:
        raise InputError(f"must lie between 50 and 100,000 draws, not {design.checked:,}", argument="checked")
    if not 0 <= design.discrepancy <= 1:
        raise InputError(f"must lie between 0 and 1, not {design.discrepancy:g}", argument="discrepancy")
    if not 0 <= design.seed < 2**63:
        raise InputError(f"must lie between 0 and 2**63 - 1, not {design.seed}", argument="seed")
    if base.profile != config.population.profile:
        raise InputError(f"the posterior is for {base.profile}, the scenario for {config.population.profile}")
    if not site_fit.moving(base):
        raise InputError("the posterior holds no parameter that could differ between sites")


def _digest(numbers: SiteNumbers) -> str:
    """Of the site's numbers, not of its records: nobody can look a record up in it."""
    found = sha256("\n".join(numbers.names).encode())
    for part in (numbers.values, numbers.errors, numbers.correlation):
        found.update(np.ascontiguousarray(part, dtype="<f8").tobytes())
    return found.hexdigest()[:32]
