"""Measures how long a call waits for the code of functions of growing size.

Run: python bench/waiting.py [STATEMENTS ...]

Each function is a list of so many statements: sums, branches, loops over an array, elements, `sin`
and `exp`. A row has its size in steps and instructions, the time that the first call waited, which
of LLVM's passes ran meanwhile, and how long the full ones took behind it.
"""

from __future__ import annotations

import linecache
import math
import os
import sys
import tempfile
import time
from typing import Any

os.environ["STOOK_CACHE_DIR"] = tempfile.mkdtemp()

import numpy
import stook

COUNTS = [5, 10, 15, 16, 25, 50, 100, 200, 400]
KINDS = [
    "x = (x * 0.75 + a[{k} % n] * y) / (1.0 + abs(x))",
    "y = math.sqrt(abs(x)) + {k} / 7.0",
    "if x > y:\n        x, y = y * 0.5, x - {k}",
    "a[{k} % n] = x - y * 0.25",
    "for k in range(n):\n        a[k] = (a[k] + x * k) / (2.0 + abs(y))",
    "x += math.sin(y) * np.exp(-abs(a[{k} % n]) / 100)",
    "j = (j * 31 + {k}) % 1009",
    "y -= j // 7 - j % 5",
]


def generated(count: int) -> Any:
    """Return a function of so many statements."""
    lines = ["def f(a, n):", "    x, y, j = 0.5, 1.5, 1"]
    lines += ["    " + KINDS[k % len(KINDS)].format(k=k) for k in range(count)]
    text = "\n".join([*lines, "    return x, y, j"]) + "\n"
    file = f"<{count} statements>"
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    found: dict[str, Any] = {"np": numpy, "math": math}
    exec(compile(text, file, "exec"), found)
    return found["f"]


def main() -> None:
    """Print a row for each size."""
    stook.jit(generated(1))(numpy.ones(3), 3)  # LLVM begins
    print(f"{'statements':>10} {'size':>8} {'waited':>10} {'behind':>10}  passes")
    for count in map(int, sys.argv[1:] or COUNTS):
        function = stook.jit(generated(count))
        function(numpy.linspace(-3.0, 4.0, 17), 17)
        while function.versions()[0][4] == "quick, full under way":
            time.sleep(0.01)
        ((_, _, seconds, _, passes, behind, size, _),) = function.versions()
        later = f"{behind * 1e3:7.0f} ms" if behind else ""
        print(f"{count:10} {size:8} {seconds * 1e3:7.0f} ms {later:>10}  {passes}")


if __name__ == "__main__":
    main()
