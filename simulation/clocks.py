"""Community clocks: hazards in closed form, thresholds, and the calendar in which sleepers wait for their day.

Each clock of a person has a hazard `rate * (1 + bump * exp(-t / tau)) * (1 - fade * exp(-t / tau_fade))` per day, t
days after the last update, and a unit-exponential threshold. The event falls on the first day on which the cumulative
hazard reaches what is left of the threshold: the probability of a day is 1 - exp(-h), and several clocks compete as
their hazards do.
"""

from __future__ import annotations

import math

import numpy as np
from numba import types

from simulation import draws
from simulation.kernel import fixed, kernel
from simulation.state import CLOCKS, NEVER
from simulation.world import WORLD

LARGEST = 300.0
"""Largest exponent of a growing bump (urgency): e^300 a day is as good as certain, and does not overflow."""


@kernel
def cumulative(rate, bump, bump_decay, fade, fade_decay, days):
    """Cumulative hazard over `days` since the last update."""
    total = float(days)
    if bump != 0.0:
        total += bump * (1.0 - math.exp(min(-bump_decay * days, LARGEST))) / bump_decay
    if fade != 0.0:
        total -= fade * (1.0 - math.exp(-fade_decay * days)) / fade_decay
        if bump != 0.0:
            both = bump_decay + fade_decay
            total -= bump * fade * (1.0 - math.exp(-both * days)) / both
    return rate * total


@kernel
def hazard(rate, bump, bump_decay, fade, fade_decay, days):
    """Hazard per day, `days` after the last update."""
    now = rate
    if bump != 0.0:
        now *= 1.0 + bump * math.exp(min(-bump_decay * days, LARGEST))
    if fade != 0.0:
        now *= 1.0 - fade * math.exp(-fade_decay * days)
    return now


@kernel
def days_until(rate, bump, bump_decay, fade, fade_decay, left, most):
    """First whole day, 1 to `most`, on which the cumulative hazard reaches `left`; NEVER if it does not."""
    if rate <= 0.0 or most < 1:
        return NEVER
    if left <= 0.0:
        return 1
    if bump == 0.0 and fade == 0.0:
        if rate * most < left:
            return NEVER
        high = min(max(int(left / rate), 1), most)
        while high > 1 and rate * float(high - 1) >= left:
            high -= 1
        while rate * float(high) < left:
            high += 1
        return high
    if cumulative(rate, bump, bump_decay, fade, fade_decay, most) < left:
        return NEVER
    low = 0
    high = most
    guess = max(1, int(left / (rate * (1.0 + max(bump, 0.0)))))
    while high - low > 1:
        guess = min(max(guess, low + 1), high - 1)
        reached = cumulative(rate, bump, bump_decay, fade, fade_decay, guess)
        if reached >= left:
            high = guess
        else:
            low = guess
        now = hazard(rate, bump, bump_decay, fade, fade_decay, guess)
        step = (left - reached) / now if now > 0.0 else 1e9
        guess = high if step > 1e6 else guess + int(math.floor(step)) + (1 if reached < left else 0)
        if guess <= low or guess >= high:
            guess = (low + high) // 2
    return high


@fixed(types.void(WORLD, *[types.int64] * 4))
def draw_threshold(w, i, k, episode, variant):
    """A new unit-exponential threshold for clock `k`, keyed by (person, episode, ordinal, variant)."""
    clock = w.clocks[i, k]
    clock["left"] = draws.exponential(
        w.levers[0]["key"], draws.CLOCK, i, episode, clock["ordinal"], k + CLOCKS * variant
    )
    clock["ordinal"] += 1


@kernel
def consume(w, i, day):
    """Deduct the hazard since the last update from every running clock of person `i`; returns the days passed."""
    p = w.patients[i]
    days = day - p["clock_day"]
    if days > 0:
        fade_decay = 1.0 / w.parameters[0]["follow_up.fade"]
        for k in range(CLOCKS):
            c = w.clocks[i, k]
            if c["rate"] > 0.0:
                c["left"] -= cumulative(c["rate"], c["bump"], w.decay[k], c["fade"], fade_decay, days)
        p["clock_day"] = day
    return days


@kernel
def first_due(w, i):
    """Day on which the first clock of person `i` fires, or NEVER within the run."""
    p = w.patients[i]
    most = w.levers[0]["horizon"] - 1 - p["clock_day"]
    fade_decay = 1.0 / w.parameters[0]["follow_up.fade"]
    soonest = np.int64(NEVER)
    for k in range(CLOCKS):
        c = w.clocks[i, k]
        wait = days_until(c["rate"], c["bump"], w.decay[k], c["fade"], fade_decay, c["left"], most)
        if wait < soonest:
            soonest = wait
            most = wait
    return p["clock_day"] + soonest if soonest < NEVER else NEVER


@kernel
def is_due(w, i, day):
    """Whether any clock of person `i` has fired by `day`: what a naive daily scan asks of everybody."""
    p = w.patients[i]
    days = day - p["clock_day"]
    if days < 1:
        return False
    fade_decay = 1.0 / w.parameters[0]["follow_up.fade"]
    for k in range(CLOCKS):
        c = w.clocks[i, k]
        if c["rate"] > 0.0:
            if (
                c["left"] <= 0.0
                or cumulative(c["rate"], c["bump"], w.decay[k], c["fade"], fade_decay, days) >= c["left"]
            ):
                return True
    return False


@kernel
def put(w, i, day):
    """Enter person `i` in the calendar for `day` (leaving their present day first)."""
    take(w, i)
    if day < w.levers[0]["horizon"]:
        first = w.calendar[day]
        e = w.entries[i]
        e["due"] = day
        e["after"] = first
        e["before"] = -1
        if first >= 0:
            w.entries[first]["before"] = i
        w.calendar[day] = i


@kernel
def take(w, i):
    """Take person `i` out of the calendar."""
    e = w.entries[i]
    if e["due"] < NEVER:
        if e["before"] >= 0:
            w.entries[e["before"]]["after"] = e["after"]
        else:
            w.calendar[e["due"]] = e["after"]
        if e["after"] >= 0:
            w.entries[e["after"]]["before"] = e["before"]
        e["due"] = NEVER


@kernel
def gather(w, day):
    """Fill `w.due` with the people due on `day`, in the order of their ids; returns how many."""
    n = 0
    if w.levers[0]["scan"]:
        for i in range(len(w.patients)):
            if w.patients[i]["place"] <= 1 and is_due(w, i, day):
                w.due[n] = i
                n += 1
        return n
    i = w.calendar[day]
    while i >= 0:
        w.due[n] = i
        n += 1
        i = np.int64(w.entries[i]["after"])
    if n > 64:
        w.due[:n].sort()
    else:
        for a in range(1, n):
            i = w.due[a]
            b = a
            while b > 0 and w.due[b - 1] > i:
                w.due[b] = w.due[b - 1]
                b -= 1
            w.due[b] = i
    return n
