"""Small scenarios that let everything happen within weeks, and digests of results that show a changed bit anywhere."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from simulation.config import MECHANISMS, Config
from simulation.engine import Result, simulate
from simulation.outcome_definitions import OUTCOMES

ROOT = Path(__file__).parents[2]

EAGER = {
    "acute_need.rate": 6.0,
    "after_discharge.overdose_out": 1.0,
    "clinicians_change.nurse_turnover": 2.0,
    "clinicians_change.physician_turnover": 2.0,
    "supervision.turnover": 2.0,
    "well_being.exit": 3.0,
    "well_being.leave": 3.0,
    "well_being.return_to_use": 1.0,
    "workforce.hire_days": 5.0,
    "workforce.onboarding_days": 2.0,
}
"""Parameters under which every kind of event happens to a few hundred people in a few weeks."""

NOBODY = {"peers": 0, "navigators": 0}


def small(
    size: int = 300,
    warm_up_days: int = 40,
    days: int = 80,
    burn_in_days: int = 30,
    *,
    programme: Mapping[str, Any] | None = None,
    hospital: Mapping[str, Any] | None = None,
    off: tuple[str, ...] = (),
    parameters: Mapping[str, float] | None = None,
    profile: str = "people_who_use_drugs",
) -> Config:
    """One small, crowded hospital with workers of every home, unless told otherwise."""
    return Config.model_validate(
        {
            "population": {"size": size, "profile": profile},
            "run": {"burn_in_days": burn_in_days, "warm_up_days": warm_up_days, "days": days},
            "hospital": {
                "units": 2,
                "beds_per_unit": 6,
                "boarding_places": 4,
                "background_occupancy": 0.3,
                "nurses_per_unit": 4,
                "physicians_per_unit": 2,
                "ed_nurses": 3,
                "ed_physicians": 2,
            }
            | dict(hospital or {}),
            "programme": {
                "peers": 6,
                "navigators": 2,
                "share_unit": 0.4,
                "share_ed": 0.2,
                "share_community": 0.2,
                "caseload_cap": 8,
            }
            | dict(programme or {}),
            "mechanisms": {name: name not in off for name in MECHANISMS},
            "parameters": dict(EAGER if parameters is None else parameters),
        }
    )


SCENARIOS: dict[str, Config] = {
    "usual care": small(programme=NOBODY, parameters={}),
    "eager": small(),
    "two hospitals, follow-up first": small(
        hospital={"count": 2}, programme={"priority": "follow_up_first", "champion": True, "cross_training_hours": 8.0}
    ),
    "serious mental illness": small(profile="serious_mental_illness", parameters={"acute_need.rate": 4.0}),
}
"""Scenarios of which golden digests are kept."""


def plain(values: Any) -> np.ndarray:
    """Numbers of a column, with one bit pattern for "not a number"."""
    array = np.array(values)
    if array.dtype.kind == "f":
        array = array.astype(np.float64)
        array[np.isnan(array)] = np.nan
        array[array == 0.0] = 0.0
    return np.ascontiguousarray(array)


def columns(frame: Any) -> dict[str, np.ndarray]:
    """Columns of a table as plain arrays, categories as codes."""
    return {
        name: plain(frame[name].cat.codes if frame[name].dtype == "category" else frame[name]) for name in frame.columns
    }


def digest(result: Result) -> str:
    """Hash over outcomes, daily series, discharges and events of a result: any other bit gives another hash."""
    h = hashlib.blake2b(digest_size=12)
    h.update(plain([result.values[name] for name in OUTCOMES]).tobytes())
    for table in (result.daily, result.discharges, result.events):
        for name, array in columns(table).items():
            h.update(name.encode())
            h.update(array.tobytes())
    return h.hexdigest()


def digests() -> dict[str, str]:
    """Digest of one run of each scenario."""
    return {name: digest(simulate(config, 7, replication=1)) for name, config in SCENARIOS.items()}


def in_new_process(code: str, *arguments: str, timeout: float = 300, **environment: str) -> str:
    """Standard output of Python code run in a new process at the root of the repository."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=os.environ | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout.strip()
