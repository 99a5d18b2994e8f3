"""The world: one pointer to all arrays, in Python and in compiled code."""

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from numba import njit

from simulation.engine import Engine
from simulation.world import ARRAYS, World
from tests.simulation.small import digest, small

CONFIG = small(120, 20, 60)


def arrays(world: World) -> dict[str, Any]:
    return {name: getattr(world, name) for name in ARRAYS}


def a_world() -> World:
    return World(**{name: np.zeros((3,) if dims == 1 else (3, 2), dtype) for name, (dtype, dims) in ARRAYS.items()})


@njit
def lengths(w):  # type: ignore[no-untyped-def]
    return len(w.patients), len(w.events), w.clocks.shape[0], w.clocks.shape[1], w.caseloads.shape[1], len(w.tasks)


@njit
def touch(w, i, trust):  # type: ignore[no-untyped-def]
    before = w.patients[i]["trust"]
    w.patients[i]["trust"] = trust
    w.clocks[i, 1]["left"] = trust + 1.0
    w.calendar[i] = i
    return before


@pytest.mark.interpreted
def test_compiled_code_sees_and_changes_the_same_memory() -> None:
    w = a_world()
    w.patients[2]["trust"] = 0.25
    assert touch(w, 2, 0.75) == 0.25
    assert w.patients[2]["trust"] == 0.75 and w.clocks[2, 1]["left"] == 1.75 and w.calendar[2] == 2
    assert w.patients[1]["trust"] == 0.0 and w.clocks[2, 0]["left"] == 0.0


@pytest.mark.interpreted
def test_an_array_can_be_replaced_by_a_longer_one() -> None:
    w = a_world()
    assert lengths(w) == (3, 3, 3, 2, 2, 3)
    longer = np.zeros(10, ARRAYS["events"][0])
    w.replace("events", longer)
    assert lengths(w) == (3, 10, 3, 2, 2, 3)
    assert w.events is longer


@pytest.mark.interpreted
def test_every_field_of_every_record_is_read_alike() -> None:
    w = Engine(CONFIG, 1).world
    for name in ("patients", "clocks", "clinicians", "units", "levers", "switches", "parameters"):
        array = getattr(w, name)
        assert array.flags.c_contiguous and array.flags.aligned
        assert array.dtype == ARRAYS[name][0]


@pytest.mark.interpreted
@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("patients", np.zeros(3)),
        ("patients", np.zeros((3, 2), ARRAYS["patients"][0])),
        ("clocks", np.zeros(3, ARRAYS["clocks"][0])),
        ("calendar", np.zeros(3, np.int32)),
        ("calendar", np.zeros(6, np.int64)[::2]),
        ("caseloads", np.asfortranarray(np.zeros((3, 2), np.int64))),
        ("due", np.zeros(3, ">i8")),
        ("times", np.zeros(3, np.float32)),
    ],
)
def test_a_wrong_array_is_refused(name: str, array: Any) -> None:
    w = a_world()
    before = arrays(w)
    with pytest.raises(ValueError, match=f"array '{name}' has another dtype or shape"):
        w.replace(name, array)
    assert all(getattr(w, key) is value for key, value in before.items())
    assert lengths(w) == (3, 3, 3, 2, 2, 3)


@pytest.mark.interpreted
def test_missing_and_unknown_arrays_are_refused() -> None:
    given = arrays(a_world())
    with pytest.raises(ValueError, match="missing or unknown: \\['clocks'\\]"):
        World(**{name: array for name, array in given.items() if name != "clocks"})
    with pytest.raises(ValueError, match="missing or unknown: \\['dogs'\\]"):
        World(**given, dogs=np.zeros(1))


@pytest.mark.interpreted
@pytest.mark.parametrize("how", ["pickle", "deepcopy"])
def test_a_run_goes_on_from_a_copy(how: str) -> None:
    engine = Engine(CONFIG, 5)
    engine.run(33)
    other: Engine = pickle.loads(pickle.dumps(engine)) if how == "pickle" else copy.deepcopy(engine)
    assert other.world.address != engine.world.address
    assert not any(
        np.shares_memory(a, b) for a, b in zip(arrays(engine.world).values(), arrays(other.world).values(), strict=True)
    )
    engine.run()
    assert other.day == 33
    other.run()
    assert digest(engine.result()) == digest(other.result())
