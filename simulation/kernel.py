"""How kernels are compiled: cached on disk, without the GIL, NumPy's rules for division, no fast-math (same bits).

Kernels are only translated; machine code is made once for each entry, with all that it calls, and optimised as a whole.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from llvmlite.binding import Linkage
from numba import config, njit
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
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


class _Part(JITCodeLibrary):
    """A translated function: what calls it takes it in, and only then is it optimised and made machine code."""

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        self._ensure_finalized()
        return 0

    @property
    def codegen(self) -> Any:
        return _WithoutCode(self._codegen)


class _WithoutCode:
    """The code generator of a part, which has no memory yet into which an environment could be written."""

    def __init__(self, codegen: Any) -> None:
        self._codegen = codegen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._codegen, name)

    def set_env(self, name: str, environment: Any) -> None:
        """Does nothing: kernels never call Python."""


class _Whole(JITCodeLibrary):
    """An entry with all its parts; nothing but its own functions is seen from outside."""

    def add_llvm_module(self, module: Any) -> None:
        self.own = {f.name for f in module.functions if not f.is_declaration} | getattr(self, "own", set())
        super().add_llvm_module(module)

    def _optimize_final_module(self) -> None:
        for function in self._final_module.functions:
            if not function.is_declaration and function.name not in self.own:
                function.linkage = Linkage.internal
        super()._optimize_final_module()


class _Translated(Compiler):
    library: type[JITCodeLibrary] = _Part

    def compile_extra(self, function: Any) -> Any:
        self.state.library = self.library(self.state.targetctx.codegen(), function.__qualname__)
        self.state.library.enable_object_caching()
        return super().compile_extra(function)


class _Compiled(_Translated):
    library = _Whole


def entry(function: Any) -> Any:
    """Decorator of compiled functions that Python calls."""
    return _in_turn(njit(cache=True, nogil=True, error_model="numpy", pipeline_class=_Compiled)(function))


def kernel(function: Any) -> Any:
    """Decorator of compiled functions that only compiled code may call.

    A call from Python ends the process. Interpreted (NUMBA_DISABLE_JIT=1) they are plain functions.
    """
    plain = njit(
        nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True, pipeline_class=_Translated
    )
    return plain(function)


def fixed(signature: Any) -> Callable[[Any], Any]:
    """Decorator of small compiled functions with one signature: not each mix of integer widths is compiled anew."""

    def decorate(function: Any) -> Any:
        made = _in_turn(njit(cache=True, nogil=True, error_model="numpy")(function))
        if not config.DISABLE_JIT:
            made.compile(signature)
            made.disable_compile()
        return made

    return decorate
