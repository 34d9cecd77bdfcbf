"""How far stook may lie from the exact value: bounds that lines name.

Operands of a line enter, as NumPy's arrays; a `Bound` leaves. The exact value is computed in long
double, whose own error is 2,000 times smaller than that of float64, so NumPy's error plays no part.
An operation of a row is held to the row's bound in units in the last place, a complex product
to 4 eps |a||b|. A sum of n is held to d eps/2 sum|x|, where d is how many additions an element may
pass through, each of which rounds by eps/2: 64 in order at most, which is a block of rows, then
log2(n) by pairs (ARCHITECTURE.md, "Same bits"). Mean, variance and product follow from the sum.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy

COMPLEX_ROW = 32
"""Bound of complex elementary functions, in eps times their size."""
CANCELLING = frozenset(["log", "log2", "log10", "log1p", "expm1"])
"""Complex functions whose error is that of numbers near one."""


@dataclass
class Bound:
    """Values within `room` of `centre` are right; where `free`, all are."""

    centre: Any
    room: Any = 0.0
    free: Any = False
    signed: bool = False
    """A zero has NumPy's sign."""
    whole: bool = False
    """A complex number is right as one: any NaN is as good as another."""
    unwarned: bool = False
    """Values are among the operands whose conditions hang on NumPy's C library or on the order in
    which it adds: its warnings are not compared."""

    def right(self, theirs: Any, ours: Any) -> Any:
        """Which elements of ours are right, or what NumPy has; of complex ones both parts."""
        if ours.dtype.kind != "c" or self.whole:
            return self._right(theirs, ours, self.centre)
        centres = (None, None) if self.centre is None else (self.centre.real, self.centre.imag)
        parts = zip((theirs.real, theirs.imag), (ours.real, ours.imag), centres, strict=True)
        one, other = (self._right(*part) for part in parts)
        return one & other

    def _right(self, theirs: Any, ours: Any, centre: Any) -> Any:
        same = (theirs == ours) | ((theirs != theirs) & (ours != ours))
        if self.signed and ours.dtype.kind == "f":
            same &= (ours != 0) | (numpy.signbit(theirs) == numpy.signbit(ours))
        if centre is None:
            return same | self.free
        return same | self.free | self._near(ours, numpy.real(centre))

    def _near(self, ours: Any, centre: Any) -> Any:
        room, found = self.room, wide(ours)
        if ours.dtype.kind != "f":
            return numpy.abs(found - centre) <= room + 1
        info = numpy.finfo(ours.dtype)
        room = room + info.eps / 2 * numpy.abs(centre) + float(info.smallest_subnormal)
        # Rounding may have passed the greatest number.
        limit = float(info.max) * (1 - float(info.eps))
        beyond = (numpy.abs(centre) + room >= limit) & (found * numpy.sign(centre) >= limit)
        return beyond | (numpy.abs(found - centre) <= room)


def wide(values: Any) -> Any:
    """Values in long double, or pairs of them."""
    values = numpy.asarray(values)
    return values.astype("G" if values.dtype.kind == "c" else "g")


def _loop(function: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """The type in which a ufunc computes with these operands."""
    empty = [a if isinstance(a, (int, float, complex)) else _none_of(a) for a in args]
    return function(*empty, **options).dtype


def _none_of(values: Any) -> Any:
    values = numpy.asarray(values)
    return values.ravel()[:0] if values.ndim else values[()]


def _operands(function: Any, args: tuple[Any, ...], options: dict[str, Any]) -> tuple[Any, Any]:
    loop = _loop(function, args, options)
    return loop, [wide(numpy.asarray(a).astype(loop)) for a in args]


def _limit(dtype: Any) -> float:
    return float(numpy.finfo(dtype).max)


def _ulp(values: Any, dtype: Any) -> Any:
    """A unit in the last place of a type, at these values."""
    inside = numpy.clip(numpy.abs(values), 0, _limit(dtype)).astype(dtype)
    return numpy.spacing(inside).astype("g")


# -- elementwise --------------------------------------------------------------------------------


def either_zero() -> Bound:
    """NumPy's values, but for the sign of zero, and which of several NaN."""
    return Bound(None, whole=True)


def sign_of(values: Any) -> Bound:
    """NumPy's values, but for the sign of NaN."""
    return Bound(None, free=numpy.isnan(values))


def row(name: str, *args: Any, **options: Any) -> Bound:
    """A real function within one unit in the last place."""
    function = getattr(numpy, name)
    loop, operands = _operands(function, args, options)
    centre = function(*operands)
    largest = centre
    if name.startswith("logaddexp"):  # what cancels in the result
        sizes = [numpy.where(numpy.isfinite(a), abs(a), 0) for a in operands]
        largest = 2 * numpy.maximum(abs(centre), numpy.maximum(*sizes))
    # The standards leave it to C libraries whether zero to the power -inf divides by zero; the root
    # that NumPy takes for a power of one half is invalid where the power is not.
    strange = name.endswith("power") and not all(numpy.isfinite(a).all() for a in operands)
    return Bound(centre, _ulp(largest, loop), signed=True, unwarned=strange)


def magnitude(values: Any) -> Bound:
    """The size of complex numbers, within one unit in the last place."""
    values = numpy.asarray(values)
    return Bound(numpy.abs(wide(values)), _ulp(numpy.abs(wide(values)), values.real.dtype))


def product(a: Any, b: Any, **options: Any) -> Bound:
    """A complex product, by the sizes of its factors; where it may overflow, NumPy's vector loops
    find other parts invalid than its scalar ones."""
    loop, (a, b) = _operands(numpy.multiply, (a, b), options)
    size = numpy.abs(a) * numpy.abs(b)
    room, free = 4 * float(numpy.finfo(loop).eps) * size, ~(size < _limit(loop) / 4)
    return Bound(a * b, room, free, unwarned=bool(numpy.any(free)))


def complex_row(name: str, *args: Any, **options: Any) -> Bound:
    """A complex function, by the size of its value; where that is not finite, nothing is said."""
    function = getattr(numpy, name)
    loop, operands = _operands(function, args, options)
    centre = function(*operands)
    size, units = numpy.abs(centre), COMPLEX_ROW
    if name in CANCELLING:
        size = numpy.maximum(size, 1)
    free = ~(numpy.abs(centre) < _limit(loop) / 4)
    if name in ("power", "float_power"):  # w log z may pass the greatest number
        base, exponent = operands
        growth = numpy.abs(exponent) * numpy.abs(numpy.log(base))
        units = units * (1 + growth)
        free = free | ~(growth < _limit(loop) / 4) | ~numpy.isfinite(base)
    if name == "exp2":
        units = units * (1 + numpy.abs(operands[0]))
    return Bound(centre, units * float(numpy.finfo(loop).eps) * size, free)


def cast(values: Any, letter: str) -> Bound:
    """Floats to integers: nothing is said outside the range, nor which are invalid there."""
    real, info = wide(numpy.real(values)), numpy.iinfo(letter)
    outside = ~((real > int(info.min) - 1) & (real < int(info.max) + 1))
    return Bound(None, free=outside, unwarned=bool((outside & numpy.isfinite(real)).any()))


# -- reductions ---------------------------------------------------------------------------------


class _Rows:
    """Elements by result: one row of long doubles for each, zero where they do not count."""

    def __init__(
        self,
        values: Any,
        axis: Any = None,
        keepdims: bool = False,
        dtype: Any = None,
        where: Any = True,
        initial: Any = None,
        skip: bool = False,
    ) -> None:
        values = numpy.asarray(values)
        axes = range(values.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
        axes = sorted(k % max(1, values.ndim) for k in axes) if values.ndim else []
        kept = [k for k in range(values.ndim) if k not in axes]
        self.dtype = values.dtype if dtype is None else numpy.dtype(dtype)
        counted = numpy.broadcast_to(where, values.shape)
        if skip and values.dtype.kind in "fc":
            counted = counted & (values == values)
        order, shape = (*kept, *axes), tuple(values.shape[k] for k in kept)
        n = math.prod(values.shape[k] for k in axes)
        flat = (math.prod(shape), n)
        self.counted = counted.transpose(order).reshape(flat)
        if values.dtype.kind == "c" and self.dtype.kind == "f":
            values = values.real
        self.values = wide(values).transpose(order).reshape(flat)
        self.count = self.counted.sum(1)
        ones = tuple(1 if k in axes else m for k, m in enumerate(values.shape))
        self.shape = ones if keepdims else shape
        self.initial = initial
        self.levels = min(max(2, n), 64 + math.log2(max(2, n))) / 2

    def sum(self, values: Any) -> Any:
        return numpy.where(self.counted, values, 0).sum(1)

    def sizes(self, values: Any) -> Any:
        """The sums of magnitudes, of parts that are finite: those of complex numbers add apart."""
        if values.dtype.kind == "c":
            return self.sizes(values.real) + self.sizes(values.imag)
        size = numpy.abs(values)
        return self.sum(numpy.where(numpy.isfinite(size), size, 0))

    def bound(self, centre: Any, room: Any, free: Any) -> Bound:
        parts = [numpy.broadcast_to(a, centre.shape).reshape(self.shape) for a in (room, free)]
        # A sum that overflows in one order may not in another, nor what is computed from it.
        return Bound(centre.reshape(self.shape), *parts, unwarned=bool(numpy.any(free)))


def _computed(values: Any, options: dict[str, Any]) -> tuple[dict[str, Any], float, float]:
    """Options with the type of a mean's sum, its eps, and its greatest number."""
    given, own = options.get("dtype"), numpy.asarray(values).dtype
    half = own.char == "e" and not options.get("skip")
    default = "d" if own.kind in "biu" else "f" if half else own
    dtype = numpy.dtype(default if given is None else given)
    if dtype.kind not in "fc":
        dtype = numpy.dtype("d")
    return {**options, "dtype": dtype}, float(numpy.finfo(dtype).eps), _limit(dtype)


def _summed(values: Any, options: dict[str, Any]) -> tuple[_Rows, Any, Any, Any, Any]:
    options, eps, limit = _computed(values, options)
    rows = _Rows(values, **options)
    sizes = rows.sizes(rows.values)
    casts = rows.dtype != numpy.asarray(values).dtype
    room = (rows.levels + casts) * eps * sizes
    return rows, rows.sum(rows.values), room, eps, ~(sizes < limit / 4)


def total(values: Any, axis: Any = None, **options: Any) -> Bound:
    """A sum, by the additions that an element passes through, times the sum of sizes."""
    options = {"axis": axis, **options}
    start = options.get("initial") or 0
    rows, centre, room, eps, free = _summed(values, options)
    return rows.bound(centre + start, room + 2 * eps * abs(start), free)


def average(values: Any, axis: Any = None, **options: Any) -> Bound:
    """A mean: the bound of the sum, divided by the count."""
    rows, centre, room, eps, free = _summed(values, {"axis": axis, **options})
    mean = centre / rows.count
    return rows.bound(mean, room / rows.count + 2 * eps * abs(mean), free)


def weighted(values: Any, axis: Any = None, weights: Any = None) -> Bound:
    """A weighted mean: the bounds of both sums."""
    if weights is None:
        return average(values, axis)
    values = numpy.asarray(values)
    whole_numbers = values.dtype.kind in "biu"
    dtype = numpy.result_type(values.dtype, weights.dtype, "d" if whole_numbers else values.dtype)
    whole, centre, room, eps, free = _summed(
        values.astype(dtype) * weights, {"axis": axis, "dtype": dtype}
    )
    scale = _Rows(weights, axis)
    scale = scale.sum(scale.values)
    mean = centre / scale
    return whole.bound(mean, 2 * room / scale + (whole.levels + 4) * eps * abs(mean), free)


def _spread(values: Any, ddof: int, options: dict[str, Any]) -> tuple[_Rows, Any, Any, Any]:
    """A variance in two passes: the mean's error enters by its square. Halves stay halves."""
    if numpy.asarray(values).dtype.char == "e" and options.get("dtype") is None:
        options = {**options, "dtype": "e"}
    rows, centre, room, eps, free = _summed(values, options)
    n, left = rows.count, numpy.maximum(rows.count - ddof, 0)
    squares = numpy.abs(rows.values - (centre / n)[:, None]) ** 2
    size = rows.sum(squares)
    off = room / n + eps * abs(centre / n)
    free = free | (size >= _limit(rows.dtype) / 4)
    return rows, size / left, ((rows.levels + 4) * eps * size + n * off**2) / left, free


def variance(values: Any, axis: Any = None, ddof: int = 0, **options: Any) -> Bound:
    """A variance, as a sum with 4 eps for each element, and the square of the mean's error."""
    rows, *rest = _spread(values, ddof, {"axis": axis, **options})
    return rows.bound(*rest)


def deviation(values: Any, axis: Any = None, ddof: int = 0, **options: Any) -> Bound:
    """A standard deviation: the roots of what a variance may be."""
    rows, size, room, free = _spread(values, ddof, {"axis": axis, **options})
    high, low = numpy.sqrt(size + room), numpy.sqrt(numpy.maximum(size - room, 0))
    return rows.bound(numpy.sqrt(size), high - low, free)


def multiplied(values: Any, axis: Any = None, **options: Any) -> Bound:
    """A product, by n eps times itself, where no partial product can overflow or vanish."""
    values = numpy.asarray(values)
    options.setdefault("dtype", None if values.dtype.kind in "fc" else "d")
    rows = _Rows(values, axis, **options)
    factors = numpy.where(rows.counted, rows.values, 1)
    centre = numpy.prod(factors, axis=1) * (1 if rows.initial is None else rows.initial)
    sizes = numpy.abs(factors)
    sizes = numpy.where(numpy.isfinite(sizes) & (sizes > 0), sizes, 1)
    info = numpy.finfo(rows.dtype)
    free = numpy.abs(numpy.log2(sizes)).sum(1) > info.maxexp - 4
    if rows.dtype.kind == "c":  # infinity times one may be NaN
        free |= ~numpy.isfinite(factors).all(1)
    units = 4 if rows.dtype.kind == "c" else 1
    return rows.bound(centre, units * (rows.count + 1) * float(info.eps) * abs(centre), free)


def contracted(form: str, x: Any, y: Any) -> Bound:
    """Sums of products of two arrays, each of which rounds once, in any order."""
    x, y = numpy.asarray(x), numpy.asarray(y)
    dtype = numpy.result_type(x, y)
    if dtype.kind not in "fc":
        return Bound(None)
    wides = {"np": numpy, "x": wide(x), "y": wide(y)}
    centre = eval(form, wides)
    sizes = {name: numpy.asarray(abs(wides[name])) for name in "xy"}
    size = eval(form, wides | sizes)
    terms = max([*x.shape, *y.shape, 1]) + 4
    facts = numpy.finfo(dtype)
    # Below the normal numbers the last place does not shrink with the product.
    room = terms * (float(facts.eps) * size + float(facts.smallest_subnormal))
    free = ~(size < _limit(dtype) / 4)
    return Bound(centre, room, free, unwarned=bool(numpy.any(free)))
