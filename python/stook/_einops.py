"""Our arrays in `einops`, which must be told of every class of arrays that it takes.

It looks for backends among the classes that derive from its own. Ours is made when `einops` is
imported, and not before.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

import stook

if TYPE_CHECKING:
    # Importing it takes a quarter of the time that importing stook does.
    from importlib.abc import Loader

__all__: list[str] = []

_MODULE = "einops._backends"


def _make_backend(backends: Any) -> None:
    """Derive a backend from that for NumPy, which calls functions of `np`."""

    class StookBackend(backends.NumpyBackend):  # type: ignore[misc]
        framework_name = "stook"

        def __init__(self) -> None:
            self.np = stook

        def is_appropriate_type(self, tensor: Any) -> bool:
            return type(tensor) is stook.ndarray

    backends.StookBackend = StookBackend


class _Completed:
    """Loads einops' module of backends, and makes ours."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Make the module as its own loader does."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Run the module, then add to it."""
        self._loader.exec_module(module)
        _make_backend(module)


class _Finder:
    """Finds einops' module of backends; every other module is left to others."""

    def __init__(self) -> None:
        self._searches = False

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: Any = None
    ) -> ModuleSpec | None:
        """Return the module's spec with our loader around its own."""
        if fullname != _MODULE or self._searches:
            return None
        self._searches = True
        try:
            spec = importlib.util.find_spec(fullname)
        finally:
            self._searches = False
        if spec is not None and spec.loader is not None:
            spec.loader = cast("Loader", _Completed(spec.loader))
        return spec


def watch() -> None:
    """Make our backend, now or when `einops` is imported."""
    if _MODULE in sys.modules:
        _make_backend(sys.modules[_MODULE])
    else:
        sys.meta_path.insert(0, _Finder())
