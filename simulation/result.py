"""What one run leaves: outcomes, daily series, stays and events. No pandas until a table is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from simulation import outcomes
from simulation.config import Config
from simulation.outcome_definitions import OUTCOMES
from simulation.outcomes import Rows
from simulation.state import CONSULTED, DAILY, DISCHARGE_TYPES, EVENTS, STILL_IN
from simulation.world import World

if TYPE_CHECKING:
    import pandas as pd

_MEANS = (
    "worker_burnout", "supervision_adequacy", "clinician_stigma", "clinician_credibility", "clinician_burnout",
)  # fmt: skip
DAILY_UNITS: dict[str, str] = (
    dict.fromkeys(DAILY, "per day")
    | dict.fromkeys(("census", "boarding", "alive", "in_care", "using", "unhoused"), "people")
    | dict.fromkeys(("occupied_beds", "background_beds"), "beds")
    | dict.fromkeys(("workers_in_post", "workers_high_burnout", "supervisors_in_post"), "workers")
    | dict.fromkeys(("clinicians_high_burnout", "nurses_high_burnout"), "clinicians")
    | {"vacant_posts": "posts", "caseload": "people"}
    | dict.fromkeys(("minutes_worked", "minutes_with_people", "supervision_minutes"), "minutes per day")
    | dict.fromkeys(_MEANS, "0 to 1")
)
"""Unit of each daily series."""

DISCHARGE_UNITS: dict[str, str] = (
    dict.fromkeys(
        ("admission_day", "bed_day", "discharge_day", "next_ed_day", "next_readmission_day", "linkage_day",
         "overdose_day", "death_day", "last_day"), "day of the run",
    )
    | dict.fromkeys(("length_of_stay", "treatment_need", "days_waited"), "days")
    | dict.fromkeys(("plan_quality", "trust", "trust_30d", "experienced_stigma", "distress"), "0 to 1")
    | {"barriers_at_start": "barriers", "barriers_open": "barriers", "conflicts": "events", "prior_stays": "stays",
       "visits": "visits", "contacts": "contacts", "age": "years", "stability": "standard deviations"}
)  # fmt: skip
"""Unit of the columns of `Result.discharges` that have one."""


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

    Example:
        >>> import peerbridge as pb
        >>> result = pb.simulate("bridge", settings=["population.size=400", "run.warm_up_days=30", "run.days=60"])
        >>> result.daily.shape[0], result.daily.attrs["units"]["census"]
        (90, 'people')
        >>> result.outcomes.attrs["units"]["readmission_30d"]
        'probability'
        >>> result.discharges["discharge_day"].is_monotonic_increasing
        True
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

    @property
    def daily_records(self) -> npt.NDArray[Any]:
        """Records behind `daily`, one a day, warm-up included; fields in `simulation.state.DAILY`. Read only."""
        return self._daily

    @property
    def stays(self) -> npt.NDArray[Any]:
        """Records of all stays, those that go on too, in order of admission (`simulation.state`). Read only."""
        return self._stays

    @property
    def ended(self) -> Rows:
        """Stays that ended in the measured period, deaths in hospital included."""
        return outcomes.ended_stays(self._stays, self.config.run.warm_up_days)

    @property
    def frailty(self) -> npt.NDArray[np.float64]:
        """Frailty of every person of the population (mean 1), by number of the person; shape (people,)."""
        return self._frailty

    @property
    def last_day(self) -> int:
        """Last day run, counted from 0, the first day of the warm-up."""
        return self._last_day

    @property
    def going_home(self) -> int:
        """Discharges alive in the measured period."""
        measured = self._daily[self.config.run.warm_up_days :]
        return sum(int(measured[name].sum()) for name in ("planned", "patient_initiated", "administrative"))

    def __repr__(self) -> str:
        days = f"{self._last_day + 1} of {self.config.horizon} days"
        return f"Result({self.config.name!r}, seed {self.seed}, replication {self.replication}, {days})"

    def _repr_html_(self) -> str:
        """Outcomes as a table, for notebooks."""
        import pandas as pd

        rows = [(o.label, self.values[o.name], o.unit, o.per) for o in OUTCOMES.values() if o.name in self.values]
        table = pd.DataFrame(rows, columns=["outcome", "value", "unit", "of"])
        html = table.to_html(index=False, border=0, na_rep="not defined", float_format="{:,.4g}".format)
        return f"<p>{escape(repr(self))}. One run: simulated, and by chance other than the next.</p>{html}"

    @cached_property
    def outcomes(self) -> pd.Series[float]:
        """Outcomes by name; units in `attrs["units"]`, definitions in `simulation.outcome_definitions.OUTCOMES`."""
        import pandas as pd

        found = pd.Series(self.values, name="value", dtype=float)
        found.attrs["units"] = {name: OUTCOMES[name].unit for name in self.values}
        return found

    @cached_property
    def daily(self) -> pd.DataFrame:
        """Daily series, one row a day (index `day`), warm-up included; columns in `simulation.state.DAILY`.

        Units are in `attrs["units"]`.
        """
        import pandas as pd

        columns = {name: self._daily[name] for name in DAILY}
        found = pd.DataFrame(columns, index=pd.RangeIndex(len(self._daily), name="day"))
        found.attrs["units"] = dict(DAILY_UNITS)
        return found

    @cached_property
    def discharges(self) -> pd.DataFrame:
        """One row per stay that has ended, warm-up included; days count from the first day of the run, −1 is "none".

        Units are in `attrs["units"]`.
        """
        import pandas as pd

        s = self._stays[(self._stays["type"] != STILL_IN) & (self._stays["discharge_day"] >= 0)]
        s = s[np.lexsort((s["person"], s["discharge_day"]))]
        kinds = pd.Categorical.from_codes(s["type"].astype(int), categories=pd.Index(DISCHARGE_TYPES))
        found = pd.DataFrame(
            {
                "person": s["person"],
                "stay": s["ordinal"],
                "hospital": s["hospital"],
                "unit": s["unit"],
                "admission_day": s["admission_day"],
                "bed_day": s["bed_day"],
                "discharge_day": s["discharge_day"],
                "discharge_type": kinds,
                "length_of_stay": s["discharge_day"] - s["admission_day"],
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
                "age": s["age"],
                "woman": s["woman"].astype(bool),
                "stability": s["stability"],
                "overdosed": s["overdosed"].astype(bool),
                "consulted": s["consult"] == CONSULTED,
                "social_work": s["social_work"].astype(bool),
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
        found.attrs["units"] = dict(DISCHARGE_UNITS)
        return found

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
