"""Rooms stay small: no package has more than fourteen modules, but for rooms of one mechanism or command a file."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MOST = 14
ONE_A_FILE = ("docs/build", "experiments/cli", "simulation", "simulation/processes")
"""Rooms in which each page, command or mechanism is one file, and the model itself."""

ROOMS = sorted(
    {
        file.parent.relative_to(ROOT).as_posix()
        for package in ("dashboard", "docs/build", "experiments", "peerbridge", "scenarios", "simulation")
        for file in (ROOT / package).rglob("*.py")
    }
)


@pytest.mark.parametrize("room", [room for room in ROOMS if room not in ONE_A_FILE])
def test_a_room_has_fourteen_modules_at_most(room: str) -> None:
    modules = [file.name for file in (ROOT / room).glob("*.py") if file.name != "__init__.py"]
    assert len(modules) <= MOST, modules


def test_rooms_that_may_be_larger_exist() -> None:
    assert set(ONE_A_FILE) <= set(ROOMS)
