"""Hold the floor rule: a crate uses lower floors only, never a sibling.

Reads every ``crates/*/Cargo.toml``; what leaves is the list of broken rules (exit status 1 when
there are any). Beside the floors it holds that a foreign library has one owner: LLVM is named by
``llvm`` alone, Python by ``python`` alone, CUDA by ``cuda`` alone. ARCHITECTURE.md explains why.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Any

FLOORS: dict[str, int] = {
    "types": 0,
    "ops": 1,
    "storage": 1,
    "kernel": 2,
    "plan": 3,
    "llvm": 3,
    "jit": 4,
    "runtime": 5,
    "libraries": 5,
    "cpu": 6,
    "cuda": 6,
    "python": 7,
}

OWNERS: dict[str, str] = {
    "inkwell": "llvm",
    "llvm-sys": "llvm",
    "pyo3": "python",
    "numpy": "python",
    "cudarc": "cuda",
}

PREFIX = "stook-"
SECTIONS = ("dependencies", "build-dependencies", "dev-dependencies")


def broken_rules(root: Path) -> list[str]:
    """Return a sentence for each broken rule of the workspace at `root`."""
    problems = []
    for manifest in sorted((root / "crates").glob("*/Cargo.toml")):
        crate = manifest.parent.name
        if crate not in FLOORS:
            problems.append(f"crates/{crate}: no floor is assigned to it in tools/check_floors.py")
            continue
        for name in dependencies(tomllib.loads(manifest.read_text())):
            problem = broken_rule(crate, name)
            if problem:
                problems.append(f"crates/{crate}/Cargo.toml: {problem}")
    return problems


def dependencies(manifest: dict[str, Any]) -> list[str]:
    """Return the packages a manifest names, whatever it calls them and on whatever target."""
    tables = [manifest, *manifest.get("target", {}).values()]
    names = []
    for table in tables:
        for section in SECTIONS:
            for alias, entry in table.get(section, {}).items():
                renamed = entry.get("package") if isinstance(entry, dict) else None
                names.append(renamed or alias)
    return names


def broken_rule(crate: str, dependency: str) -> str | None:
    """Return why `crate` may not name `dependency`, or None where it may."""
    if dependency in OWNERS and OWNERS[dependency] != crate:
        return f"only `{OWNERS[dependency]}` may name {dependency}"
    if not dependency.startswith(PREFIX):
        return None
    lower = dependency.removeprefix(PREFIX)
    if lower not in FLOORS:
        return f"{dependency} is on no floor"
    if FLOORS[lower] >= FLOORS[crate]:
        return (
            f"floor {FLOORS[crate]} (`{crate}`) may not use floor {FLOORS[lower]} (`{lower}`): "
            "lower floors only"
        )
    return None


def main(arguments: list[str]) -> int:
    """Check the workspace named by the first argument, or the one this file lies in."""
    root = Path(arguments[0]) if arguments else Path(__file__).resolve().parent.parent
    problems = broken_rules(root)
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
