"""Print what a trial file asks for: eligibility, arms, outcomes and assumptions."""

from __future__ import annotations

import math
from collections.abc import Sequence

from experiments.reporting.terminal import console, plain_table
from experiments.trials.run import TrialResult
from experiments.uncertainty.priors import prior_sentence
from scenarios.trial_files.plan import Endpoint, TrialPlan
from scenarios.trial_files.schedule import in_words
from simulation.parameters import PARAMETERS
from simulation.state import ADMINISTRATIVE, PATIENT_INITIATED, PLANNED

DISCHARGES = {"planned": PLANNED, "patient-initiated": PATIENT_INITIATED, "administrative": ADMINISTRATIVE}
NOT_DEFINED = "–"


def show_trials(plans: Sequence[TrialPlan]) -> None:
    """Show names and titles of trials."""
    table = plain_table()
    table.add_column("name", no_wrap=True)
    table.add_column("what it is", overflow="fold")
    table.add_column("people", justify="right")
    for plan in plans:
        table.add_row(plan.name, plan.title, f"{plan.trial.n:,}")
    console().print(table)


def show_plan(plan: TrialPlan) -> None:
    """Print how a trial file was read."""
    out = console()
    t, c = plan.trial, plan.config
    out.print(plan.title, style="bold")
    if plan.question:
        out.print(plan.question)
    out.print()
    e = t.eligibility
    endings = [kind for kind, code in DISCHARGES.items() if code in e.leaving]
    places = [f"discharge ({', '.join(endings)})" if place == "discharge" else place for place in e.places]
    rules = [f"asked at: {', '.join(places)}", f"population: {c.population.profile.replace('_', ' ')}"]
    if e.stay_least > 0 or e.stay_most < 10_000:
        most = f" to {e.stay_most}" if e.stay_most < 10_000 else " or more"
        rules.append(f"days in hospital so far: {e.stay_least}{most}")
    if e.admissions_least > 0 or e.admissions_most < 10_000:
        most = f" to {e.admissions_most}" if e.admissions_most < 10_000 else " or more"
        present = ", the present one counted" if e.counts_present else ", without the present one"
        rules.append(f"admissions in {e.admissions_days} days: {e.admissions_least}{most}{present}")
    if e.visits_least:
        rules.append(f"emergency visits in {e.visits_days} days: {e.visits_least} or more")
    for name, words in (
        ("unhoused", ("without stable housing", "with stable housing")),
        ("uncovered", ("without cover for a whole stay", "with cover for a whole stay")),
        ("co_occurring", ("with a co-occurring illness", "without a co-occurring illness")),
        ("injecting", ("injecting", "not injecting")), ("in_care", ("in care", "not in care")),
        ("using", ("using drugs", "not using drugs")), ("woman", ("women", "men")),
        ("consulted", ("seen by the consult team", "not seen by the consult team")),
        ("social_work", ("seen by social work", "not seen by social work")),
        ("overdosed", (f"an overdose within {e.overdosed_days} days", f"no overdose within {e.overdosed_days} days")),
    ):  # fmt: skip
        if (value := getattr(e, name)) is not None:
            rules.append(words[0] if value else words[1])
    if e.age_least > 0 or e.age_most < 120:
        rules.append(f"age {e.age_least} to {e.age_most}")
    if e.approached < 1:
        rules.append(f"{percent(e.approached)} of them are asked, by lot")
    if e.consent < 1:
        rules.append(f"{percent(e.consent)} take part when asked, more of those who engage easily")
    out.print("Who: " + "; ".join(rules))
    ways = {
        "simple": "one by one", "blocks": f"in permuted blocks of {t.block_size}", "cluster": f"by {t.cluster}",
        "stepped-wedge": f"by {t.cluster}, crossing over in {t.steps} steps of {t.step_days} days",
    }  # fmt: skip
    pace = f", {7 * t.pace:.3g} a week" if t.pace else ", as they come"
    out.print(f"How many: {t.n:,} people in {t.days} days{pace}, assigned {ways[t.assignment]}")
    outside = "the programme of the scenario" if t.outside else "usual care, without workers"
    out.print(
        f"Around it: {c.population.size:,} people, {c.hospital.count} hospital{'s' * (c.hospital.count != 1)} of "
        f"{c.hospital.units} units; people outside the trial get {outside}"
    )
    out.print(
        f"Staff: {c.programme.peers} peer workers, {c.programme.navigators - t.social_workers} navigators, "
        f"{t.social_workers} social workers\n"
    )
    for arm in t.arms:
        out.print(f"Arm {arm.name} ({plan.titles[arm.name]}), share {arm.share}: {arm_words(plan, arm.name)}")
    out.print()
    for endpoint in plan.endpoints:
        out.print(f"Outcome {endpoint.name}: {_endpoint_words(endpoint)}")
    show_notes(plan)


def arm_words(plan: TrialPlan, name: str) -> str:
    """What people of an arm get, in a sentence."""
    arm = next(a for a in plan.trial.arms if a.name == name)
    parts = []
    if arm.consult:
        parts.append("a consult team asks about use and offers treatment" + (" and a plan" if arm.planning else ""))
    if arm.kinds:
        visits = "daily" if arm.visit_interval == 1 else f"every {arm.visit_interval} days"
        parts.append(
            f"a {' or '.join(arm.workers)} who "
            + (f"visits in hospital ({visits})" if arm.in_hospital else "calls after discharge")
            if arm.workers
            else "nobody who visits in hospital"
        )
        if arm.contact_days:
            start = "randomisation" if arm.from_randomisation else "discharge"
            phases = in_words(arm.schedule, arm.contact_days, arm.first_contact)
            most = f", at most {arm.sessions} times" if arm.sessions else ""
            who = f" with a {' or '.join(arm.workers_after)}" if arm.workers_after else ""
            parts.append(f"contact{who} for {arm.contact_days} days from {start} ({phases}{most})")
        if not arm.planning:
            parts.append("no planning of discharge")
        if not arm.practical_help:
            parts.append("no practical help")
        if arm.reach is not None:
            parts.append(f"{percent(arm.reach)} of attempts reach the middle person")
    for key, words in (("incentive_contacts", "contacts"), ("incentive_care", "a first visit in care")):
        if getattr(arm, key):
            parts.append(f"incentives for {words}")
    if name in plan.without_mechanism:
        parts.append("written information, for which the model has no mechanism")
    for ratio in plan.assumed_ratios:
        if ratio.arm == name:
            what = "acute need" if ratio.what == "need_ratio" else "a first visit in care"
            parts.append(f"assumed hazard ratio of {what} {ratio.middle:g} ({ratio.low:g} to {ratio.high:g})")
    return "; ".join(parts) if parts else "usual care"


def _endpoint_words(e: Endpoint) -> str:
    window = ""
    if e.counted.window:
        shift = f" plus {e.shift} days of contact" if e.shift else ""
        window = f", days {e.after_days + 1} to {e.days} from {e.days_from}{shift}"
    shares = sorted(set(e.followed_up.values()))
    known = f", known of {' to '.join(percent(s) for s in shares)}" if shares else ""
    return f"{e.counted.text}{window}{known}; {e.effect}{' (primary)' if e.primary else ''}"


def show_notes(plan: TrialPlan, result: TrialResult | None = None) -> None:
    """What the trial assumes, one note a line; with a result, what was drawn too."""
    notes = list(plan.assumed)
    notes += [
        f"{plan.titles[arm]}: the model has no mechanism for written information"
        + (
            "; its effect is drawn from the range that the file assumes"
            if any(r.arm == arm for r in plan.assumed_ratios)
            else " and lets it do nothing"
        )
        for arm in plan.without_mechanism
    ]
    for name in result.drawn if result is not None else ():
        p = PARAMETERS[name]
        notes.append(
            f"The effect of incentives ({name}) is unknown; each virtual trial draws it: "
            f"{prior_sentence(p.prior)} {p.unit}."
        )
    if any("social worker" in arm.kinds for arm in plan.trial.arms):
        notes.append("To the model a social worker is a worker without lived experience, like a navigator.")
    if notes:
        out = console()
        out.print("\nAssumed, because the source at hand or the model does not say:")
        for note in notes:
            out.print(f"* {note}")


def percent(value: float, decimals: int = 0) -> str:
    """A share in per cent."""
    return NOT_DEFINED if math.isnan(value) else f"{100 * value:.{decimals}f} %"
