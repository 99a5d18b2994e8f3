"""The default parameters of a command: the shipped posterior where it fits, else start values and a line."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments import InputError, compare
from experiments.uncertainty import shipped as posteriors
from experiments.uncertainty.draws import ParameterDraws
from experiments.uncertainty.prior_sample import prior_draws
from experiments.uncertainty.shipped import SHIPPED, given, resolve_posterior, shipped
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


@pytest.fixture
def fake(fake: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The stand-in, but with what is really shipped."""
    monkeypatch.setattr(posteriors, "shipped", shipped)
    return fake


def ship(folder: Path, draws: ParameterDraws, model: str) -> None:
    draws.write(folder / f"{draws.profile}.parquet")
    record = {"specification": {"model": f"{model}+abc"}}
    (folder / f"{draws.profile}.json").write_text(json.dumps(record), encoding="utf-8")


def test_the_shipped_one_is_the_default(folder: Path, fake: Any) -> None:
    ship(folder, sample(), "fake")
    said: list[str] = []
    draws = resolve_posterior(given(None), [PROFILE], said.append)
    assert draws is not None and draws.digest == sample().digest and draws.label == "toy" and not said


def test_none_means_start_values_and_a_file_means_that_file(folder: Path, tmp_path: Path) -> None:
    assert given("none") is None and resolve_posterior(None, [PROFILE], print) is None
    sample().write(tmp_path / "mine.parquet")
    mine = given(str(tmp_path / "mine.parquet"))
    assert isinstance(mine, ParameterDraws) and resolve_posterior(mine, [PROFILE], print) is mine
    with pytest.raises(InputError, match="no such file"):
        given(str(tmp_path / "other.parquet"))


def test_one_of_another_version_is_refused_in_one_line(folder: Path, fake: Any) -> None:
    ship(folder, sample(), "0.1.0")
    with pytest.raises(InputError, match="fitted to model 0.1.0 and says nothing of model fake"):
        shipped(PROFILE)
    said: list[str] = []
    draws = resolve_posterior(SHIPPED, [PROFILE], said.append)
    assert draws is not None and draws.kind == "prior" and "UNCALIBRATED" in draws.label
    assert len(said) == 1 and said[0].endswith("draws of the prior are used, UNCALIBRATED.")


def test_one_with_unknown_parameters_gives_way_and_a_line_says_so(folder: Path, fake: Any) -> None:
    ship(folder, sample(**{"linkage.speed": 1.0}), "fake")
    said: list[str] = []
    draws = resolve_posterior(SHIPPED, [PROFILE], said.append)
    assert draws is not None and draws.kind == "prior"
    assert len(said) == 1 and "no parameter linkage.speed" in said[0]


def test_where_there_is_none_the_prior_is_used_and_a_line_says_so(folder: Path, fake: Any) -> None:
    ship(folder, sample(), "fake")
    said: list[str] = []
    draws = resolve_posterior(SHIPPED, ["serious_mental_illness"], said.append)
    assert draws is not None and draws.kind == "prior" and draws.profile == "serious_mental_illness"
    assert len(said) == 1 and said[0].startswith("No posterior is shipped for serious mental illness")


def test_mixed_populations_have_no_common_sample(folder: Path) -> None:
    said: list[str] = []
    assert resolve_posterior(SHIPPED, ["serious_mental_illness", PROFILE], said.append) is None
    assert len(said) == 1 and said[0].startswith("No sample of parameters is for people who use drugs and serious")


def test_the_prior_can_be_asked_for(folder: Path, fake: Any) -> None:
    ship(folder, sample(), "fake")
    draws = resolve_posterior(given("prior"), [PROFILE], print)
    assert draws is prior_draws(PROFILE)


def test_compare_uses_the_shipped_one_when_asked(folder: Path, fake: Any) -> None:
    ship(folder, sample(), "fake")
    drawn = compare(["usual-care", "bridge"], replications=24, workers=1, draws="shipped")
    plain = compare(["usual-care", "bridge"], replications=24, workers=1, draws=None)
    added = drawn.values("bridge")["readmission_30d"] - plain.values("bridge")["readmission_30d"]
    assert added == pytest.approx(np.repeat(sample().values[:, 0], 2))
    assert drawn.draws is not None and drawn.draws.label == "toy"


def test_a_scenario_that_sets_a_parameter_keeps_it() -> None:
    from scenarios import load
    from simulation.engine import complete

    config = load("bridge", ["parameters.linkage.rate=0.02"])
    values = complete(config, {"linkage.rate": 0.5, "acute_need.rate": 0.4})
    assert values["linkage.rate"] == 0.02 and values["acute_need.rate"] == 0.4


def test_the_bundled_one_is_of_this_model_or_refused() -> None:
    import simulation

    record = posteriors.shipped_record(PROFILE)
    if not record:
        assert posteriors.shipped(PROFILE) is None
        return
    made = record["specification"]["model"].partition("+")[0]
    if made == simulation.VERSION:
        found = shipped(PROFILE)
        assert found is not None and len(found) >= 500 and record["posterior"] == found.digest
    else:
        with pytest.raises(InputError, match=f"fitted to model {made}"):
            shipped(PROFILE)
