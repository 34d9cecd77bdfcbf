"""Processes that a program starts with `multiprocessing` run under stook as well.

A forked child inherits everything. A spawned one is sent its preparation data: an extra item of
that data, unpickled before the child imports the program, installs stook there. The fork server
is told not to import the program ahead of its children, which do it themselves.
"""

from __future__ import annotations

from typing import Any

from . import _swap
from ._imported import when_imported


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
    for name, patch in _PATCHES.items():
        when_imported(name, patch)


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


_PATCHES = {
    "multiprocessing.spawn": _patch,
    "multiprocessing.forkserver": _patch_server,
}
