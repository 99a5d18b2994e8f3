"""The command line: words, exit codes, one line for bad input, nothing written by it."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from experiments.cli.common import LEAST_ADDRESS_SPACE
from experiments.cli.compare import DEFAULT_REPLICATIONS
from experiments.cli.entry import cli
from experiments.comparisons.run import REPLICATIONS
from experiments.outcomes.registry import OUTCOMES

Call = Callable[..., subprocess.CompletedProcess[str]]
COMMANDS = [
    [],
    ["scenarios"],
    ["scenarios", "list"],
    ["scenarios", "show"],
    ["scenarios", "check"],
    ["run"],
    ["compare"],
    ["trial"],
    ["trial", "run"],
    ["trial", "list"],
    ["trial", "show"],
    ["trial", "check"],
    ["sweep"],
    ["study"],
    ["study", "list"],
    ["study", "show"],
    ["study", "check"],
]


@pytest.mark.parametrize("words", COMMANDS, ids=lambda w: "-".join(w) or "peerbridge")
def test_help_has_two_examples(words: list[str]) -> None:
    found = CliRunner().invoke(cli, [*words, "--help"], prog_name="peerbridge")
    assert found.exit_code == 0
    examples = [line for line in found.output.split("Examples:")[1].splitlines() if line.startswith("    peerbridge ")]
    assert len(examples) == 2


def test_defaults_said_in_the_help_are_those_of_the_api() -> None:
    assert DEFAULT_REPLICATIONS == REPLICATIONS


def test_help_is_quick(peerbridge: Call) -> None:
    """By the processor's time, which other work on the machine does not stretch much."""
    times = []
    for _ in range(3):
        began = os.times()
        assert peerbridge("--help", real=True).returncode == 0
        ended = os.times()
        times.append(ended.children_user + ended.children_system - began.children_user - began.children_system)
    assert min(times) < 0.5


def test_help_and_run_import_only_what_they_need() -> None:
    code = (
        "import sys, experiments.cli.entry, experiments.comparisons.run, experiments.comparisons.terminal;"
        "import experiments.studies.session, experiments.studies.store.memory, experiments.execution.scheduler;"
        "print([m for m in ('pandas', 'pyarrow', 'jinja2', 'scipy.stats', 'mesa', 'solara') if m in sys.modules])"
    )
    root = Path(__file__).resolve().parents[3]
    found = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_the_list_of_commands_cuts_no_sentence() -> None:
    for words in ([], ["study"], ["trial"], ["scenarios"]):
        listed = CliRunner().invoke(cli, [*words, "--help"]).output.partition("Commands:")[2]
        assert listed and "..." not in listed


def test_version(peerbridge: Call) -> None:
    assert peerbridge("--version", real=True).stdout.startswith("peerbridge ")


BAD: list[tuple[list[str], str]] = [
    (["compare"], "Missing argument"),
    (["compare", "bridge"], "two scenarios"),
    (["compare", "bridge", "bridge"], "two scenarios"),
    (["compare", "bridge", "usual-care", "--baseline", "usual-car"], 'did you mean "usual-care"'),
    (["compare", "bridge", "usual-care", "--replications", "0"], "replications"),
    (["compare", "bridge", "usual-care", "--replications", "1000000000000"], "replications"),
    (["compare", "bridge", "usual-care", "--replications", "many"], "not a valid integer"),
    (["compare", "bridge", "usual-care", "--workers", "0"], "workers"),
    (["compare", "bridge", "usual-care", "--threshold", "nan"], "threshold"),
    (["compare", "bridge", "usual-care", "--threshold", "-5"], "threshold"),
    (["run", "brigde"], 'did you mean "bridge"'),
    (["run", "no/such/file.toml"], "no such scenario or file"),
    (["run", "bridge", "--seed", "-1"], "seed"),
    (["run", "bridge", "--seed", "1e3"], "not a valid integer"),
    (["run", "bridge", "--seed", str(2**64)], "seed"),
    (["run", "bridge", "--set", "programme.peeers=6"], "did you mean programme.peers"),
    (["run", "bridge", "--set", "programme.peers=nan"], "programme.peers"),
    (["run", "bridge", "--set", "nonsense"], "nonsense"),
    (["run", "bridge", "--sed", "1"], "--seed"),
    (["rum", "bridge"], "did you mean run"),
    (["scenarios", "lst"], "did you mean list"),
    (["scenarios", "show", "brigde"], 'did you mean "bridge"'),
]


@pytest.mark.parametrize(("words", "said"), BAD, ids=lambda x: " ".join(x) if isinstance(x, list) else "")
def test_bad_input_is_one_line_and_leaves_nothing(
    words: list[str], said: str, tmp_path: Path, fake: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    from experiments.cli.entry import main

    out = tmp_path / "out"
    with pytest.raises(SystemExit) as ended:
        main([*words, "--out", str(out)] if words[0] in ("run", "compare") else words)
    captured = capsys.readouterr()
    assert ended.value.code == 2
    assert said in captured.err and captured.err.count("\n") == 1 and captured.out == ""
    assert not out.exists()


def test_bad_input_in_a_process_of_its_own(peerbridge: Call) -> None:
    found = peerbridge("run", "brigde", real=True)
    assert found.returncode == 2 and "Traceback" not in found.stderr and found.stderr.count("\n") == 1


def test_two_files_of_one_name_are_refused(tmp_path: Path, peerbridge: Call) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "plan.toml").write_text('extends = "bridge"\n')
    found = peerbridge("compare", tmp_path / "a/plan.toml", tmp_path / "b/plan.toml")
    assert found.returncode == 2 and "called 'plan'" in found.stderr


def test_check_says_what_is_wrong_in_each(tmp_path: Path, peerbridge: Call) -> None:
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text('extends = "bridge"\n[programme]\npeers = 8\n')
    bad.write_text('extends = "bridge"\n[programme]\npeers = -8\n')
    found = peerbridge("scenarios", "check", good, bad, real=True)
    assert found.returncode == 2 and "good.toml: fine" in found.stdout and "line 3" in found.stderr
    assert peerbridge("scenarios", "check", good, real=True).returncode == 0


def test_show_is_a_scenario_that_can_be_run(tmp_path: Path, peerbridge: Call) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(peerbridge("scenarios", "show", "bridge", "--set", "programme.peers=9", real=True).stdout)
    found = json.loads(peerbridge("run", file, "--json").stdout)
    assert found["scenarios"][0]["name"] == "bridge"


def test_list_as_json(peerbridge: Call) -> None:
    listed = json.loads(peerbridge("scenarios", "list", "--json", real=True).stdout)
    assert listed[0]["name"] == "usual-care" and {"name", "title", "question", "description"} == set(listed[0])


def test_run_shows_every_outcome(peerbridge: Call) -> None:
    found = peerbridge("run", "bridge")
    assert found.returncode == 0 and found.stderr == ""
    assert "patient-initiated discharge" in found.stdout and "programme, hospital" in found.stdout
    assert "\x1b" not in found.stdout
    assert "–: not defined" not in found.stdout
    without = peerbridge("run", "usual-care").stdout
    assert "–: not defined (no workers, say)" in without and "--set run.days=730" in " ".join(without.split())


def test_json_of_run_and_compare(peerbridge: Call) -> None:
    single = json.loads(peerbridge("run", "bridge", "--replications", 3, "--json").stdout)
    assert [row["outcome"] for row in single["outcomes"]] == list(OUTCOMES) and single["replications"] == 3
    both = json.loads(peerbridge("compare", "usual-care", "bridge", "--replications", 5, "--json").stdout)
    assert both["baseline"] == "usual-care" and both["seed"] == 0 and both["stopped"] is False and both["failed"] == []
    row = next(r for r in both["differences"] if r["outcome"] == "patient_initiated_discharge")
    assert row["reading"] == "better" and row["low"] <= row["difference"] <= row["high"] < 0 and row["unit"] == "share"
    burnout = next(r for r in both["differences"] if r["outcome"] == "peer_high_burnout")
    assert burnout["difference"] is None and burnout["reading"] == "not defined"
    assert both["value_for_money"][0]["scenario"] == "bridge"


def test_compare_adds_the_baseline_and_puts_it_first_in_the_table(peerbridge: Call) -> None:
    found = peerbridge("compare", "bridge", "hospital-only", "--baseline", "usual-care", "--replications", 4)
    head = next(line for line in found.stdout.splitlines() if line.startswith("outcome"))
    assert head.split() == ["outcome", "usual-care", "bridge", "hospital-only"]
    assert max(map(len, found.stdout.splitlines())) <= 100


def test_set_changes_every_scenario(peerbridge: Call) -> None:
    found = json.loads(
        peerbridge(
            "compare", "bridge", "hospital-only", "--set", "programme.peers=0", "--replications", 2, "--json"
        ).stdout
    )
    assert {r["reading"] for r in found["differences"] if r["outcome"] == "readmission_30d"} == {"same"}


def test_a_failed_run_is_exit_code_1_and_one_line(peerbridge: Call) -> None:
    found = peerbridge("compare", "usual-care", "bridge", "--replications", 6, FAKE_BROKEN="bridge:2")
    assert found.returncode == 1 and "Traceback" not in found.stderr
    assert "1 of 12 runs failed" in found.stderr and "in simulate: ZeroDivisionError: broken on purpose" in found.stderr
    assert "5 runs of each scenario" in found.stdout
    alone = peerbridge("run", "bridge", "--replications", 1, FAKE_BROKEN="bridge:0")
    assert alone.returncode == 1 and alone.stdout == ""


def test_a_broken_pipe_is_silent(start: Any) -> None:
    process = start("compare", "usual-care", "bridge", "--replications", 2)
    process.stdout.close()
    assert process.wait(60) not in (0, 1, 2)
    assert process.stderr.read() == ""


def test_ascii_terminals_are_no_error(peerbridge: Call) -> None:
    found = peerbridge("compare", "usual-care", "bridge", "--replications", 2, PYTHONIOENCODING="ascii")
    assert found.returncode == 0 and found.stderr == ""
    assert re.search(r"\n +-[0-9]", found.stdout)
    assert not re.search(r"\?[0-9]", found.stdout)


def test_the_first_run_says_that_it_compiles(
    fake: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import simulation
    from experiments.cli.entry import main

    monkeypatch.setattr(simulation, "kernel_is_compiled", lambda: False)
    with pytest.raises(SystemExit):
        main(["run", "bridge"])
    assert capsys.readouterr().err.startswith("Compiling the model for this machine, once: up to a minute")


@pytest.mark.parametrize("stream", ("stdout", "stderr"))
def test_a_closed_stream_is_no_error(stream: str) -> None:
    number = 1 if stream == "stdout" else 2
    words = f"{sys.executable} -m experiments.cli scenarios list {number}>&-"
    other = subprocess.run(["sh", "-c", words], capture_output=True, text=True)
    assert other.returncode == 0 and not other.stderr
    assert ("usual-care" in other.stdout) is (stream == "stderr")


def test_names_that_are_no_text_are_refused_in_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "experiments.cli", "run", "bridge", "--set", "population.size=200"]
    named = os.fsencode(tmp_path) + b"/caf\xe9"
    root = Path(__file__).parents[3]
    found = subprocess.run([*command, "--out", named], capture_output=True, cwd=root)
    assert found.returncode == 2 and found.stderr.count(b"\n") == 1
    assert b'caf\\xe9" is not text in UTF-8' in found.stderr
    assert not os.path.exists(named)
    os.mkdir(named)
    inside = subprocess.run(command, capture_output=True, cwd=named, env={**os.environ, "PYTHONPATH": str(root)})
    assert inside.returncode == 2 and b"the current folder" in inside.stderr and inside.stderr.count(b"\n") == 1


def test_too_little_memory_ends_in_a_line(tmp_path: Path) -> None:
    def limited(kilobytes: int, words: str) -> subprocess.CompletedProcess[str]:
        command = f"ulimit -v {kilobytes}; exec {sys.executable} -m experiments.cli {words}"
        return subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=240)

    compare = f"compare usual-care bridge --replications 2 --workers 1 --set population.size=200 --out {tmp_path}/out"
    for kilobytes in (500_000, 900_000, 1_600_000):
        found = limited(kilobytes, compare)
        assert found.returncode == 2 and found.stderr.count("\n") == 1 and not found.stdout
        assert f"lets a process take {kilobytes / 2**20:.1f} GiB" in found.stderr
    assert limited(500_000, "scenarios list").returncode == 0
    found = limited(4 * LEAST_ADDRESS_SPACE // 1024, compare)  # every thread maps some: many cores need more
    assert found.returncode == 0, found.stderr[-500:]
