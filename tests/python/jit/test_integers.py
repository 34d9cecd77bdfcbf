"""Integers in compiled functions, rule by rule as `docs/jit.md` has them."""

import math

import numpy as np
import pytest
from stook import jit

LEAST, MOST = -(2**63), 2**63 - 1


@jit
def parts(a, b):
    return a + b, a - b, a * b, a // b, a % b


@jit
def shifted(a, n):
    return a << n, a >> n


@jit
def power(a, n):
    return a**n


@jit
def quotient(a, b):
    return a / b


def test_an_int_of_python_s_wraps_at_64_bits():
    assert parts(MOST, 1)[:3] == (LEAST, MOST - 1, MOST)
    assert parts(LEAST, -1) == (MOST, LEAST + 1, LEAST, LEAST, 0)
    assert power(2, 63) == LEAST
    assert power(3, 50) == (3**50 + 2**63) % 2**64 - 2**63


def test_an_int_of_more_bits_is_refused():
    with pytest.raises(TypeError, match="more than 64 bits"):
        power(2**63, 1)


@pytest.mark.parametrize("a", [7, -7])
@pytest.mark.parametrize("b", [2, -2, 3, -3])
def test_division_rounds_down(a, b):
    assert parts(a, b)[3:] == (a // b, a % b)
    assert parts(np.int8(a), np.int8(b))[3:] == (a // b, a % b)


def test_zero_as_a_divisor():
    for divide in (parts, quotient):
        with pytest.raises(ZeroDivisionError):
            divide(1, 0)
    assert parts(np.int16(5), np.int16(0))[3:] == (0, 0)
    assert jit(quotient, error_model="numpy")(1, 0) == float("inf")


def test_shifts():
    assert shifted(3, 70) == (0, 0)
    assert shifted(-3, 70) == (0, -1)
    assert shifted(1, 63)[0] == LEAST
    assert shifted(np.int8(-3), np.int8(9)) == (0, -1)
    with pytest.raises(ValueError, match="negative shift count"):
        shifted(1, -1)


def test_a_negative_exponent_is_a_float_where_it_stands_in_the_source():
    @jit
    def inverse(a):
        return a**-1

    assert inverse(4) == 0.25
    with pytest.raises(ValueError, match="negative power"):
        power(4, -1)


def test_floats_that_become_ints():
    @jit
    def whole(x):
        return int(x)

    assert whole(-2.75) == -2
    for low in [-(2.0**31), -(2.0**31) - 1, -3e9, -(2.0**40) - 0.5, -(2.0**63)]:
        assert whole(low) == int(low)
    for beyond in [1e30, -1e30]:
        assert whole(beyond) == LEAST
    for infinite in [float("inf"), float("-inf")]:
        with pytest.raises(OverflowError, match="infinity"):
            whole(infinite)
    with pytest.raises(ValueError, match="NaN"):
        whole(float("nan"))


def test_a_loop_that_may_fail_becomes_several_rounds_at_once():
    @jit(boundscheck=False)
    def counted(values, counts):
        for k in range(values.size):
            counts[int(values[k])] += 1

    counts = np.zeros(3, np.int64)
    counted(np.array([0.5, 2.0, 2.5, 1.0, 0.0, 2.75]), counts)
    assert counts.tolist() == [2, 1, 3]
    with pytest.raises(ValueError, match="NaN"):
        counted(np.array([0.5, 2.0, 2.5, 1.0, 0.0, np.nan, 1.0]), counts)
    assert counts.tolist() == [4, 2, 5]
    (text,) = counted.inspect_asm().values()
    assert text.count("cvttsd2si") >= 4


def test_integers_of_numpy_s_wrap_in_their_width():
    found = parts(np.int8(127), 1)
    assert found[0] == -128
    assert type(found[0]) is np.int8
    assert parts(np.uint8(0), np.uint8(1))[1] == 255
    with pytest.raises(OverflowError, match="Python integer 300 out of bounds for int8"):
        parts(np.int8(1), 300)


def test_int64_with_uint64_is_a_float():
    assert type(parts(np.int64(1), np.uint64(1))[0]) is np.float64


def test_a_variable_of_two_types_has_one_after_both_ways():
    @jit
    def total(values, start):
        s = start
        for k in range(values.size):
            s = s + values[k]
        return s

    found = total(np.full(4, 100, np.int8), 0)
    assert (found, type(found)) == (400, np.int64)
    assert type(total(np.ones(2, np.uint64), 0)) is np.uint64
    assert type(total(np.ones(2, np.float32), 0)) is np.float64

    @jit
    def either(a):
        return 1 if a else 2.5

    assert type(either(True)) is float


# -- elements -------------------------------------------------------------------------------------

NUMBERS = [
    *(np.uint64(2**64 - 1), np.uint32(2**32 - 1), np.int64(2**40), np.int32(-5), np.int8(-1)),
    *(np.True_, np.float64(1e10), np.float64(-1.0), np.float32(200.75), np.float64(np.nan)),
    *(np.float64(1e30), np.float64(-np.inf), np.float64(-0.75), 255.9, -0.5, 256.0, 1e19, 127),
    *(-128.5, -129.0, math.nan, math.inf, 2**40, -1, True),
]


@pytest.mark.parametrize("dtype", [np.int8, np.int32, np.int64, np.uint8, np.uint64, np.float32])
def test_a_number_that_becomes_an_element_fits_as_in_numpy(dtype):
    def one(a, x):
        a[1] = x

    def all(a, x):
        a[:] = x

    def fill(a, x):
        a.fill(x)

    for function in (one, all, fill):
        compiled = jit(function)
        for number in NUMBERS:
            theirs, own = np.zeros(3, dtype), np.zeros(3, dtype)
            assert outcome(function, theirs, number) == outcome(compiled, own, number), number
            if not (own.dtype.kind == "u" and abs(float(number)) >= 2**31):  # what C leaves open
                np.testing.assert_array_equal(theirs, own)


def outcome(function, *args):
    """The class of the exception that a call raises."""
    try:
        with np.errstate(all="ignore"):
            function(*args)
    except (ValueError, OverflowError) as error:
        return type(error)
    return None
