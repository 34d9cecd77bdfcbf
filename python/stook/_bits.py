"""Flags packed eight to a byte, and bytes unpacked to flags."""

from __future__ import annotations

import operator
from typing import Any

from stook._composed import composed, counted_axis, ours
from stook._stook import packed, unpacked

__all__ = ["packbits", "unpackbits"]


def _is_little(bitorder: Any) -> bool:
    if bitorder not in ("big", "little"):
        raise ValueError("the first of eight is the highest bit or the lowest")
    return bitorder == "little"


def _with_axis(a: Any, axis: Any) -> tuple[Any, int]:
    """Return an array and the axis along which it is packed, flat where none is given."""
    if axis is None:
        return (a if a.ndim == 1 else a.ravel()), 0
    a = a if a.ndim else a.reshape(1)
    return a, counted_axis(axis, a.ndim)


@composed
def packbits(a: Any, /, axis: Any = None, bitorder: str = "big") -> Any:
    """Return whether elements are nonzero, as bits of bytes.

    Parameters
    ----------
    a : array_like of int or bool
    axis : int, optional
        The axis along which eight elements become one; all in turn if it is not given.
    bitorder : {"big", "little"}
        Whether the first of eight is the highest bit or the lowest.

    Returns
    -------
    array of uint8
        Of one axis if none is given. The last byte is filled with zeros.

    Raises
    ------
    TypeError
        Elements are neither integers nor bools.

    Examples
    --------
    >>> import stook as np
    >>> np.packbits([1, 0, 0, 0, 0, 0, 0, 1, 1])
    array([129, 128], dtype=uint8)
    """
    a = ours(a)
    if a.dtype.kind not in "biu":
        raise TypeError("integers or bools are packed")
    little = _is_little(bitorder)
    return packed(*_with_axis(a, axis), little)


@composed
def unpackbits(a: Any, /, axis: Any = None, count: Any = None, bitorder: str = "big") -> Any:
    """Return the bits of bytes, each as a byte.

    Parameters
    ----------
    a : array_like of uint8
    axis : int, optional
        The axis along which one element becomes eight; all in turn if it is not given.
    count : int, optional
        How many bits, with zeros behind those that there are; if negative, how many fewer.
    bitorder : {"big", "little"}
        Whether the first of eight is the highest bit or the lowest.

    Returns
    -------
    array of uint8

    Raises
    ------
    TypeError
        Elements are not of type uint8.
    ValueError
        `count` takes away more than there is.

    Examples
    --------
    >>> import stook as np
    >>> np.unpackbits(np.array([129], np.uint8), count=3)
    array([1, 0, 0], dtype=uint8)
    """
    a = ours(a)
    if a.dtype.char != "B":
        raise TypeError("bytes are unpacked")
    little = _is_little(bitorder)
    a, axis = _with_axis(a, axis)
    length = 8 * a.shape[axis]
    if count is not None:
        count = operator.index(count)
        length = count if count >= 0 else length + count
    if length < 0:
        raise ValueError("fewer bits than none")
    return unpacked(a, axis, length, little)
