"""The elements of an array one after another: ``a.flat``, which can be indexed and written.

It stands on NumPy's iterator over our memory, which is shared from its first use on for as long as
the iterator lives. What it gives are arrays of ours, and it takes them as indices and values.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any

from stook._stook import call_numpy, ndarray, wrap

__all__ = ["flatiter"]

_AXES = 32


class flatiter:
    """An iterator over the elements of an array in C order; arrays make it as their ``flat``.

    Examples
    --------
    >>> import stook as np
    >>> a = np.arange(6).reshape(2, 3)
    >>> a.flat[1:4]
    array([1, 2, 3])
    >>> a.flat[[0, 5]] = 9
    >>> a
    array([[9, 1, 2],
           [3, 4, 9]])
    """

    __slots__ = ("_array", "_made")
    _array: Any
    _made: Any

    def __new__(cls, *args: Any, **kwargs: Any) -> flatiter:
        """Refuse, as iterators are made by arrays."""
        raise TypeError("cannot create 'numpy.flatiter' instances")

    @property
    def _numpys(self) -> Any:
        """NumPy's iterator, which shares the array's memory from when it is first needed."""
        if self._made is None:
            self._made = _native.__get__(self._array)
        return self._made

    @property
    def base(self) -> Any:
        """The array that is walked."""
        return self._array

    coords = property(lambda self: self._numpys.coords, doc="The next element's place.")
    index = property(lambda self: self._numpys.index, doc="How many elements were passed.")

    def copy(self, /) -> Any:
        """Return a copy of all elements, along one axis."""
        return wrap(self._numpys.copy())

    def __array__(self, dtype: Any = None, /, *, copy: bool | None = None) -> Any:
        return self._numpys.__array__(dtype, copy=copy)

    def __len__(self) -> int:
        return len(self._numpys)

    def __iter__(self) -> Iterator[Any]:
        return self._numpys

    def __next__(self) -> Any:
        return next(self._numpys)

    def __getitem__(self, key: Any) -> Any:
        return call_numpy(self._numpys.__getitem__, (key,))

    def __setitem__(self, key: Any, value: Any) -> None:
        call_numpy(self._numpys.__setitem__, (key, value))

    def __delitem__(self, key: Any) -> None:
        raise TypeError("Cannot delete iterator elements")

    __hash__ = None  # type: ignore[assignment]


def _comparison(compare: Callable[[Any, Any], Any]) -> Any:
    def method(self: flatiter, other: Any) -> Any:
        return compare(self.copy(), other.copy() if isinstance(other, flatiter) else other)

    return method


def _flat(self: Any) -> flatiter:
    """The elements one after another, as an iterator that can be indexed."""
    made = object.__new__(flatiter)
    made._array, made._made = self, None
    # NumPy refuses more axes than its iterators take at once.
    if self.ndim > _AXES:
        made._made = _native.__get__(self)
    return made


def _set_flat(self: Any, values: Any) -> None:
    _native.__set__(self, values)


for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    setattr(flatiter, f"__{_name}__", _comparison(getattr(operator, _name)))
_native = ndarray.flat
ndarray.flat = property(_flat, _set_flat)
