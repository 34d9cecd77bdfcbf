"""Libraries that ask for `numpy.ndarray` by name get NumPy's arrays for ours.

What enters is a library that has been imported; what leaves is the same library, whose public
functions take each array of ours as NumPy's array over the same memory: alone, or in lists, tuples
and dicts, which are then copies. The functions stay what they are but for that first step (see
`_first_steps`). What a library keeps or writes is therefore our memory, shared, as for
`numpy.asarray(x)`. The table says what gets the step. Absent on purpose: libraries that take
any array by the protocols of arrays, and all that a library keeps to itself.
"""

from __future__ import annotations

import functools
import itertools
import operator
import sys
import types
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy

from stook._fallback import Fallback
from stook._first_steps import pass_through
from stook._imported import when_imported
from stook._stook import ndarray, ufunc

__all__ = ["watch"]


class Library(NamedTuple):
    """What of a module takes our arrays as NumPy's, once the module is imported."""

    module: str
    names: tuple[str, ...] = ()
    """Functions, classes and ``Class.method`` in it; every public one where there are none."""
    within: tuple[str, ...] = ()
    """Other modules, imported by then, all of whose functions and classes belong to it."""
    calls_back: bool = False
    """Whether results of functions that it is given pass as its arguments do."""


LIBRARIES = (
    Library(
        "pandas",
        within=(
            "pandas.api.extensions",
            "pandas.api.indexers",
            "pandas.api.typing",
            "pandas.arrays",
            "pandas.core.indexing",
            "pandas.core.strings.accessor",
            "pandas.plotting",
            "pandas.testing",
        ),
        calls_back=True,
    ),
    Library("matplotlib.axes"),
    Library("matplotlib.cbook", ("boxplot_stats", "violin_stats")),
    Library("matplotlib.projections.polar", ("PolarAxes",)),
    Library("mpl_toolkits.mplot3d.axes3d", ("Axes3D",)),
    Library("scipy.signal", ("find_peaks", "peak_prominences", "peak_widths")),
    Library("scipy.sparse.linalg"),
    Library("xarray", ("DataArray.interp", "Dataset.interp")),
    Library("h5py", ("Dataset.read_direct", "Dataset.write_direct")),
    Library("numexpr", ("evaluate", "re_evaluate")),
    Library("numpy.ctypeslib._ctypeslib", ("_ndptr.from_param", "as_ctypes")),
)

_LIBRARIES_OWN = tuple(f"{row.module}." for row in LIBRARIES if row.calls_back)

_ANSWERS = "_answers_with_numpys_arrays"

_ITEMS = 100
"""So many items of a list tell whether it has arrays of ours in it."""


def watch() -> None:
    """Let each library of the table take our arrays, now or when it is imported."""
    for row in LIBRARIES:
        when_imported(row.module, functools.partial(_adapt, row))


# -- what is given a first step -------------------------------------------------------------------

_CONTAINERS = frozenset((list, tuple, dict))
_FUNCTIONS = frozenset(
    (
        types.FunctionType,
        types.MethodType,
        types.BuiltinFunctionType,
        functools.partial,
        Fallback,
        ufunc,
    )
)
_ARRAYS = _CONTAINERS | {ndarray}
_ARRAYS_AND_FUNCTIONS = _ARRAYS | _FUNCTIONS

# Operators and other methods that Python calls, with arguments that may be arrays.
_SPECIAL = frozenset(
    f"__{name}__"
    for name in """
    init new call getitem setitem delitem contains setattr array_ufunc array_wrap
    eq ne lt le gt ge divmod rdivmod
    add sub mul truediv floordiv mod pow matmul and or xor
    radd rsub rmul rtruediv rfloordiv rmod rpow rmatmul rand ror rxor
    iadd isub imul itruediv ifloordiv imod ipow imatmul iand ior ixor
    """.split()  # noqa: SIM905
)

_PASSED_ON = frozenset(("pipe",))
"""Methods whose result is that of the function they are given."""


def _adapt(row: Library, module: Any) -> None:
    """Give the functions of a library their first step."""
    root = row.module.partition(".")[0]
    for owner, name in _places(row, module):
        value = getattr(owner, name, None)
        if not str(getattr(value, "__module__", None)).startswith(root):
            continue
        functions = _methods(value, root) if isinstance(value, type) else [(name, value)]
        for own, function in functions:
            takes_functions = row.calls_back and own not in _PASSED_ON
            _prepend(function, takes_functions)


def _places(row: Library, module: Any) -> Iterator[tuple[Any, str]]:
    """Yield each object of a row as its owner and its name there."""
    for path in row.names:
        owner, _, name = path.rpartition(".")
        yield getattr(module, owner, None) if owner else module, name
    spaces = [] if row.names else [module]
    spaces += [sys.modules[name] for name in row.within if name in sys.modules]
    for space in spaces:
        private = "._" in space.__name__ or ".core." in space.__name__
        for name, value in tuple(vars(space).items()):
            if not name.startswith("__") and (not private or isinstance(value, type)):
                yield space, name


def _methods(owner: type, root: str) -> Iterator[tuple[str, Any]]:
    """Yield the public methods, operators and setters of a class and of its bases."""
    made = False
    for kind in owner.__mro__:
        if kind.__module__.partition(".")[0] == root:
            for name, value in tuple(vars(kind).items()):
                if not name.startswith("_") or (
                    name in _SPECIAL and not (made and name == "__init__")
                ):
                    yield name, value
            made = made or "__init__" in vars(kind)


def _prepend(value: Any, takes_functions: bool) -> None:
    """Give the function that lies in or behind an attribute of a class its first step."""
    if isinstance(value, property):
        value = value.fset
    while not isinstance(value, types.FunctionType):
        value = getattr(value, "__func__", None) or getattr(value, "__wrapped__", None)
        if value is None:
            return
    if takes_functions:
        pass_through(value, _ARRAYS_AND_FUNCTIONS, _taken_with_functions)
    else:
        pass_through(value, _ARRAYS, _taken)


# -- the first step -------------------------------------------------------------------------------


def _taken(*values: Any) -> list[Any]:
    """Return arguments as a library takes them."""
    return [_converted(value, _ARRAYS) if type(value) in _ARRAYS else value for value in values]


def _taken_with_functions(*values: Any) -> list[Any]:
    """Return arguments as a library takes them that calls functions of its caller's."""
    watched = _ARRAYS_AND_FUNCTIONS
    if not _FUNCTIONS.isdisjoint(map(type, values)) and _names_numba(values):
        watched = _ARRAYS
    return [_converted(value, watched) if type(value) in watched else value for value in values]


def _names_numba(values: tuple[Any, ...]) -> bool:
    """Return whether Numba shall compile a function among these, which then stays as it is."""
    return any(type(value) is str and value == "numba" for value in values)


def _converted(value: Any, watched: frozenset[type], levels: int = 3) -> Any:
    """Return `value` with NumPy's arrays for ours; itself where it has none so many levels down."""
    kind = type(value)
    if kind is ndarray:
        return numpy.asarray(value)
    if kind not in _CONTAINERS:
        return _answering(value)
    items = value.values() if kind is dict else value
    first = items if len(items) <= _ITEMS else itertools.islice(items, _ITEMS)
    if not levels or watched.isdisjoint(map(type, first)):
        return value
    made = [
        _converted(item, watched, levels - 1) if type(item) in watched else item for item in items
    ]
    if all(map(operator.is_, made, items)):
        return value
    return dict(zip(value, made, strict=True)) if kind is dict else kind(made)


def _answering(function: Any) -> Any:
    """Return a caller's function with NumPy's arrays for ours in its results."""
    if type(function) is ufunc:
        return getattr(numpy, function.__name__, function)
    module = str(getattr(function, "__module__", None))
    built_in = type(function) is types.BuiltinFunctionType and not module.startswith("stook")
    if built_in or module.startswith(_LIBRARIES_OWN) or hasattr(function, _ANSWERS):
        return function

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        return _converted(result, _ARRAYS) if type(result) in _ARRAYS else result

    setattr(call, _ANSWERS, True)
    return call
