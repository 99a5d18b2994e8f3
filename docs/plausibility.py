"""Writes docs/plausibility.md: start values against C1–C6, C12 and C13 (`python docs/plausibility.py`)."""

from __future__ import annotations

import math
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

from scenarios import load  # noqa: E402
from simulation import VERSION, simulate  # noqa: E402
from simulation.engine import Result  # noqa: E402
from simulation.outcomes import aalen_johansen  # noqa: E402

SEEDS = 40

HEAD = """# Plausibility of the hand-set start values

Until the model is fitted, its start values are set by hand, only so far that the default scenario is plausible.
This table says how far that went, misses included; it is no validation. Ratios are crude (the studies adjusted
theirs).

Sources by row: Philadelphia 2017 (10.1186/s12954-021-00581-6); Khan 2024 (10.1503/cmaj.240364); J Addict Med
2020 (PMID 32541363); King 2021 (10.1097/ADM.0000000000000915); Moreno 2019 (10.1097/ADM.0000000000000499); Khan
2024; Khan 2024; Lukacs 2023 (AJEM); King 2021.

Model {version}, scenario `usual-care`, {seeds} runs of 730 measured days; written by `python docs/plausibility.py`.

| row | quantity | target | model | |
|---|---|---|---|---|
"""

TAIL = """
*C2* is missed by construction: patients from outside the population are a number of occupied beds, so their
ways of leaving are not simulated. "Plausible" means inside a tolerance set by hand (they stand in
`docs/plausibility.py`), not within the standard errors of the studies, which for C4 and C1 are much narrower.
Stays count both the day of admission and the day of discharge; the studies do not say how they count. Nor does
it mean that the mechanism behind a number is right: several settings of the parameters would do as well. The
fit to come uses full distributions and errors.
"""


def incidence(stays: pd.DataFrame, column: str, days: int) -> float:
    """Cumulative incidence of an event within `days` of discharge; death competes, the end of the run censors."""
    alive = stays[stays.discharge_type != "died"]
    never = np.iinfo(np.int64).max

    def after(name: str) -> pd.Series:
        return (alive[name] - alive.discharge_day).where(alive[name] >= 0, never)

    event_day = after(column)
    death = after("death_day") if column != "death_day" else pd.Series(never, index=alive.index)
    time = np.minimum(np.minimum(event_day, death), alive.last_day - alive.discharge_day)
    event = np.where(event_day == time, 1, np.where(death == time, 2, 0))
    return float(aalen_johansen(time, event, days)[days])


def measured(run: Result) -> pd.DataFrame:
    """Stays that ended in the measured period."""
    stays = run.discharges
    return stays[stays.discharge_day >= run.config.run.warm_up_days]


def main() -> None:
    """Run the default scenario and the one that is nearest to C12, and write the table."""
    with ThreadPoolExecutor() as pool:
        usual = list(pool.map(lambda seed: simulate(load("usual-care", ["run.days=730"]), seed), range(SEEDS)))
        emergency = list(pool.map(lambda seed: simulate(load("ed-only"), seed), range(SEEDS)))
    mean = pd.DataFrame([run.values for run in usual]).mean().to_dict()
    stays = pd.concat([measured(run) for run in usual])
    left, others = (
        stays[stays.discharge_type == "patient-initiated"],
        stays[stays.discharge_type != "patient-initiated"],
    )

    def hazard_ratio(column: str) -> float:
        return math.log(1 - incidence(left, column, 30)) / math.log(1 - incidence(others, column, 30))

    def engaged(days: int) -> float:
        return float(np.nanmean([run.values[f"engaged_{days}d"] for run in emergency]))

    def share(x: float) -> str:
        return f"{100 * x:.1f} %"

    stay = stays.length_of_stay
    readmission, overdose = hazard_ratio("next_readmission_day"), hazard_ratio("overdose_day")
    year = incidence(stays, "death_day", 365)
    early, planned = mean["length_of_stay_median_patient_initiated"], mean["length_of_stay_median_planned"]
    pid, within_30, within_90 = (
        mean[name] for name in ("patient_initiated_discharge", "readmission_30d", "readmission_90d")
    )
    rows = [
        ("C1", "patient-initiated discharge", "16 %", share(pid), 0.13 <= pid <= 0.19),
        ("C2", "the same outside the population", "3.4 %", "not represented", False),
        ("C3", "median stay, patient-initiated; planned", "3.5; 5.5 d", f"{early:.1f}; {planned:.1f} d",
         3 <= early <= 4 and 4.5 <= planned <= 6.5),
        ("C4", "length of stay, mean ± SD", "6.5 ± 10.9 d", f"{stay.mean():.1f} ± {stay.std():.1f} d",
         5.5 <= stay.mean() <= 7.5 and 9 <= stay.std() <= 13),
        ("C5", "readmission, 30 d; 90 d", "18.2 %; 32.1 %", f"{share(within_30)}; {share(within_90)}",
         abs(within_30 - 0.182) < 0.035 and abs(within_90 - 0.321) < 0.042),
        ("C6", "readmission after leaving early against not, 30 d", "2.07 (1.96–2.19)", f"{readmission:.2f}",
         1.96 <= readmission <= 2.19),
        ("C6", "overdose after leaving early against not, 30 d", "1.58 (1.31–1.89)", f"{overdose:.2f}",
         1.31 <= overdose <= 1.89),
        ("C12", "still engaged with the peer, 30 d; 90 d (`ed-only`)", "25 %; 16 %",
         f"{share(engaged(30))}; {share(engaged(90))}",
         abs(engaged(30) - 0.25) < 0.04 and abs(engaged(90) - 0.16) < 0.035),
        ("C13", "death within 12 months of an admission", "7.8 %", share(year), 0.07 <= year <= 0.086),
    ]  # fmt: skip
    table = "\n".join(f"| {a} | {b} | {c} | {d} | {'plausible' if ok else '**missed**'} |" for a, b, c, d, ok in rows)
    page = f"{HEAD.format(version=VERSION, seeds=SEEDS)}{table}\n{TAIL}"
    (ROOT / "docs" / "plausibility.md").write_text(page)
    print(table)


if __name__ == "__main__":
    main()
