"""A finished or unfinished study as tidy tables: means, paired differences, quantiles, the best plan, precision.

Every table has the columns point, plan, future, scenario, the factors of the design by their full names, and outcome,
unit, n (replications used) and level (of the interval). Intervals show the play of chance between runs; what nobody
knows shows as the spread over futures (`StudyData.across_futures`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from experiments.economics import ALL, THRESHOLD
from experiments.errors import BadInput
from experiments.intervals import bca_rows, quantile_rows
from experiments.precision import advise_points
from experiments.statistics import LEVEL, Estimates, mean_rows, ratio_rows
from experiments.study_plan import BASELINE, Precision
from experiments.study_tables import SMALL_CELL, Cells, long_table
from simulation.outcome_list import HEADLINES

if TYPE_CHECKING:
    import pandas as pd

FORMAT = "peerbridge study 2"
PLACE = ("point", "plan", "future", "scenario")
PROBABILITIES = (0.05, 0.25, 0.5, 0.75, 0.95)

Array = NDArray[np.float64]


def read_study(folder: Path | str) -> StudyData:
    """Open a study folder for reading; nothing is computed yet.

    Raises:
        BadInput: The folder is not there, or is no study folder.
    """
    folder = Path(folder)
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        known = manifest["format"] == FORMAT
    except FileNotFoundError:
        raise BadInput(f"{folder}: no study is there (it has no manifest.json)") from None
    except (OSError, ValueError, KeyError, TypeError):
        known = False
    if not known:
        raise BadInput(f"{folder}: its manifest.json is not that of a study")
    if not (folder / "design.csv").is_file():
        raise BadInput(f"{folder}: its design.csv is not there")
    return StudyData(folder, manifest)


class StudyData:
    """A study, read. Tables are made when they are asked for and use every finished run.

    Args:
        folder: Study folder.
        manifest: Content of its manifest.json.
    """

    def __init__(self, folder: Path, manifest: dict[str, Any]) -> None:
        self.folder = folder
        self.manifest = manifest
        self._matrices: dict[str, Array] = {}

    def __repr__(self) -> str:
        return f"StudyData({str(self.folder)!r}: {len(self.design)} points, {self.replications} replications)"

    @cached_property
    def design(self) -> pd.DataFrame:
        """One row per point: point, plan, future, scenario and the value of each factor."""
        import pandas as pd

        design = pd.read_csv(self.folder / "design.csv", keep_default_na=False, na_values=[""], dtype={"plan": str})
        return design.sort_values("point", ignore_index=True)

    @property
    def factors(self) -> list[dict[str, Any]]:
        """Levers and uncertainties: name, role, unit, label, low, high and what else the study file said."""
        return list(self.manifest.get("factors", []))

    @property
    def baseline(self) -> str:
        """Scenario that every plan is compared with."""
        return str(self._said("baseline", ""))

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Outcomes that lead in tables; every outcome is stored."""
        return tuple(name for name in self._said("outcomes", None) or HEADLINES if name in ALL)

    @property
    def rule(self) -> Precision | None:
        """Precision up to which each plan was replicated; None where the number was fixed."""
        said = self._said("replications", None)
        if not isinstance(said, dict) or "outcome" not in said:
            return None
        return Precision(
            said["outcome"], said.get("half_width"), said.get("relative"), said["minimum"], said["maximum"]
        )

    def _said(self, name: str, default: Any) -> Any:
        specification = self.manifest.get("specification", {})
        return self.manifest.get(name, specification.get(name, default))

    @cached_property
    def runs(self) -> pd.DataFrame:
        """Every finished run, a row each, in the order of replication and point: factors, all outcomes, timing."""
        return self._rows("status = 'ok'")

    @cached_property
    def failed(self) -> pd.DataFrame:
        """Runs that never ended well: error, crashed or timeout, with stage and message."""
        return self._rows("status <> 'ok'")

    @cached_property
    def replications(self) -> int:
        """Most replications that any point has."""
        return self.matrix(self.outcomes[0]).shape[1] if self.outcomes else 0

    def matrix(self, outcome: str) -> Array:
        """Values of one outcome: a row per point in the order of `design`, a column per replication; NaN where none.

        Raises:
            KeyError: There is no such outcome.
        """
        self._load([outcome])
        return self._matrices[outcome]

    def means(self, outcomes: Sequence[str] | None = None, level: float = LEVEL) -> pd.DataFrame:
        """Mean of each outcome at each point, with Student's t interval: n, mean, sd, low, high.

        Args:
            outcomes: Names; those that lead if None.
            level: Confidence level.
        """
        names = self._names(outcomes)
        found = {name: mean_rows(self.matrix(name), level) for name in names}
        return self._tidy(np.arange(len(self.design)), names, level, lambda name: _columns(found[name]))

    def differences(
        self, outcomes: Sequence[str] | None = None, method: Literal["t", "bca"] = "t", level: float = LEVEL
    ) -> pd.DataFrame:
        """Paired differences of every plan from the baseline of its future.

        Args:
            outcomes: Names; those that lead if None.
            method: "t", or "bca" for skewed differences (see `experiments.intervals`).
            level: Confidence level.

        Returns: baseline (scenario), better (direction), baseline_mean, mean, difference, sd, low, high, method and
            reading: better, worse, higher, lower, unclear, same or not defined.
        """
        names = self._names(outcomes)
        rows, bases = self._pairs
        estimate = bca_rows if method == "bca" else mean_rows

        def columns(name: str) -> dict[str, Any]:
            plan, base = self.matrix(name)[rows], self.matrix(name)[bases]
            found = estimate(plan - base, level)
            means = [_mean_over(x, ~np.isnan(plan - base)) for x in (base, plan)]
            return {
                "baseline": self.baseline, "better": ALL[name].better, "n": found.n, "baseline_mean": means[0],
                "mean": means[1], "difference": found.mean, "sd": found.sd, "low": found.low, "high": found.high,
                "method": method, "reading": readings(name, found),
            }  # fmt: skip

        return self._tidy(rows, names, level, columns)

    def across_futures(self, outcomes: Sequence[str] | None = None, level: float = LEVEL) -> pd.DataFrame:
        """How each plan's difference varies over the futures: what nobody knows, apart from chance between runs.

        Returns: One row per plan and outcome: futures, difference (mean over futures), lowest and highest mean
            difference, low and high (the middle 90 % of them), and the shares of futures in which the plan is clearly
            better, clearly worse (or higher, lower) or neither.
        """
        import pandas as pd

        table = self.differences(outcomes, level=level)
        table = table[table["reading"] != "not defined"]
        levers = [f["name"] for f in self.factors if f.get("role") == "lever" and f["name"] in table]
        grouped = table.groupby(["plan", "outcome"], sort=False)
        found = grouped.agg(
            scenario=("scenario", "first"), **{f: (f, "first") for f in levers},
            unit=("unit", "first"), better=("better", "first"), futures=("difference", "size"),
            difference=("difference", "mean"), lowest=("difference", "min"), highest=("difference", "max"),
            low=("difference", lambda x: x.quantile(0.05)), high=("difference", lambda x: x.quantile(0.95)),
            n=("n", "min"),
        )  # fmt: skip
        for share, words in (
            ("share_better", ("better", "higher")), ("share_worse", ("worse", "lower")),
            ("share_unclear", ("unclear", "same")),
        ):  # fmt: skip
            found[share] = table["reading"].isin(words).groupby([table["plan"], table["outcome"]]).mean()
        return pd.DataFrame(found.reset_index())

    def quantiles(
        self,
        outcomes: Sequence[str] | None = None,
        probabilities: Sequence[float] = PROBABILITIES,
        of: Literal["level", "difference"] = "level",
        level: float = LEVEL,
    ) -> pd.DataFrame:
        """Quantiles over replications ("how bad can a year be") with order-statistic intervals.

        Args:
            outcomes: Names; those that lead if None.
            probabilities: Which quantiles, above 0 and below 1.
            of: Values of each point, or paired differences from the baseline.
            level: Confidence level.

        Returns: One row per point, outcome and probability: n, value, low, high; an end is NaN where the replications
            are too few for it.
        """
        import pandas as pd

        names = self._names(outcomes)
        rows, bases = self._pairs
        rows = rows if of == "difference" else np.arange(len(self.design))
        found = {}
        for name in names:
            x = self.matrix(name)
            found[name] = quantile_rows(x[rows] - x[bases] if of == "difference" else x, probabilities, level)
        tables = []
        for j, probability in enumerate(probabilities):

            def columns(name: str, j: int = j, probability: float = probability) -> dict[str, Any]:
                n, value, low, high = found[name]
                return {"n": n, "probability": probability, "value": value[:, j], "low": low[:, j], "high": high[:, j]}

            tables.append(self._tidy(rows, names, level, columns))
        whole = pd.concat(tables, ignore_index=True)
        return whole.sort_values(["point", "outcome", "probability"], ignore_index=True, kind="stable")

    def money(self, threshold: float = THRESHOLD, level: float = LEVEL) -> pd.DataFrame:
        """Value for money of every plan against the baseline of its future; US$ of 2022 (see `experiments.economics`).

        Args:
            threshold: Value of one readmission averted.
            level: Confidence level.

        Returns: readmissions_averted_per_year, programme_cost_per_year, cost_per_readmission_averted,
            net_benefit_per_year and total_cost_per_year, each with _low and _high, and a note where the ratio is not
            defined.
        """
        rows, bases = self._pairs

        def less(name: str) -> Array:
            return self.matrix(name)[rows] - self.matrix(name)[bases]

        averted, cost, total = -less("readmissions_30d_per_year"), less("programme_cost"), less("total_cost")
        effect, each = mean_rows(averted, level), ratio_rows(cost, averted, level)
        notes = np.select(
            [effect.n < 2, np.isnan(each.mean), effect.mean < 0],
            [
                "needs two replications or more",
                "not defined: the difference in readmissions is not clearly different from zero",
                "not defined: the plan has more readmissions",
            ],
            "",
        )
        each = _where(notes == "", each)
        table = self._place(rows)
        table["baseline"], table["n"], table["level"], table["unit"] = self.baseline, effect.n, level, "US$ of 2022"
        for what, e in (
            ("readmissions_averted_per_year", effect),
            ("programme_cost_per_year", mean_rows(cost, level)),
            ("cost_per_readmission_averted", each),
            ("net_benefit_per_year", mean_rows(threshold * averted - cost, level)),
            ("total_cost_per_year", mean_rows(total, level)),
        ):
            table[what], table[f"{what}_low"], table[f"{what}_high"] = e.mean, e.low, e.high
        table["threshold"], table["note"] = threshold, notes
        return table

    def curves(self, level: float = LEVEL) -> pd.DataFrame:
        """Cumulative incidence after discharge, with pointwise bands over replications; empty unless it was kept.

        Returns: `series` of every series that begins with "curve:" (see `experiments.run_tables.CURVES`).
        """
        return self.series("curve:", level)

    def series(self, prefix: str, level: float = LEVEL) -> pd.DataFrame:
        """Means over replications of stored series, at every x, beside the difference from the baseline.

        Args:
            prefix: How the names begin: "curve:readmission", "daily:census", or "daily:" for all of them.
            level: Confidence level of the pointwise bands.

        Returns: One row per point, series and x: n, value, low, high, difference, difference_low, difference_high.
        """
        return self._long("series", ("series", "x"), prefix, level)

    def subgroups(self, level: float = LEVEL) -> pd.DataFrame:
        """Outcomes by subgroup, beside the difference from the baseline; empty unless it was kept.

        Returns: One row per point, variable, subgroup and outcome: n (replications), stays (in all of them together),
            small (whether those are so few that the row says little), value, low, high, difference, difference_low,
            difference_high.
        """
        return self._long("subgroups", ("variable", "subgroup", "outcome"), "", level)

    def _long(self, folder: str, names: tuple[str, ...], prefix: str, level: float) -> pd.DataFrame:
        import pandas as pd

        held = long_table(self.folder / folder, folder == "subgroups", prefix)
        if held is None:
            return pd.DataFrame()
        kinds = held.groupby(list(names), sort=False)
        cell, cells = kinds.ngroup().to_numpy(), held[list(names)].drop_duplicates()
        points = len(self.design)
        row = np.searchsorted(self.design["point"].to_numpy(), held["point"])
        there = np.unique(row)
        filled = Cells.fill(
            row, cell, held["replication"].to_numpy(), held["value"].to_numpy(),
            held["n"].to_numpy() if "n" in held else None, points, len(cells),
        )  # fmt: skip
        table = self._place(np.repeat(there, len(cells)))
        for name in names:
            table[name] = np.tile(cells[name].to_numpy(), len(there))
        if "outcome" in names:
            table["unit"] = table["outcome"].map({name: outcome.unit for name, outcome in ALL.items()})
        mean, less = filled.estimates(there, level), filled.differences(there, self._base_rows[there], level)
        table["n"] = mean.n
        if "n" in held:
            table["stays"] = filled.sizes(there)
            table["small"] = table["stays"] < SMALL_CELL
        own = table["plan"].to_numpy() == BASELINE
        table["value"], table["low"], table["high"] = mean.mean, mean.low, mean.high
        for name, end in (("difference", less.mean), ("difference_low", less.low), ("difference_high", less.high)):
            table[name] = np.where(own, np.nan, end)
        table["level"] = level
        return table[table["n"] > 0].reset_index(drop=True)

    def precision(self, outcomes: Sequence[str] | None = None, level: float = LEVEL) -> pd.DataFrame:
        """How well the paired differences are known, and what the study's rule says to it.

        Args:
            outcomes: Names; the rule's own, or those that lead, if None.
            level: Confidence level.

        Returns: One row per plan and outcome: n, difference, half_width, relative (half-width over the size of the
            difference), and for the outcome of a precision rule: target, state (reached, more, maximum, not defined)
            and wanted (replications in all).
        """
        rule = self.rule
        names = self._names([rule.outcome] if rule and outcomes is None else outcomes)
        rows, bases = self._pairs
        advice = {}
        if rule:
            design = (self.design[name].tolist() for name in ("point", "plan", "future"))
            placed = [_Placed(*place) for place in zip(*design, strict=True)]
            held = self._attempted(rule.outcome)
            advice = advise_points(rule, placed, {p.number: held[i] for i, p in enumerate(placed)}, BASELINE)

        def columns(name: str) -> dict[str, Any]:
            e = mean_rows(self.matrix(name)[rows] - self.matrix(name)[bases], level)
            half = (e.high - e.low) / 2
            with np.errstate(divide="ignore", invalid="ignore"):
                relative = half / np.abs(e.mean)
            said: dict[str, Any] = {"target": np.nan, "state": "", "wanted": -1}
            if rule and name == rule.outcome:
                mine = [advice[int(p)] for p in self.design["point"].to_numpy()[rows]]
                said = {key: np.array([getattr(a, key) for a in mine]) for key in said}
            return {"n": e.n, "difference": e.mean, "half_width": half, "relative": relative} | said

        return self._tidy(rows, names, level, columns)

    @cached_property
    def _pairs(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows of the design that have a baseline, and the row of that baseline."""
        plan, future = self.design["plan"].to_numpy(), self.design["future"].to_numpy()
        bases = {future[i]: i for i in np.flatnonzero(plan == BASELINE)}
        rows = np.array([i for i in range(len(plan)) if plan[i] != BASELINE and future[i] in bases], dtype=np.int64)
        return rows, np.array([bases[future[i]] for i in rows], dtype=np.int64)

    @cached_property
    def _base_rows(self) -> NDArray[np.int64]:
        """Row of the baseline of every point; a point's own row where there is none."""
        bases = np.arange(len(self.design))
        bases[self._pairs[0]] = self._pairs[1]
        return bases

    def _names(self, outcomes: Sequence[str] | None) -> list[str]:
        names = list(self.outcomes if outcomes is None else outcomes)
        for name in names:
            if name not in ALL:
                raise KeyError(f"there is no outcome {name!r}")
        self._load(names)
        return names

    def _place(self, rows: NDArray[np.int64]) -> pd.DataFrame:
        factors = [c for c in self.design.columns if c not in PLACE]
        return self.design.loc[rows, [*PLACE, *factors]].reset_index(drop=True)

    def _tidy(self, rows: NDArray[np.int64], names: Sequence[str], level: float, columns: Any) -> pd.DataFrame:
        """Rows in the order of points, then of `names`; `columns(name)` gives arrays over `rows`, or single values."""
        import pandas as pd

        k = len(names)
        place = self._place(np.repeat(rows, k))
        parts = [{"outcome": name, "unit": ALL[name].unit} | columns(name) | {"level": level} for name in names]
        found = {}
        for column in parts[0] if parts else []:
            whole = np.stack([np.broadcast_to(np.asarray(part[column]), rows.shape) for part in parts], axis=1)
            found[column] = whole.ravel()
        return pd.concat([place, pd.DataFrame(found)], axis=1)

    def _load(self, names: Sequence[str]) -> None:
        lacking = [name for name in dict.fromkeys(names) if name not in self._matrices]
        for name in lacking:
            if name not in ALL:
                raise KeyError(f"there is no outcome {name!r}")
        if not lacking:
            return
        known = self._columns
        table = self._query(["point", "replication", *(n for n in lacking if n in known)], finished=True)
        points = self.design["point"].to_numpy()
        row = np.searchsorted(points, table["point"])
        replication = np.asarray(table["replication"], dtype=np.int64)
        shape = len(points), int(replication.max()) + 1 if replication.size else 0
        for name in lacking:
            values = np.full(shape, np.nan)
            if name in known:  # a run stored twice has the same values twice
                values[row, replication] = table[name]
            self._matrices[name] = values

    def _attempted(self, outcome: str) -> list[Array]:
        """Values of each point up to its first replication that has not been tried; NaN where a run failed."""
        values = self.matrix(outcome)
        tried = ~np.isnan(values)
        table = self._query(["point", "replication"], finished=False)
        replication = np.asarray(table["replication"], dtype=np.int64)
        inside = replication < values.shape[1]
        tried[np.searchsorted(self.design["point"].to_numpy(), table["point"])[inside], replication[inside]] = True
        return [x[: int(np.argmin(t)) if not t.all() else t.size] for x, t in zip(values, tried, strict=True)]

    @cached_property
    def _shards(self) -> list[str]:
        return [str(path) for path in sorted((self.folder / "runs").glob("*.parquet"))]

    @cached_property
    def _columns(self) -> set[str]:
        return set(self._table.schema.names) if self._shards else set()

    @cached_property
    def _table(self) -> Any:
        """All shards as one table; what a shard lacks is null. Read with Arrow: half the time of a query engine."""
        import pyarrow as pa
        import pyarrow.dataset as ds
        import pyarrow.parquet as pq

        schema = pa.unify_schemas([pq.read_schema(path) for path in self._shards], promote_options="permissive")
        return ds.dataset(self._shards, schema=schema)

    def _query(self, columns: Sequence[str], finished: bool) -> dict[str, Array]:
        """Columns of all runs, or of the finished ones, in no order."""
        if not self._shards:
            return {name: np.empty(0) for name in columns}
        import pyarrow.compute as pc

        chosen = pc.field("status") == "ok" if finished else None
        table = self._table.to_table(columns=list(columns), filter=chosen)
        return {name: table[name].to_numpy() for name in columns}

    def _rows(self, where: str) -> pd.DataFrame:
        import pandas as pd

        if not self._shards:
            return pd.DataFrame()
        import duckdb

        with duckdb.connect() as connection:
            return connection.execute(
                f"""WITH best AS (
                    SELECT * FROM read_parquet($files, union_by_name = true)
                    QUALIFY row_number() OVER (PARTITION BY key ORDER BY status = 'ok' DESC) = 1
                ) SELECT * FROM best WHERE {where} ORDER BY replication, point""",
                {"files": self._shards},
            ).df()


class _Placed(NamedTuple):
    number: int
    plan: str
    future: int


def readings(outcome: str, differences: Estimates) -> NDArray[Any]:
    """`experiments.comparison.read_difference` for many differences of one outcome at once."""
    up = differences.low > 0
    better = ALL[outcome].better
    good = np.full(up.shape, False) if better == "none" else up == (better == "higher")
    words = ("higher", "lower") if better == "none" else ("better", "worse")
    clear = np.where(up, words[0], words[1]) if better == "none" else np.where(good, words[0], words[1])
    with np.errstate(invalid="ignore"):
        unclear = np.isnan(differences.low) | ((differences.low <= 0) & (differences.high >= 0))
    same = (differences.sd == 0) & (differences.mean == 0)
    return np.select([differences.n == 0, same, unclear], ["not defined", "same", "unclear"], clear)


def _mean_over(x: Array, defined: NDArray[np.bool_]) -> Array:
    """Mean of each row over the defined pairs."""
    if defined.all() and x.shape[1]:
        return np.asarray(x.mean(axis=1))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(defined, x, 0.0).sum(axis=1) / defined.sum(axis=1))


def _columns(e: Estimates) -> dict[str, Any]:
    return {"n": e.n, "mean": e.mean, "sd": e.sd, "low": e.low, "high": e.high}


def _where(keep: NDArray[np.bool_], e: Estimates) -> Estimates:
    mean, low, high = (np.where(keep, x, np.nan) for x in (e.mean, e.low, e.high))
    return Estimates(e.n, mean, low, high, e.sd)
