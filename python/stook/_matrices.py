"""Matrices, a class of NumPy's own, put together from arrays."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import numpy

from stook._joining import concatenate
from stook._stook import ndarray

__all__ = ["bmat"]


def bmat(obj: Any, ldict: Any = None, gdict: Any = None) -> Any:
    """Return a matrix of blocks: rows of arrays beside one another, below one another.

    Parameters
    ----------
    obj : str, array_like, or sequence of sequences of array_like
        In text, names of arrays; ``;`` ends a row.
    ldict, gdict : dict, optional
        Where names are looked up, first in `ldict`; the caller's if there is no `gdict`.

    Returns
    -------
    numpy.matrix

    Raises
    ------
    NameError
        There is no array of a name.
    ValueError
        The shapes do not fit.

    Examples
    --------
    >>> import stook as np
    >>> a = np.eye(2)
    >>> np.bmat("a, a").shape
    (2, 4)
    """
    if isinstance(obj, str):
        if gdict is None:
            frame = sys._getframe(1)
            ldict, gdict = frame.f_locals, frame.f_globals
        obj = _named(obj, ldict, gdict)
    if isinstance(obj, ndarray):
        return numpy.matrix(obj)
    if not isinstance(obj, list | tuple):
        return None
    if any(isinstance(row, ndarray) for row in obj):
        return numpy.matrix(concatenate(obj, -1))
    return numpy.matrix(concatenate([concatenate(row, -1) for row in obj], 0))


def _named(text: str, *places: Mapping[str, Any]) -> list[list[Any]]:
    """Return the arrays that text names, by rows."""
    rows = (row.replace(",", " ").split() for row in text.split(";"))
    return [[_found(name, *places) for name in row] for row in rows]


def _found(name: str, *places: Mapping[str, Any]) -> Any:
    for place in places:
        if name in place:
            return place[name]
    raise NameError(f"name {name!r} is not defined")
