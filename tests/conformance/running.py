"""Runs one of NumPy's test modules in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from conformance.selection import importable

__all__ = ["Outcomes", "run"]

_SECONDS = 1800


@dataclass
class Outcomes:
    """What became of a module's tests."""

    counted: list[str] = field(default_factory=list)
    outcomes: dict[str, str] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    handed_over: Counter[str] = field(default_factory=Counter)
    log: str = ""

    @property
    def passed(self) -> set[str]:
        """The tests that passed."""
        return {name for name, outcome in self.outcomes.items() if outcome == "passed"}

    def add(self, line: dict) -> None:
        """Take one line that the plugin wrote."""
        self.counted += line.get("counted", [])
        self.handed_over.update(line.get("handed_over", {}))
        if "outcome" in line:
            self.outcomes[line["name"]] = line["outcome"]
            self.messages[line["name"]] = line["message"]


def run(module: str, target: str = "stook") -> Outcomes:
    """Return what becomes of a test module with `target` in NumPy's place.

    Parameters
    ----------
    module : str
        A name from `selection.py`.
    target : str
        ``stook``, ``numpy``, or ``empty`` for a module without any name.
    """
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder, "results")
        found = Outcomes(log=_pytest(module, target, results, folder))
        for line in results.read_text().splitlines() if results.exists() else ():
            found.add(json.loads(line))
    if not found.outcomes:
        raise RuntimeError(f"{module}: nothing was run\n{found.log}")
    return found


def _pytest(module: str, target: str, results: Path, folder: str) -> str:
    paths = [str(Path(__file__).parent.parent), os.environ.get("PYTHONPATH", "")]
    environment = {
        **os.environ,
        "CONFORMANCE_TARGET": target,
        "CONFORMANCE_RESULTS": str(results),
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "OPENBLAS_NUM_THREADS": "1",
    }
    options = ["-p", "conformance.plugin", "-p", "no:cacheprovider", "-c", os.devnull]
    options += ["--rootdir", folder, "-q", "--tb=line", "-m", "not slow"]
    command = [sys.executable, "-m", "pytest", *options, "--pyargs", importable(module)]
    done = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, timeout=_SECONDS
    )
    return done.stdout + done.stderr
