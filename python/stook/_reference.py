"""One recorded operation in NumPy, and how far ours may lie from it.

An operation and the memory it starts from enter; for each of its outputs an `Answer` leaves: what
NumPy would leave there, and how far away each element of ours may lie. That follows the promises:
bit for bit where nothing is rounded in another order, a row's units in the last place for
elementary functions, log2(n) eps sum(|x|) for sums. Absent on purpose: any look at our result.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy

__all__ = ["Answer", "Memory", "Operation", "Place", "answers", "same"]

Array = Any

# What is no ufunc of that name in NumPy.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "where": numpy.where,
    "clip": numpy._core.umath.clip,  # type: ignore[attr-defined]
    "real": numpy.real,
    "imag": numpy.imag,
}
# NumPy's own letters: its loops of mixed signs are those of long long.
_SIGNATURES = {"lL->?": "qQ->?", "Ll->?": "Qq->?"}

# Zeros of either sign are as large.
_EXTREMES = frozenset(("maximum", "minimum", "fmax", "fmin"))
# What elements are joined by, and rounded each time.
_JOINED_BY_FUNCTIONS = frozenset(("hypot", "logaddexp", "logaddexp2"))
# NumPy's own error in units in the last place, at most.
_NUMPYS_ULP = 4.0
# Complex loops that are rounded more than once, beside those with an error bound; those whose
# large parts cancel; those that NumPy leaves to the C library, where it may be far off.
_COMPLEX_ROUNDED = frozenset(("divide", "reciprocal", "sqrt"))
_CANCELLING = frozenset(("log", "log2", "log10", "log1p", "expm1"))
_UNBOUNDED = frozenset(("power", "float_power", "log1p"))
# Units of epsilon: of |a| |b| for a complex product, of the result for other complex functions,
# of what enters for a sum of exponentials, and for elements added one after another in a lane.
_PRODUCT, _COMPLEX, _EXPONENTIALS, _LANE = 4.0, 64.0, 8.0, 32.0


class Place(NamedTuple):
    """Elements of a storage."""

    storage: int
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    dtype: str


class Operation(NamedTuple):
    """A recorded call, as the native module describes it."""

    kind: str
    """``call``, ``copy``, ``reduce`` or ``scan``."""
    name: str
    takes: str
    """Letters of the loop's inputs."""
    gives: str
    """Letters of its outputs."""
    ulp: float
    axes: tuple[int, ...]
    ins: tuple[Any, ...]
    """Places, and NumPy's scalars."""
    mask: Any
    outs: tuple[Place, ...]
    file: str
    line: int

    @classmethod
    def of(cls, entry: tuple[Any, ...]) -> Operation:
        """Return the operation of an entry of the native module."""
        made = cls(*entry)
        ins = tuple(_operand(item) for item in made.ins)
        outs = tuple(Place(*item) for item in made.outs)
        return made._replace(ins=ins, mask=_operand(made.mask), outs=outs)

    @property
    def title(self) -> str:
        """What the user calls it."""
        ends = {"reduce": ".reduce", "scan": ".accumulate"}
        known = isinstance(getattr(numpy, self.name, None), numpy.ufunc)
        return self.name + (ends.get(self.kind, "") if known else "")


class Memory:
    """The bytes of storages, as NumPy's arrays."""

    def __init__(self, parts: list[Any]) -> None:
        self.parts = parts

    def array(self, operand: Any) -> Array:
        """Return the elements at a place, or a scalar as it is."""
        if not isinstance(operand, Place):
            return numpy.asarray(operand)
        _, offset, shape, strides, dtype = operand
        return numpy.ndarray(shape, dtype, self.parts[operand.storage], offset, strides)


class Answer(NamedTuple):
    """What NumPy would leave at a place."""

    place: Place
    values: Array
    room: Array | None
    """How far from each value ours may lie: 0 is an equal value, infinity any value, and None the
    same bits. NaN is NaN, whatever its bits."""

    def unequal(self, got: Array) -> Array:
        """Return which elements of ours differ."""
        agree = same(self.values, got)
        if self.room is not None and not agree.all():
            agree = agree | _near(self.values, got, self.room)
        return ~agree


def answers(operation: Operation, memory: Memory) -> list[Answer]:
    """Return what NumPy would leave in each output of an operation, from the memory before it."""
    args = [memory.array(item) for item in operation.ins]
    mask = None if operation.mask is None else memory.array(operation.mask)
    results = _KINDS[operation.kind](operation, args, mask)
    return [
        _stored(place, memory.array(place), mask, *result)
        for place, result in zip(operation.outs, results, strict=True)
    ]


def _operand(item: Any) -> Any:
    return Place(*item) if type(item) is tuple else item


# -- comparing ------------------------------------------------------------------------------------


def same(want: Array, got: Array) -> Array:
    """Return where both are the same: equal and of one sign, or NaN."""
    if want.dtype.kind == "c":
        return same(want.real, got.real) & same(want.imag, got.imag)
    if want.dtype.kind != "f":
        return want == got
    equal = (want == got) & (numpy.signbit(want) == numpy.signbit(got))
    return equal | (numpy.isnan(want) & numpy.isnan(got))


def _near(want: Array, got: Array, room: Array) -> Array:
    """Return where the distance is within `room`, or both are out of range."""
    if want.dtype.kind not in "fc":
        return (want == got) | (room == numpy.inf)
    wide = "G" if want.dtype.kind == "c" else "g"
    near = (want == got) | (numpy.abs(want.astype(wide) - got.astype(wide)) <= room)
    if want.dtype.kind == "c":
        beyond = ~numpy.isfinite(want) & ~numpy.isfinite(got)
        return near | beyond | (numpy.isnan(want) & numpy.isnan(got)) | (room == numpy.inf)
    largest = numpy.finfo(want.dtype).max
    beyond = (numpy.minimum(want, got) >= largest) | (numpy.maximum(want, got) <= -largest)
    return near | beyond | (room == numpy.inf)


def _stored(place: Place, before: Array, mask: Array | None, values: Any, room: Any) -> Answer:
    """Return the answer for values that a call casts and writes where the mask holds."""
    values = numpy.asarray(values)
    stored, lost = _cast(values, place.dtype)
    if room is not None and values.dtype.char != place.dtype:
        room = room + _spacing(stored) if stored.dtype.kind in "fc" else numpy.inf
    if lost is not None:
        room = numpy.where(lost, numpy.inf, 0.0 if room is None else room)
    want = before.copy()
    numpy.copyto(want, stored, where=True if mask is None else mask)
    if mask is not None and room is not None:
        room = numpy.where(mask, room, 0.0)
    return Answer(place, want, room)


def _cast(values: Array, dtype: str) -> tuple[Array, Array | None]:
    """Return values as another type, and which of them have no place in it."""
    target = numpy.dtype(dtype)
    if values.dtype.kind == "c" and target.kind in "iuf":
        values = values.real
    if values.dtype.kind != "f" or target.kind not in "iu":
        return values.astype(target, copy=False), None
    info = numpy.iinfo(target)
    lost = ~((values > float(info.min) - 1) & (values < float(info.max) + 1))
    return values.astype(target), lost if lost.any() else None


def _spacing(values: Array) -> Array:
    """Return the unit in the last place of each value, of infinities that of the largest."""
    sizes = numpy.abs(values)
    return numpy.spacing(numpy.minimum(sizes, numpy.finfo(sizes.dtype).max)).astype("d")


def _bounded(scale: Array, units: Any, real: numpy.dtype[Any]) -> Array:
    """Return `units` of epsilon of `scale`; no bound where that may overflow."""
    info = numpy.finfo(real)
    room = scale * (units * float(info.eps)) + 4 * float(info.smallest_subnormal)
    return numpy.where(scale < float(info.max) / 4, room, numpy.inf)


# -- operations -----------------------------------------------------------------------------------

Results = list[tuple[Any, Any]]


def _copy(_: Operation, args: list[Array], mask: Array | None) -> Results:
    return [(args[0], None)]


def _call(operation: Operation, args: list[Array], mask: Array | None) -> Results:
    name, takes, gives = operation.name, operation.takes, operation.gives
    cast = [_cast(arg, letter) for arg, letter in zip(args, takes, strict=True)]
    args = [values for values, _ in cast]
    function = FUNCTIONS.get(name) or getattr(numpy, name)
    keywords: dict[str, Any] = {}
    if isinstance(function, numpy.ufunc):
        signature = f"{takes}->{gives}"
        keywords["signature"] = _SIGNATURES.get(signature, signature)
        if mask is not None:
            # Values that NumPy refuses may stand where the mask is false; anything results there.
            keywords |= {"where": mask, "out": None}
    results = function(*args, **keywords)
    results = results if isinstance(results, tuple) else (results,)
    rooms = [_room(operation, args, numpy.asarray(values)) for values in results]
    for lost in (lost for _, lost in cast if lost is not None):
        rooms = [numpy.where(lost, numpy.inf, 0.0 if r is None else r) for r in rooms]
    return list(zip(results, rooms, strict=True))


def _room(operation: Operation, args: list[Array], values: Array) -> Array | None:
    """Return the room for a ufunc's results."""
    name = operation.name
    if name in _EXTREMES:
        return numpy.float64(0.0)
    if any(letter in "FD" for letter in operation.takes):
        return _complex_room(operation, args, values)
    if operation.ulp == 0 or values.dtype.kind != "f":
        return None
    if name.startswith("logaddexp"):
        scale = 1.0 + sum(numpy.abs(arg.astype("d")) for arg in args)
        return _bounded(scale, _EXPONENTIALS, values.dtype)
    room = (operation.ulp + _NUMPYS_ULP) * _spacing(values)
    if name in ("power", "float_power"):
        # NumPy takes the square root, NaN, where one exponent of 0.5 stands for all.
        return numpy.where((args[0] == -numpy.inf) & (args[1] == 0.5), numpy.inf, room)
    return room


def _complex_room(operation: Operation, args: list[Array], values: Array) -> Array | None:
    name, real = operation.name, values.real.dtype
    if name in _UNBOUNDED:
        return numpy.float64(numpy.inf)
    if name in ("multiply", "square"):
        scale = numpy.abs(args[0].astype("G")) * numpy.abs(args[-1].astype("G"))
        return _bounded(scale, _PRODUCT, real)
    if operation.ulp == 0 and name not in _COMPLEX_ROUNDED:
        return None
    scale = numpy.abs(values.astype("G"))
    if name == "exp2":
        # NumPy rounds the argument times log(2) before it takes the exponential.
        scale = scale * (1 + numpy.abs(args[0].astype("G")))
    return _bounded(numpy.maximum(scale, 1.0) if name in _CANCELLING else scale, _COMPLEX, real)


def _reduce(operation: Operation, args: list[Array], mask: Array | None) -> Results:
    name, axes = operation.name, operation.axes
    values, _ = _cast(args[0], operation.takes)
    if name.startswith("nan"):
        name, neutral = {"nansum": ("add", 0), "nanprod": ("multiply", 1)}[name]
        values = numpy.where(numpy.isnan(values), values.dtype.type(neutral), values)
    if name in ("argmax", "argmin"):
        kept = [axis for axis in range(values.ndim) if axis not in axes]
        shape = [values.shape[axis] for axis in kept]
        rows = values.transpose(*kept, *axes).reshape(*shape, -1)
        return [(getattr(numpy, name)(rows, axis=-1), None)]
    if name == "count_nonzero":
        return [(numpy.count_nonzero(values, axis=axes), None)]
    if name in _TOTALS and operation.gives in "efdFD":
        return [_TOTALS[name](values, axes, operation.gives)]
    if name in _JOINED_BY_FUNCTIONS:
        return [_join(getattr(numpy, name), values, axes, operation.gives)]
    dtype = {"dtype": operation.gives} if name in _TOTALS else {}
    result = getattr(numpy, name).reduce(values, axis=axes, **dtype)
    return [(result, numpy.float64(0.0) if name in _EXTREMES else None)]


def _sum(values: Array, axes: tuple[int, ...], gives: str) -> tuple[Array, Array]:
    """Return sums in wider precision, and the room for ours: the count enters by its logarithm."""
    if values.dtype.kind == "c":
        part = gives.lower()
        (re, first), (im, second) = (_sum(v, axes, part) for v in (values.real, values.imag))
        return _joined(re, im, gives), first + second
    state, wide = _precision(values)
    total = numpy.add.reduce(values, axis=axes, dtype=wide)
    sizes = numpy.where(numpy.isfinite(values), numpy.abs(values), 0)
    scale = numpy.add.reduce(sizes, axis=axes, dtype=wide)
    count = numpy.log2(values.size / max(1, total.size))
    result = total.astype(gives)
    return result, _bounded(scale, _LANE + count, state) + _spacing(result)


def _product(values: Array, axes: tuple[int, ...], gives: str) -> tuple[Array, Array]:
    """Return products in wider precision, and the room for ours."""
    state, wide = _precision(values)
    if values.dtype.kind == "c":
        wide = wide.upper()
    result = numpy.multiply.reduce(values, axis=axes, dtype=wide).astype(gives)
    sizes = numpy.abs(values)
    scale = numpy.multiply.reduce(sizes, axis=axes, dtype=wide.lower())
    count = values.size / max(1, result.size)
    room = _bounded(scale, _PRODUCT * count, state) + _spacing(result)
    # In another order, a part of the product may leave the range of the type.
    usual = numpy.isfinite(sizes) & (sizes != 0)
    reach = numpy.abs(numpy.log2(numpy.where(usual, sizes, 1)))
    steps = numpy.add.reduce(reach, axis=axes, dtype="d")
    return result, numpy.where(steps < numpy.finfo(state).maxexp - 2, room, numpy.inf)


def _join(ufunc: Any, values: Array, axes: tuple[int, ...], gives: str) -> tuple[Array, Array]:
    """Return what an elementary function joins in wider precision, and the room for ours."""
    state, wide = _precision(values)
    total = ufunc.reduce(values.astype(wide), axis=axes)
    scale = numpy.abs(total)
    if ufunc is not numpy.hypot:
        # The logarithm of a sum is as exact as its greatest argument.
        scale = 1 + numpy.maximum(scale, numpy.abs(values.astype(wide)).max(axis=axes))
    count = numpy.log2(max(1, values.size / max(1, total.size)))
    result = total.astype(gives)
    return result, _bounded(scale, _EXPONENTIALS * (_LANE + count), state) + _spacing(result)


_TOTALS = {"add": _sum, "multiply": _product}


def _precision(values: Array) -> tuple[numpy.dtype[Any], str]:
    """Return the type in which ours gathers values, and the letter of a wider one."""
    double = values.real.dtype.char == "d"
    return numpy.dtype("d" if double else "f"), "g" if double else "d"


def _joined(re: Array, im: Array, letter: str) -> Array:
    made = numpy.empty(numpy.shape(re), letter)
    made.real, made.imag = re, im
    return made


def _scan(operation: Operation, args: list[Array], mask: Array | None) -> Results:
    values, _ = _cast(args[0], operation.takes)
    ufunc, gives = getattr(numpy, operation.name), operation.gives
    result = ufunc.accumulate(values, axis=-1, dtype=gives)
    if operation.name in _EXTREMES:
        return [(result, numpy.float64(0.0))]
    if gives not in "FD" and operation.ulp == 0:
        return [(result, None)]
    if ufunc in (numpy.add, numpy.subtract):
        return [(result, None)]
    if ufunc is not numpy.multiply:
        # Each result is an argument of the next, which may magnify its error without bound.
        return [(result, numpy.float64(numpy.inf))]
    scale = numpy.multiply.accumulate(numpy.abs(values), axis=-1, dtype="g")
    return [(result, _bounded(scale, _PRODUCT * values.shape[-1], result.real.dtype))]


_KINDS: dict[str, Callable[[Operation, list[Array], Array | None], Results]] = {
    "call": _call,
    "copy": _copy,
    "reduce": _reduce,
    "scan": _scan,
}
