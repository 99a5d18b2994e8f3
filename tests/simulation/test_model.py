"""The model as a Mesa model: the same run as `simulate`, Mesa's manners, copies, and no view unless somebody looks."""

import copy
import gc
import inspect
import math
import pickle
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import mesa
import numpy as np
import pytest
from mesa.agent import AgentSet

from simulation import Clinician, Config, Patient, PeerSupportModel, PeerWorker, Result, Supervisor, simulate
from simulation.config import Hospital, Population, Programme, Run
from simulation.state import DAILY

CONFIG = Config(
    population=Population(size=300),
    hospital=Hospital(units=2, beds_per_unit=10),
    programme=Programme(peers=3, navigators=1, share_unit=0.5, share_community=0.25),
    run=Run(burn_in_days=0, warm_up_days=15, days=45),
    parameters={"acute_need.rate": 4.0},  # a busy hospital in few days
)
HORIZON = 60


def same(a: Result, b: Result) -> bool:
    assert a.values.keys() == b.values.keys()
    numbers = all(x == b.values[name] or math.isnan(x) and math.isnan(b.values[name]) for name, x in a.values.items())
    return numbers and all(getattr(a, name).equals(getattr(b, name)) for name in ("daily", "discharges", "events"))


@pytest.fixture(scope="module")
def reference() -> Result:
    result = simulate(CONFIG, 7)
    assert len(result.discharges) > 50 and result.daily["visits_made"].sum() > 20  # there is something to compare
    return result


@pytest.fixture
def model() -> PeerSupportModel:
    return PeerSupportModel(CONFIG, rng=7)


def test_both_doors_give_the_same_bits(model: PeerSupportModel, reference: Result) -> None:
    model.run_days(HORIZON)
    assert same(model.result(), reference)


def test_looking_and_pausing_change_nothing(model: PeerSupportModel, reference: Result) -> None:
    while model.running:
        model.step()
        if model.day % 20 == 0:
            model.result().discharges  # noqa: B018
            model.agents.get(["trust"], handle_missing="default")
            model.datacollector.get_agent_vars_dataframe()
    assert same(model.result(), reference)


def test_replication_and_parameters_arrive() -> None:
    more = {"acute_need.unhoused": 1.0}
    model = PeerSupportModel(CONFIG, 7, replication=2, parameters=more)
    model.run_model()
    assert same(model.result(), simulate(CONFIG, 7, replication=2, parameters=more))


def test_stops_at_the_horizon(model: PeerSupportModel, reference: Result) -> None:
    model.run_days(HORIZON - 1)
    assert model.running and model.day == HORIZON - 1
    model.step()
    assert not model.running
    model.step()
    model.run_days(10)
    assert model.day == model.steps == HORIZON and not model.running
    assert same(model.result(), reference)


def test_mesa_counts_days(model: PeerSupportModel) -> None:
    assert model.day == model.steps == 0 and model.running
    model.step()
    model.run_days(9)
    model.run_days(0)
    assert model.day == model.steps == 10
    assert getattr(model, "time", 10.0) == 10.0  # a clock of its own in Mesa 3.5


@pytest.mark.parametrize(("days", "error"), [(-1, ValueError), (1.5, TypeError), ("3", TypeError), (None, TypeError)])
def test_days_are_checked(model: PeerSupportModel, days: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        model.run_days(days)


def test_a_step_of_ones_own_is_called_for_each_day() -> None:
    class Watched(PeerSupportModel):
        census: list[float]

        def step(self) -> None:
            super().step()
            self.census = [*getattr(self, "census", []), self.datacollector.model_vars["census"][-1]]

    model = Watched(CONFIG, rng=7)
    model.run_days(12)
    assert model.census == model.datacollector.model_vars["census"] and len(model.census) == 12


def test_a_result_on_the_way_stays_as_it_is(model: PeerSupportModel) -> None:
    model.run_days(30)
    early, again = model.result(), model.result()
    model.run_days(30)
    assert same(early, again)
    assert len(early.daily) == 30 and len(model.result().daily) == HORIZON
    assert len(early.discharges) < len(model.result().discharges)


def test_seeds() -> None:
    assert PeerSupportModel(CONFIG, rng=np.int64(7)).seed == 7
    assert PeerSupportModel(CONFIG).seed != PeerSupportModel(CONFIG, rng=None).seed
    one, other = (PeerSupportModel(CONFIG, rng=mesa.Model(rng=3).rng) for _ in range(2))  # a NumPy generator
    assert one.seed == other.seed != 3


@pytest.mark.parametrize("rng", [-1, 2**64, 1.5, "seven"])
def test_no_seed(rng: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        PeerSupportModel(CONFIG, rng=rng)


@pytest.mark.parametrize("extra", [{"seed": 7}, {"peers": 3}, {"scenario": None}, {"width": 10}])
def test_unknown_arguments_are_refused(extra: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=next(iter(extra))):
        PeerSupportModel(CONFIG, **extra)


@pytest.mark.parametrize("config", ["bridge", None, {}])
def test_something_that_is_no_config_is_refused(config: Any) -> None:
    with pytest.raises(TypeError, match=r"simulation\.Config"):
        PeerSupportModel(config)


def test_made_again_from_keywords_as_screens_do(model: PeerSupportModel) -> None:
    again = type(model)(**{"config": CONFIG, "rng": 7})
    again.run_days(5)
    model.run_days(5)
    assert same(again.result(), model.result())
    kinds = {p.kind for p in inspect.signature(PeerSupportModel.__init__).parameters.values()}
    assert not kinds & {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}  # what SolaraViz checks


def test_daily_series(model: PeerSupportModel, reference: Result) -> None:
    collector = model.datacollector
    assert len(collector.get_model_vars_dataframe()) == 0
    assert list(collector.get_model_vars_dataframe()) == list(DAILY) == list(collector.model_reporters)
    model.run_days(HORIZON)
    frame = collector.get_model_vars_dataframe()
    assert frame.equals(reference.daily.reset_index(drop=True))
    assert collector.model_vars["census"] == frame["census"].tolist()
    assert collector.get_table_dataframe("events").equals(reference.events)
    assert collector.tables["discharges"]["person"] == reference.discharges["person"].tolist()
    with pytest.raises(KeyError, match="discharges"):
        collector.get_table_dataframe("discharge")
    frame["census"] = -1.0
    assert min(collector.model_vars["census"]) >= 0.0  # a table is a copy


def test_agent_tables(model: PeerSupportModel) -> None:
    model.run_days(20)
    frame = model.datacollector.get_agent_vars_dataframe()
    assert frame.index.names == ["Step", "AgentID"]
    assert set(frame.index.get_level_values("Step")) == {20}
    assert frame.index.get_level_values("AgentID").is_unique
    assert frame["type"].value_counts().to_dict() == {
        kind.__name__: len(model.rows(kind)) for kind in (Patient, Clinician, PeerWorker, Supervisor)
    }
    people = model.datacollector.get_agenttype_vars_dataframe(Patient)
    assert people["trust"].to_numpy() == pytest.approx(frame.loc[frame["type"] == "Patient", "trust"].to_numpy(float))
    with pytest.raises(KeyError):
        model.datacollector.get_agenttype_vars_dataframe(mesa.Agent)


def test_a_mesa_data_collector_of_ones_own(model: PeerSupportModel) -> None:
    ours = model.datacollector
    model.datacollector = mesa.DataCollector(
        model_reporters={"census": ours.model_reporters["census"]},
        agenttype_reporters={PeerWorker: {"burnout": "burnout", "state": "state"}, Patient: {"trust": "trust"}},
    )
    for _ in range(3):
        model.step()
        model.datacollector.collect(model)
    assert model.datacollector.get_model_vars_dataframe()["census"].tolist() == ours.model_vars["census"]
    workers = model.datacollector.get_agenttype_vars_dataframe(PeerWorker)
    assert len(workers) == 3 * 4 and set(workers.index.get_level_values("Step")) == {1, 2, 3}


def _pickled(model: PeerSupportModel) -> PeerSupportModel:
    copied: PeerSupportModel = pickle.loads(pickle.dumps(model))
    return copied


@pytest.mark.parametrize("duplicate", [copy.deepcopy, _pickled])
def test_a_copy_goes_on_to_the_same_bits(
    model: PeerSupportModel, duplicate: Callable[[PeerSupportModel], PeerSupportModel], reference: Result
) -> None:
    model.run_days(25)
    looked_at = model.person(3)
    copied = duplicate(model)
    assert copied.views_made == 0 and copied.day == copied.steps == 25
    copied.run_days(HORIZON)
    assert same(copied.result(), reference)
    assert model.day == 25 and model.person(3) is looked_at  # the copy left the model alone
    assert copied.person(3).model is copied
    model.run_days(HORIZON)
    assert same(model.result(), reference)


def test_runs_that_nobody_looks_into_make_no_view(model: PeerSupportModel) -> None:
    model.run_days(40)
    model.result().outcomes  # noqa: B018
    model.datacollector.get_model_vars_dataframe()
    model.datacollector.get_agent_vars_dataframe()
    copy.deepcopy(model)
    model.run_days(HORIZON)
    assert model.views_made == 0


def test_views_are_made_of_the_type_asked_for(model: PeerSupportModel) -> None:
    by_type = model.agents_by_type
    assert list(by_type) == model.agent_types == [Patient, Clinician, PeerWorker, Supervisor]
    assert model.views_made == 0
    assert len(by_type[PeerWorker]) == 4 and model.views_made == 4
    model.person(17)
    assert model.views_made == 5
    assert model.person(17) in by_type[Patient] and model.views_made == 4 + len(model.rows(Patient))
    assert len(model.agents) == sum(len(agents) for agents in by_type.values())
    with pytest.raises(KeyError):
        by_type[mesa.Agent]
    with pytest.raises(IndexError, match="300"):
        model.person(300)
    with pytest.raises(IndexError):
        model.person(-1)


def test_a_scenario_without_a_programme_has_empty_sets() -> None:
    model = PeerSupportModel(
        Config(population=Population(size=20), run=Run(burn_in_days=0, warm_up_days=0, days=2)), rng=1
    )
    assert len(model.agents_by_type[PeerWorker]) == len(model.agents_by_type[Supervisor]) == 0
    assert isinstance(model.agents_by_type[PeerWorker], AgentSet)
    model.run_model()
    assert len(model.datacollector.get_agent_vars_dataframe()) == len(model.agents)


def test_sets_are_kept_and_repaired(model: PeerSupportModel) -> None:
    assert model.agents is model.agents
    model.agents.discard(model.person(0))  # a set is only a list: the population stays
    assert len(model.agents) == len(model.agents.select(lambda agent: agent.model is model))
    assert model.person(0) in model.agents


def test_only_the_model_lets_people_come_and_go(model: PeerSupportModel) -> None:
    for change in (
        lambda: mesa.Agent(model),
        lambda: model.deregister_agent(model.person(0)),
        lambda: model.remove_all_agents(),
        lambda: model.person(0).remove(),
    ):
        with pytest.raises(RuntimeError, match="only the model|the model alone|configuration"):
            change()
    with pytest.raises(AttributeError, match="configuration"):
        model.agents = []
    assert len(model.agents_by_type[Patient]) == 300


def test_sets_follow_people_who_come_and_go() -> None:
    config = Config(
        population=Population(size=300),
        run=Run(burn_in_days=30, warm_up_days=0, days=60),
        parameters={"turnover.moves": 1.0, "turnover.stops": 1.0},
    )
    model = PeerSupportModel(config, rng=1)
    first = {person.unique_id: person for person in model.agents_by_type[Patient]}
    model.run_model()
    last = {person.unique_id: person for person in model.agents_by_type[Patient]}
    left, joined = first.keys() - last.keys(), last.keys() - first.keys()
    assert len(left) > 20 < len(joined)
    assert all(not first[one].present for one in left) and all(last[one].joined >= 0 for one in joined)
    assert all(first[one] is last[one] for one in first.keys() & last.keys())
    assert len(last) == model.datacollector.model_vars["alive"][-1]


def test_two_models_share_nothing() -> None:
    one, other = PeerSupportModel(CONFIG, rng=1), PeerSupportModel(CONFIG, rng=1)
    one.person(5).trust = 0.125
    assert one.person(5).trust == 0.125 != other.person(5).trust
    assert one.person(5) is not other.person(5) and one.person(5).unique_id == other.person(5).unique_id


def test_a_hundred_thousand_views_are_quick() -> None:
    config = Config(population=Population(size=100_000), run=Run(burn_in_days=0, warm_up_days=0, days=1))
    seconds = []
    for _ in range(3):
        model = PeerSupportModel(config, rng=1)
        start = time.process_time()
        assert len(model.agents_by_type[Patient]) == 100_000
        seconds.append(time.process_time() - start)
    assert min(seconds) < 0.5  # 0.1 measured
    assert gc.isenabled()


def test_importing_the_package_imports_neither_mesa_nor_pandas() -> None:
    code = (
        "import sys, simulation; loaded = set(sys.modules); from simulation import simulate, Result; "
        "print(sorted({'mesa', 'pandas', 'solara'} & (loaded | set(sys.modules))), 'numba' in loaded)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[] False"
