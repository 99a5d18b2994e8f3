"""The model as Mesa users know it; the same run as `simulation.simulate`, to the bit."""

from __future__ import annotations

import copy
import gc
import math
import operator
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import numpy as np
from mesa import Model
from mesa.agent import AgentSet

from simulation import draws
from simulation.agents import TYPES, Patient, View, table
from simulation.config import Config
from simulation.engine import Engine
from simulation.result import Result
from simulation.state import DAILY, DEAD

if TYPE_CHECKING:
    import pandas as pd

V = TypeVar("V", bound=View)


class PeerSupportModel(Model):
    """A hospital system and the population it serves, as a Mesa model: `step()` is one day.

    Agents are made when somebody looks at them (`agents`, `agents_by_type`, `person`), as views of rows; a run that
    nobody looks into makes none. After the last day `running` is False and `step()` and `run_days()` do nothing more,
    because screens that draw every few days step on until they look at `running`. Every draw of the model is keyed
    (`simulation.draws`); Mesa's sequential generators serve only to shuffle agent sets.

    Args:
        config: The scenario, for example `scenarios.load("bridge")`.
        rng: The seed, 0 to 2^64 − 1; a NumPy generator, from which one number is drawn; None for a fresh seed. `seed`
            keeps what was used.
        replication: 0 ≤ replication < 2^32; replications of one seed are independent.
        parameters: Values that replace start values by name, for example one draw of a posterior.

    Attributes:
        engine: The state and the compiled day; knows no Mesa.
        datacollector: The daily series in the manner of a Mesa `DataCollector`.
        running: Whether days are left.
        steps: Days run so far.

    Raises:
        TypeError: `config` is no `Config`, or an unknown argument.
        ValueError: A seed, replication or parameter value out of range.

    Example:
        >>> import peerbridge as pb
        >>> config = pb.load("bridge", ["population.size=400", "run.warm_up_days=30", "run.days=60"])
        >>> model = pb.PeerSupportModel(config, rng=1)
        >>> model.run_days(90)
        >>> model.running, len(model.agents) > 400
        (False, True)
        >>> bool((model.result().daily == pb.simulate(config, seed=1).daily).all(axis=None))
        True
    """

    running: bool
    steps: int

    def __init__(
        self,
        config: Config,
        rng: Any = None,
        *,
        replication: int = 0,
        parameters: Mapping[str, float] | None = None,
    ) -> None:
        if not isinstance(config, Config):
            raise TypeError(f"config is a simulation.Config, for example scenarios.load('bridge'); not {config!r}")
        seed = draws.seed_from(rng)
        super().__init__(rng=seed)
        self.engine = Engine(config, seed, replication=replication, parameters=parameters)
        self.datacollector = DailySeries(self)
        self._views: dict[type[View], dict[int, View]] = {}
        self._sets: dict[tuple[type[View], ...], tuple[Any, tuple[bytes, ...]]] = {}

    @property
    def config(self) -> Config:
        """The scenario."""
        return self.engine.config

    @property
    def seed(self) -> int:
        """Seed of the run."""
        return self.engine.seed

    @property
    def day(self) -> int:
        """Days run so far, which is the number of the next day."""
        return self.engine.day

    def step(self) -> None:
        """Run one day; after the last one, nothing."""
        if self.day < self.config.horizon:
            self.engine.run(self.day + 1)
        else:
            self.steps = self.day  # Mesa has counted a step before it calls this
        self.running = self.running and self.day < self.config.horizon

    def run_days(self, days: int) -> None:
        """Run this many days, or those that are left; day by day, so that Mesa's clock and scheduled events keep up.

        Raises:
            TypeError: `days` is no whole number.
            ValueError: `days` is negative.
        """
        if operator.index(days) < 0:
            raise ValueError(f"{days} days: 0 or more")
        for _ in range(min(days, self.config.horizon - self.day)):
            self.step()

    def result(self) -> Result:
        """The result of the days run so far; a copy as long as days are left, so that running on does not change it."""
        engine = self.engine if self.day == self.config.horizon else copy.deepcopy(self.engine)
        return engine.result()

    @property
    def agents(self) -> Any:
        """All agents that are there (a Mesa `AgentSet`): people, clinicians, workers, supervisors.

        Views are made on first access. The set of another day is another set where people have come or gone.
        """
        return self._set(TYPES)

    @agents.setter
    def agents(self, agents: object) -> NoReturn:
        raise AttributeError("agents is read-only: the population comes from the configuration")

    @property
    def agents_by_type(self) -> Mapping[type[View], Any]:
        """Agent type → `AgentSet`; views of a type are made when its set is asked for."""
        return _ByType(self._set)

    @property
    def agent_types(self) -> list[type[View]]:
        """The four agent types, also those of which this scenario has none."""
        return list(TYPES)

    def person(self, person: int) -> Patient:
        """The person whom tables and events name by this number.

        Raises:
            IndexError: There is no such person.
        """
        return self.view(Patient, person)

    def view(self, kind: type[V], row: int) -> V:
        """The one view of a row.

        Raises:
            IndexError: There is no such row.
        """
        made = self._views.setdefault(kind, {})
        row = operator.index(row)
        found = made.get(row)
        if found is None:
            if not 0 <= row < self.count(kind):
                raise IndexError(f"{kind.__name__} row {row} of {self.count(kind)}")
            found = made[row] = kind.of(self, row, self.first_id(kind) + row)
        return found

    @property
    def views_made(self) -> int:
        """Views that exist; 0 as long as nobody has looked at an agent."""
        return sum(len(made) for made in self._views.values())

    def rows(self, kind: type[View]) -> Any:
        """Rows of the agents of a type that are there: people in the population, and all posts.

        Who joins later has a row, and so a `unique_id`, from the first day on; who dies or leaves keeps theirs.
        """
        if kind is Patient:
            return np.flatnonzero(self.engine.world.patients["place"] < DEAD)
        return np.arange(self.count(kind))

    def count(self, kind: type[View]) -> int:
        """Number of rows of a type: of people, those who leave or join during the run too."""
        return len(getattr(self.engine.world, kind.array))

    def first_id(self, kind: type[View]) -> int:
        """`unique_id` of row 0 of a type: ids run through the types in their order."""
        return 1 + sum(self.count(other) for other in TYPES[: TYPES.index(kind)])

    def _all(self, kind: type[V]) -> list[V]:
        made = self._views.setdefault(kind, {})
        there = self.rows(kind).tolist()
        first, of = self.first_id(kind), kind.of
        made.update({row: of(self, row, first + row) for row in there if row not in made})
        return [made[row] for row in there]

    def _set(self, kinds: tuple[type[View], ...]) -> Any:
        there = tuple(self.rows(kind).tobytes() for kind in kinds)
        found, before = self._sets.get(kinds, (None, None))
        if found is None or before != there or len(found) != sum(len(self.rows(kind)) for kind in kinds):
            collects = gc.isenabled()
            gc.disable()  # nothing here is garbage, and looking for it is four fifths of the time
            try:
                views = [view for kind in kinds for view in self._all(kind)]
                found = AgentSet(views, random=super().agents.random)
                self._sets[kinds] = (found, there)
            finally:
                if collects:
                    gc.enable()
        return found

    def register_agent(self, agent: object) -> NoReturn:
        """Refused: the population is made of rows.

        Raises:
            RuntimeError: Always.
        """
        raise RuntimeError("agents cannot be added: the population comes from the configuration")

    def deregister_agent(self, agent: object) -> NoReturn:
        """Refused: the population is made of rows.

        Raises:
            RuntimeError: Always.
        """
        raise RuntimeError("agents cannot be removed: the model alone decides who comes and goes")

    def remove_all_agents(self) -> NoReturn:
        """Refused: the population is made of rows.

        Raises:
            RuntimeError: Always.
        """
        raise RuntimeError("agents cannot be removed: the model alone decides who comes and goes")

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_views": {}, "_sets": {}}


class _ByType(Mapping[type[View], Any]):
    def __init__(self, get: Callable[[tuple[type[View], ...]], Any]) -> None:
        self._get = get

    def __getitem__(self, kind: type[View]) -> Any:
        if kind not in TYPES:
            raise KeyError(kind)
        return self._get((kind,))

    def __iter__(self) -> Iterator[type[View]]:
        return iter(TYPES)

    def __len__(self) -> int:
        return len(TYPES)


class DailySeries:
    """The daily series in the manner of a Mesa `DataCollector`; the model writes it, nothing need be collected.

    A row of the series is a day, from day 0. Agents have no history here: their tables show the end of the last day
    run. A Mesa `DataCollector` of one's own can be put in its place, and be told to `collect(model)` after a step.

    Attributes:
        model_reporters: Name of a series → function from a model to its value on the last day run (NaN before any),
            for a `DataCollector` of one's own.
        agent_reporters: Empty: see `get_agent_vars_dataframe`.
        agenttype_reporters: Empty: see `get_agenttype_vars_dataframe`.
    """

    def __init__(self, model: PeerSupportModel) -> None:
        self._model = model
        self.model_reporters: dict[str, Callable[[PeerSupportModel], float]] = {
            name: partial(_on_last_day, name) for name in DAILY
        }
        self.agent_reporters: dict[str, Any] = {}
        self.agenttype_reporters: dict[type[View], dict[str, Any]] = {}

    @property
    def model_vars(self) -> dict[str, list[float]]:
        """Name of a series → its values, one for each day run."""
        daily = self._model.engine.world.daily[: self._model.day]
        return {name: daily[name].tolist() for name in DAILY}

    @property
    def tables(self) -> dict[str, dict[str, list[Any]]]:
        """Stays that have ended and the event log, by column."""
        frames = {name: self.get_table_dataframe(name) for name in _TABLES}
        return {name: {str(column): frame[column].tolist() for column in frame} for name, frame in frames.items()}

    def collect(self, model: object) -> None:
        """Nothing: the model writes its series while a day runs."""

    def get_model_vars_dataframe(self) -> pd.DataFrame:
        """The daily series, one row for each day run; columns in `simulation.state.DAILY`."""
        import pandas as pd

        daily = self._model.engine.world.daily[: self._model.day]
        return pd.DataFrame({name: daily[name].copy() for name in DAILY})

    def get_agent_vars_dataframe(self) -> pd.DataFrame:
        """All states of all agents at the end of the last day run; index `Step` and `AgentID`.

        A state that a type does not have is missing in its rows.
        """
        import pandas as pd

        tables = {kind.__name__: table(self._model, kind) for kind in TYPES}
        frame = pd.concat([t.astype(object).assign(type=name) for name, t in tables.items() if len(t)]).infer_objects()
        return self._on_step(frame[["type", *frame.columns.drop("type")]])

    def get_agenttype_vars_dataframe(self, agent_type: type[View]) -> pd.DataFrame:
        """All states of the agents of one type at the end of the last day run; index `Step` and `AgentID`.

        Raises:
            KeyError: No agent type of this model.
        """
        if agent_type not in TYPES:
            raise KeyError(agent_type)
        return self._on_step(table(self._model, agent_type))

    def get_table_dataframe(self, table_name: str) -> pd.DataFrame:
        """`"discharges"` (a row for each stay that has ended) or `"events"` (the log), of the days run so far.

        Raises:
            KeyError: No such table.
        """
        if table_name not in _TABLES:
            raise KeyError(f"no table {table_name!r}: {', '.join(_TABLES)}")
        frame: pd.DataFrame = getattr(self._model.result(), table_name)
        return frame

    def _on_step(self, frame: pd.DataFrame) -> pd.DataFrame:
        import pandas as pd

        frame.index = pd.MultiIndex.from_product([[self._model.day], frame.index], names=["Step", "AgentID"])
        return frame


_TABLES = ("discharges", "events")


def _on_last_day(name: str, model: PeerSupportModel) -> float:
    return float(model.engine.world.daily[name][model.day - 1]) if model.day else math.nan
