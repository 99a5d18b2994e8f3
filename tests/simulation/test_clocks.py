"""Community clocks: the closed forms against brute force and SciPy, and the calendar as a list."""

import math

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from numba import njit
from scipy import integrate, optimize

from simulation import clocks
from simulation.engine import Engine
from simulation.state import BENEFIT, CLOCKS, DEAD, HOME, NEED, NEVER, TO_COME, TRANSIENTS, WAITING
from simulation.world import World
from tests.simulation.small import NOBODY, SCENARIOS, small

WORLD = Engine(small(size=1, warm_up_days=0, days=1, programme=NOBODY)).world
"""Lends its tables to clocks of the tests: clock NEED has the bump, and BENEFIT is the fade."""


@njit
def cumulative_of(w, rate, bump, fade, days):  # type: ignore[no-untyped-def]
    return clocks.cumulative(w, NEED, rate, bump, fade, days)


@njit
def days_until_of(w, rate, bump, fade, left, most):  # type: ignore[no-untyped-def]
    return clocks.days_until(w, NEED, rate, bump, fade, left, most)


@njit
def tabulate(w):  # type: ignore[no-untyped-def]
    clocks.tabulate(w)


def lend(bump_decay: float, fade_decay: float, days: int) -> World:
    """The world with these decays per day in its tables, up to so many days."""
    WORLD.times = np.ones(TRANSIENTS)
    WORLD.times[[NEED, BENEFIT]] = 1 / bump_decay, 1 / fade_decay
    WORLD.remains = np.zeros((TRANSIENTS, days + 1))
    tabulate(WORLD)
    return WORLD


def cumulative(rate, bump, bump_decay, fade, fade_decay, days) -> float:  # type: ignore[no-untyped-def]
    return float(cumulative_of(lend(bump_decay, fade_decay, days), rate, bump, fade, days))


def days_until(rate, bump, bump_decay, fade, fade_decay, left, most) -> int:  # type: ignore[no-untyped-def]
    return int(days_until_of(lend(bump_decay, fade_decay, most), rate, bump, fade, left, most))


def first_day(w, k, rate, bump, fade, left, most) -> int:  # type: ignore[no-untyped-def]
    """Day by day: what `days_until` must find."""
    if rate <= 0.0:
        return NEVER
    for day in range(1, most + 1):
        if left <= 0.0 or passed(w, k, rate, bump, fade, day) >= left:
            return day
    return NEVER


@njit
def passed(w, k, rate, bump, fade, days):  # type: ignore[no-untyped-def]
    return clocks.cumulative(w, k, rate, bump, fade, days)


def hazard(t: float, rate: float, bump: float, bump_decay: float, fade: float, fade_decay: float) -> float:
    return rate * (1 + bump * math.exp(-bump_decay * t)) * (1 - fade * math.exp(-fade_decay * t))


rates = st.floats(1e-5, 2.0)
bumps = st.one_of(st.just(0.0), st.floats(0.001, 100.0))
decays = st.floats(1 / 730, 1.0)
fades = st.one_of(st.just(0.0), st.floats(0.001, 0.95))
lefts = st.one_of(st.floats(-1.0, 0.0), st.floats(1e-12, 20.0))


@pytest.mark.interpreted
@settings(deadline=None)
@given(rates, bumps, decays, fades, decays, st.integers(0, 700))
def test_the_cumulative_hazard_is_the_integral_of_the_hazard(
    rate: float, bump: float, bump_decay: float, fade: float, fade_decay: float, days: int
) -> None:
    shape = (rate, bump, bump_decay, fade, fade_decay)
    breaks = [t for t in (1.0, 10.0, 100.0) if t < days]
    exact, _ = integrate.quad(hazard, 0, days, args=shape, epsabs=1e-12, epsrel=1e-10, points=breaks or None, limit=200)
    assert cumulative(*shape, days) == pytest.approx(exact, rel=1e-8, abs=1e-10)


@pytest.mark.interpreted
@settings(deadline=None)
@given(st.floats(0.005, 2.0), st.floats(0.001, 0.3), st.floats(1.0, 20.0), st.integers(0, 60))
def test_urgency_that_grows_is_a_bump_with_a_negative_decay(
    rate: float, urgency: float, bump: float, days: int
) -> None:
    exact, _ = integrate.quad(hazard, 0, days, args=(rate, bump, -urgency, 0.0, 1.0), epsrel=1e-10)
    assert cumulative(rate, bump, -urgency, 0.0, 1.0, days) == pytest.approx(exact, rel=1e-8, abs=1e-10)


@pytest.mark.interpreted
@settings(max_examples=300, deadline=None)
@given(rates, bumps, st.one_of(decays, st.floats(-0.3, -0.001)), fades, decays, lefts, st.integers(0, 200))
@example(0.1, 0.0, 0.1, 0.0, 0.1, 0.3, 5)  # 0.1 + 0.1 + 0.1 > 0.3 in floating point
@example(0.5, 1.0, 0.1, 0.0, 0.1, 1e-300, 5)
@example(0.5, 1.0, 0.1, 0.5, 0.1, 1e9, 5)
def test_the_first_day_is_the_one_that_a_daily_count_finds(
    rate: float, bump: float, bump_decay: float, fade: float, fade_decay: float, left: float, most: int
) -> None:
    if bump_decay < 0:
        fade = 0.0
    w = lend(bump_decay, fade_decay, most)
    assert days_until_of(w, rate, bump, fade, left, most) == first_day(w, NEED, rate, bump, fade, left, most)


@pytest.mark.interpreted
@settings(deadline=None)
@given(rates, st.floats(0.001, 100.0), decays, fades, decays, st.floats(0.001, 10.0))
def test_the_first_day_is_that_of_the_root(
    rate: float, bump: float, bump_decay: float, fade: float, fade_decay: float, left: float
) -> None:
    def area(t: float) -> float:
        both = bump_decay + fade_decay
        out = (
            t
            + bump * (1 - math.exp(-bump_decay * t)) / bump_decay
            - fade * (1 - math.exp(-fade_decay * t)) / fade_decay
        )
        return rate * (out - bump * fade * (1 - math.exp(-both * t)) / both)

    assume(area(3_000.0) > left)
    root = optimize.brentq(lambda t: area(t) - left, 0.0, 3_000.0, xtol=1e-10)
    assume(abs(root - round(root)) > 1e-6)
    assert days_until(rate, bump, bump_decay, fade, fade_decay, left, 3_000) == max(1, math.ceil(root))


@pytest.mark.interpreted
@pytest.mark.parametrize(
    ("rate", "left", "most"), [(0.0, 1.0, 100), (0.1, 1.0, 9), (0.1, 1.0, 0), (1e-12, 1.0, 10_000)]
)
def test_a_clock_that_stands_or_comes_too_late_never_fires(rate: float, left: float, most: int) -> None:
    assert days_until(rate, 0.0, 0.1, 0.0, 0.1, left, most) == NEVER
    assert days_until(rate, 1e-9, 0.1, 0.0, 0.1, left, most) == NEVER


def check_calendar(engine: Engine) -> int:
    """Everybody who sleeps stands once, on the day on which their first clock fires; returns how many do."""
    w, day = engine.world, engine.day
    places, entries = w.patients["place"], w.entries
    seen = {}
    for due, first in enumerate(w.calendar):
        before, i = -1, int(first)
        while i >= 0:
            assert i not in seen
            assert entries["due"][i] == due and entries["before"][i] == before
            seen[i] = due
            before, i = i, int(entries["after"][i])
    asleep = set(np.flatnonzero(entries["due"] < NEVER).tolist())
    assert asleep == set(seen)
    assert not seen or min(seen.values()) >= day
    assert set(places[list(seen)].tolist()) <= {HOME, WAITING, TO_COME}
    out = np.flatnonzero((places == HOME) | (places == WAITING))
    for i in out:
        p = w.patients[i]
        most = engine.config.horizon - 1 - int(p["clock_day"])
        waits = [first_day(w, k, c["rate"], c["bump"], c["fade"], c["left"], most) for k, c in enumerate(w.clocks[i])]
        soonest = min(*waits, int(p["check_day"]) - int(p["clock_day"]))
        soonest = soonest if soonest <= most else NEVER
        assert seen.get(int(i), NEVER) == (int(p["clock_day"]) + soonest if soonest < NEVER else NEVER)
    return len(seen)


@pytest.mark.interpreted
@pytest.mark.parametrize("name", ["usual care", "eager"])
def test_everybody_at_home_sleeps_until_their_first_clock(name: str) -> None:
    engine = Engine(SCENARIOS[name], 2)
    asleep = [check_calendar(engine)]
    for day in (1, 20, 60):
        engine.run(day)
        asleep.append(check_calendar(engine))
    assert max(asleep) > 100
    engine.run()
    assert not (engine.world.calendar[: engine.day] >= 0).any()


@pytest.mark.interpreted
def test_the_dead_have_no_day() -> None:
    engine = Engine(SCENARIOS["eager"], 2)
    engine.run()
    dead = engine.world.patients["place"] == DEAD
    assert dead.sum() >= 5
    assert (engine.world.entries["due"][dead] == NEVER).all()
    assert engine.world.clocks.shape == (len(dead), CLOCKS)
