"""Export of a calibration to ArviZ: posterior, prior and predictions in the shape that `arviz_base.from_dict` reads."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import numpy as np

from experiments.calibration.fitting import prior_of, values_at
from experiments.support.errors import InputError
from experiments.support.types import FloatArray
from experiments.support.verified_files import read_bytes, read_table
from experiments.uncertainty.draws import read_draws

Group = dict[str, FloatArray]


def to_inference_dict(folder: Path | str) -> dict[str, Group]:
    """What a finished calibration holds, for `arviz_base.from_dict` (docs/explanation/calibration.md).

    The draws are independent and equally weighted: one chain, in an order without meaning.

    Args:
        folder: Folder of `peerbridge calibrate`.

    Returns:
        "posterior" and "prior": parameter to values of shape (1, draws); what experts were asked of has no "prior".
        "posterior_predictive": target id to what the
        model says, shape (1, checked draws). "observed_data": target id to what was found, shape ().

    Raises:
        InputError: There is no finished calibration.
    """
    import pandas as pd
    from scipy.stats import qmc

    from experiments.calibration.calibrate import POSTERIOR, PREDICTIONS, RECORD

    folder = Path(folder)
    if not all((folder / name).exists() for name in (POSTERIOR, PREDICTIONS, RECORD, "predictive.csv")):
        raise InputError(f"{folder}: holds no finished calibration")
    draws = read_draws(folder / POSTERIOR)
    asked = json.loads(read_bytes(folder / RECORD))["specification"].get("elicited", {})
    free = [name for name in draws.names if prior_of(name, draws.profile).shape != "fixed" and name not in asked]
    prior = values_at(free, draws.profile, qmc.LatinHypercube(len(free), rng=0).random(len(draws)))
    said = read_table(folder / PREDICTIONS)
    table = pd.read_csv(BytesIO(read_bytes(folder / "predictive.csv"))).set_index("id")["found"].dropna()
    return {
        "posterior": {name: draws.values[None, :, j] for j, name in enumerate(draws.names)},
        "prior": {name: prior[None, :, j] for j, name in enumerate(free)},
        "posterior_predictive": {name: said[name].to_numpy()[None, :] for name in said.column_names if name != "draw"},
        "observed_data": {str(name): np.asarray(value) for name, value in table.items()},
    }
