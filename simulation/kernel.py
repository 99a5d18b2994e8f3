"""How kernels are compiled: cached on disk, without the GIL, NumPy's rules for division, no fast-math (same bits)."""

from __future__ import annotations

from typing import Any

from numba import njit

from simulation import kernel_cache

kernel_cache.verified()

entry = njit(cache=True, nogil=True, error_model="numpy")
"""Decorator of compiled functions that Python calls."""

kernel = njit(cache=True, nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)
"""Decorator of compiled functions that only compiled code may call: a third less to compile, but a call from Python
ends the process. Interpreted (NUMBA_DISABLE_JIT=1) they are plain functions."""


def fixed(signature: Any) -> Any:
    """Decorator of small compiled functions with one signature: not each mix of integer widths is compiled anew."""
    return njit(signature, cache=True, nogil=True, error_model="numpy")
