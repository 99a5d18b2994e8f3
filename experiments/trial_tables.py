"""What the terminal shows of a trial: its plan, its result, and sample sizes, for people who are tired."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from experiments.tables import console, whole
from experiments.trial_power import SampleSize
from experiments.trial_summary import Line, Spread, doubt, group_lines, lines, stratum_lines
from experiments.trials import TrialResult
from scenarios.trial_plan import Endpoint, TrialPlan
from scenarios.trial_schedule import in_words
from simulation.parameters import PARAMETERS
from simulation.state import ADMINISTRATIVE, PATIENT_INITIATED, PLANNED

DISCHARGES = {"planned": PLANNED, "patient-initiated": PATIENT_INITIATED, "administrative": ADMINISTRATIVE}
MINUS = "−"
NOT_DEFINED = "–"


def show_trials(plans: Sequence[TrialPlan]) -> None:
    """Show names and titles of trials."""
    table = _table()
    table.add_column("name", no_wrap=True)
    table.add_column("what it is", overflow="fold")
    table.add_column("people", justify="right")
    for plan in plans:
        table.add_row(plan.name, plan.title, f"{plan.trial.n:,}")
    console().print(table)


def show_plan(plan: TrialPlan) -> None:
    """Show how a trial was understood."""
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
        ("using", ("using drugs", "not using drugs")),
    ):  # fmt: skip
        if (value := getattr(e, name)) is not None:
            rules.append(words[0] if value else words[1])
    if e.consent < 1:
        rules.append(f"{_percent(e.consent)} take part when asked, more of those who engage easily")
    out.print("Who: " + "; ".join(rules))
    ways = {
        "simple": "one by one", "blocks": f"in permuted blocks of {t.block_size}", "cluster": f"by {t.cluster}",
        "stepped-wedge": f"by {t.cluster}, crossing over in {t.steps} steps of {t.step_days} days",
    }  # fmt: skip
    out.print(f"How many: {t.n:,} people in {t.days} days, assigned {ways[t.assignment]}")
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
    _show_notes(plan)


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
            parts.append(f"{_percent(arm.reach)} of attempts reach the middle person")
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
    known = f", known of {' to '.join(_percent(s) for s in shares)}" if shares else ""
    return f"{e.counted.text}{window}{known}; {e.effect}{' (primary)' if e.primary else ''}"


def show_result(result: TrialResult) -> None:
    """Show what the virtual trials found, beside what the paper found."""
    out = console()
    plan = result.plan
    n = len(result.fine)
    out.print(plan.title, style="bold")
    stopped = f" (stopped early; {result.wanted} were asked for)" if result.stopped else ""
    out.print(f"{n:,} virtual trials{stopped}, seed {result.seed}. {_who(result)}\n")
    for line in lines(result):
        _show_line(result, line)
    _show_groups(result)
    _show_strata(result)
    out.print(
        "By assignment: everybody counts in the arm they were given (intention to treat). As treated: people with "
        f"{plan.treated_from} or more visits or contacts in {plan.treated_within} days, before any return to hospital, "
        "against all others of the two arms. Those who take up help differ from the start, so as treated is not the "
        "effect of the help."
    )
    out.print(
        "Found: share of virtual trials whose own test showed a benefit. Ranges: the middle 95 of 100 virtual trials."
    )
    if plan.trial.assignment == "stepped-wedge":
        out.print(
            "In a stepped wedge the arms stand for different times, so their means differ for that reason too; effects "
            "are adjusted for it."
        )
    for sentence in _doubt_sentences(result):
        out.print(sentence)
    _show_notes(plan, result)


def _doubt_sentences(result: TrialResult) -> list[str]:
    """How much of the spread is chance, and how much is what nobody knows."""
    if result.draws is None:
        return ["Every virtual trial used the model's start values: what nobody knows about them is not in the ranges."]
    said = [f"Parameters: {result.draws.label}; every {result.draws.runs_per_draw} virtual trials share a draw."]
    endpoint = result.plan.primary
    for pair in result.plan.comparisons:
        found = doubt(result, endpoint, pair)
        if math.isnan(found.share_unknown):
            return [*said, "Too few virtual trials to tell chance from what nobody knows; 20 or more can."]
        titles = " against ".join(result.plan.titles[arm] for arm in pair)
        said.append(
            f"{endpoint.title}, {titles}: {_percent(found.share_unknown)} of the spread comes from what nobody "
            "knows and "
            "would shrink only with more knowledge; the rest is the size of the trial."
        )
    return said


def _who(result: TrialResult) -> str:
    plan = result.plan
    n = len(result.fine)
    if not n:
        return "No virtual trial ended."
    each = [sum(t.enrolled[a] for t in result.fine) / n for a in range(len(plan.arms))]
    parts = [f"{people:,.0f} {plan.titles[arm]}" for arm, people in zip(plan.arms, each, strict=True)]
    words = f"People in each: {', '.join(parts)}."
    short = sum(sum(t.enrolled) < plan.trial.n for t in result.fine)
    if short:
        words += (
            f" {short:,} of them found fewer than the {plan.trial.n:,} people wanted; raise population.size or "
            "the days "
            "of enrolment."
        )
    return words


def _show_line(result: TrialResult, line: Line) -> None:
    out = console()
    plan = result.plan
    wide = plan.titles[line.arm], plan.titles[line.other]
    better = next(e for e in plan.endpoints if e.name == line.outcome).counted.better
    hint = f"; {better} is better" if better != "neither" else ""
    out.print(f"{line.title} ({line.effect}{hint})", style="bold")
    share = line.unit == "share"
    levels = _level(line.arm_mean, share), _level(line.other_mean, share)
    rows = [
        ("by assignment", *levels, *_spread(line.by_assignment, line)),
        ("as treated", "", "", *_spread(line.as_treated, line)),
    ]
    if line.published is not None or line.published_arm is not None:
        own = ""
        if line.published_low is not None and line.published_high is not None:
            own = f"{_bare(line.published_low, line)} to {_bare(line.published_high, line)}"
        rows.append(
            (
                "published",
                "" if line.published_arm is None else _level(line.published_arm, share),
                "" if line.published_other is None else _level(line.published_other, share),
                "" if line.published is None else _effect(line.published, line),
                own,
                "",
            )
        )
    _show_rows(out, wide, rows)
    if line.place is not None and line.published is not None:
        out.print(_place_words(line))
    if line.same_level is False and line.published_other is not None:
        out.print(
            f"  Level: {_level(line.published_other, share)} published in the arm {wide[1]}, "
            f"{_level(line.other_mean, share)} "
            "in the model. The people or the care differ, so compare effects with care."
        )
    out.print()


def _show_rows(out: Console, arms: tuple[str, str], rows: Sequence[tuple[str, ...]]) -> None:
    """What, levels of both arms, effect, range and share that found it: a table, or sentences on a narrow screen."""
    if whole(out):
        table = _table()
        table.add_column("", min_width=16, no_wrap=True)
        for title in arms:
            table.add_column(title, justify="right", min_width=10, max_width=16, overflow="fold")
        _add_effect_columns(table)
        for what, *cells in rows:
            table.add_row(f"  {what}", *cells)
        out.print(table)
        return
    for what, level, other, effect, span, found in rows:
        said = [f"{arm} {value}" for arm, value in zip(arms, (level, other), strict=True) if value]
        said += [f"effect {effect}{f' ({span})' if span else ''}"] if effect else []
        said += [f"found {found}"] if found else []
        out.print(f"  {what}: {'; '.join(said)}")


def _place_words(line: Line) -> str:
    assert line.place is not None
    if math.isnan(line.place):
        return "  The effect is defined in no virtual trial, so the published one has no place."
    words = f"  Place of the published effect: {100 * line.place:.0f} of 100 virtual trials lie below it"
    if line.could_be:
        return f"{words}: a result that the model could have given."
    return f"{words}: outside the middle 95, so the model and this trial do not agree."


def _show_groups(result: TrialResult) -> None:
    rows = group_lines(result)
    if not rows:
        return
    out = console()
    endpoint = result.plan.primary
    line = next(item for item in lines(result) if item.outcome == endpoint.name)
    out.print(f"Subgroups, {endpoint.title} (by assignment)", style="bold")
    table = _table()
    several = len(result.plan.comparisons) > 1
    table.add_column("", min_width=16, overflow="fold")
    if several:
        table.add_column("compared", overflow="fold")
    _add_effect_columns(table)
    for text, pair, s in rows:
        titles = [" v ".join(result.plan.titles[arm] for arm in pair)] if several else []
        table.add_row(f"  {text}", *titles, *_spread(s, line))
    out.print(table)
    out.print()


def _show_strata(result: TrialResult) -> None:
    rows = stratum_lines(result)
    if not rows:
        return
    out = console()
    endpoint = result.plan.primary
    share = endpoint.counted.unit == "share"
    within = result.plan.treated_within
    out.print(
        f"{endpoint.title} by visits and contacts in {within} days before any return (share of the arm in brackets)",
        style="bold",
    )
    table = _table()
    table.add_column("", min_width=22)
    arms = [arm for arm in result.plan.arms if any(row[arm][1] < 1 for _, row in rows if row[arm][1] > 0)]
    for arm in arms:
        table.add_column(result.plan.titles[arm], justify="right")
    for text, row in rows:
        table.add_row(f"  {text}", *[f"{_level(row[arm][0], share)} ({_percent(row[arm][1])})" for arm in arms])
    if arms:
        out.print(table)
        out.print()


def show_sizes(result: TrialResult, sizes: Sequence[SampleSize]) -> None:
    """Show the sample sizes that a planned evaluation would need."""
    out = console()
    plan = result.plan
    endpoint = plan.primary
    out.print(f"\nSample size for {endpoint.title} ({endpoint.effect}), if the model were right", style="bold")
    if plan.clustered:
        out.print(
            f"  Clusters were assigned, so people cannot simply be added. With {plan.trial.n:,} people in these "
            "clusters "
            f"{_percent(sizes[0].now)} of virtual trials found the effect; change the number of clusters or steps in "
            "the file and run it again."
        )
        return
    line = next(item for item in lines(result) if item.outcome == endpoint.name)
    for size in sizes:
        one, other = (plan.titles[arm] for arm in size.pair)
        whole = f"{_effect(size.effect, line)} ({_bare(size.effect_low, line)} to {_bare(size.effect_high, line)})"
        out.print(f"  {one} against {other}: effect over all virtual trials {whole}")
        if size.per_arm is None:
            out.print(
                "  No size can be named: with so many virtual trials the effect cannot be told from none. Run more."
            )
        else:
            rest = []
            if size.low and size.high:
                open_left = f"{sum(size.low):,} to {sum(size.high):,}"
                rest.append(f"{open_left} for what the number of virtual trials leaves open")
            if size.slices >= 10:
                rest.append(f"checked: {_percent(size.checked)} of {size.slices:,} virtual trials of that size find it")
            out.print(
                f"  {_percent(size.power)} power needs {sum(size.per_arm):,} people, {size.per_arm[0]:,} and "
                f"{size.per_arm[1]:,}" + (f" ({'; '.join(rest)})" if rest else "")
            )
            if endpoint.followed_up:
                shares = [endpoint.followed_up.get(arm, 1.0) for arm in size.pair]
                enrolled = sum(math.ceil(n / share) for n, share in zip(size.per_arm, shares, strict=True))
                out.print(f"  These are people whose outcome becomes known: enrol {enrolled:,}.")
        out.print(f"  With the {plan.trial.n:,} people of the file {_percent(size.now)} of virtual trials found it.")
    drop_out = "" if endpoint.followed_up else " Fewer people answer when some drop out."
    out.print(f"  This rests on the model's effect, which no trial has settled.{drop_out}")


def _show_notes(plan: TrialPlan, result: TrialResult | None = None) -> None:
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
        notes.append(f"The effect of incentives ({name}) is unknown: drawn in each virtual trial from {_prior(name)}.")
    if any("social worker" in arm.kinds for arm in plan.trial.arms):
        notes.append("To the model a social worker is a worker without lived experience, like a navigator.")
    if notes:
        out = console()
        out.print("\nAssumed, because the source at hand or the model does not say:")
        for note in notes:
            out.print(f"* {note}")


def _prior(name: str) -> str:
    p = PARAMETERS[name]
    return f"{p.prior.a:g} to {p.prior.b:g} {p.unit}"


def _add_effect_columns(table: Table) -> None:
    for title in ("effect: median", "95 of 100 trials", "found"):
        table.add_column(title, justify="right", no_wrap=whole(console()))


def _table() -> Table:
    return Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", collapse_padding=True)


def _spread(s: Spread, line: Line) -> tuple[str, str, str]:
    if not s.n:
        return NOT_DEFINED, "", ""
    return _effect(s.median, line), f"{_bare(s.low, line)} to {_bare(s.high, line)}", _percent(s.right)


def _bare(value: float, line: Line) -> str:
    """An effect without its unit, for ranges."""
    return _effect(value, line).removesuffix(" points")


def _effect(value: float, line: Line) -> str:
    """An effect: percentage points, a ratio, or a difference in the unit of the measure."""
    if math.isnan(value):
        return NOT_DEFINED
    if line.effect.endswith("ratio"):
        return f"{value:.2f}"
    if line.effect == "risk difference" or line.unit == "share":
        return _signed(100 * value, 1) + " points"
    return _signed(value, 2)


def _signed(value: float, decimals: int) -> str:
    text = f"{abs(value):,.{decimals}f}"
    if not any(digit in text for digit in "123456789"):
        return text
    return (MINUS if value < 0 else "+") + text


def _level(value: float, share: bool) -> str:
    if math.isnan(value):
        return NOT_DEFINED
    return _percent(value, 1) if share else f"{value:,.2f}"


def _percent(value: float, decimals: int = 0) -> str:
    return NOT_DEFINED if math.isnan(value) else f"{100 * value:.{decimals}f} %"
