"""Places in arrays: grids of them, diagonals and triangles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

from stook import _stook
from stook._composed import NotNative, composed, ours
from stook._creation import arange, empty, ones
from stook._diagonals import below
from stook._flat_places import unravel_index
from stook._joining import concatenate, write_in_turn
from stook._selecting import nonzero
from stook._shape import broadcast_to
from stook._stook import ndarray, view_to

__all__ = [
    "diag_indices",
    "diag_indices_from",
    "fill_diagonal",
    "indices",
    "ix_",
    "mask_indices",
    "tril_indices",
    "tril_indices_from",
    "triu_indices",
    "triu_indices_from",
]

_NUMBERS = (bool, int, float, complex, numpy.number, numpy.bool)


# -- grids ----------------------------------------------------------------------------------------


@composed
def ix_(*args: Any) -> Any:
    """Return vectors of places as arrays whose broadcast is the grid that they span.

    Parameters
    ----------
    *args : 1-D array_like of integers or bools
        Places on one axis each; of bools, where they are true.

    Returns
    -------
    tuple of arrays
        As many as were given, each with as many axes, long along its own.

    Raises
    ------
    ValueError
        One of them has not exactly one axis.

    Examples
    --------
    >>> import stook as np
    >>> np.arange(12).reshape(3, 4)[np.ix_([0, 2], [1, 3])]
    array([[ 1,  3],
           [ 9, 11]])
    """
    made = []
    for k, given in enumerate(args):
        places = ours(given)
        if places.ndim != 1:
            raise ValueError("not one axis")
        if places.dtype == bool:
            places = _stook.nonzero(places)[0]
        elif not places.size and not isinstance(given, ndarray):
            places = places.astype(numpy.intp)
        made.append(places.reshape((1,) * k + (places.size,) + (1,) * (len(args) - k - 1)))
    return tuple(made)


@composed
def indices(dimensions: Any, dtype: Any = int, sparse: bool = False) -> Any:
    """Return the coordinates of every element of an array of this shape.

    Parameters
    ----------
    dimensions : sequence of int
        The shape.
    dtype : dtype
        Type of the coordinates.
    sparse : bool
        Return one array for each axis, long along that axis alone, rather than all in full.

    Returns
    -------
    array of shape ``(len(dimensions), *dimensions)``, or tuple of arrays if sparse

    Examples
    --------
    >>> import stook as np
    >>> np.indices((2, 3))[1]
    array([[0, 1, 2],
           [0, 1, 2]])
    """
    shape = tuple(dimensions)
    lines = (
        arange(n, dtype=dtype).reshape((1,) * k + (n,) + (1,) * (len(shape) - k - 1))
        for k, n in enumerate(shape)
    )
    if sparse:
        return tuple(lines)
    made = empty((len(shape), *shape), dtype)
    for k, line in enumerate(lines):
        made[k] = line
    return made


# -- diagonals ------------------------------------------------------------------------------------


@composed
def diag_indices(n: Any, ndim: int = 2) -> Any:
    """Return the coordinates of the main diagonal of an array of `ndim` axes of length `n`.

    Examples
    --------
    >>> import stook as np
    >>> np.diag_indices(3)
    (array([0, 1, 2]), array([0, 1, 2]))
    """
    return (arange(n),) * ndim


def _length(shape: tuple[int, ...]) -> int:
    """Return the length of all axes of a shape, two of them at least."""
    if len(shape) < 2 or min(shape) != max(shape):
        raise ValueError("axes differ, or there are too few of them")
    return shape[0]


@composed
def diag_indices_from(arr: Any) -> Any:
    """Return the coordinates of the main diagonal of an array whose axes are of one length.

    Raises
    ------
    ValueError
        The array has fewer than two axes, or axes of different lengths.

    Examples
    --------
    >>> import stook as np
    >>> np.diag_indices_from(np.eye(2))
    (array([0, 1]), array([0, 1]))
    """
    return diag_indices(_length(arr.shape), arr.ndim)


@composed
def fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    """Write the main diagonal of an array in place.

    Parameters
    ----------
    a : array of at least two axes
        If there are more than two, they are of one length.
    val : array_like
        One value, or values in turn; too few of them are repeated.
    wrap : bool
        Let the diagonal of a tall matrix begin anew one row below its end.

    Examples
    --------
    >>> import stook as np
    >>> a = np.zeros((2, 2), int)
    >>> np.fill_diagonal(a, [3, 4])
    >>> a
    array([[3, 0],
           [0, 4]])
    """
    if type(a) is not ndarray or not a._writeable:
        raise NotNative
    shape = a.shape
    count = min(shape) if len(shape) == 2 else _length(shape)
    if wrap and len(shape) == 2 and shape[0] > shape[1]:
        step = shape[1] + 1
        if a._c_contiguous:
            _write(a.reshape(-1)[::step], val)
        elif count:
            places = arange(0, a.size, step)
            line = empty(places.size, a.dtype)
            _write(line, val)
            a[unravel_index(places, shape)] = line
    elif count:
        _write(view_to(a, (count,), (sum(a.strides),), 0, True), val)


def _write(line: Any, values: Any) -> None:
    """Write one value everywhere, or values in turn."""
    if isinstance(values, _NUMBERS):
        line[...] = values
    else:
        write_in_turn(line, ours(values).ravel())


# -- triangles ------------------------------------------------------------------------------------


def mask_indices(n: int, mask_func: Any, k: Any = 0) -> Any:
    """Return where a function such as `triu` leaves ones of a square matrix of them.

    Parameters
    ----------
    n : int
        Length of the matrix's axes.
    mask_func : callable
        Called with a matrix of ones and `k`.
    k : object
        What the function is given, such as the number of a diagonal.

    Returns
    -------
    tuple of arrays
        Coordinates where its result is not zero.

    Examples
    --------
    >>> import stook as np
    >>> np.mask_indices(2, np.triu)
    (array([0, 0, 1]), array([0, 1, 1]))
    """
    return nonzero(mask_func(ones((n, n), int), k) != 0)


def _are_long(n: Any, m: Any, k: Any) -> bool:
    """Return whether a matrix has long rows, so that parts of them are joined faster than found."""
    return type(n) is type(m) is type(k) is int and m >= 1 << 10 and n * m >= 1 << 20


def _rows(n: int, m: int, bounds: Callable[[int], tuple[int, int]]) -> Any:
    """Return the coordinates of a part of each row of a matrix, given where it begins and ends."""
    line = arange(max(n, m))
    columns, rows = line[:m], broadcast_to(line[:n].reshape(-1, 1), (n, m))
    parts = []
    for row in range(n):
        begin, end = (min(max(bound, 0), m) for bound in bounds(row))
        if begin < end:
            parts.append((row, slice(begin, end)))
    if not parts:
        return empty(0, int), empty(0, int)
    return (
        concatenate([rows[row, part] for row, part in parts]),
        concatenate([columns[part] for _, part in parts]),
    )


def tril_indices(n: int, k: int = 0, m: int | None = None) -> Any:
    """Return the coordinates at and below a diagonal of a matrix of shape ``(n, m or n)``.

    Examples
    --------
    >>> import stook as np
    >>> np.tril_indices(2)
    (array([0, 1, 1]), array([0, 0, 1]))
    """
    m = n if m is None else m
    if _are_long(n, m, k):
        return _rows(n, m, lambda row: (0, row + k + 1))
    return nonzero(below((n, m), k))


def triu_indices(n: int, k: int = 0, m: int | None = None) -> Any:
    """Return the coordinates at and above a diagonal of a matrix of shape ``(n, m or n)``.

    Examples
    --------
    >>> import stook as np
    >>> np.triu_indices(2)
    (array([0, 0, 1]), array([0, 1, 1]))
    """
    m = n if m is None else m
    if _are_long(n, m, k):
        return _rows(n, m, lambda row: (row + k, m))
    return nonzero(~below((n, m), k - 1))


@composed
def tril_indices_from(arr: Any, k: int = 0) -> Any:
    """Return the coordinates at and below a diagonal of a given matrix.

    Raises
    ------
    ValueError
        The array has not two axes.

    Examples
    --------
    >>> import stook as np
    >>> np.tril_indices_from(np.ones((1, 3)), 1)
    (array([0, 0]), array([0, 1]))
    """
    n, m = arr.shape
    return tril_indices(n, k, m)


@composed
def triu_indices_from(arr: Any, k: int = 0) -> Any:
    """Return the coordinates at and above a diagonal of a given matrix.

    Raises
    ------
    ValueError
        The array has not two axes.

    Examples
    --------
    >>> import stook as np
    >>> np.triu_indices_from(np.ones((1, 3)), 1)
    (array([0, 0]), array([1, 2]))
    """
    n, m = arr.shape
    return triu_indices(n, k, m)
