"""A study folder, read: manifest, design, runs, and the values of an outcome as a matrix of points by replications."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.outcomes.cost_effectiveness import THRESHOLD
from experiments.outcomes.registry import OUTCOMES
from experiments.studies.definition.plan import BASELINE, Precision
from experiments.studies.store.layout import DESIGN, DRAWS, connect, run_files
from experiments.support.errors import InputError
from experiments.support.types import BoolArray, FloatArray, IntArray
from experiments.support.verified_files import dataset, verify
from simulation.outcome_definitions import HEADLINES

if TYPE_CHECKING:
    import pandas as pd

    from experiments.uncertainty.draws import ParameterDraws

PLACE = ("point", "plan", "future", "scenario")
"""Columns that say which point a row belongs to."""

CELLS = 20_000_000
"""Values that are read at once at most, where many outcomes are wanted."""


class StudyFolder:
    """What a study folder holds; read when it is asked for.

    Args:
        folder: Study folder.
        manifest: Content of its manifest.json.

    Attributes:
        ended: How the call of `sweep` that returned it ended: complete, stopped or "out of time"; else empty.
    """

    def __init__(self, folder: Path, manifest: dict[str, Any]) -> None:
        self.folder = folder
        self.manifest = manifest
        self.ended = ""
        self._matrices: dict[str, FloatArray] = {}

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({str(self.folder)!r}: {len(self.design)} points, {self.replications} replications)"
        )

    @cached_property
    def design(self) -> pd.DataFrame:
        """One row per point: point, plan, future, scenario and the value of each factor.

        Raises:
            InputError: The file of the design is not one.
        """
        import pandas as pd

        file = self.folder / DESIGN
        verify(file)
        try:
            design = pd.read_csv(file, keep_default_na=False, na_values=[""], dtype={"plan": str})
        except ValueError:
            design = pd.DataFrame()
        if not set(PLACE) <= set(design.columns):
            raise InputError(f"{file}: is not the design of a study")
        return design.sort_values("point", ignore_index=True)

    @property
    def state(self) -> str:
        """How it stands: complete, stopped (with Ctrl-C), out of time, or running (also where it was killed)."""
        return str(self.manifest.get("state", ""))

    @property
    def factors(self) -> list[dict[str, Any]]:
        """Levers and uncertainties: name, role, unit, label, low, high and what else the study file said."""
        return list(self.manifest.get("factors", []))

    @property
    def sample(self) -> dict[str, Any] | None:
        """What the parameters of the runs were drawn from: label, number, runs_per_draw; None for start values."""
        found = self.manifest.get("draws")
        return dict(found) if found else None

    def draw_numbers(self, replications: int) -> IntArray:
        """Number of the parameter draw that each of the first replications uses."""
        sample = self.sample or {"number": 1, "runs_per_draw": 1}
        return np.arange(replications) // int(sample["runs_per_draw"]) % int(sample["number"])

    def clusters(self, replications: int) -> IntArray | None:
        """The same for intervals, for which runs of one draw are one piece of news; None where all use start values."""
        return self.draw_numbers(replications) if self.sample else None

    @property
    def together(self) -> int:
        """Consecutive replications that share a draw of the parameters; 1 where all use start values."""
        return int(self.sample["runs_per_draw"]) if self.sample else 1

    @property
    def baseline(self) -> str:
        """Scenario that every plan is compared with."""
        return str(self.recorded("baseline", ""))

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Outcomes that lead in tables; every outcome is stored."""
        return tuple(name for name in self.recorded("outcomes", None) or HEADLINES if name in OUTCOMES)

    @property
    def threshold(self) -> float:
        """Value of one readmission averted for the net benefit, US$ of 2022."""
        return float(self.recorded("threshold_usd_2022", THRESHOLD))

    @property
    def price_year(self) -> int:
        """The year whose prices amounts are in: that of the baseline."""
        base: dict[str, Any] = self.manifest.get("scenarios", {}).get(self.baseline, {})
        return int(base.get("money", {}).get("year", 2022))

    @cached_property
    def parameter_draws(self) -> ParameterDraws | None:
        """The sample that the parameters of the runs were drawn from; None for start values.

        Raises:
            InputError: Its file cannot be read.
        """
        from experiments.uncertainty.draws import read_draws

        return read_draws(self.folder / DRAWS) if self.sample else None

    @property
    def rule(self) -> Precision | None:
        """Precision up to which each plan was replicated; None where the number was fixed."""
        said = self.recorded("replications", None)
        if not isinstance(said, dict) or "outcome" not in said:
            return None
        return Precision(
            said["outcome"], said.get("half_width"), said.get("relative"), said["minimum"], said["maximum"]
        )

    def recorded(self, name: str, default: Any) -> Any:
        """What the manifest or the specification in it says of `name`; `default` if neither does."""
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
    def finished(self) -> BoolArray:
        """Which runs ended well, by point in the order of `design` and replication; shape as of `matrix`."""
        table = self._query(["point", "replication"], finished=True)
        found = np.zeros((len(self.design), self.replications), dtype=bool)
        found[np.searchsorted(self.design["point"].to_numpy(), table["point"]), table["replication"].astype(int)] = True
        return found

    @cached_property
    def replications(self) -> int:
        """Most replications that any point has."""
        return self.matrix(self.outcomes[0]).shape[1] if self.outcomes else 0

    def matrix(self, outcome: str) -> FloatArray:
        """Values of one outcome: a row per point in the order of `design`, a column per replication; NaN where none.

        Raises:
            KeyError: There is no such outcome.
        """
        self._load([outcome])
        return self._matrices[outcome]

    def load(self, outcomes: Sequence[str]) -> None:
        """Read several outcomes that `matrix` will be asked for, many at a time: quicker than one after the other.

        Raises:
            KeyError: There is no such outcome.
        """
        said = self.recorded("replications", {})
        rows = len(self.design) * int(said.get("number", said.get("maximum", 1)))
        step = max(1, CELLS // max(rows, 1))
        for first in range(0, len(outcomes), step):
            self._load(outcomes[first : first + step])

    @cached_property
    def pairs(self) -> tuple[IntArray, IntArray]:
        """Rows of the design that have a baseline, and the row of that baseline."""
        plan, future = self.design["plan"].to_numpy(), self.design["future"].to_numpy()
        bases = {future[i]: i for i in np.flatnonzero(plan == BASELINE)}
        rows = np.array([i for i in range(len(plan)) if plan[i] != BASELINE and future[i] in bases], dtype=np.int64)
        return rows, np.array([bases[future[i]] for i in rows], dtype=np.int64)

    @cached_property
    def base_rows(self) -> IntArray:
        """Row of the baseline of every point; a point's own row where there is none."""
        bases = np.arange(len(self.design))
        bases[self.pairs[0]] = self.pairs[1]
        return bases

    def place(self, rows: IntArray) -> pd.DataFrame:
        """Rows of the design as the first columns of a table: `PLACE`, then the factors."""
        factors = [c for c in self.design.columns if c not in PLACE]
        return self.design.loc[rows, [*PLACE, *factors]].reset_index(drop=True)

    def _load(self, names: Sequence[str]) -> None:
        lacking = [name for name in dict.fromkeys(names) if name not in self._matrices]
        for name in lacking:
            if name not in OUTCOMES:
                raise KeyError(f"there is no outcome {name!r}")
        if not lacking:
            return
        try:
            found = self._read(lacking)
        except FileNotFoundError:  # a writer has put files together since we looked: read anew, all from one moment
            del self.__dict__["_shards"]
            self.__dict__.pop("_table", None)
            lacking = [*self._matrices, *lacking]
            found = self._read(lacking)
        self._matrices.update(found)

    def _read(self, names: Sequence[str]) -> dict[str, FloatArray]:
        known = self._columns
        table = self._query(["point", "replication", *(n for n in names if n in known)], finished=True)
        points = self.design["point"].to_numpy()
        row = np.searchsorted(points, table["point"])
        replication = np.asarray(table["replication"], dtype=np.int64)
        shape = len(points), int(replication.max()) + 1 if replication.size else 0
        place = row * shape[1] + replication
        found = {}
        for name in names:
            found[name] = np.full(shape, np.nan)
            if name in known:  # a run stored twice has the same values twice
                found[name].ravel()[place] = table[name]
        return found

    def attempted(self, outcome: str) -> list[FloatArray]:
        """Values of each point up to its first replication that has not been tried; NaN where a run failed."""
        values = self.matrix(outcome)
        tried = ~np.isnan(values)
        table = self._query(["point", "replication"], finished=False)
        replication = np.asarray(table["replication"], dtype=np.int64)
        inside = replication < values.shape[1]
        tried[np.searchsorted(self.design["point"].to_numpy(), table["point"])[inside], replication[inside]] = True
        return [x[: int(np.argmin(t)) if not t.all() else t.size] for x, t in zip(values, tried, strict=True)]

    @cached_property
    def _shards(self) -> list[Path]:
        return run_files(self.folder)

    @property
    def _columns(self) -> set[str]:
        return set(self._table.schema.names) if self._shards else set()

    @cached_property
    def _table(self) -> Any:
        """All shards as one table; what a shard lacks is null. Read with Arrow: half the time of a query engine."""
        return dataset(self._shards)

    def _query(self, columns: Sequence[str], finished: bool) -> dict[str, FloatArray]:
        """Columns of all runs, or of the finished ones, in no order."""
        if not self._shards:
            return {name: np.empty(0) for name in columns}
        import pyarrow.compute as pc

        chosen = pc.field("status") == "ok" if finished else None
        table = self._table.to_table(columns=list(columns), filter=chosen)
        return {name: table[name].to_numpy() for name in columns}

    def _rows(self, where: str) -> pd.DataFrame:
        import pandas as pd

        if not self._columns:
            return pd.DataFrame()
        with connect(self.folder) as connection:
            found: pd.DataFrame = connection.sql(f"SELECT * FROM runs WHERE {where} ORDER BY replication, point").df()
        return found
