"""The floor check passes on this repository, and fails on each kind of broken rule."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def check(root: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tools" / "check_floors.py"), str(root)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def workspace(root: Path, crate: str, manifest: str) -> Path:
    folder = root / "crates" / crate
    folder.mkdir(parents=True)
    (folder / "Cargo.toml").write_text(f'[package]\nname = "stook-{crate}"\n{manifest}')
    return root


def test_repository_keeps_the_rule():
    result = check(ROOT)
    assert (result.returncode, result.stderr) == (0, "")


def test_lower_floor_is_allowed(tmp_path):
    manifest = "[dependencies]\nstook-types.workspace = true\nsmallvec = '1'\n"
    assert check(workspace(tmp_path, "plan", manifest)).returncode == 0


@pytest.mark.parametrize(
    ("crate", "manifest", "message"),
    [
        ("types", "[dependencies]\nstook-ops.workspace = true\n", "lower floors only"),
        ("plan", "[dependencies]\nstook-llvm.workspace = true\n", "lower floors only"),
        ("plan", "[dev-dependencies]\nstook-runtime.workspace = true\n", "lower floors only"),
        ("cpu", "[dependencies]\ninkwell = '0.11'\n", "only `llvm` may name inkwell"),
        ("runtime", "[dependencies]\npyo3 = { version = '0.29' }\n", "only `python` may name pyo3"),
        (
            "cpu",
            "[dependencies.hidden]\npackage = 'inkwell'\nversion = '0.11'\n",
            "only `llvm` may name inkwell",
        ),
        (
            "kernel",
            "[target.'cfg(unix)'.dependencies]\nstook-plan.workspace = true\n",
            "lower floors only",
        ),
        ("stray", "", "no floor is assigned"),
        ("plan", "[dependencies]\nstook-stray.workspace = true\n", "on no floor"),
    ],
)
def test_broken_rule_is_named(tmp_path, crate, manifest, message):
    result = check(workspace(tmp_path, crate, manifest))
    assert result.returncode == 1
    assert message in result.stderr
