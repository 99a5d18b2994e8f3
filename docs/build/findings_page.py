"""The page on what model 1.0 changed: each finding in model 0.5 beside the same figure now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

import numpy as np
import pandas as pd

from docs.build.generated_parts import DOCS, filled, table
from docs.build.registry import Files, page
from experiments.uncertainty.prior_sample import prior_draws
from scenarios import load
from simulation import VERSION, Result, simulate
from simulation.effects import WORKER_EFFECTS

SEEDS = 20

SCHEDULES = {"monthly": 30, "weekly": 7, "twice a week": 3, "daily": 1}
"""Contacts after discharge, in words → every how many days."""

AMPLE = ("programme.peers=30", "programme.follow_up_days=365")
"""Staff enough that no contact is missed for want of time."""


@cache
def _runs(scenario: str, settings: tuple[str, ...], parameters: tuple[tuple[str, float], ...] = ()) -> list[Result]:
    """The same people and chances for every plan."""
    config = load(scenario, ("run.days=365", *settings))
    return [simulate(config, replication=r, parameters=dict(parameters)) for r in range(SEEDS)]


def runs(scenario: str, *settings: str, parameters: Mapping[str, float] | None = None) -> list[Result]:
    """Runs of a scenario with settings and parameter values."""
    return _runs(scenario, settings, tuple(sorted((parameters or {}).items())))


def mean(of: Iterable[Result], outcome: str) -> float:
    """Mean of an outcome over runs."""
    return float(np.nanmean([run.values[outcome] for run in of]))


def _measured(run: Result) -> pd.DataFrame:
    """Discharges alive in the measured period of which the next 30 days were run."""
    stays = run.discharges
    whole = (stays["discharge_day"] >= run.config.run.warm_up_days) & (stays["discharge_day"] + 30 <= run.last_day)
    return stays[whole & (stays["discharge_type"] != "died")]


def in_contact(every: int) -> float:
    """Of people who went home with a worker, the share not out of touch 30 days later."""
    kept, counted = 0, 0
    for run in runs("bridge", *AMPLE, f"programme.contact_schedule=[[365, {every}]]"):
        stays = _measured(run)
        stays = stays.loc[stays["enrolled"], ["person", "discharge_day"]]
        events = run.events
        lost = events.loc[(events["event"] == "contact ends") & (events["detail"] == 2), ["person", "day"]]
        both = stays.reset_index().merge(lost, on="person")
        since = both["day"] - both["discharge_day"]
        gone = both.loc[(since > 0) & (since <= 30), "index"].nunique()
        kept, counted = kept + len(stays) - gone, counted + len(stays)
    return kept / counted


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %".replace("-", "−")


def _listed(values: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {_percent(value)}" for name, value in values.items())


def whole_effects() -> str:
    """How the priors of the whole effects lie about nothing."""
    draws = prior_draws("people_who_use_drugs")
    values = dict(zip(draws.names, draws.values.T, strict=True))
    said = []
    for name, words, good in (
        ("effect.bedside", "leaving early", -1), ("effect.planning", "first visit in care", 1),
        ("effect.follow_up", "acute need", -1),
    ):  # fmt: skip
        low, high = np.exp(np.quantile(values[name], [0.025, 0.975]))
        said.append(
            f"{words}: rate ratio {low:.2f} to {high:.2f} in 95 of 100 draws, a benefit in "
            f"{100 * (good * values[name] > 0).mean():.0f}"
        )
    return "; ".join(said)


def null_plan() -> str:
    """What an emergency-department plan whose workers change nothing does."""
    nothing = dict.fromkeys(WORKER_EFFECTS, 0.0)
    plan, usual = runs("ed-only", parameters=nothing), runs("usual-care", parameters=nothing)
    apart = {
        name: max(abs(a.values[name] - b.values[name]) for a, b in zip(plan, usual, strict=True))
        for name in ("linkage_30d", "overdoses_per_1000_person_years", "readmission_30d")
    }
    return "largest difference in any run: " + ", ".join(f"{name} {value:g}" for name, value in apart.items())


def whom() -> str:
    """Who is seen by the consult team and by workers."""
    usual = pd.concat([_measured(run) for run in runs("usual-care")])
    seen = usual.groupby("consulted")[["unhoused", "overdosed"]].mean()
    nothing = dict.fromkeys(WORKER_EFFECTS, 0.0)
    plan = pd.concat([_measured(run) for run in runs("bridge", parameters=nothing)])
    early = (plan["discharge_type"] == "patient-initiated").groupby(plan["seen"]).mean()
    return (
        f"unstable housing {_percent(seen.loc[True, 'unhoused'])} of people seen by the consult team, "
        f"{_percent(seen.loc[False, 'unhoused'])} of others; stays after an overdose "
        f"{_percent(seen.loc[True, 'overdosed'])} and {_percent(seen.loc[False, 'overdosed'])}, of odd sign. "
        f"Where workers change nothing, {_percent(early[True])} of people whom one saw leave early and "
        f"{_percent(early[False])} of others: a short stay still gives less time to be found"
    )


def visits() -> str:
    """Visits without need of a bed, and how unequal they are."""
    usual = runs("usual-care")
    minor = mean(usual, "minor_visits_per_1000_person_years") / mean(usual, "ed_visits_per_1000_person_years")
    shares = []
    for run in usual:
        counts = np.sort(
            run.events.loc[run.events["event"] == "arrives at emergency department", "person"].value_counts()
        )
        shares.append(counts[-len(counts) // 10 :].sum() / counts.sum())
    return (
        f"{_percent(minor)} of visits are without need of a bed; the tenth of visitors who come most make "
        f"{_percent(float(np.mean(shares)))} of all"
    )


def overdoses() -> str:
    """Overdose after an earlier one, against none."""
    after, before = np.zeros(2), np.zeros(2)
    for run in runs("usual-care"):
        half = (run.config.run.warm_up_days + run.last_day) // 2
        events = run.events[run.events["event"] == "overdose"]
        first = set(events.loc[(events["day"] < half) & (events["detail"] == 1), "person"])
        later = events.loc[events["day"] >= half, "person"]
        again = later.isin(first).sum()
        after += again, len(first)
        before += len(later) - again, len(run.frailty) - len(first)
    ratio = after[0] / after[1] / (before[0] / before[1])
    return f"people with an overdose in the first half of a run have {ratio:.1f} times the rate of others in the second"


def supervision() -> str:
    """Supervision of six workers by the ratio."""
    said = []
    for ratio in (2.4, 6, 100):
        of = runs("bridge", "programme.peers=6", f"programme.peers_per_supervisor={ratio}")
        minutes = np.mean(
            [run.daily["supervision_minutes"].sum() / run.daily["workers_in_post"].sum() * 7 for run in of]
        )
        said.append(
            f"at {ratio:g} {minutes:.0f} minutes a worker a week, adequacy {mean(of, 'supervision_adequacy'):.2f}"
        )
    return "six workers: " + "; ".join(said)


def hours() -> str:
    """High burnout by shift and days."""
    plans = {"37.5 hours a week": (450, 5), "60 hours": (720, 5), "84 hours": (720, 7)}
    found = {
        words: mean(
            runs("bridge", f"programme.shift_minutes={minutes}", f"programme.days_per_week={days}"), "peer_high_burnout"
        )
        for words, (minutes, days) in plans.items()
    }
    return "workers with high burnout: " + _listed(found)


def burnout() -> str:
    """What tired workers cost."""
    said = []
    for base in (0.05, 0.40):
        of = runs("bridge", parameters={"well_being.base": base})
        said.append(
            f"resting burnout {base:.2f}: missed {_percent(mean(of, 'missed_visits'))}, exits "
            f"{mean(of, 'peer_exits_per_year'):.2f} and harms {mean(of, 'worker_harms_per_year'):.2f} a year, reached "
            f"{_percent(mean(of, 'reach'))}"
        )
    return "; ".join(said)


def figures() -> str:
    """The table of findings: the figure of model 0.5 and the same figure now."""
    rows = [
        ("A plan that changes nothing", "kept 36 % of its gain in care and 66 % of overdoses averted", null_plan()),
        ("Effects of workers", "bounded at no harm", whole_effects()),
        (
            "Still in touch after 30 days, by how often is tried",
            "monthly 64 %, weekly 45 %, twice a week 39 %, daily 31 %",
            _listed({words: in_contact(every) for words, every in SCHEDULES.items()})
            + " (a loss is found when somebody tries, so late with monthly contacts)",
        ),
        (
            "Who is seen",
            "by length of stay alone: 10 % of people seen left early, 18 % of others, with no effect",
            whom(),
        ),
        ("Emergency visits", "one kind, about two for each admission of everybody", visits()),
        ("Overdose", "earlier ones said nothing of later ones", overdoses()),
        ("Supervision", "six workers at a ratio of 100 got minutes as if there were a hundred", supervision()),
        ("Long hours", "720 minutes a shift lowered high burnout from 34 to 22 %", hours()),
        ("Burnout", "cost nobody anything", burnout()),
    ]
    said = f"Model {VERSION}, start values, {SEEDS} runs of a year each, the same people and chances for each plan.\n\n"
    return said + table(("", "model 0.5", "now"), rows)


@page("findings", long=True)
def findings() -> Files:
    """Figures of the page on what model 1.0 changed: each finding in model 0.5 beside the same figure now."""
    return filled(DOCS / "explanation" / "model-1.0.md", {"figures": figures()})
