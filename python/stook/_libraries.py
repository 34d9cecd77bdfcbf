"""Libraries that ask for `numpy.ndarray` by name get NumPy's arrays for ours.

What enters is a library that has been imported; what leaves is the same library, whose public
functions take each array of ours as NumPy's array over the same memory (`_arguments`). The
functions stay what they are but for that first step (`_first_steps`). What a library keeps or
writes is therefore our memory, shared, as for `numpy.asarray(x)`. The table says what gets the
step. Absent on purpose: libraries that take any array by the protocols of arrays, and all that a
library keeps to itself.
"""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

from stook._imported import when_imported

__all__ = ["watch"]


class Library(NamedTuple):
    """What of a module takes our arrays as NumPy's, once the module is imported."""

    module: str
    names: tuple[str, ...] = ()
    """Functions, classes and ``Class.method`` in it; every public one where there are none."""
    within: tuple[str, ...] = ()
    """Other modules, imported by then, all of whose functions and classes belong to it."""
    calls_back: frozenset[str] = frozenset()
    """Functions that call those that they are given, whose results then pass as arguments do."""


_CALLING = frozenset(
    """
    __getitem__ agg aggregate apply applymap assign combine crosstab filter groupby map mask pivot
    pivot_table rename rename_axis sort_index sort_values transform where
    """.split()  # noqa: SIM905
)

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
        calls_back=_CALLING,
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


def watch() -> None:
    """Let each library of the table take our arrays, now or when it is imported; and Numba."""
    for row in LIBRARIES:
        when_imported(row.module, functools.partial(_adapt, row))
    when_imported("numba", _extend_numba)


def _extend_numba(numba: Any) -> None:
    importlib.import_module("stook._numba_arrays").register(numba)


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


def _adapt(row: Library, module: Any) -> None:
    """Give the functions of a library their first step."""
    prepend = importlib.import_module("stook._arguments").prepend  # few programs need it
    for name, function in _functions(row, module):
        prepend(function, takes_functions=name in row.calls_back)


def _functions(row: Library, module: Any) -> Iterator[tuple[str, Any]]:
    """Yield the functions of a row with their names, those of classes among them."""
    root = row.module.partition(".")[0]
    seen: set[Any] = set()
    for name, value in _named(row, module):
        kinds = value.__mro__ if isinstance(value, type) else ()
        if not kinds and _comes_from(value, root):
            yield name, value
        for kind in kinds:
            if kind not in seen and _comes_from(kind, root):
                seen.add(kind)
                yield from _methods(kind)


def _named(row: Library, module: Any) -> Iterator[tuple[str, Any]]:
    """Yield what a row names, or all that it may mean, with names."""
    for path in row.names:
        owner, _, name = path.rpartition(".")
        yield name, getattr(getattr(module, owner, None) if owner else module, name, None)
    spaces = [] if row.names else [module]
    for space in [*spaces, *[sys.modules[name] for name in row.within if name in sys.modules]]:
        private = ".core." in space.__name__  # of which only classes are anybody else's
        for name, value in tuple(vars(space).items()):
            if not name.startswith("__") and (not private or isinstance(value, type)):
                yield name, value


def _comes_from(value: Any, root: str) -> bool:
    return str(getattr(value, "__module__", None)).partition(".")[0] == root


def _methods(kind: type) -> Iterator[tuple[str, Any]]:
    """Yield the public methods, operators and setters that a class defines itself."""
    for name, value in tuple(vars(kind).items()):
        if not name.startswith("_") or name in _SPECIAL:
            yield name, value
