"""The default parameters of a command: the shipped posterior where it fits, else start values and a line."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments import BadInput, compare
from experiments.uncertainty import shipped as posteriors
from experiments.uncertainty.draws import ParameterDraws
from experiments.uncertainty.shipped import SHIPPED, given, settle, shipped
from simulation.parameters import PARAMETERS

PROFILE = "people_who_use_drugs"


def sample(**values: float) -> ParameterDraws:
    names = tuple(values) or ("linkage.rate",)
    base = np.array([values.get(name, PARAMETERS[name].value if name in PARAMETERS else 0.0) for name in names])
    return ParameterDraws(names, base * (1 + 0.01 * np.arange(12))[:, None], "toy", PROFILE)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty place for shipped posteriors."""
    monkeypatch.setattr(posteriors, "FOLDER", tmp_path)
    return tmp_path


def ship(folder: Path, draws: ParameterDraws, model: str) -> None:
    draws.write(folder / f"{draws.profile}.parquet")
    record = {"specification": {"model": f"{model}+abc"}}
    (folder / f"{draws.profile}.json").write_text(json.dumps(record), encoding="utf-8")


def test_the_shipped_one_is_the_default(folder: Path, fake: Any) -> None:
    ship(folder, sample(), "fake")
    said: list[str] = []
    draws = settle(given(None), [PROFILE], said.append)
    assert draws is not None and draws.digest == sample().digest and draws.label == "toy" and not said


def test_none_means_start_values_and_a_file_means_that_file(folder: Path, tmp_path: Path) -> None:
    assert given("none") is None and settle(None, [PROFILE], print) is None
    sample().write(tmp_path / "mine.parquet")
    mine = given(str(tmp_path / "mine.parquet"))
    assert isinstance(mine, ParameterDraws) and settle(mine, [PROFILE], print) is mine
    with pytest.raises(BadInput, match="no such file"):
        given(str(tmp_path / "other.parquet"))


def test_one_of_another_version_is_used_and_its_label_says_so(folder: Path, fake: Any) -> None:
    ship(folder, sample(), "0.1.0")
    found = shipped(PROFILE)
    assert found is not None and found.label == "toy (this is model fake)" and found.digest == sample().digest


def test_one_that_does_not_fit_gives_way_and_a_line_says_so(folder: Path, capsys: Any) -> None:
    ship(folder, sample(**{"linkage.speed": 1.0}), "0.1.0")
    said: list[str] = []
    assert settle(SHIPPED, [PROFILE], said.append) is None
    assert len(said) == 1 and "does not fit this model: hand-set start values are used" in said[0]


@pytest.mark.parametrize(
    ("profiles", "words"),
    [
        (["serious_mental_illness"], "No posterior is shipped for serious mental illness: hand-set start values"),
        (["serious_mental_illness", PROFILE], "No posterior is for people who use drugs and serious mental illness"),
    ],
)
def test_where_there_is_none_a_line_says_so(folder: Path, profiles: list[str], words: str) -> None:
    ship(folder, sample(), "fake")
    said: list[str] = []
    assert settle(SHIPPED, profiles, said.append) is None
    assert len(said) == 1 and said[0].startswith(words)


def test_compare_uses_the_shipped_one_when_asked(folder: Path, fake: Any) -> None:
    ship(folder, sample(), "fake")
    drawn = compare(["usual-care", "bridge"], replications=24, workers=1, draws="shipped")
    plain = compare(["usual-care", "bridge"], replications=24, workers=1)
    added = drawn.values("bridge")["readmission_30d"] - plain.values("bridge")["readmission_30d"]
    assert added == pytest.approx(np.repeat(sample().values[:, 0], 2))
    assert drawn.draws is not None and drawn.draws.label == "toy"


def test_a_scenario_that_sets_a_parameter_keeps_it() -> None:
    from scenarios import load
    from simulation.engine import complete

    config = load("bridge", ["parameters.linkage.rate=0.02"])
    values = complete(config, {"linkage.rate": 0.5, "acute_need.rate": 0.4})
    assert values["linkage.rate"] == 0.02 and values["acute_need.rate"] == 0.4


def test_the_bundled_one_fits_this_model() -> None:
    found = shipped(PROFILE)
    assert found is not None and len(found) >= 500
    record = posteriors.shipped_record(PROFILE)
    assert record["posterior"] == found.digest and record["command_line"].startswith("peerbridge calibrate")
    said: list[str] = []
    assert settle(SHIPPED, [PROFILE], said.append) is not None and not said
