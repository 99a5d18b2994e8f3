"""A small calibration on the stand-in: three parameters, two targets that the stand-in answers at once."""

from pathlib import Path
from typing import Any

from experiments.calibration import calibrate, fitting
from scenarios.calibration_targets import Error, Target

NAMES = ["acute_need.rate", "linkage.rate", "discharge.patient_initiated"]
DESIGN = calibrate.Design(first=130, second=60, waves=2, checked=40, worlds=5, chains=16, steps=40, seed=3)


def target(name: str, value: float, prediction: str, unit: str = "share") -> Target:
    """A target that knows its number to 0.02."""
    return Target(
        id=name, quantity=name, population="p", study="s", source="x", read="computed", weight="high", value=value,
        error=Error(low=value - 0.04, high=value + 0.04), scenario="usual-care", prediction=prediction, unit=unit,
        kind="return",
    )  # fmt: skip


TARGETS = (target("back", 0.55, "readmission_30d"), target("reach", 0.3, "linkage_30d"))


def few_parameters(profile: str) -> list[str]:
    """In the place of `fitting.free_parameters`: the stand-in adds these up."""
    return NAMES


def run(out: Path, design: calibrate.Design = DESIGN, **options: Any) -> calibrate.Calibration:
    """Calibrate the stand-in; `fitting.free_parameters` must be `few_parameters`."""
    assert fitting.free_parameters is few_parameters
    return calibrate.calibrate(out, design, chosen=TARGETS, **options)


FILES = ("posterior.parquet", "predictions.parquet", *(f"{name}.csv" for name in calibrate.TABLES))


def result_bytes(out: Path) -> dict[str, bytes]:
    """The bytes of everything that a calibration found."""
    return {name: (out / name).read_bytes() for name in FILES}
