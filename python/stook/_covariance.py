"""Covariances and correlations of variables."""

from __future__ import annotations

from typing import Any

import numpy

from stook._composed import NotNative, composed, ours
from stook._diagonals import diag
from stook._joining import concatenate
from stook._moments import average
from stook._selecting import clip
from stook._stook import empty, remark, ufuncs
from stook._subclasses import is_foreign

__all__ = ["corrcoef", "cov"]


@composed
def cov(
    m: Any, y: Any = None, rowvar: Any = True, bias: Any = False, ddof: Any = None,
    fweights: Any = None, aweights: Any = None, *, dtype: Any = None,
) -> Any:  # fmt: skip
    """Return the covariances of variables, from observations of them.

    Parameters
    ----------
    m : array_like
        One variable, or a row for each.
    y : array_like, optional
        More variables, laid out as `m`.
    rowvar : bool
        Whether rows are variables; else columns are.
    bias : bool
        Divide by the number of observations, rather than by one less.
    ddof : int, optional
        What is subtracted from the number of observations, whatever `bias` says.
    fweights : array_like of int, optional
        How often each observation was made.
    aweights : array_like, optional
        How much each observation counts.
    dtype : dtype, optional
        Of the result; at least float64 unless said.

    Returns
    -------
    array
        As many rows and columns as variables; no axes for one variable.

    Raises
    ------
    ValueError
        More than two axes, a `ddof` that is no integer, negative weights.
    TypeError
        Frequencies that are no integers.
    RuntimeError
        Weights of another shape.

    Examples
    --------
    >>> import stook as np
    >>> np.cov([[0, 2, 4], [4, 2, 0]])
    array([[ 4., -4.],
           [-4.,  4.]])
    """
    if ddof is not None and ddof != int(ddof):
        raise ValueError("ddof must be integer")
    given = [ours(m)] if y is None else [ours(m), ours(y)]
    if any(a.ndim > 2 for a in given):
        raise ValueError("more than 2 dimensions")
    if dtype is None:
        dtype = numpy.result_type(*[a.dtype for a in given], numpy.float64)
    if numpy.dtype(dtype).kind not in "fc":
        raise NotNative
    rows = [_rows(a, dtype) for a in given]
    if not rowvar:
        rows[0] = rows[0].T if given[0].ndim != 1 else rows[0]
        rows[1:] = [a.T if a.shape[0] != 1 else a for a in rows[1:]]
    if rows[0].shape[0] == 0:
        return empty((0, 0), numpy.float64)
    x = rows[0] if len(rows) == 1 else concatenate(rows, axis=0)
    if ddof is None:
        ddof = 1 if bias == 0 else 0
    weights, scale = _weights(fweights, aweights, x.shape[1], ddof)
    if not scale > 0:
        remark(True, "Degrees of freedom <= 0 for slice")
        scale = 0.0
    x = x - average(x, axis=1, weights=weights).reshape(-1, 1)
    weighted = x if weights is None else (x * weights).astype(x.dtype, copy=False)
    c = x.dot(weighted.T.conj())
    c *= ufuncs["divide"](1, scale)
    return c.squeeze()


def _rows(a: Any, dtype: Any) -> Any:
    """Return an array with two axes, in a type."""
    a = a.astype(dtype, copy=False)
    return a if a.ndim == 2 else a.reshape((1, -1))


def _weights(fweights: Any, aweights: Any, n: int, ddof: Any) -> tuple[Any, Any]:
    """Return how much each of `n` observations counts, and what squares are divided by."""
    frequencies = _checked(fweights, n)
    sizes = _checked(aweights, n)
    if frequencies is not None and (frequencies != ufuncs["rint"](frequencies)).any():
        raise TypeError("fweights must be integer")
    if frequencies is None and sizes is None:
        return None, n - ddof
    if frequencies is None or sizes is None:
        weights = sizes if frequencies is None else frequencies
    else:
        weights = frequencies * sizes
    total = weights.sum()
    if ddof and sizes is not None:
        return weights, total - ddof * (weights * sizes).sum() / total
    return weights, total - ddof if ddof else total


def _checked(weights: Any, n: int) -> Any:
    if weights is None:
        return None
    weights = ours(weights).astype(float, copy=False)
    if weights.shape != (n,):
        raise ValueError("weights of another shape")
    if (weights < 0).any():
        raise ValueError("negative weights")
    return weights


@composed
def corrcoef(x: Any, y: Any = None, rowvar: Any = True, *, dtype: Any = None) -> Any:
    """Return the correlations of variables: their covariances in units of their deviations.

    Parameters
    ----------
    x, y, rowvar, dtype
        As for `cov`.

    Returns
    -------
    array, or a scalar for one variable
        Numbers from -1 to 1; complex ones within these bounds in each part. NaN for a variable
        that does not vary.

    Examples
    --------
    >>> import stook as np
    >>> np.corrcoef([[0, 2, 4], [4, 2, 0]])
    array([[ 1., -1.],
           [-1.,  1.]])
    """
    if is_foreign(x) or is_foreign(y):
        raise NotNative
    c = cov(x, y, rowvar, dtype=dtype)
    if not c.ndim:
        return c / c
    deviation = ufuncs["sqrt"](diag(c).real)
    c /= deviation.reshape(-1, 1)
    c /= deviation
    if c.dtype.kind != "c":
        return clip(c, -1, 1)
    for part in (c.real, c.imag):
        part[...] = clip(part, -1, 1)
    return c
