"""Times every native function and method beside NumPy's, interleaved in one run.

Run: python bench/names.py [--only TEXT ...] [--sizes N ...] [--threads N] [--json FILE]

Shown is stook's time over NumPy's, the least of several rounds each: below 1 is faster. A look
follows each call of stook's; what it takes where nothing is pending is taken off. The calls stand
in `calls.py`; what is native is read off the package.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import time
import timeit
import warnings
from pathlib import Path
from typing import Any

from suite import limit_threads, settle

SMALL = (10, 100, 1000)
LARGE = 5_000_000
ROUNDS = 7
SAMPLE, WARM = 3e-4, 0.02
"""Seconds that a sample and the calls before the first one take, at least."""
LONG = 0.4
"""Seconds after which a call is timed no more."""
Row = dict[int, float]


def native() -> dict[str, str]:
    """Return the call of each native name; raise where one has none."""
    from calls import expressions
    from stook import _coverage

    names = [name for part in _coverage.PARTS for name in _coverage.names(part)]
    wanted = (_coverage.RECORDED, _coverage.COMPOSED)
    names = [name for name in names if _coverage.origin(name) in wanted]
    calls = expressions()
    return {name: calls[name] for name in names}


def timers(call: str, operands: dict[str, dict[str, Any]]) -> dict[str, timeit.Timer]:
    """Return what times a call in NumPy and in stook, and a look at nothing."""
    import stook

    ours = operands["stook"] | {"look": stook.sync}
    return {
        "numpy": timeit.Timer(f"result = {call}", globals=operands["numpy"]),
        "stook": timeit.Timer(f"result = {call}; look()", globals=ours),
        "look": timeit.Timer("look()", globals=ours),
    }


def libraries(n: int) -> dict[str, dict[str, Any]]:
    """Return the operands of `n` elements as each library's arrays."""
    import calls
    import numpy
    import stook

    made = calls.operands(n)
    ours = {k: stook.asarray(x) if isinstance(x, numpy.ndarray) else x for k, x in made.items()}
    return {"numpy": made | {"np": numpy}, "stook": ours | {"np": stook}}


def ratio(call: str, operands: dict[str, dict[str, Any]]) -> float:
    """Return stook's time of a call over NumPy's."""
    timed = timers(call, operands)
    number = {name: warmed_up(timer) for name, timer in timed.items()}
    least = dict.fromkeys(timed, math.inf)
    end = time.perf_counter() + LONG
    for _ in range(ROUNDS):
        for name, timer in timed.items():
            cpu, begin = time.process_time(), time.perf_counter()
            taken = timer.timeit(number[name]) / number[name]
            least[name] = min(least[name], taken)
            if name != "look":
                settle(time.process_time() - cpu, time.perf_counter() - begin)
        if time.perf_counter() > end:
            break
    # What takes no time at all may seem to take less.
    return max(least["stook"] - least["look"], 1e-9) / least["numpy"]


def warmed_up(timer: timeit.Timer) -> int:
    """Call until compilers in the background are done; return how many calls last a sample."""
    spent, count, shortest = 0.0, 0, math.inf
    while spent < WARM or (count < 3 and spent < LONG):
        taken = timer.timeit(1)
        spent, count, shortest = spent + taken, count + 1, min(shortest, taken)
    return max(1, round(SAMPLE / shortest))


def summary(size: int, rows: dict[str, Row]) -> str:
    """Return the line about one size below the table."""
    ratios = {name: row[size] for name, row in rows.items()}
    worst = sorted(ratios, key=ratios.__getitem__)[:-6:-1]
    mean = math.exp(statistics.fmean(map(math.log, ratios.values())))
    shown = ", ".join(f"{name} {ratios[name]:.2f}" for name in worst)
    slow = sum(value > (1 if size >= LARGE else 3) for value in ratios.values())
    return (
        f"{size}: median {statistics.median(ratios.values()):.2f}, geometric mean {mean:.2f}, "
        f"{slow} of {len(ratios)} too slow; worst: {shown}"
    )


def main() -> None:
    """Time the names and print the table, the slowest first."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", nargs="*", default=[], help="names that contain one of these")
    parser.add_argument("--sizes", nargs="*", type=int, default=[*SMALL, LARGE])
    parser.add_argument("--threads", type=int, default=2, help="threads for both libraries")
    parser.add_argument("--json", type=Path, help="a file for the ratios")
    given = parser.parse_args()
    limit_threads(given.threads)
    chosen = native()
    if given.only:
        chosen = {k: call for k, call in chosen.items() if any(text in k for text in given.only)}
    rows: dict[str, Row] = {name: {} for name in chosen}
    warnings.simplefilter("ignore")
    for size in given.sizes:
        operands = libraries(size)
        for name, call in chosen.items():
            rows[name][size] = ratio(call, operands)
    print("".join(f"{size:>9}" for size in given.sizes), " call")
    for name, row in sorted(rows.items(), key=lambda item: -max(item[1].values())):
        print("".join(f"{row[size]:>9.2f}" for size in given.sizes), f" {chosen[name]}")
    print(*(summary(size, rows) for size in given.sizes), sep="\n")
    if given.json:
        given.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
