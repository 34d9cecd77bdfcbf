"""Arrays as sets: distinct elements, and what two arrays have in common.

Elements are sorted, so that equal ones are neighbours. Integers in a narrow range are looked up in
a table instead.
"""

from __future__ import annotations

import math
from typing import Any

import numpy
from numpy.lib._arraysetops_impl import UniqueAllResult, UniqueCountsResult, UniqueInverseResult

from stook._composed import NotNative, composed, counted_axis, ours
from stook._creation import arange, zeros
from stook._differences import diff
from stook._joining import concatenate
from stook._searching import bincount
from stook._selecting import nonzero
from stook._shape import moveaxis
from stook._sorting import lexsort
from stook._statistics import cumsum
from stook._stook import empty, full, ufuncs

__all__ = [
    "intersect1d",
    "isin",
    "setdiff1d",
    "setxor1d",
    "union1d",
    "unique",
    "unique_all",
    "unique_counts",
    "unique_inverse",
    "unique_values",
]

_where, _isnan = ufuncs["where"], ufuncs["isnan"]
# Members that cost less to compare with one by one than a table's calls.
_FEW = 8
# Integers among which sorting costs less than a table's calls.
_MANY = 1024


def _numbers(a: Any) -> Any:
    a = ours(a)
    if a.dtype.kind not in "biufc":
        raise NotNative
    return a


def _begins(ordered: Any, equal_nan: bool) -> Any:
    """Return where an element in order differs from the one before it."""
    made = empty(ordered.shape, bool)
    made[:1] = True
    before, after = ordered[:-1], ordered[1:]
    differs = after != before
    if equal_nan and ordered.dtype.kind in "fc":
        # NaN stand last, so one is the first of them unless another stands before it.
        differs = differs & ~_isnan(before)
    made[1:] = differs
    return made


# -- distinct elements ----------------------------------------------------------------------------


@composed
def unique(
    ar: Any, return_index: Any = False, return_inverse: Any = False, return_counts: Any = False,
    axis: Any = None, *, equal_nan: bool = True, sorted: bool = True,
) -> Any:  # fmt: skip
    """Return the distinct elements of an array, in order.

    Parameters
    ----------
    ar : array_like
        Numbers, of any shape.
    return_index : bool
        Also return where each was found first.
    return_inverse : bool
        Also return which of them each element is, in the shape of `ar`.
    return_counts : bool
        Also return how often each was found.
    axis : int, optional
        Compare the parts along an axis instead: by their first elements, then by the next.
    equal_nan : bool
        Take all NaN for one element.
    sorted : bool
        Elements are in order whatever is asked.

    Returns
    -------
    array, or a tuple of arrays
        The elements, then what else was asked for, in the order of the parameters.

    Examples
    --------
    >>> import stook as np
    >>> np.unique([3, 1, 3], return_counts=True)
    (array([1, 3]), array([1, 2]))
    """
    a = _numbers(ar)
    if axis is not None:
        axis = counted_axis(axis, a.ndim)
    if axis is not None and a.ndim != 1:
        made = _unique_parts(a, axis, return_index, return_inverse, return_counts)
        return tuple(made) if len(made) > 1 else made[0]
    if a.size >= _MANY and a.dtype.kind in "iu" and not return_index:
        table = _present(a, return_inverse, return_counts)
        if table is not None:
            return table if len(table) > 1 else table[0]
    flat, order = a.flatten(), None
    if return_index or return_inverse:
        order = flat.argsort(kind="stable" if return_index else None)
        flat = flat[order]
    else:
        flat.sort()
    begins = _begins(flat, equal_nan)
    made = [flat[begins]]
    if order is not None and return_index:
        made.append(order[begins])
    if order is not None and return_inverse:
        numbers = empty(flat.shape, numpy.intp)
        if flat.size:
            numbers[order] = cumsum(begins) - 1
        made.append(numbers.reshape(a.shape))
    if return_counts:
        made.append(diff(concatenate([*nonzero(begins), [begins.size]])))
    return tuple(made) if len(made) > 1 else made[0]


def _unique_parts(
    a: Any, axis: int, return_index: Any, return_inverse: Any, return_counts: Any
) -> list[Any]:
    """Return the distinct parts along an axis, and what else is asked for."""
    moved = moveaxis(a, axis, 0)
    n = moved.shape[0]
    rows = moved.reshape((n, math.prod(moved.shape[1:])))
    order, numbers = _rows_in_order(rows)
    begins = _begins(numbers, False)
    if a.dtype.kind in "fc":
        begins |= _isnan(rows).any(axis=1)[order]  # a part with NaN equals no other
    parts = rows.take(order[begins], 0)
    made = [moveaxis(parts.reshape((len(parts), *moved.shape[1:])), 0, axis)]
    if return_index:
        made.append(order[begins])
    if return_inverse:
        inverse = empty(n, numpy.intp)
        if n:
            inverse[order] = cumsum(begins) - 1
        made.append(inverse)
    if return_counts:
        made.append(diff(concatenate([*nonzero(begins), [n]])))
    return made


def _rows_in_order(rows: Any) -> tuple[Any, Any]:
    """Return the places of rows in order, and of each in order its number among those that differ.

    NaN come last, and are alike.
    """
    n = len(rows)
    order, numbers = arange(n), zeros(n, numpy.intp)
    for column in rows.T:
        if n == 0 or numbers[-1] == n - 1:
            break
        values = column[order]
        inner = lexsort((values, numbers))
        order, values, numbers = order[inner], values[inner], numbers[inner]
        numbers = cumsum(_begins(values, True) | _begins(numbers, False)) - 1
    return order, numbers


def _present(a: Any, inverse: Any, counts: Any) -> tuple[Any, ...] | None:
    """Return what a table of the range of integers says; None for a range that is too wide."""
    # Recorded before the first look, so that both are found in one pass.
    smallest = a.min(keepdims=True)
    most = int(a.max())
    least = int(smallest.item())
    if most - least > a.size:
        return None
    place = _places(a.ravel(), least)
    if counts:
        number = bincount(place, minlength=most - least + 1)
        present = number > 0
    else:
        present = full(most - least + 1, False)
        present[place] = True
    values = nonzero(present)[0]
    made = [values.astype(a.dtype) + a.dtype.type(least)]
    if inverse:
        made.append((cumsum(present) - 1)[place].reshape(a.shape))
    if counts:
        made.append(number[values])
    return tuple(made)


def _places(a: Any, least: int) -> Any:
    """Return how far integers lie above the least: right modulo 2**64 where others lie below."""
    dtype = numpy.int64 if least < 2**63 else numpy.uint64
    return (a.astype(dtype) - dtype(least)).astype(numpy.intp)


@composed
def unique_all(x: Any) -> Any:
    """Return distinct elements, where they were found first, which each element is, and counts.

    NaN are distinct from each other.

    Examples
    --------
    >>> import stook as np
    >>> np.unique_all([3, 1, 3]).inverse_indices
    array([1, 0, 1])
    """
    return UniqueAllResult(*unique(x, True, True, True, equal_nan=False))


@composed
def unique_counts(x: Any) -> Any:
    """Return distinct elements, and how often each was found; NaN are distinct from each other.

    Examples
    --------
    >>> import stook as np
    >>> np.unique_counts([3, 1, 3]).counts
    array([1, 2])
    """
    return UniqueCountsResult(*unique(x, return_counts=True, equal_nan=False))


@composed
def unique_inverse(x: Any) -> Any:
    """Return distinct elements, and which of them each is; NaN are distinct from each other.

    Examples
    --------
    >>> import stook as np
    >>> np.unique_inverse([3, 1, 3]).inverse_indices
    array([1, 0, 1])
    """
    return UniqueInverseResult(*unique(x, return_inverse=True, equal_nan=False))


@composed
def unique_values(x: Any) -> Any:
    """Return distinct elements; NaN are distinct from each other.

    In order, while NumPy's order is none in particular.

    Examples
    --------
    >>> import stook as np
    >>> np.unique_values([3, 1, 3])
    array([1, 3])
    """
    return unique(x, equal_nan=False, sorted=False)


# -- two arrays -----------------------------------------------------------------------------------


@composed
def intersect1d(
    ar1: Any, ar2: Any, assume_unique: bool = False, return_indices: bool = False
) -> Any:
    """Return the distinct elements that two arrays have in common, in order.

    Parameters
    ----------
    ar1, ar2 : array_like
        Numbers, of any shape.
    assume_unique : bool
        Trust that each array's elements are distinct.
    return_indices : bool
        Also return where each was found first in either array.

    Examples
    --------
    >>> import stook as np
    >>> np.intersect1d([1, 3, 4], [3, 3, 1])
    array([1, 3])
    """
    a, b = _numbers(ar1), _numbers(ar2)
    first: Any = None
    second: Any = None
    if assume_unique:
        a, b = a.ravel(), b.ravel()
    elif return_indices:
        (a, first), (b, second) = unique(a, True), unique(b, True)
    else:
        a, b = unique(a), unique(b)
    both = concatenate([a, b])
    if not return_indices:
        both.sort()
        return both[:-1][both[1:] == both[:-1]]
    order = both.argsort(kind="stable")
    both = both[order]
    common = both[1:] == both[:-1]
    places, others = order[:-1][common], order[1:][common] - a.size
    if first is not None:
        places, others = first[places], second[others]
    return both[:-1][common], places, others


@composed
def union1d(ar1: Any, ar2: Any) -> Any:
    """Return the distinct elements of two arrays, in order.

    Examples
    --------
    >>> import stook as np
    >>> np.union1d([1, 3], [3, 2])
    array([1, 2, 3])
    """
    return unique(concatenate([_numbers(ar1), _numbers(ar2)], axis=None))


@composed
def setxor1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    """Return the elements that are in one of two arrays alone, in order.

    Examples
    --------
    >>> import stook as np
    >>> np.setxor1d([1, 3], [3, 2])
    array([1, 2])
    """
    a, b = _numbers(ar1), _numbers(ar2)
    if not assume_unique:
        a, b = unique(a), unique(b)
    both = concatenate([a, b], axis=None)
    if not both.size:
        return both
    both.sort()
    differs = full(both.size + 1, True)
    differs[1:-1] = both[1:] != both[:-1]
    return both[differs[1:] & differs[:-1]]


@composed
def setdiff1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    """Return the distinct elements of an array that are not in another, in order.

    With `assume_unique`, in the order of the first array.

    Examples
    --------
    >>> import stook as np
    >>> np.setdiff1d([4, 1, 3], [3, 2])
    array([1, 4])
    """
    a, b = _numbers(ar1), _numbers(ar2)
    a, b = (a.ravel(), b) if assume_unique else (unique(a), unique(b))
    return a[_found(a, b.ravel(), True, True, None)]


@composed
def isin(
    element: Any, test_elements: Any, assume_unique: bool = False, invert: bool = False, *,
    kind: Any = None,
) -> Any:  # fmt: skip
    """Return for each element whether it is among others.

    Parameters
    ----------
    element : array_like
        Numbers, of any shape.
    test_elements : array_like
        Numbers, of any shape.
    assume_unique : bool
        Trust that each array's elements are distinct.
    invert : bool
        Return whether an element is not among the others.
    kind : {None, "sort", "table"}
        How elements are found. A table takes integers only, and memory for their range.

    Returns
    -------
    array of bool
        Of the shape of `element`.

    Examples
    --------
    >>> import stook as np
    >>> np.isin([1, 2, 5], [5, 1])
    array([ True, False,  True])
    """
    if kind not in (None, "sort", "table"):
        raise ValueError("an unknown way to find elements")
    a, b = _numbers(element), _numbers(test_elements)
    return _found(a.ravel(), b.ravel(), assume_unique, invert, kind).reshape(a.shape)


def _found(a: Any, b: Any, distinct: bool, invert: bool, kind: Any) -> Any:
    """Return for each element of `a` whether it is in `b`; if asked, whether it is not."""
    invert = bool(invert)
    if kind is None and b.size <= _FEW:
        return _by_comparison(a, b, invert)
    if kind != "sort" and a.dtype.kind in "biu" and b.dtype.kind in "biu":
        if not b.size:
            return full(a.shape, invert)
        table = _by_table(a, b, invert, kind == "table")
        if table is not None:
            return table
    if kind == "table":
        raise ValueError("no table for these")
    if b.size < 10 * a.size**0.145:
        return _by_comparison(a, b, invert)
    return _by_order(a, b, distinct, invert)


def _by_table(a: Any, b: Any, invert: bool, demanded: bool) -> Any:
    """Return what a table of the range of `b` says; None for a range that is too wide."""
    a, b = (one.astype(numpy.uint8) if one.dtype == bool else one for one in (a, b))
    least, most = int(b.min()), int(b.max())
    span = most - least
    if span > numpy.iinfo(b.dtype).max or not (demanded or span <= 6 * (a.size + b.size)):
        return None
    # One more entry serves all that lies outside.
    table = full(span + 2, invert)
    table[_places(b, least)] = not invert
    limits = numpy.iinfo(a.dtype)
    if least > limits.max or most < limits.min:
        return full(a.shape, invert)
    inside = (a >= max(least, limits.min)) & (a <= min(most, limits.max))
    return table[_where(inside, _places(a, least), span + 1)]


def _by_comparison(a: Any, b: Any, invert: bool) -> Any:
    if not b.size:
        return full(a.shape, invert)
    found = a == b[0]
    for k in range(1, b.size):
        found = found | (a == b[k])
    return ~found if invert else found


def _by_order(a: Any, b: Any, distinct: bool, invert: bool) -> Any:
    """Sort both arrays as one: an element of `a` in `b` has an equal neighbour behind it."""
    numbers = None
    if not distinct:
        (a, numbers), b = unique(a, return_inverse=True), unique(b)
    both = concatenate([a, b])
    order = both.argsort(kind="stable")
    both = both[order]
    behind = full(both.size, invert)
    behind[:-1] = both[1:] != both[:-1] if invert else both[1:] == both[:-1]
    found = empty(both.size, bool)
    if both.size:
        found[order] = behind
    return found[: a.size] if numbers is None else found[numbers]
