"""One run: in pieces, with arrays that grow, through interruptions, and at the ends of every parameter."""

import math
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios import load, names
from simulation.engine import CHUNK, Engine, simulate
from simulation.parameters import NAMES, PARAMETERS
from simulation.state import DAILY, EVENTS
from tests.simulation.small import EAGER, SCENARIOS, columns, digest, small

CONFIG = SCENARIOS["eager"]
HORIZON = CONFIG.horizon


@pytest.fixture(scope="module")
def whole() -> str:
    """Digest of the run in one go."""
    return digest(simulate(CONFIG, 9))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, HORIZON), max_size=6))
def test_a_run_in_pieces_is_the_run_in_one_go(whole: str, stops: list[int]) -> None:
    engine = Engine(CONFIG, 9)
    for stop in stops:
        before = engine.day
        engine.run(stop)
        assert engine.day == max(before, stop)  # a day that is past is no error and changes nothing
        engine.result()
    engine.run()
    assert engine.day == HORIZON
    assert digest(engine.result()) == whole


@pytest.mark.interpreted
def test_day_by_day_is_the_run_in_one_go(whole: str) -> None:
    engine = Engine(CONFIG, 9)
    for day in range(HORIZON):
        engine.run(day + 1)
    assert digest(engine.result()) == whole


@pytest.mark.interpreted
def test_a_run_does_not_go_beyond_its_horizon() -> None:
    engine = Engine(CONFIG, 9)
    with pytest.raises(ValueError, match=f"day {HORIZON + 1} lies beyond the run of {HORIZON} days"):
        engine.run(HORIZON + 1)
    engine.run()
    assert engine.day == HORIZON


@pytest.mark.interpreted
def test_arrays_that_grow_lose_nothing(whole: str) -> None:
    engine = Engine(CONFIG, 9)
    w = engine.world
    roomy = len(w.events), len(w.stays)
    w.replace("events", w.events[:0].copy())
    w.replace("stays", w.stays[: int(w.counts[0]["stays"]) + 1].copy())
    grown = []
    original = engine.world.grow
    engine.world.grow = lambda rows: (grown.append((len(w.events), len(w.stays))), original(rows))  # type: ignore[method-assign,assign,func-returns-value]
    engine.run()
    assert len(grown) >= 3
    assert all(a <= b for a, b in pairwise(grown))
    assert w.counts[0]["events"] <= len(w.events) and w.counts[0]["stays"] <= len(w.stays)
    assert roomy != (len(w.events), len(w.stays))
    assert digest(engine.result()) == whole


def test_stays_grow_where_many_come_on_one_day() -> None:
    config = small(
        4_000,
        0,
        30,
        parameters={"acute_need.rate": 20.0, "beds.admission": 1.0},
        hospital={"beds_per_unit": 2_000},
        off=("care_seeking",),
        burn_in_days=0,
    )
    engine = Engine(config, 1)
    before = len(engine.world.stays)
    engine.world.replace("stays", engine.world.stays[:5].copy())
    engine.run()
    result = engine.result()
    assert digest(result) == digest(simulate(config, 1))
    assert (result.events["event"] == "admitted").sum() == result.daily["admissions"].sum() > before / 2


@pytest.mark.interpreted
@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_exception_between_chunks_leaves_a_run_that_can_go_on(whole: str, error: type[BaseException]) -> None:
    def interrupt(day: int) -> None:
        raise error

    engine = Engine(CONFIG, 9)
    for expected in (CHUNK, HORIZON):
        with pytest.raises(error):
            engine.run(tick=interrupt)
        assert engine.day == expected
    assert digest(engine.result()) == whole


@pytest.mark.interpreted
def test_ticks_tell_the_days_run() -> None:
    engine, days = Engine(CONFIG, 9), list[int]()
    engine.run(70, days.append)
    engine.run(tick=days.append)
    assert days == [CHUNK, 70, HORIZON]


@pytest.mark.interpreted
def test_a_result_of_a_run_that_goes_on_stays_what_it_was() -> None:
    engine, twin = Engine(CONFIG, 9), Engine(CONFIG, 9)
    engine.run(60)
    early, values = engine.result(), dict(engine.result().values)
    engine.run()
    late = engine.result()
    twin.run(60)
    assert digest(early) == digest(twin.result())
    np.testing.assert_equal(early.values, values)
    assert len(early.daily) == 60 and len(late.daily) == HORIZON
    pd.testing.assert_frame_equal(early.daily, late.daily[:60])
    events = late.events
    pd.testing.assert_frame_equal(early.events, events[events["day"] < 60].reset_index(drop=True))
    assert early.discharges["discharge_day"].max() < 60


@pytest.mark.interpreted
def test_tables_have_the_promised_shape() -> None:
    result = simulate(CONFIG, 9, replication=2, parameters={"cost.wage": 21.0})
    assert (result.seed, result.replication, result.config) == (9, 2, CONFIG)
    assert result.parameters["cost.wage"] == 21.0 and set(result.parameters) == set(NAMES)
    assert tuple(result.daily.columns) == DAILY and result.daily.index.name == "day"
    assert result.outcomes.to_dict().keys() == result.values.keys()
    assert list(result.events["event"].cat.categories) == list(EVENTS)
    order = result.events[["day", "person"]].to_numpy()
    assert (np.diff(order[:, 0]) >= 0).all()
    assert set(result.discharges["discharge_type"].cat.categories) == {
        "planned",
        "patient-initiated",
        "administrative",
        "died",
    }
    for name, array in columns(result.discharges).items():
        if name != "trust_30d":
            assert np.isfinite(array).all(), name
    assert (result.discharges["discharge_day"] >= result.discharges["bed_day"]).all()


@pytest.mark.interpreted
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"seed": -1}, "seed must be"),
        ({"replication": 2**32}, "replication must be"),
        ({"parameters": {"acute_need.rats": 1.0}}, "did you mean 'acute_need.rate'"),
        ({"parameters": {"acute_need.rate": 1e9}}, "must lie from"),
    ],
)
def test_bad_arguments_are_refused(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        simulate(CONFIG, **arguments)  # type: ignore[arg-type]


UNIT_INTERVAL = {
    "patients": ["usual_trust", "usual_stigma", "trust", "peer_trust", "stigma", "distress", "residual", "benefit",
                 "window", "plan", "reach"],
    "clinicians": ["stigma_at_hire", "stigma", "credibility", "resting_burnout", "burnout"],
    "workers": ["skill", "boundaries", "stability", "burnout", "acuity", "overlap", "adequacy"],
    "stays": ["trust", "stigma", "distress", "plan"],
    "units": ["credibility", "clarity"],
}  # fmt: skip


def assert_sound(engine: Engine) -> None:
    """No state is undefined, and psychological states lie from 0 to 1."""
    w = engine.world
    used = {"events": int(w.counts[0]["events"]), "stays": int(w.counts[0]["stays"])}
    for name in ("patients", "clocks", "clinicians", "workers", "supervisors", "units", "daily", "stays"):
        array = getattr(w, name)[: used.get(name)]
        for field in array.dtype.names:
            if array.dtype[field].kind == "f":
                assert np.isfinite(array[field]).all(), (name, field)
        for field in UNIT_INTERVAL.get(name, []):
            values = array[field]
            assert not values.size or (values.min() >= 0 and values.max() <= 1), (name, field)
    assert (w.clocks["rate"] >= 0).all() and (w.patients["need"] >= 0).all() and (w.workers["minutes"] >= 0).all()
    for name in DAILY:
        assert (w.daily[name] >= 0).all(), name
    for name, value in engine.result().values.items():
        assert math.isnan(value) or (math.isfinite(value) and value >= 0), name


def run_at(values: dict[str, float], seed: int = 1) -> Engine:
    """A small run with everything switched on at these parameters."""
    config = small(80, 15, 45, parameters=EAGER | values, programme={"cross_training_hours": 20.0, "champion": True})
    engine = Engine(config, seed)
    engine.run()
    assert_sound(engine)
    return engine


SECTIONS = sorted({name.split(".")[0] for name in NAMES})


@pytest.mark.parametrize("section", SECTIONS)
def test_every_parameter_at_either_bound(section: str) -> None:
    for name in NAMES:
        if name.startswith(f"{section}."):
            for bound in (PARAMETERS[name].low, PARAMETERS[name].high):
                run_at({name: bound})


def test_skill_stays_a_share_where_learning_is_quickest() -> None:
    run_at({name: PARAMETERS[name].high for name in ("workforce.skill_pace", "supervision.skill")})


def test_a_population_that_leaves_at_once_is_not_replaced_by_billions() -> None:
    engine = run_at({"after_discharge.abstinent": 0.0, "after_discharge.using_at_start": 0.0}, 128)
    assert 80 < len(engine.world.patients) <= 80 * (1 + 60 / 20)


@pytest.mark.interpreted
@pytest.mark.parametrize("bound", ["low", "high"])
def test_all_parameters_at_one_bound(bound: str) -> None:
    for off in ("", *SECTIONS):  # all, and all but those of one mechanism
        run_at({name: getattr(PARAMETERS[name], bound) for name in NAMES if not off or not name.startswith(f"{off}.")})


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(["low", "high", "value"]), min_size=len(NAMES), max_size=len(NAMES)),
    st.integers(0, 2**64 - 1),
)
def test_parameters_at_bounds_at_random(bounds: list[str], seed: int) -> None:
    run_at({name: getattr(PARAMETERS[name], bound) for name, bound in zip(NAMES, bounds, strict=True)}, seed)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_at_either_bound_at_length(name: str) -> None:
    for profile in ("people_who_use_drugs", "serious_mental_illness"):
        for bound in (PARAMETERS[name].low, PARAMETERS[name].high):
            engine = Engine(
                small(2_000, 60, 300, parameters={name: bound}, hospital={"beds_per_unit": 30}, profile=profile), 2
            )
            engine.run()
            assert_sound(engine)


@pytest.mark.parametrize("name", names())
def test_bundled_scenarios_leave_sound_states(name: str) -> None:
    engine = Engine(load(name, settings=("population.size=1500", "run.warm_up_days=30", "run.days=90")), 5)
    engine.run()
    assert_sound(engine)
