"""How things are timed: side by side in one process, in turns, and by their medians; or each in a fresh process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def in_turns(
    jobs: Mapping[str, Callable[[], object]], repeats: int, clock: Callable[[], float] = time.thread_time
) -> dict[str, float]:
    """Median seconds of each job, all jobs taking turns.

    The clock is the CPU time of this thread, so that a busy machine does not add its waiting; give
    `time.perf_counter` for what runs elsewhere too.
    """
    seconds: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(repeats):
        for name, job in jobs.items():
            start = clock()
            job()
            seconds[name].append(clock() - start)
    return {name: median(measured) for name, measured in seconds.items()}


def process(arguments: Sequence[str], **environment: str) -> tuple[float, float, str]:
    """Run Python with arguments in a fresh process at the root; returns wall and CPU seconds and what it printed."""
    import resource

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def fresh(module: str, given: Mapping[str, Any], **environment: str) -> dict[str, Any]:
    """Run `python -m benchmarks.<module> <json>` in a fresh process and read the JSON that it prints."""
    _, _, printed = process(["-m", f"benchmarks.{module}", json.dumps(given)], **environment)
    answer: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return answer
