"""Imports inside the model run one way: a mechanism never imports another, and no module is in a circle."""

import ast
from pathlib import Path

import pytest

import simulation

ROOT = Path(simulation.__file__).parent


def imported(path: Path) -> set[str]:
    """Modules of the model that a file imports, those for type checkers too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "simulation":
            assert node.module is not None
            found.add(node.module)
            found |= {f"{node.module}.{name.name}" for name in node.names if exists(f"{node.module}.{name.name}")}
        elif isinstance(node, ast.Import):
            found |= {name.name for name in node.names if name.name.split(".")[0] == "simulation"}
    return found - {"simulation"}


def exists(module: str) -> bool:
    path = ROOT.joinpath(*module.split(".")[1:])
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(("simulation", *parts)).removesuffix(".__init__")


MECHANISMS = sorted(path for path in (ROOT / "processes").glob("*.py") if path.name != "__init__.py")


@pytest.mark.parametrize("path", MECHANISMS, ids=lambda path: path.stem)
def test_a_mechanism_imports_no_other(path: Path) -> None:
    assert not {module for module in imported(path) if module.startswith("simulation.processes.")}


def test_no_module_is_in_a_circle() -> None:
    arrows = {module_of(path): imported(path) for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py"}
    assert len(arrows) > 40
    done: set[str] = set()

    def visit(module: str, way: tuple[str, ...]) -> None:
        assert module not in way, f"circle: {' -> '.join((*way, module))}"
        if module in done:
            return
        for other in sorted(arrows.get(module, ())):
            visit(other, (*way, module))
        done.add(module)

    for module in arrows:
        visit(module, ())
