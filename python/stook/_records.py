"""What compiled functions know of the user's classes: named tuples, dataclasses, `jitclass`.

The native module asks `described` about each class that it meets, `maker` where compiled code makes
an object of one, and `member` about names in it that are no fields. Methods are compiled as
functions when they are asked for.
"""

from __future__ import annotations

import dataclasses
import inspect
import types
import typing
from typing import Any

from stook import _annotations
from stook._jit import standing_for
from stook._stook import Dispatcher

__all__ = ["described", "maker", "member"]

_BINARY = "add sub mul truediv floordiv mod pow matmul lshift rshift and or xor".split()  # noqa: SIM905
_OTHERS = "eq ne lt le gt ge neg pos invert bool len getitem setitem contains call".split()  # noqa: SIM905
OPERATORS = [
    f"__{name}__"
    for name in _OTHERS + _BINARY + [f"r{n}" for n in _BINARY] + [f"i{n}" for n in _BINARY]
]
"""The methods that compiled code calls for operators."""

_DECLARED = {float: ("number", "float64", True), complex: ("number", "complex128", True)}
"""Annotations by which ints become other numbers."""


def described(class_: type) -> tuple[Any, ...] | None:
    """Return what a class's objects are; None where they are not nothing but their fields.

    Parameters
    ----------
    class_ : type
        Any class.

    Returns
    -------
    tuple or None
        The kind; the fields' names; their declared types or None; the methods for operators;
        whether ``==`` and ``<`` compare fields; what makes an object of a dict of fields.
    """
    if hasattr(class_, "__stook_spec__"):
        spec = class_.__stook_spec__
        declared = [kind.described for kind in spec.values()]
        return "typed", list(spec), declared, _operators(class_), (False, False), _blank
    if issubclass(class_, tuple) and hasattr(class_, "_fields"):
        if _is_written(class_, "__iter__"):
            return None
        fields = list(class_._fields)
        return "tuple", fields, [None] * len(fields), _operators(class_), (True, True), _tuple
    if not dataclasses.is_dataclass(class_) or _is_written(class_, "__getattribute__"):
        return None
    if _is_written(class_, "__setattr__"):
        return None
    params = class_.__dataclass_params__  # type: ignore[attr-defined]
    names = [field.name for field in dataclasses.fields(class_)]
    compares = params.eq, params.order
    if params.frozen:
        return "frozen", names, [None] * len(names), _operators(class_), compares, _plain
    try:
        hints = typing.get_type_hints(class_)
    except Exception:
        hints = {}
    declared = [_DECLARED.get(hints.get(name)) for name in names]  # type: ignore[arg-type]
    return "shared", names, declared, _operators(class_), compares, _plain


def _is_written(class_: type, name: str) -> bool:
    """Return whether a method is Python's, written by somebody."""
    found = inspect.getattr_static(class_, name, None)
    if isinstance(found, Dispatcher):
        return True
    return isinstance(found, types.FunctionType) and found.__code__.co_filename != "<string>"


def _operators(class_: type) -> list[str]:
    return [name for name in OPERATORS if _is_written(class_, name)]


# -- objects from fields --------------------------------------------------------------------------


def _tuple(class_: Any, fields: dict[str, Any]) -> Any:
    return tuple.__new__(class_, fields.values())


def _plain(class_: Any, fields: dict[str, Any]) -> Any:
    made = object.__new__(class_)
    for name, value in fields.items():
        object.__setattr__(made, name, value)
    return made


def _blank(class_: Any, fields: dict[str, Any]) -> Any:
    made = class_.__new__(class_)
    for name, value in fields.items():
        setattr(made, name, value)
    return made


# -- what compiled code does with classes ---------------------------------------------------------


def maker(class_: Any) -> tuple[Any, ...]:
    """Return how objects of a class are made.

    Parameters
    ----------
    class_ : type
        One that `described` describes.

    Returns
    -------
    tuple
        ``"init"`` and the method that assigns the fields; or ``"fields"``, a tuple for each field
        (name, whether the caller may give it, kind of default, default), how many fields may be
        given by position, and what is called after.
    """
    if hasattr(class_, "__stook_spec__"):
        return "init", _compiled(class_.__init__), None, None
    if issubclass(class_, tuple):
        if not getattr(class_.__new__, "__module__", "").startswith("namedtuple_"):
            raise TypeError(f"{class_.__name__} has a __new__ of its own, which is not compiled")
        defaults = class_._field_defaults
        how = {True: "value", False: "none"}
        given = [(name, True, how[name in defaults], defaults.get(name)) for name in class_._fields]
        return "fields", given, len(given), None
    if _is_written(class_, "__init__") or not class_.__dataclass_params__.init:
        raise TypeError(f"{class_.__name__} has an __init__ of its own, which is not compiled")
    fields = dataclasses.fields(class_)
    if len(_annotations.signature(class_.__init__).parameters) - 1 != sum(f.init for f in fields):
        raise TypeError(f"{class_.__name__} has fields for __init__ alone, which are not compiled")
    after = inspect.getattr_static(class_, "__post_init__", None)
    if after is not None and class_.__dataclass_params__.frozen:
        raise TypeError(f"{class_.__name__} is frozen and has a __post_init__: not compiled")
    ordered = sorted(fields, key=lambda field: bool(field.kw_only))
    positional = sum(field.init and not field.kw_only for field in fields)
    made = [(field.name, field.init, *_default(field)) for field in ordered]
    return "fields", made, positional, after and _compiled(after)


def _default(field: Any) -> tuple[str, Any]:
    if field.default is not dataclasses.MISSING:
        return "value", field.default
    if field.default_factory is not dataclasses.MISSING:
        return "made", field.default_factory
    return "none", None


def member(class_: type, name: str) -> tuple[str, Any, Any] | None:
    """Return what a name means in a class that is no field; None where that is not compiled.

    Parameters
    ----------
    class_ : type
        The class.
    name : str
        The name of a method, a property, or of what all objects share.
    """
    found = inspect.getattr_static(class_, name, None)
    if isinstance(found, types.FunctionType | Dispatcher):
        return "method", _compiled(found), None
    if isinstance(found, staticmethod):
        return "constant", _compiled(found.__func__), None
    if isinstance(found, classmethod):
        return "class", _compiled(found.__func__), None
    if isinstance(found, property) and found.fget is not None:
        return "property", _compiled(found.fget), found.fset and _compiled(found.fset)
    if found is None or hasattr(type(found), "__set__"):
        return None
    return "constant", found, None


def _compiled(function: Any) -> Any:
    """Return a function as compiled code calls it, the same each time."""
    if isinstance(function, Dispatcher):
        return function
    return standing_for(function)
