"""How long people of each frailty stay in the population: hazards of leaving it that usual care itself makes.

The first people are those who joined at some time and are still there, so that their making needs the hazards at which
people of each frailty die, at home, in hospital and just after it, and move away. These follow from everything in the
model. Usual care is therefore run once for no other purpose, and what its people have lived through in the second half
of that time, as expectations and not as deaths, makes the table of hazards by frailty from which the first people of
the actual run are drawn. For that first time the table holds what the rates of the studies say alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

from simulation import clocks, draws, traits
from simulation.config import Mechanisms
from simulation.kernel import entry, kernel
from simulation.processes.after_discharge import REFERENCE_MORTALITY
from simulation.state import DEAD, DEATH, LEAVE, OVERDOSE, STAYING, TO_COME, WAITING

GROUPS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998)
"""Quantiles of frailty between the groups of people whose hazards are measured."""

LEAST = 1e-6
"""Smallest hazard a year of the table, so that its logarithm is finite."""

YEARS, BACKGROUND, AT_HOME, IN_HOSPITAL, OVERDOSED, GOING = range(6)
"""Columns of what a person has lived through: years, background mortality, death from other causes at home and in
hospital, fatal overdose, and leaving alive; the last five as cumulative hazards."""


@kernel
def background(w, woman, age):
    """Background mortality lived through up to an exact age, as a cumulative hazard."""
    oldest = w.mortality.shape[1] - 1
    whole = min(int(age), oldest)
    return w.lived[woman, whole] - (whole + 1.0 - age) * w.mortality[woman, whole]


@kernel
def exponential_of(w, i, k, ordinal):
    """The threshold that clock `k` of person `i` was first given, or after so many events."""
    return draws.exponential(w.levers[0]["key"], draws.CLOCK, i, ordinal, 0, k)


@entry
def live_through(w, day, lived):
    """Fill `lived`, one row for each person, with what has been lived through from day 0 to the evening of `day`."""
    fatal = 1.0 - w.parameters[0]["after_discharge.overdose_survival"]
    lived[:, :] = 0.0
    for row in range(w.counts[0]["stays"]):
        s = w.stays[row]
        _, first = draws.uniform_pair(w.levers[0]["key"], draws.STAY, s["person"], s["ordinal"], 0, 1)
        lived[s["person"], IN_HOSPITAL] += -math.log(first) - s["left_death"]
    for i in range(len(w.patients)):
        p = w.patients[i]
        if p["place"] == TO_COME:
            continue
        last = np.int64(day)
        if p["place"] >= DEAD:
            last = np.int64(max(p["clock_day"], p["discharge_day"]))
        begin = np.int64(max(p["joined"], -1))
        lived[i, YEARS] = (last - begin) / 365.0
        woman = p["woman"]
        lived[i, BACKGROUND] = background(w, woman, traits.age(w, i, last)) - background(
            w, woman, traits.age(w, i, begin)
        )
        days = last - p["clock_day"] if p["place"] <= WAITING else 0
        for k, column in ((DEATH, AT_HOME), (LEAVE, GOING), (OVERDOSE, OVERDOSED)):
            total = -w.clocks[i, k]["left"]
            if days > 0 and w.clocks[i, k]["rate"] > 0.0:
                total += clocks.passed(w, i, k, days)
            for ordinal in range(p["overdoses"] + 1 if k == OVERDOSE else 1):
                total += exponential_of(w, i, k, ordinal)
            lived[i, column] = total * (fatal if k == OVERDOSE else 1.0)


@kernel
def hazards(w, i):
    """Of a candidate: death over background, as a ratio; death in hospital and by overdose and leaving, a year."""
    x = math.log(w.patients[i]["frailty"])
    rows = w.staying
    last = len(rows) - 1
    j = 0
    while j < last - 1 and rows[j + 1]["frailty"] < x:
        j += 1
    a = rows[j]
    b = rows[j + 1]
    wide = b["frailty"] - a["frailty"]
    share = min(max((x - a["frailty"]) / wide, 0.0), 1.0) if wide > 0.0 else 0.0
    ratio = math.exp(math.log(a["ratio"]) * (1.0 - share) + math.log(b["ratio"]) * share)
    hospital = math.exp(math.log(a["hospital"]) * (1.0 - share) + math.log(b["hospital"]) * share)
    overdose = math.exp(math.log(a["overdose"]) * (1.0 - share) + math.log(b["overdose"]) * share)
    return ratio, hospital, overdose * w.patients[i]["overdose_proneness"], a["leaving"]


def assumed(values: Mapping[str, float], on: Mechanisms) -> npt.NDArray[Any]:
    """The table by the rates of the studies alone: no stays, and the usual mix of care and use; dtype `STAYING`."""
    rows = np.zeros(len(GROUPS) + 1, STAYING)
    edges = (0.0, *GROUPS, 1.0)
    middle = [NormalDist().inv_cdf((a + b) / 2) for a, b in zip(edges, edges[1:])]
    sd = values["population.frailty_sd"]
    rows["frailty"] = sd * np.array(middle) - 0.5 * sd * sd
    rows["ratio"], rows["hospital"], rows["overdose"] = 1.0, LEAST, LEAST
    care = values["population.in_care"]
    if on.after_discharge:
        excess = care * values["after_discharge.death_in"] + (1.0 - care) * values["after_discharge.death_out"]
        frail = np.exp(values["after_discharge.death_frailty"] * rows["frailty"])
        rows["ratio"] += excess / REFERENCE_MORTALITY * frail
        overdose = care * values["after_discharge.overdose_in"] + (1.0 - care) * values["after_discharge.overdose_out"]
        rows["overdose"] = max(overdose * (1.0 - values["after_discharge.overdose_survival"]), LEAST)
    rows["leaving"] = values["turnover.moves"] * 0.7 + values["turnover.stops"]
    rows["in_care"], rows["using"] = care, values["after_discharge.using_at_start"]
    return rows


def measured(patients: npt.NDArray[Any], lived: npt.NDArray[np.float64], before: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The table by what people have lived through.

    Args:
        patients: The people at the end of the time measured; dtype `PATIENT`.
        lived: What each has lived through in it; shape (people, 6), columns from `YEARS` on.
        before: The table with which they were made, kept where nobody was.

    Returns:
        Rows of dtype `STAYING` in the order of frailty, one for each group; frailty is the mean of its log.
    """
    some = lived[:, YEARS] > 0.0
    people, lived = patients[some], lived[some]
    if not len(people):
        return before
    there = people[people["place"] < DEAD]
    log = np.log(people["frailty"])
    group = np.searchsorted(np.quantile(log, GROUPS), log, side="right")
    rows = before.copy()
    for g in range(len(rows)):
        mine, years = lived[group == g].sum(axis=0), lived[group == g, YEARS]
        if years.sum() <= 0.0:
            rows[g] = rows[max(g - 1, 0)]  # fewer people than groups
            continue
        rows["frailty"][g] = np.average(log[group == g], weights=years)
        rows["ratio"][g] = max(mine[AT_HOME] / max(mine[BACKGROUND], LEAST), LEAST)
        rows["hospital"][g] = max(mine[IN_HOSPITAL] / mine[YEARS], LEAST)
        prone = float(years @ people["overdose_proneness"][group == g])
        rows["overdose"][g] = max(mine[OVERDOSED] / max(prone, LEAST), LEAST)
    rows["leaving"] = max(lived[:, GOING].sum() / lived[:, YEARS].sum(), 0.0)
    if len(there):
        rows["in_care"], rows["using"] = there["in_care"].mean(), there["using"].mean()
    rows.sort(order="frailty")
    return rows
