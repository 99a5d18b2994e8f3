"""How kernels are compiled: cached on disk, without the GIL, NumPy's rules for division, no fast-math (the same bits everywhere)."""

from __future__ import annotations

from numba import njit

entry = njit(cache=True, nogil=True, error_model="numpy")
"""Decorator of compiled functions that Python calls."""

kernel = njit(cache=True, nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)
"""Decorator of compiled functions that only compiled code calls: a third less to compile. Interpreted, they are plain functions."""


def fixed(signature: str | object) -> object:
    """Decorator of small compiled functions with one signature, so that each mix of integer widths is not compiled anew."""
    return njit(signature, cache=True, nogil=True, error_model="numpy")
