"""Measures stook beside NumPy, numexpr, Numba and JAX, interleaved in one run.

Run: python bench/suite.py [--only TEXT] [--quick] [--threads N] [--out FOLDER]

For each case the libraries take turns, so that a busy machine disturbs all alike; medians are
shown, and NumPy's time over theirs. `cold` is the first call in a process with an empty cache,
against NumPy's first call. The results' difference from NumPy's is checked before any timing.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PEERS = ("numexpr", "numba", "jax")
SETTLE = 0.15
"""Seconds after which OpenBLAS's threads have given up waiting for work; they spin until then."""
Row = dict[str, Any]


# -- timing ---------------------------------------------------------------------------------------


def contenders(case: Any, wanted: set[str]) -> dict[str, Callable[..., Any]]:
    """Return each library's function of the case's arguments."""
    import numpy
    import peers

    found = {"numpy": lambda *arrays: case.run(numpy, *arrays)}
    if "stook" in wanted:
        import stook

        found["stook"] = lambda *arrays: case.run(stook, *arrays)
    return found | peers.functions(case, wanted)


def arguments(library: str, data: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return copies of the arguments as the library's own arrays."""
    import numpy

    copies = tuple(x.copy() if isinstance(x, numpy.ndarray) else x for x in data)
    if library == "stook":
        import stook

        return tuple(stook.asarray(x) for x in copies)
    if library == "jax":
        import jax

        jax.config.update("jax_enable_x64", True)
        return tuple(jax.numpy.asarray(x) for x in copies)
    return copies


def finish(library: str) -> None:
    """Let what a call left pending finish, as a look at its result would."""
    if library == "stook":
        sys.modules["stook"].sync()


def seconds(library: str, function: Callable[..., Any], data: tuple[Any, ...], calls: int) -> float:
    """Return the mean time of `calls` calls in a row."""
    begin = time.perf_counter()
    for _ in range(calls):
        result = function(*data)
        # Of every call: what nobody looks at is not computed.
        finish(library)
    elapsed = time.perf_counter() - begin
    del result
    return elapsed / calls


def settle(cpu: float, wall: float) -> bool:
    """Wait until threads that worked beside let go of their cores: they would slow who is next."""
    waits = cpu > 1.1 * wall
    if waits:
        time.sleep(SETTLE)
    return waits


def wake(*calls: tuple[Callable[..., Any], tuple[Any, ...]]) -> None:
    """Call for a while what is timed next: cores that have slept come late."""
    for function, data in calls:
        begin = time.perf_counter()
        while time.perf_counter() - begin < SETTLE / 5:
            function(*data)


def measure(case: Any, divisor: int, rounds: int, wanted: set[str]) -> Row:
    """Check a case's results, then time its libraries in turn."""
    data = case.data(divisor)
    functions = contenders(case, wanted)
    operands = {library: arguments(library, data) for library in functions}
    row: Row = {"case": case.name, "goal": case.goal, "difference": {}, "failed": {}}
    # A copy, because some cases return an argument that later calls write.
    expected = copied(functions["numpy"](*operands["numpy"]))
    calls = {}
    for library, function in list(functions.items()):
        try:
            result = expected if library == "numpy" else function(*operands[library])
            row["difference"][library] = difference(expected, result)
            calls[library] = warm_up(library, function, operands[library])
        except Exception as error:
            row["failed"][library] = f"{type(error).__name__}: {error}"
            del functions[library]
    del expected, result
    times: dict[str, list[float]] = {library: [] for library in functions}
    for _ in range(rounds):
        for library, function in functions.items():
            cpu, begin = time.process_time(), time.perf_counter()
            taken = seconds(library, function, operands[library], calls[library])
            times[library].append(taken / case.times)
            if library == "numpy" and settle(
                time.process_time() - cpu, time.perf_counter() - begin
            ):
                wake(*[(functions[name], operands[name]) for name in functions if name != library])
    row["seconds"] = {library: statistics.median(values) for library, values in times.items()}
    return row


def warm_up(library: str, function: Callable[..., Any], data: tuple[Any, ...]) -> int:
    """Call until compilers in the background are done; return how many calls last a while."""
    begin, count, shortest = time.perf_counter(), 0, math.inf
    while count < 3 or time.perf_counter() - begin < 0.3:
        shortest = min(shortest, seconds(library, function, data, 1))
        count += 1
    return max(1, round(2e-3 / shortest))


def copied(result: Any) -> Any:
    """Return a result, or a tuple of them, in memory of its own."""
    import numpy

    if isinstance(result, tuple):
        return tuple(copied(item) for item in result)
    return numpy.array(result)


def difference(expected: Any, result: Any) -> float:
    """Return the largest difference relative to the largest expected value."""
    import numpy

    if isinstance(expected, tuple):
        return max(difference(one, two) for one, two in zip(expected, result, strict=True))
    wanted, got = numpy.asarray(expected), numpy.asarray(result)
    if wanted.shape != got.shape:
        return math.inf
    if not wanted.size:
        return 0.0
    return float(numpy.abs(wanted - got).max() / max(float(numpy.abs(wanted).max()), 1e-300))


# -- first calls ever -----------------------------------------------------------------------------


def cold_ratio(name: str, quick: bool, repeats: int) -> dict[str, float]:
    """Return the first call's time in fresh processes, by library."""
    times: dict[str, list[float]] = {"numpy": [], "stook": []}
    for _ in range(repeats):
        for library, values in times.items():
            command = [sys.executable, __file__, "--first", library, "--only", name]
            with tempfile.TemporaryDirectory(prefix="stook-bench-") as cache:
                environment = {**os.environ, "STOOK_CACHE_DIR": cache}
                output = subprocess.run(
                    [*command, *(["--quick"] if quick else [])],
                    env=environment,
                    stdout=subprocess.PIPE,
                    text=True,
                    check=True,
                ).stdout
            values.append(float(output.split()[-1]))
    return {library: statistics.median(values) for library, values in times.items()}


def first_call(case: Any, divisor: int, library: str) -> float:
    """Return the time of the first call in this process."""
    function = contenders(case, {library})[library]
    data = arguments(library, case.data(divisor))
    finish(library)
    return seconds(library, function, data, 1)


def import_seconds(module: str) -> float:
    """Return the CPU time of a process that imports a module, its bytecode cached as installed."""
    code = f"import {module}, resource; u = resource.getrusage(resource.RUSAGE_SELF); "
    code += "print(u.ru_utime + u.ru_stime)"
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    command, times = [sys.executable, "-c", code], []
    for _ in range(7):
        output = subprocess.run(command, stdout=subprocess.PIPE, env=environment, check=True)
        times.append(float(output.stdout))
    return min(times)


# -- the run --------------------------------------------------------------------------------------


def parse() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", default="", help="run cases whose name contains this text")
    parser.add_argument("--quick", action="store_true", help="small sizes, few rounds")
    parser.add_argument("--threads", type=int, default=2, help="threads for every library")
    parser.add_argument("--no-cold", action="store_true", help="leave first calls out")
    parser.add_argument("--without", nargs="*", default=[], help="libraries to leave out")
    parser.add_argument("--out", type=Path, default=Path("build/bench"), help="folder of results")
    parser.add_argument("--first", help=argparse.SUPPRESS)
    return parser.parse_args()


def limit_threads(count: int) -> None:
    """Give every library the same number of threads; before any of them is imported."""
    for name in ("STOOK_NUM_THREADS", "NUMEXPR_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ[name] = str(count)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", str(count))


def main() -> None:
    """Run the suite."""
    given = parse()
    if not given.first:
        limit_threads(given.threads)
    import cases
    import show

    chosen = [case for case in cases.CASES if given.only.lower() in case.name.lower()]
    if given.first:
        (case,) = [case for case in chosen if case.name == given.only]
        print(first_call(case, cases.divisor(case, given.quick), given.first))
        return
    wanted = {"stook", *PEERS} - set(given.without)
    rows = []
    print(show.head(wanted))
    for case in chosen:
        row = measure(case, cases.divisor(case, given.quick), 5 if given.quick else 11, wanted)
        gc.collect()
        if "stook" in wanted and case.cold and not given.no_cold:
            row["first"] = cold_ratio(case.name, given.quick, 1 if given.quick else 3)
        rows.append(row)
        print(show.line(row, wanted), flush=True)
    result = {"threads": given.threads, "quick": given.quick, "rows": rows}
    if "stook" in wanted:
        result["import seconds"] = {name: import_seconds(name) for name in ("numpy", "stook")}
    print(show.summary(result))
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "bench.json").write_text(json.dumps(result, indent=1) + "\n")
    show.plot(rows, wanted, given.out / "bench.png")


if __name__ == "__main__":
    main()
