"""Functions that Numba itself compiled take our arrays as NumPy's."""

from typing import Any

import numpy
import pytest
import stook

numba = pytest.importorskip("numba")


def _unified(x: Any, y: Any) -> Any:
    return x if y else x * 2


def _filled(x: Any) -> Any:
    x.fill(3)
    return x.sum()


CALLS = [
    (lambda x: x.sum(), lambda np: (np.arange(6.0).reshape(2, 3),)),
    (lambda x: x * 2 + numpy.sin(x), lambda np: (np.arange(6.0).reshape(2, 3).T,)),
    (lambda x: x[0] + x[1], lambda np: ((np.arange(3.0), 1),)),
    (lambda x: x, lambda np: (np.arange(6)[::2],)),
    (lambda x: numpy.concatenate((x, x)), lambda np: (np.ones((2, 2), dtype="f4"),)),
    (lambda x: x[x > 1], lambda np: (np.arange(4.0),)),
    (_unified, lambda np: (np.ones((2, 2)), 0)),
    (_unified, lambda np: (np.ones((2, 2)), 1)),
    (_filled, lambda np: (np.arange(3.0),)),
]


@pytest.mark.parametrize("function, arguments", CALLS)
def test_a_compiled_function_gives_what_it_gives_for_numpys_arrays(function, arguments):
    compiled = numba.njit(function)
    expected, got = compiled(*arguments(numpy)), compiled(*arguments(stook))
    assert type(got) is type(expected)
    numpy.testing.assert_array_equal(got, expected, strict=True)


def test_what_a_compiled_function_writes_is_seen():
    a = stook.zeros(3)

    @numba.njit
    def write(x):
        for i in range(len(x)):
            x[i] = i

    write(a)
    later = a + 1
    write(a)
    assert (a.tolist(), later.tolist()) == ([0, 1, 2], [1, 2, 3])


def test_an_array_that_may_not_be_written_is_not_written():
    a = stook.broadcast_to(stook.zeros(1), (3,))

    @numba.njit
    def write(x):
        x[0] = 1

    with pytest.raises(numba.TypingError):
        write(a)


def test_ufuncs_of_numbas_take_our_arrays():
    one = numba.vectorize(lambda x: x + 1)
    assert one(stook.arange(3.0)).tolist() == [1, 2, 3]

    @numba.guvectorize(["void(f8[:], f8[:], f8[:])"], "(n),(n)->(n)")
    def sums(a, b, out):
        for i in range(len(a)):
            out[i] = a[i] + b[i]

    assert sums(stook.ones(3), stook.arange(3.0)).tolist() == [1, 2, 3]


def test_a_ufunc_that_has_the_name_of_numpys_stays_its_own():
    @numba.vectorize(["f8(f8)"])
    def sin(x):
        return x + 5

    assert sin(stook.zeros(2)).tolist() == [5, 5]
    assert sin(stook.zeros(2), out=stook.ones(2)).tolist() == [5, 5]

    @numba.guvectorize(["void(f8[:], f8[:])"], "(n)->(n)")
    def cos(a, out):
        for i in range(len(a)):
            out[i] = a[i] + 5

    assert cos(stook.zeros(2)).tolist() == [5, 5]
