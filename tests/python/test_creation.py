"""Creation functions."""

import numpy
import pytest
import stook
from compare import check

CALLS = """
np.array([1, 2, 3], ndmin=3); np.array([[1, 2], [3]]); np.array('abc'); np.array([1, None])
np.array(range(3)); np.array((1., 2)); np.array(3); np.array([]); np.array([a, a])
np.array(a, 'f4'); np.asarray([1, 2], float); np.asarray(a) is a; np.asanyarray(a) is a
np.zeros(3); np.zeros((2, 3), 'i4'); np.ones((2,), complex); np.ones(-1); np.full((2, 2), 3)
np.full((2, 2), 3.5); np.full((2, 2), [1, 2]); np.full(2, True); np.full(2, 1j)
np.full(3, 2**63); np.full(2, 3, dtype='f4'); np.zeros_like(a)
np.zeros_like(a.T).strides; np.ones_like(a, int); np.full_like(a, 2.5, dtype=int)
np.zeros_like(a.T, shape=(2, 3, 4)).strides; np.ones_like(a.T, shape=(2, 3)).strides
np.full_like(a.T, 1, order="A", shape=(2, 3, 4)).strides; np.zeros_like(a.T, shape=3)
np.empty_like(a, shape=(2,)).shape; np.zeros_like([1, 2]); np.arange(5); np.arange(0, 1, .1)
np.arange(5, dtype='f4'); np.arange(5, dtype=float); np.arange(2, 9, 3, dtype=int)
np.arange(5.5, dtype=int); np.arange(1, 2, .25, dtype='f8'); np.arange(3, dtype=None)
np.signbit(np.arange(-0.0, 3)); np.signbit(np.arange(-0.0, 3, 1.5)); np.signbit(np.arange(-0.0, 1))
np.arange(5, dtype='no such'); np.linspace(0, 1, 7); np.eye(3); np.identity(2)
np.ascontiguousarray(a.T); np.asfortranarray(a).strides; np.ascontiguousarray(3)
np.zeros(3, dtype=object); np.zeros(3, dtype='U3'); np.copy(a.T).strides
"""


@pytest.mark.parametrize("expression", CALLS.strip().replace("\n", ";").split(";"))
def test_creation(expression):
    def program(np):
        return eval(expression.strip(), {"np": np, "a": np.arange(6.0).reshape(2, 3)})

    check(program)


def test_sizes_that_no_machine_has_are_memory_errors():
    check(lambda np: np.empty(10**18))
    check(lambda np: np.arange(10**12))


@pytest.mark.parametrize(
    "call",
    [
        "empty((2**63, 0))",
        "zeros((2**40, 2**40))",
        "tile(np.ones(2**10), 2**55)",
        "pad(np.ones(2), 2**62)",
        "indices((2**40, 2**40))",
        "broadcast_to(1, (2**40, 2**40)).shape",
        "broadcast_to(np.ones(3), (2**62, 3)).shape",
        "broadcast_to(np.ones(1), (2**62, 4, 0)).shape",
    ],
)
def test_sizes_that_no_address_has_are_value_errors(call):
    check(lambda np: eval(f"np.{call}", {"np": np}))


@pytest.mark.parametrize("dtype", ["f8", "i8", "i1", "?", "c8"])
@pytest.mark.parametrize(
    "value", ["[1]", "[1, 2]", "(2.5,)", "[[300]]", "()", "range(1)", "{}", "'2'", "'x'", "None"]
)
def test_only_single_values_fill(dtype, value):
    def program(np):
        a = np.ones(3, dtype)
        a.fill(eval(value))
        return a

    check(program)


@pytest.mark.parametrize("value", ["np.array([4.0])", "np.array([4.0, 5])", "np.array(4.0)"])
def test_arrays_with_axes_fill_nothing(value):
    def program(np):
        a = np.ones(3)
        a.fill(eval(value, {"np": np}))
        return a

    check(program)


@pytest.mark.parametrize(
    "ends", [(3000,), (70_001,), (-1.5, 5e3), (200_000.5,), (-1, 5e4, 0.3), (9**9, -(9**9), -9999)]
)
def test_many_values_in_even_steps(ends):
    check(lambda np: np.arange(*ends))


@pytest.mark.parametrize(
    "call", ["linspace(a, b, 5)", "linspace(0, stop=b)", "linspace(a, 9, 4, axis=-1)"]
)
def test_spaced_values_between_arrays(call):
    check(lambda np: eval(f"np.{call}", {"np": np, "a": np.arange(3.0), "b": np.ones(3) * 7}))


@pytest.mark.parametrize("name", ["empty_like", "full_like", "ones_like", "zeros_like"])
@pytest.mark.parametrize("first", ["f8", "S3", "O"])
@pytest.mark.parametrize("dtype", [None, "f4", "S2", "O", "M8[s]"])
def test_arrays_like_others_of_any_type_lie_in_their_order(name, first, dtype):
    given = numpy.zeros((2, 3, 4), first).transpose(1, 0, 2)
    value = (1,) if name == "full_like" else ()
    found = []
    for np in (numpy, stook):
        made = getattr(np, name)(np.asarray(given), *value, dtype=dtype)
        found.append((made.dtype, made.shape, made.strides))
    assert found[0] == found[1]


@pytest.mark.parametrize("name", ["empty_like", "full_like", "ones_like", "zeros_like"])
@pytest.mark.parametrize("shape", [(4, 3, 2), (5, 6), (2,), ()])
@pytest.mark.parametrize("axes", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_arrays_like_others_of_another_shape_lie_in_their_order(name, shape, axes):
    value = (1,) if name == "full_like" else ()
    for order in "KACF":
        check(
            lambda np, order=order: (
                getattr(np, name)(
                    np.ones((2, 3, 4)).transpose(axes), *value, order=order, shape=shape
                ).strides
            )
        )


@pytest.mark.parametrize("value", [1000, -1, 2.7, [1, 2, 300, 4]])
@pytest.mark.parametrize("dtype", ["i1", "u1", "f4", "S2"])
def test_any_value_is_cast_to_the_type_of_the_array(value, dtype):
    check(lambda np: np.full_like(np.ones((2, 3, 4)).transpose(1, 0, 2), value, dtype=dtype))
    check(lambda np: np.full_like(np.ones((3, 4)), value, dtype=dtype))


@pytest.mark.parametrize("dtype", ["i1", "f4", "O", "S3"])
@pytest.mark.parametrize("value", [300, 3, numpy.int64(300), 300.0, numpy.inf, True, "7", 1j])
@pytest.mark.parametrize("axes", [(0, 1, 2), (1, 0, 2)])
@pytest.mark.filterwarnings("ignore")
def test_whatever_fills_is_cast_but_for_integers(dtype, value, axes):
    check(lambda np: np.full_like(np.zeros((2, 3, 4)).transpose(axes), value, dtype=dtype).tolist())


@pytest.mark.parametrize(
    "call", ["zeros(s, t, o)", "ones(s, t, o)", "empty(s, t, o)", "full(s, 1, t, o)"]
)
@pytest.mark.parametrize("dtype", ["S3", "O", "f4"])
def test_arrays_of_any_type_lie_in_the_order_asked_for(call, dtype):
    for order in ("C", "F"):
        names = {"s": (2, 3), "t": dtype, "o": order}
        check(lambda np, names=names: eval(f"np.{call}", names | {"np": np}).strides)


def test_more_bytes_than_addresses_are_an_error_of_their_own():
    check(lambda np: np.empty((3037000500, 3037000500), "i1"))


def test_arrays_are_elements_of_arrays_of_objects():
    for np in (numpy, stook):
        a, b = np.zeros((3, 2)), np.zeros((1, 2))
        made = np.array([a, b], dtype=object)
        assert made[0] is a and made[1] is b
        assert np.array([np.array(1.0)], dtype=object).shape == (1,)
        assert np.array([a, np.ones((3, 2))], dtype="O").shape == (2, 3, 2)


@pytest.mark.parametrize("order", "CFAK")
@pytest.mark.parametrize("shape", [(3, 1), (1, 3), (2, 1, 3), (2, 3, 1), (0, 3, 2)])
def test_copies_of_axes_of_length_one_lie_as_those_of_numpy(shape, order):
    def program(np):
        c, f = np.zeros(shape), np.zeros(shape, order="F")
        arrays = [c, f, c[::-1], f[::-1], f.T, np.zeros((4, *shape), order="F")[1]]
        return [(a.copy(order).strides, np.empty_like(a, order=order).strides) for a in arrays]

    check(program)


@pytest.mark.parametrize("order", [None, "C", "F", "A"])
def test_copies_in_an_order_or_none(order):
    def program(np):
        a = np.arange(6).reshape(2, 3).T
        return a.copy(order).strides, a.tobytes(order)

    check(program)
