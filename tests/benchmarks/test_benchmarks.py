"""The benchmarks run and their page is written; no time is asserted."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from benchmarks import __main__, page, profile
from benchmarks.figures import Figure
from scenarios import load
from simulation.engine import Engine


@pytest.mark.parametrize(
    ("figure", "target", "met"),
    [
        (Figure("a", 9.0, "ms", at_most=10.0), "≤ 10 ms", True),
        (Figure("a", 11.0, "ms", at_most=10.0), "≤ 10 ms", False),
        (Figure("a", 11.0, "×", at_least=10.0), "≥ 10 ×", True),
        (Figure("a", 1.0, "s"), "", None),
        (Figure("a", float("nan"), "s", at_most=1.0), "≤ 1 s", False),
    ],
)
def test_targets(figure: Figure, target: str, met: bool | None) -> None:
    assert (figure.target, figure.met) == (target, met)


def test_page_is_rewritten_between_its_markers(tmp_path: Path) -> None:
    path = tmp_path / "performance.md"
    path.write_text("before\n<!-- begin benchmarks -->\nold\n<!-- end benchmarks -->\nafter\n", encoding="utf-8")
    figures = [Figure("a run", 9.5, "ms", at_most=10.0, note="warm")]
    results = {"runs": page.record(__main__.ALL["runs"], figures, 0.5)}
    kept = tmp_path / "performance.json"
    page.write(results, kept)
    page.rewrite(page.read(kept), path)
    first = path.read_text(encoding="utf-8")
    page.rewrite(page.read(kept), path)
    assert path.read_text(encoding="utf-8") == first
    assert first.startswith("before\n") and first.endswith("after\n") and "old" not in first
    assert "| a run | 9.50 ms | ≤ 10 ms | met |" in first and "warm" in first


def test_page_without_markers_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "performance.md"
    path.write_text("no markers", encoding="utf-8")
    with pytest.raises(ValueError, match="has no mark"):
        page.rewrite({}, path)
    assert path.read_text(encoding="utf-8") == "no markers"


def test_kept_page_shows_the_kept_results() -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    assert page.markdown(page.read()) in text, "python -m benchmarks --page-only"
    assert set(page.read()) <= set(__main__.ALL)


def test_comparators_do_not_use_the_kernels() -> None:
    for name in ("object_model.py", "columns.py"):
        tree = ast.parse((page.ROOT / "benchmarks" / name).read_text(encoding="utf-8"))
        imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        ours = {module for module in imported if module.startswith("simulation")}
        assert ours == {"simulation.config", "simulation.population"}  # of the latter the table of mortality alone
        names = {a.name for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module == "simulation.population"
                 for a in n.names}  # fmt: skip
        assert names == {"mortality"}


@pytest.mark.slow
def test_a_run_in_stages_is_a_run() -> None:
    config = load("bridge", ("population.size=800", "run.warm_up_days=20", "run.days=60"))
    staged, whole = Engine(config, 3), Engine(config, 3)
    spent = profile.run_in_stages(staged, profile.stages())
    whole.run()
    a, b = staged.result().values, whole.result().values
    assert all(a[name] == b[name] or a[name] != a[name] for name in a)
    assert len(spent) > 8
