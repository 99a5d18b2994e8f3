"""Synthesis of the catchment population, the staff and the hospitals."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from simulation import clocks, draws, people
from simulation.clocks import tabulate
from simulation.config import Config
from simulation.kernel import entry, kernel
from simulation.processes import clinicians_change, workforce
from simulation.stages import community
from simulation.state import (
    AT_ED,
    AT_UNIT,
    DEATH,
    IN_COMMUNITY,
    LEAVE,
    NEVER,
    NURSE,
    OLDEST,
    OVERDOSE,
    PHYSICIAN,
    ROAMING,
    TO_COME,
    WAITING,
)

_AGES = (20, 25, 30, 35, 40, 45, 50, 55, 60, 65)
_MEN = (0.001301, 0.001776, 0.002332, 0.002791, 0.003353, 0.004175, 0.005666, 0.008348, 0.012458, 0.017897)
_WOMEN = (0.000496, 0.000699, 0.000988, 0.001324, 0.001803, 0.002352, 0.003407, 0.005040, 0.007658, 0.011018)


def mortality() -> npt.NDArray[np.float64]:
    """Background deaths a year as a hazard; shape (men and women, ages 0 to `OLDEST`).

    Probabilities of the US period life table 2022 (Social Security Administration, Trustees Report 2025), log-linear
    between the ages given, the same below 20, and growing on beyond 65 as from 60 to 65.
    """
    ages = np.arange(OLDEST + 1)
    made = np.empty((2, OLDEST + 1))
    for row, given in enumerate((_MEN, _WOMEN)):
        logs = np.log(-np.log1p(-np.array(given)))
        made[row] = np.interp(ages, _AGES, logs)
        old = ages > _AGES[-1]
        made[row][old] = logs[-1] + (logs[-1] - logs[-2]) / 5.0 * (ages[old] - _AGES[-1])
    return np.minimum(np.exp(made), 1.0)


@entry
def populate(w):
    """Fill the world before its first day: the first people, and the staff."""
    tabulate(w)
    for i in range(w.levers[0]["size"]):
        u = draws.uniform(w.levers[0]["key"], draws.HOSPITAL, i, 0, 0, 0)
        w.patients[i]["hospital"] = min(int(u * w.levers[0]["hospitals"]), w.levers[0]["hospitals"] - 1)
        people.make(w, i, -1, True)
        w.entries[i]["due"] = NEVER
        community.counted(w, i, 1)
        community.wake(w, i, -1)
    for j in range(len(w.clinicians)):
        clinicians_change.hire(w, j)
    for u in range(len(w.units)):
        w.units[u]["credibility"] = w.parameters[0]["clinicians_change.credibility_start"]
    vacate_posts(w)


@entry
def continue_from(w, there):
    """Begin the first day with the `there` people, the staff and the beds that usual care has left, posts vacant."""
    tabulate(w)
    for i in range(there):
        w.entries[i]["due"] = NEVER
        community.counted(w, i, 1)
        if w.patients[i]["place"] <= WAITING and not w.levers[0]["scan"]:
            clocks.put(w, i, clocks.first_due(w, i))
    vacate_posts(w)


@kernel
def vacate_posts(w):
    """All posts of workers are vacant on the first day of the programme."""
    for j in range(len(w.workers)):
        workforce.vacate(w, j, w.levers[0]["start_day"])


@entry
def joining(key, days, hospitals, per_day):
    """How many join in so many days, `per_day` of each hospital's population on average."""
    n = 0
    for day in range(days):
        for hospital in range(hospitals):
            n += draws.poisson_quantile(draws.uniform(key, draws.ARRIVALS, hospital, 0, day, 0), per_day)
    return n


@entry
def expect(w, there, per_day):
    """Enter who joins when, in the rows after the `there` people of the first day; rows left over stay empty."""
    key = w.levers[0]["key"]
    i = there
    for day in range(w.levers[0]["horizon"]):
        for hospital in range(w.levers[0]["hospitals"]):
            u = draws.uniform(key, draws.ARRIVALS, hospital, 0, day, 0)
            for _ in range(min(draws.poisson_quantile(u, per_day), len(w.patients) - i)):
                p = w.patients[i]
                p["hospital"] = hospital
                p["joined"] = day
                if not w.levers[0]["scan"]:
                    clocks.put(w, i, day)
                i += 1


@entry
def first_rate(w):
    """People who leave on a day, alive or not, by the hazards of the first people."""
    total = 0.0
    fatal = 1.0 - w.parameters[0]["after_discharge.overdose_survival"]
    for i in range(w.levers[0]["size"]):
        total += w.clocks[i, DEATH]["rate"] + w.clocks[i, LEAVE]["rate"] + w.clocks[i, OVERDOSE]["rate"] * fatal
    return total


@entry
def expected_leaving(w, day):
    """People who have left by `day`, as the sum of the hazards of leaving and death that people have lived through."""
    total = w.counts[0]["leaving"]
    fatal = 1.0 - w.parameters[0]["after_discharge.overdose_survival"]
    for i in range(len(w.patients)):
        p = w.patients[i]
        days = day - p["clock_day"]
        if p["place"] <= WAITING and days > 0:
            for k in (DEATH, LEAVE, OVERDOSE):
                if w.clocks[i, k]["rate"] > 0.0:
                    total += clocks.passed(w, i, k, days) * (fatal if k == OVERDOSE else 1.0)
    return total


def lay_out(config: Config, world: object) -> None:
    """Write hospitals, units, staff posts and supervisors into the empty arrays of `world`."""
    h = config.hospital
    units = world.units  # type: ignore[attr-defined]
    clinicians = world.clinicians  # type: ignore[attr-defined]
    per_hospital = h.units + 1
    index = np.arange(len(units))
    ed = index % per_hospital == 0
    units["hospital"] = index // per_hospital
    units["ed"] = ed
    units["beds"] = np.where(ed, 0, h.beds_per_unit)
    units["nurses"] = np.where(ed, h.ed_nurses, h.nurses_per_unit)
    units["physicians"] = np.where(ed, h.ed_physicians, h.physicians_per_unit)
    ends = np.cumsum(units["nurses"] + units["physicians"])
    units["first_nurse"] = ends - units["nurses"] - units["physicians"]
    units["first_physician"] = ends - units["physicians"]
    patients = world.patients  # type: ignore[attr-defined]
    patients["place"] = TO_COME
    for name in ("at", "worker", "slot", "stay", "known_worker"):
        patients[name] = -1
    patients["joined"] = NEVER
    world.entries["due"] = NEVER  # type: ignore[attr-defined]

    unit = np.repeat(index, units["nurses"] + units["physicians"])
    place = np.arange(len(clinicians)) - units["first_nurse"][unit]
    nurse = place < units["nurses"][unit]
    clinicians["unit"] = unit
    clinicians["profession"] = np.where(nurse, NURSE, PHYSICIAN)
    clinicians["post"] = (2 * unit + ~nurse) * 2048 + np.where(nurse, place, place - units["nurses"][unit])
    lay_out_programme(config, world)


def homes(posts: int, config: Config) -> list[int]:
    """Homes of `posts` posts by the largest remainder of the shares: unit, emergency department, community, roaming."""
    p = config.programme
    shares = {AT_UNIT: p.share_unit, AT_ED: p.share_ed, IN_COMMUNITY: p.share_community}
    shares[ROAMING] = max(0.0, 1.0 - sum(shares.values()))
    exact = {home: share * posts for home, share in shares.items()}
    whole = {home: int(x + 1e-9) for home, x in exact.items()}
    for home in sorted(exact, key=lambda k: (whole[k] - exact[k], k))[: posts - sum(whole.values())]:
        whole[home] += 1
    return [home for home, n in whole.items() for _ in range(n)]


def lay_out_programme(config: Config, world: object) -> None:
    """Write posts of workers and supervisors; posts are spread evenly over hospitals."""
    p, hospitals = config.programme, config.hospital.count
    workers = world.workers  # type: ignore[attr-defined]
    supervisors = world.supervisors  # type: ignore[attr-defined]
    row = 0
    for hospital in range(hospitals):
        world.workers_of[hospital] = row  # type: ignore[attr-defined]
        for navigator, posts in enumerate((p.peers, p.navigators)):
            mine = posts // hospitals + (hospital < posts % hospitals)
            for ordinal, home in enumerate(homes(mine, config)):
                x = workers[row]
                x["post"] = (hospital * 2 + navigator) * 20_001 + ordinal
                x["hospital"] = hospital
                x["home"] = home
                x["lived_experience"] = not navigator
                x["supervisor"] = row * len(supervisors) // len(workers)
                row += 1
    world.workers_of[hospitals] = row  # type: ignore[attr-defined]
    supervisors["span"] = np.bincount(workers["supervisor"], minlength=len(supervisors)) if len(workers) else 0
    k = np.arange(len(supervisors))
    share = p.supervisor_lived_experience
    supervisors["lived_experience"] = np.floor((k + 1) * share + 1e-9) > np.floor(k * share + 1e-9)
    supervisors["until"] = p.start_day
