"""One process's share: programs in a row, each with a line of JSON that says what is wrong with it.

A process of its own outlives nothing: a crash, or a program that does not end, names its number.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

TIMEOUT = 300


def run(first: int, count: int) -> list[str]:
    """Return the scripts of failures that a new process finds."""
    folder = str(Path(__file__).parents[1])
    command = [sys.executable, "-m", "random_functions.batch", str(first), str(count)]
    paths = os.pathsep.join([folder, os.environ.get("PYTHONPATH", "")])
    with tempfile.TemporaryDirectory() as cache:
        env = {**os.environ, "PYTHONPATH": paths, "STOOK_CACHE_DIR": cache}
        try:
            done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=TIMEOUT)
            out, error, code = done.stdout, done.stderr, str(done.returncode)
        except subprocess.TimeoutExpired as expired:
            out = expired.stdout.decode() if expired.stdout else ""
            error, code = "", f"after {TIMEOUT} s"
    found = [json.loads(line) for line in out.splitlines()]
    if len(found) < count:
        found.append(f"# program {first + len(found)}: the process ended ({code})\n{error[-2000:]}")
    return [script for script in found if script]


def main(first: int, count: int) -> None:
    """Run programs and print what is found."""
    from .oracle import check
    from .shrinking import script, shrink
    from .writer import program

    for seed in range(first, first + count):
        failure = check(program(seed))
        print(json.dumps(script(shrink(failure)) if failure else ""), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
