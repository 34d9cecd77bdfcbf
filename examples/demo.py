"""Runs each example under plain Python and under ``python -m stook``, and compares them.

For each program: the time of its computation under NumPy (median of three), under stook in the
first call ever (empty cache) and when the cache is filled (median of three in a second process),
the ratios, the largest difference, how many array operations were recorded and how many compiled
calls ran them, and the bytes moved against what NumPy moves. Pictures go to ``--out``.

Run: python demo.py [--out FOLDER] [--scale FACTOR] [PROGRAM ...]
"""

import argparse
import importlib
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

PROGRAMS = ("terrain", "denoise", "market", "lesson")
REPEATS = 3
COLUMNS = (
    ("program", 9),
    ("NumPy", 10),
    ("cold", 10),
    ("warm", 10),
    ("ratio", 14),
    ("difference", 11),
    ("operations", 11),
    ("calls", 7),
    ("moved", 18),
)


# -- in the child: one program, timed -------------------------------------------------------------


def child(name, scale, folder, draws):
    """Time a program's computation, save its results and print what was measured as JSON."""
    program = importlib.import_module(name)
    data = program.load(scale)
    finish()
    before, times, results = counters(), [], {}
    for repeat in range(REPEATS):
        begin = time.perf_counter()
        results = program.compute(data)
        finish()
        times.append(time.perf_counter() - begin)
        if repeat == 0:
            after = counters()
    measured = {
        "seconds": times,
        "counters": {key: after[key] - before.get(key, 0) for key in after},
        "rows": program.measure(data) if hasattr(program, "measure") else [],
    }
    np.savez(folder / "results.npz", **results)
    if draws:
        program.draw(measured["rows"] or results, folder)
    print(json.dumps(measured))


def finish():
    """Let pending work finish, as a look at every result would."""
    if "stook" in sys.modules and hasattr(sys.modules["stook"], "sync"):
        sys.modules["stook"].sync()


def counters():
    """Return the session's counters; none under plain Python."""
    read = getattr(sys.modules.get("stook"), "counters", dict)
    return {key: value for key, value in read().items() if isinstance(value, int)}


# -- in the parent: three children a program ------------------------------------------------------


def measure(name, scale, folder, runner, cache, draws=False):
    """Run a program in a process of its own and return what it measured."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, *runner, __file__, "--child", name, "--scale", str(scale)]
    command += ["--out", str(folder), *(["--draw"] if draws else [])]
    environment = {**os.environ, "STOOK_CACHE_DIR": str(cache)}
    result = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True)
    if result.returncode:
        raise SystemExit(f"{name} failed under {' '.join(['python', *runner])}")
    return json.loads(result.stdout.splitlines()[-1])


def compare(name, scale, out, place):
    """Measure a program in its three ways and return a row of the table, and lesson's curves."""
    cache = place / f"{name}-cache"
    runner = ("-m", "stook")
    plain = measure(name, scale, place / f"{name}-plain", (), cache)
    cold = measure(name, scale, place / f"{name}-cold", runner, cache)
    warm = measure(name, scale, out, runner, cache, draws=True)
    difference = largest_difference(place / f"{name}-plain", out)
    (out / "results.npz").unlink()
    numpy_time = statistics.median(plain["seconds"])
    row = {
        "program": name,
        "numpy": numpy_time,
        "cold": cold["seconds"][0],
        "warm": statistics.median(warm["seconds"]),
        "difference": difference,
        "counters": warm["counters"],
    }
    return row, (plain["rows"], warm["rows"])


def largest_difference(plain, ours):
    """Return the largest difference of any result, relative to the result's largest value."""
    found = 0.0
    with np.load(plain / "results.npz") as one, np.load(ours / "results.npz") as two:
        for name in one.files:
            expected, value = one[name], two[name]
            apart = expected != value
            apart &= ~(np.isnan(expected) & np.isnan(value))
            if apart.any():
                error = np.abs(expected[apart] - value[apart]).max()
                finite = np.abs(expected[np.isfinite(expected)])
                found = max(found, float(error / finite.max()))
    return found


# -- what is shown --------------------------------------------------------------------------------


def head():
    """Return the table's first line."""
    return "  ".join(f"{name:>{width}}" for name, width in COLUMNS)


def line(row):
    """Return one line of the table."""
    count = row["counters"]
    moved, by_numpy = count.get("bytes_moved"), count.get("bytes_numpy")
    cells = (
        row["program"],
        milliseconds(row["numpy"]),
        milliseconds(row["cold"]),
        milliseconds(row["warm"]),
        f"{row['numpy'] / row['cold']:.2f} / {row['numpy'] / row['warm']:.2f}",
        f"{row['difference']:.1e}",
        f"{count['operations']:,}" if "operations" in count else "-",
        f"{count['launches']:,}" if "launches" in count else "-",
        f"{gigabytes(moved)} of {gigabytes(by_numpy)}",
    )
    return "  ".join(f"{cell:>{width}}" for cell, (_, width) in zip(cells, COLUMNS, strict=True))


def milliseconds(seconds):
    """Return a time as text."""
    return f"{seconds * 1e3:,.1f} ms"


def gigabytes(count):
    """Return a number of bytes as text."""
    return "-" if count is None else f"{count / 1e9:.2f} GB"


def draw_lesson(plain, ours, out):
    """Write lesson.png with all three ways: loop and single calls by NumPy, bundles by stook."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.subplots()
    sizes = [row[0] for row in plain]
    looped = [(size, loop) for size, loop, _ in plain if not math.isnan(loop)]
    axes.loglog(*zip(*looped, strict=True), "o-", label="a loop of calls on scalars")
    axes.loglog(sizes, [row[2] for row in plain], "o-", label="one call per operation (NumPy)")
    axes.loglog(sizes, [row[2] for row in ours], "o-", label="one bundle (stook)")
    axes.set(xlabel="elements", ylabel="nanoseconds an element", title="Many calls, few calls, one")
    axes.grid(alpha=0.3, which="both")
    axes.legend()
    figure.savefig(out / "lesson.png", dpi=110)


def print_lesson(plain, ours):
    """Print the lesson's table."""
    print("\nlesson, nanoseconds an element\n  elements  scalar loop  one call each  one bundle")
    for (size, loop, each), (_, _, bundle) in zip(plain, ours, strict=True):
        text = "-" if math.isnan(loop) else f"{loop:.2f}"
        print(f"{size:10,} {text:>12} {each:14.2f} {bundle:11.2f}")


def main():
    """Run the demo."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("programs", nargs="*", default=PROGRAMS, metavar="PROGRAM")
    parser.add_argument("--out", type=Path, default=Path("build/demo"), help="folder of pictures")
    parser.add_argument("--scale", type=float, default=1.0, help="size of each problem")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--draw", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child, options.scale, options.out, options.draw)
        return
    print("Each program runs unmodified under plain Python, then under python -m stook.")
    print("cold: first call ever, empty cache; warm: cache filled; ratio to NumPy: cold / warm\n")
    print(head())
    rows, lesson = [], None
    with tempfile.TemporaryDirectory(prefix="stook-demo-") as place:
        for name in options.programs:
            row, curves = compare(name, options.scale, options.out, Path(place))
            print(line(row), flush=True)
            rows.append(row)
            lesson = curves if curves[0] else lesson
    if lesson:
        print_lesson(*lesson)
        draw_lesson(*lesson, options.out)
    (options.out / "demo.json").write_text(json.dumps(rows, indent=1) + "\n")
    print(f"\npictures: {', '.join(sorted(str(p) for p in options.out.glob('*.png')))}")


if __name__ == "__main__":
    main()
