"""`make fuzz-jit`: many random functions in several processes.

Failures are printed as they come, as scripts; the exit status says whether there was one.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from .batch import run

BATCH = 200


def main() -> int:
    """Run the programs that the command line asks for."""
    parser = argparse.ArgumentParser(prog="random_functions", description=__doc__)
    parser.add_argument("--programs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0, help="the number of the first program")
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    asked = parser.parse_args()
    last = asked.seed + asked.programs
    print(f"programs {asked.seed} to {last - 1}", flush=True)
    begin, done, failed = time.monotonic(), 0, 0
    firsts = range(asked.seed, last, BATCH)
    sizes = [min(BATCH, last - first) for first in firsts]
    with ThreadPoolExecutor(asked.processes) as pool:
        for size, scripts in zip(sizes, pool.map(run, firsts, sizes), strict=True):
            done, failed = done + size, failed + len(scripts)
            print(*scripts, sep="\n\n", end="\n\n" if scripts else "", flush=True)
            if done % (10 * BATCH) == 0:
                rate = done / (time.monotonic() - begin)
                print(f"{done} programs, {failed} failures, {rate:.0f} a second", flush=True)
    print(f"{done} programs, {failed} failures")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
