"""The suite's results as a table and as a plot."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

Row = dict[str, Any]
ORDER = ("stook", "numexpr", "numba", "jax")


def libraries(wanted: set[str]) -> list[str]:
    """Return the libraries to show, in one order everywhere."""
    return [name for name in ORDER if name in wanted]


def head(wanted: set[str]) -> str:
    """Return the table's first line."""
    columns = "".join(f"{name:>9}" for name in libraries(wanted))
    return f"{'case':<28}{'NumPy':>12}{columns}{'goal':>7}{'cold':>7}{'difference':>12}"


def line(row: Row, wanted: set[str]) -> str:
    """Return a line: NumPy's time, then NumPy's time over each library's."""
    times = row["seconds"]
    ratios = "".join(f"{ratio(row, name):>9}" for name in libraries(wanted))
    goal = "-" if row["goal"] is None else f"{row['goal']:g}"
    first = row.get("first")
    cold = f"{first['numpy'] / first['stook']:.2f}" if first else "-"
    apart = max(row["difference"].values())
    name = row["case"]
    return f"{name:<28}{duration(times['numpy']):>12}{ratios}{goal:>7}{cold:>7}{apart:>12.1e}"


def ratio(row: Row, library: str) -> str:
    """Return NumPy's time over a library's, marked where stook misses its goal."""
    times = row["seconds"]
    if library not in times:
        return "failed" if library in row["failed"] else "-"
    value = times["numpy"] / times[library]
    missed = library == "stook" and row["goal"] is not None and value < row["goal"]
    return f"{value:.2f}{'!' if missed else ''}"


def duration(seconds: float) -> str:
    """Return a time with a fitting unit."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.2f} {unit}"
    return f"{seconds * 1e9:.0f} ns"


def summary(result: dict[str, Any]) -> str:
    """Return the lines below the table."""
    rows = result["rows"]
    lines = [
        "",
        "columns: NumPy's time over the library's; ! below the goal; cold: first call ever",
    ]
    for row in rows:
        lines += [f"{row['case']}: {name}: {why}" for name, why in row["failed"].items()]
    ours = [row["seconds"]["numpy"] / row["seconds"]["stook"] for row in rows if has_stook(row)]
    if ours:
        lines.append(f"geometric mean, warm: {mean(ours):.2f}")
    firsts = [row["first"]["numpy"] / row["first"]["stook"] for row in rows if row.get("first")]
    if firsts:
        lines.append(f"geometric mean, cold: {mean(firsts):.2f}, worst {min(firsts):.2f}")
    imports = result.get("import seconds")
    if imports:
        beyond = (imports["stook"] - imports["numpy"]) * 1e3
        lines.append(f"import of stook beyond NumPy's own: {beyond:.0f} ms CPU")
    return "\n".join(lines)


def has_stook(row: Row) -> bool:
    """Return whether stook took part."""
    return "stook" in row["seconds"]


def mean(values: list[float]) -> float:
    """Return the geometric mean."""
    return math.exp(sum(math.log(value) for value in values) / len(values))


def plot(rows: list[Row], wanted: set[str], path: Path) -> None:
    """Write a bar a case and library: how many times NumPy's speed."""
    from matplotlib.figure import Figure

    names = libraries(wanted)
    figure = Figure(figsize=(9, 1.5 + 0.42 * len(rows)), layout="constrained")
    axes = figure.subplots()
    height = 0.8 / max(1, len(names))
    for place, name in enumerate(names):
        found = [(i, row["seconds"]) for i, row in enumerate(rows) if name in row["seconds"]]
        values = [times["numpy"] / times[name] for _, times in found]
        axes.barh([i + place * height for i, _ in found], values, height, label=name)
    axes.axvline(1.0, color="black", linewidth=0.8)
    axes.set_yticks([i + 0.4 - height / 2 for i in range(len(rows))], [row["case"] for row in rows])
    axes.set(xscale="log", xlabel="NumPy's time over the library's (more is faster)")
    axes.invert_yaxis()
    axes.legend()
    figure.savefig(path, dpi=110)
