"""Our arrays in `einops`, which must be told of every class of arrays that it takes.

It looks for backends among the classes that derive from its own. Ours is made when `einops` is
imported, and not before.
"""

from __future__ import annotations

from typing import Any

import stook
from stook._imported import when_imported

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


def watch() -> None:
    """Make our backend, now or when `einops` is imported."""
    when_imported(_MODULE, _make_backend)
