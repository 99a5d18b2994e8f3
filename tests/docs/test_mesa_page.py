"""The blocks of docs/how-to/mesa.md run, one after the other, on the Mesa that is installed."""

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "mesa.md"
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_every_block_runs(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {"__name__": "page"}
    left_out = 0
    for block in BLOCKS:
        if "# needs: solara" in block and importlib.util.find_spec("solara") is None:
            left_out += 1
            continue
        exec(compile(block, str(PAGE), "exec"), names)
    assert len(BLOCKS) >= 6 and left_out <= 1
    printed = capsys.readouterr().out
    day, people = map(int, printed.split()[:2])
    assert day == 30 and 900 < people < 1100 and "mean trust of people at home" in printed
    assert len(names["shares"]) == 4 and all(0 < share < 1 for share in names["shares"])
    assert set(names["result"].differences()["scenario"]) == {"bridge"}


def test_batch_run_is_as_the_page_says() -> None:
    """It takes a scenario apart: an iterable parameter is a list of values to it."""
    from collections.abc import Iterable

    from scenarios import load

    assert isinstance(load("bridge"), Iterable)
