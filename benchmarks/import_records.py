"""Import of a million rows, as a ratio to DuckDB's bare read of the same file.

python -m benchmarks.import_records [ROWS]
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd


def table(n: int) -> pd.DataFrame:
    """Rows as of MIMIC-IV admissions, made up: every person has two stays, some of them in two rows."""
    k = np.arange(n)
    start = pd.Timestamp("2022-01-01") + pd.to_timedelta((k * 7_919) % 1_000_000 + (k % 2) * 60 * 24 * 40, "min")
    end = start + pd.to_timedelta(600 + (k * 104_729) % 20_000, "min")
    place = np.array(["HOME", "AGAINST ADVICE", "REHAB", ""])[k % 4]
    return pd.DataFrame({
        "subject_id": 10_000_000 + k // 2, "hadm_id": 20_000_000 + k, "admittime": start.strftime("%Y-%m-%d %H:%M:%S"),
        "dischtime": end.strftime("%Y-%m-%d %H:%M:%S"), "deathtime": "", "admission_type": "EW EMER.",
        "discharge_location": place, "insurance": "Other", "hospital_expire_flag": 0,
    })  # fmt: skip


def main() -> None:
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "admissions.csv"
        table(n).to_csv(path, index=False)
        started = time.perf_counter()
        duckdb.sql(f"create table t as select * from read_csv('{path}', all_varchar = true)")
        bare = time.perf_counter() - started
        started = time.perf_counter()
        command = [sys.executable, "-m", "experiments.cli", "import", str(path), "--out", str(Path(folder) / "out")]
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        took = time.perf_counter() - started
    print(
        f"{n:,} rows; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; exit {os.waitstatus_to_exitcode(status)}"
    )
    print(f"DuckDB's bare read {bare:.2f} s; import {took:.2f} s, {took / bare:.1f} times as long")
    print(f"most memory of the import {usage.ru_maxrss / 2**20:.2f} GB")


if __name__ == "__main__":
    main()
