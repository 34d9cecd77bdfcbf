"""Processes that a program starts with `multiprocessing` run under stook as well.

A forked child inherits everything. A spawned one is sent its preparation data: an extra item of
that data, unpickled before the child imports the program, installs stook there. The fork server
is told not to import the program ahead of its children, which do it themselves.
"""

from __future__ import annotations

import sys
from typing import Any

from . import _swap

_WATCHED = "multiprocessing.spawn"


class Install:
    """Installs stook where it is unpickled."""

    def __init__(self, roots: list[str], packages: list[str]) -> None:
        self.roots, self.packages = roots, packages

    def __reduce__(self) -> tuple[Any, ...]:
        return arrive, (self.roots, self.packages)


def arrive(roots: list[str], packages: list[str]) -> None:
    """Install stook in a child whose parent's program lies in `roots`."""
    hook()
    _swap.install(*roots, swap=packages)


def hook() -> None:
    """Prepare `multiprocessing`, now or when the program imports it."""
    if _WATCHED in sys.modules:
        _patch(sys.modules[_WATCHED])
    elif not any(isinstance(finder, Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, Finder())


def _patch(spawn: Any) -> None:
    original = spawn.get_preparation_data
    if getattr(original, "stook", False):
        return

    def get_preparation_data(name: str) -> dict[str, Any]:
        data: dict[str, Any] = original(name)
        if _swap.roots:
            data["stook"] = Install(_swap.roots, _swap.packages)
        return data

    get_preparation_data.stook = True  # type: ignore[attr-defined]
    spawn.get_preparation_data = get_preparation_data


def _patch_server(forkserver: Any) -> None:
    server = forkserver._forkserver
    if server._preload_modules == ["__main__"]:
        server._preload_modules = []


_PATCHES = {_WATCHED: _patch, "multiprocessing.forkserver": _patch_server}


class Finder:
    """Finds the modules to patch as they are imported, and leaves the search to the others."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        """Return the spec of another finder, with a loader that patches what it loaded."""
        if name not in _PATCHES:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(name, path, target)
            if spec is not None:
                spec.loader = Loader(spec.loader, _PATCHES[name])  # type: ignore[assignment]
                return spec
        return None


class Loader:
    """Another loader, followed by a patch."""

    def __init__(self, loader: Any, patch: Any) -> None:
        self._loader = loader
        self._patch = patch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: Any) -> Any:
        """Create the module as the other loader does."""
        return self._loader.create_module(spec)

    def exec_module(self, module: Any) -> None:
        """Run the module, then patch it."""
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._patch(module)
