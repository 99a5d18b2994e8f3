"""Numbers and findings in plain words, the same in the terminal and in the report."""

from __future__ import annotations

import math
import re

from experiments.outcomes.difference import Difference, Reading
from experiments.outcomes.registry import OUTCOMES
from experiments.statistics.estimates import Estimate
from simulation.outcome_definitions import Outcome

MINUS = "−"
NOT_DEFINED = "–"

MARKS: dict[Reading, str] = {
    "better": "✓ better", "worse": "✗ worse", "higher": "▲ higher", "lower": "▼ lower", "unclear": "? unclear",
    "same": "= same", "not defined": NOT_DEFINED,
}  # fmt: skip
"""How a reading is marked: by a sign and a word, never by colour alone."""


LEVERS: dict[str, str] = {
    "programme.peers": "peer workers",
    "programme.navigators": "navigators",
    "programme.peers_per_supervisor": "workers per supervisor",
    "programme.follow_up_days": "days of follow-up",
    "programme.supervision_hours_per_week": "hours a supervisor has for it",
    "programme.caseload_cap": "people at most per worker",
    "programme.referral_delay_days": "days of delay at referral",
    "programme.training_hours": "hours of training",
    "programme.cross_training_hours": "hours of training for clinicians",
    "programme.shift_minutes": "minutes per shift",
}
"""Short names of settings that can be said with a number in front."""

OF_DRAWS = "9 of 10 draws"
"""How the middle 90 % over draws of the parameters is called (`experiments.statistics.variance_components.MIDDLE`)."""

_PLURALS = ("peer workers", "navigators", "workers", "days", "hours", "minutes")


def unit(outcome: Outcome) -> str:
    """Unit as shown beside values; differences of shares are in percentage points."""
    return f"% of {outcome.counted}" if outcome.is_share else outcome.unit


def mark(reading: Reading, outcome: Outcome, estimate: Estimate) -> str:
    """A sign and a word; money is more or less, for people to judge."""
    if outcome.is_money and reading in ("better", "worse"):
        return "▲ more" if estimate.mean > 0 else "▼ less"
    return MARKS[reading]


def number(value: float, outcome: Outcome) -> str:
    """A value with its unit where it is short: "14.2 %", "$1.24 million", "0.46"."""
    if math.isnan(value):
        return NOT_DEFINED
    if outcome.is_money:
        return money(value)
    return _plain(value, outcome) + (" %" if outcome.is_share else "")


def signed(value: float, outcome: Outcome, extra: int = 0) -> str:
    """A difference with its sign and `extra` decimals: "−1.9", "+$240,000"."""
    if math.isnan(value):
        return NOT_DEFINED
    size = money(abs(value)) if outcome.is_money else _plain(abs(value), outcome, extra)
    if not any(digit in size for digit in "123456789"):
        return size
    return (MINUS if value < 0 else "+") + size


def difference(estimate: Estimate, outcome: Outcome) -> str:
    """A difference and its interval: "−1.9 (−2.4 to −1.4)"; no interval where every run is the same."""
    spread = interval(estimate, outcome) if estimate.sd != 0 else ""
    return signed(estimate.mean, outcome, _extra(estimate, outcome)) + (f" ({spread})" if spread else "")


def interval(estimate: Estimate, outcome: Outcome, sign: bool = True, extra: int | None = None) -> str:
    """The interval in words: "−2.4 to −1.4"; empty where there is none.

    Args:
        estimate: Its ends are shown.
        outcome: Sets unit and decimals.
        sign: Whether it is one of a difference.
        extra: Decimals beyond those of the outcome; as many as the estimate itself needs if None.
    """
    if math.isnan(estimate.low):
        return ""
    if not sign:
        return f"{number(estimate.low, outcome)} to {number(estimate.high, outcome)}"
    extra = _extra(estimate, outcome) if extra is None else extra
    text = f"{signed(estimate.low, outcome, extra)} to {signed(estimate.high, outcome, extra)}"
    return text if estimate.low <= 0 else text.replace("+", "")


def money(value: float) -> str:
    """US$ to three significant figures: "$948", "$24,600", "$1.24 million"."""
    if math.isnan(value):
        return NOT_DEFINED
    sign, size = (MINUS if value < 0 else ""), abs(value)
    if size >= 1:
        size = round(size, 2 - math.floor(math.log10(size)))
    if size >= 1e9:
        return f"{sign}${size / 1e9:.3g} billion"
    if size >= 1e6:
        return f"{sign}${size / 1e6:#.3g} million".replace(". ", " ")
    return f"{sign}${size:,.0f}"


def thousands(value: float, fine: bool = False) -> str:
    """Thousands of US$ to three significant figures, for tables: "540", "21,000"; `fine` shows a decimal."""
    if math.isnan(value):
        return NOT_DEFINED
    size = abs(value)
    size = round(size, 2 - math.floor(math.log10(size))) if size >= 1 else 0.0
    text = f"{size / 1000:,.{int(fine and size != 0)}f}"
    return (MINUS if value < 0 and text.strip("0.") else "") + text


def dollars(year: int = 2022) -> str:
    """The currency and the year of its prices: "US$ of 2022"."""
    return f"US$ of {year}"


def standing(kind: str | None, label: str = "") -> tuple[str, str]:
    """What the numbers of a page rest on, for its first screen: a word, and a sentence that says what it means.

    Args:
        kind: "posterior" or "prior", whichever the parameters were drawn from; None for hand-set start values.
        label: What the draws are called.
    """
    if kind is None:
        return "UNCALIBRATED.", "Parameters are start values set by hand; how far off they are is in no interval."
    if kind == "prior":
        return (
            "UNCALIBRATED.",
            "Parameters are draws of what was assumed before any fit to data: numbers show what the assumptions imply "
            "and are no findings.",
        )
    return "Calibrated.", f"Parameters are draws of the {label}; what studies leave open goes through every number."


def unbroken_money(value: float) -> str:
    """Money whose minus stays on the line of the amount (word joiner)."""
    return money(value).replace(MINUS, f"{MINUS}\u2060")


def cell(d: Difference) -> dict[str, str]:
    """A cell of a table of plans: mean, difference with its interval, mark, and look for the style sheet."""
    outcome = OUTCOMES[d.outcome]
    told = d.reading not in ("same", "not defined")
    if outcome.is_money and d.base.mean == 0 and d.base.sd == 0:  # nothing is spent without a plan
        return {
            "mean": number(d.plan.mean, outcome),
            "difference": interval(d.plan, outcome, sign=False) if told and d.plan.sd != 0 else "",
            "mark": "", "look": "plain", "doubt": "", "draws": "",
        }  # fmt: skip
    return {
        "mean": number(d.plan.mean, outcome),
        "difference": difference(d.difference, outcome).replace(f"{MINUS}$", f"{MINUS}\u2060$") if told else "",
        "mark": mark(d.reading, outcome, d.difference) if d.reading != "not defined" else "",
        "look": "plain" if outcome.is_money else d.reading.replace(" ", "-"),
        "doubt": unknown(d) if told else "",
        "draws": draws_better(d) if told else "",
    }


def draws_better(d: Difference) -> str:
    """In how many draws of the parameters a plan is better: "better in 42 of 50"; empty where that is not defined."""
    if math.isnan(d.draws_better):
        return ""
    return f"better in {round(d.draws_better * d.doubt.draws)} of {d.doubt.draws}"


def unknown(d: Difference) -> str:
    """The range of a difference over 9 of 10 draws of the parameters: "−3.6 to −0.3"; empty where there is none.

    It has the decimals of the difference that it stands beside.
    """
    if math.isnan(d.doubt.low) or d.doubt.low == d.doubt.high:
        return ""
    outcome = OUTCOMES[d.outcome]
    drawn = Estimate(d.doubt.draws, d.difference.mean, d.doubt.low, d.doubt.high)
    return interval(drawn, outcome, extra=_extra(d.difference, outcome))


def finding(d: Difference) -> str:
    """A clear difference in words: "1.9 fewer in 100 stays (1.4 to 2.4)"; unclear ones say so."""
    return amount(d) + _spread(d)


def amount(d: Difference) -> str:
    """A clear difference in words without its interval: "1.9 fewer in 100 stays"; unclear ones say so."""
    outcome, e = OUTCOMES[d.outcome], d.difference
    if d.reading == "not defined":
        return "not defined"
    if d.reading == "same":
        return "no difference"
    if d.reading == "unclear":
        if _spread(d):
            return "no clear difference"
        return "one run each: no interval" if e.n == 1 else "too few runs for an interval"
    down, size = e.mean < 0, _size(e.mean, outcome, e)
    if outcome.is_money:
        return f"{size} {'less' if down else 'more'}"
    if outcome.is_share:
        return f"{size} {'fewer' if down else 'more'} in 100 {outcome.counted}"
    if outcome.kind == "rate":
        return f"{size} {'fewer' if down else 'more'} {outcome.unit}"
    return f"{size} {'lower' if down else 'higher'}"


def _spread(d: Difference) -> str:
    """The intervals of a finding in brackets; empty where there are none."""
    outcome, e = OUTCOMES[d.outcome], d.difference
    drawn = unknown(d)
    if d.reading in ("not defined", "same"):
        return ""
    if d.reading == "unclear":
        if drawn and d.doubt.low <= 0 <= d.doubt.high:
            return f" ({drawn} in {OF_DRAWS})"
        spread = interval(e, outcome)
        return f" ({spread})" if spread else ""
    if not e.sd:
        return ""
    if drawn and d.doubt.low * d.doubt.high > 0:  # as sizes, like the interval beside it
        drawn = " to ".join(_size(x, outcome, e) for x in sorted((d.doubt.low, d.doubt.high), key=abs))
    low, high = (_size(x, outcome, e) for x in sorted((e.low, e.high), key=abs))
    return f" ({low} to {high}{f'; {drawn} in {OF_DRAWS}' if drawn else ''})"


def _size(value: float, outcome: Outcome, e: Estimate) -> str:
    """A value without its sign, with the decimals that its estimate needs."""
    return money(abs(value)) if outcome.is_money else _plain(abs(value), outcome, _extra(e, outcome))


def counted_lever(name: str, value: str) -> str:
    """The short name of a lever behind a number: "peer workers", after "1" "peer worker"."""
    short = LEVERS[name]
    plural = next((word for word in _PLURALS if short.startswith(word)), "")
    return plural[:-1] + short[len(plural) :] if value == "1" and plural else short


def capital(text: str) -> str:
    """The text with a capital letter in front."""
    return text[:1].upper() + text[1:]


def listed(words: list[str]) -> str:
    """Words as a list in a sentence: "a, b and c"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def setting(value: object) -> str:
    """A setting of a scenario as people write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple):
        return "; ".join(f"to day {a}: every {b} days" for a, b in value)
    return f"{value:,}" if isinstance(value, int) else str(value).replace("_", " ")


def setting_text(name: str) -> str:
    """What a setting such as "programme.peers" sets: the first words of its description, or its name."""
    from simulation.config import Config
    from simulation.parameters import PARAMETERS

    section, _, key = name.partition(".")
    if section == "parameters" and key in PARAMETERS:
        return _first_words(PARAMETERS[key].text)
    if section == "mechanisms":
        return f"Mechanism: {key.replace('_', ' ')}"
    part = Config.model_fields.get(section)
    field = getattr(part.annotation, "model_fields", {}).get(key) if part else None
    return _first_words(field.description or name) if field else name


def _first_words(text: str) -> str:
    """A description up to its first bracket or semicolon."""
    return re.split(r" \(|;", text, maxsplit=1)[0].rstrip(".")


def lever(name: str) -> str:
    """A short name of a setting for tables and pictures: "workers per supervisor"."""
    return LEVERS.get(name) or name.partition(".")[2].replace("_", " ").replace(".", " ") or name


def _extra(estimate: Estimate, outcome: Outcome) -> int:
    """One decimal more where the usual ones would show nothing but zeros."""
    if outcome.is_money or math.isnan(estimate.mean):
        return 0
    largest = max(abs(x) for x in (estimate.mean, estimate.low, estimate.high) if not math.isnan(x))
    return int(0 < largest * (100 if outcome.is_share else 1) < 0.95 * 10.0**-outcome.decimals)


def _plain(value: float, outcome: Outcome, extra: int = 0) -> str:
    shown = 100 * value if outcome.is_share else value
    text = f"{shown:,.0f}" if abs(shown) >= 1000 else f"{shown:,.{outcome.decimals + extra}f}"
    return text.replace("-", MINUS) if text.strip("-0.,") else text.replace("-", "")
