"""The world: all arrays of one simulation behind one name, in Python and in compiled code.

Compiled kernels receive a world as one pointer to a table of addresses and shapes; `w.patients` is then the same memory
(`simulation.world_compiled`). (Passing thirty arrays through every call cost fifteen times the run time and five times
the compile time.) Interpreted, the same source reads ordinary attributes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from simulation.parameters import RECORD
from simulation.state import (
    CLINICIAN,
    CLOCK,
    COUNTS,
    DAY,
    ENTRY,
    EVENT,
    LEVERS,
    PATIENT,
    PHASE,
    STAY,
    STAYING,
    SUPERVISOR,
    SWITCHES,
    UNIT,
    WORKER,
)
from simulation.trial_specification import ARM, CLUSTER_ROW, PARTICIPANT, TRIAL

_I4, _I8, _F8 = np.dtype(np.int32), np.dtype(np.int64), np.dtype(np.float64)

ARRAYS: dict[str, tuple[np.dtype[Any], int]] = {
    "patients": (PATIENT, 1),
    "entries": (ENTRY, 1),  # of people in the calendar
    "clocks": (CLOCK, 2),  # people x clocks
    "stays": (STAY, 1),
    "clinicians": (CLINICIAN, 1),
    "workers": (WORKER, 1),
    "supervisors": (SUPERVISOR, 1),
    "units": (UNIT, 1),
    "events": (EVENT, 1),
    "daily": (DAY, 1),
    "parameters": (RECORD, 1),  # one element
    "levers": (LEVERS, 1),  # one element
    "switches": (SWITCHES, 1),  # one element
    "counts": (COUNTS, 1),  # one element
    "calendar": (_I8, 1),  # first person of each day, -1: none
    "due": (_I8, 1),  # people due today
    "inpatients": (_I8, 1),  # people boarding or in a bed
    "boarders": (_I8, 1),  # people boarding, in queue order
    "in_ed": (_I8, 1),  # people in the emergency department who are not admitted
    "referred": (_I8, 1),  # people waiting for a first offer, in queue order
    "referral_keys": (_I8, 1),  # queue key of each person in `referred`
    "caseloads": (_I8, 2),  # workers x cap: people on each list, -1: free
    "workers_of": (_I4, 1),  # first worker row of each hospital, and the end
    "phases": (PHASE, 1),  # of the programme, by day; a last one of no posts where it ends
    "roster": (_I4, 2),  # phases x workers: row of the supervisor, UNSUPERVISED or CLOSED
    "weights": (_F8, 1),  # people of each hospital, against the mean of all
    "months": (_F8, 1),  # ratio of demand in each month
    "departures": (_I4, 2),  # units x ring of days: background patients by day of discharge
    "schedule": (_I4, 2),  # phases x (until day, every n days)
    "mortality": (_F8, 2),  # sexes x ages: background deaths a year, as a hazard
    "lived": (_F8, 2),  # the same, cumulated up to the age
    "staying": (STAYING, 1),  # groups of frailty, in their order
    "times": (_F8, 1),  # time constant of each transient, days; negative: it grows
    "remains": (_F8, 2),  # transients x days: what is left after so many days
    "tasks": (_I8, 2),  # scratch for lists to be sorted: key, person
    "trial": (TRIAL, 1),  # one element
    "arms": (ARM, 1),
    "arm_schedule": (_F8, 2),  # arms x phases, x (until day, every n days)
    "block": (_I8, 1),  # arms of a permuted block
    "participants": (PARTICIPANT, 1),
    "clusters": (CLUSTER_ROW, 1),  # of each unit
    "asked": (_I8, 1),  # visit or stay for which each person was last asked to take part, by its number
    "visit_days": (_I4, 2),  # people x their last visits to the emergency department
    "leavers": (_I8, 1),  # people who leave hospital today and may be asked
}
"""Name → dtype and number of dimensions of every array of a world."""

ROW = 3
"""Words of the table per array: address, first and second dimension."""


class World:
    """All arrays of one simulation; attributes are named in `ARRAYS`.

    Raises:
        ValueError: An array is missing, has another dtype or shape, or is not contiguous.
    """

    patients: Any
    entries: Any
    clocks: Any
    stays: Any
    clinicians: Any
    workers: Any
    supervisors: Any
    units: Any
    events: Any
    daily: Any
    parameters: Any
    levers: Any
    switches: Any
    counts: Any
    calendar: Any
    due: Any
    inpatients: Any
    boarders: Any
    in_ed: Any
    referred: Any
    referral_keys: Any
    caseloads: Any
    workers_of: Any
    phases: Any
    roster: Any
    weights: Any
    months: Any
    departures: Any
    schedule: Any
    mortality: Any
    lived: Any
    staying: Any
    times: Any
    remains: Any
    tasks: Any
    trial: Any
    arms: Any
    arm_schedule: Any
    block: Any
    participants: Any
    clusters: Any
    asked: Any
    visit_days: Any
    leavers: Any

    def __init__(self, **arrays: Any) -> None:
        if arrays.keys() != ARRAYS.keys():
            raise ValueError(f"arrays missing or unknown: {sorted(arrays.keys() ^ ARRAYS.keys())}")
        self._table = np.zeros(ROW * len(ARRAYS), np.int64)
        self.address = self._table.ctypes.data
        for name, array in arrays.items():
            self.replace(name, array)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ARRAYS:
            self.replace(name, value)
        else:
            object.__setattr__(self, name, value)

    def replace(self, name: str, array: Any) -> None:
        """Put another array in the place of one, for example a longer one."""
        dtype, dimensions = ARRAYS[name]
        if array.dtype != dtype or array.ndim != dimensions or not array.flags.c_contiguous:
            raise ValueError(f"array {name!r} has another dtype or shape than a world needs, or is not contiguous")
        object.__setattr__(self, name, array)
        row = ROW * list(ARRAYS).index(name)
        self._table[row : row + 1 + dimensions] = (array.ctypes.data, *array.shape)

    def grow(self, rows: int) -> None:
        """Make room for at least `rows` more events and stays."""
        counts = self.counts[0]
        for name in ("events", "stays"):
            array = getattr(self, name)
            new = np.zeros(max(2 * len(array), int(counts[name]) + 2 * rows), dtype=array.dtype)
            new[: len(array)] = array
            self.replace(name, new)

    def __getstate__(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ARRAYS}

    def __setstate__(self, state: dict[str, Any]) -> None:
        World.__init__(self, **state)


def fetch_person(w: World, i: int) -> None:
    """Begin to load the record of person `i`, who is next but a few: hides the time that memory takes."""


def fetch_clocks(w: World, i: int) -> None:
    """Begin to load the clocks of person `i`."""


def fetch_stay(w: World, row: int) -> None:
    """Begin to load a stay."""


AHEAD = 6
"""How far ahead in a list records are asked for, so that they have come from memory when they are needed."""
