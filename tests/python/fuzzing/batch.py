"""One process's share: programs in a row under one setting of stook's.

Numbers of programs enter by the command line; for each a line of JSON leaves, with its fingerprint
and the script of its failure. A process of its own outlives nothing: a crash names its program.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

SETTINGS = [
    {"STOOK_TIER": tier, "STOOK_NUM_THREADS": threads}
    for tier, threads in [
        ("adaptive", "2"),
        ("shipped", "1"),
        ("adaptive", "1"),
        ("shipped", "4"),
        ("compiled", "2"),
    ]
]
TIMEOUT = 600


def run(first: int, count: int, setting: dict[str, str], task: str) -> list[dict[str, Any]]:
    """Return what a new process finds; `task` is "check", "fingerprint" or "both"."""
    folder = str(Path(__file__).parents[1])
    command = [sys.executable, "-m", "fuzzing.batch", str(first), str(count), task]
    paths = os.pathsep.join([folder, os.environ.get("PYTHONPATH", "")])
    env = {**os.environ, **setting, "PYTHONPATH": paths}
    try:
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=TIMEOUT)
        out, error, code = done.stdout, done.stderr, str(done.returncode)
    except subprocess.TimeoutExpired as expired:
        out = expired.stdout.decode() if expired.stdout else ""
        error, code = "", f"after {TIMEOUT} s"
    found = [json.loads(line) for line in out.splitlines()]
    if len(found) < count:
        seed = first + len(found)
        said = f"# program {seed}: the process ended ({code})\n{error[-2000:]}"
        found.append({"seed": seed, "failure": said})
    return found


def main(first: int, count: int, task: str) -> None:
    """Run programs and print what is found."""
    from .lines import program
    from .oracle import check, fingerprint
    from .shrinking import script, shrink

    for seed in range(first, first + count):
        found: dict[str, Any] = {"seed": seed}
        chosen = program(seed)
        failure = check(chosen) if task != "fingerprint" else None
        if failure is not None:
            found["failure"] = script(shrink(failure))
        if task != "check":
            found["fingerprint"] = fingerprint(chosen)
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
