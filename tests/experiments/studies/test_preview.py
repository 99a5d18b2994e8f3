"""What the terminal shows before a study runs: the list, and what a sweep would take."""

from pathlib import Path

import pytest

from experiments.reporting.terminal import duration, size
from experiments.studies.definition.reader import read_study_file, study_names
from experiments.studies.dry_run import Rehearsal
from experiments.studies.preview import show_rehearsal, show_studies


def shown(capsys: pytest.CaptureFixture[str]) -> str:
    text = capsys.readouterr().out
    assert all(len(line) <= 100 for line in text.splitlines())
    return text


def test_the_list_of_studies(capsys: pytest.CaptureFixture[str]) -> None:
    show_studies([read_study_file(name) for name in study_names()])
    text = shown(capsys)
    assert all(name in text for name in study_names()) and "6,300" in text


def test_a_rehearsal(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    plan = read_study_file("staffing-supervision-followup")
    r = Rehearsal(126, 6300, 6300, (1, 4), 1575, tmp_path, True, 1000, 3, 1325, 2, 80, 0.025, 70.4, 2.4e6)
    show_rehearsal(plan, r)
    text = " ".join(shown(capsys).split())
    for words in (
        "125, and the baseline usual-care: 126 points", "peer workers: 2, 4, 6, 8, 12", "6,300, 50 of each point",
        "part 1 of 4: 1,575 of them", "1,000 finished, 3 failed (--retry-failed runs them again); 1,325 to go",
        "about 70 seconds on 2 cores", "one run takes 25 ms", "about 2.4 MB", "(there)", "Nothing was written",
    ):  # fmt: skip
        assert words in text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.1, "1 second"), (45, "45 seconds"), (150, "2.5 minutes"), (1800, "30 minutes"), (9000, "2.5 hours"),
     (400_000, "4.6 days")],
)  # fmt: skip
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("n", "words"), [(12, "12 bytes"), (640_000, "640 kB"), (2.44e6, "2.44 MB"), (5e12, "5000 GB")]
)
def test_sizes(n: float, words: str) -> None:
    assert size(n) == words
