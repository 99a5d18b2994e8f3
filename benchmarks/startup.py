"""From the command to the first number, warm and cold."""

from __future__ import annotations

import tempfile
from statistics import median

from benchmarks.figures import Benchmark, Figure
from benchmarks.timing import process

COMMAND = ("-c", "from experiments.cli.entry import main; main()")


def measure(quick: bool) -> list[Figure]:
    jobs = {
        "`python -c pass`": (("-c", "pass"), None),
        "`import simulation`": (("-c", "import simulation"), 0.6),
        "`from simulation import simulate`": (("-c", "from simulation import simulate"), None),
        "`from simulation import PeerSupportModel`": (("-c", "from simulation import PeerSupportModel"), None),
        "`peerbridge --help`": ((*COMMAND, "--help"), None),
        "`peerbridge run bridge`": ((*COMMAND, "run", "bridge", "--json"), 1.5),
    }
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in jobs}
    process((*COMMAND, "run", "bridge", "--json"))
    for _ in range(3 if quick else 7):
        for name, (arguments, _target) in jobs.items():
            seconds[name].append(process(arguments)[:2])
    figures = []
    for name, (_arguments, target) in jobs.items():
        wall = median(w for w, _ in seconds[name])
        cpu = median(c for _, c in seconds[name])
        figures.append(Figure(name, wall, "s", at_most=target, note=f"{cpu:.2f} s of CPU time"))
    if not quick:
        with tempfile.TemporaryDirectory() as empty:
            wall, cpu, _ = process((*COMMAND, "run", "bridge", "--json"), PEERBRIDGE_CACHE_DIR=empty)
        figures.append(
            Figure(
                "first ever `peerbridge run bridge`", wall, "s", at_most=30.0, note=f"compiles; {cpu:.1f} s of CPU time"
            )
        )
    return figures


BENCHMARK = Benchmark(
    "startup",
    "Start-up",
    "Wall time of a fresh process, median; what else the machine does counts against it. The first ever run has "
    "an empty "
    "folder for compiled kernels.",
    measure,
)
