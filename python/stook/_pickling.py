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
    buffer: Any, dtype: numpy.dtype[Any], shape: tuple[int, ...], order: Any, writeable: bool = True
) -> Any:
    """Return the array whose elements a buffer holds in C or Fortran order."""
    elements = numpy.frombuffer(buffer, dtype).reshape(shape, order=order)
    if not isinstance(buffer, bytes | bytearray):
        return wrap(elements)
    made = asarray(elements)
    if not writeable:
        made.flags.writeable = False
    return made


def _reduce_ex(self: Any, protocol: Any, /) -> tuple[Any, ...]:
    """Return what a pickle of the array is made of."""
    order = "F" if self._f_contiguous and not self._c_contiguous else "C"
    contiguous = order == "F" or self._c_contiguous
    if protocol < _OUT_OF_BAND or not contiguous:
        return restored, (self.tobytes(order), self.dtype, self.shape, order)
    buffer = pickle.PickleBuffer(self.T if order == "F" else self)
    return restored, (buffer, self.dtype, self.shape, order, self._writeable)


def _reduce(self: Any, /) -> tuple[Any, ...]:
    """Return what a pickle of the array is made of, in the second protocol."""
    return _reduce_ex(self, 2)


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
ndarray.dump, ndarray.dumps = _dump, _dumps
