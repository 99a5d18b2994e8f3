"""Progress of a sweep: a line now and then in a log, a bar on a terminal."""

import math
from types import SimpleNamespace
from typing import Any

import pytest

from experiments.studies import progress as study_progress
from experiments.studies.progress import StudyProgressBar


def standing(done: int, **changed: Any) -> Any:
    facts = {"done": done, "total": 200, "fresh": done, "failed": 0, "seconds_left": 75.0}
    return SimpleNamespace(**facts | {"outcome": "readmission_30d", "half_width": 0.0123} | changed)


def test_a_log_gets_a_line_now_and_then(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(study_progress.time, "monotonic", lambda: now[0])
    with StudyProgressBar() as progress:
        progress.start(150, 50)
        for second in range(130):
            now[0] = second
            progress.show(standing(50 + second, failed=second // 100))
        progress.say("done")
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        "50 runs are there from before; 150 to go.",
        "110 of 200 runs; 75 seconds left; differences in readmission, 30 d known to ±1.2 points or better",
        "170 of 200 runs; 75 seconds left; 1 failed; differences in readmission, 30 d known to ±1.2 points or better",
        "done",
    ]


def test_nothing_is_claimed_before_it_is_known(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study_progress, "LOG_SECONDS", 0.0)
    progress = StudyProgressBar()
    progress.start(0, 9)
    progress.show(standing(1, seconds_left=math.nan, half_width=math.nan))
    assert capsys.readouterr().err == "9 runs are there from before; nothing is left to do.\n1 of 200 runs; starting\n"


def test_a_bar_on_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study_progress, "is_watched", lambda: True)
    monkeypatch.setattr(study_progress, "PATIENCE", 0.0)
    with StudyProgressBar() as progress:
        progress.start(200, 0)
        progress.show(standing(20))
        assert progress._bar is not None and progress._bar.tasks[0].completed == 20
        progress.show(standing(40, total=400))
        assert progress._bar.tasks[0].total == 400 and "75 seconds left" in progress._bar.tasks[0].fields["said"]
        progress.say("a line")
    assert "a line" in capsys.readouterr().err
