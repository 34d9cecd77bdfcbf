"""Slopes along axes: values, types and errors of NumPy."""

import numpy
import pytest
import stook
from compare import check, check_told

pytestmark = pytest.mark.usefixtures("nothing_runs_in_numpy")

PLACES = [1.0, 2.0, 4.0, 5.0, 9.0, 9.5]


def values(np, shape, dtype):
    a = (numpy.arange(int(numpy.prod(shape))) ** 2 % 11).reshape(shape)
    return np.asarray((a + 1j * a[::-1] if dtype == "D" else a).astype(dtype))


@pytest.mark.usefixtures("tier")
@pytest.mark.parametrize("edge_order", [1, 2])
@pytest.mark.parametrize("dtype", "bBlefdD")
def test_slopes_equal_numpys(dtype, edge_order):
    for shape, spacings in [
        ((6,), ()),
        ((6,), (2,)),
        ((6,), (PLACES,)),
        ((6,), ([0, 2, 4, 6, 8, 10],)),
        ((6,), (numpy.array([0, 1, 3, 4, 7, 200], "B"),)),
        ((4, 6), ()),
        ((4, 6), (0.5,)),
        ((4, 6), (0.5, PLACES)),
        ((6, 3, 4), (PLACES, numpy.float32(2), 3)),
    ]:

        def program(np, shape=shape, spacings=spacings):
            given = [np.asarray(h) if isinstance(h, list | numpy.ndarray) else h for h in spacings]
            return np.gradient(values(np, shape, dtype), *given, edge_order=edge_order)

        check_told(program, {"e": 2e-2, "f": 1e-5}.get(dtype, 1e-13))


def test_axes():
    for axis in (0, -1, (0, 1), (2, 0), [1], ()):
        for order in (1, 2):
            check(
                lambda np, k=axis, o=order: np.gradient(
                    values(np, (3, 4, 5), "d"), axis=k, edge_order=o
                )
            )
    check(lambda np: np.gradient(values(np, (3, 6), "d"), PLACES, axis=1))


def test_other_orders_of_memory():
    for view in (lambda a: a.T, lambda a: a[::2], lambda a: a[:, ::-1]):
        check(lambda np, v=view: [g.strides for g in np.gradient(v(values(np, (6, 4), "d")))])
        check(lambda np, v=view: np.gradient(v(values(np, (6, 4), "d")), edge_order=2))


def test_lists():
    check(lambda np: np.gradient([1, 4, 9]))
    check(lambda np: np.gradient([1, 4, 9, 1, 2, 3], PLACES))


def test_the_array_stays_as_it_is():
    a = stook.asarray([1.0, 4.0, 9.0])
    stook.gradient(a, edge_order=2)
    assert a.tolist() == [1.0, 4.0, 9.0]


@pytest.mark.usefixtures("may_ask_numpy")
def test_arguments_that_are_refused():
    for f, spacings, options in [
        ([1], (), {}),
        ([1, 2], (), {"edge_order": 2}),
        ([1, 2], (), {"edge_order": 3}),
        ([1, 2], ([1, 2, 3],), {}),
        ([1, 2], ([[1, 2]],), {}),
        ([1, 2], (1, 2), {}),
        ([[1, 2], [3, 4]], (1, 2, 3), {}),
        ([1, 2], (), {"axis": 1}),
        ([[1, 2], [3, 4]], (), {"axis": (0, 0)}),
        ([True, False], (), {}),
        ([1.0, 2.0], (1j,), {}),
    ]:
        check(lambda np, f=f, s=spacings, o=options: np.gradient(f, *s, **o))
        check(lambda np, f=f, s=spacings, o=options: np.gradient(np.asarray(f), *s, **o))
