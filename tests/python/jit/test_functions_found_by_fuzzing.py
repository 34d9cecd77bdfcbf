"""What random functions have shown, each by the smallest function that shows it."""

import numpy as np
import pytest
import stook
from test_functions import check


def test_the_else_of_a_loop_without_break_always_follows():
    @stook.jit
    def f(n):
        x = (1, 2)
        for k in range(n):
            x = (k, n)
        else:
            x = n
        return x

    assert f(3) == 3


def test_ufuncs_of_python_s_numbers_make_numpy_s():
    @stook.jit
    def f(n):
        return np.positive(n), np.less(n, 2), -n, n < 2

    assert [type(value) for value in f(3)] == [np.int64, np.bool_, int, bool]


def test_the_message_of_an_assertion_is_made_where_it_fails_only():
    @stook.jit
    def f(a, k):
        assert a.size > k, f"{a[k - 1]} is last"
        return k

    assert f(np.arange(3), 0) == 0
    assert f(np.arange(0, 1), 0) == 0
    with pytest.raises(AssertionError, match="2 is last"):
        f(np.arange(3), 3)

    @stook.jit
    def g(n):
        assert n == 0, f"{6 // n} is it"
        return n

    assert g(0) == 0


def test_an_int_divided_by_an_integer_of_numpy_s_must_fit_its_type():
    @stook.jit
    def f(a, b):
        return a / b

    with pytest.raises(OverflowError, match="Python integer -2 out of bounds for uint16"):
        f(-2, np.uint16(3))
    with pytest.raises(OverflowError, match="Python integer 300 out of bounds for uint8"):
        f(np.uint8(3), 300)
    assert f(3, np.uint16(2)) == 1.5


def test_halves_of_doubles_are_rounded_once():
    from random_functions.oracle import check
    from random_functions.writer import program

    assert check(program(473)) is None
    assert check(program(912)) is None


def test_all_indices_are_found_before_the_first_is_looked_at():
    @stook.jit
    def f(a, n):
        return a[n, 1 // (n - 5)]

    with pytest.raises(ZeroDivisionError):
        f(np.zeros((2, 2)), 5)
    with pytest.raises(IndexError, match="index 6 is out of bounds for axis 0"):
        f(np.zeros((2, 2)), 6)


def test_a_variable_takes_its_own_transpose():
    @stook.jit
    def f(a):
        a = a[::2]
        a = a.T
        return a

    a = np.arange(12).reshape(4, 3)
    assert np.array_equal(f(a), a[::2].T)


def test_a_view_of_a_new_array_keeps_it_where_the_variable_takes_the_view():
    @stook.jit
    def f(n):
        a = np.ones((n, n + 1))
        a = a[::2]
        a = a.T
        return a

    assert np.array_equal(f(3), np.ones((4, 2)))


def test_a_returned_view_of_no_elements_may_begin_beside_its_array():
    def row(a):
        return a[1, 5:2:3]

    check(row, np.asfortranarray(np.ones((3, 5), np.uint8)))
    check(row, np.ones((2, 0)))


def test_what_a_number_in_the_source_decides_needs_no_value():
    def f(n):
        if True:
            m = n
        else:
            other = n
        return (0.5 or other), (0 and other), (1 and m), (2 if 3 else other)  # noqa: SIM222, SIM223

    assert stook.jit(f)(4) == f(4)


def test_a_branch_that_a_number_in_the_source_shuts_is_not_compiled():
    @stook.jit
    def f(n):
        if 0:
            return {n: object}
        while 1:
            n += 1
            if n > 9:
                break
        return n

    assert f(4) == 10


@pytest.mark.parametrize("name", ["logical_and", "logical_or", "logical_xor"])
@pytest.mark.parametrize("a", [np.int8(1), np.uint32(0), np.arange(3, dtype=np.int8)])
@pytest.mark.parametrize("n", [3969, -5, 0])
def test_logical_ufuncs_take_any_int(name, a, n):
    function = getattr(np, name)

    @stook.jit
    def f(a, n):
        return function(a, n)

    found = f(a, n)
    assert np.array_equal(found, function(a, n))
    assert type(found) is type(function(a, n))


@pytest.mark.parametrize(
    "a, n",
    [
        (np.float32(16777216), 16777217),
        (np.float16(np.inf), 10**6),
        (np.float16(-np.inf), -(2**63)),
        (np.complex64(16777216), 16777217),
        (np.float64(2**53), 2**53 + 1),
        (np.arange(3, dtype=np.float32) + 16777216, 16777217),
        (np.uint8(3), -1),
    ],
)
def test_beside_a_float_an_int_is_compared_in_its_type(a, n):
    @stook.jit
    def f(a, n):
        return a == n, a != n

    assert all(np.array_equal(*pair) for pair in zip(f(a, n), (a == n, a != n), strict=True))
