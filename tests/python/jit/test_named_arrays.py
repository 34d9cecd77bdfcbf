"""Arrays that compiled functions name in place of taking them as arguments."""

import gc
import weakref

import numpy as np
import pytest
import stook
from stook import CompileError, jit
from test_functions import check

WEIGHTS = np.array([0.5, 1.5, 2.5])
GRID = np.arange(12).reshape(3, 4)[:, ::2]
FIXED = np.arange(3.0)
FIXED.flags.writeable = False
OURS = stook.arange(4.0)
TABLE = {"a": 1}


def test_elements_sums_and_parts():
    def used(k):
        return (
            WEIGHTS[k] + WEIGHTS.sum(),
            GRID[k] * 2,
            GRID.shape,
            np.dot(WEIGHTS, WEIGHTS),
            len(GRID),
        )

    check(used, 1)


def test_what_is_written_is_seen_by_all(monkeypatch):
    monkeypatch.setitem(globals(), "WEIGHTS", np.zeros(3))

    @jit
    def written(k, x):
        WEIGHTS[k] = x
        return WEIGHTS[0]

    assert written(1, 2.5) == 0.0
    WEIGHTS[0] = 7
    assert written(2, 1.0) == 7.0
    assert WEIGHTS.tolist() == [7.0, 2.5, 1.0]
    monkeypatch.setitem(globals(), "WEIGHTS", np.ones(4))
    assert written(3, 5.0) == 1.0
    assert WEIGHTS.tolist() == [1.0, 1.0, 1.0, 5.0]


def test_one_is_returned_as_it_is():
    assert jit(lambda: WEIGHTS)() is WEIGHTS
    part = jit(lambda: WEIGHTS[1:])()
    assert np.shares_memory(part, WEIGHTS)
    assert part.tolist() == [1.5, 2.5]
    new = jit(lambda: WEIGHTS * 2)()
    assert type(new) is np.ndarray


def test_read_only_ones_stay_so():
    def written():
        FIXED[0] = 1

    with pytest.raises(CompileError, match="this array is read-only"):
        jit(written)()


def test_arrays_of_stooks():
    def used(x):
        OURS[1] = x
        return OURS[1] + OURS[3]

    compiled = jit(used)
    assert compiled(5.0) == 8.0
    doubled = OURS * 2
    OURS[3] = 10
    assert compiled(6.0) == 16.0
    assert doubled.tolist() == [0.0, 10.0, 4.0, 6.0]


def test_those_of_a_closure():
    def made(array):
        return jit(lambda k: array[k] * 2)

    first, second = made(np.arange(3.0)), made(np.arange(3))
    assert first(2) == 4.0
    assert second(2) == 4
    assert type(second(1)) is np.int64


def test_they_live_as_long_as_the_code():
    def made():
        array = np.arange(3.0)
        return jit(lambda: array[1]), weakref.ref(array)

    compiled, alive = made()
    assert compiled() == 1.0
    gc.collect()
    assert alive() is not None
    del compiled
    gc.collect()
    assert alive() is None


def test_other_containers_are_passed():
    with pytest.raises(CompileError, match=r"an object of type dict .*\n(.*\n)*.*pass it"):
        jit(lambda: TABLE["a"])()


@pytest.mark.parametrize("module", [np, stook])
def test_an_array_that_changes_its_place_shape_or_flag_is_seen(module, monkeypatch):
    named = module.arange(2000.0)
    monkeypatch.setitem(globals(), "changing", named)

    @jit
    def item(k):
        return changing[k]  # noqa: F821

    @jit
    def write(value):
        changing[0] = value  # noqa: F821

    assert item(1000) == 1000
    write(7.0)
    assert named[0] == 7
    named.resize(10, refcheck=False)
    named[3] = 33
    assert item(3) == 33
    with pytest.raises(IndexError):
        item(1000)
    named.flags.writeable = False
    with pytest.raises((ValueError, TypeError, stook.CompileError)):
        write(1.0)
    assert named[0] == 7
