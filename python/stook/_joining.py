"""Joining, splitting, repeating and turning arrays.

Results are allocated once and parts are assigned into their slices, which are recorded copies.
"""

from __future__ import annotations

import functools
import itertools
import operator
from typing import Any

import numpy

from stook import _stook
from stook._composed import NotNative, as_method, asked, composed, counted_axis, ours
from stook._creation import arange, empty, empty_like
from stook._shape import broadcast_to, flip, moveaxis
from stook._stook import array, join, ndarray

__all__ = [
    "append",
    "array_split",
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "broadcast_arrays",
    "column_stack",
    "concat",
    "concatenate",
    "dsplit",
    "dstack",
    "hsplit",
    "hstack",
    "meshgrid",
    "repeat",
    "roll",
    "rot90",
    "split",
    "stack",
    "tile",
    "unstack",
    "vsplit",
    "vstack",
]


def _along(axis: int, part: Any) -> tuple[Any, ...]:
    """Return the index of a part of an axis."""
    return (*[slice(None)] * axis, part)


_NUMBERS = (int, float, complex)
_SEQUENCES = (list, tuple, ndarray, numpy.ndarray)


def _listed(arrays: Any) -> list[Any]:
    if type(arrays) not in _SEQUENCES and not hasattr(arrays, "__getitem__"):
        raise TypeError("not a sequence")
    return [a if type(a) is ndarray else ours(a) for a in arrays]


@composed
def concatenate(
    arrays: Any, /, axis: Any = 0, out: Any = None, *, dtype: Any = None, casting: Any = "same_kind"
) -> Any:
    """Return arrays one behind another along an existing axis, or all flat where it is None."""
    parts = _listed(arrays)
    if casting == "same_value":
        raise ValueError("a rule for casts, not for joining")
    if axis is None:
        if dtype is None and out is None and any(type(a) in _NUMBERS for a in arrays):
            dtype = _common_type(arrays, parts)
        parts, axis = [a.ravel() for a in parts], 0
    if out is None:
        return _joined(parts, axis, dtype, casting)
    axis = counted_axis(axis, parts[0].ndim)
    if dtype is not None or type(out) is not ndarray:
        raise NotNative
    if not all(numpy.can_cast(a.dtype, out.dtype, casting) for a in parts):
        raise TypeError("cannot cast")
    shapes = {(*a.shape[:axis], *a.shape[axis + 1 :]) for a in (*parts, out)}
    if len(shapes) > 1 or out.shape[axis] != sum(a.shape[axis] for a in parts):
        raise ValueError("the shapes do not fit")
    begin = 0
    for a in parts:
        end = begin + a.shape[axis]
        out[_along(axis, slice(begin, end))] = a
        begin = end
    return out


concat = concatenate


def _common_type(arrays: Any, parts: list[Any]) -> Any:
    """Return the type of joined elements, which numbers of Python's do not widen."""
    pairs = zip(arrays, parts, strict=True)
    return numpy.result_type(*[a if type(a) in _NUMBERS else part.dtype for a, part in pairs])


def _joined(parts: list[Any], axis: int, dtype: Any, casting: Any) -> Any:
    """Return a new array with the parts in it, of their common type unless one is given."""
    made = join(parts, axis) if dtype is None else None
    if made is not None:
        return made
    dtype = numpy.result_type(*[a.dtype for a in parts]) if dtype is None else numpy.dtype(dtype)
    if not all(numpy.can_cast(a.dtype, dtype, casting) for a in parts):
        raise TypeError("cannot cast")
    made = join(parts, axis, dtype)
    if made is None:
        raise ValueError("the arrays do not fit")
    return made


@composed
def stack(
    arrays: Any, axis: int = 0, out: Any = None, *, dtype: Any = None, casting: Any = "same_kind"
) -> Any:
    """Return arrays of one shape side by side along a new axis."""
    parts = _listed(arrays)
    axis = counted_axis(axis, parts[0].ndim + 1)
    if len({a.shape for a in parts}) > 1:
        raise ValueError("shapes differ")
    widened = [a[_along(axis, None)] for a in parts]
    return concatenate(widened, axis, out, dtype=dtype, casting=casting)


@composed
def vstack(tup: Any, *, dtype: Any = None, casting: Any = "same_kind") -> Any:
    """Return arrays below one another; those of one axis are rows."""
    parts = [_at_least_2d(a) for a in _listed(tup)]
    return concatenate(parts, 0, dtype=dtype, casting=casting)


@composed
def hstack(tup: Any, *, dtype: Any = None, casting: Any = "same_kind") -> Any:
    """Return arrays beside one another: along the second axis, or the only one."""
    parts = [_at_least_1d(a) for a in _listed(tup)]
    axis = 0 if parts[0].ndim == 1 else 1
    return concatenate(parts, axis, dtype=dtype, casting=casting)


@composed
def dstack(tup: Any) -> Any:
    """Return arrays behind one another along the third axis."""
    return concatenate([_at_least_3d(a) for a in _listed(tup)], 2)


@composed
def column_stack(tup: Any) -> Any:
    """Return arrays beside one another; those of one axis are columns."""
    parts = _listed(tup)
    return concatenate([a.reshape(-1, 1) if a.ndim < 2 else a for a in parts], 1)


@composed
def append(arr: Any, values: Any, axis: Any = None) -> Any:
    """Return `arr` with `values` behind it, both flat unless an axis is given."""
    parts = [ours(arr), ours(values)]
    if axis is None:
        return concatenate([a.ravel() for a in parts])
    return concatenate(parts, axis)


def _at_least_1d(a: Any) -> Any:
    return a if a.ndim else a.reshape(1)


def _at_least_2d(a: Any) -> Any:
    return a if a.ndim >= 2 else a.reshape(1, -1)


def _at_least_3d(a: Any) -> Any:
    if a.ndim >= 3:
        return a
    return a[:, :, None] if a.ndim == 2 else a.reshape(1, -1, 1)


def _widened(name: str, widen: Any, doc: str) -> Any:
    """Return the function of a name that widens each of its arrays."""

    def each(*arys: Any) -> Any:
        return widen(ours(arys[0])) if len(arys) == 1 else tuple(widen(ours(a)) for a in arys)

    each.__name__ = each.__qualname__ = name
    each.__doc__ = doc
    others = composed(each)

    @functools.wraps(each)
    def function(*arys: Any) -> Any:
        if len(arys) == 1 and type(arys[0]) is ndarray:
            return widen(arys[0])
        return others(*arys)

    return function


atleast_1d = _widened("atleast_1d", _at_least_1d, "Return arrays with one axis at least.")
atleast_2d = _widened(
    "atleast_2d", _at_least_2d, "Return arrays with two axes at least; new ones come first."
)
atleast_3d = _widened(
    "atleast_3d",
    _at_least_3d,
    "Return arrays with three axes at least; one axis becomes the second of three.",
)


@composed
def broadcast_arrays(*args: Any, subok: bool = False) -> Any:
    """Return arrays as if repeated to their common shape: views whose first write is warned of."""
    parts = [ours(a) for a in args]
    shape = numpy.broadcast_shapes(*[a.shape for a in parts])
    return tuple(a if a.shape == shape else _repeated(a, shape) for a in parts)


def _repeated(a: Any, shape: tuple[int, ...]) -> Any:
    """Return a view of `a` as if repeated, which may be written if `a` may be."""
    made = a._broadcast_to(shape)
    if a._writeable:
        made._writeable = True
        made.flags._warn_on_write = True
    return made


@composed
def meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> Any:
    """Return for each vector its values over the grid that all of them span."""
    if indexing not in ("xy", "ij"):
        raise ValueError("Valid values for `indexing` are 'xy' and 'ij'.")
    n = len(xi)
    place = list(range(n))
    if indexing == "xy" and n > 1:
        place[:2] = 1, 0
    parts = [ours(x).reshape([-1 if k == place[j] else 1 for k in range(n)]) for j, x in
             enumerate(xi)]  # fmt: skip
    if not copy:
        return parts if sparse else broadcast_arrays(*parts)
    if sparse:
        return tuple(a.copy() for a in parts)
    shape = numpy.broadcast_shapes(*[a.shape for a in parts])
    return tuple(broadcast_to(a, shape).copy("C") for a in parts)


# -- splitting ------------------------------------------------------------------------------------


def _cut(a: Any, points: list[Any], axis: int) -> list[Any]:
    return [a[_along(axis, slice(p, q))] for p, q in itertools.pairwise(points)]


@composed
def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Return views of parts of an array, as equal as they can be, or cut before given indices."""
    a = ours(ary)
    axis = counted_axis(axis, a.ndim)
    n = a.shape[axis]
    try:
        inner = list(indices_or_sections)
    except TypeError:
        sections = int(indices_or_sections)
        if sections <= 0:
            raise ValueError("number sections must be larger than 0.") from None
        each, more = divmod(n, sections)
        lengths = [each + 1] * more + [each] * (sections - more)
        return _cut(a, [0, *itertools.accumulate(lengths)], axis)
    return _cut(a, [0, *inner, n], axis)


@composed
def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Return views of equal parts of an array, or cut before given indices."""
    a = ours(ary)
    if not hasattr(indices_or_sections, "__len__") and a.shape[axis] % indices_or_sections:
        raise ValueError("array split does not result in an equal division")
    return array_split(a, indices_or_sections, axis)


@composed
def hsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """Return parts along the second axis, or the only one."""
    a = ours(ary)
    if a.ndim == 0:
        raise ValueError("hsplit only works on arrays of 1 or more dimensions")
    return split(a, indices_or_sections, min(a.ndim - 1, 1))


@composed
def vsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """Return parts along the first axis."""
    a = ours(ary)
    if a.ndim < 2:
        raise ValueError("vsplit only works on arrays of 2 or more dimensions")
    return split(a, indices_or_sections, 0)


@composed
def dsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """Return parts along the third axis."""
    a = ours(ary)
    if a.ndim < 3:
        raise ValueError("dsplit only works on arrays of 3 or more dimensions")
    return split(a, indices_or_sections, 2)


@composed
def unstack(x: Any, /, *, axis: int = 0) -> Any:
    """Return the parts along an axis, without it."""
    return tuple(moveaxis(ours(x), axis, 0))


# -- repeating and turning ------------------------------------------------------------------------


@composed
def tile(A: Any, reps: Any) -> Any:
    """Return an array repeated as a whole along each axis."""
    a = ours(A)
    times = [int(n) for n in reps] if hasattr(reps, "__len__") else [int(reps)]
    ndim = max(a.ndim, len(times))
    times = [1] * (ndim - len(times)) + times
    lengths = [1] * (ndim - a.ndim) + list(a.shape)
    if all(n == 1 for n in times):
        return array(a, copy=True, ndmin=ndim)
    if not a.size:  # of which NumPy makes no copy
        return a.reshape([n * m for n, m in zip(times, lengths, strict=True)])
    made = empty([n * m for n, m in zip(times, lengths, strict=True)], a.dtype)
    pairs = zip(times, lengths, strict=True)
    made.reshape([n for pair in pairs for n in pair])[...] = a.reshape(
        [n for m in lengths for n in (1, m)]
    )
    return made


@composed
def repeat(a: Any, repeats: Any, axis: Any = None) -> Any:
    """Return an array with each element, or each part along an axis, repeated."""
    if axis is None:
        made = _stook.repeat_few(a, repeats)
        if made is not None:
            return made
    a = asked(a, "repeat")
    if axis is None:
        a, axis = a.ravel(), 0
    axis = counted_axis(axis, a.ndim)
    n = a.shape[axis]
    counts = None
    if not isinstance(repeats, int | numpy.integer):
        counts = ours(repeats, None if hasattr(repeats, "dtype") else numpy.intp)
    if counts is not None and counts.size != 1:
        return a.take(_repeated_places(counts, n), axis)
    times = operator.index(repeats if counts is None else counts.reshape(())[()])
    made = empty([*a.shape[:axis], n * times, *a.shape[axis + 1 :]], a.dtype)
    spread = made.reshape([*a.shape[:axis], n, times, *a.shape[axis + 1 :]])
    # Written with the longer of both axes inside.
    if times < n:
        spread.swapaxes(axis, axis + 1)[...] = a[_along(axis, None)]
    else:
        spread[...] = a[_along(axis + 1, None)]
    return made


def _repeated_places(counts: Any, n: int) -> Any:
    """Return each place along an axis of `n` as often as it is counted."""
    if counts.ndim != 1 or counts.size != n or not numpy.can_cast(counts.dtype, numpy.intp, "safe"):
        raise ValueError("one count for each place")
    if (counts < 0).any():
        raise ValueError("a count below zero")
    ends = counts.astype(numpy.intp, copy=False).cumsum()
    return ends.searchsorted(arange(int(ends[-1]) if n else 0), "right")


def write_in_turn(line: Any, values: Any) -> None:
    """Write values to a vector, from the front again and again."""
    n, each = line.size, values.size
    if each in (1, n):
        line[...] = values
        return
    if not each:
        raise NotNative
    whole = n - n % each
    if whole:
        line[:whole].reshape(-1, each)[...] = values
    if whole < n:
        line[whole:] = values[: n - whole]


@composed
def roll(a: Any, shift: Any, axis: Any = None) -> Any:
    """Return an array whose elements have moved along axes, those beyond the end to the front."""
    a = ours(a)
    if axis is None:
        return roll(a.ravel(), shift, 0).reshape(a.shape)
    shifts = numpy.broadcast(shift, axis)
    if shifts.ndim > 1:
        raise ValueError("'shift' and 'axis' should be scalars or 1D sequences")
    by = [0] * a.ndim
    for steps, k in shifts:
        by[counted_axis(k, a.ndim)] += steps.__index__()
    pieces = [_moved(n, steps) for n, steps in zip(a.shape, by, strict=True)]
    made = empty_like(a)
    for pairs in itertools.product(*pieces):
        made[tuple(to for to, _ in pairs)] = a[tuple(start for _, start in pairs)]
    return made


def _moved(n: int, steps: int) -> list[tuple[slice, slice]]:
    """Return for the parts of an axis of length `n` where they go and where they come from."""
    steps = steps % n if n else 0
    if not steps:
        return [(slice(None), slice(None))]
    return [(slice(steps, None), slice(n - steps)), (slice(steps), slice(n - steps, None))]


@composed
def rot90(m: Any, k: int = 1, axes: Any = (0, 1)) -> Any:
    """Return `m` turned by quarters in the plane of two axes, from the first to the second."""
    m = ours(m)
    first, second = (counted_axis(axis, m.ndim) for axis in axes)
    if first == second:
        raise ValueError("Axes must be different.")
    if k % 4 == 0:
        return m[:]
    if k % 4 == 2:
        return flip(m, (first, second))
    if k % 4 == 1:
        return flip(m, second).swapaxes(first, second)
    return flip(m.swapaxes(first, second), second)


ndarray.repeat = as_method(repeat)
