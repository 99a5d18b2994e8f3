"""Ships a finished calibration: `python docs/posterior.py results/calibration` (docs/calibration.md).

Copies the posterior into `scenarios/posteriors/`, with how it was made and the tables that say what it is worth, and
writes them into docs/calibration.md.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from experiments.calibration import FORMAT, POSTERIOR, PREDICTIONS, RECORD, TABLES  # noqa: E402
from experiments.posteriors import FOLDER  # noqa: E402


def ship(folder: Path, to: Path = FOLDER) -> str:
    """Copy what `peerbridge calibrate` left in `folder`; the population profile that it is for.

    Raises:
        SystemExit: There is no finished calibration in the folder.
    """
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise SystemExit(f"{folder}: holds no calibration") from None
    if record.get("format") != FORMAT or record.get("state") != "complete":
        raise SystemExit(f"{folder}: holds no finished calibration")
    profile = str(record["specification"]["design"]["profile"])
    to.mkdir(exist_ok=True)
    shutil.copyfile(folder / POSTERIOR, to / f"{profile}.parquet")
    shutil.copyfile(folder / RECORD, to / f"{profile}.json")
    shutil.copyfile(folder / PREDICTIONS, to / f"{profile}.{PREDICTIONS}")
    for table in TABLES:
        shutil.copyfile(folder / f"{table}.csv", to / f"{profile}.{table}.csv")
    return profile


def main() -> None:
    """Ship the folder named."""
    if len(sys.argv) != 2:
        raise SystemExit("usage: python docs/posterior.py FOLDER")
    profile = ship(Path(sys.argv[1]))
    sys.path.insert(0, str(ROOT / "docs"))
    import evidence

    evidence.main()  # the page on validation says what the posterior is worth
    print(f"{FOLDER.relative_to(ROOT)}: holds the posterior for {profile.replace('_', ' ')}")


if __name__ == "__main__":
    main()
