"""Counters, threads, running at once, and what the user is told of the machine."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import stook


def run(source, **environment):
    """Run a program of its own; return what it printed, and its stderr."""
    done = subprocess.run(
        [sys.executable, "-c", source],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def test_counters_tell_a_bundle_from_calls():
    stook.sync()
    before = stook.counters()
    a = stook.arange(100_000.0)
    b = a * 2 + 1
    stook.sync()
    after = stook.counters()
    assert b[1] == 3
    said = {name: after[name] - before[name] for name in after}
    assert said["operations"] >= 2
    assert said["launches"] == 1
    assert 0 < said["bytes_moved"] < said["bytes_numpy"]


def test_small_calls_are_counted_as_run_at_once():
    a = stook.ones(3)
    before = stook.counters()["at_once"]
    a = a + a
    assert stook.counters()["at_once"] > before


def test_number_of_threads_is_set_and_read():
    before = stook.get_num_threads()
    try:
        stook.set_num_threads(1)
        assert stook.get_num_threads() == 1
        with pytest.raises(ValueError):
            stook.set_num_threads(0)
    finally:
        stook.set_num_threads(before)


def test_eager_runs_every_call_before_it_returns():
    source = (
        "import stook as np\na = np.arange(100_000.0)\nb = a * 2\nc = b + 1\n"
        "print(np.counters()['launches'])"
    )
    assert int(run(source, STOOK_EAGER="1")[0]) >= 2
    assert int(run(source, STOOK_EAGER="0")[0]) == 0


def test_a_program_that_is_still_compiling_ends_cleanly():
    source = "import stook as np\na = np.arange(100_000.0)\nprint((np.sin(a) * a).sum() > 0)"
    for _ in range(3):
        assert run(source)[0].strip() == "True"


def test_refused_kernels_are_said_once(tmp_path):
    package = Path(stook.__file__).parent
    copy = tmp_path / "stook"
    shutil.copytree(package, copy, ignore=shutil.ignore_patterns("objects", "__pycache__"))
    for library in (copy / "_kernels").glob("*.so"):
        library.write_bytes(b"not a library")
    source = "import stook as np\na = np.ones(3)\nprint((a + a).sum())\nprint((a + a).sum())"
    out, err = run(source, PYTHONPATH=str(tmp_path))
    assert out.split() == ["6.0", "6.0"]
    assert err.count("no shipped kernels") == 1


def diffuse(u, steps):
    for _ in range(steps):
        u[1:-1, 1:-1] += 0.2 * (u[:-2, 1:-1] + u[2:, 1:-1] - 2.0 * u[1:-1, 1:-1])


def test_a_long_loop_of_any_length_finds_its_plan_again():
    u = stook.ones((64, 64))
    before = stook.counters()["plans"]
    diffuse(u, 400)
    stook.sync()
    assert stook.counters()["plans"] - before <= 3


def test_the_assignment_that_ends_an_operation_in_place_does_nothing():
    u = stook.ones((64, 64))
    stook.sync()
    before = stook.counters()["operations"]
    diffuse(u, 1)
    assert stook.counters()["operations"] - before == 5
