"""`python -m benchmarks` starts, also where an installed package brings a folder named tests."""

import subprocess
import sys
from pathlib import Path


def test_it_starts_where_another_package_is_named_tests(tmp_path):
    other = tmp_path / "tests"
    other.mkdir()
    (other / "__init__.py").write_text("")
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "benchmarks", "--help"]
    run = subprocess.run(
        command, cwd=root, env={"PYTHONPATH": str(tmp_path), "PATH": ""}, capture_output=True, text=True
    )
    assert run.returncode == 0 and "--quick" in run.stdout, run.stderr[-300:]
