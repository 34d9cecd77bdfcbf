"""Random programs against NumPy, and stook's tiers and thread counts against each other.

A failure prints the shortest program found that still fails, ready to run from the repository's
root; `--seed N --programs 1` runs program N again.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from fuzz_oracle import check, failures
from fuzz_programs import program

ENOUGH = 5
SETTINGS = [
    {"STOOK_TIER": "shipped", "STOOK_NUM_THREADS": "1"},
    {"STOOK_TIER": "shipped", "STOOK_NUM_THREADS": "4"},
    {"STOOK_TIER": "adaptive", "STOOK_NUM_THREADS": "2"},
    {"STOOK_TIER": "compiled", "STOOK_NUM_THREADS": "1"},
]
FINGERPRINTS = """
import sys
sys.path.insert(0, {folder!r})
from fuzz_oracle import fingerprint
from fuzz_programs import program
for seed in range({start}, {stop}):
    print(seed, fingerprint(program(seed)))
"""


def test_random_programs_equal_numpy(request):
    seed, programs = request.config.getoption("seed"), request.config.getoption("programs")
    print(f"programs {seed} to {seed + programs - 1}")
    scripts = []
    for failure in failures(range(seed, seed + programs)):
        scripts.append(failure.script())
        if len(scripts) >= ENOUGH:
            break
    assert not scripts, "\n\n".join(scripts)


def test_a_wrong_value_is_found(monkeypatch):
    """The oracle itself: with sums off by one, some program among a few must fail."""
    import stook

    right = stook.ndarray.cumsum
    monkeypatch.setattr(stook.ndarray, "cumsum", lambda self, *a, **k: right(self, *a, **k) + 1)
    assert any(check(program(seed)) is not None for seed in range(200))


@pytest.fixture(scope="module")
def fingerprints(request):
    """Start processes with every setting, and gather what they print."""
    programs = max(60, request.config.getoption("programs") // 100)
    start = request.config.getoption("seed")
    folder = str(Path(__file__).parent)
    code = FINGERPRINTS.format(folder=folder, start=start, stop=start + programs)
    return [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, **setting},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.splitlines()
        for setting in SETTINGS
    ]


@pytest.mark.parametrize("k", range(1, len(SETTINGS)), ids=lambda k: "-".join(SETTINGS[k].values()))
def test_every_tier_and_thread_count_has_the_same_bits(fingerprints, k):
    first, other = fingerprints[0], fingerprints[k]
    unequal = [a.split()[0] for a, b in zip(first, other, strict=True) if a != b]
    assert not unequal, f"programs {unequal} differ between {SETTINGS[0]} and {SETTINGS[k]}"
