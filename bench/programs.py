"""Times the NumPy programs of NPBench, unmodified, under stook and under plain NumPy.

Run: python bench/programs.py CHECKOUT [--preset S|M|L|paper] [--only TEXT] [--rounds N]
[--empty-cache]

CHECKOUT is a copy of github.com/spcl/npbench (A. N. Ziogas et al., "NPBench: A Benchmarking Suite
for High-Performance NumPy", ICS 2021), whose programs nobody here wrote. Each runs as
`python program.py` and as `python -m stook program.py` in turn, some rounds of two fresh processes,
call after call for a while, with copies of its arguments made, and finished, before each call. A
line has NumPy's time, NumPy's time over stook's for the later calls, for the first call and for the
first ten together, each the median of all rounds, and the largest difference over the largest
value. `--empty-cache` lets nothing be found on disk.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy
from show import duration

PROGRAM = Path(__file__).with_name("one_program.py")
TIMEOUT = 300
FEW = 10
"""First calls that are also shown together."""

Ran = tuple[list[float], list[numpy.ndarray]]


def main() -> None:
    """Measure the programs that the command line names, and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--preset", default="S", help="size of the data: S, M, L or paper")
    parser.add_argument("--only", default="", help="programs whose name contains this text")
    parser.add_argument("--rounds", type=int, default=3, help="fresh processes of each")
    parser.add_argument("--empty-cache", action="store_true", help="with no code on disk")
    given = parser.parse_args()
    print(
        f"{'program':26}{'NumPy':>12}{'stook':>8}{'first':>8}{f'first {FEW}':>10}{'difference':>12}"
    )
    ratios: list[list[float]] = []
    found = sorted((given.checkout / "bench_info").glob("*.json"))
    for path in (path for path in found if given.only in path.stem):
        rounds = [[run(given, path.stem, runner) for runner in ([], ["-m", "stook"])]]
        while len(rounds) < given.rounds and not any(isinstance(x, str) for x in rounds[0]):
            rounds.append([run(given, path.stem, runner) for runner in ([], ["-m", "stook"])])
        problems = [x for both in rounds for x in both if isinstance(x, str)]
        if problems:
            print(f"{path.stem:26}" + "; ".join(problems))
            continue
        numpys, ours = zip(*rounds, strict=True)
        shown = [
            statistics.median(seconds(ran[0]) for ran in numpys)
            / statistics.median(seconds(ran[0]) for ran in ours)
            for seconds in (later, first, several)
        ]
        ratios.append(shown)
        columns = "".join(
            f"{ratio:{width}.2f}" for ratio, width in zip(shown, (8, 8, 10), strict=True)
        )
        apart = difference(numpys[0][1], ours[0][1])
        usual = statistics.median(later(ran[0]) for ran in numpys)
        print(f"{path.stem:26}{duration(usual):>12}{columns}{apart:12.1e}", flush=True)
    means = [statistics.geometric_mean(column) for column in zip(*ratios, strict=True)]
    print(f"{'geometric mean':38}{means[0]:8.2f}{means[1]:8.2f}{means[2]:10.2f}")


def later(times: list[float]) -> float:
    """Return the median of the calls after the first ones."""
    return statistics.median(times[len(times) // 2 :])


def first(times: list[float]) -> float:
    """Return the time of the first call."""
    return times[0]


def several(times: list[float]) -> float:
    """Return the time of the first few calls together."""
    return sum(times[:FEW])


def run(given: Any, name: str, runner: list[str]) -> Ran | str:
    """Return a program's times and results, or why there are none."""
    info = given.checkout.resolve() / "bench_info" / f"{name}.json"
    described = json.loads(info.read_text())["benchmark"]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        # The program stands beside NPBench's modules, as a user's own would.
        script = Path(folder) / PROGRAM.name
        script.write_text(PROGRAM.read_text())
        (Path(folder) / "npbench").symlink_to(given.checkout.resolve() / "npbench")
        request = json.dumps({**described, "preset": given.preset, "out": str(out)})
        env = {**os.environ, "STOOK_CACHE_DIR": folder} if given.empty_cache else None
        command = [sys.executable, *runner, str(script), request]
        try:
            done = subprocess.run(command, env=env, capture_output=True, timeout=TIMEOUT, text=True)
        except subprocess.TimeoutExpired:
            return f"over {TIMEOUT} s"
        if done.returncode:
            return (done.stderr.strip().splitlines() or ["no message"])[-1]
        times, kept = pickle.loads(out.read_bytes())
        return times, [numpy.frombuffer(raw, dtype).reshape(shape) for raw, dtype, shape in kept]


def difference(expected: list[numpy.ndarray], found: list[numpy.ndarray]) -> float:
    """Return the largest difference over the largest value; infinity for other shapes or types."""
    worst = 0.0
    for a, b in zip(expected, found, strict=True):
        if (a.shape, a.dtype) != (b.shape, b.dtype):
            return float("inf")
        finite = numpy.isfinite(a)
        if not numpy.array_equal(a[~finite], b[~finite], equal_nan=a.dtype.kind in "fc"):
            return float("inf")
        if finite.any():
            largest = float(numpy.abs(a[finite]).max()) or 1.0
            apart = numpy.abs(
                numpy.subtract(a[finite], b[finite], dtype=numpy.result_type(a, float))
            )
            worst = max(worst, float(apart.max()) / largest)
    return worst


if __name__ == "__main__":
    main()
