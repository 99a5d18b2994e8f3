"""Results: kept in benchmarks/performance.json, shown in docs/explanation/performance.md."""

from __future__ import annotations

import json
import platform
import re
import subprocess
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.figures import Benchmark, Figure
from benchmarks.timing import ROOT
from docs.build.generated_parts import filled, wrapped
from experiments.support.machine import allowed_cores

RESULTS = ROOT / "benchmarks" / "performance.json"
PAGE = ROOT / "docs" / "explanation" / "performance.md"

Results = dict[str, dict[str, Any]]


def machine() -> dict[str, str]:
    """What the figures depend on."""
    import mesa
    import numba
    import numpy

    import simulation

    return {
        "processor": processor(),
        "cores": str(allowed_cores()),
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        "numba": numba.__version__,
        "NumPy": numpy.__version__,
        "Mesa": mesa.__version__,
        "model sources": simulation.SOURCE_HASH,
        "commit": commit(),
        "date": date.today().isoformat(),
    }


def processor() -> str:
    """Name of the processor."""
    try:
        found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    except OSError:
        found = None
    return found[1].strip() if found else platform.processor() or "unknown"


def commit() -> str:
    """Commit of the sources, or "unknown" outside a clone."""
    try:
        done = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()


def record(benchmark: Benchmark, figures: list[Figure], load: float) -> dict[str, Any]:
    """One benchmark's results as plain data; `load` is that of the machine before it began."""
    return {
        "title": benchmark.title,
        "method": benchmark.method,
        "machine": machine(),
        "load": round(load, 1),
        "figures": [asdict(figure) for figure in figures],
    }


def read(path: Path = RESULTS) -> Results:
    """Results kept so far."""
    if not path.exists():
        return {}
    results: Results = json.loads(path.read_text(encoding="utf-8"))
    return results


def write(results: Results, path: Path = RESULTS) -> None:
    """Keep results."""
    path.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def rewrite(results: Results, path: Path = PAGE) -> None:
    """Put results between the markers of the page.

    Raises:
        ValueError: The page lacks a marker.
    """
    for page, text in filled(path, {"benchmarks": markdown(results)}).items():
        page.write_text(text, encoding="utf-8")


def verdict(figure: Figure) -> str:
    """ "met", "not met" or nothing."""
    return {True: "met", False: "not met", None: ""}[figure.met]


def markdown(results: Results) -> str:
    """The targets first, then each benchmark with its method and machine."""
    every = {name: [Figure(**figure) for figure in result["figures"]] for name, result in results.items()}
    lines = ["## Targets", "", "| what | measured | target | |", "|---|---:|---:|---|"]
    for figures in every.values():
        lines += [f"| {f.what} | {f.text} | {f.target} | {verdict(f)} |" for f in figures if f.target]
    for name, result in results.items():
        lines += ["", f"## {result['title']}", "", result["method"], ""]
        with_targets = any(f.target for f in every[name])
        lines += (
            ["| what | measured | target | |", "|---|---:|---:|---|"]
            if with_targets
            else ["| what | measured | |", "|---|---:|---|"]
        )
        for f in every[name]:
            remark = "; ".join(part for part in (verdict(f), f.note) if part)
            target = f" {f.target} |" if with_targets else ""
            lines.append(f"| {f.what} | {f.text} |{target} {remark} |")
        stamp = ", ".join(f"{key} {value}" for key, value in result["machine"].items() if key != "processor")
        lines += [
            "",
            f"*{result['machine']['processor']}; {stamp}; load of the machine before it began {result['load']}.*",
        ]
    return wrapped("\n".join(lines))
