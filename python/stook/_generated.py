"""Functions written from syntax, which `jit` compiles as it compiles those in files.

A tree may keep the places of the user's own source, so that messages show the user's lines.
"""

from __future__ import annotations

import ast
from typing import Any

__all__ = ["function_of", "is_filled"]


def function_of(tree: ast.FunctionDef, like: Any, space: dict[str, Any]) -> Any:
    """Return the function that a definition makes.

    Parameters
    ----------
    tree : ast.FunctionDef
        The definition; parts without a place get one near by.
    like : function
        Whose globals, closure and file it has.
    space : dict
        More names that it sees.
    """
    cells = zip(like.__code__.co_freevars, like.__closure__ or (), strict=True)
    space = {name: cell.cell_contents for name, cell in cells if is_filled(cell)} | space
    names = ast.arguments([], [ast.arg(name) for name in space], None, [], [], None, [])
    result = ast.Return(ast.Name(tree.name, ast.Load()))
    maker = ast.FunctionDef("maker", names, [tree, result], [])
    if hasattr(ast, "TypeAlias"):
        for node in (maker, tree):
            setattr(node, "type_params", [])  # noqa: B010
    ast.copy_location(maker, tree)
    module = ast.fix_missing_locations(ast.Module([maker], []))
    made: dict[str, Any] = {}
    exec(compile(module, like.__code__.co_filename, "exec"), like.__globals__, made)
    function = made["maker"](**space)
    function.__module__, function.__doc__ = like.__module__, like.__doc__
    function.__stook_tree__ = tree
    return function


def is_filled(cell: Any) -> bool:
    """Return whether a variable of a closure has a value yet."""
    try:
        _ = cell.cell_contents
    except ValueError:
        return False
    return True
