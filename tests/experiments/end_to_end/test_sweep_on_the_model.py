"""A small sweep of the model itself: in worker processes, and any of its runs again to the same bits."""

from pathlib import Path

import pytest

from experiments import sweep
from experiments.studies.rerun import rerun
from experiments.studies.store import layout
from tests.experiments.sweeps import STUDY, bytes_of, in_this_process, plan_of

TEXT = STUDY.replace("[2, 4, 8]", "[2]").replace("[design]", "[design]\nfutures = 2") + (
    '[uncertainties]\n"parameters.relationship.contact_gain" = "prior"\n[keep]\ndaily = true\ncurves = true\nsubgroups = true\n'  # noqa: E501
)
SMALL = ("population.size=300", "run.warm_up_days=30", "run.days=60")


def test_in_processes_and_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_of(tmp_path, TEXT, replications=2, settings=SMALL)
    data = sweep(plan, out=tmp_path / "out", workers=2)
    assert data.failed.empty and len(data.runs) == 12 and data.runs["worker"].nunique() == 2
    assert not data.curves().empty and not data.subgroups().empty
    found = [rerun(tmp_path / "out", key) for key in data.runs["key"]]
    assert all(each.same and each.same_model for each in found)
    assert {each.row["future"] for each in found} == {0, 1}
    in_this_process(monkeypatch)
    sweep(plan, out=tmp_path / "here")
    assert bytes_of(tmp_path / "here", tmp_path / "a") == bytes_of(tmp_path / "out", tmp_path / "b")
    assert layout.read_manifest(tmp_path / "out")["scenarios"]["bridge"]["population"]["size"] == 300
