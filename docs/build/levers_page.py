"""The page on levers: a curve for each, on shared draws of the prior, with a sentence from the mechanisms."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

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
        {f"{n:g}": (f"programme.peers_per_supervisor={n}",) for n in (1.0, 2.4, 4.0, 12.0)},
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

HEAD = """# Levers of model 1.0

Each lever of a plan over its range, the rest as in `bridge`: means over {replications} runs, each with a draw of the
*prior* (uncalibrated) and with the same draws and people at every level. Chance and draws are shared, so that
differences between levels are known better than levels. Written by `python -m docs.build levers`.

Model {version}.
"""


def one(settings: tuple[str, ...], replication: int) -> list[float]:
    """Outcomes of one run."""
    values = prior_draws("people_who_use_drugs", REPLICATIONS).of(2 * replication)
    run = simulate(load("bridge", ("run.days=365", *settings)), 0, replication=replication, parameters=values)
    return [run.values[name] for name in OUTCOMES]


@page("levers", long=True, compared=False)
def levers() -> Files:
    """The page on levers."""
    parts = [HEAD.format(version=VERSION, replications=REPLICATIONS)]
    found: dict[tuple[str, str], list[list[float]]] = {}
    jobs = [
        ((lever, level), (*around, *settings), replication)
        for replication in range(REPLICATIONS)  # outside, so that levels share the state on day 0
        for lever, (_, around, levels) in LEVERS.items()
        for level, settings in levels.items()
    ]
    with ThreadPoolExecutor(2) as pool:
        for (key, _, _), row in zip(jobs, pool.map(lambda job: one(job[1], job[2]), jobs), strict=True):
            found.setdefault(key, []).append(row)
    for lever, (why, around, levels) in LEVERS.items():
        rows = []
        for level in levels:
            values = np.array(found[lever, level])
            with np.errstate(all="ignore"):
                means = np.nanmean(values, axis=0)
            rows.append([level, *(f"{mean:,.0f}" if mean > 1000 else f"{mean:.3f}" for mean in means)])
        around_words = f" ({', '.join(around)})" if around else ""
        parts.append(f"## {lever[0].upper()}{lever[1:]}{around_words}\n\n{why}\n")
        parts.append(table((lever, *OUTCOMES), rows) + "\n")
    return {DOCS / "explanation" / "levers.md": wrapped("\n".join(parts)) + "\n"}
