"""A folder of results: complete, resumed, refused, never mixed, and whole after a kill at any moment."""

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import psutil
import pytest

from experiments.execution.tasks import Run
from experiments.outcomes.registry import OUTCOMES
from experiments.studies.analysis.results import read_study
from experiments.studies.store.layout import read_manifest
from experiments.studies.store.writer import StudyWriter, difference
from tests.experiments.endings import ended_at

TABLES = ("outcomes.csv", "differences.csv", "value_for_money.csv")
SERIAL, IN_THREADS, IN_PROCESSES = 1, 2, 3
PLANS = ("compare", "usual-care", "bridge", "--replications", 24)


def bytes_of(folder: Path) -> dict[str, bytes]:
    """The tables, and the stored curves and daily series in one order, to the last digit."""
    series = read_study(folder).series("").to_csv().encode()
    return {name: (folder / name).read_bytes() for name in TABLES} | {"series": series}


@pytest.fixture(autouse=True)
def processes_from_three_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands on the stand-in take threads for two workers only: starting processes is what these tests cost."""
    monkeypatch.setenv("FAKE_THREADS", "2")


@pytest.fixture
def here(fake: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run `peerbridge` in this process, where nothing hangs on a process of its own; like the fixture `peerbridge`."""
    from experiments.cli.entry import main

    def call(*words: object, **variables: object) -> SimpleNamespace:
        with monkeypatch.context() as patch, pytest.raises(SystemExit) as ended:
            for name, value in variables.items():
                patch.setenv(name, str(value))
            main([str(word) for word in words])
        said = capsys.readouterr()
        return SimpleNamespace(returncode=int(ended.value.code or 0), stdout=said.out, stderr=said.err)

    return call


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory, peerbridge: Any) -> Path:
    out = tmp_path_factory.mktemp("unbroken") / "study"
    assert peerbridge(*PLANS, "--workers", SERIAL, "--out", out).returncode == 0
    return out


def test_what_is_in_the_folder(unbroken: Path) -> None:
    names = {path.name for path in unbroken.iterdir() if not path.name.startswith(".")}
    study = {"manifest.json", "design.csv", "draws.parquet", "runs", "series", "sessions"}
    assert names == {*TABLES, *study, "report.html", "scenarios"}
    outcomes = pd.read_csv(unbroken / "outcomes.csv")
    assert list(outcomes.columns) == ["scenario", "replication", "seed", "outcome", "value", "unit"]
    assert (
        len(outcomes) == 2 * 24 * len(OUTCOMES)
        and not outcomes.duplicated(["scenario", "replication", "outcome"]).any()
    )
    series = pd.concat(pd.read_parquet(path) for path in (unbroken / "series").glob("*.parquet"))
    assert {"daily:census", "curve:readmission"} <= set(series["series"])
    assert len(series.groupby(["point", "replication"])) == 48
    assert series.groupby(["point", "replication"]).size().nunique() == 1


def test_it_is_a_study_like_any_other(unbroken: Path, here: Any, tmp_path: Path) -> None:
    from experiments.comparisons.folder import read_comparison

    data = read_study(unbroken)
    assert (
        data.state == "complete" and len(data.runs) == 48 and list(data.design["scenario"]) == ["usual-care", "bridge"]
    )
    read = read_comparison(unbroken)
    assert read.complete == list(range(24)) and read.plans == ["bridge"] and not read.stopped
    csv = pd.read_csv(unbroken / "differences.csv")
    of_study = data.differences(tuple(OUTCOMES)).set_index("outcome")
    for row in csv.itertuples():
        assert row.difference == pytest.approx(of_study.loc[str(row.outcome), "difference"], rel=1e-12, nan_ok=True)
        assert row.low == pytest.approx(of_study.loc[str(row.outcome), "low"], rel=1e-9, nan_ok=True)
        assert row.reading == of_study.loc[str(row.outcome), "reading"]
    key = str(data.runs["key"].iloc[0])
    again = here("rerun", unbroken, key)
    assert again.returncode == 0, again.stderr
    before = (unbroken / "report.html").read_text(encoding="utf-8")
    assert here("report", unbroken, "--out", tmp_path / "again.html").returncode == 0
    again_html = (tmp_path / "again.html").read_text(encoding="utf-8")
    assert "What would change if bridge took the place of usual-care?" in again_html
    assert len(again_html) == pytest.approx(len(before), rel=0.01)


def test_provenance_is_enough_to_make_it_again(unbroken: Path, here: Any, tmp_path: Path) -> None:
    record = read_manifest(unbroken)
    assert record["state"] == "complete" and record["replications"] == {"number": 24} and record["seed"] == 0
    session = record["sessions"][0]
    assert {"python", "mesa", "numpy", "numba", "peerbridge"} <= set(session["versions"])
    assert {"command_line", "started", "runs", "seconds", "git", "machine"} <= set(session)
    frozen = [unbroken / "scenarios" / f"{name}.toml" for name in ("usual-care", "bridge")]
    out = tmp_path / "again"
    assert here("compare", *frozen, "--replications", 24, "--out", out).returncode == 0
    assert bytes_of(out) == bytes_of(unbroken)
    assert read_manifest(out)["specification"] == record["specification"]


@pytest.mark.parametrize("workers", [IN_THREADS, IN_PROCESSES])
def test_workers_do_not_change_a_byte(unbroken: Path, peerbridge: Any, tmp_path: Path, workers: int) -> None:
    assert peerbridge(*PLANS, "--workers", workers, "--out", tmp_path / "out", FAKE_SECONDS=0.06).returncode == 0
    assert bytes_of(tmp_path / "out") == bytes_of(unbroken)


def test_more_replications_extend_and_a_repeat_does_nothing(unbroken: Path, here: Any, tmp_path: Path) -> None:
    out = tmp_path / "grown"
    assert here("compare", "usual-care", "bridge", "--replications", 7, "--out", out).returncode == 0
    grown = here(*PLANS, "--out", out)
    assert "14 runs are there from before; 34 to go" in grown.stderr
    assert bytes_of(out) == bytes_of(unbroken)
    before = {name: (out / name).stat().st_mtime_ns for name in TABLES}
    repeated = here(*PLANS, "--out", out, FAKE_BROKEN="bridge:3")
    assert repeated.returncode == 0 and bytes_of(out) == bytes_of(unbroken)
    assert set(before) == set(TABLES)


def test_failed_runs_are_listed_and_made_again(unbroken: Path, here: Any, tmp_path: Path) -> None:
    out = tmp_path / "failed"
    assert here(*PLANS, "--out", out, FAKE_BROKEN="bridge:5").returncode == 1
    assert "bridge,5,0,simulate,ZeroDivisionError" in (out / "failed.csv").read_text()
    assert here(*PLANS, "--out", out).returncode == 0
    assert not (out / "failed.csv").exists() and bytes_of(out) == bytes_of(unbroken)


def test_a_run_that_kills_its_worker_is_one_failed_run(
    unbroken: Path, peerbridge: Any, here: Any, tmp_path: Path
) -> None:
    out = tmp_path / "crash"
    found = peerbridge(*PLANS, "--workers", IN_PROCESSES, "--out", out, FAKE_SECONDS=0.06, FAKE_CRASH="bridge:15")
    assert found.returncode == 1 and "1 of 48 runs failed" in found.stderr and "in worker" in found.stderr
    assert here(*PLANS, "--out", out).returncode == 0
    assert bytes_of(out) == bytes_of(unbroken)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("compare", "usual-care", "bridge", "--seed", 1), "seed 0"),
        (("compare", "usual-care", "bridge", "--set", "programme.caseload_cap=9"), "settings"),
        (("compare", "usual-care", "hospital-only"), "holds the scenarios usual-care, bridge"),
        (("run", "bridge"), "holds the scenarios"),
    ],
)
def test_another_specification_is_refused(unbroken: Path, here: Any, words: tuple[object, ...], said: str) -> None:
    before = bytes_of(unbroken)
    found = here(*words, "--replications", 3, "--out", unbroken)
    assert found.returncode == 2 and said in found.stderr and found.stderr.count("\n") == 1
    assert bytes_of(unbroken) == before


def test_another_model_is_refused() -> None:
    one = {"seed": 0, "model": "1+abc", "scenarios": {"bridge": "x"}}
    assert "another version of the model, 1+abc" in difference(one | {"model": "1+abd"}, one)
    assert difference(one, one) == ""


def test_a_folder_of_an_older_comparison_is_refused_and_left_alone(here: Any, tmp_path: Path) -> None:
    old = {"format": "peerbridge study 1", "specification": {"seed": 0}}
    (tmp_path / "provenance.json").write_text(json.dumps(old))
    (tmp_path / "outcomes.csv").write_text("scenario\n")
    for words in (("compare", "usual-care", "bridge", "--out", tmp_path), ("report", tmp_path)):
        found = here(*words)
        assert found.returncode == 2 and found.stderr.count("\n") == 1
        assert "a comparison of an older version (peerbridge study 1), which is no longer read" in found.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["outcomes.csv", "provenance.json"]


def test_a_worker_with_other_sources_refuses(fake: Any) -> None:
    from experiments.execution.tasks import RunOptions, Task
    from experiments.execution.worker import run_task
    from scenarios import load

    run = run_task(Task(load("bridge"), 0, 0, "before an edit"), RunOptions())
    assert run.status == "error" and run.stage == "worker" and "sources of the model changed" in run.message


def test_a_folder_with_something_else_is_refused(here: Any, tmp_path: Path) -> None:
    (tmp_path / "thesis.doc").write_text("mine")
    file = tmp_path / "thesis.doc"
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "manifest.json").write_text("{")
    for out in (tmp_path, file, file / "sub", broken):
        found = here("run", "bridge", "--out", out)
        assert found.returncode == 2 and found.stderr.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken", "thesis.doc"]


def test_two_commands_in_one_folder_are_refused(peerbridge: Any, start: Any, tmp_path: Path) -> None:
    out = tmp_path / "busy"
    process = start(*PLANS, "--workers", SERIAL, "--out", out, FAKE_SECONDS=0.3)
    wait_for(lambda: (out / "sessions").exists())
    found = peerbridge(*PLANS, "--out", out)
    assert found.returncode == 2 and "another command is at work" in found.stderr
    process.kill()


def wait_for(what: Any, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.02)


def shards(out: Path, count: int) -> Any:
    return lambda: len(list((out / "runs").glob("[a-z]*.parquet"))) >= count


def made_last(out: Path) -> int:
    """Runs that the last command made itself."""
    made: int = read_manifest(out)["sessions"][-1]["runs"]
    return made


@pytest.mark.parametrize("workers", [pytest.param(SERIAL, marks=pytest.mark.slow), IN_THREADS, IN_PROCESSES])
def test_ctrl_c_keeps_what_is_finished_and_says_how_to_go_on(
    unbroken: Path, here: Any, start: Any, tmp_path: Path, workers: int
) -> None:
    out = tmp_path / "stopped"
    process = start(*PLANS, "--workers", workers, "--out", out, FAKE_SECONDS=0.12)
    wait_for(shards(out, 2))
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers too
    printed, said = process.communicate(timeout=60)
    assert process.returncode == 130 and "Traceback" not in said
    assert f"To go on: peerbridge compare usual-care bridge --replications 24 --workers {workers} --out {out}" in said
    assert "stopped early" in printed
    assert read_manifest(out)["state"] == "stopped"
    resumed = here(*PLANS, "--out", out)
    assert resumed.returncode == 0 and made_last(out) < 48
    assert bytes_of(out) == bytes_of(unbroken)


@pytest.mark.parametrize(
    ("workers", "after"),
    [
        (IN_PROCESSES, 1),
        *(pytest.param(*case, marks=pytest.mark.slow) for case in ((SERIAL, 1), (IN_THREADS, 2), (IN_PROCESSES, 2))),
    ],
)
def test_kill_9_loses_at_most_what_was_not_flushed(
    unbroken: Path, here: Any, start: Any, tmp_path: Path, workers: int, after: int
) -> None:
    out = tmp_path / "killed"
    process = start(*PLANS, "--workers", workers, "--out", out, FAKE_SECONDS=0.3)
    wait_for(shards(out, after))
    children = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()
    assert not psutil.wait_procs(children, timeout=10)[1], "a worker outlived its parent"
    resumed = here(*PLANS, "--out", out)
    assert resumed.returncode == 0 and made_last(out) < 48
    assert bytes_of(out) == bytes_of(unbroken)
    assert not list(out.rglob(".writing-*"))


@pytest.mark.parametrize(
    ("how", "before", "every"),
    [
        ("killed", 0, 17),
        ("ctrl-c", 0, 19),
        *(pytest.param(how, n, 3, marks=pytest.mark.slow) for how in ("killed", "ctrl-c") for n in (0, 1)),
    ],
)
def test_ending_at_any_file_that_is_written_changes_nothing_in_the_end(
    fake: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, before: int, every: int
) -> None:
    from experiments import compare
    from experiments.studies import session

    monkeypatch.setattr(session, "FLUSH_SECONDS", 0.0)  # a shard for every run

    def make(name: str, replications: int) -> Path:
        compare(["usual-care", "bridge"], replications=replications, out=tmp_path / name, workers=1, draws=None)
        return tmp_path / name

    expected = bytes_of(make("expected", 2))
    ends, ended = 0, True
    while ended:
        name = f"ended-{ends}"
        if before:
            make(name, before)
        ended = ended_at(ends, how, partial(make, name, 2), monkeypatch)
        assert bytes_of(make(name, 2)) == expected
        ends += every
    assert ends > 20


def test_a_damaged_shard_is_set_aside(unbroken: Path, here: Any, start: Any, tmp_path: Path) -> None:
    out = tmp_path / "damaged"
    process = start(*PLANS, "--workers", SERIAL, "--out", out, FAKE_SECONDS=0.12)
    wait_for(shards(out, 2))
    process.kill()
    process.wait()
    next((out / "runs").glob("[a-z]*.parquet")).write_bytes(b"PAR1")
    resumed = here(*PLANS, "--out", out)
    assert resumed.returncode == 0 and "set aside" in resumed.stderr
    assert bytes_of(out) == bytes_of(unbroken)


def test_ctrl_c_while_files_are_put_together_says_how_to_go_on(
    fake: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from experiments.cli.entry import main

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("experiments.comparisons.folder.write_tables", interrupted)
        with pytest.raises(SystemExit) as ended:
            main(["run", "bridge", "--out", str(tmp_path / "out")])
    assert ended.value.code == 130 and "To go on: " in capsys.readouterr().err
    with pytest.raises(SystemExit) as ended:
        main(["run", "bridge", "--out", str(tmp_path / "out")])
    assert ended.value.code == 0 and (tmp_path / "out" / "outcomes.csv").exists()


def test_a_full_disk_stops_cleanly(fake: Any, tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    from experiments.cli.entry import main

    def full(self: StudyWriter, runs: list[Run]) -> None:
        raise OSError(28, "No space left on device", str(tmp_path))

    monkeypatch.setattr(StudyWriter, "add", full)
    with pytest.raises(SystemExit) as ended:
        main(["run", "bridge", "--out", str(tmp_path / "out")])
    said = capsys.readouterr().err
    assert ended.value.code == 1 and said.count("\n") == 1 and "No space left" in said


@pytest.mark.parametrize("workers", [pytest.param(IN_THREADS, marks=pytest.mark.slow), IN_PROCESSES])
def test_a_script_without_a_main_guard_is_not_run_again_by_workers(tmp_path: Path, workers: int) -> None:
    script = tmp_path / "mine.py"
    script.write_text(
        "print('started')\nfrom experiments import compare\n"
        f"r = compare(['usual-care', 'bridge'], replications=24, workers={workers}, draws=None)\n"
        "print(len(r.complete), r.failed)\n"
    )
    root, stand_in = Path(__file__).resolve().parents[3], Path(__file__).parents[1] / "stand_in"
    variables = os.environ | {"PYTHONPATH": f"{stand_in}{os.pathsep}{root}", "FAKE_SECONDS": "0.06"}
    found = subprocess.run([sys.executable, script], env=variables, capture_output=True, text=True, timeout=60)
    assert found.stdout == "started\n24 []\n" and found.stderr == ""
