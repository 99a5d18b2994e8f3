"""Experiments with the model: compare plans, with differences that mean something.

`from experiments import compare` gives the Python door; `peerbridge` is the same on the command line.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from experiments.comparison import Comparison as Comparison
    from experiments.comparison import compare as compare
    from experiments.errors import BadInput as BadInput

__all__ = ["BadInput", "Comparison", "compare"]

_WHERE = {
    "BadInput": "experiments.errors",
    "Comparison": "experiments.comparison",
    "compare": "experiments.comparison",
}


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
