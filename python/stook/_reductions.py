"""Reductions that compiled code makes of a line: of the elements of an array, one after another.

The compiler calls the functions that are compiled by name, and compiles each for the types that it
is called with. The others are its own loops, said in Python. Lines are not empty where there would
be no result, and as long as each other: whoever calls has checked it. Results have the bits that
those of arrays have (`stook._moments`, `stook._nan_statistics`).
"""

from __future__ import annotations

from typing import Any

import numpy

from stook._jit import jit


def add(line: Any) -> Any:
    """Return the sum."""
    return numpy.add.reduce(line)


def minimum(line: Any) -> Any:
    """Return the least element, NaN where one is."""
    return numpy.minimum.reduce(line)


def maximum(line: Any) -> Any:
    """Return the greatest element, NaN where one is."""
    return numpy.maximum.reduce(line)


def nansum(line: Any) -> Any:
    """Return the sum of the elements that are not NaN."""
    return numpy.nansum(line)


def count_nonzero(line: Any) -> Any:
    """Return how many elements are not zero."""
    return numpy.count_nonzero(line)


def quotient(total: Any, count: Any) -> Any:
    """Return a sum over a count in the sum's type, by way of double precision."""
    return (total / numpy.float64(count)).astype(total.dtype)


@jit
def fold(line: Any, row: Any, held: Any) -> Any:
    """Reduce the elements, in the type that they are held in."""
    return row(held(line))


@jit
def first_place(line: Any, extreme: Any) -> int:
    """Return the first place of the least or greatest element; of the first NaN."""
    found = extreme(line)
    for k in range(len(line)):
        if line[k] == found or line[k] != line[k]:
            return k
    return 0


@jit
def spread(line: Any) -> Any:
    """Return the greatest less the least element."""
    return maximum(line) - minimum(line)


@jit
def mean(line: Any, held: Any, result: Any) -> Any:
    """Return the mean, of a sum in one type, in another."""
    return result(quotient(add(held(line)), len(line)))


@jit
def variance(line: Any, held: Any, ddof: Any) -> Any:
    """Return the mean of squared distances from the mean, as if of `ddof` fewer."""
    center = quotient(add(held(line)), len(line))
    return quotient(add(numpy.square(line - center)), max(len(line) - ddof, 0))


@jit
def nan_mean(line: Any) -> Any:
    """Return the mean of the elements that are not NaN."""
    return quotient(nansum(line), count_nonzero(line == line))


@jit
def nan_variance(line: Any, ddof: Any) -> Any:
    """Return the variance of the elements that are not NaN."""
    count = count_nonzero(line == line)
    center = quotient(nansum(line), count)
    total = add(numpy.where(line == line, numpy.square(line - center), 0))
    if count - ddof <= 0:
        return total * numpy.nan
    return quotient(total, count - ddof)


@jit
def inner(line: Any, other: Any, held: Any) -> Any:
    """Return the sum of products."""
    return add(held(line) * held(other))


@jit
def inner_of_conjugate(line: Any, other: Any, held: Any) -> Any:
    """Return the sum of products with conjugates of the first line's elements."""
    return add(numpy.conjugate(held(line)) * held(other))


@jit
def length(line: Any, held: Any) -> Any:
    """Return the root of the sum of squares."""
    return numpy.sqrt(add(numpy.square(held(line))))
