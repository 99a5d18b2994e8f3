import json
from typing import Any

import numpy as np
import pytest

from experiments.decisions.answers import difference_answer
from experiments.decisions.prices import NET_BENEFIT, Prices
from experiments.decisions.sensitivity_report import as_json, of_study, show, worth_of_knowing
from experiments.studies.sweep import sweep
from experiments.support.errors import InputError
from experiments.uncertainty.draws import ParameterDraws
from simulation.draws import named_uniforms
from tests.experiments import fake_model
from tests.experiments.sweeps import STUDY, in_this_process, plan_of

NAMES = ("supervision.exit", "relationship.contact_gain", "relationship.burnout")


def planted(n: int = 120) -> ParameterDraws:
    values = np.column_stack([0.1 * named_uniforms(0, name, n) for name in NAMES])
    return ParameterDraws(NAMES, values, "draws made up for a test", "people_who_use_drugs", 2, "prior")


@pytest.fixture(scope="module")
def study(tmp_path_factory: Any) -> Any:
    """Two plans on a stand-in whose readmissions fall by supervision.exit in plans with eight peers only."""
    import simulation

    def simulate(config: Any, seed: int = 0, *, replication: int = 0, parameters: Any = None, **_: object) -> Any:
        result = fake_model.simulate(config, seed, replication=replication)
        if config.programme.peers == 8:
            result.values["readmission_30d"] -= parameters["supervision.exit"] - 0.05
        return result

    folder = tmp_path_factory.mktemp("planted")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulation, "simulate", simulate)
        patch.setattr(simulation, "VERSION", "fake")
        patch.setattr(simulation, "SOURCE_HASH", "fake")
        in_this_process(patch)
        text = STUDY.replace("[2, 4, 8]", "[4, 8]").replace("[30, 90]", "[30]").replace("12", "120")
        return sweep(plan_of(folder / "plan", text), out=folder / "study", draws=planted())


def test_a_planted_assumption_carries_the_answer(study: Any, capsys: Any) -> None:
    found = of_study(study, "readmission_30d", "P002", "P001", Prices())
    first = found.parameters[0]
    assert (first.name, first.clear) == ("supervision.exit", True)
    assert first.share > 0.9
    assert not any(s.clear for s in found.parameters[1:])
    turn = found.thresholds[0]
    answer = difference_answer(study, "readmission_30d", "P002", "P001")
    expected = 0.05 + float(np.mean(answer.values + answer.parameters[:, 0] - 0.05))
    assert turn.value == pytest.approx(expected, abs=0.005)
    show([found], None)
    said = capsys.readouterr().out
    assert "supervision.exit" in said and "UNCALIBRATED" in said
    json.dumps(as_json([found], None), allow_nan=False)


def test_knowing_the_planted_assumption_is_worth_something(study: Any, capsys: Any) -> None:
    prices = Prices(threshold=60_000)
    worth = worth_of_knowing(study, prices)
    assert worth.plans == ["baseline", "P001", "P002"]
    assert sum(worth.best) == pytest.approx(1)
    assert worth.partial[0][0] == "supervision.exit"
    assert worth.partial[0][1].value <= worth.perfect.value + 3 * worth.perfect.error
    show([of_study(study, NET_BENEFIT, "P002", None, prices)], worth)
    assert "measure supervision.exit" in capsys.readouterr().out


def test_what_is_not_there_is_said_in_a_line(study: Any) -> None:
    with pytest.raises(InputError, match="did you mean readmission_30d"):
        of_study(study, "readmision_30d", "P001", None, Prices())
    with pytest.raises(InputError, match="has no plan 'P9'"):
        of_study(study, "readmission_30d", "P9", None, Prices())
    with pytest.raises(InputError, match="has 2 plans; name one"):
        of_study(study, "readmission_30d", None, None, Prices())
