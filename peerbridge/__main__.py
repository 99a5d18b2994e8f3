"""`python -m peerbridge`, and the command `peerbridge`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import peerbridge


def forget_current_folder() -> None:
    """Take the current folder from where Python looks for modules, unless Peerbridge itself lies there.

    A user's own `simulation.py` beside a notebook is otherwise imported instead of the package; `python -m` and an
    empty entry of PYTHONPATH put the current folder first.
    """
    root = Path(__file__).resolve().parent.parent
    here = Path.cwd()
    if root != here:
        sys.path[:] = [
            entry for entry in sys.path if entry and (not os.path.isdir(entry) or Path(entry).resolve() != here)
        ]


def main() -> None:
    """Run the command line in `sys.argv`."""
    forget_current_folder()
    try:
        peerbridge._check_names()
        from experiments.cli.entry import main as run
    except ImportError as error:
        if error.name in ("simulation", "scenarios", "experiments"):
            sys.exit(f"peerbridge: {error}")
        raise
    run()


if __name__ == "__main__":
    main()
