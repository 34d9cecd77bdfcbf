"""NumPy's own function where stook has none yet.

What enters is a public NumPy name; what leaves is something that behaves like it for our arrays.
A function gets them as NumPy arrays that share their memory, runs in NumPy, and its NumPy arrays
come back as ours (`call_numpy` of the extension module does this). Classes, dtypes, constants and
exceptions are NumPy's own objects. Every call is counted, so that nothing falls back silently; a
strict session raises `FallbackError` instead. Absent on purpose: any knowledge of what a function
computes.
"""

from __future__ import annotations

import functools
import importlib
import importlib.machinery
import os
import sys
import types
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from time import perf_counter
from typing import Any

import numpy

from ._stook import call_apart, call_numpy, level, ndarray, wrap

__all__ = ["FallbackError", "calls", "function", "method", "note"]

# Input, output, text, settings, facts about types, shapes and addresses: NumPy's by nature, so
# neither counted nor refused.
_OUTSIDE = frozenset(
    """
    array2string array_repr array_str base_repr binary_repr can_cast einsum_path errstate
    format_float_positional format_float_scientific frombuffer fromfile fromregex fromstring
    genfromtxt get_include get_printoptions getbufsize geterr geterrcall info isdtype isscalar
    issubdtype load loadtxt may_share_memory min_scalar_type mintypecode ndarray.tofile nditer
    printoptions promote_types random.default_rng random.get_state random.seed random.set_state
    result_type save savetxt savez savez_compressed set_printoptions setbufsize seterr
    seterrcall shares_memory show_config show_runtime test typename
    """.split()  # noqa: SIM905
)

calls: Counter[str] = Counter()
"""How often each NumPy function ran in stook's place."""


class FallbackError(RuntimeError):
    """A function that stook would hand to NumPy, in a session that forbids it."""


class Sites:
    """Where the fallbacks were called from; filled only while somebody wants to know."""

    def __init__(self) -> None:
        self.strict = os.environ.get("STOOK_STRICT", "0") not in ("", "0")
        self.wanted = False
        self.entries: dict[tuple[str, str, int], tuple[int, float]] = {}

    @property
    def watching(self) -> bool:
        """Whether a call must find out its source line."""
        return self.strict or self.wanted

    def add(self, name: str, seconds: float) -> None:
        """Add a call of `name`, made from the user's line on the stack."""
        key = (name, *caller())
        count, total = self.entries.get(key, (0, 0.0))
        self.entries[key] = (count + 1, total + seconds)

    def refuse(self, name: str) -> None:
        """Raise in a strict session."""
        if self.strict:
            path, line = caller()
            raise FallbackError(
                f"numpy.{name} is not native to stook yet and would run in NumPy ({path}:{line})"
            )


sites = Sites()
_PACKAGE = os.path.dirname(os.path.abspath(__file__))


def caller() -> tuple[str, int]:
    """Return file and line of the nearest frame outside stook and NumPy."""
    frame = sys._getframe(1)
    ours = (_PACKAGE, os.path.dirname(numpy.__file__))
    while frame.f_back is not None and frame.f_code.co_filename.startswith(ours):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


def note(name: str) -> None:
    """Count a call that native code hands to NumPy itself (see `Fallback` for the rest)."""
    calls[name] += 1
    if sites.watching:
        sites.refuse(name)
        sites.add(name, 0.0)


NUMBERS = frozenset((int, float, complex, bool, type(None)))
"""Classes of Python's numbers, and of nothing."""


def are_numbers(values: Iterable[Any]) -> bool:
    """Return whether all values are numbers of Python's, or None."""
    for value in values:  # noqa: SIM110 (a generator takes three times as long)
        if type(value) not in NUMBERS:
            return False
    return True


class Fallback:
    """One NumPy function as stook's users see it: their arrays in, their arrays out."""

    def __init__(self, name: str, target: Callable[..., Any]) -> None:
        functools.update_wrapper(self, target)
        if getattr(target, "__text_signature__", None):
            self.__text_signature__ = target.__text_signature__  # type: ignore[attr-defined]
        self._name = name
        self._target = target
        self._run = _in_place if name.endswith(".shuffle") else call_numpy
        self.outside = name in _OUTSIDE or name.startswith(("testing.", "exceptions."))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not self.outside:
            calls[self._name] += 1
            if sites.strict or sites.wanted:
                return self._watched(args, kwargs)
        if kwargs or not are_numbers(args):
            return _received(self._run(self._target, args, kwargs))
        # No array of ours is among the arguments: nothing is to be finished or lent.
        return _received(call_apart(self._target, args))

    def _watched(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        sites.refuse(self._name)
        begin = perf_counter()
        result = self._run(self._target, args, kwargs)
        sites.add(self._name, perf_counter() - begin)
        return _received(result)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        binds = instance is not None and hasattr(type(self._target), "__get__")
        return types.MethodType(self, instance) if binds else self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        value = getattr(self._target, name)
        if callable(value) and not isinstance(value, type):
            value = Fallback(f"{self._name}.{name}", value)
        self.__dict__[name] = value
        return value

    def __repr__(self) -> str:
        return repr(self._target)

    def __reduce__(self) -> tuple[Any, ...]:
        return function, (self._name,)


def _in_place(target: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a function that moves the items of a list; other calls may get copies of lists."""
    if any(type(value) is list for value in (*args, *kwargs.values())):
        return target(*args, **kwargs)
    return call_numpy(target, args, kwargs)


class Indexer:
    """An object like ``numpy.r_`` or ``numpy.mgrid``, whose index expressions give arrays."""

    def __init__(self, name: str, target: Any) -> None:
        self._get = Fallback(name, target.__getitem__)
        self.__doc__ = target.__doc__

    def __getitem__(self, key: Any) -> Any:
        return self._get(key)


def _received(value: Any) -> Any:
    """Return a result whose plain arrays are ours already with those inside other objects too."""
    kind = type(value)
    if kind is ndarray:
        return value
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return kind(*[_received(wrap(item)) for item in value])
    if kind is list and value and type(value[0]) in _OBJECTS:
        return [_received(item) for item in value]
    if kind is dict:
        return {key: _received(wrap(item)) for key, item in value.items()}
    convert = _OBJECTS.get(kind)
    return value if convert is None else convert(value)


# -- objects that make arrays ---------------------------------------------------------------------


class _Vectorize(numpy.vectorize):
    """NumPy's ``vectorize`` with our arrays as results."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return Fallback("vectorize", super().__call__)(*args, **kwargs)


class _NpzFile(numpy.lib.npyio.NpzFile):
    """An archive whose members are our arrays."""

    def __getitem__(self, key: str) -> Any:
        return wrap(super().__getitem__(key))


def _archive(value: Any) -> Any:
    value.__class__ = _NpzFile
    return value


# What a returned object of a class becomes; the random classes add themselves when first used.
_OBJECTS: dict[type, Callable[[Any], Any]] = {numpy.lib.npyio.NpzFile: _archive}

_OWN: dict[str, Any] = {"vectorize": _Vectorize}

_INDEXERS = frozenset(("r_", "c_", "mgrid", "ogrid"))


def native(name: str, ours: Any) -> None:
    """Let `ours` be the function ``numpy.<name>``, which has a place in a module of NumPy's."""
    _OWN[name] = ours


def stand_in(name: str, original: type, ours: Any, convert: Callable[[Any], Any]) -> None:
    """Let `ours` be the class ``numpy.<name>``, and `convert` make one of an original object."""
    _OWN[name] = ours
    _OBJECTS[original] = convert


# -- names ----------------------------------------------------------------------------------------


@functools.cache
def function(name: str) -> Any:
    """Return what ``numpy.<name>`` is for stook's users.

    Parameters
    ----------
    name : str
        A name NumPy has, dotted below a submodule: ``"sort"``, ``"linalg"``, ``"fft.rfft"``.

    Returns
    -------
    object
        A function that runs in NumPy on our arrays, a module of such, or NumPy's own class,
        dtype, constant or exception. NumPy's own of everything where this processor has no
        kernels.

    Raises
    ------
    AttributeError
        NumPy has no such name.
    """
    value = _lookup(name)
    if level() is None:
        return value
    if name == "random":
        importlib.import_module("stook._random").register()
    if name in _OWN:
        return _OWN[name]
    if isinstance(value, types.ModuleType):
        return _module(name, value)
    if name in _INDEXERS:
        return Indexer(name, value)
    if name == "nditer":
        return Fallback(name, value)
    if isinstance(value, type) or not callable(value) or name.startswith("typing."):
        return value
    return Fallback(name, value)


@functools.cache
def method(name: str) -> Any:
    """Return NumPy's method of an array as a function whose first argument is our array."""
    return Fallback(f"ndarray.{name}", getattr(numpy.ndarray, name))


def _lookup(name: str) -> Any:
    value: Any = numpy
    for part in name.split("."):
        value = getattr(value, part)
    return value


def _module(name: str, real: types.ModuleType) -> types.ModuleType:
    """Return the module ``stook.<name>``, whose names are those of NumPy's `real`."""
    private = any(part.startswith("_") for part in name.split("."))
    if private or not real.__name__.startswith("numpy"):
        return real
    full = f"stook.{name}"
    if full in sys.modules:
        return sys.modules[full]
    module = types.ModuleType(full, real.__doc__)

    def names_of(attribute: str) -> Any:
        if attribute.startswith("__") and attribute != "__all__":
            raise AttributeError(f"module {full!r} has no attribute {attribute!r}")
        value = function(f"{name}.{attribute}")
        setattr(module, attribute, value)
        return value

    module.__dict__.update(__getattr__=names_of, __dir__=lambda: dir(real), __path__=[])
    sys.modules[full] = module
    return module


class Finder:
    """Makes ``import stook.linalg`` work where stook has no such file of its own."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: Any = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return a spec for ``stook.<name>`` where NumPy has a public module of that name."""
        if not fullname.startswith("stook.") or "._" in fullname:
            return None
        try:
            importlib.import_module("numpy" + fullname.removeprefix("stook"))
        except ImportError:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)  # type: ignore[arg-type]

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        """Let the import make a module, whose place another takes."""

    def exec_module(self, module: types.ModuleType) -> None:
        """Put the module of fallbacks in place; its names appear when they are asked for."""
        del sys.modules[module.__name__]
        sys.modules[module.__name__] = function(module.__name__.removeprefix("stook."))


sys.meta_path.append(Finder())
