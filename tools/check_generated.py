"""Check that generated files in the repository are what their generators would write now.

Each entry of `GENERATED` is a committed file and the command whose standard output it must equal.
``--write`` writes them. What leaves is the list of stale files (exit status 1 when there are any).
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

GENERATED: dict[str, list[str]] = {}


def stale(write: bool) -> list[str]:
    """Return the generated files that differ from what their command prints."""
    found = []
    for name, command in GENERATED.items():
        fresh = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        path = ROOT / name
        if path.exists() and path.read_text() == fresh:
            continue
        found.append(name)
        if write:
            path.write_text(fresh)
    return found


def main(arguments: list[str]) -> int:
    """Report stale files, or rewrite them with ``--write``."""
    write = "--write" in arguments
    names = stale(write)
    for name in names:
        if write:
            print(f"wrote {name}")
        else:
            print(f"{name} is stale: python tools/check_generated.py --write", file=sys.stderr)
    return 1 if names and not write else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
