"""Each example is a plain NumPy program: it runs without stook, and draws its picture.

Under stook, every bundle of it agrees with NumPy.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NAMES = ["terrain", "denoise", "market", "lesson"]


def run(folder, name, *before):
    """Run a small example that must succeed; return its stderr."""
    program = str(EXAMPLES / f"{name}.py")
    command = [sys.executable, *before, program, "--scale", "0.01", "--out", str(folder)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert result.returncode == 0, result.stderr
    return result.stderr


@pytest.mark.parametrize("name", NAMES)
def test_example_runs_under_plain_python(tmp_path, name):
    program = EXAMPLES / f"{name}.py"
    assert "stook" not in program.read_text().replace("python -m stook", "").replace(
        "lesson stook is founded on", ""
    )
    assert run(tmp_path, name) == ""
    assert (tmp_path / f"{name}.png").stat().st_size > 1000


@pytest.mark.parametrize("name", NAMES)
def test_example_agrees_with_numpy(tmp_path, name):
    said = run(tmp_path, name, "-m", "stook", "--verify")
    assert said.startswith("stook verify:") and said.endswith("nothing differs from NumPy\n")
