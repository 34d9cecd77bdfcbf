"""Where memory runs out, the call that needs it raises `MemoryError`, and nothing is lost.

Each program runs on its own, under a limit on its data that leaves a little more than it has. The
limit is lifted before the arrays are compared with NumPy's.
"""

import os
import subprocess
import sys
import textwrap

import pytest

PREPARED = """
import contextlib, resource
import numpy
import stook as np
from stook import _stook

MEGABYTE = 1 << 20
N = 4_000_000

@contextlib.contextmanager
def room(megabytes):
    # Memory for this much more than there is now.
    with open("/proc/self/status") as lines:
        now = next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmData"))
    before = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (now + megabytes * MEGABYTE, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)

def raises(work):
    try:
        work()
    except MemoryError as error:
        assert str(error).startswith("Unable to allocate "), error
        return True
    return False

host = numpy.arange(N, dtype="d")
held = [numpy.arange(N, dtype="d"), numpy.arange(N)[::-1].copy(), numpy.arange(N) % 3 == 0]
a, index, mask = [np.asarray(array) for array in held]
np.sync()

def unharmed():
    for ours, theirs in zip((a, index, mask), held):
        numpy.testing.assert_array_equal(numpy.asarray(ours), theirs)
"""


def run(source, **environment):
    """Run a program of its own and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(PREPARED) + textwrap.dedent(source)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


CALLS = {
    "creation": "np.zeros(N)",
    "creation, then a look": "np.ones(N)[5].item()",
    "a copy of an array of NumPy's": "np.asarray(host)",
    "a chain": "np.asarray(np.sin(a) * 2 + a)[5].item()",
    "a running sum": "np.cumsum(a)[-1].item()",
    "a gather": "a[index]",
    "a compress": "a[mask]",
    "positions of a mask": "np.nonzero(mask)",
    "a write by indices": "a.__setitem__(index, a + 1)",
    "a write under a mask": "a.__setitem__(mask, a[mask] + 1)",
    "a joining": "np.concatenate([a, a])[0].item()",
    "a fallback to NumPy": "np.interp(np.broadcast_to(a, (5, N)), [0, 1], [0, 2])",
    "an outer product": "np.outer(a[:4000], a[:4000])[5, 5].item()",
    "a fold of many columns": "np.reshape(a, (2, -1)).sum(axis=0)[5].item()",
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_call_without_memory_raises_and_leaves_every_array(call):
    source = f"""
    with room(megabytes=8):
        assert raises(lambda: {call})
    unharmed()
    again = {call}
    print("done")
    """
    assert run(source) == "done\n"


def test_pending_work_stays_and_runs_once_there_is_memory():
    source = """
    chain = np.sin(a) * 2 + a
    with room(megabytes=8):
        assert raises(np.sync)
        assert raises(lambda: chain[5].item())
    expected = numpy.sin(held[0]) * 2 + held[0]
    numpy.testing.assert_allclose(numpy.asarray(chain), expected, rtol=1e-14)
    unharmed()
    """
    run(source)


def test_an_array_without_memory_does_not_keep_others_from_being_looked_at():
    source = """
    small = np.asarray(held[0][:500_000])
    with room(megabytes=90):
        large = small[:, np.newaxis] + np.arange(40)
        assert raises(lambda: large[0, 0].item())
        other = small * 2
        other += 1
        assert float(other[7]) == 15
        assert float(small.sum()) == held[0][:500_000].sum()
        assert len(np.packbits(small >= 0)) == len(small[small >= 0]) // 8 == 62_500
        assert repr(small[:2]) == "array([0., 1.])"
        small[0] = 5
        assert float(small[0]) == 5
        assert raises(lambda: large[0, 0].item())
    numpy.testing.assert_array_equal(numpy.asarray(large)[:, 39], held[0][:500_000] + 39)
    unharmed()
    """
    run(source)


def test_a_pending_write_in_place_is_done_once_there_is_memory():
    source = """
    a[1:] += a[:-1] + a[::-1][1:]
    with room(megabytes=8):
        assert raises(lambda: a[1].item())
        assert int(index[0]) == N - 1
    held[0][1:] += held[0][:-1] + held[0][::-1][1:]
    unharmed()
    """
    run(source)


def test_a_dropped_array_without_memory_is_forgotten():
    source = """
    with room(megabytes=8):
        large = np.ones(N)
        assert raises(lambda: large[0].item())
        del large
        np.sync()
    unharmed()
    """
    run(source)


def test_more_than_the_machine_has_is_an_error_at_the_call():
    source = """
    assert raises(lambda: np.zeros(1 << 50))
    assert raises(lambda: np.ones(1 << 50))
    assert raises(lambda: np.empty(1 << 50) + 1)
    np.sync()
    unharmed()
    """
    run(source)


def test_the_states_of_a_fold_without_memory_are_an_error():
    source = """
    flags = np.asarray(numpy.ones((70, 3_000_000), bool))
    out = np.zeros(3_000_000, "q")
    np.sync()
    with room(megabytes=8):
        assert raises(lambda: (np.sum(flags, axis=0, out=out), out[0].item()))
    assert int(np.sum(flags, axis=0)[5]) == 70
    """
    run(source)


def test_a_loop_that_records_without_memory_is_stopped():
    source = """
    small = np.asarray(held[0][:50_000])
    def record():
        roots = small
        for k in range(1000):
            roots = np.sqrt(roots) + k
        return roots
    with room(megabytes=8):
        assert raises(record)
        assert float(small[3]) == 3
    assert record().shape == small.shape
    """
    run(source)


def test_a_call_that_runs_at_once_and_finds_no_memory_changes_nothing():
    source = """
    _stook.set_eager(True)
    shifted = a[::-1]
    with room(megabytes=8):
        assert raises(lambda: a.__iadd__(shifted))
        assert raises(lambda: np.ones(N))
    np.sync()
    unharmed()
    """
    run(source)


def test_a_write_in_place_that_finds_no_memory_leaves_earlier_ones():
    source = """
    a += 1
    reader = a[::-1] * 2
    _stook.set_eager(True)
    shifted = a[::-1]
    with room(megabytes=8):
        assert raises(lambda: a.__iadd__(shifted))
    others = [np.ones(N), np.ones(N)]
    held[0] += 1
    a[:2] = 7
    numpy.testing.assert_array_equal(numpy.asarray(reader), held[0][::-1] * 2)
    held[0][:2] = 7
    unharmed()
    """
    run(source)


def test_a_write_in_place_beside_a_fold_without_memory_is_done_once():
    source = """
    wide = np.asarray(numpy.ones((6400, 4096), "b"))
    np.sync()
    with room(megabytes=8):
        wide += 1
        total = np.sum(wide, axis=0)
        assert raises(lambda: total[0].item())
    assert int(total[5]) == 12800
    assert (numpy.asarray(wide) == 2).all()
    """
    run(source)


def test_kernels_that_find_no_memory_to_be_compiled_in_stay_on_blocks(tmp_path):
    source = """
    import warnings
    small = np.asarray(held[0][:50_000])
    spare = [np.zeros(50_000) for _ in range(4)]
    del spare
    with warnings.catch_warnings(record=True) as caught, room(megabytes=3):
        warnings.simplefilter("always")
        roots = np.sqrt(np.sqrt(small) + 1)
        np.sync()
        doubles = small * 2 + 1
        np.sync()
    theirs = numpy.sqrt(numpy.sqrt(held[0][:50_000]) + 1)
    numpy.testing.assert_array_equal(numpy.asarray(roots), theirs)
    numpy.testing.assert_array_equal(numpy.asarray(doubles), held[0][:50_000] * 2 + 1)
    print([str(warning.message) for warning in caught])
    """
    output = run(source, STOOK_CACHE_DIR=str(tmp_path), STOOK_TIER="compiled")
    assert output.count("too little memory to compile in") == 1
