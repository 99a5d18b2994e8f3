"""Progress of long work: a bar on a terminal, nothing in a log."""

from types import SimpleNamespace

import pytest

from experiments.reporting import progress
from experiments.reporting.progress import ProgressBar, Waves


def test_a_second_piece_of_work_has_a_bar_of_its_own(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress.sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    with ProgressBar() as bar:
        for todo in (40, 90):
            bar.start(todo, 0)
            bar.advance([None] * 10)
            assert bar._bar is not None
            (task,) = bar._bar.tasks
            assert (task.completed, task.total) == (10, todo)
        bar.say("a line")
    assert "a line" in capsys.readouterr().err


def test_a_log_gets_no_bar(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    with ProgressBar() as bar:
        bar.start(2_000, 1_000)
        bar.advance([None])
    assert capsys.readouterr().err == "1,000 runs are there from before; 2,000 to go.\n"


def test_each_wave_has_a_line_and_is_counted_from_its_own_runs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress.sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    with Waves({"wave-1": "first wave"}) as waves:
        for name, found in (("wave-1", 0), ("trial x", 5)):
            waves.begin(name, 1_000, found)
            for fresh in (10, 30):
                waves.show(SimpleNamespace(fresh=fresh))
            assert waves._bar is not None and waves._bar.tasks[0].completed == 30
    said = capsys.readouterr().err
    assert "first wave: 1,000 runs to go\n" in said and "trial x: 1,000 runs to go, 5 are there\n" in said
