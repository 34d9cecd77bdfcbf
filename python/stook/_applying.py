"""Functions of the caller's applied along axes or to parts, and choices by number.

A function of the caller's runs as often as in NumPy, and what it raises is what comes out: nothing
here calls it a second time.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy

from stook import _fallback
from stook._composed import NotNative, as_method, composed, counted_axis, ours
from stook._creation import asanyarray, ascontiguousarray, empty_like, zeros, zeros_like
from stook._selecting import clip, take
from stook._shape import broadcast_to, expand_dims, transpose
from stook._stook import asarray, choose_few, ndarray, ufuncs

__all__ = ["apply_along_axis", "apply_over_axes", "choose", "piecewise"]

_where = ufuncs["where"]
_LISTS = (list, ndarray, numpy.ndarray)


def _native(a: Any) -> Any:
    """Return `a` as an array of ours, or None where only NumPy knows it."""
    try:
        return ours(a)
    except NotNative:
        return None


def apply_along_axis(
    func1d: Callable[..., Any], axis: Any, arr: Any, *args: Any, **kwargs: Any
) -> Any:
    """Return what a function makes of each vector along an axis.

    Parameters
    ----------
    func1d : callable
        Called with a vector, a view of the array, and with the other arguments.
    axis : int
    arr : array_like
    *args, **kwargs
        Given to the function.

    Returns
    -------
    array
        The axes of each result stand in the place of `axis`. Its type is that of the first.

    Raises
    ------
    AxisError
        The array has no such axis.
    ValueError
        Another axis has no elements, so that there is no vector.

    Examples
    --------
    >>> import stook as np
    >>> np.apply_along_axis(lambda row: row[::-1], 1, [[1, 2], [3, 4]])
    array([[2, 1],
           [4, 3]])
    """
    a = _native(arr)
    if a is None:
        return _fallback.function("apply_along_axis")(func1d, axis, arr, *args, **kwargs)
    axis = counted_axis(axis, a.ndim)
    vectors = transpose(a, [k for k in range(a.ndim) if k != axis] + [axis])
    outer = vectors.shape[:-1]
    places = itertools.product(*map(range, outer))
    first = next(places, None)
    if first is None:
        raise ValueError("Cannot apply_along_axis when any iteration dimensions are 0")
    result = asanyarray(func1d(vectors[(*first, ...)], *args, **kwargs))
    made = zeros_like(result, shape=outer + result.shape)
    made[(*first, ...)] = result
    for place in places:
        made[(*place, ...)] = func1d(vectors[(*place, ...)], *args, **kwargs)
    axes = list(range(made.ndim))
    return transpose(made, axes[:axis] + axes[len(outer) :] + axes[axis : len(outer)])


def apply_over_axes(func: Callable[..., Any], a: Any, axes: Any) -> Any:
    """Return what a function such as `sum` makes of an array, axis after axis.

    Parameters
    ----------
    func : callable
        Called with an array and an axis; its result has the same axes, or is without that one.
    a : array_like
    axes : int or sequence of int

    Returns
    -------
    array
        With as many axes as `a`.

    Raises
    ------
    ValueError
        A result has another number of axes.

    Examples
    --------
    >>> import stook as np
    >>> np.apply_over_axes(np.sum, np.ones((2, 3, 4)), [0, 2]).shape
    (1, 3, 1)
    """
    made = asarray(a)
    ndim = made.ndim
    for axis in axes if numpy.ndim(axes) else (axes,):
        axis = axis + ndim if axis < 0 else axis
        result = func(made, axis)
        if result.ndim != ndim:
            result = expand_dims(result, axis)
        if result.ndim != ndim:
            raise ValueError("function is not returning an array of the correct shape")
        made = result
    return made


# -- by condition ---------------------------------------------------------------------------------


def _conditions(condlist: Any, ndim: int) -> list[Any]:
    """Return conditions as arrays of bools; a single one may stand alone."""
    if numpy.isscalar(condlist) or (ndim and not isinstance(condlist[0], _LISTS)):
        condlist = [condlist]
    made = [asarray(condition, bool) for condition in condlist]
    shape = numpy.broadcast_shapes(*[condition.shape for condition in made])
    return [condition if condition.shape == shape else broadcast_to(condition, shape)
            for condition in made]  # fmt: skip


def piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    """Return for elements of `x` what a function, or a number, gives where its condition holds.

    Parameters
    ----------
    x : array_like
    condlist : array_like of bool, or sequence of them
    funclist : sequence of callables and numbers
        One for each condition, and perhaps one more for where none holds. A function is called
        with the elements of its part, if there are any. Where conditions overlap, the last wins.
    *args, **kw
        Given to the functions.

    Returns
    -------
    array of the shape and type of `x`
        Zero where no condition holds and no function is left over.

    Raises
    ------
    ValueError
        There are more or fewer functions.

    Examples
    --------
    >>> import stook as np
    >>> x = np.array([-2.0, 1.0])
    >>> np.piecewise(x, [x < 0], [lambda part: -part, 5])
    array([2., 5.])
    """
    a = _native(x)
    if a is None:
        return _fallback.function("piecewise")(x, condlist, funclist, *args, **kw)
    conditions = _conditions(condlist, a.ndim)
    if a.ndim == 0:
        if conditions[0].ndim:
            raise IndexError("conditions have more axes than the number that they are for")
        lines = [condition.reshape(1) for condition in conditions]
        return piecewise(a.reshape(1), lines, funclist, *args, **kw).reshape(())
    n, count = len(conditions), len(funclist)
    if n == count - 1:
        holds = conditions[0]
        for condition in conditions[1:]:
            holds = holds | condition
        conditions.append(~holds)
    elif n != count:
        raise ValueError(f"with {n} condition(s), either {n} or {n + 1} functions are expected")
    made = zeros(a.shape, a.dtype)
    for condition, function in zip(conditions, funclist, strict=True):
        if not callable(function):
            made[condition] = function
            continue
        part = a[condition]
        if part.size:
            made[condition] = function(part, *args, **kw)
    return made if a._c_contiguous else _in_order_of(a, made)


def _in_order_of(a: Any, made: Any) -> Any:
    """Return elements in the memory order of another array."""
    turned = empty_like(a)
    turned[...] = made
    return turned


# -- by number ------------------------------------------------------------------------------------


def _numbers(a: Any, n: int, mode: str) -> Any:
    """Return numbers of choices, brought into their range as `mode` says."""
    if a.dtype.kind not in "biu" or a.dtype == numpy.uint64:
        raise TypeError("choices are told by integers")
    a = a.astype(numpy.intp, copy=False)
    if mode == "raise":
        if a.size and not (a.min() >= 0 and a.max() < n):
            raise ValueError("there is no such choice")
        return a
    if mode not in ("wrap", "clip"):
        raise ValueError("not a mode")
    return a % n if mode == "wrap" else clip(a, 0, n - 1)


@composed
def choose(a: Any, choices: Any, out: Any = None, mode: Any = "raise") -> Any:
    """Return elements of arrays, from that whose number is given for each place.

    Parameters
    ----------
    a : array_like of int
        Numbers of choices.
    choices : sequence of array_like
        All of them and `a` broadcast. An array is a sequence of its parts along its first axis.
    out : array, optional
        Where the result goes.
    mode : {"raise", "wrap", "clip"}
        What becomes of numbers that no choice has.

    Returns
    -------
    array of the common type of the choices

    Raises
    ------
    TypeError
        Numbers are not integers.
    ValueError
        There is no such choice, or shapes do not fit.

    Examples
    --------
    >>> import stook as np
    >>> np.choose([0, 1, 0], [[1, 2, 3], 9])
    array([1, 9, 3])
    """
    if out is None and mode == "raise":
        made = choose_few(a, choices)
        if made is not None:
            return made
    n = len(choices)
    if not 0 < n < 64:
        raise ValueError("no choices, or too many")
    a = ours(a)
    if a.ndim > 32:
        raise ValueError("more axes than NumPy allows here")
    numbers = _numbers(a, n, mode)
    if all(type(c) in (int, float, complex) for c in choices):
        made = take(ours(choices), numbers)
    else:
        made = _chosen(numbers, choices)
    if out is None:
        return made if numpy.ndim(made) else made[()]
    if type(out) is not ndarray or out.shape != numpy.shape(made):
        raise NotNative
    out[...] = made
    return out


def _chosen(numbers: Any, choices: Any) -> Any:
    """Return elements of the arrays with these numbers, in C order."""
    given = [c if type(c) in (int, float, complex) else ours(c) for c in choices]
    types = [getattr(c, "dtype", c) for c in given]
    alike = all(type(c) is ndarray and c.dtype == given[0].dtype for c in given)
    dtype = None if alike else numpy.result_type(*types)
    parts = given if dtype is None else [ours(c).astype(dtype, copy=False) for c in given]
    made = parts[-1]
    for k in range(len(parts) - 2, -1, -1):
        made = _where(numbers == k, parts[k], made)
    shapes = {numbers.shape, *[part.shape for part in parts]}
    shape = numpy.broadcast_shapes(*shapes) if len(shapes) > 1 else numbers.shape
    if made is parts[-1] or made.shape != shape:
        made = broadcast_to(made, shape).copy("C")
    return ascontiguousarray(made) if shape else made


ndarray.choose = as_method(choose)
