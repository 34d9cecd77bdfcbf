"""What compiled functions are made of: types beside their source, loops, time."""

from __future__ import annotations

import inspect
from typing import Any

__all__ = ["Compilation", "print_types"]


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


class Compilation:
    """What was made of a compiled function, for each list of types that it was called with.

    Attributes
    ----------
    versions : list of dict
        The types of ``args`` and ``result``, ``seconds`` that compiling took, whether the code came
        ``from_disk``, how many ``loops`` stand in the function and those that it calls, how many of
        their forms became ``vectors``, how many run ``parallel``, and ``calls`` outside of compiled
        code.
    result
        What the explained call returned.
    """

    def __init__(self, function: Any) -> None:
        self.name = function.__qualname__
        self.result: Any = None
        self.versions = [
            _version(function, number, row) for number, row in enumerate(function.versions())
        ]

    def __str__(self) -> str:
        lines = [f"stook explain: {self.name}, compiled for {len(self.versions)} lists of types"]
        for found in self.versions:
            origin = "from disk" if found["from_disk"] else "compiled"
            lines += [
                f"({', '.join(found['args'])}) -> {found['result']}",
                f"  {origin} in {found['seconds'] * 1e3:.1f} ms",
                f"  loops: {found['loops']}; forms of them as vectors: {found['vectors']}; "
                f"on all threads: {found['parallel']}",
                f"  calls outside of compiled code: {found['calls']}",
            ]
        return "\n".join(lines)

    __repr__ = __str__


def _version(function: Any, number: int, row: tuple[Any, ...]) -> dict[str, Any]:
    args, result, seconds, from_disk = row
    steps = [line.strip() for line in function.text(number, "routine").splitlines()]
    blocks = function.text(number, "llvm").splitlines()
    return {
        "args": args,
        "result": result,
        "seconds": seconds,
        "from_disk": from_disk,
        "loops": steps.count("loop"),
        "vectors": sum(line.startswith("vector.body") for line in blocks),
        "parallel": sum(line.startswith("spread ") for line in steps),
        "calls": sum("= ask Call(" in line for line in steps),
    }
