"""Synthesis of the catchment population, the staff and the hospitals."""

from __future__ import annotations

from collections.abc import Sequence

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
    CLOSED,
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
    UNSUPERVISED,
    VACANT,
    WAITING,
    supervisors_of,
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
    hospitals = w.levers[0]["hospitals"]
    for i in range(w.levers[0]["size"]):
        u = draws.uniform(w.levers[0]["key"], draws.HOSPITAL, i, 0, 0, 0) * hospitals
        hospital = 0
        passed = w.weights[0]
        while u >= passed and hospital < hospitals - 1:
            hospital += 1
            passed += w.weights[hospital]
        w.patients[i]["hospital"] = hospital
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
    """All posts of workers are vacant on the first day of the programme; those of later phases are not there yet."""
    for j in range(len(w.workers)):
        if w.workers[j]["open"]:
            workforce.vacate(w, j, w.levers[0]["start_day"])
        else:
            w.workers[j]["state"] = VACANT
            w.workers[j]["until"] = NEVER


@entry
def joining(key, days, weights, per_day):
    """How many join in so many days, `per_day` of each hospital's population on average."""
    n = 0
    for day in range(days):
        for hospital in range(len(weights)):
            u = draws.uniform(key, draws.ARRIVALS, hospital, 0, day, 0)
            n += draws.poisson_quantile(u, per_day * weights[hospital])
    return n


@entry
def expect(w, there, per_day):
    """Enter who joins when, in the rows after the `there` people of the first day; rows left over stay empty."""
    key = w.levers[0]["key"]
    i = there
    for day in range(w.levers[0]["horizon"]):
        for hospital in range(w.levers[0]["hospitals"]):
            u = draws.uniform(key, draws.ARRIVALS, hospital, 0, day, 0)
            for _ in range(min(draws.poisson_quantile(u, per_day * w.weights[hospital]), len(w.patients) - i)):
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


def lay_out(config: Config, world: object) -> None:
    """Write hospitals, units, staff posts and supervisors into the empty arrays of `world`."""
    units = world.units  # type: ignore[attr-defined]
    clinicians = world.clinicians  # type: ignore[attr-defined]
    per_hospital = config.hospital.units + 1
    index = np.arange(len(units))
    ed = index % per_hospital == 0
    units["hospital"] = index // per_hospital
    units["ed"] = ed
    for hospital, site in enumerate(config.sites):
        first = hospital * per_hospital  # a hospital with fewer units than others has rows without beds and staff
        wards = slice(first + 1, first + 1 + site.units)
        units["nurses"][first], units["physicians"][first] = site.ed_nurses, site.ed_physicians
        units["inpatient_units"][first] = site.units
        units["boarding_places"][first] = site.boarding_places
        units["beds"][wards] = site.beds_per_unit
        units["nurses"][wards], units["physicians"][wards] = site.nurses_per_unit, site.physicians_per_unit
        units["background_mean"][wards] = site.background_occupancy
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
    whole = rounded(posts, list(shares.values()))
    return [home for home, n in zip(shares, whole, strict=True) for _ in range(n)]


def rounded(posts: int, shares: Sequence[float]) -> list[int]:
    """Whole posts by shares that add up to 1: the largest remainders are rounded up, the first of equals first."""
    exact = [share * posts for share in shares]
    whole = [int(x + 1e-9) for x in exact]
    order = sorted(range(len(exact)), key=lambda k: (round(whole[k] - exact[k], 9), k))
    for k in order[: posts - sum(whole)]:
        whole[k] += 1
    return whole


def posts_of_hospitals(posts: int, config: Config) -> list[int]:
    """Posts of each hospital, in proportion to `posts` of the hospitals and whole."""
    weights = [site.posts for site in config.sites]
    return rounded(posts, [weight / sum(weights) for weight in weights])


def lay_out_programme(config: Config, world: object) -> None:
    """Write posts of workers and supervisors: every post that any phase has, and which phase has which."""
    workers = world.workers  # type: ignore[attr-defined]
    supervisors = world.supervisors  # type: ignore[attr-defined]
    roster = world.roster  # type: ignore[attr-defined]
    phases = world.phases  # type: ignore[attr-defined]
    row = 0
    for hospital, kinds in enumerate(homes_of_posts(config)):
        world.workers_of[hospital] = row  # type: ignore[attr-defined]
        for navigator, by_phase in enumerate(kinds):
            most = {home: max(there.count(home) for there in by_phase) for home in dict.fromkeys(sum(by_phase, []))}
            ordinal = 0
            for home in sorted(most):
                for number in range(most[home]):
                    x = workers[row]
                    x["post"] = (hospital * 2 + navigator) * 20_001 + ordinal
                    x["hospital"] = hospital
                    x["home"] = home
                    x["lived_experience"] = not navigator
                    for phase, there in enumerate(by_phase):
                        roster[phase, row] = UNSUPERVISED if number < there.count(home) else CLOSED
                    ordinal += 1
                    row += 1
    world.workers_of[config.hospital.count] = row  # type: ignore[attr-defined]
    for number, now in enumerate(config.plan):
        phases[number] = (now.day, now.follow_up_days, supervisors_of(config, now))
        held = np.flatnonzero(roster[number] != CLOSED)
        if phases[number]["supervisors"] > 0:
            roster[number, held] = np.arange(len(held)) * phases[number]["supervisors"] // max(len(held), 1)
    if len(phases) > len(config.plan):  # the programme is over
        phases[-1] = (config.last_day, phases[-2]["follow_up_days"], 0)
        roster[-1] = CLOSED
    workers["open"] = roster[0] != CLOSED
    workers["supervisor"] = np.maximum(roster[0], UNSUPERVISED)
    supervised = workers["supervisor"][workers["supervisor"] >= 0]
    supervisors["span"] = np.bincount(supervised, minlength=len(supervisors))
    k = np.arange(len(supervisors))
    share = config.programme.supervisor_lived_experience
    supervisors["lived_experience"] = np.floor((k + 1) * share + 1e-9) > np.floor(k * share + 1e-9)
    supervisors["open"] = k < phases[0]["supervisors"]
    supervisors["until"] = np.where(supervisors["open"], config.first_day, NEVER)


def homes_of_posts(config: Config) -> list[list[list[list[int]]]]:
    """Homes of the posts by hospital, kind (peers, navigators) and phase of `config.plan`."""
    found: list[list[list[list[int]]]] = [[[], []] for _ in config.sites]
    for phase in config.plan:
        for kind, number in enumerate((phase.peers or 0, phase.navigators or 0)):
            for hospital, mine in enumerate(posts_of_hospitals(number, config)):
                found[hospital][kind].append(homes(mine, config))
    return found


def rows_of_posts(config: Config) -> int:
    """Rows of workers that all phases together need."""
    n = 0
    for kinds in homes_of_posts(config):
        for by_phase in kinds:
            n += sum(max(there.count(home) for there in by_phase) for home in (AT_UNIT, AT_ED, IN_COMMUNITY, ROAMING))
    return n


def hospital_weights(config: Config) -> npt.NDArray[np.float64]:
    """People of each hospital against the mean of all; shape (hospitals,)."""
    people = np.array([site.people for site in config.sites])
    weights: npt.NDArray[np.float64] = people / people.mean()
    return weights


def months(config: Config) -> npt.NDArray[np.float64]:
    """Ratio of demand in each month, with mean 1; shape (12,)."""
    ratios = np.array(config.population.seasons or (1.0,) * 12)
    made: npt.NDArray[np.float64] = ratios / ratios.mean()
    return made
