"""Numba's typed containers, as Python's own that compiled functions take.

A `List` is a list, a `Dict` a dict and a `Set` a set: compiled functions convert them where a call
begins, write back what they changed, and make them themselves (``List()``, ``Dict.empty(...)``).
Types of items are learnt from what is put into them; those that are named here are taken and make
no difference.

Examples
--------
>>> import stook
>>> from stook.typed import List
>>> @stook.jit
... def doubled(values):
...     made = List()
...     for x in values:
...         made.append(2 * x)
...     return made
>>> doubled(List([1, 2, 3]))
[2, 4, 6]
"""

from __future__ import annotations

from typing import Any

__all__ = ["Dict", "List", "Set"]


class List(list[Any]):
    """A list of items of one type."""

    @classmethod
    def empty_list(cls, item_type: Any = None, allocated: int = 0) -> List:
        """Return a list without items.

        Parameters
        ----------
        item_type : object
            The type that items will have; what is put into the list says it too.
        allocated : int
            For how many items Numba would make room.
        """
        return cls()


class Dict(dict[Any, Any]):
    """A dict of keys of one type and values of one type."""

    @classmethod
    def empty(cls, key_type: Any = None, value_type: Any = None, n_keys: int = 0) -> Dict:
        """Return a dict without items.

        Parameters
        ----------
        key_type, value_type : object
            The types that keys and values will have; what is put into the dict says them too.
        n_keys : int
            For how many keys Numba would make room.
        """
        return cls()


class Set(set[Any]):
    """A set of items of one type."""

    @classmethod
    def empty(cls, item_type: Any = None, n_keys: int = 0) -> Set:
        """Return a set without items.

        Parameters
        ----------
        item_type : object
            The type that items will have; what is put into the set says it too.
        n_keys : int
            For how many items Numba would make room.
        """
        return cls()
