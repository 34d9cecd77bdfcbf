"""`make fuzz`: many programs in several processes, under every setting of tier and threads in turn.

The first programs of each batch run under another setting as well, for the same bits. Failures are
printed as they come, as scripts; the exit status says whether there was one.
"""

from __future__ import annotations

import argparse
import collections
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from .batch import SETTINGS, run

BATCH = 500
TWICE = 25
"""Programs of a batch that run under a second setting."""


def batch(number: int, first: int, count: int) -> tuple[str, int, list[str]]:
    """Run a batch: its tier, its size and the scripts of its failures."""
    own = number % len(SETTINGS)
    other = (own + 1 + number // len(SETTINGS) % (len(SETTINGS) - 1)) % len(SETTINGS)
    few = min(TWICE, count)
    found = run(first, few, SETTINGS[own], "both")
    again = run(first, few, SETTINGS[other], "fingerprint")
    if count > few:
        found += run(first + few, count - few, SETTINGS[own], "check")
    scripts = [entry["failure"] for entry in found if "failure" in entry]
    for one, two in zip(found, again, strict=False):
        if "failure" in two:
            scripts.append(two["failure"])
        elif one.get("fingerprint", two["fingerprint"]) != two["fingerprint"]:
            scripts.append(
                f"# program {two['seed']}: {SETTINGS[own]} differs from {SETTINGS[other]}"
            )
    return SETTINGS[own]["STOOK_TIER"], count, scripts


def main() -> int:
    """Run the programs that the command line asks for."""
    parser = argparse.ArgumentParser(prog="fuzzing", description=__doc__)
    parser.add_argument("--programs", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=0, help="the number of the first program")
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    asked = parser.parse_args()
    last = asked.seed + asked.programs
    print(f"programs {asked.seed} to {last - 1}", flush=True)
    begin, done, failed = time.monotonic(), collections.Counter(), 0
    with ThreadPoolExecutor(asked.processes) as pool:
        firsts = range(asked.seed, last, BATCH)
        sizes = [min(BATCH, last - first) for first in firsts]
        for tier, count, scripts in pool.map(batch, range(len(firsts)), firsts, sizes):
            done[tier] += count
            failed += len(scripts)
            print(*scripts, sep="\n\n", end="\n\n" if scripts else "", flush=True)
            if done.total() % (20 * BATCH) == 0:
                rate = done.total() / (time.monotonic() - begin)
                print(
                    f"{done.total()} programs, {failed} failures, {rate:.0f} a second", flush=True
                )
    tiers = ", ".join(f"{count} {tier}" for tier, count in sorted(done.items()))
    print(f"{done.total()} programs ({tiers}), {failed} failures")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
