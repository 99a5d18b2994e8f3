"""The folder of a comparison is told from that of a sweep, and read back as what it was."""

from pathlib import Path
from typing import Any

import pytest

from experiments import compare, read_study, sweep
from experiments.comparisons.folder import is_comparison, read_comparison
from experiments.support.errors import InputError
from tests.experiments.sweeps import in_this_process, plan_of

PLANS = ["bridge", "usual-care", "hospital-only"]


def test_what_was_compared_is_read_back(fake: Any, tmp_path: Path) -> None:
    made = compare(
        PLANS, baseline="usual-care", settings=["programme.caseload_cap=9"], replications=6, seed=3, threshold=20_000,
        out=tmp_path / "out",
    )  # fmt: skip
    read = read_comparison(tmp_path / "out")
    assert read.baseline == "usual-care" and list(read.configs) == PLANS and read.plans == ["bridge", "hospital-only"]
    assert (read.seed, read.replications, read.threshold, read.stopped) == (3, 6, 20_000, False)
    assert read.configs == made.configs and read.changed == made.changed and read.changed["bridge"]
    assert read.draws is not None and made.draws is not None and read.draws.digest == made.draws.digest
    assert read.differences().equals(made.differences()) and read.money_rows() == made.money_rows()
    assert read.outcomes().equals(made.outcomes())


def test_in_memory_and_in_a_folder_are_the_same(fake: Any, tmp_path: Path) -> None:
    kept = compare(PLANS, replications=5, out=tmp_path / "out")
    only = compare(PLANS, replications=5)
    assert only.folder is None and kept.folder == tmp_path / "out"
    assert kept.differences().equals(only.differences()) and kept.outcomes().equals(only.outcomes())


def test_the_value_of_a_readmission_may_change_where_the_runs_are(fake: Any, tmp_path: Path) -> None:
    compare(PLANS, replications=3, out=tmp_path / "out", draws=None)
    dearer = compare(PLANS, replications=3, out=tmp_path / "out", draws=None, threshold=30_000)
    assert dearer.threshold == 30_000 and read_comparison(tmp_path / "out").threshold == 30_000
    assert read_study(tmp_path / "out").threshold == 30_000


def test_a_sweep_is_no_comparison(fake: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_this_process(monkeypatch)
    sweep(plan_of(tmp_path, replications=1), out=tmp_path / "out")
    assert not is_comparison(read_study(tmp_path / "out").manifest)
    with pytest.raises(InputError, match="holds a study of peerbridge sweep, not a comparison; read_study reads it"):
        read_comparison(tmp_path / "out")
    with pytest.raises(InputError, match="holds a different study"):
        compare(PLANS, replications=1, out=tmp_path / "out", draws=None)
