"""Memory of arrays as Python's buffers, as NumPy gives it."""

import ctypes
import gc
import io

import numpy
import pytest
import stook
from compare import outcome

TYPES = list("?bBhHiIlLefdFD")
LAYOUTS = [
    "a",
    "a.T",
    "a[::2]",
    "a[:1]",
    "a[0, 0]",
    "a[:, None]",
    "a[:0]",
    "a.reshape(-1)",
    "a[1, 1:2]",
]


def facts(held):
    """Return what a memoryview says of itself."""
    names = "format itemsize nbytes ndim shape strides suboffsets readonly contiguous c_contiguous"
    return [getattr(held, name) for name in [*names.split(), "f_contiguous"]]


@pytest.mark.parametrize("letter", TYPES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_buffer_says_what_numpys_says(letter, layout):
    values = numpy.arange(12).reshape(3, 4).astype(letter)
    theirs = eval(layout, {"a": values})
    ours = eval(layout, {"a": stook.asarray(values)})
    if isinstance(theirs, numpy.generic):
        theirs, ours = numpy.asarray(theirs), stook.asarray(ours)
    with memoryview(theirs) as expected, memoryview(ours) as got:
        assert facts(got) == facts(expected)
        assert got.tobytes() == expected.tobytes()
    assert ours.data.tobytes() == theirs.tobytes()


def test_the_object_of_a_buffer_is_the_array():
    a = stook.arange(4)
    assert memoryview(a).obj is a
    assert a.data.obj is a


@pytest.mark.parametrize("writeable", [True, False])
@pytest.mark.parametrize("order", "CF")
def test_requests_are_met_or_refused_as_numpys(writeable, order):
    def program(np):
        a = np.zeros((2, 3), np.uint8, order)
        a.flags.writeable = writeable
        results = []
        for request in (
            lambda: bytes(a),
            lambda: bytearray(a),
            lambda: io.BytesIO(b"123456").readinto(a),
            lambda: memoryview(a).cast("B").shape,
            lambda: int.from_bytes(a, "little"),
            lambda: a.data.__setitem__((0, 0), 1),
        ):
            try:
                results.append(repr(request()))
            except Exception as error:
                results.append((type(error), str(error).replace("stook.", "numpy.")))
        return results

    assert outcome(program, numpy) == outcome(program, stook)


def test_what_is_written_to_a_buffer_is_in_the_array():
    a = stook.zeros(3)
    held = a.data
    held[1] = 5.0
    a += 1
    assert held.tolist() == a.tolist() == [1.0, 6.0, 1.0]


def test_a_buffer_keeps_memory_that_its_array_gave_up():
    a = stook.arange(4.0)
    held = memoryview(a)
    a.resize(2, refcheck=False)
    a += 10
    assert held.tolist() == [0.0, 1.0, 2.0, 3.0]
    held.release()
    assert a.tolist() == [10.0, 11.0]


def test_a_buffer_keeps_its_shape():
    a = stook.arange(6)
    held = memoryview(a)
    a.shape = (2, 3)
    assert held.shape == (6,)
    assert held.tolist() == [0, 1, 2, 3, 4, 5]


def test_calls_are_recorded_again_after_the_last_buffer():
    a = stook.zeros(300_000)
    memoryview(a).release()
    before = stook.counters()["flushes"]
    a += 1
    a *= 2
    assert stook.counters()["flushes"] == before
    assert a[0] == 2


class Description(ctypes.Structure):
    """A buffer as Python's C interface has it."""

    _fields_ = [
        ("buf", ctypes.c_void_p), ("obj", ctypes.py_object), ("len", ctypes.c_ssize_t),
        ("itemsize", ctypes.c_ssize_t), ("readonly", ctypes.c_int), ("ndim", ctypes.c_int),
        ("format", ctypes.c_char_p), ("shape", ctypes.POINTER(ctypes.c_ssize_t)),
        ("strides", ctypes.POINTER(ctypes.c_ssize_t)), ("suboffsets", ctypes.c_void_p),
        ("internal", ctypes.c_void_p),
    ]  # fmt: skip


def described(a, flags):
    """Return what is filled in of a buffer that is asked for with these flags."""
    buffer = Description()
    ctypes.pythonapi.PyObject_GetBuffer(ctypes.py_object(a), ctypes.byref(buffer), flags)
    axes = [
        pointer[: buffer.ndim] if pointer else None for pointer in (buffer.shape, buffer.strides)
    ]
    found = (buffer.len, buffer.itemsize, buffer.readonly, buffer.ndim, buffer.format, *axes)
    ctypes.pythonapi.PyBuffer_Release(ctypes.byref(buffer))
    return found


SIMPLE, WRITABLE, FORMAT, ND, STRIDES, C_CONTIGUOUS = 0, 1, 4, 8, 0x18, 0x38


@pytest.mark.parametrize(
    "flags", [SIMPLE, WRITABLE, FORMAT, ND, ND | FORMAT, STRIDES, C_CONTIGUOUS, STRIDES | FORMAT]
)
@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
def test_what_was_not_asked_for_is_left_out(flags, shape):
    assert described(stook.ones(shape), flags) == described(numpy.ones(shape), flags)


def test_lists_are_of_the_array_as_it_was():
    a = stook.arange(200_000).reshape(-1, 2) + 0
    expected = a.__array__().tolist()

    class Ends:
        def __del__(self):
            a.resize((1,), refcheck=False)

    gc.collect()
    ends = Ends()
    ends.itself = ends
    del ends
    assert a.tolist() == expected
    gc.collect()
    assert a.shape == (1,)
