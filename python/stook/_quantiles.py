"""Quantiles: elements found at their places in order, or between two of them.

A place is a number that need not be whole: the quantile lies between the elements in order before
and behind it. Where it is counted from is a row of `METHODS` (Hyndman and Fan, "Sample quantiles in
statistical packages", The American Statistician 50, 1996, pages 361-365, and NumPy's own four).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy

from stook._composed import NotNative, composed, counted_axes, ours
from stook._creation import empty
from stook._lines import in_place, nan_where, over_axes
from stook._selecting import take, take_along_axis
from stook._shape import moveaxis
from stook._stook import asarray, ndarray, ufuncs

__all__ = ["percentile", "quantile"]

_where, _isnan, _floor = ufuncs["where"], ufuncs["isnan"], ufuncs["floor"]
_add, _subtract, _maximum = ufuncs["add"], ufuncs["subtract"], ufuncs["maximum"]


class Method(NamedTuple):
    """How a quantile is found: at which place, and how far between the elements around it."""

    place: Callable[[Any, Any], Any]
    between: Callable[[Any, Any], Any] | None = None
    """From the fraction of the place, and the place; None where places are whole."""


def _continuous(alpha: float, beta: float) -> Method:
    def place(n: Any, q: Any) -> Any:
        return n * q + (alpha + q * (1 - alpha - beta)) - 1

    return Method(place, _fraction)


def _fraction(fraction: Any, place: Any) -> Any:
    return fraction


def _half_where_whole(fraction: Any, place: Any) -> Any:
    return 1.0 - 0.5 * (fraction == 0)


def _half_unless_whole(fraction: Any, place: Any) -> Any:
    return 0.5 * (place % 1 != 0)


def _whole(place: Any) -> Any:
    return place.astype(numpy.intp)


def _step(place: Any, stays: Any) -> Any:
    """Return the whole place at or before a place where it stays, else the next."""
    return _maximum(_whole(_floor(place) + 1 - stays), 0)


def _inverted(n: Any, q: Any) -> Any:
    place = n * q - 1
    return _step(place, place == _floor(place))


def _closest(n: Any, q: Any) -> Any:
    place = n * q - 1 - 0.5
    before = _floor(place)
    return _step(place, (place == before) & (before % 2 == 1))


METHODS = {
    "inverted_cdf": Method(_inverted),
    "averaged_inverted_cdf": Method(lambda n, q: n * q - 1, _half_where_whole),
    "closest_observation": Method(_closest),
    "interpolated_inverted_cdf": _continuous(0, 1),
    "hazen": _continuous(0.5, 0.5),
    "weibull": _continuous(0, 0),
    "linear": Method(lambda n, q: (n - 1) * q, _fraction),
    "median_unbiased": _continuous(1 / 3.0, 1 / 3.0),
    "normal_unbiased": _continuous(3 / 8.0, 3 / 8.0),
    "lower": Method(lambda n, q: _whole(_floor((n - 1) * q))),
    "higher": Method(lambda n, q: _whole(ufuncs["ceil"]((n - 1) * q))),
    "midpoint": Method(
        lambda n, q: 0.5 * (_floor((n - 1) * q) + ufuncs["ceil"]((n - 1) * q)), _half_unless_whole
    ),
    "nearest": Method(lambda n, q: _whole(ufuncs["rint"]((n - 1) * q))),
}


class Request(NamedTuple):
    """Which quantiles are wanted."""

    q: Any
    """Fractions: a NumPy scalar, or an array of ours."""
    weak: bool
    """Whether `q` was a number of Python's, which leaves types as they are."""
    method: Method
    overwrite: bool


def requested(a: Any, q: Any, scale: int, method: str, overwrite: bool) -> Request:
    """Return what is wanted of `a`: quantiles `q`, given as parts of `scale`."""
    weak = type(q) in (int, float)
    q = ours(q)
    if scale != 1:
        q = ufuncs["divide"](q, scale)
    q = q if q.ndim else q[()]
    if q.ndim > 2 or q.dtype.kind not in "biuf":
        raise NotNative
    if q.ndim == 1 and q.size < 10:
        valid = all(0 <= value <= 1 for value in q.tolist())
    else:
        valid = q.min() >= 0 and q.max() <= 1
    if not valid:
        raise ValueError("quantiles out of bounds")
    if a.dtype.kind not in "biuf":
        raise TypeError("a must be an array of real numbers")
    if method not in METHODS:
        raise ValueError(f"{method!r} is not a valid method")
    return Request(q, weak, METHODS[method], overwrite)


_QUANTILE = """Return the elements below which {whole} of all lie, over axes.

    Parameters
    ----------
    a : array_like
        Real numbers.
    q : array_like
        {unit}, of at most two axes.
    axis : None, int or sequence of int
        Axes to reduce, all unless said.
    out : array, optional
        Where the result is written.
    overwrite_input : bool
        Let the elements of `a` be reordered, which saves a copy.
    method : str
        How a quantile between two elements is found, "linear" unless said.
    keepdims : bool
        Keep the axes, with length one.
    weights : array_like, optional
        How much each element counts, with `method` "inverted_cdf": of the shape of `a`, or of its
        lengths along `axis`.

    Returns
    -------
    array or scalar
        The axes of `q` come first, then those of `a` that are left. NaN where an element is.

    Raises
    ------
    ValueError
        A fraction is out of bounds, or a method is unknown or takes no weights.

    Examples
    --------
    >>> import stook as np
    >>> np.{example}
    np.float64(3.0)
    """


def _function(name: str, scale: int, **words: str) -> Callable[..., Any]:
    def function(
        a: Any, q: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False,
        method: str = "linear", keepdims: Any = False, *, weights: Any = None,
    ) -> Any:  # fmt: skip
        overwrite = bool(overwrite_input) and type(a) is ndarray
        a = ours(a)
        request = requested(a, q, scale, method, overwrite)
        if weights is not None:
            if method != "inverted_cdf":
                raise ValueError("a method without weights")
            weights = spread_weights(weights, a, axis)

        def reduced(a: Any, axis: Any, out: Any, weights: Any) -> Any:
            return found(a, request, axis, out, weights)

        return over_axes(reduced, a, axis, out, keepdims, weights)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = _QUANTILE.format(**words)
    return composed(function)


quantile = _function(
    "quantile", 1, whole="fractions", unit="Fractions, from 0 to 1", example="quantile([1, 5], 0.5)"
)
percentile = _function(
    "percentile", 100, whole="percents", unit="Percents, from 0 to 100",
    example="percentile([1, 5], 50)",
)  # fmt: skip


def spread_weights(weights: Any, a: Any, axis: Any) -> Any:
    """Return weights along axes as they stand beside `a`."""
    weights = ours(weights)
    if weights.shape != a.shape:
        if axis is None:
            raise TypeError("weights of another shape need an axis")
        axes = counted_axes(tuple(axis) if isinstance(axis, list) else axis, a.ndim)
        if weights.shape != tuple(a.shape[k] for k in axes):
            raise ValueError("weights of another shape")
        weights = weights.transpose(sorted(range(len(axes)), key=axes.__getitem__))
        weights = weights.reshape([n if k in axes else 1 for k, n in enumerate(a.shape)])
    if (weights < 0).any():
        raise ValueError("Weights must be non-negative.")
    return weights


def found(a: Any, request: Request, axis: Any, out: Any, weights: Any = None) -> Any:
    """Return quantiles of the elements, or of the lines along an axis."""
    a = in_place(a, axis, request.overwrite)
    axis = 0 if axis is None else axis % a.ndim
    if a.shape[axis] == 0:
        raise IndexError("quantiles of no elements")
    if weights is not None:
        return _by_weight(a, weights, axis, request.q, out)
    place = request.method.place(a.shape[axis], request.q)
    method = request.method
    if method.between is None or (method is METHODS["linear"] and place.dtype.kind in "iu"):
        return _at_places(a, place, axis, out)
    return _between_places(a, place, request, axis, out)


def _listed(place: Any) -> list[int]:
    return place.ravel().tolist()


def _at_places(a: Any, place: Any, axis: int, out: Any) -> Any:
    may_be_nan = a.dtype.kind == "f"
    places = _listed(place) + [-1] * may_be_nan
    if places:
        a.partition(places, axis)
    lines = moveaxis(a, axis, 0) if axis else a
    result = take(lines, place, 0, out)
    return nan_where(lines[-1], result, out) if may_be_nan else result


def _between_places(a: Any, place: Any, request: Request, axis: int, out: Any) -> Any:
    first, second, fraction = neighbours(place, a.shape[axis], request.method)
    a.partition(sorted({0, -1, *_listed(first), *_listed(second)}), axis)
    lines = moveaxis(a, axis, 0) if axis else a
    if request.weak:
        fraction = float(fraction)
    elif fraction.ndim or lines.ndim > 1:
        fraction = asarray(fraction).reshape(place.shape + (1,) * (lines.ndim - 1))
    result = between(take(lines, first, 0), take(lines, second, 0), fraction, out)
    return nan_where(lines[-1], result, out) if a.dtype.kind == "f" else result


def neighbours(place: Any, n: Any, method: Method) -> tuple[Any, Any, Any]:
    """Return the whole places around a place, and how far it lies between them."""
    # Beyond the last element both are the last; the fraction between them is counted from -1.
    inside = place < n - 1
    first = (_floor(place) + 1) * inside - 1
    second = first + inside
    not_before = place >= 0
    first, second = first * not_before, second * not_before
    assert method.between is not None
    fraction = method.between(place - first, place).astype(place.dtype)
    return _whole(first), _whole(second), fraction


def between(first: Any, second: Any, fraction: Any, out: Any = None) -> Any:
    """Return what lies at a fraction of the way, counted from the nearer end."""
    if first.dtype == bool:
        raise TypeError("bools have no difference")
    step = second - first
    options = {} if out is None else {"out": out}
    made = _add(first, step * fraction, **options)
    nearer_second = fraction >= 0.5
    if not numpy.ndim(nearer_second):
        if not nearer_second:
            return made
        if out is not None:
            options["casting"] = "unsafe"
        return _subtract(second, step * (1 - fraction), **options)
    return _subtract(
        second, step * (1 - fraction), out=made, where=nearer_second, casting="unsafe",
        dtype=made.dtype,
    )  # fmt: skip


def _by_weight(a: Any, weights: Any, axis: int, q: Any, out: Any) -> Any:
    """Return the first elements in order up to which the weights reach a fraction of theirs."""
    if axis:
        a, weights = moveaxis(a, axis, 0), moveaxis(weights, axis, 0)
    n, order = a.shape[0], a.argsort(0)
    lines = take_along_axis(a, order, 0)
    alike = weights.shape == a.shape
    weights = take_along_axis(weights, order, 0) if alike else weights.reshape(-1)[order]
    reached = weights.cumsum(0, numpy.float64)
    reached = reached / reached[-1]
    if _isnan(reached[-1]).any():
        raise ValueError("Weights included NaN, inf or were all zero.")
    if q.dtype.kind == "f":
        reached = reached.astype(q.dtype)
    # What counts nothing is no element, not even for a fraction of nothing.
    reached = _where(reached == 0, -1, reached)
    result = empty(q.shape + a.shape[1:], a.dtype)
    values = asarray(q).ravel().tolist()
    rows = result.reshape((len(values), *a.shape[1:]))
    for k, value in enumerate(values):
        places = ufuncs["minimum"]((reached < value).sum(0), n - 1)
        rows[k] = take_along_axis(lines, asarray(places)[None], 0)[0]
    if out is not None:
        if out.shape != result.shape:
            raise ValueError("an output of another shape")
        out[...] = result
        result = out
    if a.dtype.kind != "f":
        return result
    if not result.ndim:
        last = lines[-1]
        return last if last != last and out is None else result
    return nan_where(lines[-1], result, out)
