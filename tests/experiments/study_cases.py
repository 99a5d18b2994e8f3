"""Small synthetic studies of every kind of design, for tests of reports and tables."""

import itertools
from pathlib import Path
from typing import Any

from experiments.studies.analysis.results import StudyData, read_study
from tests.experiments.synthetic_study import FACTORS, write_study

GAIN = "parameters.relationship.contact_gain"


def point(plan: str, peers: int = 4, ratio: float = 4.0, days: int = 60, **other: Any) -> dict[str, Any]:
    """A row of a design."""
    return {
        "plan": plan, "future": 0, "scenario": "bridge", "programme.peers": peers,
        "programme.peers_per_supervisor": ratio, "programme.follow_up_days": days, GAIN: 0.6,
    } | other  # fmt: skip


def design(plans: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A design with its baseline in front, points numbered."""
    rows = [point("baseline", 0, 0, 0, scenario="usual-care"), *plans]
    return [{"point": i, **row} for i, row in enumerate(rows)]


def grid(*levels: tuple[Any, ...]) -> list[dict[str, Any]]:
    return design([point(f"P{i:03d}", *values) for i, values in enumerate(itertools.product(*levels), 1)])


def scattered(n: int) -> list[dict[str, Any]]:
    """A design that fills its ranges."""
    return design(
        [point(f"P{i:03d}", 2 + i * 7 % 11, 2 + round(i * 0.618 % 6, 2), i * 31 % 181) for i in range(1, n + 1)]
    )


ONE_AT_A_TIME = design(
    [point("P001")]
    + [
        point(f"P{i:03d}", **changed)
        for i, changed in enumerate(
            [{"peers": 2}, {"peers": 8}, {"ratio": 2.0}, {"ratio": 8.0}, {"days": 0}, {"days": 180}], 2
        )
    ]
)

DESIGNS: dict[str, tuple[str, list[dict[str, Any]] | None]] = {
    "one lever": ("grid", grid((2, 4, 8, 12))),
    "two levers": ("grid", grid((2, 4, 8), (4.0,), (0, 30, 90))),
    "three levers, two futures": ("grid", None),
    "scattered": ("latin-hypercube", scattered(14)),
    "one at a time": ("one-at-a-time", ONE_AT_A_TIME),
    "screening": ("morris", grid((2, 8), (2.0, 8.0), (0, 180))),
    "list": ("list", ONE_AT_A_TIME),
    "one plan": ("list", grid((4,))),
}


def make(folder: Path, kind: str, rows: list[dict[str, Any]] | None, replications: int = 6, **other: Any) -> StudyData:
    """Write a study and read it."""
    said = {"design": {"kind": kind}, "factors": FACTORS} | other.pop("manifest", {})
    return read_study(write_study(folder, replications, design=rows, specification=said, **other))
