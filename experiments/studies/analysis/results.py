"""A finished or unfinished study as tidy tables: means, paired differences, quantiles, the best plan, precision.

Every table has the columns point, plan, future, scenario, the factors of the design by their full names, and outcome,
unit, n (replications used) and level (of the interval). Units are in `attrs["units"]` too. Intervals show the
play of chance between runs; what nobody knows shows as the spread over futures (`StudyData.across_futures`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from experiments.outcomes.cost_effectiveness import AMOUNTS, NEEDED, PRICED, UNCLEAR, why_no_ratio
from experiments.outcomes.difference import between, read_difference
from experiments.outcomes.registry import OUTCOMES, bounds
from experiments.reporting import wording
from experiments.reporting.notebook import table_html
from experiments.statistics.estimates import LEVEL, Estimate, Estimates, mean_rows, ratio_rows, within
from experiments.statistics.intervals import bca_rows, quantile_rows
from experiments.statistics.variance_components import NO_DOUBT, split
from experiments.studies.analysis import best_plan
from experiments.studies.analysis.long_tables import over_replications, tidy
from experiments.studies.analysis.precision import advise_points
from experiments.studies.analysis.uncertainty import doubts
from experiments.studies.definition.plan import BASELINE
from experiments.studies.store.folder import StudyFolder
from experiments.studies.store.layout import COMPLETE, read_manifest
from experiments.support.types import BoolArray, FloatArray

if TYPE_CHECKING:
    import pandas as pd

PROBABILITIES = (0.05, 0.25, 0.5, 0.75, 0.95)


def read_study(folder: Path | str) -> StudyData:
    """Open a study folder for reading; nothing is computed yet.

    Raises:
        InputError: The folder is not there, or is no study folder.

    Example:
        >>> import peerbridge as pb
        >>> study = pb.read_study("results/posts")
        >>> study.replications, study.baseline
        (4, 'usual-care')
    """
    folder = Path(folder)
    return StudyData(folder, read_manifest(folder))


class StudyData(StudyFolder):
    """A study, read. Tables are made when they are asked for and use every finished run.

    Args:
        folder: Study folder.
        manifest: Content of its manifest.json.

    Example:
        >>> import peerbridge as pb
        >>> table = pb.read_study("results/posts").differences(["programme_cost"])
        >>> table["plan"].tolist(), table.attrs["units"]["programme_cost"]
        (['P001', 'P002'], 'US$ of 2022 per year')
    """

    def _repr_html_(self) -> str:
        """Differences of the lead outcomes as a table, for notebooks."""
        rows = []
        several = self.design["future"].nunique() > 1
        for row in self.differences().to_dict("records"):
            outcome = OUTCOMES[str(row["outcome"])]
            found = Estimate(row["n"], row["difference"], row["low"], row["high"], row["sd"])
            future = (str(row["future"]),) if several else ()
            rows.append((
                str(row["plan"]), *future, f"{outcome.label}, {wording.unit(outcome)}",
                wording.number(row["mean"], outcome), wording.difference(found, outcome), str(row["reading"]),
            ))  # fmt: skip
        head = ("plan", *(("future",) if several else ()), "outcome", "mean", "difference", "reading")
        partial = "" if self.state == COMPLETE else f" Partial: the study is {self.state}."
        caption = f"{self!r}: differences from {self.baseline}.{partial}"
        return table_html(caption, head, rows, "differences()")

    def means(self, outcomes: Sequence[str] | None = None, level: float = LEVEL) -> pd.DataFrame:
        """Mean of each outcome at each point, with Student's t interval: n, mean, sd, low, high.

        Args:
            outcomes: Names; those that lead if None.
            level: Confidence level.
        """
        names = self._names(outcomes)
        found = {name: within(self._mean_rows(self.matrix(name), level), *bounds(name)) for name in names}
        return tidy(self, np.arange(len(self.design)), names, level, lambda name: _columns(found[name]))

    def differences(
        self, outcomes: Sequence[str] | None = None, method: Literal["t", "bca"] = "t", level: float = LEVEL
    ) -> pd.DataFrame:
        """Paired differences of every plan from the baseline of its future.

        Args:
            outcomes: Names; those that lead if None.
            method: "t", or "bca" for skewed differences (see `experiments.statistics.intervals`).
            level: Confidence level.

        Returns: baseline (scenario), better (direction), baseline_mean, mean, difference, sd, low, high, method,
            reading: better, worse, higher, lower, unclear, same or not defined
            (`experiments.outcomes.difference.read_difference`); and where runs drew their parameters, unknown_low and
            unknown_high (the range of 9 of 10 draws), share_unknown (of the variance of one run) and draws_better (the
            share of draws in which the plan is better), else NaN.
        """
        names = self._names(outcomes)
        rows, bases = self.pairs
        estimate = bca_rows if method == "bca" else mean_rows

        def columns(name: str) -> dict[str, Any]:
            plan, base = self.matrix(name)[rows], self.matrix(name)[bases]
            less = plan - base
            clusters = self.clusters(less.shape[1])
            found = estimate(less, level, clusters)
            if method == "t":
                found = self._between(name, found, plan, base, level)
            means = [_mean_over(x, ~np.isnan(less)) for x in (base, plan)]
            doubts = [NO_DOUBT if clusters is None else split(row, clusters) for row in less]
            side = {"lower": "below", "higher": "above"}.get(OUTCOMES[name].better)
            return {
                "baseline": self.baseline, "better": OUTCOMES[name].better, "n": found.n, "baseline_mean": means[0],
                "mean": means[1], "difference": found.mean, "sd": found.sd, "low": found.low, "high": found.high,
                "method": method,
                "reading": np.array([read_difference(name, found[i], doubt) for i, doubt in enumerate(doubts)], object),
                "unknown_low": np.array([doubt.low for doubt in doubts]),
                "unknown_high": np.array([doubt.high for doubt in doubts]),
                "share_unknown": np.array([doubt.share_unknown for doubt in doubts]),
                "draws_better": np.array([getattr(doubt, side) if side else np.nan for doubt in doubts]),
            }  # fmt: skip

        return tidy(self, rows, names, level, columns)

    def across_futures(self, outcomes: Sequence[str] | None = None, level: float = LEVEL) -> pd.DataFrame:
        """How each plan's difference varies over the futures: what nobody knows, apart from chance between runs.

        Returns: One row per plan and outcome: futures, difference (mean over futures), lowest and highest mean
            difference, low and high (the middle 90 % of them), half_width (mean half-width of their intervals: a spread
            that is not much wider is mostly chance), and the shares of futures in which the plan is clearly better,
            clearly worse (or higher, lower) or neither.
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
        )  # fmt: skip
        found["low"], found["high"] = (grouped["difference"].quantile(p) for p in (0.05, 0.95))
        found["half_width"] = ((table["high"] - table["low"]) / 2).groupby([table["plan"], table["outcome"]]).mean()
        found["n"] = grouped["n"].min()
        for share, words in (
            ("share_better", ("better", "higher")), ("share_worse", ("worse", "lower")),
            ("share_unclear", ("unclear", "same")),
        ):  # fmt: skip
            found[share] = table["reading"].isin(words).groupby([table["plan"], table["outcome"]], sort=False).mean()
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
        rows, bases = self.pairs
        rows = rows if of == "difference" else np.arange(len(self.design))
        found = {}
        for name in names:
            x = self.matrix(name)
            values = x[rows] - x[bases] if of == "difference" else x
            found[name] = quantile_rows(values, probabilities, level, self.clusters(values.shape[1]))
        tables = []
        for j, probability in enumerate(probabilities):

            def columns(name: str, j: int = j, probability: float = probability) -> dict[str, Any]:
                n, value, low, high = found[name]
                return {"n": n, "probability": probability, "value": value[:, j], "low": low[:, j], "high": high[:, j]}

            tables.append(tidy(self, rows, names, level, columns))
        whole = pd.concat(tables, ignore_index=True)
        return whole.sort_values(["point", "outcome", "probability"], ignore_index=True, kind="stable")

    def best(self, outcome: str, futures: Literal["each", "mean"] = "each", level: float = LEVEL) -> pd.DataFrame:
        """Who is best in an outcome, with what error, and who is clearly worse (see `study_choice.best`)."""
        return best_plan.best(self, outcome, futures, level)

    def further_runs(self, outcome: str, budget: int) -> pd.DataFrame:
        """Where further runs would help most to name the best plan (see `study_choice.further_runs`)."""
        return best_plan.further_runs(self, outcome, budget)

    def money(self, threshold: float | None = None, level: float = LEVEL) -> pd.DataFrame:
        """Value for money of every plan against the baseline of its future; US$ of 2022.

        See `experiments.outcomes.cost_effectiveness`.

        Args:
            threshold: Value of one readmission averted; the study's own if None.
            level: Confidence level.

        Returns: The amounts of `experiments.outcomes.cost_effectiveness.AMOUNTS`, each with _low and _high (interval
            of the mean) and, but for the ratio, _unknown_low and _unknown_high (9 of 10 draws of the parameters, prices
            among them; NaN without draws), and a note where the ratio is not given.
        """
        threshold = self.threshold if threshold is None else threshold
        rows, bases = self.pairs
        self._load(NEEDED)

        def less(name: str) -> FloatArray:
            return self.matrix(name)[rows] - self.matrix(name)[bases]

        averted, cost = -less("readmissions_30d_per_year"), less("programme_cost")
        amounts = {
            "readmissions_averted_per_year": averted,
            "programme_cost_per_year": cost,
            "net_benefit_per_year": threshold * averted - cost,
            "total_cost_per_year": less("total_cost"),
            "total_cost_marginal_per_year": less("total_cost_marginal"),
        }
        clusters = self.clusters(averted.shape[1])
        found = {what: self._mean_rows(values, level) for what, values in amounts.items()}
        for what, name in PRICED.items():
            found[what] = self._between(name, found[what], self.matrix(name)[rows], self.matrix(name)[bases], level)
        doubts = {
            what: [NO_DOUBT if clusters is None else split(row, clusters) for row in values]
            for what, values in amounts.items()
        }
        effect = found["readmissions_averted_per_year"]
        notes = np.array(
            [why_no_ratio(effect[k], doubt) for k, doubt in enumerate(doubts["readmissions_averted_per_year"])], object
        )
        each = ratio_rows(cost, averted, level, clusters)
        notes = np.where((notes == "") & np.isnan(each.mean), UNCLEAR, notes)
        found["cost_per_readmission_averted"] = _where(notes == "", each)
        table = self.place(rows)
        table["baseline"], table["n"], table["level"], table["unit"] = self.baseline, effect.n, level, "US$ of 2022"
        for what in AMOUNTS:
            e = found[what]
            table[what], table[f"{what}_low"], table[f"{what}_high"] = e.mean, e.low, e.high
            if what in doubts:
                table[f"{what}_unknown_low"] = [doubt.low for doubt in doubts[what]]
                table[f"{what}_unknown_high"] = [doubt.high for doubt in doubts[what]]
        table["threshold"], table["note"] = threshold, notes
        return table

    def doubts(self, outcomes: Sequence[str] | None = None) -> pd.DataFrame:
        """Chance beside what nobody knows, by plan; empty where runs use start values (see `study_doubt.doubts`).

        Args:
            outcomes: Names; those that lead if None.
        """
        return doubts(self, self._names(outcomes))

    def curves(self, level: float = LEVEL) -> pd.DataFrame:
        """Cumulative incidence after discharge, with pointwise bands over replications; empty unless it was kept.

        Returns: `series` of every series that begins with "curve:" (see `experiments.outcomes.run_tables.CURVES`).
        """
        return self.series("curve:", level)

    def series(self, prefix: str, level: float = LEVEL) -> pd.DataFrame:
        """Means over replications of stored series, at every x, beside the difference from the baseline.

        Args:
            prefix: How the names begin: "curve:readmission", "daily:census", or "daily:" for all of them.
            level: Confidence level of the pointwise bands.

        Returns: One row per point, series and x: n, value, low, high, difference, difference_low, difference_high.
        """
        return over_replications(self, "series", ("series", "x"), prefix, level)

    def subgroups(self, level: float = LEVEL) -> pd.DataFrame:
        """Outcomes by subgroup, beside the difference from the baseline; empty unless it was kept.

        Returns: One row per point, variable, subgroup and outcome: n (replications), stays (in all of them together),
            small (whether those are so few that the row says little), value, low, high, difference, difference_low,
            difference_high.
        """
        return over_replications(self, "subgroups", ("variable", "subgroup", "outcome"), "", level)

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
        rows, bases = self.pairs
        advice = {}
        if rule:
            design = (self.design[name].tolist() for name in ("point", "plan", "future"))
            placed = [_Placed(*place) for place in zip(*design, strict=True)]
            held = self.attempted(rule.outcome)
            values = {p.number: held[i] for i, p in enumerate(placed)}
            advice = advise_points(rule, placed, values, BASELINE, self.together)

        def columns(name: str) -> dict[str, Any]:
            e = self._mean_rows(self.matrix(name)[rows] - self.matrix(name)[bases], level)
            half = (e.high - e.low) / 2
            with np.errstate(divide="ignore", invalid="ignore"):
                relative = half / np.abs(e.mean)
            said: dict[str, Any] = {"target": np.nan, "state": "", "wanted": -1}
            if rule and name == rule.outcome:
                mine = [advice[int(p)] for p in self.design["point"].to_numpy()[rows]]
                said = {key: np.array([getattr(a, key) for a in mine]) for key in said}
            return {"n": e.n, "difference": e.mean, "half_width": half, "relative": relative} | said

        return tidy(self, rows, names, level, columns)

    def _mean_rows(self, values: FloatArray, level: float) -> Estimates:
        return mean_rows(values, level, self.clusters(values.shape[1]))

    def _between(self, name: str, difference: Estimates, plan: FloatArray, base: FloatArray, level: float) -> Estimates:
        """Differences within what the outcome can be (`experiments.outcomes.difference.between`)."""
        one, other = (within(self._mean_rows(values, level), *bounds(name)) for values in (plan, base))
        return between(name, difference, one, other)

    def _names(self, outcomes: Sequence[str] | None) -> list[str]:
        names = list(self.outcomes if outcomes is None else outcomes)
        for name in names:
            if name not in OUTCOMES:
                raise KeyError(f"there is no outcome {name!r}")
        self._load(names)
        return names


class _Placed(NamedTuple):
    number: int
    plan: str
    future: int


def _mean_over(x: FloatArray, defined: BoolArray) -> FloatArray:
    """Mean of each row over the defined pairs."""
    if defined.all() and x.shape[1]:
        return np.asarray(x.mean(axis=1))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(defined, x, 0.0).sum(axis=1) / defined.sum(axis=1))


def _columns(e: Estimates) -> dict[str, Any]:
    return {"n": e.n, "mean": e.mean, "sd": e.sd, "low": e.low, "high": e.high}


def _where(keep: BoolArray, e: Estimates) -> Estimates:
    mean, low, high = (np.where(keep, x, np.nan) for x in (e.mean, e.low, e.high))
    return Estimates(e.n, mean, low, high, e.sd)
