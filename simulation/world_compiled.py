"""How compiled code sees a world: `w.patients` is a row of its table of addresses, `w.patients[i]` a record in memory.

An index is a whole number from 0 on: no negative ones, no slices. With NUMBA_BOUNDSCHECK=1 each is checked.
"""

from __future__ import annotations

import operator
from typing import Any

from llvmlite import ir
from numba import types
from numba.core.cgutils import do_boundscheck, pack_array
from numba.core.typing.templates import AbstractTemplate, AttributeTemplate, infer_getattr, infer_global, signature
from numba.extending import (
    NativeValue,
    intrinsic,
    lower_builtin,
    lower_getattr,
    lower_getattr_generic,
    models,
    overload,
    register_model,
    typeof_impl,
    unbox,
)
from numba.np.numpy_support import from_dtype

from simulation.state import CLOCKS
from simulation.world import ARRAYS, ROW, World, fetch_clocks, fetch_person, fetch_stay

_WORD = ir.IntType(64)


class _WorldType(types.Type):
    def __init__(self) -> None:
        super().__init__(name="PeerbridgeWorld")


WORLD = _WorldType()
"""Type of a world in signatures of compiled functions."""


class _TableType(types.Type):
    """One array of a world: in compiled code the address of the world again, and here which of its arrays is meant."""

    def __init__(self, name: str) -> None:
        dtype, self.dimensions = ARRAYS[name]
        self.element = from_dtype(dtype)
        self.words = ROW * list(ARRAYS).index(name)
        super().__init__(name=f"PeerbridgeTable({name})")


_TABLES = {name: _TableType(name) for name in ARRAYS}


@typeof_impl.register(World)
def _typeof(value: object, context: object) -> _WorldType:
    return WORLD


@register_model(_WorldType)
@register_model(_TableType)
class _Address(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _WORD.as_pointer())


@unbox(_WorldType)
def _unbox(kind: Any, value: Any, c: Any) -> NativeValue:
    address = c.pyapi.object_getattr_string(value, "address")
    number = c.pyapi.long_as_longlong(address)
    c.pyapi.decref(address)
    return NativeValue(c.builder.inttoptr(number, _WORD.as_pointer()), is_error=c.pyapi.c_api_error())


def _word(builder: Any, world: Any, index: int) -> Any:
    """A word of the table; nothing changes it while compiled code runs."""
    found = builder.load(builder.gep(world, [_WORD(index)], inbounds=True))
    found.set_metadata("invariant.load", builder.module.add_metadata([]))
    return found


def _first(context: Any, builder: Any, table: _TableType, world: Any) -> Any:
    """Pointer to the first element of an array."""
    return builder.inttoptr(_word(builder, world, table.words), context.get_data_type(table.element).as_pointer())


def _place(context: Any, builder: Any, table: _TableType, world: Any, index: Any) -> Any:
    """Pointer to an element."""
    indices = [index] if table.dimensions == 1 else [builder.extract_value(index, k) for k in range(2)]
    if context.enable_boundscheck:
        for axis, at in enumerate(indices):
            do_boundscheck(context, builder, at, _word(builder, world, table.words + 1 + axis), axis)
    at = indices[0]
    if table.dimensions == 2:
        width = _word(builder, world, table.words + 2)
        at = builder.add(builder.mul(at, width, flags=["nsw"]), indices[1], flags=["nsw"])
    return builder.gep(_first(context, builder, table, world), [at], inbounds=True)


@infer_getattr
class _Attributes(AttributeTemplate):
    key = _WorldType

    def generic_resolve(self, kind: Any, name: str) -> Any:
        return _TABLES.get(name)


@lower_getattr_generic(_WorldType)
def _array(context: Any, builder: Any, kind: Any, world: Any, name: str) -> Any:
    return world


@infer_getattr
class _Sizes(AttributeTemplate):
    key = _TableType

    def resolve_shape(self, table: Any) -> Any:
        return types.UniTuple(types.int64, table.dimensions)

    def resolve_size(self, table: Any) -> Any:
        return types.int64


@lower_getattr(_TableType, "shape")
def _shape(context: Any, builder: Any, table: Any, world: Any) -> Any:
    return pack_array(builder, [_word(builder, world, table.words + 1 + k) for k in range(table.dimensions)])


@lower_getattr(_TableType, "size")
def _size(context: Any, builder: Any, table: Any, world: Any) -> Any:
    size = _word(builder, world, table.words + 1)
    return builder.mul(size, _word(builder, world, table.words + 2)) if table.dimensions == 2 else size


@infer_global(len)
class _Length(AbstractTemplate):
    key = len

    def generic(self, arguments: Any, named: Any) -> Any:
        return signature(types.int64, *arguments) if isinstance(arguments[0], _TableType) else None


@lower_builtin(len, _TableType)
def _length(context: Any, builder: Any, kinds: Any, arguments: Any) -> Any:
    return _word(builder, arguments[0], kinds.args[0].words + 1)


def _index(table: _TableType, given: Any) -> Any:
    """Type of an index; None where compiled code may not use it (a slice, a fraction)."""
    parts = [given] if table.dimensions == 1 else list(given) if isinstance(given, types.BaseTuple) else []
    if len(parts) != table.dimensions or not all(isinstance(part, types.Integer) for part in parts):
        return None
    return types.int64 if table.dimensions == 1 else types.UniTuple(types.int64, 2)


@infer_global(operator.getitem)
class _GetItem(AbstractTemplate):
    key = operator.getitem

    def generic(self, arguments: Any, named: Any) -> Any:
        table = arguments[0]
        if isinstance(table, _TableType) and (index := _index(table, arguments[1])):
            return signature(table.element, table, index)
        return None


@infer_global(operator.setitem)
class _SetItem(AbstractTemplate):
    key = operator.setitem

    def generic(self, arguments: Any, named: Any) -> Any:
        table = arguments[0]
        if isinstance(table, _TableType) and (index := _index(table, arguments[1])):
            return signature(types.none, table, index, table.element)
        return None


@lower_builtin(operator.getitem, _TableType, types.Any)
def _get(context: Any, builder: Any, kinds: Any, arguments: Any) -> Any:
    table = kinds.args[0]
    place = _place(context, builder, table, *arguments)
    if isinstance(table.element, types.Record):
        return builder.bitcast(place, context.get_value_type(table.element))
    return context.unpack_value(builder, table.element, place)


@lower_builtin(operator.setitem, _TableType, types.Any, types.Any)
def _set(context: Any, builder: Any, kinds: Any, arguments: Any) -> Any:
    table = kinds.args[0]
    context.pack_value(builder, table.element, arguments[2], _place(context, builder, table, *arguments[:2]))


def _fetching(name: str) -> Any:
    """An intrinsic that begins to load one row of an array into the cache, line by line."""
    table = _TABLES[name]
    dtype, dimensions = ARRAYS[name]
    bytes_of_row = dtype.itemsize * (CLOCKS if dimensions == 2 else 1)

    def generate(context: Any, builder: Any, kinds: Any, arguments: Any) -> Any:
        world, row = arguments
        byte, flag = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, flag, flag, flag])
        ask = builder.module.declare_intrinsic("llvm.prefetch", [byte], kind)
        all_rows = builder.bitcast(_first(context, builder, table, world), byte)
        first = builder.gep(all_rows, [builder.mul(row, _WORD(bytes_of_row))])
        for line in range(0, bytes_of_row, 64):
            builder.call(ask, [builder.gep(first, [_WORD(line)]), flag(0), flag(3), flag(1)])
        return context.get_dummy_value()

    @intrinsic
    def fetch(typing_context, world, row):
        return types.none(WORLD, types.int64), generate

    return fetch


_person, _clocks, _stay = (_fetching(name) for name in ("patients", "clocks", "stays"))


@overload(fetch_person)
def _fetch_person(w, i):
    return lambda w, i: _person(w, i)


@overload(fetch_clocks)
def _fetch_clocks(w, i):
    return lambda w, i: _clocks(w, i)


@overload(fetch_stay)
def _fetch_stay(w, row):
    return lambda w, row: _stay(w, row)
