"""The shortest ways: plain calls are answered apart, and mean what all others mean."""

import copy
import gc
import pickle
import weakref

import numpy
import pytest
import stook
from compare import check, outcome

SHORT = [(stook, name) for name in ("asarray", "asanyarray", "ascontiguousarray", "asfortranarray")]
SHORT += [(stook.ndarray, n) for n in ("diagonal", "item", "ravel", "reshape")]
SHORT += [(stook.ndarray, n) for n in ("squeeze", "transpose", "view")]
TYPES = list("?bBhHiIlLefdFD")


@pytest.mark.parametrize(("owner", "name"), SHORT)
def test_a_short_way_has_a_text_and_a_signature(owner, name):
    function = getattr(owner, name)
    assert function.__name__ == name
    assert function.__doc__
    assert function.__text_signature__.startswith("(")


@pytest.mark.parametrize("name", ["asarray", "asanyarray", "ascontiguousarray", "asfortranarray"])
def test_functions_are_found_by_name(name):
    function = getattr(stook, name)
    assert pickle.loads(pickle.dumps(function)) is function
    assert copy.copy(function) is function


CALLS = """
np.asarray(a) is a; np.asanyarray(a) is a; np.ascontiguousarray(a) is a; np.asarray(a=a) is a
np.asfortranarray(a) is a; np.asfortranarray(a.T) is a; np.asfortranarray(line) is line
np.ascontiguousarray(one).shape; np.asfortranarray(one).shape; np.asarray(one) is one
np.asarray(a, 'f4').dtype; np.asarray(a, order='F').flags.c_contiguous; np.asarray(a, device='x')
np.asarray(a, 1, 2, 3, 4); np.asarray(a, b=1); np.asarray([1, 2]); np.asarray(1.5)
np.require(a) is a; np.require(a, 'f4').dtype; np.require(a.T, None, 'C').strides
np.require(a, requirements='X'); np.require([1]); np.require(a, requirements=['C', 'F'])
a.item(1, 2); a.item(-1, 0); a.item(5); a.item(2, 0); a.item((1, 1)); a.item(); one.item()
line.item(3); line.item(-7); line.item(True); line.item(np.int8(1)); line.item(1.0); one.item(0)
a.reshape(3, 2); a.reshape((3, -1)); a.reshape([6]); a.reshape(3, 2, order='F'); a.reshape(4)
a.reshape(2, -1, -1); a.reshape(-2, 3); a.reshape(2.0, 3); a.reshape(7, 0)
a.reshape(None); one.reshape(None); a.T.reshape(None).strides; np.reshape(a, None); a.reshape()
one.reshape(); a.reshape(None, 6); a.reshape((None,))
a.reshape(6, copy=True); a.T.reshape(6); a.T.reshape(6, copy=False); one.reshape(1, 1)
a.reshape(np.int64(6)); a.reshape((2, 3), (3, 2)); a.reshape(1 << 70); a[:0].reshape(0, 4)
a[:0].reshape(-1); a[:0].reshape(5, -1); a.reshape([1] * 64).ndim; a.reshape([1] * 65)
a.diagonal(); a.diagonal(1); a.diagonal(0, 1); line.diagonal(); a.diagonal(axis1=1, axis2=0)
a.transpose(); a.transpose(None); a.transpose(1, 0); a.transpose((0, 1)); a.transpose([-1, 0])
a.transpose(0); a.transpose(0, 0); a.transpose(0, 2); a.transpose(1, 0.0); one.transpose(())
a.transpose(()); a.transpose(1, 0).base is a; a.ravel(); a.T.ravel(); a.ravel('F')
a.ravel(order='A'); a.ravel().base is a; a.ravel('Z'); a.squeeze() is a; a[:1].squeeze().shape
a.squeeze(0); a[:1].squeeze(axis=0).shape; one.squeeze() is one; np.ndarray.reshape(a, 6)
np.ndarray.squeeze(a) is a; np.ndarray.item(line, 2); np.atleast_1d(a) is a
np.atleast_1d(one).shape; np.atleast_1d(1, [2]); np.atleast_1d(); np.atleast_1d(a=1)
np.atleast_2d(line).shape; np.atleast_2d(a) is a; np.atleast_3d(a).shape
np.atleast_3d(line).shape; np.isfortran(a.T); np.isfortran(a); np.isfortran(line)
np.iterable(one); np.iterable(a); np.iterable(3); np.common_type(a, line)
np.common_type(a.astype('f4'), a.astype('e')); np.common_type(a > 1)
np.common_type(a.astype('F'), a.astype('i1')); np.common_type(a.astype('F'), a); np.common_type()
np.common_type(a.astype('e'), a.astype('F')); np.common_type(a, np.array(['x']))
np.broadcast_shapes((3, 1), 4); np.broadcast_shapes((3,), (4,)); np.broadcast_shapes()
np.broadcast_shapes(-1); np.broadcast_shapes((np.int8(2), 1), [5])
np.broadcast_shapes((0,), (1,)); np.real(a) is a; np.imag(3j); np.real(2.5); np.real([1, 2j])
np.imag(a * 1j); np.expand_dims(a, -1).shape; np.expand_dims(a, (0, 3)).shape
np.expand_dims(a, ((0,),)); np.expand_dims(a, 4); np.expand_dims(a, True).shape
np.expand_dims(a, [0, 0]); np.expand_dims(one, 0).shape; np.rollaxis(a, 1); np.rollaxis(a, 0, 2)
np.rollaxis(a, -1, -2); np.rollaxis(a, 2); np.rollaxis(a, 0, 3); np.rollaxis(a, (0,))
np.rollaxis(one, 0); np.moveaxis(a, -1, 0); np.moveaxis(a, True, 0)
"""


@pytest.mark.parametrize(
    "call", [call.strip() for call in CALLS.strip().replace("\n", ";").split(";")]
)
def test_plain_and_other_calls_are_numpys(call):
    def program(np):
        a = np.arange(6.0).reshape(2, 3)
        return eval(call, {"np": np, "a": a, "line": np.arange(7), "one": np.array(2.5)})

    check(program)


@pytest.mark.parametrize("name", ["item", "ravel", "reshape", "squeeze", "transpose"])
def test_methods_are_of_arrays_alone(name):
    method = getattr(stook.ndarray, name)
    with pytest.raises(TypeError):
        method()
    with pytest.raises(TypeError):
        method(3)


def test_methods_are_bound():
    a = stook.arange(6)
    reshape = a.reshape
    del a
    assert reshape(2, 3).tolist() == [[0, 1, 2], [3, 4, 5]]
    assert reshape(2, 3, order="F").tolist() == [[0, 2, 4], [1, 3, 5]]


@pytest.mark.parametrize("letter", TYPES)
def test_numbers_of_every_type_are_pythons(letter):
    limits = numpy.array([0, 1, 3])
    if letter in "bhilBHIL":
        limits = numpy.array([numpy.iinfo(letter).min, numpy.iinfo(letter).max], letter)
    values = limits.astype(letter)
    ours = stook.asarray(values)
    assert repr(ours.tolist()) == repr(values.tolist())
    assert repr([ours.item(k) for k in range(values.size)]) == repr(values.tolist())


SHAPES = ["a", "a.T", "a[::-1, ::2]", "a[:0]", "a[:, :0]", "a[0, 0, 0]", "a[..., None]", "a[0, 0]"]


@pytest.mark.parametrize("part", SHAPES)
def test_lists_are_nested_as_axes_are(part):
    def program(np):
        return eval(part, {"a": np.arange(24).reshape(2, 3, 4)}).tolist()

    check(program)


def test_a_list_is_of_what_is_pending():
    with_pending = stook.zeros(100_000) + 1
    assert set(with_pending.tolist()) == {1.0}


@pytest.mark.parametrize("size", [1, 1000, 262_143, 262_144, 400_001])
def test_bytes_are_numpys(size):
    values = numpy.random.default_rng(size).random(size)
    assert stook.asarray(values).tobytes() == values.tobytes()


def test_filling_says_what_numpy_says():
    for value in (2, 2.5, 1j, "x", numpy.float32(1.5), numpy.int8(3), 1 << 80, True):
        for letter in "?bdF":

            def program(np, value=value, letter=letter):
                a = np.zeros(3, letter)
                a.fill(value)
                return a

            expected, got = outcome(program, numpy), outcome(program, stook)
            assert repr(expected) == repr(got)


def test_filling_leaves_what_is_read_only():
    def program(np):
        a = np.zeros(3)
        a.flags.writeable = False
        a.fill(1.0)

    check(program)


def test_weak_references_end_with_their_array():
    for _ in range(200):
        a = stook.arange(3)
        reference = weakref.ref(a)
        assert reference() is a
        del a
        assert reference() is None


def test_arrays_made_of_memory_of_others_hold_references_once():
    base = stook.arange(10)
    gc.collect()
    views = [base.reshape(2, 5) for _ in range(300)]
    assert all(view.base is base for view in views)
    reference = weakref.ref(base)
    del base
    assert reference() is not None
    del views
    assert reference() is None


@pytest.mark.parametrize("shape", [(-1, 1 << 62, 3), (1 << 62, 3, 0), (1 << 40, 1 << 40)])
def test_products_of_lengths_beyond_an_address_are_refused(shape):
    check(lambda np: np.empty((0,)).reshape(shape).shape)


@pytest.mark.parametrize("start", [-5, -3, -2, 0, 2, 3])
def test_an_axis_is_rolled_between_the_first_and_the_last(start):
    check(lambda np: np.rollaxis(np.zeros((2, 3)), 0, start).shape)


def test_a_length_is_asked_for_once():
    class Length:
        asked = 0

        def __index__(self):
            self.asked += 1
            return 3

    one, in_a_tuple = Length(), Length()
    assert stook.broadcast_shapes(one, (1,)) == stook.broadcast_shapes((in_a_tuple,)) == (3,)
    assert one.asked == in_a_tuple.asked == 1
