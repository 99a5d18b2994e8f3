"""What one run leaves: outcomes, daily series, stays and events. No pandas until a table is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from simulation import outcomes
from simulation.config import Config
from simulation.state import DAILY, DISCHARGE_TYPES, EVENTS, STILL_IN
from simulation.world import World

if TYPE_CHECKING:
    import pandas as pd


class Result:
    """What one run leaves: outcomes, daily series, stays and events.

    Args:
        world: The state at the end of the last day, its stays completed (`simulation.day.finish`).
        config: The scenario.
        parameters: Every parameter value of the run, by name.
        seed: Seed of the run.
        replication: Replication of the run.
        day: Days run so far.

    Attributes:
        config: The scenario.
        seed: Seed of the run.
        replication: Replication of the run.
        parameters: Every parameter value of the run, by name.
        values: Outcome name → value; NaN where the denominator is 0.
    """

    def __init__(
        self, world: World, config: Config, parameters: Mapping[str, float], seed: int, replication: int, day: int
    ) -> None:
        self.config = config
        self.seed = seed
        self.replication = replication
        self.parameters = dict(parameters)
        self.values: dict[str, float] = outcomes.measure(world, config, parameters, day)
        w = world
        daily, stays = w.daily[:day], w.stays[: int(w.counts[0]["stays"])]
        events = w.events[: int(w.counts[0]["events"])]
        going_on = day < config.horizon
        self._daily, self._stays, self._events = (a.copy() if going_on else a for a in (daily, stays, events))
        self._frailty = w.patients["frailty"]
        self._last_day = day - 1

    @cached_property
    def outcomes(self) -> pd.Series[float]:
        """Outcomes by name; units and definitions in `simulation.outcome_definitions.OUTCOMES`."""
        import pandas as pd

        return pd.Series(self.values, name="value", dtype=float)

    @cached_property
    def daily(self) -> pd.DataFrame:
        """Daily series, one row a day (index `day`), warm-up included; columns in `simulation.state.DAILY`."""
        import pandas as pd

        columns = {name: self._daily[name] for name in DAILY}
        return pd.DataFrame(columns, index=pd.RangeIndex(len(self._daily), name="day"))

    @cached_property
    def discharges(self) -> pd.DataFrame:
        """One row per stay that has ended, warm-up included; days count from the first day of the run, −1 is "none"."""
        import pandas as pd

        s = self._stays[self._stays["type"] != STILL_IN]
        s = s[np.lexsort((s["person"], s["discharge_day"]))]
        kinds = pd.Categorical.from_codes(s["type"].astype(int), categories=pd.Index(DISCHARGE_TYPES))
        return pd.DataFrame(
            {
                "person": s["person"],
                "stay": s["ordinal"],
                "hospital": s["hospital"],
                "unit": s["unit"],
                "admission_day": s["admission_day"],
                "bed_day": s["bed_day"],
                "discharge_day": s["discharge_day"],
                "discharge_type": kinds,
                "length_of_stay": s["discharge_day"] - s["admission_day"] + 1,
                "treatment_need": s["need"],
                "days_waited": s["waited"],
                "completed": s["completed"].astype(bool),
                "plan_quality": s["plan"],
                "barriers_at_start": s["barriers_at_start"],
                "barriers_open": s["barriers"],
                "disclosed": s["disclosed"].astype(bool),
                "medicated": s["medicated"].astype(bool),
                "conflicts": s["conflicts"],
                "trust": s["trust"],
                "trust_30d": np.where(s["trust_30d"] < 0, np.nan, s["trust_30d"]),
                "experienced_stigma": s["stigma"],
                "distress": s["distress"],
                "prior_stays": s["prior_stays"],
                "unhoused": s["unhoused"].astype(bool),
                "frailty": self._frailty[s["person"]],
                "in_care": s["in_care"].astype(bool),
                "offered": s["offered"].astype(bool),
                "accepted": s["accepted"].astype(bool),
                "seen": s["visits"] > 0,
                "visits": s["visits"],
                "enrolled": s["enrolled"].astype(bool),
                "worker": s["worker"],
                "contacts": s["contacts"],
                "next_ed_day": s["ed_day"],
                "next_readmission_day": s["readmission_day"],
                "linkage_day": s["linkage_day"],
                "overdose_day": s["overdose_day"],
                "death_day": s["death_day"],
                "last_day": np.full(len(s), self._last_day),
            }
        )

    @cached_property
    def events(self) -> pd.DataFrame:
        """Event log in order of day and person; `event` is a category, −1 is "none".

        `unit` is the row of the unit where it happened, −1 outside hospital; the units of hospital h are rows
        h (u + 1) to h (u + 1) + u, the emergency department first, with u inpatient units a hospital. `detail` is the
        number that goes with the event: `simulation.event_definitions.EVENT_LIST`.
        """
        import pandas as pd

        e = self._events
        e = e[np.lexsort((e["detail"], e["kind"], e["person"], e["day"]))]
        kinds = pd.Categorical.from_codes(e["kind"], categories=pd.Index(EVENTS))
        return pd.DataFrame(
            {"day": e["day"].astype(np.int32), "person": e["person"], "event": kinds}
            | {name: e[name] for name in ("unit", "worker", "detail")}
        )
