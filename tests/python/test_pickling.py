"""Pickles of arrays, by every protocol."""

import copy
import io
import pickle

import numpy
import pytest
import stook

LAYOUTS = {
    "C": lambda a: a,
    "F": lambda a: a.T,
    "moved axes": lambda a: a.reshape(2, 3, 2).transpose(1, 2, 0),
    "new axis": lambda a: a[:, None],
    "strided": lambda a: a[:, ::2],
    "reversed": lambda a: a[::-1],
    "row": lambda a: a[0],
    "scalar": lambda a: a[0, 0, ...],
    "empty": lambda a: a[:0],
}
PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


def grid(np, dtype="f8"):
    return np.arange(12).astype(dtype).reshape(3, 4)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", "?bHiqefdFD")
def test_arrays_come_back_as_numpys_do(protocol, layout, dtype):
    made = [
        pickle.loads(pickle.dumps(LAYOUTS[layout](grid(np, dtype)), protocol))
        for np in (numpy, stook)
    ]
    expected, got = made
    assert type(got) is stook.ndarray
    assert (got.dtype, got.shape, got.strides) == (expected.dtype, expected.shape, expected.strides)
    assert got.flags.writeable == expected.flags.writeable
    assert got.tolist() == expected.tolist()
    got += got  # its memory is its own


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_arrays_that_may_not_be_written_come_back_as_numpys_do(protocol):
    found = []
    for np in (numpy, stook):
        a = grid(np)
        a.flags.writeable = False
        found.append(pickle.loads(pickle.dumps(a, protocol)).flags.writeable)
    assert found[0] == found[1]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_fifth_protocol_hands_out_memory(layout):
    counts = []
    for np in (numpy, stook):
        buffers = []
        text = pickle.dumps(LAYOUTS[layout](grid(np)), 5, buffer_callback=buffers.append)
        made = pickle.loads(text, buffers=buffers)
        assert made.tolist() == LAYOUTS[layout](grid(np)).tolist()
        counts.append(len(buffers))
    assert counts[0] == counts[1]


def test_memory_handed_out_is_shared():
    a, buffers = stook.arange(10), []
    text = pickle.dumps(a, 5, buffer_callback=buffers.append)
    made = pickle.loads(text, buffers=buffers)
    assert type(made) is stook.ndarray
    a[0] = -1
    made[1] = -2
    assert made[0] == -1
    assert a[1] == -2


def test_pending_work_is_pickled():
    a = stook.arange(5.0)
    text = pickle.dumps(a * 2 + 1)
    a += 1
    assert pickle.loads(text).tolist() == [1, 3, 5, 7, 9]


def test_containers_keep_their_arrays_apart():
    a = stook.arange(3)
    first, second = pickle.loads(pickle.dumps([a, a]))
    assert first is second


def test_dumps_and_dump_give_arrays_of_ours(tmp_path):
    a, file = stook.arange(6.0).reshape(2, 3), io.BytesIO()
    a.dump(file)
    a.dump(tmp_path / "a")
    a.dump(str(tmp_path / "b"))
    texts = [a.dumps(), file.getvalue(), *[(tmp_path / name).read_bytes() for name in "ab"]]
    for made in map(pickle.loads, texts):
        assert type(made) is stook.ndarray
        assert made.tolist() == a.tolist()


def test_reduce_is_what_a_pickle_is_made_of():
    restore, args = stook.arange(3).__reduce__()
    assert restore(*args).tolist() == [0, 1, 2]


def test_copies_are_arrays_of_their_own():
    a = grid(stook).T
    for made in (copy.copy(a), copy.deepcopy(a), copy.deepcopy({"a": [a]})["a"][0]):
        assert type(made) is stook.ndarray
        assert made.strides == a.strides
        made += 1
        assert a[1, 0] == 1


def test_a_state_is_that_of_a_pickle_of_numpys():
    given = numpy.arange(6.0).reshape(2, 3)
    made = stook.empty(0)
    made.__setstate__(given.__reduce__()[2])
    assert numpy.array_equal(made, given)
