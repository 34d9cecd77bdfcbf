"""Measures `stook.jit` beside Numba on the same functions, interleaved in one run.

Run: python bench/compiled.py [--only TEXT] [--quick] [--out FOLDER]

Each plain function of `functions.py` is compiled by both, on one thread. Numba has its best
options: no bounds checks, NumPy's errors, fast math. stook runs with its bounds checks and without.
Ratios are Numba's time over stook's. First calls are measured in fresh processes, with empty caches
and with all on the disk. Results are compared before anything is timed.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import functions
import numpy
from show import duration, mean
from suite import copied, difference, warm_up

Row = dict[str, Any]
Data = Callable[[Any, int], tuple[Any, ...]]
NUMBA = {"fastmath": True, "error_model": "numpy", "boundscheck": False}
STOOK = {"fastmath": True, "error_model": "numpy"}

# -- cases: a function, and its arguments for a size ----------------------------------------------

CASES: dict[str, tuple[int, Data]] = {
    "dot": (100_000, lambda r, n: (r.random(n), r.random(n))),
    "mandelbrot": (200, lambda r, n: (n, n, 100)),
    "n_body": (5_000, lambda r, n: (r.random((5, 3)), r.random((5, 3)), r.random(5), n, 1e-6)),
    "matmul": (192, lambda r, n: (r.random((n, n)), r.random((n, n)))),
    "game_of_life": (256, lambda r, n: (r.integers(0, 2, (n, n), numpy.uint8), 10)),
    "levenshtein": (1_000, lambda r, n: (letters(r, n), letters(r, n + 100))),
    "sieve": (1_000_000, lambda r, n: (n,)),
    "histogram": (1_000_000, lambda r, n: (r.random(n), 0.0, 1.0, 100)),
    "k_means": (10_000, lambda r, n: (r.random((n, 4)), r.random((8, 4)), 5)),
    "floyd_warshall": (160, lambda r, n: (r.random((n, n)),)),
    "monte_carlo_pi": (1_000_000, lambda r, n: (n, 42)),
    "merge_sort": (100_000, lambda r, n: (r.random(n),)),
    "tridiagonal": (100_000, lambda r, n: (r.random(n), 2 + r.random(n), r.random(n), r.random(n))),
    "black_scholes": (
        50_000,
        lambda r, n: (r.uniform(5, 30, n), r.uniform(1, 100, n), r.uniform(0.25, 9, n), 0.02, 0.3),
    ),
    "sparse_matvec": (20_000, lambda r, n: sparse(r, n)),
    "bilateral": (96, lambda r, n: (r.random((n, n)), 3, 0.1, 4.0)),
    "smith_waterman": (1_000, lambda r, n: (letters(r, n), letters(r, n + 100), 2, -1, -1)),
    "n_queens": (8, lambda r, n: (n,)),
}
SMALL: dict[str, tuple[Any, ...]] = {
    "two_numbers": (1.5, 2.5),
    "one_array": (numpy.arange(3.0),),
    "two_arrays": (numpy.arange(3.0), numpy.arange(3.0)),
}


def letters(random: Any, n: int) -> Any:
    """Return a word of four letters as code points."""
    return random.integers(97, 101, n).astype(numpy.int32)


def sparse(random: Any, n: int) -> tuple[Any, ...]:
    """Return a matrix of about ten elements a row, by compressed rows, and a vector."""
    rows = numpy.concatenate([[0], numpy.cumsum(random.integers(0, 20, n))])
    return random.random(rows[-1]), random.integers(0, n, rows[-1]), rows, random.random(n)


def arguments(name: str, quick: bool) -> tuple[Any, ...]:
    """Return a case's arguments."""
    size, make = CASES[name]
    return make(numpy.random.default_rng(0), size // 10 if quick and size > 20 else size)


def compiled(library: str, name: str, **options: Any) -> Any:
    """Return a function as a library compiles it."""
    function = getattr(functions, name)
    if library == "numba":
        import numba

        return numba.njit(**NUMBA, **options)(function)
    import stook

    return stook.jit(**STOOK, **options)(function)


# -- time of a run and of a call ------------------------------------------------------------------


def contenders(name: str) -> dict[str, Any]:
    """Return a function as compiled by each."""
    return {
        "numba": compiled("numba", name),
        "stook": compiled("stook", name),
        "unchecked": compiled("stook", name, boundscheck=False),
    }


def in_turns(made: dict[str, Any], data: tuple[Any, ...], rounds: int) -> dict[str, float]:
    """Return the median time of a call, by contender."""
    # `suite` would wait for what stook's arrays have pending; here are NumPy's only.
    calls = {which: warm_up("", function, data) for which, function in made.items()}
    times: dict[str, list[float]] = {which: [] for which in made}
    for _ in range(rounds):
        for which, function in made.items():
            count = calls[which]
            begin = time.perf_counter()
            for _ in range(count):
                function(*data)
            times[which].append((time.perf_counter() - begin) / count)
    return {which: statistics.median(values) for which, values in times.items()}


def measure(name: str, quick: bool, rounds: int) -> Row:
    """Compare a case's results, then time its contenders in turn."""
    data, made = arguments(name, quick), contenders(name)
    results = {which: copied(function(*data)) for which, function in made.items()}
    apart = max(difference(results["numba"], result) for result in results.values())
    return {"case": name, "difference": apart, "seconds": in_turns(made, data, rounds)}


# -- first calls, in processes of their own -------------------------------------------------------


def first_call(library: str, name: str, quick: bool, kept: bool) -> dict[str, float]:
    """Return the time of a library's import and of a function's first call in this process."""
    data = arguments(name, quick)
    begin = time.perf_counter()
    __import__(library)
    imported = time.perf_counter()
    options = {"cache": True} if library == "numba" and kept else {}
    compiled(library, name, **options)(*data)
    return {"import": imported - begin, "call": time.perf_counter() - imported}


def first_calls(library: str, name: str, quick: bool, repeats: int) -> dict[str, float]:
    """Return the median times of first calls: with empty caches, and with all on the disk."""
    cold, warm, imports = [], [], []
    for _ in range(repeats):
        with tempfile.TemporaryDirectory(prefix="stook-bench-") as cache:
            for kept, times in ((False, cold), (True, None), (True, warm)):
                found = in_process(library, name, quick, kept, cache)
                if times is not None:
                    times.append(found["call"])
                    imports.append(found["import"])
    medians = {"cold": cold, "disk": warm, "import": imports}
    return {key: statistics.median(times) for key, times in medians.items()}


def in_process(library: str, name: str, quick: bool, kept: bool, cache: str) -> dict[str, float]:
    """Run `first_call` in a fresh process; what is not kept has a cache that nobody shares."""
    folder = cache if kept else f"{cache}/cold"
    command = [sys.executable, __file__, "--only", name, "--first", library]
    command += ["--kept"] * kept + ["--quick"] * quick
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"STOOK_CACHE_DIR": folder, "NUMBA_CACHE_DIR": folder}
    output = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    return dict(json.loads(output.stdout))


# -- the run --------------------------------------------------------------------------------------


def parse() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", default="", help="run cases whose name contains this text")
    parser.add_argument("--quick", action="store_true", help="small sizes, few rounds")
    parser.add_argument("--no-cold", action="store_true", help="leave first calls out")
    parser.add_argument("--out", type=Path, default=Path("build/bench"), help="folder of results")
    parser.add_argument("--first", help=argparse.SUPPRESS)
    parser.add_argument("--kept", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def head() -> str:
    """Return the table's first line."""
    columns = "".join(f"{name:>11}" for name in ("numba", "run", "checked", "cold", "disk"))
    return f"{'case':<16}{columns}{'cold':>10}{'difference':>12}"


def line(row: Row) -> str:
    """Return a case's times and ratios."""
    found = ratios(row)
    shown = "".join(f"{found[key]:>11.2f}" if key in found else f"{'-':>11}" for key in RATIOS)
    cold = duration(row["first"]["stook"]["cold"]) if "first" in row else "-"
    numba = duration(row["seconds"]["numba"])
    return f"{row['case']:<16}{numba:>11}{shown}{cold:>10}{row['difference']:>12.1e}"


RATIOS = ("run", "checked", "cold", "disk")


def ratios(row: Row) -> dict[str, float]:
    """Return Numba's times over stook's."""
    times = row["seconds"]
    found = {"run": times["numba"] / times["unchecked"], "checked": times["numba"] / times["stook"]}
    if "first" in row:
        numba, stook = row["first"]["numba"], row["first"]["stook"]
        found |= {key: numba[key] / stook[key] for key in ("cold", "disk")}
    return found


def summary(rows: list[Row], calls: dict[str, dict[str, float]]) -> str:
    """Return the lines below the table."""
    lines = ["", "numba: its time; then its time over stook's: run without bounds checks, checked,"]
    lines.append("first call with empty caches, first call from the disk; cold: stook's time")
    for key in RATIOS:
        values = [found[key] for found in map(ratios, rows) if key in found]
        if values:
            lines.append(f"{key}: geometric mean {mean(values):.2f}, least {min(values):.2f}")
    for name, times in calls.items():
        ratio = times["numba"] / times["stook"]
        both = f"{duration(times['numba'])} and {duration(times['stook'])}"
        lines.append(f"call of {name}: {both}, {ratio:.2f}")
    return "\n".join(lines)


def main() -> None:
    """Run the cases."""
    given = parse()
    os.environ["NUMBA_NUM_THREADS"] = os.environ["STOOK_NUM_THREADS"] = "1"
    if given.first:
        print(json.dumps(first_call(given.first, given.only, given.quick, given.kept)))
        return
    rows = []
    print(head())
    for name in CASES:
        if given.only.lower() not in name:
            continue
        row = measure(name, given.quick, 5 if given.quick else 15)
        if not given.no_cold:
            repeats = 1 if given.quick else 3
            libraries = ("numba", "stook")
            row["first"] = {x: first_calls(x, name, given.quick, repeats) for x in libraries}
        rows.append(row)
        print(line(row), flush=True)
    calls = {name: in_turns(contenders(name), data, 15) for name, data in SMALL.items()}
    print(summary(rows, calls))
    given.out.mkdir(parents=True, exist_ok=True)
    result = {"quick": given.quick, "rows": rows, "calls": calls}
    (given.out / "compiled.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
