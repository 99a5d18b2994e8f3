"""Constraints and goals in a planner's words: a small grammar, read into numbers, with one line for what is wrong.

A constraint is one sentence of these parts, in this order, of which only the relation is always needed:

    [OUTCOME] RELATION [NUMBER] [with all posts filled] [for people without housing | for housed people]
        [with probability P]

OUTCOME is the name of an outcome, its label, or one of `WORDS`; where it is left out and the number is money, it is
the cost of the question's perspective, or with `with all posts filled` the budget on full posts. RELATION is `at most`,
`under`, `below`, `at least`, `over`, `above` (a level), `down by`, `up by` (a difference from today), or `no worse`
(than today). NUMBER is `0.3`, `30 %`, `1 in 100` or `900,000 US$`.
"""

from __future__ import annotations

import difflib
import math
import re
from dataclasses import dataclass

from experiments.decisions.prices import COST, CURRENCY, FULL_COST, NET_BENEFIT, Perspective
from experiments.outcomes.registry import OUTCOMES

WORDS: dict[str, str] = {
    "early departures": "patient_initiated_discharge",
    "leaving early": "patient_initiated_discharge",
    "readmissions": "readmission_30d",
    "readmissions a year": "readmissions_30d_per_year",
    "deaths": "deaths_per_1000_person_years",
    "overdoses": "overdoses_per_1000_person_years",
    "linkage to care": "linkage_30d",
    "share of workers with high burnout": "peer_high_burnout",
    "burnout of workers": "peer_high_burnout",
    "exits of workers": "peer_exits_per_year",
    "programme cost": "programme_cost",
    "cost": "programme_cost",
    "budget": FULL_COST,
    "cost of full posts": FULL_COST,
    "returns to use of workers": "peer_returns_to_use_per_year",
    "harms of workers": "worker_harms_per_year",
    "hospital cost": "hospital_cost",
    "total cost": "total_cost",
    "net benefit": NET_BENEFIT,
}
"""What a planner calls an outcome, and its name."""

GROUPS: dict[str, tuple[str, str]] = {
    "for people without housing": ("housing", "unhoused"),
    "for housed people": ("housing", "housed"),
}
"""Words for a group of people to the variable and level of the table of subgroups."""

FULL_POSTS = "with all posts filled"
"""After a sum of money: the budget of full posts is meant, not what vacancies leave of it."""

_RELATION = re.compile(r"\b(at most|under|below|at least|over|above|down by|up by|no worse)\b")
_PROBABILITY = re.compile(r"\s+with probability\s+(\S+(?:\s*%)?)$")
_NUMBER = re.compile(
    r"^(?:(?P<of>-?[\d.,]+)\s+in\s+(?P<base>[\d,]+)|(?P<money>(?:US\$|\$)\s*)?(?P<value>-?[\d.,]+)"
    r"\s*(?P<unit>%|US\$|\$|million US\$)?)(?:\s*(?:a|per) year)?$"
)
DEFAULT_PROBABILITY = 0.8
"""Probability with which a constraint must hold where it and its question say nothing."""

SIDES = {"at most": -1, "under": -1, "below": -1, "at least": 1, "over": 1, "above": 1}


@dataclass(frozen=True, slots=True)
class Constraint:
    """What must hold, in numbers.

    Attributes:
        text: As it was written.
        outcome: Name of the outcome, or "net_benefit".
        difference: Whether the difference from today's plan is meant, not the level.
        bound: The number, in the outcome's unit.
        side: 1 where the value must be `bound` or more, -1 where it must be `bound` or less.
        probability: Least probability over the draws of the parameters.
        group: Variable and level of a group of people; None for all.
    """

    text: str
    outcome: str
    difference: bool
    bound: float
    side: int
    probability: float
    group: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Goal:
    """What the best of the plans that meet all constraints has most, or least, of.

    Attributes:
        text: As it was written.
        outcome: Name of the outcome, or "net_benefit".
        sign: 1 where more is better, -1 where less is.
    """

    text: str
    outcome: str
    sign: int


def read_constraint(text: str, perspective: Perspective = "programme", probability: float | None = None) -> Constraint:
    """Read one constraint.

    Args:
        text: In the words above.
        perspective: Whose cost is meant where only a sum of money is named.
        probability: Where the text names none; `DEFAULT_PROBABILITY` if None.

    Raises:
        ValueError: In one line, what cannot be understood and what would be.
    """
    said = " ".join(text.split())
    rest = said
    p = DEFAULT_PROBABILITY if probability is None else probability
    if found := _PROBABILITY.search(rest):
        p = _share(found[1], said)
        rest = rest[: found.start()]
    group = None
    for words, cell in GROUPS.items():
        if rest.endswith(words):
            group, rest = cell, rest.removesuffix(words).strip()
    full = rest.endswith(FULL_POSTS)
    rest = rest.removesuffix(FULL_POSTS).strip()
    if rest == "no worse" and group is None:
        raise ValueError(f'"{said}": no worse in what, or for whom? Name an outcome or {" or ".join(GROUPS)}')
    match = _RELATION.search(rest)
    if not match:
        if " for " in rest:
            raise ValueError(f'"{said}": the groups of people that are known are {"; ".join(GROUPS)}')
        relations = "at most, at least, under, over, down by, up by, no worse"
        raise ValueError(f'"{said}": has no relation; use one of {relations}')
    relation, name, number = match[1], rest[: match.start()].strip(), rest[match.end() :].strip()
    if " for " in f" {number} ":
        raise ValueError(f'"{said}": the groups of people that are known are {"; ".join(GROUPS)}')
    if group is not None:
        _in_groups(_outcome(name, said) if name else "readmission_30d", said)
    if relation == "no worse":
        if number:
            raise ValueError(f'"{said}": no worse takes no number; write "down by" or "up by" for an amount')
        outcome = _outcome(name, said) if name else "readmission_30d"
        return Constraint(said, outcome, True, 0.0, _better(outcome, said), p, group)
    value, money = _value(number, said)
    if not name and not money:
        raise ValueError(f'"{said}": names no outcome; only a sum of money can stand alone')
    outcome = _outcome(name, said) if name else FULL_COST if full else COST[perspective]
    if full and outcome not in ("programme_cost", FULL_COST):
        raise ValueError(f'"{said}": only what the programme costs can be meant {FULL_POSTS}')
    outcome = FULL_COST if full else outcome
    if money and not _is_money(outcome):
        raise ValueError(f'"{said}": {outcome} is counted in {OUTCOMES[outcome].unit}, not in money')
    if "in 100" in number and not _is_share(outcome):
        raise ValueError(f'"{said}": {outcome} is no share; it is counted in {_unit(outcome)}')
    if relation in ("down by", "up by"):
        if value < 0:
            raise ValueError(f'"{said}": {relation} takes a number above 0')
        side = -1 if relation == "down by" else 1
        return Constraint(said, outcome, True, side * value, side, p, group)
    if _is_share(outcome) and not 0 <= value <= 1:
        raise ValueError(f'"{said}": {outcome} is a share from 0 to 1; write 30 % or 0.3, not {number}')
    return Constraint(said, outcome, False, value, SIDES[relation], p, group)


def read_goal(text: str, perspective: Perspective = "programme") -> Goal:
    """Read a goal: `cheapest`, `lowest OUTCOME`, `highest OUTCOME`, `fewest ...`, `most ...`, `best OUTCOME`.

    Raises:
        ValueError: In one line, what cannot be understood and what would be.
    """
    said = " ".join(text.split())
    if said in ("cheapest", "lowest cost"):
        return Goal(said, COST[perspective], -1)
    word, _, name = said.partition(" ")
    signs = {"lowest": -1, "fewest": -1, "highest": 1, "most": 1, "best": 0}
    if word not in signs or not name:
        raise ValueError(f'"{said}": a goal is cheapest, or lowest, highest or best and an outcome')
    outcome = _outcome(name, said)
    return Goal(said, outcome, signs[word] or _better(outcome, said))


def contradiction(constraints: list[Constraint]) -> str:
    """One line on the first two constraints that no plan can meet together; empty where there are none."""
    for i, a in enumerate(constraints):
        for b in constraints[i + 1 :]:
            if (a.outcome, a.difference, a.group) != (b.outcome, b.difference, b.group) or a.side == b.side:
                continue
            low, high = (a, b) if a.side == 1 else (b, a)
            if low.bound > high.bound and low.probability + high.probability > 1:
                return f'contradictory constraints: "{a.text}" and "{b.text}" cannot both hold'
    return ""


def outcome_name(text: str) -> str:
    """Name of the outcome that a planner's words mean.

    Raises:
        ValueError: There is none; the message names the nearest.
    """
    words = " ".join(text.lower().split())
    labels = {o.label.lower(): name for name, o in OUTCOMES.items()}
    known = {**{name: name for name in (*OUTCOMES, NET_BENEFIT)}, **labels, **WORDS}
    if words in known:
        return known[words]
    near = difflib.get_close_matches(words, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else "docs/reference/outcomes.md lists those that there are"
    raise ValueError(f"unknown outcome {text!r}; {hint}")


def _outcome(text: str, said: str) -> str:
    try:
        return outcome_name(text)
    except ValueError as error:
        raise ValueError(f'"{said}": {error}') from None


def _in_groups(outcome: str, said: str) -> None:
    from experiments.outcomes.run_tables import BY_SUBGROUP

    if outcome not in BY_SUBGROUP:
        raise ValueError(f'"{said}": {outcome} is not counted by group; by group are {", ".join(BY_SUBGROUP)}')


def _better(outcome: str, said: str) -> int:
    if outcome == NET_BENEFIT:
        return 1
    better = OUTCOMES[outcome].better
    if better == "none":
        raise ValueError(f'"{said}": neither more nor less of {outcome} is better; say at most or at least')
    return 1 if better == "higher" else -1


def _is_money(outcome: str) -> bool:
    return outcome == NET_BENEFIT or CURRENCY in OUTCOMES[outcome].unit


def _is_share(outcome: str) -> bool:
    return outcome != NET_BENEFIT and OUTCOMES[outcome].unit in ("share", "probability", "0 to 1")


def _unit(outcome: str) -> str:
    return f"{CURRENCY} a year" if outcome == NET_BENEFIT else OUTCOMES[outcome].unit


def _value(text: str, said: str) -> tuple[float, bool]:
    found = _NUMBER.match(text)
    try:
        if not found:
            raise ValueError
        if found["of"]:
            return _number(found["of"]) / _number(found["base"]), False
        value, unit = _number(found["value"]), found["unit"] or ""
    except (ValueError, ZeroDivisionError):
        raise ValueError(
            f'"{said}": {text or "nothing"} is no number; write 0.3, 30 %, 1 in 100 or 900,000 US$'
        ) from None
    if unit == "%":
        return value / 100, False
    return value * (1e6 if unit.startswith("million") else 1), bool(found["money"]) or "$" in unit


def _number(text: str) -> float:
    if "," in text and not re.fullmatch(r"-?\d{1,3}(,\d{3})*(\.\d+)?", text):
        raise ValueError
    value = float(text.replace(",", ""))
    if not math.isfinite(value):
        raise ValueError
    return value


def _share(text: str, said: str) -> float:
    try:
        value = _number(text.removesuffix("%").strip()) / (100 if text.endswith("%") else 1)
    except ValueError:
        value = math.nan
    if not 0 < value < 1:
        raise ValueError(f'"{said}": a probability lies between 0 and 1, such as 0.8; got {text}')
    return value
