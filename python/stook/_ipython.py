"""``%load_ext stook``: cells and the modules beside a notebook import stook for NumPy."""

from __future__ import annotations

import os
from typing import Any

import numpy

from . import _children, _swap


def load_ipython_extension(shell: Any) -> None:
    """Install stook, and rebind names in the user's namespace that mean NumPy already."""
    _children.hook()
    _swap.install(os.getcwd())
    _rebind(shell.user_ns, numpy, _swap.facade())


def unload_ipython_extension(shell: Any) -> None:
    """Undo `load_ipython_extension`; arrays that exist keep working."""
    _swap.uninstall()
    _rebind(shell.user_ns, _swap.facade(), numpy)


def _rebind(namespace: dict[str, Any], old: Any, new: Any) -> None:
    for name, value in list(namespace.items()):
        if value is old and not name.startswith("_"):
            namespace[name] = new
