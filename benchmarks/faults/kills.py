"""Kill every command that writes, at each of its file operations and at random moments; then let it go on.

`python -m benchmarks.faults.kills --number 1000` prints a row for each command: kills of which the process really
died, and what was lost. Exit code 1 if anything was.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from benchmarks.faults.studies import STUDY, fake_model, in_child, peerbridge


class Command(NamedTuple):
    """A command that writes.

    Attributes:
        words: It, with its output in the folder that is handed in.
        same: Content that must be the same after a kill and going on.
    """

    words: Callable[[Path], list[object]]
    same: Callable[[Path], bytes]


def main() -> None:
    """Run the kills and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=200, help="kills in all")
    number = parser.parse_args().number
    fake_model()
    with tempfile.TemporaryDirectory() as place:
        base = Path(place).resolve()
        commands = prepared(base)
        each = -(-number // len(commands))
        lost = sum(killed(base, name, command, each) for name, command in commands.items())
    sys.exit(1 if lost else 0)


def prepared(base: Path) -> dict[str, Command]:
    """Inputs of the commands in `base`, and the commands by name."""
    (base / "s.toml").write_text(STUDY, encoding="utf-8")

    def sweep(out: Path, *more: object) -> list[object]:
        return ["sweep", base / "s.toml", "--workers", 1, "--out", out / "study", *more]

    def table(out: Path) -> bytes:
        assert in_child(lambda: peerbridge("study", "export", out / "study", out / "x.csv", "--force")) == 0
        series = sorted((out / "study" / "series").glob("*.parquet"))
        found = (out / "x.csv").read_bytes()
        return found + str(len(series) > 0).encode()

    for part in (1, 2):
        half = base / f"half-{part}"
        assert in_child(lambda half=half, part=part: peerbridge(*sweep(half, "--shard", f"{part}/2"))) == 0
    assert in_child(lambda: peerbridge(*sweep(base / "whole"))) == 0
    whole, halves = base / "whole" / "study", [base / f"half-{part}" / "study" for part in (1, 2)]
    compared = ["compare", "usual-care", "bridge", "--baseline", "usual-care", "--replications", 4, "--workers", 1]
    commands = {
        "sweep": Command(sweep, table),
        "study merge": Command(lambda out: ["study", "merge", *halves, "--out", out / "study"], table),
        "study compact": Command(lambda out: ["study", "compact", out / "study"], table),
        "compare": Command(lambda out: [*compared, "--out", out / "study"], lambda out: numbers(out / "study")),
    }
    for ending in ("csv", "parquet", "xlsx"):
        commands[f"study export .{ending}"] = Command(
            lambda out, e=ending: ["study", "export", whole, out / f"x.{e}", "--force"],
            lambda out, e=ending: (out / f"x.{e}").read_bytes(),
        )
    commands["report"] = Command(
        lambda out: ["report", whole, "--out", out / "r.html"], lambda out: (out / "r.html").read_bytes()
    )
    return commands


def numbers(folder: Path) -> bytes:
    """Tables of a comparison, which are the same however often it was killed."""
    names = ("outcomes.csv", "differences.csv")
    return b"".join((folder / name).read_bytes() for name in names if (folder / name).exists())


def killed(base: Path, name: str, command: Command, number: int) -> int:
    """Kill a command `number` times and let it go on; how often something was lost."""

    def fresh() -> Path:
        out = Path(tempfile.mkdtemp(dir=base))
        if name == "study compact":
            shutil.copytree(base / "half-1" / "study", out / "study")
        return out

    def call(out: Path, kill_at: int | None = None) -> int:
        return in_child(lambda: peerbridge(*command.words(out)), kill_at, out)

    out = fresh()
    began = time.monotonic()
    assert call(out) == 0, f"{name} does not run"
    took, expected = time.monotonic() - began, command.same(out)
    died = lost = at = tried = 0
    while died < number and tried < 4 * number:
        tried += 1
        out = fresh()
        if at is not None and at >= 0:
            code = call(out, at)
            at = at + 1 if code == -signal.SIGKILL else -1  # from then on at moments spread over its time
        else:
            code = at_moment(lambda out=out: peerbridge(*command.words(out)), took * (tried * 0.618034 % 1))
        if code != -signal.SIGKILL:
            shutil.rmtree(out)
            continue
        died += 1
        again = call(out)
        left = [path.name for path in out.rglob(".writing-*")]
        apart = list(out.rglob("quarantine"))
        if again != 0 or left or apart or command.same(out) != expected:
            lost += 1
            print(f"  {name}: after kill {died} (operation {at}): exit code {again}, left {left[:3]}, {apart[:1]}")
        shutil.rmtree(out)
    print(f"{name:22} {died:5} kills, {lost} with a loss", flush=True)
    return lost


def at_moment(work: Callable[[], object], seconds: float) -> int:
    """Do `work` in a child that is killed after so long, if it is still at work."""
    pids: list[int] = []
    fork = os.fork

    def remember() -> int:
        pid = fork()
        if pid:
            pids.append(pid)
            threading.Timer(seconds, _kill, (pid,)).start()
        return pid

    os.fork = remember
    try:
        return in_child(work)
    finally:
        os.fork = fork


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


if __name__ == "__main__":
    main()
