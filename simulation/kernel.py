"""How kernels are compiled: cached on disk, without the GIL, NumPy's rules for division, no fast-math (same bits)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from numba import config, njit
from numba.core.compiler_lock import global_compiler_lock

from simulation import kernel_cache
from simulation.version import KERNELS

kernel_cache.verified(KERNELS)
_compiling: list[Any] = []
"""Functions that this process is compiling, the outermost first."""


def _in_turn(function: Any) -> Any:
    """Where nothing is compiled yet, one process compiles and the others wait."""
    if config.DISABLE_JIT:
        return function
    compile_now = function.compile

    def compile_in_turn(signature: Any) -> Any:
        with global_compiler_lock:
            inside = bool(_compiling) or kernel_cache.is_complete(KERNELS)
            _compiling.append(function)
            try:
                with nullcontext() if inside else kernel_cache.alone(KERNELS):
                    return compile_now(signature)
            finally:
                _compiling.pop()

    function.compile = compile_in_turn
    return function


def entry(function: Any) -> Any:
    """Decorator of compiled functions that Python calls."""
    return _in_turn(njit(cache=True, nogil=True, error_model="numpy")(function))


def kernel(function: Any) -> Any:
    """Decorator of compiled functions that only compiled code may call.

    A third less to compile, but a call from Python ends the process. Interpreted (NUMBA_DISABLE_JIT=1) they are plain
    functions.
    """
    plain = njit(cache=True, nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)
    return _in_turn(plain(function))


def fixed(signature: Any) -> Callable[[Any], Any]:
    """Decorator of small compiled functions with one signature: not each mix of integer widths is compiled anew."""

    def decorate(function: Any) -> Any:
        made = _in_turn(njit(cache=True, nogil=True, error_model="numpy")(function))
        if not config.DISABLE_JIT:
            made.compile(signature)
            made.disable_compile()
        return made

    return decorate
