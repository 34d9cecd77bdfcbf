"""What a compiled function's variables are, beside its source."""

from __future__ import annotations

import inspect
from typing import Any

__all__ = ["print_types"]


def print_types(function: Any, file: Any = None, signature: Any = None) -> None:
    """Print a function's lines with the types that variables take on each.

    Parameters
    ----------
    function : Compiled
        The function.
    file : file object, optional
        Where to; None means ``sys.stdout``.
    signature : tuple of types, optional
        Of which version; None means all.
    """
    lines, first = inspect.getsourcelines(function.py_func)
    for number, args in enumerate(function.signatures):
        if signature is not None and tuple(signature) != args:
            continue
        print(f"{function.__name__} {function.signature(number)!r}", file=file)
        print("-" * 80, file=file)
        types: dict[int, list[str]] = {}
        for line, name, kind in function.variables(number):
            types.setdefault(line, []).append(f"{name}: {kind}")
        for line, text in enumerate(lines, first):
            print(text.rstrip("\n"), file=file)
            indent = " " * (len(text) - len(text.lstrip()))
            for told in types.get(line, ()):
                print(f"{indent}#   {told}", file=file)
        print(file=file)
