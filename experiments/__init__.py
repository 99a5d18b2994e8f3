"""Experiments with the model: compare plans, with differences that mean something.

`from experiments import compare, read_study` gives the Python door; `peerbridge` is the same on the command line.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from experiments.comparing import compare as compare
    from experiments.comparison import Comparison as Comparison
    from experiments.errors import BadInput as BadInput
    from experiments.study_data import StudyData as StudyData
    from experiments.study_data import read_study as read_study
    from experiments.sweeping import sweep as sweep

__all__ = ["BadInput", "Comparison", "StudyData", "compare", "read_study", "sweep"]

_WHERE = {
    "BadInput": "experiments.errors",
    "Comparison": "experiments.comparison",
    "StudyData": "experiments.study_data",
    "compare": "experiments.comparing",
    "read_study": "experiments.study_data",
    "sweep": "experiments.sweeping",
}


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
