"""No randomness but `simulation.draws`: ruff refuses the imports (TID251), this the attributes that it cannot see."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ["simulation", "scenarios", "experiments", "dashboard", "benchmarks", "tests"]
EXEMPT = {"simulation/draws.py", "benchmarks/object_model.py"}


def unkeyed_draws(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of each `model.random` (Mesa's sequential generator) and `….rvs` (SciPy's global one)."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            owner = ast.unparse(node.value).rpartition(".")[2]
            if node.attr == "rvs" or (node.attr == "random" and (owner == "self" or owner.endswith("model"))):
                yield node.lineno, ast.unparse(node)


@pytest.mark.parametrize("text", ["model.random.random()", "self.random", "agent.model.random", "norm(0, 1).rvs(3)"])
def test_an_unkeyed_draw_is_seen(text: str) -> None:
    assert len(list(unkeyed_draws(text))) == 1


@pytest.mark.parametrize("text", ["sobol.random(8)", "model.random_key", "rvs", "'model.random'"])
def test_other_names_pass(text: str) -> None:
    assert not list(unkeyed_draws(text))


def test_no_file_draws_without_a_key() -> None:
    files = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    assert Path(__file__) in files
    found = [
        f"{name}:{line}: {text}"
        for path in files
        if (name := path.relative_to(ROOT).as_posix()) not in EXEMPT
        for line, text in unkeyed_draws(path.read_text(encoding="utf-8"))
    ]
    assert not found, "use simulation.draws instead of:\n" + "\n".join(found)
