"""Acts on modules of other packages once they are there, and imports none of them.

What enters is a module's name and a function; the function is called with the module: now, where
it has been imported, else as soon as its own code has run. A module that is never imported costs
nothing but a place in a dict.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from typing import Any

__all__ = ["when_imported"]

_Act = Callable[[Any], None]

_waiting: dict[str, list[_Act]] = {}


def when_imported(name: str, act: _Act) -> None:
    """Call `act` with the module `name`, now or when it is imported."""
    if name in sys.modules:
        _act_on(sys.modules[name], act)
        return
    acts = _waiting.setdefault(name, [])
    if act not in acts:
        acts.append(act)
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


def _act_on(module: Any, act: _Act) -> None:
    """Act on a module; where that fails the module stays as it is, and a warning says so."""
    try:
        act(module)
    except Exception as error:
        name = getattr(module, "__name__", module)
        text = f"stook could not prepare {name} for its arrays: {error!r}"
        warnings.warn(text, RuntimeWarning, stacklevel=3)


class _Finder:
    """Finds the modules that are waited for, and leaves the search to the others."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        """Return the spec of another finder, with a loader that acts on what it loaded."""
        if name not in _waiting:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(name, path, target)
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _Loader(spec.loader)  # type: ignore[assignment]
                return spec
        return None


class _Loader:
    """Another loader, followed by what waits for the module."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: Any) -> Any:
        """Create the module as the other loader does."""
        return self._loader.create_module(spec)

    def exec_module(self, module: Any) -> None:
        """Run the module, then act on it."""
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        for act in _waiting.get(module.__name__, ()):
            _act_on(module, act)
