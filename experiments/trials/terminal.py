"""Terminal tables of virtual trials and sample sizes."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from experiments.reporting import wording
from experiments.reporting.terminal import console, plain_table, whole
from experiments.trials.description import NOT_DEFINED, percent, show_notes
from experiments.trials.run import TrialResult
from experiments.trials.summary import (
    Line,
    SampleSize,
    Spread,
    arm_lines,
    carried,
    doubt,
    group_lines,
    lines,
    missed_share,
    stratum_lines,
)
from scenarios.trial_files.plan import TrialPlan

MINUS = "−"


def show_result(result: TrialResult, prior: TrialResult | None = None) -> None:
    """Show what the virtual trials found, beside what the paper found.

    Args:
        result: The virtual trials.
        prior: The same trial under draws of the prior alone, to stand beside them.
    """
    out = console()
    plan = result.plan
    n = len(result.fine)
    out.print(plan.title, style="bold")
    stopped = f" (stopped early; {result.wanted} were asked for)" if result.stopped else ""
    out.print(f"{n:,} virtual trials{stopped}, seed {result.seed}. {_who(result)}")
    draws = result.draws
    out.print(" ".join(wording.standing(draws.kind, draws.label) if draws else wording.standing(None)) + "\n")
    for line in lines(result):
        _show_line(result, line)
    if not plan.comparisons:
        _show_arms(result)
    _show_groups(result)
    _show_strata(result)
    if plan.comparisons:
        out.print(
            "By assignment: everybody counts in the arm they were given (intention to treat). As treated: people with "
            f"{_exposure(plan)} in {plan.treated_within} days, before any return to hospital, against all others of "
            "the two arms. Those who take up help differ from the start, so as treated is not the effect of the help."
        )
        out.print(
            "Found: share of virtual trials whose own test showed a benefit. Ranges: the middle 95 of 100 virtual "
            "trials."
        )
    for sentence in _service(result):
        out.print(sentence)
    if plan.trial.assignment == "stepped-wedge":
        out.print(
            "In a stepped wedge the arms stand for different times, so their means differ for that reason too; effects "
            "are adjusted for it."
        )
    for sentence in [*_doubt_sentences(result), *_beside_prior(result, prior)]:
        out.print(sentence)
    show_notes(plan, result)


def _exposure(plan: TrialPlan) -> str:
    """What makes a person count as treated, in words."""
    if plan.treated_by == "acceptance":
        return "a worker whom they accepted"
    what = plan.treated_by.replace(" and ", " or ")
    return f"{plan.treated_from} or more {what}"


def _service(result: TrialResult) -> list[str]:
    """How long enrolment took, and how much of what was due no worker had time for."""
    said = []
    days = [t.last_enrolled for t in result.fine if t.last_enrolled]
    if days:
        said.append(f"The last person was enrolled on day {sum(days) / len(days):,.0f} of {result.plan.trial.days:,}.")
    for arm in result.plan.arms:
        share = missed_share(result, arm)
        if not math.isnan(share):
            words = f"Visits and contacts missed because no worker had time, {result.plan.titles[arm]}: "
            hint = "; raise [staff], or slow enrolment, unless the trial was short of staff too" if share > 0.03 else ""
            said.append(f"{words}{percent(share, 1)}{hint}.")
    return said


def _show_arms(result: TrialResult) -> None:
    """Outcomes of a trial without comparisons."""
    out = console()
    table = plain_table()
    for title in ("", "arm", "mean", "95 of 100 trials", "published"):
        table.add_column(title, justify="left" if title in ("", "arm") else "right", overflow="fold")
    for line in arm_lines(result):
        share = line.unit == "share"
        published = "" if line.published is None else _level(line.published, share)
        if line.published is not None and line.place is not None:
            published += f" ({100 * line.place:.0f} of 100 trials below)"
        table.add_row(
            f"  {line.title}", result.plan.titles[line.arm], _level(line.mean, share),
            f"{_level(line.low, share)} to {_level(line.high, share)}", published,
        )  # fmt: skip
    out.print(table)
    out.print("One arm: nothing is compared, so no effect is shown; levels depend on who was enrolled.\n")


def _doubt_sentences(result: TrialResult) -> list[str]:
    """Sentences on how much of the variance is stochastic and how much is parameter uncertainty."""
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
            f"{endpoint.title}, {titles}: {percent(found.share_unknown)} of the spread comes from what nobody "
            "knows and "
            "would shrink only with more knowledge; the rest is the size of the trial."
        )
        said.append(f"What carries it: {carried(result, endpoint, pair)}.")
    return said


def _beside_prior(result: TrialResult, prior: TrialResult | None) -> list[str]:
    """Effects on the main outcome under the fit and under the prior alone."""
    if prior is None:
        return []
    said = []
    main = result.plan.primary.name
    for fit, alone in zip(lines(result), lines(prior), strict=True):
        if fit.outcome == main:
            titles = " against ".join(result.plan.titles[arm] for arm in (fit.arm, fit.other))
            both = (f"{effect} ({span})" for effect, span, _ in (_spread(x.by_assignment, fit) for x in (fit, alone)))
            said.append(f"{fit.title}, {titles}: fit {', prior alone, UNCALIBRATED, '.join(both)}.")
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
    if line.published is not None or line.published_arm is not None or line.published_null is not None:
        own = ""
        if line.published_low is not None and line.published_high is not None:
            own = f"{_bare(line.published_low, line)} to {_bare(line.published_high, line)}"
            own += "" if line.published_level == 0.95 else f" ({100 * line.published_level:g} %)"
        rows.append(
            (
                "published",
                "" if line.published_arm is None else _level(line.published_arm, share),
                "" if line.published_other is None else _level(line.published_other, share),
                "" if line.published is None else _effect(line.published, line),
                own,
                "" if line.published_p is None else f"p = {line.published_p:.3g}",
            )
        )
    _show_rows(out, wide, rows)
    if line.place is not None and line.published is not None:
        out.print(_place_words(line))
    if line.published_null:
        none = 1 - line.by_assignment.significant
        out.print(f"  Published: no significant difference; {percent(none)} of the virtual trials found none either.")
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
        table = plain_table()
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
    table = plain_table()
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
    table = plain_table()
    table.add_column("", min_width=22)
    arms = [arm for arm in result.plan.arms if any(row[arm][1] < 1 for _, row in rows if row[arm][1] > 0)]
    for arm in arms:
        table.add_column(result.plan.titles[arm], justify="right")
    for text, row in rows:
        table.add_row(f"  {text}", *[f"{_level(row[arm][0], share)} ({percent(row[arm][1])})" for arm in arms])
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
            f"{percent(sizes[0].now)} of virtual trials found the effect; change the number of clusters or steps in "
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
                rest.append(f"checked: {percent(size.checked)} of {size.slices:,} virtual trials of that size find it")
            out.print(
                f"  {percent(size.power)} power needs {sum(size.per_arm):,} people, {size.per_arm[0]:,} and "
                f"{size.per_arm[1]:,}" + (f" ({'; '.join(rest)})" if rest else "")
            )
            if endpoint.followed_up:
                shares = [endpoint.followed_up.get(arm, 1.0) for arm in size.pair]
                enrolled = sum(math.ceil(n / share) for n, share in zip(size.per_arm, shares, strict=True))
                out.print(f"  These are people whose outcome becomes known: enrol {enrolled:,}.")
        out.print(f"  With the {plan.trial.n:,} people of the file {percent(size.now)} of virtual trials found it.")
    drop_out = "" if endpoint.followed_up else " Fewer people answer when some drop out."
    out.print(f"  This rests on the model's effect, which no trial has settled.{drop_out}")


def _add_effect_columns(table: Table) -> None:
    for title in ("effect: median", "95 of 100 trials", "found"):
        table.add_column(title, justify="right", no_wrap=whole(console()))


def _spread(s: Spread, line: Line) -> tuple[str, str, str]:
    if not s.n:
        return NOT_DEFINED, "", ""
    return _effect(s.median, line), f"{_bare(s.low, line)} to {_bare(s.high, line)}", percent(s.right)


def _bare(value: float, line: Line) -> str:
    """Format an effect without its unit, for ranges."""
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
    return percent(value, 1) if share else f"{value:,.2f}"
