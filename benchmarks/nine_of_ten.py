"""How often "9 of 10 draws" holds further draws, for the difference between any two plans.

Ten plans, the same draws of the prior, two runs of each draw: every pair of plans is a difference. A study of `DRAWS`
draws prints its range; of the draws that the study has not seen, the share inside is counted (their means, drawn
together by what chance adds to them). `python -m benchmarks.nine_of_ten` makes the runs (half an hour on two cores) and
writes the record; with `--again` it counts anew from the stored runs.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from itertools import combinations
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from experiments.statistics.variance_components import split

STORED = Path(__file__).parent / "nine_of_ten_runs.parquet"
RECORD = Path(__file__).parent / "nine_of_ten.json"

PROFILE = "people_who_use_drugs"
PLANS: dict[str, tuple[str, tuple[str, ...]]] = {
    name: (name, ())
    for name in (
        "usual-care", "bridge", "hospital-only", "community-only", "ed-only", "thin-supervision", "overloaded",
        "peer-mentors", "all-recommendations",
    )
} | {"bridge, 30 days": ("bridge", ("programme.follow_up_days=30",))}  # fmt: skip
OUTCOMES = ("readmission_30d", "patient_initiated_discharge", "linkage_30d")
ALL, DRAWS, PIECE = 160, 40, 10
"""Draws of all runs, draws of one study, and draws that a process makes at a time."""


def runs() -> pa.Table:
    """Two runs of every draw in every plan."""
    pieces = [(plan, first) for first in range(0, ALL, PIECE) for plan in PLANS]
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pa.concat_tables(list(pool.map(_piece, pieces)))


def _piece(piece: tuple[str, int]) -> pa.Table:
    from experiments.uncertainty.prior_sample import prior_draws
    from scenarios import load
    from simulation import simulate

    plan, first = piece
    scenario, settings = PLANS[plan]
    config, draws = load(scenario, ["run.days=365", *settings]), prior_draws(PROFILE, ALL)
    rows = []
    for replication in range(2 * first, 2 * (first + PIECE)):
        found = simulate(config, 0, replication=replication, parameters=draws.of(replication)).values
        rows.append({"plan": plan, "replication": replication} | {name: float(found[name]) for name in OUTCOMES})
    return pa.Table.from_pylist(rows)


def differences(table: pa.Table) -> dict[tuple[str, str, str], NDArray[np.float64]]:
    """(outcome, plan, other) to differences by draw and run, shape (draws, 2)."""
    names = np.asarray(table["plan"].to_pylist())
    order = table["replication"].to_numpy()
    found = {}
    for outcome in OUTCOMES:
        values = table[outcome].to_numpy()
        by = {plan: values[names == plan][np.argsort(order[names == plan])] for plan in PLANS}
        for one, two in combinations(PLANS, 2):
            found[outcome, one, two] = (by[two] - by[one]).reshape(-1, 2)
    return found


def held(values: NDArray[np.float64], draws: int = DRAWS) -> list[float]:
    """Share of unseen draws inside the range, for each of the disjoint studies that the draws allow."""
    found = []
    for first in range(0, len(values) - draws + 1, draws):
        mine = np.zeros(len(values), bool)
        mine[first : first + draws] = True
        study = split(values[mine].ravel(), np.repeat(np.arange(draws), 2))
        rest = values[~mine]
        truth = split(rest.ravel(), np.repeat(np.arange(len(rest)), 2))
        means = rest.mean(axis=1)
        spread = means.std(ddof=1)
        shrunk = means.mean() + (means - means.mean()) * (min(1.0, truth.unknown / spread) if spread > 0 else 0.0)
        found.append(float(np.mean((shrunk >= study.low) & (shrunk <= study.high))))
    return found


def main() -> None:
    """Make or read the runs, count, and write the record."""
    if "--again" not in sys.argv:
        pq.write_table(runs(), STORED, compression="zstd")
    each = {key: float(np.mean(held(values))) for key, values in differences(pq.read_table(STORED)).items()}
    record = {
        outcome: {
            "pairs": len(shares), "mean": round(float(np.mean(shares)), 3), "least": round(float(np.min(shares)), 3),
            "most": round(float(np.max(shares)), 3),
        }
        for outcome in OUTCOMES
        if (shares := [share for key, share in each.items() if key[0] == outcome])
    }  # fmt: skip
    said = {"draws_of_a_study": DRAWS, "runs_per_draw": 2, "draws": ALL, "held": record}
    RECORD.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(said, indent=1))


if __name__ == "__main__":
    main()
