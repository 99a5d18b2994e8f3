"""The page on levers: a curve for each, on shared draws of the prior, with a sentence from the mechanisms."""

from __future__ import annotations

import io
import math
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import matplotlib
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.figure import Figure

from docs.build.generated_parts import DOCS, table, wrapped
from docs.build.registry import Files, page
from experiments.uncertainty.prior_sample import prior_draws
from scenarios import load
from simulation import VERSION, simulate

REPLICATIONS = 100

OUTCOMES = (
    "patient_initiated_discharge", "readmission_30d", "linkage_30d", "admissions_per_1000_person_years", "reach",
    "missed_visits", "contacts_made_per_enrolled", "supervision_adequacy", "peer_high_burnout", "peer_exits_per_year",
    "worker_harms_per_year", "programme_cost",
)  # fmt: skip

LEVERS: dict[str, tuple[str, tuple[str, ...], dict[str, tuple[str, ...]]]] = {
    "peer posts": (
        "Reach rises with each post and flattens between 20 and 40, where almost everybody who accepts is met; "
        "fewer visits are missed, early departure and readmission fall and linkage rises with reach, and flatten "
        "with it. Burnout eases because load (work asked for over minutes) falls. Harms of workers and cost rise "
        "with posts, because they are counted for the whole programme and not for each worker.",
        (),
        {str(n): (f"programme.peers={n}",) for n in (0, 1, 2, 4, 6, 10, 20, 40)},
    ),
    "workers per supervisor": (
        "Supervisors' hours are shared, so adequacy falls to less than half and high burnout rises a little, "
        "through climate and isolation. Missed visits fall slightly, because minutes of supervision are minutes of "
        "the shift. Patients' outcomes are flat: what burnout takes from visits and what the minutes give back are "
        "both small, and the effects of supervision lie on both sides of nothing in the prior.",
        ("programme.peers=12",),
        {f"{n:g}": (f"programme.peers_per_supervisor={n}",) for n in (1.0, 2.0, 4.0, 6.0, 12.0)},
    ),
    "supervision, hours a week": (
        "Adequacy rises with less and less to gain and hardly at all beyond twelve hours, where minutes are not "
        "taken up; high burnout falls as far. Missed visits rise and contacts fall, because supervision takes "
        "minutes of the shift; both cancel for patients, whose outcomes are flat. Beyond twelve hours only cost "
        "rises: hours are paid as set.",
        (),
        {f"{n:g}": (f"programme.supervision_hours_per_week={n}",) for n in (0.0, 2.0, 6.0, 12.0, 40.0)},
    ),
    "follow-up, days": (
        "Of odd sign: with six posts longer follow-up fills the lists up to the cap, so that fewer people in "
        "hospital are offered a worker. Reach falls by more than half, and early departure, linkage and readmission "
        "get slightly worse, because what contact months later adds is less than what visits at the bedside and in "
        "the first days at home gave. Beyond 180 days most people are out of touch, so that the curves flatten.",
        (),
        {str(n): (f"programme.follow_up_days={n}",) for n in (0, 30, 90, 180, 365)},
    ),
    "follow-up, days, ample staff": (
        "With 30 posts reach hardly depends on follow-up, but most draws of the prior give contact a small effect "
        "and some a harmful one: readmission falls by a few thousandths, which 50 draws do not tell from nothing, "
        "and linkage rises a little up to 90 days. What there is comes with the first 30 days: people are lost in "
        "time, the risk of coming back is highest in the first weeks, and the dose fades after the last contact. "
        "Burnout, exits and harms of workers rise with the longer lists.",
        ("programme.peers=30",),
        {str(n): (f"programme.follow_up_days={n}",) for n in (0, 30, 90, 180, 365)},
    ),
    "caseload cap": (
        "A low cap turns people away: reach, linkage and readmission are near those of no workers at all. A higher "
        "one lets workers see more people in hospital and keep less in touch with each after discharge, which is "
        "the better use of few minutes, while longer lists tire: high burnout, exits and harms rise. Beyond 60 the "
        "curve is flat because minutes are short before the cap is reached.",
        (),
        {str(n): (f"programme.caseload_cap={n}",) for n in (5, 15, 25, 60, 150)},
    ),
    "door": (
        "Searching finds more people than referral, which waits for clinicians to give the role credit; both "
        "together find most. The outcomes of patients do not follow: minutes are the limit, more visits are missed "
        "and each person has fewer contacts, so that the three doors cannot be told apart there.",
        (),
        {door: (f'programme.door="{door}"',) for door in ("clinician", "proactive", "both")},
    ),
    "places of work": (
        "Workers on units reach most stays. Those in the emergency department meet many people who are not "
        "admitted, whom reach does not count. Workers in the community alone reach no stay: they take over people "
        "whom colleagues met, and with no colleagues they see few, so that outcomes are nearly those of no workers. "
        "Half and half costs some reach and gives more contacts. Workers who roam are asked for in every place, so "
        "that they miss most, and do about as well as those on units.",
        (),
        {
            "units": ("programme.share_unit=1",),
            "emergency department": ("programme.share_unit=0", "programme.share_ed=1"),
            "community": ("programme.share_unit=0", "programme.share_community=1"),
            "units and community": ("programme.share_unit=0.5", "programme.share_community=0.5"),
            "all roam": ("programme.share_unit=0",),
        },
    ),
    "navigators for peers": (
        "Patients' outcomes cannot be told apart: trust begins faster with lived experience, credibility starts "
        "lower, and both have priors that reach across nothing. Navigators have somewhat fewer harms, because a "
        "worker's return to use concerns people with lived experience only; neither that nor burnout or exits is "
        "beyond chance. Their supervision is more adequate, because half of the supervisors are clinicians, who "
        "match peers less. They cost more by their wage.",
        (),
        {
            "6 peers": (),
            "3 and 3": ("programme.peers=3", "programme.navigators=3"),
            "6 navigators": ("programme.peers=0", "programme.navigators=6"),
        },
    ),
    "shift, minutes": (
        "Longer shifts miss fewer visits and give more contacts, so that outcomes of patients get slightly better; "
        "hours beyond forty a week tire, and high burnout, exits and harms rise.",
        (),
        {str(n): (f"programme.shift_minutes={n}",) for n in (240, 450, 600, 720)},
    ),
    "days a week": (
        "As for shifts: more days miss fewer visits and give more contacts, and outcomes of patients get slightly "
        "better; seven days tire much more than five, because they pass forty hours a week.",
        (),
        {str(n): (f"programme.days_per_week={n}",) for n in (3, 5, 7)},
    ),
    "training, hours": (
        "Nearly flat, and no outcome of patients can be told apart from no training: it raises only the skill with "
        "which workers begin, which those in post have learned on the job, so that only newcomers gain.",
        (),
        {f"{n:g}": (f"programme.training_hours={n}",) for n in (0.0, 40.0, 80.0)},
    ),
    "autonomy": (
        "Workers who need not report use are trusted more, so that people stay in touch; as lists fill, reach falls "
        "slightly. Both are small and cancel: outcomes of patients are flat.",
        (),
        {f"{n:g}": (f"programme.autonomy={n}",) for n in (0.0, 0.5, 1.0)},
    ),
    "boundaries": (
        "High burnout falls steadily, and exits and harms with it: clear limits make the role clear and ease strain "
        "by people of the own circle. Less tired workers make more contacts and miss fewer, and linkage rises "
        "slightly; on other outcomes of patients this is too small to be seen.",
        (),
        {f"{n:g}": (f"programme.boundary_practice={n}",) for n in (0.0, 0.5, 1.0)},
    ),
}
"""Lever → (why its curve is as it is, settings around it, its levels)."""

HEAD = """# Levers of model {version}

Each lever of a plan over its range, the rest as in `bridge`: means over {replications} runs, each with a draw of the
*prior* (uncalibrated) and with the same draws and people at every level. Chance and draws are shared, so that
differences between levels are known better than levels: bars in the pictures are 95 % intervals of the difference from
the first level in the same runs; levels stand side by side, not to scale.
The sentences were written after the curves had been looked at. Columns are those of
[outcomes](../reference/outcomes.md). Runs are made by `python -m docs.build.levers_page FOLDER`, the page by
`python -m docs.build levers --from FOLDER`.
"""

SHOWN = {
    "patient_initiated_discharge": "left early, share",
    "readmission_30d": "readmitted in 30 days, share",
    "linkage_30d": "in care in 30 days, share",
    "reach": "reached, share",
    "peer_high_burnout": "high burnout, share",
    "worker_harms_per_year": "workers' harms a year",
}
"""Outcomes of the pictures → what stands above each."""

ACROSS = 3

STYLE = {"svg.hashsalt": "levers", "svg.fonttype": "none", "font.size": 8, "font.family": "sans-serif"}


def picture(lever: str, levels: list[str], found: dict[str, npt.NDArray[np.float64]]) -> str:
    """Curves of one lever as SVG: means, with intervals of the difference from the first level."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(8.0, 4.2), layout="constrained")
        for panel, (name, title) in enumerate(SHOWN.items()):
            axes = figure.add_subplot(math.ceil(len(SHOWN) / ACROSS), ACROSS, panel + 1)
            values = np.array([found[level][:, OUTCOMES.index(name)] for level in levels])
            known = np.isfinite(values)
            count = np.maximum(known.sum(axis=1), 1)
            means = np.where(known, values, 0.0).sum(axis=1) / count
            means[known.sum(axis=1) == 0] = np.nan
            first = next((k for k in range(len(levels)) if known[k].any()), 0)
            apart = values - values[first]
            both = np.isfinite(apart)
            with np.errstate(all="ignore"):
                spread = np.where(both, apart, 0.0) - (np.where(both, apart, 0.0).sum(axis=1) / count)[:, None]
                error = np.sqrt(np.where(both, spread**2, 0.0).sum(axis=1) / np.maximum(count - 1, 1) / count)
            at = np.arange(len(levels))
            line = "-" if levels[-1].replace(".", "").isdigit() else "none"  # levels without an order have no curve
            axes.errorbar(at, means, yerr=1.96 * error, color="#0b5fa5", fmt="o", ls=line, markersize=3, capsize=2)
            axes.set_title(title, fontsize=8, loc="left")
            axes.set_xticks(at, levels)
            if max(map(len, levels)) > 5:
                axes.set_xticks(at, levels, rotation=30, ha="right", fontsize=6)
            axes.spines[["top", "right"]].set_visible(False)
            axes.margins(y=0.15)
            if panel >= len(SHOWN) - ACROSS:
                axes.set_xlabel(lever)
        made = io.StringIO()
        figure.savefig(made, format="svg", metadata={"Date": None, "Title": lever})
    return made.getvalue()


def records(folder: Path, replications: int = REPLICATIONS) -> None:
    """Run every level of every lever and write `folder`/`version`-`replication`.csv, one file a replication.

    Replications whose file is there are not run again, so that the runs can be stopped and gone on with.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for replication in range(replications):
        file = folder / f"{VERSION}-{replication:03d}.csv"
        if file.exists():
            continue
        jobs = [
            (lever, level, (*around, *settings))
            for lever, (_, around, levels) in LEVERS.items()
            for level, settings in levels.items()
        ]

        def one(job: tuple[str, str, tuple[str, ...]], replication: int = replication) -> list[object]:
            lever, level, settings = job
            parameters = prior_draws("people_who_use_drugs", REPLICATIONS).of(2 * replication)
            run = simulate(load("bridge", ("run.days=365", *settings)), replication=replication, parameters=parameters)
            return [lever, level, *(run.values[name] for name in OUTCOMES)]

        with ThreadPoolExecutor(2) as pool:  # the first alone makes the state on day 0 that all share
            made = [one(jobs[0]), *pool.map(one, jobs[1:])]
        unfinished = file.with_suffix(".part")
        pd.DataFrame(made, columns=["lever", "level", *OUTCOMES]).to_csv(unfinished, index=False)
        unfinished.rename(file)


@page("levers", needs=("records",), compared=False)
def levers(folder: Path) -> Files:
    """The page on levers and its pictures, from the records of `python -m docs.build.levers_page FOLDER`."""
    found_files = sorted(folder.glob(f"{VERSION}-*.csv"))
    table_of = pd.concat([pd.read_csv(file, dtype={"level": str}) for file in found_files])
    parts = [wrapped(HEAD.format(version=VERSION, replications=len(found_files))) + "\n"]
    files: Files = {}
    for lever, (why, around, levels) in LEVERS.items():
        rows_of = table_of[table_of.lever == lever]
        found = {level: rows_of.loc[rows_of.level == level, list(OUTCOMES)].to_numpy() for level in levels}
        rows = []
        for level in levels:
            known = [column[np.isfinite(column)] for column in found[level].T]
            rows.append([level, *(_cell(float(values.mean())) if len(values) else "" for values in known)])
        around_words = f" ({', '.join(around)})" if around else ""
        file = f"lever-{lever.replace(',', '').replace(' ', '-')}.svg"
        files[DOCS / "images" / file] = picture(lever, list(levels), found)
        parts.append(f"## {lever[0].upper()}{lever[1:]}{around_words}\n\n{why}\n")
        parts.append(f"![Outcomes by {lever}](../images/{file})\n")
        parts.append(table((lever, *OUTCOMES), rows) + "\n")
    return {DOCS / "explanation" / "levers.md": wrapped("\n".join(parts)) + "\n", **files}


def _cell(mean: float) -> str:
    return f"{mean:,.0f}" if mean > 1000 else f"{mean:.3f}"


if __name__ == "__main__":
    records(Path(sys.argv[1]))
