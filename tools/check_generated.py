"""Check that generated files in the repository are what their generators would write now.

Each entry of `GENERATED` is a committed file and the command whose standard output it must equal,
once it is formatted as all Rust code here. ``--write`` writes them. What leaves is the list of
stale files (exit status 1 when there are any).
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

TABLES = "crates/ops/src/table/elementary"
FIT = [sys.executable, "tools/fit_polynomials.py", "--print"]
GENERATED: dict[str, list[str]] = {
    f"{TABLES}/coefficients.rs": [*FIT, "coefficients.rs"],
    f"{TABLES}/sixteen.rs": [*FIT, "sixteen.rs"],
    "docs/coverage.md": [sys.executable, "tools/list_coverage.py"],
}
FORMAT = ["rustfmt", "--edition", "2024", "--emit", "stdout"]


def stale(write: bool) -> list[str]:
    """Return the generated files that differ from what their command prints."""
    found = []
    for name, command in GENERATED.items():
        fresh = output(command)
        if name.endswith(".rs"):
            fresh = output(FORMAT, fresh)
        path = ROOT / name
        if path.exists() and path.read_text() == fresh:
            continue
        found.append(name)
        if write:
            path.write_text(fresh)
    return found


def output(command: list[str], text: str | None = None) -> str:
    """Return what a command run in the repository's root prints, given `text`."""
    return subprocess.run(
        command, cwd=ROOT, input=text, stdout=subprocess.PIPE, text=True, check=True
    ).stdout


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
