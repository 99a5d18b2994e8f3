"""The Peerbridge model: peer support in hospitals as a Mesa agent-based model.

`simulate(config, seed)` runs one scenario to the end; `PeerSupportModel` is the same run as a Mesa model. Both give
the same bits.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from simulation import kernel_cache
from simulation.version import KERNELS, SOURCE_HASH, VERSION

if TYPE_CHECKING:
    from simulation.agents import Clinician, Patient, PeerWorker, Supervisor
    from simulation.config import Config
    from simulation.engine import simulate
    from simulation.model import PeerSupportModel
    from simulation.result import Result

__all__ = [
    "KERNELS",
    "SOURCE_HASH",
    "VERSION",
    "Clinician",
    "Config",
    "Patient",
    "PeerSupportModel",
    "PeerWorker",
    "Result",
    "Supervisor",
    "kernel_is_compiled",
    "simulate",
]

_WHERE = {
    "Config": "simulation.config",
    "Result": "simulation.result",
    "simulate": "simulation.engine",
    "PeerSupportModel": "simulation.model",
    "Patient": "simulation.agents",
    "Clinician": "simulation.agents",
    "PeerWorker": "simulation.agents",
    "Supervisor": "simulation.agents",
}


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module 'simulation' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))


def kernel_is_compiled() -> bool:
    """Whether a run has compiled the kernels on this machine; otherwise the next one takes up to half a minute more."""
    return kernel_cache.is_complete(KERNELS)
