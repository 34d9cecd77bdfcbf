"""How arrays are pickled, by every protocol, and out of band by the fifth.

A pickle holds the elements' bytes, their type and the shape. What is read back from bytes within
the pickle is memory of ours; buffers handed to `pickle.loads` beside it are shared, as in NumPy.
"""

from __future__ import annotations

import pickle
from typing import Any

import numpy

from stook._stook import asarray, ndarray, wrap

__all__: list[str] = []

_OUT_OF_BAND = 5


def restored(
    buffer: Any,
    dtype: numpy.dtype[Any],
    shape: tuple[int, ...],
    axes: tuple[int, ...],
    writeable: bool = True,
) -> Any:
    """Return the array of elements that a buffer holds in C order, with `axes` in other places."""
    elements = numpy.frombuffer(buffer, dtype).reshape(shape).transpose(axes)
    if not isinstance(buffer, bytes | bytearray):
        return wrap(elements)
    made = asarray(elements)
    if not writeable:
        made.flags.writeable = False
    return made


def _reduce_ex(self: Any, protocol: Any, /) -> tuple[Any, ...]:
    """Return what a pickle of the array is made of."""
    places = range(self.ndim)
    # The axes in the order of memory, in which the elements follow one another if they do at all.
    axes = sorted(places, key=lambda k: -self.strides[k])
    lying = self.transpose(axes)
    back = tuple(axes.index(k) for k in places)
    if protocol >= _OUT_OF_BAND and lying._c_contiguous:
        buffer = pickle.PickleBuffer(lying)
        return restored, (buffer, self.dtype, lying.shape, back, self._writeable)
    if self._f_contiguous:
        return restored, (lying.tobytes(), self.dtype, lying.shape, back)
    return restored, (self.tobytes(), self.dtype, self.shape, tuple(places))


def _reduce(self: Any, /) -> tuple[Any, ...]:
    """Return what a pickle of the array is made of, in the second protocol."""
    return _reduce_ex(self, 2)


def _setstate(self: Any, state: Any, /) -> None:
    """Become the array that a pickle of NumPy's holds: shape, type, order and bytes."""
    held = numpy.empty(0)
    held.__setstate__(state)
    self._replace(asarray(held))


def _dumps(self: Any, /) -> bytes:
    """Return the array as a pickle."""
    return pickle.dumps(self, protocol=pickle.HIGHEST_PROTOCOL)


def _dump(self: Any, /, file: Any) -> None:
    """Write the array as a pickle to a file, given open or by its path."""
    if hasattr(file, "write"):
        pickle.dump(self, file, protocol=pickle.HIGHEST_PROTOCOL)
        return
    with open(file, "wb") as opened:
        pickle.dump(self, opened, protocol=pickle.HIGHEST_PROTOCOL)


ndarray.__reduce__, ndarray.__reduce_ex__ = _reduce, _reduce_ex
ndarray.__setstate__ = _setstate
ndarray.dump, ndarray.dumps = _dump, _dumps
