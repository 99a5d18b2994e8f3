"""Experiments with the model: compare plans, with differences that mean something.

`from experiments import compare, read_study` gives the Python door; `peerbridge` is the same on the command line.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from experiments.comparisons.result import Comparison as Comparison
    from experiments.comparisons.run import compare as compare
    from experiments.studies.analysis.results import StudyData as StudyData
    from experiments.studies.analysis.results import read_study as read_study
    from experiments.studies.sweep import sweep as sweep
    from experiments.support.errors import InputError as InputError

__all__ = ["InputError", "Comparison", "StudyData", "compare", "read_study", "sweep"]

_WHERE = {
    "InputError": "experiments.support.errors",
    "Comparison": "experiments.comparisons.result",
    "StudyData": "experiments.studies.analysis.results",
    "compare": "experiments.comparisons.run",
    "read_study": "experiments.studies.analysis.results",
    "sweep": "experiments.studies.sweep",
}


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
