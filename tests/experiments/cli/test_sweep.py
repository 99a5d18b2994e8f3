"""`peerbridge sweep` and `peerbridge study`: thin over the API; exit codes, files, and what is said."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from experiments.cli.entry import main
from experiments.studies import dry_run
from experiments.studies import sweep as sweeping
from experiments.studies.definition.reader import read_study_file
from experiments.studies.store.layout import read_manifest, read_runs
from tests.experiments.sweeps import POINTS, STUDY, in_this_process

RUNS = POINTS * 12

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def peer(fake: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command on the stand-in for the model, in a folder of its own; exit code, stdout, stderr."""
    in_this_process(monkeypatch)
    monkeypatch.chdir(tmp_path)
    Path("posts.toml").write_text(STUDY, encoding="utf-8")

    def call(*words: object) -> tuple[int, str, str]:
        arguments = [str(word) for word in words]
        monkeypatch.setattr("sys.argv", ["peerbridge", *arguments])
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return call


def test_a_sweep_ends_in_a_table_and_a_folder(peer: Command) -> None:
    code, out, err = peer("sweep", "posts.toml")
    assert (code, err) == (0, "")
    assert f"{RUNS} runs finished, none failed" in out and out.endswith("Next: peerbridge report results/posts\n")
    (session,) = read_manifest("results/posts")["sessions"]
    assert session["command_line"] == "peerbridge sweep posts.toml"


def test_the_same_command_goes_on_and_more_replications_extend(peer: Command) -> None:
    assert peer("sweep", "posts.toml", "--replications", 5, "--out", "o")[0] == 0
    code, out, err = peer("sweep", "posts.toml", "--replications", 5, "--out", "o")
    assert code == 0 and f"{POINTS * 5} runs are there from before; nothing is left to do." in err
    code, out, err = peer("sweep", "posts.toml", "--replications", 9, "--out", "o")
    assert code == 0 and f"{POINTS * 5} runs are there from before; {POINTS * 4} to go." in err
    assert read_runs("o").num_rows == POINTS * 9


def test_json_for_scripts(peer: Command) -> None:
    code, out, _ = peer("sweep", "posts.toml", "--json", "--out", "o", "--set", "run.days=100", "--seed", 3)
    found = json.loads(out)
    assert code == 0 and (found["format"], found["runs"], found["failed"]) == ("peerbridge sweep 1", RUNS, 0)
    assert found["state"] == "complete" and len(found["differences"]) % (POINTS - 1) == 0
    assert read_manifest("o")["seed"] == 3


def test_failed_runs_end_in_code_1_and_can_be_retried(peer: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_BROKEN", "usual-care:5")
    code, out, _ = peer("sweep", "posts.toml", "--out", "o")
    assert code == 1 and "1 failed" in out and "ZeroDivisionError: broken on purpose" in " ".join(out.split())
    monkeypatch.delenv("FAKE_BROKEN")
    assert peer("sweep", "posts.toml", "--out", "o")[0] == 1
    code, out, _ = peer("sweep", "posts.toml", "--out", "o", "--retry-failed")
    assert code == 0 and "none failed" in out


def test_out_of_time_says_how_to_go_on(peer: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_SECONDS", "0.02")
    monkeypatch.setattr("experiments.execution.scheduler.AIM_SECONDS", 0.02)
    code, out, err = peer("sweep", "posts.toml", "--out", "my out", "--max-minutes", 0.4 / 60)
    assert code == 3 and f"of {RUNS} runs finished" in out
    assert err.endswith(
        "The time is up; finished runs are in my out. "
        f"To go on: peerbridge sweep posts.toml --out 'my out' --max-minutes {0.4 / 60}\n"
    )


def test_ctrl_c_keeps_what_is_finished(peer: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def interrupt(self: object, standing: object) -> None:
        seen.append(1)
        if len(seen) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr("experiments.execution.scheduler.AIM_SECONDS", 0.0)
    monkeypatch.setattr("experiments.studies.progress.StudyProgressBar.show", interrupt)
    code, out, err = peer("sweep", "posts.toml", "--out", "o")
    assert code == 130 and "Stopped; finished runs are in o. To go on: peerbridge sweep posts.toml --out o\n" in err
    assert 0 < read_runs("o").num_rows < RUNS
    monkeypatch.undo()


def test_shards_share_a_folder(peer: Command) -> None:
    code, out, err = peer("sweep", "posts.toml", "--out", "o", "--shard", "1/2")
    assert (code, out) == (0, "Part 1 of 2 is done: 42 runs are in o. Other shards are still to come.\n")
    assert read_runs("o").num_rows == RUNS / 2
    code, out, err = peer("sweep", "posts.toml", "--out", "o", "--shard", "2/2")
    assert code == 0 and f"{RUNS} runs finished" in out and read_runs("o").num_rows == RUNS


def test_another_study_in_the_folder_is_refused(peer: Command) -> None:
    assert peer("sweep", "posts.toml", "--out", "o", "--replications", 2)[0] == 0
    before = {path: path.read_bytes() for path in Path("o").rglob("*") if path.is_file()}

    def refused(said: str, *more: object) -> None:
        for rehearsal in ([], ["--dry-run"]):
            code, out, err = peer("sweep", "posts.toml", "--out", "o", *more, *rehearsal)
            assert (code, out) == (2, "") and err.count("\n") == 1 and said in err, err

    refused("it was made with seed 0", "--seed", 1)
    refused("its settings of usual-care, bridge differ", "--set", "run.days=100")
    Path("posts.toml").write_text(STUDY.replace("[2, 4, 8]", "[2, 4, 9]"), encoding="utf-8")
    refused("different study")
    Path("posts.toml").write_text(STUDY, encoding="utf-8")
    manifest = Path("o/manifest.json")
    text = manifest.read_text(encoding="utf-8")
    digest = Path("o/.manifest.json.sha256")
    sealed = digest.read_bytes()
    digest.unlink()  # a folder from before there were digests
    manifest.write_text(text.replace("fake+fake", "0.0.1+older"), encoding="utf-8")
    refused("made by another version of the model, 0.0.1+older")
    manifest.write_text("{}", encoding="utf-8")
    refused("manifest.json")
    digest.write_bytes(sealed)
    manifest.write_text(text, encoding="utf-8")
    assert {path: path.read_bytes() for path in Path("o").rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("manifest.json", None, "its manifest.json is not that of a study"),
        ("design.csv", "a,b\n1,2\n", "design.csv: is not the design of a study"),
        ("design.csv", "", "design.csv: is not the design of a study"),
    ],
)
def test_a_damaged_folder_is_one_line_and_the_sweep_mends_it(
    peer: Command, file: str, text: str | None, said: str
) -> None:
    peer("sweep", "posts.toml", "--out", "o", "--replications", 1)
    if text is None:
        manifest = json.loads(Path("o", file).read_text(encoding="utf-8"))
        del manifest["replications"]
        text = json.dumps(manifest)
    Path("o", file).write_text(text, encoding="utf-8")
    for words in (("study", "info", "o"), ("report", "o"), ("study", "export", "o", "x.npz", "--format", "salib")):
        code, out, err = peer(*words)
        assert (code, out, err.count("\n")) == (2, "", 1) and (said in err or "is damaged" in err)
    assert peer("sweep", "posts.toml", "--out", "o", "--replications", 1)[0] == 0
    assert peer("study", "info", "o")[0] == 0


def test_sessions_that_are_no_sessions_are_passed_over(peer: Command) -> None:
    peer("sweep", "posts.toml", "--out", "o", "--replications", 1)
    Path("o/sessions/x.json").write_text("[1, 2]", encoding="utf-8")
    assert peer("study", "info", "o")[0] == 0


def test_a_file_that_cannot_be_written_is_one_line(peer: Command) -> None:
    peer("sweep", "posts.toml", "--out", "o", "--replications", 1)
    for file in ("no/where.csv", "posts.toml/x.csv"):
        code, _, err = peer("study", "export", "o", file)
        assert code == 2 and err == f"peerbridge: {file}: there is no such folder; name a file\n"
    assert peer("study", "export", "o", "o", "--force")[2] == "peerbridge: o: is a folder; name a file\n"
    key = read_runs("o", ["key"])["key"][0].as_py()
    code, _, err = peer("rerun", "o", key, "--out", "posts.toml/x")
    assert code == 2 and err == f"peerbridge: --out posts.toml/x: {Path('posts.toml').absolute()} is not a folder\n"


def test_a_rehearsal_writes_nothing(peer: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_SECONDS", "0.01")
    monkeypatch.setattr(dry_run, "PILOT_SECONDS", 0.3)
    code, out, err = peer("sweep", "posts.toml", "--dry-run", "--workers", 1)
    words = " ".join(out.split())
    assert (code, err) == (0, "") and f"runs {RUNS}, 12 of each point" in words and "Nothing was written" in words
    assert sorted(path.name for path in Path().iterdir()) == ["posts.toml"]
    peer("sweep", "posts.toml", "--replications", 2)
    code, out, _ = peer("sweep", "posts.toml", "--dry-run", "--json", "--workers", 1, "--shard", "1/2")
    found = json.loads(out)
    assert (found["found"], found["todo"], found["part"]) == (2 * POINTS, 5 * POINTS, [1, 2]) and found["exists"]


def test_the_time_of_a_rehearsal_is_right(peer: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_SECONDS", "0.02")
    monkeypatch.setattr(dry_run, "PILOT_SECONDS", 0.5)
    plan = read_study_file("posts.toml")
    rehearsal = dry_run.dry_run(plan, Path("o"), workers=1)
    began = time.perf_counter()
    sweeping.sweep(plan, out=Path("o"), workers=1)
    assert rehearsal.seconds / 2 < time.perf_counter() - began < rehearsal.seconds * 2
    written = sum(path.stat().st_size for path in Path("o").rglob("*.parquet"))
    assert rehearsal.bytes / 1.6 < written < rehearsal.bytes * 1.6


def test_list_show_and_check(peer: Command) -> None:
    code, out, _ = peer("study", "list")
    assert code == 0 and "staffing-supervision-followup" in out and "To run one: peerbridge sweep" in out
    code, out, _ = peer("study", "list", "--json")
    assert code == 0 and json.loads(out)[0]["plans"] == 125
    code, out, _ = peer("study", "show", "peer-dose")
    Path("mine.toml").write_text(out, encoding="utf-8")
    assert read_study_file("mine.toml").specification() == read_study_file("peer-dose").specification()
    code, out, _ = peer("study", "check", "mine.toml", "posts.toml")
    assert code == 0 and out.splitlines() == [
        "mine.toml: fine; 10 plans and the baseline in 12 futures, 2,640 runs",
        f"posts.toml: fine; {POINTS - 1} plans and the baseline, {RUNS} runs",
    ]
