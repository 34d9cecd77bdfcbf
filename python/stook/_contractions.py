"""Sums of products over named axes: `tensordot` and `einsum`.

An operand is an array whose axes have labels. Labels that only one operand has, and the result does
not, are summed first. Then two operands at a time become one, those whose product is smallest, by a
product of matrices where labels are summed, element by element where none are. Sums are those of
`product`, whatever the order of the operands in memory. Nothing of `einsum` is warned of, as in
NumPy; absent on purpose is its `einsum_path`.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy

from stook._composed import NotNative, composed, counted_axis, ours
from stook._products import multiplied
from stook._shape import broadcast_to
from stook._stook import ndarray, product
from stook._subscripts import arguments, read
from stook._warn import unwatched

__all__ = ["einsum", "tensordot"]


@composed
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """Return sums of products over axes of both operands.

    Parameters
    ----------
    a, b : array_like
    axes : int or pair of (sequences of) int, default 2
        How many of the last axes of `a` and the first of `b`; or which of each, in pairs.

    Returns
    -------
    ndarray
        The axes of `a` that are not summed, then those of `b`.

    Raises
    ------
    ValueError
        An axis is named twice, or the lengths of a pair differ.

    Examples
    --------
    >>> import stook as np
    >>> np.tensordot(np.ones((2, 3, 4)), np.ones((4, 3, 5)), axes=([1, 2], [1, 0])).shape
    (2, 5)
    """
    a, b = ours(a), ours(b)
    if type(axes) is int and axes == 1 and a.ndim == b.ndim == 2:
        return multiplied(a, b, "dot")
    first, second = _pairs(axes, a.ndim, b.ndim)
    if [a.shape[k] for k in first] != [b.shape[k] for k in second]:
        raise ValueError("the shapes do not fit")
    left = [k for k in range(a.ndim) if k not in first]
    right = [k for k in range(b.ndim) if k not in second]
    summed = math.prod(a.shape[k] for k in first)
    rows, columns = [a.shape[k] for k in left], [b.shape[k] for k in right]
    matrix = a.transpose((*left, *first)).reshape((math.prod(rows), summed))
    other = b.transpose((*second, *right)).reshape((summed, math.prod(columns)))
    return multiplied(matrix, other, "dot").reshape((*rows, *columns))


def _pairs(axes: Any, left: int, right: int) -> tuple[list[int], list[int]]:
    """Return the axes of both operands that are summed, counted from the front."""
    if not isinstance(axes, Iterable):
        count = operator.index(axes)
        axes = list(range(-count, 0)), list(range(count))
    pair = [list(entry) if isinstance(entry, Iterable) else [entry] for entry in axes]
    if len(pair) != 2 or len(pair[0]) != len(pair[1]):
        raise ValueError("axes of both, in pairs")
    for entry in pair:
        if len(set(entry)) != len(entry):
            raise ValueError("an axis is named twice")
    first = [counted_axis(axis, left) for axis in pair[0]]
    second = [counted_axis(axis, right) for axis in pair[1]]
    if len(set(first)) != len(first) or len(set(second)) != len(second):
        raise NotNative
    return first, second


# -- einsum ---------------------------------------------------------------------------------------


class _Labelled(NamedTuple):
    """An array and a label for each of its axes."""

    labels: str
    array: Any


def _einsum(
    *operands: Any,
    out: Any = None,
    optimize: Any = False,
    dtype: Any = None,
    order: str = "K",
    casting: Any = "safe",
) -> Any:
    """Return sums of products over axes that have letters, in Einstein's way of writing.

    Parameters
    ----------
    *operands : str, then array_like
        ``"ij,jk->ik"`` and the operands; or each operand followed by a list of its axes' numbers.
        A letter that the result does not have is summed; ``...`` stands for axes that broadcast.
    out : ndarray, optional
        Where the result is stored.
    optimize : object, optional
        Accepted; the order of products is always chosen by their sizes.
    dtype, order, casting : optional
        As for a ufunc.

    Returns
    -------
    ndarray
        A view of the operand where there is one and nothing is summed.

    Raises
    ------
    ValueError
        The letters are not understood, or do not fit the shapes.

    Examples
    --------
    >>> import stook as np
    >>> np.einsum("ij,j->i", np.ones((2, 3)), np.arange(3.0))
    array([3., 3.])
    """
    subscripts, values = arguments(operands)
    _check_options(order, casting, optimize, len(values))
    arrays = [ours(value) for value in values]
    terms, target = read(subscripts, tuple(a.ndim for a in arrays))
    given = [_Labelled(labels, a) for labels, a in zip(terms, arrays, strict=True)]
    if dtype is not None or any(a.dtype != arrays[0].dtype for a in arrays):
        arrays = _of_one_type(arrays, dtype, casting)
    labelled = [_Labelled(labels, a) for labels, a in zip(terms, arrays, strict=True)]
    with unwatched():
        result = _contracted([_without_repeats(term) for term in _of_one_length(labelled)], target)
    if optimize is not False and len(arrays) > 1:
        result = ours(result)  # NumPy's own order of products ends with an array, without axes too.
    if out is not None:
        return _into(out, result, casting)
    return _in_order(result, order.upper(), given, target) if len(target) > 1 else result


def _check_options(order: Any, casting: Any, optimize: Any, count: int) -> None:
    """Raise what makes NumPy refuse an order, a rule of casting, or a path."""
    numpy.can_cast(float, float, casting)
    if order not in tuple("KCFAkcfa") or casting == "same_value":
        raise ValueError("no such order or casting")
    if isinstance(optimize, list | tuple) and optimize and optimize[0] == "einsum_path":
        left = count - sum(len(joined) - 1 for joined in optimize[1:])
        if left != 1:
            raise ValueError("a path that does not join all operands")


def _in_order(result: Any, order: str, terms: list[_Labelled], target: str) -> Any:
    """Return a result with its elements in a memory order; a view of an operand as it is."""
    if order == "K":
        if len(terms) == 1 and len(target) == len(set(terms[0].labels)):
            return result
        strides = [_strides(term.labels, _steps(term.array)) for term in terms]
        inner = _inner_first(target, "".join(term.labels for term in terms), strides)
        axes = [target.index(label) for label in inner[::-1]]
        turned = result.transpose(axes)
        if turned.flags.c_contiguous:
            return result
        back = [axes.index(k) for k in range(len(axes))]
        return turned.copy().transpose(back)
    arrays = [term.array for term in terms]
    fortran = all(a.flags.f_contiguous and not a.flags.c_contiguous for a in arrays)
    if order == "F" or (order == "A" and fortran):
        return result if result.flags.f_contiguous else result.copy(order="F")
    return result if result.flags.c_contiguous else result.copy()


def _steps(a: Any) -> list[int]:
    """Return strides, none along axes of length one."""
    return [0 if n == 1 else step for n, step in zip(a.shape, a.strides, strict=True)]


def _strides(labels: str, strides: Sequence[int]) -> dict[str, int]:
    """Return from one element to the next along all axes of a label."""
    found: dict[str, int] = {}
    for label, stride in zip(labels, strides, strict=True):
        found[label] = found.get(label, 0) + stride
    return found


def _inner_first(target: str, labels: str, strides: list[dict[str, int]]) -> list[str]:
    """Return the labels of the result from the innermost in memory to the outermost.

    Labels are sorted by the strides of operands that have both of two labels, as NumPy's iterator
    sorts axes; where operands disagree, or none has both, the order of the labels stays.
    """
    summed = dict.fromkeys(label for label in labels if label not in target)
    order = [*target, *summed][::-1]
    for start in range(1, len(order)):
        label, place = order[start], start
        for other in range(start - 1, -1, -1):
            pairs = [(s.get(label, 0), s.get(order[other], 0)) for s in strides]
            both = [(abs(own), abs(theirs)) for own, theirs in pairs if own and theirs]
            if not both:
                continue
            if any(theirs <= own for own, theirs in both):
                break
            place = other
        order.insert(place, order.pop(start))
    return [label for label in order if label in target]


_einsum.__name__ = _einsum.__qualname__ = "einsum"
_slow_einsum = composed(_einsum)


@functools.wraps(_einsum)
def einsum(*operands: Any, **options: Any) -> Any:
    if len(operands) == 3 and not options:
        made = _at_once(*operands)
        if made is not None:
            return made
    return _slow_einsum(*operands, **options)


def _at_once(subscripts: Any, a: Any, b: Any) -> Any:
    """Return what is one product of two arrays, or of their transposes; None for all else."""
    if type(subscripts) is not str or type(a) is not ndarray or type(b) is not ndarray:
        return None
    recipe = _recipe(subscripts, a.ndim, b.ndim)
    if recipe is None:
        return None
    swapped, first, second, last, flat = recipe
    if not flat and not (a.flags.c_contiguous and b.flags.c_contiguous):
        return None
    if first is not None:
        a = a.transpose(first)
    if second is not None:
        b = b.transpose(second)
    made = product(b, a, "") if swapped else product(a, b, "")
    return made if made is None or last is None else made.transpose(last)


_Recipe = tuple[bool, Any, Any, Any, bool]


@functools.lru_cache(maxsize=256)
def _recipe(subscripts: str, left: int, right: int) -> _Recipe | None:
    """Return how two arrays in C order are multiplied, if that is one product.

    Whether operands are swapped, the orders of their axes and of the product's, None where they
    stay, and whether the product has one axis at most.
    """
    if "." in subscripts:
        return None
    try:
        (a, b), target = read(subscripts.replace(" ", ""), (left, right))
    except (ValueError, NotNative):
        return None
    both, ends = set(a) & set(b), set(a) ^ set(b)
    summed = [label for label in a if label in both and label not in target]
    stack = [label for label in target if label in both]
    rows, columns = ([k for k in term if k not in both] for term in (a, b))
    once = len(set(a)) == len(a) and len(set(b)) == len(b) and ends <= set(target)
    if not once or len(summed) != 1 or max(len(rows), len(columns)) > 1:
        return None
    if stack and len(ends) != 2:
        return None
    strides = [_strides(term, range(len(term), 0, -1)) for term in (a, b)]
    wanted = _inner_first(target, a + b, strides)[::-1]
    swapped = wanted == stack + columns + rows and len(ends) == 2
    if not swapped and wanted != stack + rows + columns:
        return None
    orders = [stack + rows + summed, stack + summed + columns]
    if swapped:
        orders = [stack + summed + rows, stack + columns + summed]
    first, second = (
        None if "".join(order) == term else tuple(term.index(label) for label in order)
        for order, term in zip(orders, (a, b), strict=True)
    )
    turned = tuple(wanted.index(label) for label in target)
    last = None if turned == tuple(range(len(target))) else turned
    return swapped, first, second, last, len(target) < 2


def _of_one_type(arrays: list[Any], dtype: Any, casting: Any) -> list[Any]:
    dtype = numpy.result_type(*[a.dtype for a in arrays]) if dtype is None else numpy.dtype(dtype)
    if not all(numpy.can_cast(a.dtype, dtype, casting) for a in arrays):
        raise TypeError("cannot cast")
    return [ours(a.astype(dtype, copy=False)) for a in arrays]


def _of_one_length(terms: list[_Labelled]) -> list[_Labelled]:
    """Return operands whose axes of one label have one length, where they broadcast."""
    if len(terms) == 1 and len(set(terms[0].labels)) == len(terms[0].labels):
        return terms
    lengths: dict[str, int] = {}
    differs = False
    for term in terms:
        for label, length in zip(term.labels, term.array.shape, strict=True):
            known = lengths.setdefault(label, length)
            differs |= known != length
            if known == 1:
                lengths[label] = length
            elif length not in (1, known):
                raise ValueError("lengths of one label differ")
    if not differs:
        return terms
    shaped = [(term, tuple(lengths[label] for label in term.labels)) for term in terms]
    return [_Labelled(term.labels, broadcast_to(term.array, shape)) for term, shape in shaped]


def _without_repeats(term: _Labelled) -> _Labelled:
    """Return the diagonal over axes of one label."""
    labels, array = term
    for label in sorted(set(labels)):
        while labels.count(label) > 1:
            first = labels.index(label)
            second = labels.index(label, first + 1)
            array = array.diagonal(0, first, second)
            labels = labels[:first] + labels[first + 1 : second] + labels[second + 1 :] + label
    if array is not term.array and term.array.flags.writeable:
        array.flags.writeable = True
    return _Labelled(labels, array)


def _contracted(terms: list[_Labelled], target: str) -> Any:
    """Return the sum of the products of operands."""
    while len(terms) > 1:
        first, second = _next(terms, target)
        others = [term for k, term in enumerate(terms) if k not in (first, second)]
        kept = {*target, *(label for term in others for label in term.labels)}
        terms = [*others, _paired(terms[first], terms[second], kept)]
    labels, array = _summed(terms[0], set(target))
    if labels != target:
        array = array.transpose([labels.index(label) for label in target])
    return array[()] if type(array) is ndarray and not array.ndim else array


def _next(terms: list[_Labelled], target: str) -> tuple[int, int]:
    """Return which two operands have the smallest product, against their own sizes."""
    if len(terms) == 2:
        return 0, 1
    lengths = {
        label: length
        for term in terms
        for label, length in zip(term.labels, term.array.shape, strict=True)
    }
    best = None
    for first in range(len(terms)):
        for second in range(first + 1, len(terms)):
            pair = (terms[first], terms[second])
            rest = [term for k, term in enumerate(terms) if k not in (first, second)]
            kept = {*target, *(label for term in rest for label in term.labels)}
            labels = kept & {*pair[0].labels, *pair[1].labels}
            cost = math.prod(lengths[label] for label in labels)
            cost -= sum(term.array.size for term in pair)
            if best is None or cost < best[0]:
                best = cost, first, second
    assert best is not None
    return best[1], best[2]


def _summed(term: _Labelled, kept: set[str]) -> _Labelled:
    """Return an operand summed over the labels that are not kept."""
    axes = tuple(k for k, label in enumerate(term.labels) if label not in kept)
    if not axes:
        return term
    labels = "".join(label for label in term.labels if label in kept)
    array = term.array
    # Truth values are added as truth values.
    total = array.any(axes) if array.dtype == bool else array.sum(axes, array.dtype)
    return _Labelled(labels, total)


def _paired(left: _Labelled, right: _Labelled, kept: set[str]) -> _Labelled:
    """Return the product of two operands, summed over the labels that are not kept."""
    left = _summed(left, kept | set(right.labels))
    right = _summed(right, kept | set(left.labels))
    shared = [label for label in left.labels if label in right.labels]
    summed = [label for label in shared if label not in kept]
    rows = [label for label in left.labels if label not in shared]
    columns = [label for label in right.labels if label not in shared]
    if not summed:
        return _multiplied(left, right)
    stack = [label for label in shared if label in kept]
    lengths = dict(zip(left.labels + right.labels, (*_shape(left), *_shape(right)), strict=True))
    sizes = [[lengths[label] for label in group] for group in (stack, rows, summed, columns)]
    m, k, n = (math.prod(group) for group in sizes[1:])
    a = _grouped(left, stack + rows + summed, (*sizes[0], m, k))
    b = _grouped(right, stack + summed + columns, (*sizes[0], k, n))
    made = multiplied(a, b, "").reshape((*sizes[0], *sizes[1], *sizes[3]))
    return _Labelled("".join(stack + rows + columns), made)


def _shape(term: _Labelled) -> tuple[int, ...]:
    return tuple(ours(term.array).shape)


def _grouped(term: _Labelled, labels: list[str], shape: tuple[int, ...]) -> Any:
    """Return an operand with its axes in this order and joined to this shape."""
    array = ours(term.array)
    order = [term.labels.index(label) for label in labels]
    if order != list(range(len(order))):
        array = array.transpose(order)
    return array if array.shape == shape else array.reshape(shape)


def _multiplied(left: _Labelled, right: _Labelled) -> _Labelled:
    """Return the products of elements, the labels of the left operand first."""
    labels = left.labels + "".join(label for label in right.labels if label not in left.labels)
    ends = [label for label in labels if label in right.labels]
    other = _grouped(right, ends, tuple(_lengths(right, ends)))
    places = [(slice(None) if label in right.labels else None) for label in labels]
    if any(place is None for place in places):
        other = other[tuple(places)]
    missing = len(labels) - len(left.labels)
    array = ours(left.array)[(..., *[None] * missing)] if missing else left.array
    return _Labelled(labels, array * other)


def _lengths(term: _Labelled, labels: list[str]) -> list[int]:
    shape = _shape(term)
    return [shape[term.labels.index(label)] for label in labels]


def _into(out: Any, result: Any, casting: Any) -> Any:
    if type(out) is not ndarray or out.shape != result.shape:
        raise NotNative
    if not numpy.can_cast(result.dtype, out.dtype, casting):
        raise TypeError("cannot cast")
    out[...] = result
    return out
