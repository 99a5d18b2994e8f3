"""The recipes on the page about clusters, run on this machine: each ends in the table of the local run."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from experiments.studies.store.layout import final_table
from tests.experiments.sweeps import bytes_of

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "distributed.md").read_text(encoding="utf-8")
BLOCKS = [(kind, body) for kind, body in re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)]
STUDY = """
title = "Posts"
question = "What do more posts change?"
scenarios = ["bridge"]
baseline = "usual-care"
[design]
kind = "grid"
[levers]
"programme.peers" = { values = [2, 4] }
[replications]
number = 4
"""


def table(folder: Path) -> bytes:
    """The final table as bytes."""
    return bytes_of(folder, folder.with_suffix(".parquet"))


def block(kind: str, holds: str) -> str:
    """The one block of the page with these words."""
    (found,) = [body for each, body in BLOCKS if each == kind and holds in body]
    return found


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Run a command of the page in a folder with a study, on the stand-in for the model."""
    (tmp_path / "my-study.toml").write_text(STUDY, encoding="utf-8")
    activate = tmp_path / "peerbridge" / ".venv" / "bin" / "activate"
    activate.parent.mkdir(parents=True)
    activate.write_text(f"export PATH={shlex.quote(str(activate.parent))}:$PATH\n")
    for name, words in (("peerbridge", "-m experiments.cli"), ("dask", "-m dask")):
        command = activate.parent / name
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" {words} "$@"\n')
        command.chmod(0o755)
    stand_in = ROOT / "tests" / "experiments" / "stand_in"
    variables = os.environ | {
        "HOME": str(tmp_path), "SCRATCH": str(tmp_path), "PYTHONPATH": f"{stand_in}{os.pathsep}{ROOT}",
        "PATH": f"{activate.parent}{os.pathsep}{os.environ['PATH']}",
    }  # fmt: skip
    started: list[subprocess.Popen[str]] = []

    def call(command: str, wait: bool = True, **more: object) -> str:
        out = subprocess.PIPE if wait else subprocess.DEVNULL
        process = subprocess.Popen(
            ["bash", "-e", "-c", command], cwd=tmp_path, env=variables | {k: str(v) for k, v in more.items()},
            stdout=out, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
        started.append(process)
        if not wait:
            return ""
        said = process.communicate(timeout=120)[0]
        assert process.returncode == 0, f"{command}\n{said}"
        return said

    yield call
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.mark.slow
def test_the_job_array_task_by_task(shell: Callable[..., str], tmp_path: Path) -> None:
    shell("peerbridge sweep my-study.toml --out local --workers 1")
    script = block("bash", "#SBATCH")
    for task in (1, 2):
        shell(script, SLURM_ARRAY_TASK_ID=task, SLURM_ARRAY_TASK_COUNT=2, SLURM_CPUS_PER_TASK=1)
    said = shell(block("", "study compact"))
    assert "missing: 0" in said and (tmp_path / "mine" / "report.html").exists()
    assert table(tmp_path / "mine") == table(tmp_path / "local")
    for part in (1, 2, 3):
        shell(f"peerbridge sweep my-study.toml --out part-{part} --workers 1 --shard {part}/3")
    shell(block("", "study merge"))
    assert table(tmp_path / "results" / "mine") == table(tmp_path / "local")
    shell("rm -r results; " + block("", "nohup").replace("--workers 60", "--workers 1").replace("log &", "log & wait"))
    assert table(tmp_path / "results" / "mine") == table(tmp_path / "local")
    shell(block("", "study info results/grid").replace("results/grid", "results/mine"))
    key = final_table(tmp_path / "results" / "mine")["key"][0].as_py()
    assert "The same bits" in shell(block("", "rerun").replace("3f9a12", key))


def kubernetes() -> dict[str, dict[str, Any]]:
    """What the page gives to Kubernetes, by kind and name."""
    yaml = pytest.importorskip("yaml")
    return {
        f"{each['kind']} {each['metadata']['name']}": each for each in yaml.safe_load_all(block("yaml", "apiVersion"))
    }


def test_what_kubernetes_gets_hangs_together() -> None:
    held = kubernetes()
    assert list(held) == [
        "Deployment peerbridge-scheduler",
        "Service peerbridge-scheduler",
        "Deployment peerbridge-worker",
    ]
    for name, each in held.items():
        if name.startswith("Deployment"):
            pod = each["spec"]["template"]
            assert each["spec"]["selector"]["matchLabels"] == pod["metadata"]["labels"]
            (container,) = pod["spec"]["containers"]
            assert container["image"] == "peerbridge" and container["command"][0] == "dask"
    service = held["Service peerbridge-scheduler"]["spec"]
    scheduler = held["Deployment peerbridge-scheduler"]["spec"]["template"]
    assert service["selector"] == scheduler["metadata"]["labels"]
    port = service["ports"][0]["port"]
    assert str(port) in scheduler["spec"]["containers"][0]["command"]
    assert f"--dask tcp://peerbridge-scheduler:{port}" in PAGE


@pytest.mark.slow
def test_scheduler_workers_and_driver_of_dask_and_kubernetes(shell: Callable[..., str], tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    held = kubernetes()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])

    def here(text: str) -> str:
        text = re.sub(r"(10\.0\.0\.5|peerbridge-scheduler):8786", f"127.0.0.1:{port}", text)
        return text.replace("--port 8786", f"--port {port} --host 127.0.0.1").replace("--nworkers 16", "--nworkers 1")

    for kind in ("scheduler", "worker"):
        (container,) = held[f"Deployment peerbridge-{kind}"]["spec"]["template"]["spec"]["containers"]
        variables = {each["name"]: each["value"] for each in container.get("env", [])}
        shell(here(" ".join(container["command"])), wait=False, **variables)
    commands = [line for line in block("", "dask scheduler").splitlines() if not line.startswith("#")]
    assert [command.split()[-1] for command in commands[:2]] == ["--no-dashboard"] * 2 and len(commands) == 3
    shell(here(commands[1]), wait=False)
    shell("peerbridge sweep my-study.toml --out local --workers 1")
    shell(here(commands[2]))
    assert table(tmp_path / "results" / "mine") == table(tmp_path / "local")
    shell(here(block("", "/data/mine")).replace("/data", "data"))
    assert table(tmp_path / "data" / "mine") == table(tmp_path / "local")
