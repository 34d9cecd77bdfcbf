"""What `numpy.linalg` has of products and of matrices' parts, and chains of matrices."""

from __future__ import annotations

import operator
from typing import Any

from stook import _fallback
from stook._composed import NotNative, below, ours
from stook._contractions import tensordot
from stook._cores import matmul, vecdot
from stook._creation import empty_like, eye
from stook._outer_products import cross, outer
from stook._products import dot
from stook._shape import matrix_transpose

__all__: list[str] = []


linear = below("linalg")


@linear
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
    if count == 3:
        n, k, m, p = lengths
        return {(0, 1): 0, (1, 2): 1, (0, 2): int(n * m * (k + p) < k * p * (m + n))}
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


@linear
def matrix_power(a: Any, n: Any) -> Any:
    """Return a square matrix, or each of a stack, multiplied by itself.

    Parameters
    ----------
    a : (..., m, m) array_like
    n : int
        How many factors; the inverse is multiplied where it is negative.

    Returns
    -------
    array of the shape and type of `a`

    Raises
    ------
    numpy.linalg.LinAlgError
        Matrices are not square, or have no inverse where it is needed.

    Examples
    --------
    >>> import stook as np
    >>> np.linalg.matrix_power([[1, 1], [1, 0]], 9)
    array([[55, 34],
           [34, 21]])
    """
    base, n = ours(a), operator.index(n)
    if base.ndim < 2 or base.shape[-1] != base.shape[-2]:
        raise ValueError("not square")
    if n == 0:
        ones = empty_like(base)
        ones[...] = eye(base.shape[-1], dtype=base.dtype)
        return ones
    if n < 0:
        base, n = ours(_fallback.function("linalg.inv")(base)), -n
    made = None
    while n:
        if n & 1:
            made = base if made is None else matmul(made, base)
        n >>= 1
        if n:
            base = matmul(base, base)
    return made


def _named() -> None:
    """Give products, and parts of matrices, their names in ``numpy.linalg``."""

    def linalg_matmul(x1: Any, x2: Any, /) -> Any:
        """Return the products of two matrices, or of two stacks of matrices."""
        return matmul(x1, x2)

    def linalg_vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
        """Return sums of products along an axis, the first operand conjugated."""
        return vecdot(x1, x2) if type(axis) is int and axis == -1 else vecdot(x1, x2, axis=axis)

    def linalg_tensordot(x1: Any, x2: Any, /, *, axes: Any = 2) -> Any:
        """Return sums of products over axes of both operands."""
        return tensordot(x1, x2, axes=axes)

    def linalg_outer(x1: Any, x2: Any, /) -> Any:
        """Return the products of each element of a vector and each of another."""
        x1, x2 = ours(x1), ours(x2)
        if x1.ndim != 1 or x2.ndim != 1:
            raise ValueError("not vectors")
        return outer(x1, x2)

    def linalg_cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
        """Return the vectors of space that stand upright on two others."""
        x1, x2 = ours(x1), ours(x2)
        if x1.shape[axis] != 3 or x2.shape[axis] != 3:
            raise ValueError("not vectors of space")
        return cross(x1, x2, axis=axis)

    def linalg_diagonal(x: Any, /, *, offset: int = 0) -> Any:
        """Return the diagonals of the matrices in the last two axes."""
        return ours(x).diagonal(offset, -2, -1)

    def linalg_trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Any:
        """Return the sums of the diagonals of the matrices in the last two axes."""
        return ours(x).trace(offset, -2, -1, dtype)

    def linalg_matrix_transpose(x: Any, /) -> Any:
        """Return the matrices in the last two axes, transposed."""
        return matrix_transpose(ours(x))

    functions = (
        linalg_matmul, linalg_vecdot, linalg_tensordot, linalg_outer, linalg_cross,
        linalg_diagonal, linalg_trace, linalg_matrix_transpose,
    )  # fmt: skip
    for function in functions:
        function.__name__ = function.__qualname__ = function.__name__.removeprefix("linalg_")
        # Where `pickle` finds it.
        function.__module__ = "stook.linalg"
        linear(function)


_named()
