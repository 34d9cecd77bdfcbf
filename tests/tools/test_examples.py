"""Each example is a plain NumPy program: it runs without stook, and draws its picture."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.mark.parametrize("name", ["terrain", "denoise", "market", "lesson"])
def test_example_runs_under_plain_python(tmp_path, name):
    program = EXAMPLES / f"{name}.py"
    assert "stook" not in program.read_text().replace("python -m stook", "").replace(
        "lesson stook is founded on", ""
    )
    command = [sys.executable, str(program), "--scale", "0.01", "--out", str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    assert (tmp_path / f"{name}.png").stat().st_size > 1000
