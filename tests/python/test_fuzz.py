"""Random programs against NumPy, and stook's tiers and thread counts against each other.

A failure prints the shortest program found that still fails, ready to run from the repository's
root; `--seed N --programs 1` runs program N again. `make fuzz` is the long run.
"""

from __future__ import annotations

import pytest
from fuzzing.batch import SETTINGS, run
from fuzzing.lines import program
from fuzzing.oracle import check
from fuzzing.shrinking import script, shrink

ENOUGH = 5


def test_random_programs_equal_numpy(request):
    seed, programs = request.config.getoption("seed"), request.config.getoption("programs")
    print(f"programs {seed} to {seed + programs - 1}")
    scripts = []
    for number in range(seed, seed + programs):
        failure = check(program(number))
        if failure is not None:
            scripts.append(script(shrink(failure)))
        if len(scripts) >= ENOUGH:
            break
    assert not scripts, "\n\n".join(scripts)


def wrong_value(stook, monkeypatch):
    right = stook.ndarray.cumsum
    monkeypatch.setattr(stook.ndarray, "cumsum", lambda self, *a, **k: right(self, *a, **k) + 1)


def imprecise_value(stook, monkeypatch):
    right = stook.ndarray.sum
    wrong = lambda self, *a, **k: right(self, *a, **k) * (1 + 1e-13)  # noqa: E731
    monkeypatch.setattr(stook.ndarray, "sum", wrong)


def wrong_warning(stook, monkeypatch):
    import warnings

    def warns(a, b):
        warnings.warn("overflow encountered in subtract", RuntimeWarning, stacklevel=2)
        return stook.subtract(a, b)

    # Of "__add__", Python would take the slot for concatenation away for good.
    monkeypatch.setattr(stook.ndarray, "__sub__", warns)


def wrong_layout(stook, monkeypatch):
    monkeypatch.setattr(stook, "flip", lambda a: stook.asarray(a)[::-1].copy())


@pytest.mark.parametrize("spoil", [wrong_value, imprecise_value, wrong_warning, wrong_layout])
def test_what_is_wrong_is_found(spoil, monkeypatch):
    """The oracle itself: some program among a few must fail."""
    import stook

    spoil(stook, monkeypatch)
    assert any(check(program(seed)) is not None for seed in range(400))


@pytest.fixture(scope="module")
def fingerprints(request):
    """What processes with every setting have at the end of some programs."""
    programs = max(60, request.config.getoption("programs") // 100)
    seed = request.config.getoption("seed")
    return [run(seed, programs, setting, "fingerprint") for setting in SETTINGS]


@pytest.mark.parametrize("k", range(1, len(SETTINGS)), ids=lambda k: "-".join(SETTINGS[k].values()))
def test_every_tier_and_thread_count_has_the_same_bits(fingerprints, k):
    first, other = fingerprints[0], fingerprints[k]
    unequal = [a["seed"] for a, b in zip(first, other, strict=True) if a != b]
    assert not unequal, f"programs {unequal} differ between {SETTINGS[0]} and {SETTINGS[k]}"
