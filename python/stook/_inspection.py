"""What compiled functions are made of: types beside their source, loops, time."""

from __future__ import annotations

import inspect
import linecache
import os
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
        The types of ``args`` and ``result``, ``seconds`` that a call waited for the code, whether
        it came ``from_disk``, which of LLVM's ``passes`` it had (``"full"``, or ``"quick"`` and how
        far the full ones are behind the program), the seconds that those took ``behind`` it, its
        ``size`` in steps and instructions, how many ``loops`` stand in the function and those that
        it calls, how many of their forms became ``vectors``, how many run ``parallel``, and
        ``calls`` outside of compiled code, and whether rounds of `prange` make such calls, one at a
        time: ``in_turns``. What became of the checks of indices in each loop is in
        ``checks``: the ``file``, ``function`` and ``line`` of the loop, whether its rounds run
        ``parallel``, the indices that are checked once, ``before`` its first round, and those that
        are checked ``within`` each round, with the reason, as text with its line.
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
            behind = found["behind"]
            turns = "; in rounds of prange one at a time" if found["in_turns"] else ""
            later = f", which took {behind * 1e3:.1f} ms behind the program" if behind else ""
            lines += [
                f"({', '.join(found['args'])}) -> {found['result']}",
                f"  {found['size']:,} steps and instructions, {origin} in "
                f"{found['seconds'] * 1e3:.1f} ms, passes: {found['passes']}{later}",
                f"  loops: {found['loops']}; forms of them as vectors: {found['vectors']}; "
                f"on all threads: {found['parallel']}",
                f"  calls outside of compiled code: {found['calls']}{turns}",
            ]
            for loop in found["checks"]:
                lines += _told(loop)
        return "\n".join(lines)

    __repr__ = __str__


def _version(function: Any, number: int, row: tuple[Any, ...]) -> dict[str, Any]:
    args, result, seconds, from_disk, passes, behind, size, in_turns = row
    steps = [line.strip() for line in function.text(number, "routine").splitlines()]
    blocks = function.text(number, "llvm").splitlines()
    return {
        "args": args,
        "result": result,
        "seconds": seconds,
        "from_disk": from_disk,
        "passes": passes,
        "behind": behind,
        "in_turns": in_turns,
        "size": size,
        "loops": steps.count("loop"),
        "vectors": sum(line.startswith("vector.body") for line in blocks),
        "parallel": sum(line.startswith("spread ") for line in steps),
        "calls": sum("= ask Call(" in line for line in steps),
        "checks": [_checks(row) for row in function.loops(number)],
    }


def _checks(row: tuple[Any, ...]) -> dict[str, Any]:
    function, file, line, parallel, before, within = row
    # What is read and written stands in the source once.
    return {
        "function": function,
        "file": file,
        "line": line,
        "parallel": parallel,
        "before": [(place[0], _text(file, place)) for place in dict.fromkeys(before)],
        "within": [(place[0], _text(file, place), why) for place, why in dict.fromkeys(within)],
    }


def _told(loop: dict[str, Any]) -> list[str]:
    """Return lines about a loop."""
    on_all = ", on all threads" if loop["parallel"] else ""
    head = f"  loop in {loop['function']}, {os.path.basename(loop['file'])}:{loop['line']}{on_all}"
    before = [f"[{text}] of line {line}" for line, text in loop["before"]]
    lines = [f"    checked before its first round: {', '.join(before)}"] if before else []
    for line, text, why in loop["within"]:
        lines.append(f"    checked in each round: [{text}] of line {line}, as {why}")
    return [head + (":" if lines else ": no checks of indices"), *lines]


def _text(file: str, place: tuple[int, int, int, int]) -> str:
    """Return the text that stands at a place of a file, its first line if it has several."""
    line, column, last, end = place
    text = linecache.getline(file, line).rstrip("\n").encode()
    return text[column : end if last == line else None].decode(errors="replace") or "?"
