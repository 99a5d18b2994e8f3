"""`peerbridge calibrate` in processes of its own: Ctrl-C says how to go on; neither it nor a kill changes a byte."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from experiments.calibration.site.template import tables
from experiments.studies.store.layout import read_runs
from scenarios import load
from simulation import simulate
from tests.experiments.calibration_cases import result_bytes

TARGETS = """
profile = "people_who_use_drugs"
[[target]]
id = "left"
quantity = "Patient-initiated discharge"
population = "p"
study = "s"
source = "x"
read = "computed"
value = 0.16
error = { low = 0.12, high = 0.2 }
weight = "high"
scenario = "usual-care"
prediction = "patient_initiated_discharge"
kind = "discharge"
[[target]]
id = "back"
quantity = "Readmission within 30 days after leaving early against not, hazard ratio"
population = "p"
study = "s"
source = "x"
read = "computed"
value = 1.8
error = { low = 1.2, high = 2.6, scale = "log" }
weight = "high"
scenario = "usual-care"
prediction = "readmission_hazard_ratio_30d"
kind = "association"
"""
SIZES = (
    "--first", 130, "--second", 60, "--waves", 2, "--check", 20, "--worlds", 5, "--steps", 20, "--workers", 2,
)  # fmt: skip


@pytest.fixture
def words(tmp_path: Path) -> list[object]:
    (tmp_path / "targets.toml").write_text(TARGETS, encoding="utf-8")
    return ["calibrate", "--targets", tmp_path / "targets.toml", *SIZES]


def wait_for(process: subprocess.Popen[str], what: Callable[[], object]) -> None:
    """Wait until `what` holds, as long as the process lives."""
    while not what():
        assert process.poll() is None, "it ended before"
        time.sleep(0.02)  # then look again


def test_ctrl_c_keeps_what_is_finished_and_says_how_to_go_on(start: Any, words: list[object], tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    begun.touch()
    process = start(*words, "--out", tmp_path / "out", FAKE_SECONDS=0.1, FAKE_BEGUN=begun)
    wait_for(process, lambda: begun.stat().st_size >= 8)  # more than the two workers have in hand: some are finished
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "Traceback" not in err and out == ""
    assert err.startswith("first wave: 130 runs to go\n")
    assert f"Stopped; finished runs are in {tmp_path / 'out'}. To go on: peerbridge calibrate --targets" in err
    assert json.loads((tmp_path / "out" / "calibration.json").read_text())["state"] == "running"
    assert 0 < read_runs(tmp_path / "out" / "wave-1").num_rows < 130


def test_one_line_for_targets_that_cannot_be_used(peerbridge: Any, tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text(TARGETS.replace("value = 0.16\n", ""), encoding="utf-8")
    for file, said in (("bad.toml", "bad.toml, target left"), ("none.toml", "no such file")):
        found = peerbridge("calibrate", "--targets", tmp_path / file, "--out", tmp_path / "out", real=True)
        assert found.returncode == 2 and found.stderr.count("\n") == 1 and said in found.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_kill_on_the_model_changes_no_byte(start: Any, peerbridge: Any, words: list[object], tmp_path: Path) -> None:
    whole = peerbridge(*words, "--out", tmp_path / "whole", real=True)
    assert whole.returncode == 0, whole.stderr
    process = start(*words, "--out", tmp_path / "killed", real=True)
    wait_for(process, lambda: list((tmp_path / "killed" / "wave-2").glob("sessions/*.json")))  # its workers are hired
    process.kill()
    process.communicate()
    assert not (tmp_path / "killed" / "posterior.parquet").exists()
    again = peerbridge(*words, "--out", tmp_path / "killed", real=True)
    assert again.returncode == 0, again.stderr
    assert result_bytes(tmp_path / "killed") == result_bytes(tmp_path / "whole")


SMALL_HOSPITAL = """schema = 1
extends = "usual-care"
name = "small"
title = "A small hospital"
[population]
size = 1500
"""
SITE_FILES = ("posterior.parquet", "predictive.csv", "parameters.csv", "quality.csv")


@pytest.mark.slow
def test_ctrl_c_on_a_sites_fit_changes_no_byte(start: Any, peerbridge: Any, tmp_path: Path) -> None:
    (tmp_path / "small.toml").write_text(SMALL_HOSPITAL, encoding="utf-8")
    hospital = load(tmp_path / "small.toml", ["run.days=730"])
    (tmp_path / "stays.csv").write_text(tables(simulate(hospital, 7))[0], encoding="utf-8")
    words = ["calibrate", "--data", tmp_path / "stays.csv", "--scenario", tmp_path / "small.toml", "--workers", 2,
             "--first", 120, "--second", 120, "--check", 50]  # fmt: skip
    whole = peerbridge(*words, "--out", tmp_path / "whole", real=True)
    assert whole.returncode == 0, whole.stderr
    out = tmp_path / "stopped"
    process = start(*words, "--out", out, real=True)
    wait_for(process, lambda: list((out / "wave-2").glob("sessions/*.json")))
    os.kill(process.pid, signal.SIGINT)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 130 and "Traceback" not in said
    assert f"Stopped; finished runs are in {out}. To go on: peerbridge calibrate --data" in said
    assert (
        not (out / "posterior.parquet").exists() and json.loads((out / "site.json").read_text())["state"] != "complete"
    )
    again = peerbridge(*words, "--out", out, real=True)
    assert again.returncode == 0 and "first look: 0 runs to go, 120 are there" in again.stderr
    assert [(out / name).read_bytes() for name in SITE_FILES] == [
        (tmp_path / "whole" / name).read_bytes() for name in SITE_FILES
    ]
