"""The `flags` of an array, as NumPy shows them."""

from __future__ import annotations

import warnings
from typing import Any

from stook._stook import ndarray

_LETTERS = {
    "C": "c_contiguous",
    "CONTIGUOUS": "c_contiguous",
    "F": "f_contiguous",
    "FORTRAN": "f_contiguous",
    "O": "owndata",
    "W": "writeable",
    "A": "aligned",
    "X": "writebackifcopy",
    "B": "behaved",
    "CA": "carray",
    "FA": "farray",
}


_WILL_BE_FALSE = (
    "future versions will not create a writeable array from broadcast_array. Set the writable flag "
    "explicitly to avoid this warning."
)


def _may_be_written(array: Any) -> bool:
    """Return whether the memory of an array is its own, or that of something that is writeable."""
    base = array.base
    if base is None:
        return True
    while isinstance(base, ndarray):
        if base.flags.writeable or base.base is None:
            return bool(base.flags.writeable)
        base = base.base
    try:
        return not memoryview(base).readonly
    except (TypeError, BufferError):
        return False


class flagsobj:
    """How an array's memory lies, and whether it may be written."""

    __slots__ = ("_array",)

    def __init__(self, array: Any) -> None:
        self._array = array

    @property
    def c_contiguous(self) -> bool:
        """Elements follow one another in C order."""
        return self._array._c_contiguous

    @property
    def f_contiguous(self) -> bool:
        """Elements follow one another in Fortran order."""
        return self._array._f_contiguous

    @property
    def owndata(self) -> bool:
        """The array has its own memory."""
        return self._array.base is None

    @property
    def writeable(self) -> bool:
        """Elements may be written."""
        if self._array._warns_of_write:
            warnings.warn(_WILL_BE_FALSE, FutureWarning, stacklevel=2)
        return self._array._writeable

    @writeable.setter
    def writeable(self, value: bool) -> None:
        if value and not _may_be_written(self._array):
            raise ValueError("cannot set WRITEABLE flag to True of this array")
        self._array._writeable = bool(value)

    def _set_warn_on_write(self, value: bool) -> None:
        if not value:
            raise ValueError("cannot clear _WARN_ON_WRITE")
        self._array._warn_of_write()

    # NumPy's private flag, which cannot be read.
    _warn_on_write = property(fset=_set_warn_on_write)
    aligned = property(lambda self: True)
    writebackifcopy = property(lambda self: False)
    contiguous = c_contiguous
    fortran = f_contiguous
    behaved = property(lambda self: self.writeable)
    carray = property(lambda self: self.writeable and self.c_contiguous)
    farray = property(lambda self: self.writeable and self.f_contiguous and not self.c_contiguous)
    fnc = property(lambda self: self.f_contiguous and not self.c_contiguous)
    forc = property(lambda self: self.f_contiguous or self.c_contiguous)

    @property
    def num(self) -> int:
        """The flags as NumPy's bits."""
        bits = self.c_contiguous | self.f_contiguous << 1 | self.owndata << 2
        return bits | 0x100 | self._array._writeable << 10

    def __getitem__(self, key: str) -> bool:
        name = _LETTERS.get(key, key.lower() if isinstance(key, str) and key.isupper() else "")
        if not name or not hasattr(type(self), name):
            raise KeyError("Unknown flag")
        return getattr(self, name)

    def __setitem__(self, key: str, value: bool) -> None:
        if key not in ("W", "WRITEABLE"):
            raise KeyError("Unknown flag")
        self.writeable = value

    def __eq__(self, other: object) -> bool:
        return self.num == getattr(other, "num", None)

    def __hash__(self) -> int:
        return hash(self.num)

    def __repr__(self) -> str:
        names = ("c_contiguous", "f_contiguous", "owndata", "writeable", "aligned")
        values = {name: getattr(self, name) for name in names if name != "writeable"}
        values["writeable"] = self._array._writeable
        if self._array._warns_of_write:
            values["writeable"] = f"{values['writeable']}  (with WARN_ON_WRITE=True)"
        lines = [f"  {name.upper()} : {values[name]}" for name in names]
        return "\n".join([*lines, "  WRITEBACKIFCOPY : False\n"])
