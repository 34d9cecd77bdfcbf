"""Types of numbers, strings, arrays and tuples by Numba's names, and the signatures made of them.

A type describes itself to the native module as a tuple: its kind, and what tells it from others of
its kind (`Type.described`). `int64`, `float64`, `complex128` and `boolean` are Python's own numbers
in a compiled function, as arguments of Python's are; other widths are NumPy's.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy

__all__ = ["NAMES", "Signature", "Type", "from_described", "from_dtype", "signatures", "typeof"]

_PYTHONS = ("int64", "float64", "complex128", "bool")


class Type:
    """A type that a compiled function may have for a value.

    Called with types it makes a signature that returns it; called with a number it converts that.
    An index of slices makes the type of arrays: ``float64[:, ::1]``.
    """

    def __init__(self, name: str, described: tuple[Any, ...]) -> None:
        self.name = name
        self.described = described

    def __repr__(self) -> str:
        return self.name

    @property
    def key(self) -> Any:
        """What makes types one: Python's and NumPy's float64 are."""
        return self.described

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Type) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __call__(self, *args: Any) -> Any:
        if args and not isinstance(args[0], Type):
            return self.converted(*args)
        return Signature(self, args)

    def converted(self, value: Any) -> Any:
        """Return a value as one of this type."""
        raise TypeError(f"{value!r} cannot become {self.name}")

    def __getitem__(self, index: Any) -> Array:
        slices = index if isinstance(index, tuple) else (index,)
        if any(item not in (slice(None), slice(None, None, 1)) for item in slices):
            raise TypeError("a type of arrays is written with ':' and '::1' for each axis")
        steps = [item.step for item in slices]
        layout = "C" if steps[-1] == 1 else "F" if steps[0] == 1 else "A"
        return Array(self, len(slices), layout)


class Number(Type):
    """A type of numbers."""

    def __init__(self, name: str, dtype: str, python: bool | None = None) -> None:
        python = dtype in _PYTHONS if python is None else python
        super().__init__(name, ("number", dtype, python))
        self.dtype = numpy.dtype(dtype)
        self.bitwidth = 8 * self.dtype.itemsize
        self.signed = self.dtype.kind != "u"

    @property
    def key(self) -> Any:
        """What makes types one: Python's and NumPy's float64 are."""
        return self.described[:2]

    def __stook_meaning__(self) -> tuple[Any, ...]:
        return "class", self.described

    def converted(self, value: Any) -> Any:
        """Return a number as one of this type."""
        if self.described[2]:
            return self.dtype.type(value).item()
        return self.dtype.type(value)


class Integer(Number):
    """Integers."""


class Boolean(Number):
    """Truth values."""


class Float(Number):
    """Floats."""


class Complex(Number):
    """Complex numbers."""


class Record(Type):
    """Records, by their structured dtype.

    Parameters
    ----------
    dtype : numpy.dtype
        A dtype with fields.
    """

    def __init__(self, dtype: Any) -> None:
        self.dtype = numpy.dtype(dtype)
        if self.dtype.names is None:
            raise TypeError(f"records have fields, which {self.dtype} has not")
        super().__init__(f"Record({self.dtype})", ("records", self.dtype, 0, "C", True))

    @staticmethod
    def make_c_struct(fields: Any) -> Record:
        """Return the type of C's structures with these fields.

        Parameters
        ----------
        fields : sequence of (str, Type)
            Names, and types of numbers, records or `NestedArray`.
        """
        parts = [(name, *_parts_of_field(kind)) for name, kind in fields]
        return Record(numpy.dtype(parts, align=True))


class NestedArray(Type):
    """Arrays that lie in records.

    Parameters
    ----------
    dtype : Number or Record
        The type of the elements.
    shape : tuple of int
        The lengths of the axes.
    """

    def __init__(self, dtype: Type, shape: Any) -> None:
        self.dtype, self.shape = dtype, tuple(shape)
        super().__init__(f"nestedarray({dtype}, {self.shape})", ("nested", dtype, self.shape))


def _parts_of_field(kind: Any) -> tuple[Any, ...]:
    if isinstance(kind, NestedArray):
        return (*_parts_of_field(kind.dtype), kind.shape)
    return (kind.dtype,)


class Array(Type):
    """Arrays of numbers or records.

    Parameters
    ----------
    dtype : Number or Record
        The type of the elements.
    ndim : int
        The number of axes.
    layout : {"C", "F", "A"}
        One after another by rows, by columns, or anyhow.
    readonly : bool
        Whether arrays that cannot be written are taken, and none is written.
    """

    def __init__(self, dtype: Type, ndim: int, layout: str = "A", readonly: bool = False) -> None:
        if not isinstance(dtype, Number | Record):
            raise TypeError(f"arrays of {dtype} are not compiled")
        kind = "array" if isinstance(dtype, Number) else "records"
        lies = "C" if layout == "C" else "A"
        name = f"Array({dtype}, {ndim}, {layout!r}, {readonly}, aligned=True)"
        super().__init__(name, (kind, dtype.described[1], ndim, lies, not readonly))
        self.dtype, self.ndim, self.layout, self.mutable = dtype, ndim, layout, not readonly

    def __str__(self) -> str:
        whole = f"array({self.dtype}, {self.ndim}d, {self.layout})"
        return whole if self.mutable else f"readonly {whole}"


class Tuple(Type):
    """Tuples, by the types of their items."""

    def __init__(self, types: Sequence[Type]) -> None:
        self.types = tuple(types)
        self._key = ("tuple", *(item.key for item in self.types))
        name = f"Tuple({', '.join(map(repr, self.types))})"
        super().__init__(name, ("tuple", *(item.described for item in self.types)))
        self.count = len(self.types)

    @property
    def key(self) -> Any:
        """What makes types one."""
        return self._key

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Any:
        return iter(self.types)


class UniTuple(Tuple):
    """Tuples of one type."""

    def __init__(self, dtype: Type, count: int) -> None:
        super().__init__([dtype] * count)
        self.dtype = dtype
        self.name = f"UniTuple({dtype} x {count})"


class Container(Type):
    """Lists, dicts and sets, by the types of what they have; signatures have none."""

    def __init__(self, *items: Type) -> None:
        name = f"{type(self).__name__}[{', '.join(map(repr, items))}]"
        super().__init__(name, ("container", type(self).__name__, *(i.described for i in items)))


class ListType(Container):
    """Lists, by the type of their items."""


class DictType(Container):
    """Dicts, by the types of their keys and values."""


class SetType(Container):
    """Sets, by the type of their items."""


class NoneType(Type):
    """What a function returns that returns nothing."""


class UnicodeType(Type):
    """Strings."""


class BytesType(Type):
    """`bytes`."""


class GeneratorType(Type):
    """Streams of random numbers: `numpy.random.Generator`."""


class Pointer(Type):
    """Addresses of numbers or records, or of anything."""

    def __init__(self, dtype: Type | None) -> None:
        dtype = None if isinstance(dtype, NoneType) else dtype
        name = "voidptr" if dtype is None else f"{dtype}*"
        described = None if dtype is None else dtype.described[1]
        super().__init__(name, ("pointer", described))
        self.dtype = dtype


class Other(Type):
    """A type that has no name here."""


class Signature(NamedTuple):
    """The types of a function's parameters, and of its result or None."""

    return_type: Type | None
    args: tuple[Type, ...]

    def __repr__(self) -> str:
        return f"{self.args!r} -> {self.return_type!r}"

    @property
    def described(self) -> tuple[Any, ...]:
        """The signature for the native module."""
        result = None if self.return_type is None else self.return_type.described
        return [item.described for item in self.args], result


# -- names ----------------------------------------------------------------------------------------

_CLASSES = {"i": Integer, "u": Integer, "b": Boolean, "f": Float, "c": Complex}


def _number(dtype: str, python: bool | None = None) -> Number:
    kind = numpy.dtype(dtype).kind
    name = {"bool": "boolean"}.get(dtype, dtype)
    return _CLASSES[kind](name, dtype, python)


_ALIASES = {
    "bool": "boolean bool_ b1",
    "int8": "i1 char",
    "int16": "i2 short",
    "int32": "i4 intc",
    "int64": "i8 int_ long_ longlong intp ssize_t",
    "uint8": "u1 byte uchar",
    "uint16": "u2 ushort",
    "uint32": "u4 uintc",
    "uint64": "u8 uint ulong ulonglong uintp size_t",
    "float16": "f2",
    "float32": "f4 float_",
    "float64": "f8 double",
    "complex64": "c8",
    "complex128": "c16",
}

none = NoneType("none", ("none",))
unicode_type = UnicodeType("unicode_type", ("text",))
voidptr = Pointer(None)
bytes_type = BytesType("bytes", ("bytes",))
npy_rng = GeneratorType("npy_rng", ("generator",))
NAMES: dict[str, Any] = {
    alias: _number(dtype)
    for dtype, aliases in _ALIASES.items()
    for alias in [*([] if dtype == "bool" else [dtype]), *aliases.split()]
}
NAMES |= {"none": none, "void": none, "voidptr": voidptr, "CPointer": Pointer}
NAMES |= {"unicode_type": unicode_type, "string": unicode_type, "UnicodeType": UnicodeType}
NAMES |= {"Array": Array, "Tuple": Tuple, "UniTuple": UniTuple, "NoneType": NoneType}
NAMES |= {"Type": Type, "Number": Number, "Integer": Integer, "Float": Float}
NAMES |= {"Complex": Complex, "Boolean": Boolean, "BaseTuple": Tuple}
NAMES |= {"Record": Record, "NestedArray": NestedArray, "npy_rng": npy_rng}
NAMES |= {"ListType": ListType, "DictType": DictType, "SetType": SetType}
"""Every type by the names that signatures in strings may use."""


# -- from other things ----------------------------------------------------------------------------


def signatures(given: Any) -> list[Signature]:
    """Return the signatures that a decorator is given.

    Parameters
    ----------
    given : str, Signature, tuple of types, or a list of these
        As ``"f8(f8, i8[:])"``, ``float64(float64)``, or ``(float64,)`` without a result.
    """
    return [_signature(item) for item in (given if isinstance(given, list) else [given])]


def _signature(given: Any) -> Signature:
    if isinstance(given, Signature):
        return given
    if isinstance(given, str):
        given = type_of_text(given)
        if isinstance(given, Signature):
            return given
        if isinstance(given, Type):
            given = (given,)
    if isinstance(given, tuple) and all(isinstance(item, Type) for item in given):
        return Signature(None, given)
    raise TypeError(f"a signature is a string, types in a tuple or result(types), not {given!r}")


def type_of_text(text: str) -> Any:
    """Return the type or signature that a text says.

    Parameters
    ----------
    text : str
        As ``"f8[:, ::1]"``, ``"f8(f8*, i8)"`` or ``"(f8, f8)"``.
    """
    pointed = re.sub(r"\b(\w+)\s*\*", r"CPointer(\1)", text)
    try:
        return eval(pointed, {"__builtins__": {}}, NAMES)
    except (NameError, SyntaxError, TypeError) as error:
        raise TypeError(f"the signature {text!r} cannot be read: {error}") from error


def is_signature(given: Any) -> bool:
    """Return whether a decorator is given signatures, not a function."""
    return isinstance(given, str | Signature | list | tuple)


def from_dtype(dtype: Any) -> Number | Record:
    """Return the type of the elements of arrays of a dtype."""
    if numpy.dtype(dtype).names is not None:
        return Record(dtype)
    found = NAMES.get({"bool": "boolean"}.get(numpy.dtype(dtype).name, numpy.dtype(dtype).name))
    if not isinstance(found, Number):
        raise TypeError(f"elements of {dtype} are not compiled")
    return found


@functools.cache
def from_described(described: tuple[Any, ...]) -> Type:
    """Return the type that the native module describes."""
    kind, *rest = described
    if kind == "number":
        return _number(*rest)
    if kind == "array":
        dtype, ndim, layout, writeable = rest
        return Array(from_dtype(dtype), ndim, layout, not writeable)
    if kind == "records":
        dtype, ndim, layout, writeable = rest
        return Array(Record(dtype), ndim, layout, not writeable) if ndim else Record(dtype)
    if kind == "tuple":
        items = [from_described(item) for item in rest]
        is_uniform = len(items) > 1 and all(item == items[0] for item in items)
        return UniTuple(items[0], len(items)) if is_uniform else Tuple(items)
    if kind == "none":
        return none
    if kind == "generator":
        return npy_rng
    if kind == "bytes":
        return bytes_type
    if kind == "text":
        return unicode_type
    if kind == "pointer":
        return Pointer(rest[0] and from_dtype(rest[0]))
    return Other(str(rest[0]), described)


def typeof(value: Any) -> Type:
    """Return the type that a value has as an argument."""
    if value is None:
        return none
    if type(value) is str:
        return unicode_type
    if type(value) is bytes:
        return bytes_type
    if isinstance(value, tuple):
        return from_described(("tuple", *(typeof(item).described for item in value)))
    if isinstance(value, bool | int | float | complex) and not isinstance(value, numpy.generic):
        return _number(numpy.dtype(type(value)).name, True)
    if isinstance(value, numpy.void):
        return from_dtype(value.dtype)
    if isinstance(value, numpy.generic):
        return _number(value.dtype.name, False)
    if hasattr(value, "dtype") and hasattr(value, "flags"):
        flags = value.flags
        layout = "C" if flags["C_CONTIGUOUS"] else "F" if flags["F_CONTIGUOUS"] else "A"
        return Array(from_dtype(value.dtype), value.ndim, layout, not flags["WRITEABLE"])
    if isinstance(value, numpy.random.Generator):
        return npy_rng
    if hasattr(type(value), "__stook_spec__"):
        return type(value).class_type.instance_type  # type: ignore[no-any-return]
    raise TypeError(f"a compiled function takes no object of type {type(value)}")
