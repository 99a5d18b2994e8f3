"""A study in the forms that SALib and the EMA workbench read.

What is handed over is the paired difference from the baseline, which is what a plan is judged by. A level would mostly
show what the uncertainties do to every plan alike.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from experiments.studies.definition.plan import BASELINE
from experiments.support.atomic_files import write_atomically
from experiments.support.errors import InputError
from experiments.support.types import FloatArray, IntArray

if TYPE_CHECKING:
    import pandas as pd

    from experiments.studies.analysis.results import StudyData


@dataclass(frozen=True)
class SalibForm:
    """What SALib's analyses take.

    Attributes:
        problem: Number, names and bounds of the factors, as SALib wants them.
        x: Settings, a row per row of the design in its order, a column per factor; words are numbered from 0.
        y: Outcome to the mean paired difference from the baseline in each row, NaN where it is not defined.
        error: Outcome to the standard error of that mean.
        words: Factor to its words, in the order of their numbers.
        point: Number of the point of each row.
        kind: Kind of the design.
        levels: Steps of a Morris design, what SALib calls num_levels; 0 for other designs.
    """

    problem: dict[str, Any]
    x: FloatArray
    y: dict[str, FloatArray]
    error: dict[str, FloatArray]
    words: dict[str, list[str]]
    point: IntArray
    kind: str
    levels: int


def to_salib(
    data: StudyData,
    outcomes: Sequence[str] | None = None,
    scenario: str | None = None,
    sample: ArrayLike | None = None,
) -> SalibForm:
    """A study as SALib's analyses take it; see `SalibForm`.

    Args:
        data: The study.
        outcomes: Names; those that lead if None.
        scenario: Base scenario, where the study crosses its design with several; the first if None.
        sample: Rows wanted, such as a sample that SALib made and a list of the study ran: a column per factor, as in
            `x`, rows may repeat. None for the rows of the design.

    Raises:
        InputError: The study varies nothing, or no outcome leads in it.
        ValueError: It has no such scenario, or did not run a row of `sample`.
    """
    names = [str(f["name"]) for f in data.factors if f["name"] in data.design]
    if not names:
        raise InputError(f"{data.folder}: the study varies nothing, so there is nothing to index")
    if not (data.outcomes if outcomes is None else outcomes):
        raise InputError(f"{data.folder}: no outcome leads in this study, so there is nothing to export")
    plans = data.design[data.design["plan"] != BASELINE]
    scenarios = list(dict.fromkeys(plans["scenario"]))
    scenario = scenarios[0] if scenario is None and scenarios else scenario
    if scenario not in scenarios:
        raise ValueError(f"no plan of the study has the scenario {scenario!r}; there are {', '.join(scenarios)}")
    said = data.recorded("design", {})
    order = said.get("order", {}).get(scenario) or plans.loc[plans["scenario"] == scenario, "point"].tolist()
    row = np.searchsorted(data.design["point"].to_numpy(), np.asarray(order, dtype=np.int64))
    columns, bounds, words = [], [], {}
    for name in names:
        values, range_, said_words = _column(data, name, row)
        columns.append(values)
        bounds.append(range_)
        if said_words:
            words[name] = said_words
    x = np.stack(columns, axis=1)
    if sample is not None:
        chosen = _find(np.asarray(sample, dtype=np.float64), x)
        x, row = x[chosen], row[chosen]
    y, error = {}, {}
    for outcome in data.outcomes if outcomes is None else outcomes:
        y[outcome], error[outcome] = _differences(data, outcome, row)
    problem = {"num_vars": len(names), "names": names, "bounds": bounds, "outputs": list(y)}
    return SalibForm(
        problem, x, y, error, words, data.design["point"].to_numpy()[row],
        str(said.get("kind", "")), int(said.get("levels", 0) or 0),
    )  # fmt: skip


def export_salib(data: StudyData, path: Path | str) -> None:
    """Write the form for SALib as an .npz file for `numpy.load`: x, y, error, outcomes, point, and problem as JSON.

    Raises:
        InputError: See `to_salib`.
        OSError: The file cannot be written.
    """
    form = to_salib(data)
    said = json.dumps(form.problem | {"words": form.words, "kind": form.kind, "levels": form.levels})
    arrays = {
        "x": form.x, "y": np.stack(list(form.y.values()), axis=1), "error": np.stack(list(form.error.values()), axis=1),
        "outcomes": np.array(list(form.y)), "point": form.point, "problem": np.array(said),
    }  # fmt: skip
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]
    write_atomically(Path(path), lambda temporary: temporary.write_bytes(stream.getvalue()))


def to_ema(
    data: StudyData, outcomes: Sequence[str] | None = None, of: Literal["difference", "level"] = "difference"
) -> tuple[pd.DataFrame, dict[str, FloatArray]]:
    """A study as experiments and outcomes of the EMA workbench.

    Args:
        data: The study.
        outcomes: Names; those that lead if None.
        of: Mean paired differences from the baseline, or means.

    Returns: Experiments, a row per point in the order of the design, with the factors and the columns scenario (the
        future), policy (the plan) and model (the base scenario); and outcome to values in that order. With differences
        the baselines are left out.
    """
    from experiments.statistics.estimates import mean_rows

    row = np.arange(len(data.design)) if of == "level" else data.pairs[0]
    design = data.design.loc[row].reset_index(drop=True)
    experiments = design[[str(f["name"]) for f in data.factors if f["name"] in design]].copy()
    experiments["scenario"], experiments["policy"] = design["future"].astype(str), design["plan"].astype(str)
    experiments["model"] = design["scenario"].astype(str)
    for name in experiments.columns:
        if experiments[name].dtype.kind not in "biuf":
            experiments[name] = experiments[name].astype(object)
    names = data.outcomes if outcomes is None else outcomes
    if of == "level":
        return experiments, {name: mean_rows(data.matrix(name)).mean for name in names}
    return experiments, {name: _differences(data, name, row)[0] for name in names}


def export_ema(data: StudyData, path: Path | str) -> None:
    """Write a .tar.gz file that `ema_workbench.load_results` reads: differences, and means as `<outcome>_mean`.

    Raises:
        OSError: The file cannot be written.
    """
    experiments, differences = to_ema(data)
    means = to_ema(data, of="level")[1]
    values = differences | {f"{name}_mean": mean[data.pairs[0]] for name, mean in means.items()}
    kinds = {name: "object" if dtype.kind not in "biuf" else dtype.name for name, dtype in experiments.dtypes.items()}
    metadata = {
        "version": 0.1, "outcomes": [("ScalarOutcome", name, f"{name}.cls") for name in values], "experiments": kinds,
    }  # fmt: skip
    files = {"experiments.csv": experiments.to_csv(index=False), "metadata.json": json.dumps(metadata)}
    files |= {f"{name}.cls": "".join(f"{float(v)!r}\n" for v in column) for name, column in values.items()}
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, text in files.items():
            content = text.encode()
            entry = tarfile.TarInfo(name)  # no time, no user: the same study gives the same entries
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    write_atomically(Path(path), lambda temporary: temporary.write_bytes(stream.getvalue()))


def _find(sample: FloatArray, x: FloatArray) -> IntArray:
    """Row of `x` that equals each row of `sample`, to nine digits."""
    if sample.ndim != 2 or sample.shape[1] != x.shape[1]:
        raise ValueError(f"a sample has a column for each of the {x.shape[1]} factors")
    held = {tuple(f"{v:.9g}" for v in row): i for i, row in enumerate(x)}
    found = [held.get(tuple(f"{v:.9g}" for v in row), -1) for row in sample]
    if -1 in found:
        raise ValueError(f"the study did not run row {found.index(-1)} of the sample")
    return np.array(found, dtype=np.int64)


def _column(data: StudyData, name: str, row: IntArray) -> tuple[FloatArray, list[float], list[str]]:
    """Settings of a factor as numbers, its bounds, and its words if it has any."""
    factor = next(f for f in data.factors if f["name"] == name)
    values = data.design[name].to_numpy()[row]
    if factor.get("low") is not None and data.design[name].dtype.kind in "iuf":
        x = values.astype(np.float64)
        return x, [min(float(factor["low"]), float(x.min())), max(float(factor["high"]), float(x.max()))], []
    listed = [str(v) for v in factor.get("values") or sorted(set(map(str, values)))]
    codes = {word: i for i, word in enumerate(listed)}
    return np.array([codes[str(v)] for v in values], dtype=np.float64), [0.0, float(max(len(listed) - 1, 1))], listed


def _differences(data: StudyData, outcome: str, row: IntArray) -> tuple[FloatArray, FloatArray]:
    """Mean paired difference of rows of the design, 0 for a baseline, and its standard error."""
    from experiments.statistics.estimates import LEVEL, mean_rows, t_quantiles

    values = data.matrix(outcome)
    less = values[row] - values[data.base_rows[row]]
    clusters = data.clusters(less.shape[1])
    e = mean_rows(less, clusters=clusters)
    if clusters is None:
        return e.mean, e.sd / np.sqrt(np.maximum(e.n, 1))
    draws = np.array([np.unique(clusters[~np.isnan(x)]).size for x in less])
    return e.mean, (e.high - e.low) / 2 / t_quantiles(LEVEL, np.maximum(draws - 1, 1))
