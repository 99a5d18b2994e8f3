"""The page on levers: a curve for each, on shared draws of the prior, with a sentence from the mechanisms."""

from __future__ import annotations

import io
import math
from concurrent.futures import ThreadPoolExecutor

import matplotlib
import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from docs.build.generated_parts import DOCS, table, wrapped
from docs.build.registry import Files, page
from experiments.uncertainty.prior_sample import prior_draws
from scenarios import load
from simulation import VERSION, simulate

REPLICATIONS = 100

OUTCOMES = (
    "patient_initiated_discharge", "readmission_30d", "linkage_30d", "reach", "missed_visits", "peer_high_burnout",
    "peer_exits_per_year", "worker_harms_per_year", "programme_cost",
)  # fmt: skip

LEVERS: dict[str, tuple[str, tuple[str, ...], dict[str, tuple[str, ...]]]] = {
    "peer posts": (
        "Reach rises until most people who would accept are met, then flattens; with few posts lists are long, "
        "visits are missed and workers burn out, and both ease with posts. Cost is linear.",
        (),
        {str(n): (f"programme.peers={n}",) for n in (0, 1, 2, 4, 6, 10, 20, 40)},
    ),
    "workers per supervisor": (
        "Fewer supervisors share their hours among more workers, so that adequacy and its worth fall while cost falls; "
        "what supervision is worth for exits and burnout is small and of both signs in the prior.",
        ("programme.peers=12",),
        {f"{n:g}": (f"programme.peers_per_supervisor={n}",) for n in (1.0, 2.0, 4.0, 6.0, 12.0)},
    ),
    "supervision, hours a week": (
        "Hours have less and less to give and are taken up to a limit; beyond it they cost and do nothing.",
        (),
        {f"{n:g}": (f"programme.supervision_hours_per_week={n}",) for n in (0.0, 2.0, 6.0, 12.0, 40.0)},
    ),
    "follow-up, days": (
        "More days mean longer lists: contacts crowd out one another and bedside visits once minutes are short, so "
        "that the gain flattens where staff does not grow with it.",
        (),
        {str(n): (f"programme.follow_up_days={n}",) for n in (0, 30, 90, 180, 365)},
    ),
    "follow-up, days, ample staff": (
        "With ample staff nothing is crowded out; the gain flattens because people are lost in time and the dose fades "
        "after the last contact.",
        ("programme.peers=30",),
        {str(n): (f"programme.follow_up_days={n}",) for n in (0, 30, 90, 180, 365)},
    ),
    "caseload cap": (
        "A low cap turns people away (reach falls); a very high one weighs on workers and makes work worse.",
        (),
        {str(n): (f"programme.caseload_cap={n}",) for n in (5, 15, 25, 60, 150)},
    ),
    "door": (
        "Clinicians refer by the credibility that they give the role, workers search by themselves; both reach most.",
        (),
        {door: (f'programme.door="{door}"',) for door in ("clinician", "proactive", "both")},
    ),
    "places of work": (
        "Workers on units meet people longest; those in the emergency department meet many briefly; those in the "
        "community meet people after discharge and take over people whom colleagues met, with most of the trust.",
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
        "Trust begins faster with lived experience and ends at the same level; credibility starts lower and strain is "
        "a little higher, so that the two differ little and by draws.",
        (),
        {
            "6 peers": (),
            "3 and 3": ("programme.peers=3", "programme.navigators=3"),
            "6 navigators": ("programme.peers=0", "programme.navigators=6"),
        },
    ),
    "shift, minutes": (
        "Longer shifts fit more in, and hours beyond forty a week tire: burnout, absence and exits rise.",
        (),
        {str(n): (f"programme.shift_minutes={n}",) for n in (240, 450, 600, 720)},
    ),
    "days a week": (
        "As for shifts: more days fit more in and tire.",
        (),
        {str(n): (f"programme.days_per_week={n}",) for n in (3, 5, 7)},
    ),
    "training, hours": (
        "Training raises the skill with which workers begin, up to 80 hours; with years on the job it matters less.",
        (),
        {f"{n:g}": (f"programme.training_hours={n}",) for n in (0.0, 40.0, 80.0)},
    ),
    "autonomy": (
        "Workers who must report use are trusted less, so that the dose of a meeting is smaller.",
        (),
        {f"{n:g}": (f"programme.autonomy={n}",) for n in (0.0, 0.5, 1.0)},
    ),
    "boundaries": (
        "Clear limits make the role clear, ease strain by people of the own circle and prevent incidents.",
        (),
        {f"{n:g}": (f"programme.boundary_practice={n}",) for n in (0.0, 0.5, 1.0)},
    ),
}
"""Lever → (why its curve is as it is, settings around it, its levels)."""

HEAD = """# Levers of model {version}

Each lever of a plan over its range, the rest as in `bridge`: means over {replications} runs, each with a draw of the
*prior* (uncalibrated) and with the same draws and people at every level. Chance and draws are shared, so that
differences between levels are known better than levels: bars in the pictures are 95 % intervals of the difference from
the first level in the same runs. Written by `python -m docs.build levers`.
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
            axes.errorbar(at, means, yerr=1.96 * error, color="#0b5fa5", marker="o", markersize=3, capsize=2)
            axes.set_title(title, fontsize=8, loc="left")
            axes.set_xticks(at, levels, rotation=0 if max(map(len, levels)) < 6 else 20)
            axes.spines[["top", "right"]].set_visible(False)
            axes.margins(y=0.15)
            if panel >= len(SHOWN) - ACROSS:
                axes.set_xlabel(lever)
        made = io.StringIO()
        figure.savefig(made, format="svg", metadata={"Date": None, "Title": lever})
    return made.getvalue()


def one(settings: tuple[str, ...], replication: int) -> list[float]:
    """Outcomes of one run."""
    run = simulate(
        load("bridge", ("run.days=365", *settings)),
        replication=replication,
        parameters=prior_draws("people_who_use_drugs", REPLICATIONS).of(2 * replication),
    )
    return [run.values[name] for name in OUTCOMES]


@page("levers", long=True, compared=False)
def levers() -> Files:
    """The page on levers and its pictures."""
    parts = [wrapped(HEAD.format(version=VERSION, replications=REPLICATIONS))]
    rows_of: dict[tuple[str, str], list[list[float]]] = {}
    jobs = [
        ((lever, level), (*around, *settings), replication)
        for replication in range(REPLICATIONS)  # outside, so that levels share the state on day 0
        for lever, (_, around, levels) in LEVERS.items()
        for level, settings in levels.items()
    ]
    with ThreadPoolExecutor(2) as pool:
        for (key, _, _), row in zip(jobs, pool.map(lambda job: one(job[1], job[2]), jobs), strict=True):
            rows_of.setdefault(key, []).append(row)
    files: Files = {}
    for lever, (why, around, levels) in LEVERS.items():
        found = {level: np.array(rows_of[lever, level]) for level in levels}
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
