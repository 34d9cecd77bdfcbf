"""What `numpy.linalg` has of products: its names for them, and chains of matrices."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy

from stook import _fallback
from stook._composed import NotNative, ours
from stook._contractions import tensordot
from stook._products import dot, matmul, vecdot
from stook._stook import call_numpy

__all__: list[str] = []


def _linear(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make `function` stand for that of the same name in ``numpy.linalg``."""
    name = f"linalg.{function.__name__}"
    original = getattr(numpy.linalg, function.__name__)
    outside = _fallback.Fallback(name, original)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except NotNative:
            pass
        except (TypeError, ValueError):
            # NumPy says what is wrong.
            result = call_numpy(original, args, kwargs)
            _fallback.note(name)
            return result
        return outside(*args, **kwargs)

    _fallback.native(name, call)
    return call


@_linear
def multi_dot(arrays: Any, *, out: Any = None) -> Any:
    """Return the product of two or more matrices, in the order that multiplies least.

    Parameters
    ----------
    arrays : sequence of array_like
        Matrices; the first may be a vector, a row, and the last one, a column.
    out : ndarray, optional
        Where the result is stored, as for `dot`.

    Returns
    -------
    ndarray
        A scalar for vectors at both ends.

    Raises
    ------
    numpy.linalg.LinAlgError
        An array is not a matrix.

    Examples
    --------
    >>> import stook as np
    >>> np.linalg.multi_dot([np.ones((2, 9)), np.ones((9, 3)), np.ones(3)])
    array([27., 27.])
    """
    chain = [ours(a) for a in arrays]
    if len(chain) < 2:
        raise ValueError("two arrays or more")
    if len(chain) == 2:
        return dot(chain[0], chain[1], out)
    first, last = chain[0].ndim == 1, chain[-1].ndim == 1
    if first:
        chain[0] = chain[0][None, :]
    if last:
        chain[-1] = chain[-1][:, None]
    if any(a.ndim != 2 for a in chain):
        raise ValueError("matrices")
    if out is not None and (first or last):
        raise NotNative
    split = _splits([chain[0].shape[0], *(a.shape[1] for a in chain)])
    made = _chained(chain, split, 0, len(chain) - 1, out)
    if first and last:
        return made[0, 0]
    return made.ravel() if first or last else made


def _splits(lengths: list[int]) -> dict[tuple[int, int], int]:
    """Return behind which matrix each part of a chain is cut, so that least is multiplied.

    Dynamic programming over parts of growing length: Cormen, Leiserson, Rivest and Stein,
    Introduction to Algorithms, section 15.2.
    """
    count = len(lengths) - 1
    cost = {(k, k): 0 for k in range(count)}
    cut: dict[tuple[int, int], int] = {}
    for width in range(1, count):
        for first in range(count - width):
            last = first + width
            choices = [
                (
                    cost[first, k]
                    + cost[k + 1, last]
                    + lengths[first] * lengths[k + 1] * lengths[last + 1],
                    k,
                )
                for k in range(first, last)
            ]
            cost[first, last], cut[first, last] = min(choices)
    return cut


def _chained(
    chain: list[Any], cut: dict[tuple[int, int], int], first: int, last: int, out: Any = None
) -> Any:
    if first == last:
        return chain[first]
    k = cut[first, last]
    return dot(_chained(chain, cut, first, k), _chained(chain, cut, k + 1, last), out)


def _named() -> None:
    """Give products their names in ``numpy.linalg``."""

    def linalg_matmul(x1: Any, x2: Any, /) -> Any:
        """Return the products of two matrices, or of two stacks of matrices."""
        return matmul(x1, x2)

    def linalg_vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
        """Return sums of products along an axis, the first operand conjugated."""
        return vecdot(x1, x2, axis=axis)

    def linalg_tensordot(x1: Any, x2: Any, /, *, axes: Any = 2) -> Any:
        """Return sums of products over axes of both operands."""
        return tensordot(x1, x2, axes=axes)

    for function in (linalg_matmul, linalg_vecdot, linalg_tensordot):
        function.__name__ = function.__qualname__ = function.__name__.removeprefix("linalg_")
        _linear(function)


_named()
