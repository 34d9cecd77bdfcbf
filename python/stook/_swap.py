"""``import numpy`` gives stook in the user's own code, and NumPy everywhere else.

``import numba`` gives `stook.compat.numba` there, where that is asked for.

What enters is the set of folders that hold the user's code; what leaves is a replaced
``builtins.__import__`` and ``importlib.import_module``. ``sys.modules["numpy"]`` stays NumPy, so
every library keeps it. The invariant is that an import looks as under plain Python: neither a
failing one nor a working one has a frame of ours in a traceback. So both replacements only
*choose* a function, which the interpreter then calls itself.
"""

from __future__ import annotations

import builtins
import dis
import functools
import importlib
import os
import sys
import types
from collections.abc import Callable, Iterable
from typing import Any

import numpy

from ._stook import level

_IMPORT_NAME = dis.opmap["IMPORT_NAME"]
_EXTENDED_ARG = dis.opmap["EXTENDED_ARG"]
_PACKAGE = os.path.dirname(os.path.abspath(__file__))
_STANDARD_LIBRARY = os.path.dirname(os.path.abspath(os.__file__))
_INSTALLED = ("site-packages", "dist-packages")

roots: list[str] = []
"""Folders of the user's code."""

packages: list[str] = []
"""What is swapped there: ``numpy``, ``numba``."""

_COMPATIBLE = {"numba": "stook.compat.numba"}


# -- whose code -----------------------------------------------------------------------------------


def is_users(frame: types.FrameType | None) -> bool:
    """Return whether a frame runs the user's own code."""
    while frame is not None:
        scope = frame.f_globals
        path = scope.get("__file__")
        if isinstance(path, str):
            return _is_users_file(path)
        if scope.get("__name__") in ("__main__", "__mp_main__"):
            return True
        if not frame.f_code.co_filename.startswith("<"):
            return False
        # Code from a string, in a namespace of its own, is whose who runs it.
        frame = frame.f_back
    return False


@functools.cache
def _is_users_file(path: str) -> bool:
    path = os.path.abspath(path)
    if _inside(path, _PACKAGE) or _inside(path, _STANDARD_LIBRARY):
        return False
    return any(_inside(path, root) and not _is_installed(path, root) for root in roots)


def _inside(path: str, folder: str) -> bool:
    return path.startswith(folder.rstrip(os.sep) + os.sep)


def _is_installed(path: str, root: str) -> bool:
    """Return whether a folder between `root` and the file holds installed packages."""
    folder = os.path.dirname(path)
    while len(folder) > len(root.rstrip(os.sep)):
        if os.path.basename(folder) in _INSTALLED:
            return True
        if os.path.exists(os.path.join(folder, "pyvenv.cfg")):
            return True
        folder = os.path.dirname(folder)
    return False


# -- what user's code gets ------------------------------------------------------------------------


@functools.cache
def facade() -> types.ModuleType:
    """Return the module that stands for NumPy: NumPy's names and version, stook's functions.

    NumPy itself where this processor has no kernels.
    """
    if level() is None:
        return numpy
    stook = importlib.import_module("stook")
    module = types.ModuleType("numpy", numpy.__doc__)

    def attribute(name: str) -> Any:
        value = getattr(numpy, name)
        if not name.startswith("__"):
            value = getattr(stook, name)
        setattr(module, name, value)
        return value

    for name in ("__version__", "__file__", "__path__", "__spec__", "__package__", "__loader__"):
        setattr(module, name, getattr(numpy, name))
    module.__dict__.update(
        __all__=list(numpy.__all__), __getattr__=attribute, __dir__=lambda: dir(numpy)
    )
    return module


def _module(name: str) -> types.ModuleType:
    """Return what stands for NumPy's module `name`, which has been imported."""
    module: Any = facade()
    for part in name.split(".")[1:]:
        module = getattr(module, part)
    return module if isinstance(module, types.ModuleType) else sys.modules[name]


def _is_numpy(name: Any) -> bool:
    return isinstance(name, str) and _root(name) == "numpy" and "numpy" in packages


def _root(name: str) -> str:
    return name.partition(".")[0]


def _compatible(name: Any) -> str | None:
    """Return the name of ours that stands for a module of another package.

    There may be no such module: a program gets no module of the other package beside ours.
    """
    if not isinstance(name, str) or _root(name) not in packages:
        return None
    ours = _COMPATIBLE.get(_root(name))
    return ours and ours + name[len(_root(name)) :]


# -- import statements ----------------------------------------------------------------------------


class Importer:
    """``builtins.__import__`` while stook is installed.

    Calling it evaluates the property below, which sees the statement that imports, and then calls
    what it returned without a Python frame in between.
    """

    def __init__(self, original: Callable[..., Any]) -> None:
        self.original = original

    @property
    def __call__(self) -> Callable[..., Any]:
        """The function that carries this one import out."""
        frame = sys._getframe(1)
        if not is_users(frame):
            return self.original
        name = _imported_name(frame)
        if name is None:
            return self.swapped
        if _compatible(name):
            return self.compatible
        if not _is_numpy(name):
            return self.original
        try:
            importlib.import_module(name)
        except Exception:
            return self.original
        return self.swapped

    def swapped(
        self,
        name: str,
        globals: Any = None,
        locals: Any = None,
        fromlist: Any = (),
        level: int = 0,
    ) -> Any:
        """Import as ``__import__`` does, and give what stands for NumPy in its place."""
        ours = None if level else _compatible(name)
        if ours:
            return self.compatible(name, globals, locals, fromlist)
        real = self.original(name, globals, locals, fromlist, level)
        if level or not _is_numpy(name):
            return real
        if not fromlist:
            return facade()
        module = _module(name)
        # The interpreter words the error about a missing name itself, for NumPy's module.
        missing = any(item != "*" and not hasattr(module, item) for item in fromlist)
        return real if missing else module

    def compatible(
        self, name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0
    ) -> Any:
        """Import what stands for a module of another package."""
        ours = _compatible(name)
        if level or ours is None:
            return self.original(name, globals, locals, fromlist, level)
        found = self.original(ours, globals, locals, fromlist or ("__name__",))
        return found if fromlist else sys.modules[_COMPATIBLE[_root(name)]]


def _imported_name(frame: types.FrameType) -> str | None:
    """Return the module an import statement names; None where the frame runs something else."""
    code = frame.f_code.co_code
    index = frame.f_lasti
    if index < 0 or code[index] != _IMPORT_NAME:
        return None
    argument, shift = code[index + 1], 8
    while index >= 2 and code[index - 2] == _EXTENDED_ARG:
        index -= 2
        argument |= code[index + 1] << shift
        shift += 8
    names = frame.f_code.co_names
    return names[argument] if argument < len(names) else None


# -- importlib.import_module ----------------------------------------------------------------------


class Bootstrap:
    """Stands for importlib's ``_bootstrap`` inside our ``import_module``."""

    def __init__(self, original: Any) -> None:
        self._original = original

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)

    @property
    def _gcd_import(self) -> Callable[..., Any]:
        frame = sys._getframe(1)
        if is_users(frame.f_back) and _compatible(frame.f_locals.get("name")):
            return self._compatible
        if _is_numpy(frame.f_locals.get("name")) and is_users(frame.f_back):
            return self._swapped
        return self._original._gcd_import  # type: ignore[no-any-return]

    def _swapped(self, name: str, package: Any = None, level: int = 0) -> Any:
        self._original._gcd_import(name, package, level)
        return _module(name)

    def _compatible(self, name: str, package: Any = None, level: int = 0) -> Any:
        return self._original._gcd_import(_compatible(name), package, level)


def _import_module() -> Callable[..., Any]:
    """Return ``importlib.import_module``, the same code with another idea of ``_bootstrap``."""
    original = importlib.import_module
    scope = {**vars(importlib), "_bootstrap": Bootstrap(vars(importlib)["_bootstrap"])}
    result = types.FunctionType(
        original.__code__, scope, original.__name__, original.__defaults__, original.__closure__
    )
    result.__kwdefaults__ = original.__kwdefaults__
    functools.update_wrapper(result, original)
    del result.__wrapped__  # type: ignore[attr-defined]
    return result


# -- on and off -----------------------------------------------------------------------------------

_originals: dict[str, Any] = {}


def install(*folders: str, swap: Iterable[str] = ("numpy",)) -> None:
    """Give stook to code under `folders` that imports NumPy.

    Parameters
    ----------
    *folders : str
        Folders of the user's code. None means the folder of the calling file, or the working
        directory where the caller has no file.
    swap : iterable of {"numpy", "numba"}
        Which packages are swapped: ``import numba`` gives `stook.compat.numba`.
    """
    for name in swap:
        if name not in ("numpy", *_COMPATIBLE):
            raise ValueError(f"stook stands for numpy and numba, not for {name!r}")
        if name not in packages:
            packages.append(name)
    for folder in folders or (_callers_folder(),):
        if folder not in roots:
            roots.append(folder)
    _is_users_file.cache_clear()
    if _originals:
        return
    _originals.update(importer=builtins.__import__, import_module=importlib.import_module)
    builtins.__import__ = Importer(builtins.__import__)
    importlib.import_module = _import_module()


def uninstall() -> None:
    """Let every ``import numpy`` give NumPy again; what was imported before stays as it is."""
    roots.clear()
    packages.clear()
    _is_users_file.cache_clear()
    if _originals:
        builtins.__import__ = _originals["importer"]
        importlib.import_module = _originals["import_module"]
        _originals.clear()


def _callers_folder() -> str:
    frame: types.FrameType | None = sys._getframe(1)
    while frame is not None and _inside(os.path.abspath(frame.f_code.co_filename), _PACKAGE):
        frame = frame.f_back
    path = frame.f_globals.get("__file__") if frame is not None else None
    return os.path.dirname(os.path.abspath(path)) if isinstance(path, str) else os.getcwd()
