"""Choosing elements: by condition, by place, by bounds."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import numpy
from numpy import errstate
from numpy._globals import _NoValue

from stook import _stook
from stook._composed import NotNative, as_method, asked, composed, counted_axis, ours
from stook._creation import arange, ascontiguousarray, empty
from stook._joining import stack, write_in_turn
from stook._shape import broadcast_to
from stook._statistics import count_nonzero
from stook._stook import AT_ONCE, ndarray, ufuncs
from stook._subclasses import asks_method

__all__ = [
    "argwhere",
    "clip",
    "compress",
    "copyto",
    "extract",
    "flatnonzero",
    "nonzero",
    "place",
    "put",
    "put_along_axis",
    "putmask",
    "select",
    "take",
    "take_along_axis",
    "where",
]

_where = ufuncs["where"]
# Integers that an index can be, by their types' letters; those of 64 bits have a sign.
_BOOL = numpy.dtype(bool)
_INTEGERS = "".join(t for t in numpy.typecodes["AllInteger"] if numpy.can_cast(t, numpy.intp))


def where(condition: Any, /, *choices: Any) -> Any:
    """Return `x` where the condition holds and `y` elsewhere; without them, where it holds."""
    if choices:
        return _where(condition, *choices)
    return nonzero(condition)


@composed
def nonzero(a: Any) -> Any:
    """Return the places of elements that are not zero: one array of integers for each axis."""
    return _stook.nonzero(asked(a, "nonzero"))


@composed
def flatnonzero(a: Any) -> Any:
    """Return the places of elements that are not zero, as if the array were flat."""
    return _stook.nonzero(ours(a).ravel())[0]


@composed
def argwhere(a: Any) -> Any:
    """Return the places of elements that are not zero, one row for each."""
    a = ours(a)
    if a.ndim == 0:
        return empty((int(a.astype(bool)[()]), 0), numpy.intp)
    return stack(_stook.nonzero(a)).T


@composed
def extract(condition: Any, arr: Any) -> Any:
    """Return the elements of an array where a condition of as many elements holds."""
    chosen, a = ours(condition).ravel(), ours(arr).ravel()
    if chosen.size != a.size:
        return take(a, _stook.nonzero(chosen)[0])
    return a[chosen.astype(bool, copy=False)]


@composed
def compress(condition: Any, a: Any, axis: Any = None, out: Any = None) -> Any:
    """Return the parts of an array along an axis, or its elements, where a condition holds."""
    if type(a) is not ndarray and asks_method(a, "compress"):
        raise NotNative
    chosen = ours(condition)
    simple = type(a) is ndarray and a.ndim == 1 and axis is out is None
    if simple and chosen.dtype is _BOOL and chosen.shape == a.shape:
        return a[chosen]
    if chosen.ndim != 1:
        raise ValueError("condition must be a 1-d array")
    if axis is None and out is None:
        return extract(chosen, a)
    return take(a, _stook.nonzero(chosen)[0], axis, out)


def _indices(indices: Any, length: int, mode: str) -> Any:
    """Return integers on an axis; those beyond it are taken back to it as `mode` says."""
    made = ours(indices)
    letter = made.dtype.char
    if letter == "?" or (not made.size and not hasattr(indices, "dtype")):
        made = made.astype(int)
    elif letter not in _INTEGERS:
        raise TypeError("indices must be integers")
    if mode == "raise":
        return made
    if mode not in ("wrap", "clip") or length == 0:
        raise NotNative
    made = made.astype(numpy.int64)
    return made % length if mode == "wrap" else clip(made, 0, length - 1)


@composed
def take(a: Any, indices: Any, axis: Any = None, out: Any = None, mode: str = "raise") -> Any:
    """Return the elements, or the parts along an axis, at the places `indices`."""
    if axis is out is None and mode == "raise":
        made = _stook.take_few(a, indices)
        if made is not None:
            return made
    a = asked(a, "take")
    if axis is None:
        a, axis = a.ravel(), 0
    else:
        axis = counted_axis(axis, a.ndim)
    places = _indices(indices, a.shape[axis], mode)
    if places.ndim == 0:
        made = a[(*[slice(None)] * axis, int(places))]
        made = made.copy() if type(made) is ndarray else made
    else:
        made = _stook.take(a, axis, places)
        if made is None:
            made = _taken_of_none(a, axis, places)
    if out is None:
        return made
    if type(out) is not ndarray or out.shape != made.shape or out.dtype != made.dtype:
        raise NotNative
    out[...] = made
    return out


def _taken_of_none(a: Any, axis: int, places: Any) -> Any:
    """Return the parts along an axis of an array without elements."""
    n = a.shape[axis]
    if a.size or ((places < -n) | (places >= n)).any():
        raise NotNative
    return empty((*a.shape[:axis], *places.shape, *a.shape[axis + 1 :]), a.dtype)


@composed
def put(a: Any, ind: Any, v: Any, mode: str = "raise") -> None:
    """Write values to places of an array as if it were flat; too few of them are repeated."""
    if mode == "raise" and _stook.put_few(a, ind, v):
        return
    if type(a) is not ndarray or not a._c_contiguous or not a._writeable:
        raise NotNative
    places, values = _indices(ind, a.size, mode).ravel(), ours(v, a.dtype).ravel()
    if values.size and places.size:
        a.ravel()[places] = _repeated(values, places.size)


def _repeated(values: Any, size: int) -> Any:
    """Return `size` values, from the front again and again."""
    if values.size in (1, size):
        return values
    made = empty(size, values.dtype)
    write_in_turn(made, values)
    return made


@composed
def place(arr: Any, mask: Any, vals: Any) -> None:
    """Write values in turn where a mask holds; too few of them are repeated."""
    if _stook.place_few(arr, mask, vals):
        return
    chosen = ours(mask)
    if type(arr) is not ndarray or chosen.shape != arr.shape or not arr._writeable:
        raise NotNative
    values = ours(vals, arr.dtype).ravel()
    if not values.size:
        raise NotNative
    chosen = chosen.astype(bool, copy=False)
    count = int(count_nonzero(chosen))
    if count:
        arr[chosen] = _repeated(values, count) if values.size <= count else values[:count]


@composed
def putmask(a: Any, /, mask: Any, values: Any) -> None:
    """Write values where a mask holds, each from its own place."""
    if _stook.put_few_where(a, mask, values):
        return
    if type(a) is not ndarray:
        raise NotNative
    chosen = ours(mask).astype(bool, copy=False)
    given = ours(values, None if hasattr(values, "dtype") else a.dtype)
    if chosen.size != a.size or not numpy.can_cast(given.dtype, a.dtype, "safe"):
        raise ValueError("a mask of another size, or a cast that is not safe")
    given = given.astype(a.dtype, copy=False)
    if chosen.shape == a.shape and given.shape in ((), a.shape):
        _stook.copy_where(a, given, chosen)
    elif given.size:
        places = flatnonzero(chosen)
        a.flat[places] = given.ravel()[places % given.size]


@composed
def copyto(dst: Any, src: Any, casting: Any = "same_kind", where: Any = True) -> None:
    """Write `src` to `dst`, where a mask holds."""
    if where is True and casting == "same_kind" and _stook.copied_to(dst, src):
        return
    if type(dst) is not ndarray:
        raise NotNative
    src = _source(src, dst.dtype)
    alike = src.dtype is dst.dtype and casting == "same_kind"
    if not alike and not numpy.can_cast(src.dtype, dst.dtype, casting):
        raise TypeError("cannot cast")
    if where is True:
        dst[...] = src
        return
    mask = ours(where)
    if mask.dtype != bool:
        raise TypeError("not a mask")
    if dst.ndim > 0 and dst.size <= AT_ONCE and not numpy.can_cast(src.dtype, dst.dtype):
        # What the cast of few elements meets is told of at the call.
        places = broadcast_to(mask, dst.shape)
        dst[places] = broadcast_to(src, dst.shape)[places]
        return
    _stook.copy_where(dst, src, mask)


def _source(src: Any, dtype: Any) -> Any:
    """Return what is written as an array; a number of Python's has the type that it meets."""
    if type(src) not in (int, float, complex):
        return ours(src)
    alike = numpy.result_type(dtype, src) == dtype
    with errstate(all="ignore") if not alike else nullcontext():
        return ours(src, dtype if alike else None)


def _along(a: Any, indices: Any, axis: Any) -> tuple[Any, ...]:
    """Return the index whose place along `axis` is given for each element."""
    places = ours(indices)
    if places.dtype.kind not in "iu":
        raise IndexError("`indices` must be an integer array")
    if places.ndim != a.ndim:
        raise ValueError("`indices` and `arr` must have the same number of dimensions")
    axis = counted_axis(axis, a.ndim)
    index: list[Any] = [
        arange(n).reshape([-1 if j == k else 1 for j in range(a.ndim)])
        for k, n in enumerate(a.shape)
    ]
    index[axis] = places
    return tuple(index)


@composed
def take_along_axis(arr: Any, indices: Any, axis: Any = -1) -> Any:
    """Return elements at places along an axis that are given for each element of the others."""
    a = ours(arr)
    if axis is None:
        a, axis = a.ravel(), 0
    return a[_along(a, indices, axis)]


@composed
def put_along_axis(arr: Any, indices: Any, values: Any, axis: Any) -> None:
    """Write elements at places along an axis that are given for each element of the others."""
    if type(arr) is not ndarray:
        raise NotNative
    if axis is None:
        indices = ours(indices)
        if indices.ndim != 1 or indices.dtype.kind not in "iu":
            raise IndexError("places along one axis are integers")
        arr.flat[indices] = values
        return
    arr[_along(arr, indices, axis)] = values


def _exceeds(number: Any, facts: Any) -> bool:
    """Return whether a number of Python's is larger than a type can hold."""
    return type(number) in (int, float, complex) and abs(number) > float(facts.max)


@composed
def select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    """Return elements of the first choice whose condition holds, `default` where none does."""
    if len(condlist) != len(choicelist) or not len(condlist):
        raise ValueError("as many conditions as choices")
    conditions = [ours(condition) for condition in condlist]
    if any(condition.dtype != bool for condition in conditions):
        raise TypeError("conditions must be booleans")
    given = [c if type(c) in (int, float, complex) else ours(c) for c in (*choicelist, default)]
    dtype = numpy.result_type(*[getattr(c, "dtype", c) for c in given])
    *choices, made = [ours(c) for c in given]
    if not all(numpy.can_cast(a.dtype, dtype, "same_kind") for a in choices):
        raise TypeError("cannot cast")
    if dtype.char in "efF" and any(_exceeds(c, numpy.finfo(dtype)) for c in (*choicelist, default)):
        raise NotNative  # NumPy tells of a number too large only where it is chosen
    made = made.astype(dtype)
    for condition, choice in zip(reversed(conditions), reversed(choices), strict=True):
        made = _where(condition, choice.astype(dtype, copy=False), made)
    return ascontiguousarray(made) if made.ndim else made


def _bounded(a: Any, low: Any, high: Any, kwargs: dict[str, Any]) -> Any:
    """Return `a` between bounds, of which one may be None."""
    if a.dtype.kind in "iu":
        limits = numpy.iinfo(a.dtype)
        low = None if type(low) is int and low <= limits.min else low
        high = None if type(high) is int and high >= limits.max else high
    if kwargs.get("out", a) is None:
        kwargs = {key: value for key, value in kwargs.items() if key != "out"}
    if low is None and high is None:
        return ufuncs["positive"](a, **kwargs)
    if low is None:
        return ufuncs["minimum"](a, high, **kwargs)
    if high is None:
        return ufuncs["maximum"](a, low, **kwargs)
    return ufuncs["clip"](a, low, high, **kwargs)


@composed
def clip(
    a: Any,
    a_min: Any = _NoValue,
    a_max: Any = _NoValue,
    out: Any = None,
    *,
    min: Any = _NoValue,
    max: Any = _NoValue,
    **kwargs: Any,
) -> Any:
    """Return `a` with elements below one bound and above the other replaced by the bounds."""
    if a_min is _NoValue and a_max is _NoValue:
        a_min, a_max = (None if bound is _NoValue else bound for bound in (min, max))
    elif a_min is _NoValue or a_max is _NoValue or min is not _NoValue or max is not _NoValue:
        raise TypeError("two bounds by one pair of names")
    return _bounded(asked(a, "clip"), a_min, a_max, {**kwargs, "out": out})


def _clip(self: Any, min: Any = None, max: Any = None, out: Any = None, **kwargs: Any) -> Any:
    """Return the elements between bounds."""
    return clip(self, min, max, out, **kwargs)


def _compress(self: Any, condition: Any, axis: Any = None, out: Any = None) -> Any:
    """Return the parts along an axis, or the elements, where a condition holds."""
    return compress(condition, self, axis, out)


def _conjugate(self: Any, out: Any = None, /) -> Any:
    """Return the complex conjugates of the elements; the array itself where they are real."""
    if out is not None:
        return ufuncs["conjugate"](self, out=out)
    return ufuncs["conjugate"](self) if self.dtype.kind == "c" else self


_take, ndarray.put = as_method(take), as_method(put)
ndarray.clip = _clip
ndarray.conj = ndarray.conjugate = _conjugate
