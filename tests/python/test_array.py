"""The array class: attributes, views, aliasing, conversion."""

import contextlib
import copy
import pickle
import sqlite3

import numpy
import pytest
import stook
from compare import check


def grid(np, *shape, dtype="f8"):
    """Return the numbers from 0 in a shape."""
    size = int(numpy.prod(shape))
    return np.arange(size).reshape(shape).astype(dtype)


VIEWS = """
a.T; a.transpose(1, 0, 2); a.transpose((2, 0, 1)); a.transpose(0, 0, 1); a.transpose(0, 1)
a.swapaxes(0, 2); a.mT; a.reshape(6, 4); a.reshape(-1); a.reshape((2, -1)); a.reshape(5, -1)
a.reshape(7); a.reshape(-1, -1); a.T.reshape(24, order='A'); a.ravel(); a.T.ravel('F')
a.flatten('F'); a[:1].squeeze(); a[:1].squeeze(0); a.squeeze(1); a.squeeze(9); a.diagonal()
a.diagonal(1); a.diagonal(-1, 1, 2); a.diagonal(9); np.diagonal(a, 0, 0, 0)
np.broadcast_to(a, (5, 2, 3, 4)); np.broadcast_to(a, (3, 4)); np.flip(a); np.flip(a, 0)
np.flip(a, (0, 2)); np.flip(a, 7); np.moveaxis(a, 0, -1); np.moveaxis(a, [0, 1], [-1, -2])
np.moveaxis(a, 5, 0); np.moveaxis(a, 0, (9,)); np.rollaxis(a, 2); np.expand_dims(a, (0, 2))
np.expand_dims(a, 9); a.real; a.imag
(a * 1j).real; (a * 1j).imag; a.view('i8'); a.view('f4'); a.view('c16'); a[::2].view(np.int64)
a.copy(); a.T.copy(); a.T.copy('K'); a.astype('i4'); a.astype('i4', casting='safe')
a[1:, ::-1, ::2]; a[..., 0]; a[:, None]; a[5:1]; a[-1, -1]; a[0, ..., 1]
"""


@pytest.mark.parametrize("expression", VIEWS.replace("\n", ";").split(";"))
def test_view_is_numpys(expression):
    def program(np):
        result = eval(expression.strip() or "a", {"np": np, "a": grid(np, 2, 3, 4)})
        flags = result.flags
        layout = (result.strides, flags.c_contiguous, flags.f_contiguous, flags.writeable)
        return result, layout

    check(program)


def test_writing_a_view_writes_the_array():
    def program(np):
        a = grid(np, 4, 4)
        a[1:3, ::2] = -1
        a.T[0] += 5
        a.diagonal()
        a.reshape(-1)[::5] *= 2
        return a

    check(program)


def test_overlapping_writes_read_before_they_write():
    def program(np):
        a, b = grid(np, 10), grid(np, 10)
        a[1:] += a[:-1]
        b[::-1] = b
        b[:-1] = b[1:]
        return a, b

    check(program)


def test_an_array_can_be_gone_through_backwards():
    assert list(reversed(stook.arange(3))) == [2, 1, 0]
    assert [row.tolist() for row in reversed(stook.eye(2))] == [[0, 1], [1, 0]]
    with pytest.raises(TypeError, match="unsized"):
        reversed(stook.asarray(1))


def test_export_shares_memory_both_ways():
    a = stook.zeros(4)
    outside = numpy.asarray(a)
    a[0] = 1
    outside[1] = 2
    assert a.tolist() == [1, 2, 0, 0]
    a += 1
    assert outside.tolist() == [2, 3, 1, 1]
    assert memoryview(a).format == "d"


def test_asarray_of_numpy_is_a_snapshot():
    outside = numpy.zeros(3)
    a = stook.asarray(outside)
    outside[0] = 9
    assert a[0] == 0


def test_arrays_of_libraries_are_instances():
    assert isinstance(numpy.zeros(2), stook.ndarray)
    assert isinstance(stook.zeros(2), stook.ndarray)
    assert not isinstance([1.0], stook.ndarray)


def test_numpy_function_on_our_array_gives_our_array():
    a = grid(stook, 2, 3)
    assert type(numpy.add(numpy.ones((2, 3)), a)) is stook.ndarray
    assert type(numpy.ones((2, 3)) + a) is stook.ndarray
    assert type(numpy.concatenate([a, a])) is stook.ndarray
    assert numpy.sum(a) == 15


def test_pickle_and_copies_keep_elements_and_class():
    a = grid(stook, 2, 3)
    for made in (pickle.loads(pickle.dumps(a)), copy.copy(a), copy.deepcopy(a)):
        assert type(made) is stook.ndarray
        made[0, 0] = 7
        assert a[0, 0] == 0
        assert made[1].tolist() == [3, 4, 5]


def test_text_is_numpys():
    a = grid(stook, 2, 3)
    assert repr(a) == repr(numpy.asarray(a))
    assert str(a) == str(numpy.asarray(a))
    assert f"{a[0, 1]:.2f}" == "1.00"


def test_conversions_to_numbers():
    for expression in (
        "bool(a)", "bool(a[:1])", "bool(a[:0])", "float(a[0])", "a.item(2)", "a.item()",
        "len(a)", "5 in a", "2 in a", "list(a)", "a.tolist()", "np.array(3).__index__()",
        "np.array(3.).__index__()", "a.tobytes()", "hex(np.array(7))", "range(5)[np.array(2)]",
    ):  # fmt: skip
        check(lambda np, e=expression: eval(e, {"np": np, "a": grid(np, 4)}))


def test_read_only_arrays_refuse_writes():
    def program(np):
        np.broadcast_to(grid(np, 3), (2, 3))[0] = 1

    def in_place(np):
        a = grid(np, 3)
        a.flags.writeable = False
        a += 1

    check(program)
    check(in_place)


def test_subclass_of_the_array_keeps_its_isinstance():
    class Mine(stook.ndarray):
        pass

    made = Mine((2,), "f8")
    assert isinstance(made, Mine)
    assert isinstance(made, stook.ndarray)
    assert not isinstance(stook.zeros(2), Mine)
    assert not isinstance(numpy.zeros(2), Mine)


def test_arrays_are_sequences_to_those_who_ask_c():
    rows = stook.arange(6.0).reshape(3, 2)
    assert [row.tolist() for row in reversed(rows)] == [[4, 5], [2, 3], [0, 1]]
    with contextlib.closing(sqlite3.connect(":memory:")) as base:
        base.execute("create table t (x, y)")
        base.executemany("insert into t values (?, ?)", rows)
        assert base.execute("select x, y from t").fetchall() == [(0, 1), (2, 3), (4, 5)]
