"""What was bundled, where it was cut and why, what it moved and how fast: `stook.explain`.

The native module keeps one entry per bundle of a plan, however often it ran, while somebody asks
(`set_reporting`). Here entries become words: text for a terminal, a table for a notebook.
"""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Callable
from typing import Any, overload

import numpy

from stook._inspection import Compilation
from stook._jit import Compiled
from stook._stook import asarray, get_num_threads, reports, set_reporting, sync_possible

__all__ = ["Explanation", "explain"]

_depth = 0


class Explanation:
    """What bundles did inside a ``with`` block.

    Attributes
    ----------
    bundles : list of dict
        One entry per bundle: its operations with their source lines, why it begins where it does
        (``cut``), bytes of one run (``read``, ``written``, ``minimum``, ``unfused``), arrays that
        never were in memory (``removed``), ``runs``, those ``compiled``, and ``seconds`` of all.
    result
        What the explained function returned.
    """

    def __init__(self) -> None:
        self.bundles: list[dict[str, Any]] = []
        self.result: Any = None
        self._before: dict[tuple[int, int], dict[str, Any]] = {}

    def __enter__(self) -> Explanation:
        global _depth
        sync_possible()
        if _depth == 0:
            set_reporting(True)
        _depth += 1
        self._before = {_key(entry): entry for entry in reports()}
        return self

    def __exit__(self, *error: Any) -> None:
        global _depth
        try:
            sync_possible()
        finally:
            self.collect()
            _depth -= 1
            if _depth == 0:
                set_reporting(False)

    def collect(self) -> None:
        """Take what was done so far."""
        self.bundles = []
        for entry in reports():
            known = self._before.get(_key(entry), {})
            for name in ("runs", "compiled", "seconds"):
                entry[name] -= known.get(name, 0)
            if entry["runs"]:
                self.bundles.append(entry)

    def __str__(self) -> str:
        lines = [_head(self.bundles)]
        for number, entry in enumerate(self.bundles):
            lines.append("")
            lines.append(f"bundle {number}: {_title(entry)}")
            lines += [f"  {name}: {said}" for name, said in _facts(entry)]
            rows = [(_place(file, line), name, shape) for name, shape, _, file, line in _ops(entry)]
            wide = [max((len(row[k]) for row in rows), default=0) for k in range(2)]
            lines += [f"    {a:<{wide[0]}}  {b:<{wide[1]}}  {c}" for a, b, c in rows]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        import html  # Here: its table of entities is large, and few ask for HTML.

        parts = [f"<p><b>{html.escape(_head(self.bundles))}</b></p>"]
        for number, entry in enumerate(self.bundles):
            title = html.escape(f"bundle {number}: {_title(entry)}")
            facts = "".join(
                f"<li>{html.escape(name)}: {html.escape(said)}</li>" for name, said in _facts(entry)
            )
            rows = "".join(
                f"<tr><td>{html.escape(_place(file, line))}</td><td>{html.escape(name)}</td>"
                f"<td>{html.escape(shape)}</td></tr>"
                for name, shape, _, file, line in _ops(entry)
            )
            head = "<tr><th>line</th><th>operation</th><th>shape</th></tr>"
            table = f"<table>{head}{rows}</table>"
            parts.append(
                f"<details open><summary>{title}</summary><ul>{facts}</ul>{table}</details>"
            )
        return "\n".join(parts)


@overload
def explain(function: Compiled, *args: Any, **kwargs: Any) -> Compilation: ...
@overload
def explain(
    function: Callable[..., Any] | None = None, *args: Any, **kwargs: Any
) -> Explanation: ...
def explain(function: Any = None, *args: Any, **kwargs: Any) -> Explanation | Compilation:
    """Tell what is bundled and how it ran.

    Parameters
    ----------
    function : callable, optional
        Called with the other arguments; the result is the report's ``result``. Without it, use the
        report in a ``with`` statement, and print it afterwards. Of a compiled function (`jit`), the
        report is of what was compiled; without other arguments, of what has been so far.
    *args, **kwargs
        For `function`.

    Returns
    -------
    Explanation or Compilation
        Prints as text; the first shows as a table in a notebook.

    Examples
    --------
    >>> import stook as np
    >>> with np.explain() as report:
    ...     total = (np.arange(100000.0) * 2 + 1).sum()
    >>> len(report.bundles)
    1
    """
    if isinstance(function, Compiled):
        result = function(*args, **kwargs) if args or kwargs else None
        compilation = Compilation(function)
        compilation.result = result
        return compilation
    report = Explanation()
    if function is not None:
        with report:
            report.result = function(*args, **kwargs)
    return report


def _key(entry: dict[str, Any]) -> tuple[int, int]:
    return entry["plan"], entry["bundle"]


def _ops(entry: dict[str, Any]) -> list[tuple[str, str, str, str, int]]:
    operations: list[tuple[str, str, str, str, int]] = entry["operations"]
    return operations


def _head(bundles: list[dict[str, Any]]) -> str:
    runs = sum(entry["runs"] for entry in bundles)
    operations = sum(len(entry["operations"]) * entry["runs"] for entry in bundles)
    seconds = sum(entry["seconds"] for entry in bundles)
    moved = sum((entry["read"] + entry["written"]) * entry["runs"] for entry in bundles)
    unfused = sum(entry["unfused"] * entry["runs"] for entry in bundles)
    return (
        f"stook explain: {operations:,} operations in {runs:,} runs of {len(bundles):,} bundles, "
        f"{_time(seconds)}; {_bytes(moved)} moved, {_bytes(unfused)} by one call per operation"
    )


def _title(entry: dict[str, Any]) -> str:
    count = len(entry["operations"])
    loops = " x ".join(str(length) for length in entry["loops"] if length != 1) or "1"
    plural = "s" if count != 1 else ""
    return f"{count} operation{plural} over {loops}, {entry['mode']}"


def _facts(entry: dict[str, Any]) -> list[tuple[str, str]]:
    runs, seconds = entry["runs"], entry["seconds"]
    moved = entry["read"] + entry["written"]
    rate = moved * runs / seconds if seconds else 0.0
    tiers = {0: "blocks", runs: "compiled"}
    tier = tiers.get(entry["compiled"], f"compiled in {entry['compiled']:,}, else blocks")
    share = f"{100 * rate / bandwidth():.0f} % of this machine's {bandwidth() / 1e9:.1f} GB/s"
    often = f"{runs:,} runs" if runs != 1 else "1 run"
    return [
        ("begins here", entry["cut"]),
        ("tier", f"{tier}; {often}, {_time(seconds / runs)} each"),
        (
            "bytes",
            f"{_bytes(entry['read'])} read, {_bytes(entry['written'])} written; "
            f"minimum {_bytes(entry['minimum'])}, one call per operation "
            f"{_bytes(entry['unfused'])}",
        ),
        ("temporaries removed", f"{entry['removed']} ({_bytes(entry['removed_bytes'])})"),
        ("bandwidth", f"{rate / 1e9:.1f} GB/s, {share}"),
    ]


def _place(file: str, line: int) -> str:
    return f"{os.path.basename(file)}:{line}" if line else "?"


def _bytes(count: int) -> str:
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} bytes"


def _time(seconds: float) -> str:
    return f"{seconds * 1e3:.2f} ms" if seconds >= 1e-4 else f"{seconds * 1e6:.1f} us"


@functools.cache
def bandwidth() -> float:
    """Return bytes per second that copies on all threads read and write; measured once."""
    source = asarray(numpy.ones(get_num_threads() << 21))
    target = asarray(numpy.ones(source.size))
    return 2 * source.nbytes / min(_copy_time(target, source) for _ in range(5))


def _copy_time(target: Any, source: Any) -> float:
    begin = time.perf_counter()
    target[...] = source
    sync_possible()
    return time.perf_counter() - begin
