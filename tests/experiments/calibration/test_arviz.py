"""A fit in the shape that ArviZ reads: groups of arrays with a chain and a draw in front."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments import InputError
from experiments.calibration import fitting
from experiments.calibration.arviz import to_inference_dict
from experiments.uncertainty.draws import read_draws
from tests.experiments.calibration_cases import DESIGN, NAMES, few_parameters, run
from tests.experiments.sweeps import in_this_process


def test_groups_have_chains_and_draws(fake: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_this_process(monkeypatch)
    monkeypatch.setattr(fitting, "free_parameters", few_parameters)
    made = run(tmp_path / "out")
    found = to_inference_dict(made.folder)
    assert list(found) == ["posterior", "prior", "posterior_predictive", "observed_data"]
    draws = read_draws(made.folder / "posterior.parquet")
    for j, name in enumerate(NAMES):
        assert np.array_equal(found["posterior"][name], draws.values[None, :, j])
        assert found["prior"][name].shape == (1, len(draws))
    assert found["posterior_predictive"]["back"].shape == (1, DESIGN.checked)
    assert float(found["observed_data"]["back"]) == 0.55

    arviz_base: Any = pytest.importorskip("arviz_base")
    data = arviz_base.from_dict(found)
    assert dict(data["posterior"].sizes) == {"chain": 1, "draw": len(draws)}
    assert np.array_equal(data["posterior"][NAMES[0]].values[0], draws.values[:, 0])
    assert float(data["observed_data"]["back"]) == 0.55


def test_a_folder_without_a_calibration_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no finished calibration"):
        to_inference_dict(tmp_path)
