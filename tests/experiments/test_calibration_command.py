"""`peerbridge calibrate` in processes of its own: Ctrl-C says how to go on, a kill on the model changes nothing."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from experiments.studies import read_runs
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
"""
SIZES = ("--first", 40, "--second", 90, "--check", 40, "--workers", 2)


@pytest.fixture
def words(tmp_path: Path) -> list[object]:
    (tmp_path / "targets.toml").write_text(TARGETS, encoding="utf-8")
    return ["calibrate", "--targets", tmp_path / "targets.toml", *SIZES]


def wait_for(process: subprocess.Popen[str], what: Callable[[], object]) -> None:
    """Wait until `what` holds, as long as the process lives."""
    while not what():
        assert process.poll() is None, "it ended before"
        time.sleep(0.02)


def test_ctrl_c_keeps_what_is_finished_and_says_how_to_go_on(start: Any, words: list[object], tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    begun.touch()
    process = start(*words, "--out", tmp_path / "out", FAKE_SECONDS=0.1, FAKE_BEGUN=begun)
    wait_for(process, lambda: begun.stat().st_size >= 8)  # more than the two workers have in hand: some are finished
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "Traceback" not in err and out == ""
    assert err.startswith("first wave: 40 runs to go\n")
    assert f"Stopped; finished runs are in {tmp_path / 'out'}. To go on: peerbridge calibrate --targets" in err
    assert json.loads((tmp_path / "out" / "calibration.json").read_text())["state"] == "running"
    assert 0 < read_runs(tmp_path / "out" / "wave-1").num_rows < 40


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
