"""Draws of the model's parameters, one for each pair of replications: how parameter uncertainty enters every answer."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import numpy as np

from experiments.support.errors import InputError
from experiments.support.types import FloatArray
from scenarios.toml_files import one_line
from simulation.parameters import PARAMETERS

RUNS_PER_DRAW = 2
"""Replications 2 d and 2 d + 1 share draw d, which separates stochastic from parameter uncertainty."""


Kind = Literal["posterior", "prior"]


MOST_DRAWS = 1_000_000
MOST_VALUES = 100_000_000
"""Draws, and draws times parameters, that a file may hold: 800 MB in memory."""

LARGEST_FOOTER = 4_000_000
"""Bytes of names and metadata; 207 parameters take about 60,000."""

LONGEST_LABEL = 300

PROVISIONAL = "provisional"
"""First word of the label of a fit with fewer simulations than one that is meant to last."""


@dataclass(frozen=True, eq=False)
class ParameterDraws:
    """A sample of parameter sets.

    Attributes:
        names: p parameters, sorted as given.
        values: In the parameters' units, shape (n, p).
        label: What the sample is, for people: "posterior of ...", "prior".
        profile: Population profile that it is for.
        runs_per_draw: Consecutive replications that share a draw.
        kind: "posterior" (fitted to data) or "prior" (uncalibrated).

    Example:
        >>> import numpy as np
        >>> import peerbridge as pb
        >>> wages = np.array([[22.0], [26.0], [31.0]])
        >>> draws = pb.ParameterDraws(("cost.wage",), wages, "three wages", "people_who_use_drugs")
        >>> draws.of(replication=2)
        {'cost.wage': 26.0}
    """

    names: tuple[str, ...]
    values: FloatArray
    label: str
    profile: str
    runs_per_draw: int = RUNS_PER_DRAW
    kind: Kind = "posterior"

    def __len__(self) -> int:
        return int(self.values.shape[0])

    @property
    def provisional(self) -> bool:
        """Whether the fit behind it had fewer simulations than one that is meant to last; its label says so."""
        return self.label.startswith(PROVISIONAL)

    def __reduce__(self) -> tuple[Any, ...]:
        return ParameterDraws, (self.names, self.values, self.label, self.profile, self.runs_per_draw, self.kind)

    @cached_property
    def digest(self) -> str:
        """Hash of names, values and the number of runs that share one; 32 hexadecimal digits."""
        found = sha256("\n".join((*self.names, str(self.runs_per_draw))).encode())
        found.update(np.ascontiguousarray(self.values, dtype="<f8").tobytes())
        return found.hexdigest()[:32]

    def record(self) -> dict[str, Any]:
        """Description of the sample for a manifest, as plain data; `read_draws` reads the sample itself."""
        numbers = {"number": len(self), "runs_per_draw": self.runs_per_draw, "parameters": len(self.names)}
        return {"label": self.label, "kind": self.kind} | numbers

    def number(self, replication: int) -> int:
        """Number of the draw that a replication uses; after the last draw the first comes again."""
        return replication // self.runs_per_draw % len(self)

    def of(self, replication: int) -> dict[str, float]:
        """Parameters of a replication by name."""
        return dict(zip(self.names, self.values[self.number(replication)].tolist(), strict=True))

    def write(self, path: Path) -> None:
        """Write as Parquet, a column per parameter.

        Raises:
            OSError: The file cannot be written.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        from experiments.support.verified_files import write_verified

        table = pa.table({name: self.values[:, j] for j, name in enumerate(self.names)})
        said = {"label": self.label, "profile": self.profile, "runs_per_draw": str(self.runs_per_draw)}
        said |= {"kind": self.kind}
        table = table.replace_schema_metadata({f"peerbridge {key}": value for key, value in said.items()})
        write_verified(
            path, lambda temporary: pq.write_table(table, temporary, compression="zstd", write_page_checksum=True)
        )


def _check_footer(path: Path) -> None:
    """Refuse a footer that is larger than any of parameter draws, by the length that the last bytes of a file tell."""
    with open(path, "rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - 8))
        end = file.read(8)
    if end[4:] == b"PAR1" and int.from_bytes(end[:4], "little") > LARGEST_FOOTER:
        raise InputError(
            f"{path}: is not a file of parameter draws (its footer has more than {LARGEST_FOOTER:,} bytes)"
        )


def _check_size(path: Path, held: Any) -> None:
    """Refuse a file that would take more memory than any sample of parameters; from its footer, before it is read."""
    rows, columns = held.num_rows, held.num_columns
    if rows > MOST_DRAWS or columns > len(PARAMETERS) or rows * columns > MOST_VALUES or held.num_row_groups > rows + 1:
        raise InputError(
            f"{path}: is too large for parameter draws ({rows:,} rows, {columns:,} columns; at most {MOST_DRAWS:,} rows"
            f" and {len(PARAMETERS)} columns, {MOST_VALUES:,} values in all)"
        )
    for index in range(columns if rows else 0):
        column = held.schema.column(index)
        if column.physical_type != "DOUBLE" or column.max_repetition_level:  # a list has any number of them in a row
            raise InputError(f"{path}: is not a file of parameter draws (a column is not of decimal numbers)")


def _numbers(column: Any) -> FloatArray:
    """Values of a column of decimal numbers; not by pyarrow's own way, which loads pandas, a fifth of a second."""
    if column.null_count:
        raise ValueError("a value is missing")
    parts = [np.frombuffer(c.buffers()[1], np.float64)[c.offset : c.offset + len(c)] for c in column.chunks if len(c)]
    return np.concatenate(parts) if parts else np.empty(0)


@lru_cache(maxsize=8)
def _read(path: Path, stamp: tuple[int, int]) -> ParameterDraws:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from experiments.support.verified_files import read_table

    try:
        _check_footer(path)
        _check_size(path, pq.read_metadata(path))
        table = read_table(path)
        said = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
        values = np.column_stack([_numbers(column) for column in table.columns])
        label, profile = (one_line(said[f"peerbridge {name}"]) for name in ("label", "profile"))
        shared = int(said["peerbridge runs_per_draw"])
        kind: Kind = "prior" if said.get("peerbridge kind") == "prior" else "posterior"
    except (OSError, pa.ArrowException, KeyError, TypeError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: is not a file of parameter draws ({type(error).__name__})") from None
    if not len(values) or not 1 <= shared <= MOST_DRAWS:
        raise InputError(f"{path}: holds no draws, or not between 1 and {MOST_DRAWS:,} runs that share one")
    if max(len(label), len(profile)) > LONGEST_LABEL:
        raise InputError(f"{path}: its label or profile has more than {LONGEST_LABEL} characters")
    for name, column in zip(table.column_names, values.T, strict=True):
        known = PARAMETERS.get(name)
        if known is None:
            shown = one_line(name)[:80]
            raise InputError(f"{path}: was made for another version of the model (it has no parameter {shown})")
        if not (np.isfinite(column).all() and known.low <= column.min() and column.max() <= known.high):
            raise InputError(f"{path}: {name} has values outside {known.low:g} to {known.high:g} {known.unit}")
    return ParameterDraws(tuple(table.column_names), values, label, profile, shared, kind)


def read_draws(path: Path | str) -> ParameterDraws:
    """Read a file that `ParameterDraws.write` wrote.

    Raises:
        InputError: Not there, not such a file, or with parameters or values that the model does not take.

    Example:
        >>> from pathlib import Path
        >>> import numpy as np
        >>> import peerbridge as pb
        >>> wages = pb.ParameterDraws(("cost.wage",), np.array([[22.0], [26.0]]), "wages", "people_who_use_drugs")
        >>> wages.write(Path("wages.parquet"))
        >>> len(pb.read_draws("wages.parquet"))
        2
    """
    path = Path(path)
    try:
        found = path.stat()
    except OSError as error:
        raise InputError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from None
    return _read(path, (found.st_mtime_ns, found.st_size))
