"""Exchanges NumPy's names in a collected test module for those of another module.

NumPy has imported and collected the module already, so the tests are the same whatever takes
NumPy's place. `numpy.testing` stays NumPy's, as the judge: arrays that it compares become NumPy's
first. Private names of NumPy's are not there.
"""

from __future__ import annotations

import functools
import operator
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy

__all__ = ["Missing", "Swap"]

_MODULES = """
ctypeslib char dtypes emath fft lib lib.array_utils lib.format lib.mixins lib.npyio lib.scimath
lib.stride_tricks linalg ma polynomial polynomial.polynomial random rec strings
""".split()  # noqa: SIM905
_COMPARISONS = """
assert_allclose assert_almost_equal assert_approx_equal assert_array_almost_equal
assert_array_almost_equal_nulp assert_array_compare assert_array_equal assert_array_less
assert_array_max_ulp assert_equal
""".split()  # noqa: SIM905
_VALUES = (bool, int, float, complex, str, bytes, tuple, list, dict, type(None))
_DEPTH = 3


class Missing:
    """A name that is not there: any use of it fails."""

    def __init__(self, name: str) -> None:
        self._name = name

    def _fail(self, *args: Any, **kwargs: Any) -> Any:
        raise AttributeError(f"there is no {self._name}")

    __bool__ = __call__ = __float__ = __getitem__ = __index__ = __iter__ = __len__ = _fail

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        self._fail()


def _public_names(module: types.ModuleType) -> list[str]:
    return list(getattr(module, "__all__", ())) or [n for n in dir(module) if n[0] != "_"]


def _paths() -> Iterator[tuple[str, Any]]:
    """Yield NumPy's public objects with their names, the shortest name of each first."""
    for name in numpy.__all__:
        yield name, getattr(numpy, name)
    for path in _MODULES:
        module = operator.attrgetter(path)(numpy)
        yield path, module
        for name in _public_names(module):
            yield f"{path}.{name}", getattr(module, name, None)


def _is_exchanged(name: str, value: Any) -> bool:
    if name in ("testing", "exceptions") or isinstance(value, _VALUES):
        return False
    if isinstance(value, types.ModuleType):
        return value.__name__.startswith("numpy")
    builtin = isinstance(value, type) and value.__module__ == "builtins"
    return not builtin and not (isinstance(value, type) and issubclass(value, BaseException))


def _as_numpys(value: Any, depth: int = 0) -> Any:
    """Return a value with arrays that are not NumPy's as NumPy's, in containers too."""
    kind = type(value)
    if depth < _DEPTH and kind in (list, tuple):
        return kind(_as_numpys(item, depth + 1) for item in value)
    if depth < _DEPTH and kind is dict:
        return {key: _as_numpys(item, depth + 1) for key, item in value.items()}
    known = (numpy.ndarray, numpy.generic, numpy.dtype, type)
    if issubclass(kind, known) or not hasattr(kind, "__array__"):
        return value
    return numpy.asarray(value.__array__())


def _on_numpys(check: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(check)
    def compare(*args: Any, **kwargs: Any) -> None:
        check(*_as_numpys(args), **_as_numpys(kwargs))

    return compare


class _Namespace(types.ModuleType):
    """What a test module sees as `np`."""

    def __init__(self, target: Any, testing: Any) -> None:
        super().__init__("np")
        self.__dict__.update(_target=target, testing=testing, exceptions=numpy.exceptions)

    def __getattr__(self, name: str) -> Any:
        if (name.startswith("_") and not name.startswith("__")) or name == "core":
            raise AttributeError(f"{name} is private to NumPy")
        return getattr(self._target, name)


class Swap:
    """Exchanges names of NumPy's for those of `target`, a module or None for an empty one."""

    def __init__(self, target: types.ModuleType | None) -> None:
        self._target = target
        self._module = ""
        self._known = [item for item in _paths() if _is_exchanged(*item)]
        self._paths: dict[int, str] = {}
        for path, value in self._known:
            self._paths.setdefault(id(value), path)
        checks = {name: getattr(numpy.testing, name) for name in dir(numpy.testing)}
        self._checks = {id(checks[name]): _on_numpys(checks[name]) for name in _COMPARISONS}
        wrapped = {name: self._checks.get(id(check), check) for name, check in checks.items()}
        self._testing = types.SimpleNamespace(**wrapped)
        self._namespace = _Namespace(target, self._testing)

    def module(self, module: types.ModuleType) -> None:
        """Exchange the names of a test module and of the classes in it, and its arrays."""
        self._module = module.__name__
        self._names(module)
        for value in list(vars(module).values()):
            if isinstance(value, type) and value.__module__ == module.__name__:
                self._names(value)

    def value(self, value: Any, depth: int = 0) -> Any:
        """Return what stands for a value of NumPy's; any other value as it is."""
        if value is numpy:
            return self._namespace
        if value is numpy.testing:
            return self._testing
        if id(value) in self._checks:
            return self._checks[id(value)]
        if id(value) in self._paths:
            return self._counterpart(self._paths[id(value)])
        if type(value) is numpy.ndarray and self._target is not None:
            return self._target.asarray(value)
        if type(value) in (numpy.random.Generator, numpy.random.RandomState) and self._target:
            kind = getattr(self._target.random, type(value).__name__)
            return kind(getattr(value, "bit_generator", None) or value._bit_generator)
        if type(value).__module__ == self._module and not isinstance(value, type):
            self._names(value) if hasattr(value, "__dict__") else None
        if depth < _DEPTH and type(value) is dict:
            return {self.value(k): self.value(item, depth + 1) for k, item in value.items()}
        if depth < _DEPTH and type(value) in (list, tuple):
            items = [self.value(item, depth + 1) for item in value]
            changed = any(new is not old for new, old in zip(items, value, strict=True))
            return type(value)(items) if changed else value
        return value

    def _names(self, owner: Any) -> None:
        for name, old in list(vars(owner).items()):
            if name.startswith("__") or isinstance(old, staticmethod | classmethod | property):
                continue
            if isinstance(old, types.FunctionType) and old.__module__ == self._module:
                old.__defaults__ = self.value(old.__defaults__)
                continue
            new = self.value(old)
            if new is not old:
                setattr(owner, name, new)

    def _counterpart(self, path: str) -> Any:
        try:
            return operator.attrgetter(path)(self._target)
        except AttributeError:
            return Missing(path)
