"""The middle of the elements in order."""

from __future__ import annotations

from typing import Any

from stook._composed import composed, ours
from stook._lines import in_place, nan_where, over_axes
from stook._stook import ndarray

__all__ = ["median"]


@composed
def median(
    a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False,
    keepdims: Any = False,
) -> Any:  # fmt: skip
    """Return the middle of the elements in order, over axes.

    Parameters
    ----------
    a : array_like
        Numbers. Integers have a median in float64.
    axis : None, int or sequence of int
        Axes to reduce, all unless said.
    out : array, optional
        Where the result is written.
    overwrite_input : bool
        Let the elements of `a` be reordered, which saves a copy.
    keepdims : bool
        Keep the axes, with length one.

    Returns
    -------
    array or scalar
        The middle element, or the mean of the two in the middle; NaN where an element is.

    Examples
    --------
    >>> import stook as np
    >>> np.median([3, 1, 4, 1])
    np.float64(2.0)
    """
    overwrite = bool(overwrite_input) and type(a) is ndarray

    def reduced(a: Any, axis: Any, out: Any, weights: Any) -> Any:
        return middle(a, axis, out, overwrite)

    return over_axes(reduced, ours(a), axis, out, keepdims)


def middle(a: Any, axis: Any, out: Any, overwrite: bool) -> Any:
    """Return the middle of the elements, or of each line along an axis."""
    n = a.size if axis is None else a.shape[axis]
    places = [(n - 1) // 2] if n % 2 else [n // 2 - 1, n // 2]
    may_be_nan = a.dtype.kind in "fc"
    if may_be_nan:
        places.append(-1)
    part = in_place(a, axis, overwrite, "K")
    part.partition(places, -1 if axis is None else axis)
    axis = 0 if axis is None else axis % part.ndim
    before = (slice(None),) * axis
    result = part[(*before, slice(n // 2 - 1 + n % 2, n // 2 + 1))].mean(axis, None, out)
    if not may_be_nan or not part.size:
        return result
    return nan_where(part[(*before, -1)], result, out)
