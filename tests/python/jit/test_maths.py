"""Functions of `math` and `cmath` in compiled code: values, types and errors are Python's."""

import cmath
import itertools
import linecache
import math

import numpy as np
import pytest
from stook import CompileError, jit

INF, NAN = math.inf, math.nan
NUMBERS = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -3.0, 3.7, 170.6, 172.0, 710.0, -710.0, 1e308]
NUMBERS += [-1e308, 1e-320, -1e-320, INF, -INF, NAN]
PAIRS = [0.0, -0.0, 1.0, -1.0, 0.5, -2.0, 1e308, 1e3, INF, -INF, NAN]
INTS = [0, 1, 2, 3, 5, 10, 20, -1, 30]
COMPLEX = [complex(a, b) for a in (0.0, 1.0, -0.5, 2.0, NAN) for b in (0.0, -0.0, 1.0, -2.0)]
ONE = """
    acos acosh asin asinh atan atanh cbrt cos cosh degrees erf erfc exp exp2 expm1 fabs frexp gamma
    isfinite isinf isnan lgamma log log10 log1p log2 modf radians sin sinh sqrt tan tanh ulp
""".split()  # noqa: SIM905
TWO = "atan2 copysign fmod hypot isclose log nextafter pow remainder".split()  # noqa: SIM905


def made(text):
    """The function that a text defines, its source where it can be read."""
    name = f"<maths {text}>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    space = {"math": math, "cmath": cmath}
    exec(compile(text, name, "exec"), space)
    return space["f"]


def called(name, count):
    args = ", ".join("abcd"[:count])
    return made(f"def f({args}):\n    return {name}({args})\n")


def outcome(function, args):
    try:
        return function(*args)
    except (ValueError, OverflowError, ZeroDivisionError) as error:
        kind = type(error)
        return kind, "" if kind is ZeroDivisionError else str(error)


def alike(a, b):
    if type(a) is not type(b):
        return False
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(alike, a, b))
    if isinstance(a, complex):
        same = alike(a.real, b.real) and alike(a.imag, b.imag)
        return same or abs(a - b) <= 4e-15 * abs(a)
    if isinstance(a, float) and a != b:
        return (a != a and b != b) or abs(a - b) <= 4e-15 * abs(a)
    return a == b and (not isinstance(a, float) or math.copysign(1, a) == math.copysign(1, b))


def check(function, cases):
    compiled = jit(function)
    results = [(args, outcome(function, args), outcome(compiled, args)) for args in cases]
    assert [case for case in results if not alike(*case[1:])] == []


@pytest.mark.parametrize("name", ONE)
def test_functions_of_a_float(name):
    check(called(f"math.{name}", 1), [(x,) for x in NUMBERS])


@pytest.mark.parametrize("name", TWO)
def test_functions_of_two_floats(name):
    check(called(f"math.{name}", 2), itertools.product(PAIRS, repeat=2))


@pytest.mark.parametrize("name", ["factorial", "isqrt"])
def test_functions_of_an_int(name):
    check(called(f"math.{name}", 1), [(n,) for n in INTS if n <= 20])


@pytest.mark.parametrize("name", ["comb", "perm", "gcd", "lcm"])
def test_functions_of_two_ints(name):
    small = [n for n in INTS if name != "perm" or n <= 10]
    check(called(f"math.{name}", 2), itertools.product(small, repeat=2))


def test_roots_of_large_ints_are_exact():
    ends = [2**52, 2**53 + 1, 3037000499**2 - 1, 3037000499**2, 2**63 - 1]
    check(called("math.isqrt", 1), [(n,) for n in ends])


@pytest.mark.parametrize("count", [0, 1, 3, 4])
def test_divisors_and_lengths_take_any_number(count):
    for name in ("gcd", "lcm"):
        check(called(f"math.{name}", count), [(12, 18, 8, 30)[:count], (0, 5, 7, 0)[:count]])
    lengths = [(3.0, 4.0, 12.0, 84.0), (1e300, -1e300, 1e300, 0.5), (1e-300, 2e-300, -1e-300, 0.0)]
    lengths += [
        (0.1, 0.2, 0.3, 0.4),
        (INF, NAN, 1.0, 1.0),
        (NAN, 1.0, 1.0, 1.0),
        (0.0, 0.0, 0.0, 0.0),
    ]
    check(called("math.hypot", count), [length[:count] for length in lengths])


def test_powers_of_two():
    cases = [(x, n) for x in (1.5, -0.75, 0.0, INF, NAN) for n in (0, 3, -3, 2000, -2000, 2**40)]
    check(called("math.ldexp", 2), cases)


def test_isclose_takes_its_tolerances():
    text = (
        "def f(a, b):\n    return math.isclose(a, b, rel_tol=0.1), math.isclose(a, b, abs_tol=a)\n"
    )
    check(made(text), [(1.0, 1.05), (1.0, 1.2), (0.0, 0.5), (0.25, 0.5)])
    check(made("def f(t):\n    return math.isclose(1.0, 2.0, rel_tol=t)\n"), [(0.5,), (-1.0,)])
    with pytest.raises(CompileError, match="no keyword 'tol'"):
        jit(made("def f(a):\n    return math.isclose(a, a, tol=1.0)\n"))(1.0)


@pytest.mark.parametrize(
    "items", [[], [0.1] * 10, [1e308, 1e308, -1e308], [1e100, 1.0, -1e100, 1e-5]]
)
def test_sums_are_rounded_once(items):
    def total(numbers):
        return math.fsum(numbers)

    cases = [(np.array(items),), (tuple(items),)] if items else [(np.array(items),)]
    check(total, cases)
    shuffled = np.random.default_rng(5).normal(size=1000) * 10.0 ** np.arange(-50, 50).repeat(10)
    assert jit(total)(shuffled) == math.fsum(shuffled)


def test_products_and_distances():
    check(made("def f(a):\n    return math.prod(a)\n"), [((2, 3, 4),), ((2.5, 3.0),)])
    check(made("def f(p, q):\n    return math.dist(p, q)\n"), [((1.0, 2.0, 3.0), (4.0, 6.0, 3.0))])


@pytest.mark.parametrize("name", ["exp", "sqrt", "sin", "cosh", "tanh", "phase", "polar", "isnan"])
def test_functions_of_complex_numbers(name):
    compiled = jit(function := called(f"cmath.{name}", 1))
    for z in COMPLEX:
        if z == z or name == "isnan":
            assert alike(function(z), compiled(z)), z


def test_complex_numbers_of_a_size_and_an_angle():
    check(called("cmath.rect", 2), [(2.0, 0.0), (2.0, -0.0), (1.5, 2.5), (-1.0, 1.0)])


@pytest.mark.parametrize("call", ["log(0j)", "log10(0j)", "atanh(1 + 0j)", "exp(1000 + 1j)"])
def test_complex_functions_refuse_what_python_refuses(call):
    check(made(f"def f(z):\n    return cmath.{call.replace('(', '(z + ')}\n"), [(0j,)])


def test_other_functions_of_math_are_called_outside():
    def product(a, b):
        return math.perm(a) + math.prod((a, b), start=2)

    assert jit(product)(3, 4) == product(3, 4)


def test_numpys_error_model_refuses_nothing():
    def results(x):
        return math.exp(x), math.sin(x), math.acos(x), math.gamma(-x)

    found = jit(results, error_model="numpy")(INF)
    assert found[0] == INF
    assert all(math.isnan(number) for number in found[1:])


@pytest.mark.parametrize("name", ["exp", "log", "expm1", "tanh", "sin", "exp2"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_loops_have_the_bits_of_single_calls(name, dtype):
    function = getattr(np, name)

    def loop(values, out):
        for k in range(values.size):
            out[k] = function(values[k])

    def single(value):
        return function(value)

    with np.errstate(all="ignore"):
        values = np.array(NUMBERS * 3, dtype)
    loop, single = jit(loop, error_model="numpy"), jit(single, error_model="numpy")
    for count in (1, 2, 3, 5, 8, 15, 31, values.size):
        out = np.empty(count, dtype)
        loop(values[:count], out)
        expected = np.array([single(value) for value in values[:count]], dtype)
        assert np.array_equal(out, expected, equal_nan=True)
        whole = ~np.isnan(out)
        assert np.array_equal(np.signbit(out)[whole], np.signbit(expected)[whole])
