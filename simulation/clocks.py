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
from simulation.state import BENEFIT, CLOCKS, NEVER, TO_COME, WAITING
from simulation.world_compiled import WORLD

LARGEST = 300.0
"""Largest exponent of a growing bump (urgency): e^300 a day is as good as certain, and does not overflow."""


@kernel
def tabulate(w):
    """Fill `w.remains`: what is left of each transient after each number of days."""
    for k in range(len(w.times)):
        for days in range(w.remains.shape[1]):
            w.remains[k, days] = math.exp(min(-days / w.times[k], LARGEST))


@kernel
def cumulative(w, k, rate, bump, fade, days):
    """Cumulative hazard of clock `k` over `days` since the last update."""
    total = float(days)
    if bump != 0.0:
        total += bump * (1.0 - w.remains[k, days]) * w.times[k]
    if fade != 0.0:
        total -= fade * (1.0 - w.remains[BENEFIT, days]) * w.times[BENEFIT]
        if bump != 0.0:
            both = w.times[k] * w.times[BENEFIT] / (w.times[k] + w.times[BENEFIT])
            total -= bump * fade * (1.0 - w.remains[k, days] * w.remains[BENEFIT, days]) * both
    return rate * total


@kernel
def hazard(w, k, rate, bump, fade, days):
    """Hazard of clock `k` per day, `days` after the last update."""
    return rate * (1.0 + bump * w.remains[k, days]) * (1.0 - fade * w.remains[BENEFIT, days])


@kernel
def days_until(w, k, rate, bump, fade, left, most):
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
    if cumulative(w, k, rate, bump, fade, most) < left:
        return NEVER
    low = 0
    high = most
    guess = max(1, int(left / (rate * (1.0 + max(bump, 0.0)))))
    while high - low > 1:
        guess = min(max(guess, low + 1), high - 1)
        reached = cumulative(w, k, rate, bump, fade, guess)
        if reached >= left:
            high = guess
        else:
            low = guess
        now = hazard(w, k, rate, bump, fade, guess)
        step = (left - reached) / now if now > 0.0 else 1e9
        guess = high if step > 1e6 else guess + int(math.floor(step)) + (1 if reached < left else 0)
        if guess <= low or guess >= high:
            guess = (low + high) // 2
    return high


@fixed(types.void(WORLD, *[types.int64] * 5))
def draw_threshold(w, i, k, episode, ordinal, variant):
    """A new unit-exponential threshold for clock `k`, keyed by (person, episode, ordinal, variant)."""
    w.clocks[i, k]["left"] = draws.exponential(
        w.levers[0]["key"], draws.CLOCK, i, episode, ordinal, k + CLOCKS * variant
    )


@kernel
def passed(w, i, k, days):
    """Cumulative hazard of clock `k` of person `i` over `days` since the last update."""
    c = w.clocks[i, k]
    return cumulative(w, k, c["rate"], c["bump"], c["fade"], days)


@kernel
def now(w, i, k, days):
    """Hazard per day of clock `k` of person `i`, `days` after the last update."""
    c = w.clocks[i, k]
    return hazard(w, k, c["rate"], c["bump"], c["fade"], days)


@kernel
def consume(w, i, day):
    """Deduct the hazard since the last update from every running clock of person `i`; returns the days passed."""
    p = w.patients[i]
    days = day - p["clock_day"]
    if days > 0:
        for k in range(CLOCKS):
            if w.clocks[i, k]["rate"] > 0.0:
                w.clocks[i, k]["left"] -= passed(w, i, k, days)
        p["clock_day"] = day
    return days


@kernel
def first_due(w, i):
    """Day on which the first clock of person `i` fires, or hazards are set anew; NEVER within the run."""
    p = w.patients[i]
    soonest = np.int64(NEVER)
    most = np.int64(w.levers[0]["horizon"] - 1 - p["clock_day"])
    if p["check_day"] - p["clock_day"] <= most:
        soonest = np.int64(p["check_day"] - p["clock_day"])
        most = soonest
    for k in range(CLOCKS):
        c = w.clocks[i, k]
        rate = c["rate"]
        if rate <= 0.0 or (c["bump"] == 0.0 and c["fade"] == 0.0 and rate * most < c["left"]):
            continue  # most clocks do not fire before another does
        wait = days_until(w, k, rate, c["bump"], c["fade"], c["left"], most)
        if wait < soonest:
            soonest = wait
            most = wait
    return p["clock_day"] + soonest if soonest < NEVER else NEVER


@kernel
def is_due(w, i, day):
    """Whether any clock of person `i` has fired by `day`: what a naive daily scan asks of everybody."""
    days = day - w.patients[i]["clock_day"]
    if days < 1:
        return False
    if day >= w.patients[i]["check_day"]:
        return True
    for k in range(CLOCKS):
        c = w.clocks[i, k]
        if c["rate"] > 0.0 and (c["left"] <= 0.0 or passed(w, i, k, days) >= c["left"]):
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
            p = w.patients[i]
            if (p["place"] <= WAITING and is_due(w, i, day)) or (p["place"] == TO_COME and p["joined"] == day):
                w.due[n] = i
                n += 1
        return n
    i = w.calendar[day]
    while i >= 0:
        w.due[n] = i
        n += 1
        i = np.int64(w.entries[i]["after"])
    sort_due(w, n)
    return n


@kernel
def sort_due(w, n):
    """Sort the first `n` people of `w.due`, each there once (Shell 1959, gaps by 4/9: no memory of its own)."""
    gap = 1
    while gap * 9 // 4 < n:
        gap = gap * 9 // 4 + 1
    while gap > 0:
        for a in range(gap, n):
            i = w.due[a]
            b = a
            while b >= gap and w.due[b - gap] > i:
                w.due[b] = w.due[b - gap]
                b -= gap
            w.due[b] = i
        gap = gap * 4 // 9
