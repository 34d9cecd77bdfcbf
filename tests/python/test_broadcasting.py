"""Results of `broadcast_arrays`: views whose first write is warned of, as NumPy's is."""

import warnings
from typing import Any

import numpy
import pytest
import stook
from compare import check, check_told, falling_back


def _broadcast(np: Any) -> Any:
    return np.broadcast_arrays(np.ones((3, 1)), np.arange(4.0))


@pytest.fixture(autouse=True)
def nothing_runs_in_numpy():
    with falling_back():
        yield


def test_they_are_views():
    check(lambda np: [(a, a.strides) for a in _broadcast(np)])
    a = stook.ones((3, 1))
    broadcast, _ = stook.broadcast_arrays(a, stook.arange(4))
    a[1] = 5
    assert broadcast[1].tolist() == [5] * 4


def test_arrays_of_one_shape_are_themselves():
    a, b = stook.ones(3), stook.zeros(3)
    first, second = stook.broadcast_arrays(a, b)
    assert first is a
    assert second is b


def test_an_array_of_the_common_shape_is_itself():
    a = stook.ones(3)
    first, second = stook.broadcast_arrays(0, a)
    assert second is a
    assert memoryview(first).readonly
    assert not memoryview(second).readonly


def test_a_write_may_be_warned_of_only_where_it_is_allowed():
    def program(np: Any) -> Any:
        a = np.ones(3)
        a.flags._warn_on_write = True
        bits = a.flags.num, a.flags["BEHAVED"]
        a.flags.writeable = False
        a.flags._warn_on_write = True
        return bits

    def cleared(np: Any) -> Any:
        a = np.ones(3)
        a.flags._warn_on_write = False

    check_told(program)
    check_told(cleared)
    check_told(lambda np: _broadcast(np)[0].flags.num)
    check_told(lambda np: _broadcast(np)[0].flags["W"])


WRITES = [
    lambda np, a: a.fill(2),
    lambda np, a: a.__setitem__(0, 2),
    lambda np, a: a[1].__setitem__(0, 2),
    lambda np, a: np.add(a, 1, out=a),
    lambda np, a: a.__iadd__(1),
    lambda np, a: a.flags.writeable,
    lambda np, a: setattr(a.flags, "writeable", True),
    lambda np, a: str(a.flags),
    lambda np, a: memoryview(a).readonly,
    lambda np, a: a.__array_interface__["data"][1],
]


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("writeable", [True, False])
def test_the_first_write_is_warned_of(write, writeable):
    def program(np: Any) -> Any:
        a = np.ones((3, 1))
        a.flags.writeable = writeable
        made, _ = np.broadcast_arrays(a, np.arange(4.0))
        answer = write(np, made)
        return answer if isinstance(answer, bool | str) else None, made

    check_told(program)


def test_it_is_warned_of_once():
    made, _ = _broadcast(stook)
    with pytest.warns(DeprecationWarning, match="overlapping"):
        made[0] = 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made[0] = 2
        assert made.flags.writeable
    assert numpy.asarray(made)[0, 0] == 2
