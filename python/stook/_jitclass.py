"""Classes with fields of declared types and compiled methods: what `jitclass` makes.

An object keeps its fields as Python's and NumPy's own objects, each converted to its type when it
is assigned. A method is a compiled function: its fields become a block of memory where a call
begins, and what the method assigned is assigned to the object where it ends (`stook._records`).
"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy

from stook import _annotations, _number_types, _records
from stook._jit import _OFF, CompileError, compiled
from stook._number_types import NAMES, Type

__all__ = ["jitclass"]


def jitclass(cls_or_spec: Any = None, spec: Any = None) -> Any:
    """Make a class whose fields have declared types and whose methods are compiled.

    Objects are used in Python and in compiled functions: attributes, methods, properties, static
    methods, in lists and tuples. A number that is assigned to a field becomes one of its type; an
    array must be of it.

    Parameters
    ----------
    cls_or_spec : type, or a list or dict of types by name
        The class, where the decorator stands bare; else `spec`.
    spec : list of (str, type) or dict
        The types of fields by Numba's names: numbers, arrays such as ``float32[:]``, tuples,
        ``ListType(float64)`` and kin, ``Class.class_type.instance_type``. Fields that are not named
        there have their annotations: these types, ``int``, ``float``, ``bool``, ``str``, NumPy's
        scalar types, ``list[float]``, other classes that `jitclass` made.

    Returns
    -------
    type or callable
        The class, or a decorator for it.

    Raises
    ------
    TypeError
        Where a field has a type that is not compiled.

    Examples
    --------
    >>> import stook
    >>> @stook.jitclass
    ... class Counter:
    ...     total: float
    ...     calls: int
    ...
    ...     def __init__(self, start):
    ...         self.total = start
    ...         self.calls = 0
    ...
    ...     def add(self, x):
    ...         self.total += x
    ...         self.calls += 1
    >>> @stook.jit
    ... def fill(counter, n):
    ...     for k in range(n):
    ...         counter.add(k)
    >>> counter = Counter(0)
    >>> fill(counter, 5)
    >>> counter.total, counter.calls
    (10.0, 5)
    """
    if inspect.isclass(cls_or_spec):
        return _made(cls_or_spec, spec or {})
    given = spec if cls_or_spec is None else cls_or_spec
    decorated: Callable[[type], type] = lambda class_: _made(class_, given or {})  # noqa: E731
    return decorated


def _made(class_: type, spec: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> type:
    if _OFF:
        return class_
    named = dict(spec)
    given = {**_annotations.fields(class_), **named}
    fields = {name: _type(name, kind) for name, kind in given.items()}
    if "__init__" not in vars(class_):
        raise TypeError(f"{class_.__name__} has no __init__")
    namespace: dict[str, Any] = {"__stook_spec__": fields}
    for name, value in vars(class_).items():
        if name not in ("__dict__", "__weakref__", "__slots__", *fields):
            namespace[name] = _compiled(name, value)
    namespace |= {name: Field(name, kind) for name, kind in fields.items()}
    namespace |= {"__new__": _new, "__setattr__": _assign}
    bases = tuple(base for base in class_.__bases__ if base is not object)
    made = type(class_.__name__, bases, namespace)
    made.class_type = ClassType(made)  # type: ignore[attr-defined]
    return made


def _compiled(name: str, value: Any) -> Any:
    """Return what stands for a member of the class; `repr` and kin stay Python's."""
    is_python = name.startswith("__") and name not in ("__init__", *_records.OPERATORS)
    if isinstance(value, types.FunctionType) and not is_python:
        return compiled(value, [])
    if isinstance(value, staticmethod):
        return staticmethod(compiled(value.__func__, []))
    if isinstance(value, property):
        get, set_, delete = (f and compiled(f, []) for f in (value.fget, value.fset, value.fdel))
        return property(get, set_, delete, value.__doc__)
    return value


def _new(class_: Any, *_args: Any, **_named: Any) -> Any:
    """Return an object whose numbers are zero and whose other fields are unset."""
    made = object.__new__(class_)
    for name, kind in class_.__stook_spec__.items():
        if isinstance(kind, _number_types.Number):
            made.__dict__[name] = kind.converted(0)
    return made


def _assign(self: Any, name: str, value: Any) -> None:
    """Assign to a field or property; there are no other attributes."""
    if not hasattr(inspect.getattr_static(type(self), name, None), "__set__"):
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
    object.__setattr__(self, name, value)


# -- types of fields ------------------------------------------------------------------------------

_PYTHONS = {
    int: "int64",
    float: "float64",
    bool: "boolean",
    complex: "complex128",
    str: "unicode_type",
}
_KINDS = ("number", "text", "array", "tuple", "container", "instance")
_CONTAINERS = {
    list: _number_types.ListType,
    dict: _number_types.DictType,
    set: _number_types.SetType,
}


class Instance(Type):
    """Objects of a class that `jitclass` made."""

    def __init__(self, class_: type) -> None:
        super().__init__(f"instance of {class_.__name__}", ("instance", class_))
        self.class_ = class_


class ClassType:
    """The type of a class that `jitclass` made; `instance_type` is that of its objects."""

    def __init__(self, class_: type) -> None:
        self.instance_type = Instance(class_)


def _type(name: str, given: Any) -> Type:
    """Return the type of a field."""
    if isinstance(given, Type):
        if given.described[0] in _KINDS:
            return given
    elif isinstance(given, ClassType):
        return given.instance_type
    elif given in _PYTHONS:
        return NAMES[_PYTHONS[given]]  # type: ignore[no-any-return]
    elif hasattr(given, "__stook_spec__"):
        return given.class_type.instance_type  # type: ignore[no-any-return]
    elif inspect.isclass(given) and issubclass(given, numpy.generic):
        return _number_types.from_dtype(given)
    elif (kind := typing.get_origin(given)) in _CONTAINERS:
        items = [_type(name, item) for item in typing.get_args(given)]
        return _CONTAINERS[kind](*items)
    elif kind is tuple and ... not in typing.get_args(given):
        return _number_types.Tuple([_type(name, item) for item in typing.get_args(given)])
    raise CompileError(f"the field {name!r} has the type {given!r}, which is not compiled")


class Field:
    """A field of an object, which has one type."""

    def __init__(self, name: str, kind: Type) -> None:
        self._name, self._kind = name, kind

    def __get__(self, instance: Any, owner: Any) -> Any:
        if instance is None:
            return self
        try:
            return instance.__dict__[self._name]
        except KeyError:
            owner = type(instance).__name__
            text = f"{owner!r} object has no attribute {self._name!r}"
            raise AttributeError(text) from None

    def __set__(self, instance: Any, value: Any) -> None:
        if not _fits(value, self._kind):
            raise TypeError(f"{value!r} for the field {self._name!r}, which is {self._kind}")
        instance.__dict__[self._name] = _converted(value, self._kind)


def _fits(value: Any, kind: Type) -> bool:
    if isinstance(kind, _number_types.Number):
        is_number = isinstance(value, int | float | complex | numpy.number | numpy.bool)
        is_complex = isinstance(value, complex | numpy.complexfloating)
        return is_number and (kind.dtype.kind == "c" or not is_complex)
    if isinstance(kind, _number_types.Array):
        if not hasattr(value, "dtype") or not hasattr(value, "flags"):
            return False
        lies = kind.layout != "C" or value.flags["C_CONTIGUOUS"]
        writes = value.flags["WRITEABLE"] or not kind.mutable
        return bool(lies and writes) and (value.dtype, value.ndim) == (kind.dtype.dtype, kind.ndim)
    if isinstance(kind, _number_types.Tuple):
        fits = isinstance(value, tuple) and len(value) == len(kind)
        return fits and all(map(_fits, value, kind))
    if isinstance(kind, Instance):
        return isinstance(value, kind.class_)
    if isinstance(kind, _number_types.UnicodeType):
        return type(value) is str
    return isinstance(value, next(k for k, v in _CONTAINERS.items() if isinstance(kind, v)))


def _converted(value: Any, kind: Type) -> Any:
    if isinstance(kind, _number_types.Number):
        return kind.converted(value)
    if isinstance(kind, _number_types.Tuple):
        return tuple(map(_converted, value, kind))
    return value
