"""The lesson stook is founded on: hand the compiled side a bundle of work in one call.

One formula of eight operations, for 10 to 10 million elements, three ways: a loop of calls on
scalars; array operations, each of which is one call that walks memory; and, where this program
runs under ``python -m stook``, the same array operations in one compiled call.

Run: python lesson.py [--out FOLDER] [--scale FACTOR]
"""

import argparse
import math
import time
from pathlib import Path

import numpy as np

# A loop over scalars is timed up to here; beyond, it would only take longer.
LONGEST_LOOP = 100_000


def load(scale=1.0):
    """Return the sizes, and five arrays of the largest size."""
    largest = max(1000, round(10_000_000 * scale))
    random = np.random.default_rng(0)
    arrays = [random.random(largest) for _ in range(5)]
    return [10**power for power in range(1, 8) if 10**power <= largest], arrays


def scalars(a, b, c, d, e):
    """Return the mean of the formula by a loop over numbers."""
    total = 0.0
    for index in range(len(a)):
        term = a[index] * b[index] + c[index] * d[index] - e[index]
        total += math.sqrt(term * term + 1.0)
    return total / len(a)


def arrays(a, b, c, d, e):
    """Return the mean of the formula by array operations."""
    term = a * b + c * d - e
    return np.sqrt(term * term + 1.0).mean()


def seconds(function, arguments):
    """Return the shortest time of a call among many that last a tenth of a second together."""
    shortest, begin = math.inf, time.perf_counter()
    while time.perf_counter() - begin < 0.1:
        start = time.perf_counter()
        function(*arguments)
        shortest = min(shortest, time.perf_counter() - start)
    return shortest


def measure(data):
    """Return rows of size, nanoseconds an element by a loop (nan where too long), by arrays."""
    sizes, operands = data
    rows = []
    for size in sizes:
        views = [operand[:size] for operand in operands]
        loop = math.nan
        if size <= LONGEST_LOOP:
            loop = seconds(scalars, [view.tolist() for view in views]) / size * 1e9
        rows.append((size, loop, seconds(arrays, views) / size * 1e9))
    return rows


def compute(data):
    """Return the formula's mean at every size."""
    sizes, operands = data
    return {
        f"mean of {size:,}": arrays(*[operand[:size] for operand in operands]) for size in sizes
    }


def draw(rows, folder):
    """Write lesson.png: time an element against the number of elements."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.subplots()
    sizes = [row[0] for row in rows]
    axes.loglog(sizes, [row[1] for row in rows], "o-", label="a loop of calls on scalars")
    axes.loglog(sizes, [row[2] for row in rows], "o-", label="array operations")
    axes.set(xlabel="elements", ylabel="nanoseconds an element", title="The lesson")
    axes.legend()
    figure.savefig(folder / "lesson.png", dpi=110)


def main():
    """Measure, print the table and draw it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, help="folder for the picture")
    parser.add_argument("--scale", type=float, default=1.0, help="largest size over 10 million")
    options = parser.parse_args()
    data = load(options.scale)
    for name, value in compute(data).items():
        print(f"{name}: {value:.12g}")
    rows = measure(data)
    print("  elements   loop ns  arrays ns")
    for size, loop, array in rows:
        print(f"{size:10,} {loop:9.2f} {array:10.2f}")
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        draw(rows, options.out)


if __name__ == "__main__":
    main()
