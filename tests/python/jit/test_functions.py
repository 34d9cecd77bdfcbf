"""Compiled functions against the same functions in Python."""

import math

import numpy as np
import pytest
import stook
from stook import CompileError, jit


def check(function, *args, **options):
    """Compare a compiled function with itself in Python: value, type, and what it writes."""
    compiled = jit(function, **options)
    own = [a.copy() if isinstance(a, np.ndarray) else a for a in args]
    theirs = [a.copy() if isinstance(a, np.ndarray) else a for a in args]
    with np.errstate(all="ignore"):
        expected = function(*theirs)
    found = compiled(*own)
    same(expected, found)
    for a, b in zip(theirs, own, strict=True):
        same(a, b)
    return found


def same(expected, found):
    assert type(expected) is type(found), (type(expected), type(found))
    if isinstance(expected, tuple):
        assert len(expected) == len(found)
        for a, b in zip(expected, found, strict=True):
            same(a, b)
    elif isinstance(expected, np.ndarray):
        assert expected.dtype == found.dtype
        assert expected.shape == found.shape
        assert np.array_equal(expected, found, equal_nan=expected.dtype.kind in "fc")
    else:
        assert expected == found or (expected != expected and found != found)


# -- statements -----------------------------------------------------------------------------------


def test_a_loop_over_a_range():
    def total(n):
        s = 0
        for k in range(n):
            s += k * k
        return s

    for n in (0, 1, 10, -3):
        check(total, n)


@pytest.mark.parametrize("step", [1, 2, 7, -1, -2, -7])
@pytest.mark.parametrize("ends", [(0, 10), (10, 0), (3, 3), (-5, 6), (6, -5)])
def test_ranges_step_as_in_python(ends, step):
    def digits(start, stop, step):
        s = n = 0
        for k in range(start, stop, step):
            s, n = 31 * s + k, n + 1
        return s, n, len(range(start, stop, step))

    check(digits, *ends, step)


def test_while_with_break_continue_and_else():
    def collatz(n):
        steps = 0
        while n != 1:
            if steps > 100:
                break
            steps += 1
            if n % 2 == 0:
                n //= 2
                continue
            n = 3 * n + 1
        else:
            return steps
        return -1

    for n in (1, 2, 7, 27, 97):
        check(collatz, n)


def test_the_else_of_a_loop_for_ever_never_runs():
    def first_above(n):
        k = 0
        while True:
            k += 1
            if k * k > n:
                break
        else:
            k = -1
        return k

    def returns(n):
        while 1:
            n += 1
            if n > 5:
                return n
        else:
            return "never"

    for n in (0, 5, 30):
        check(first_above, n)
        check(returns, n)


def test_the_variable_of_a_loop_stays_after_it():
    def last(n):
        for k in range(n):
            found = k * 2
            if k == 5:
                break
        return k, found

    for n in (1, 3, 20):
        check(last, n)


def test_a_variable_without_a_value_is_python_s_error():
    def last(n):
        for k in range(n):  # noqa: B007
            pass
        return k

    message = "cannot access local variable 'k' where it is not associated with a value"
    with pytest.raises(UnboundLocalError, match=message):
        jit(last)(0)
    assert jit(last)(3) == 2


def test_variables_change_their_type():
    def grow(n):
        x = 1
        for k in range(n):
            x = x / 2 if k % 2 else x * 3
        y = "text"
        y = x
        return y

    assert jit(grow)(5) == grow(5)
    assert jit(grow)(0) == 1.0


def test_loops_over_arrays_with_enumerate_and_zip():
    def both(a, b):
        s = 0.0
        for k, (x, y) in enumerate(zip(a, b)):  # noqa: B905
            s += k * x - y
        for x in b:
            s += x
        return s

    check(both, np.arange(6.0), np.arange(5.0))


def test_rows_of_an_array():
    def rows(a):
        s = 0.0
        for row in a:
            t = 1.0
            for x in row:
                t *= x
            s += t
        return s

    a = np.arange(1.0, 13).reshape(3, 4)
    for array in (a, a.T, a[::2, ::-1], np.asfortranarray(a)):
        check(rows, array)


def test_tuples_are_unpacked_swapped_compared_and_indexed():
    def play(a, b):
        a, b = b, a + b
        pair = (a, b, 2.5)
        (x, y), z = (pair[0], pair[1]), pair[-1]
        if pair[:2] == (x, y) and x in (1, 2, 3):
            return x, y, z, len(pair)
        return y, x, -z, 0

    for args in ((1, 2), (5, 7)):
        check(play, *args)


def test_recursion():
    def fibonacci(n):
        if n < 2:
            return n
        return compiled(n - 1) + compiled(n - 2)

    compiled = jit(fibonacci)
    assert compiled(20) == 6765


def test_parameters_by_keyword_only():
    def scaled(a, b=2, *, by, plus=1.5):
        return a * b * by + plus

    compiled = jit(scaled)
    for kwargs in ({"by": 3}, {"by": 3.0, "plus": 2}, {"plus": 0, "by": 1, "b": 4}):
        same(scaled(7, **kwargs), compiled(7, **kwargs))
    with pytest.raises(TypeError, match="missing a required") as lacks:
        compiled(7, 2)
    assert "by" in str(lacks.value)
    with pytest.raises(TypeError, match="too many positional arguments"):
        compiled(7, 2, 3, 1.5)


def test_calls_within_give_keywords_to_such_parameters():
    @jit
    def scaled(a, *, by=3, plus):
        return a * by + plus

    def named(a):
        return scaled(a, plus=1) + scaled(a, by=2, plus=a)

    def by_place(a):
        return scaled(a, 2, plus=a)

    same(jit(named)(5), named(5))
    with pytest.raises(stook.CompileError, match="takes 1 arguments by place, 2 were given"):
        jit(by_place)(5)


def test_functions_call_each_other_with_defaults_and_keywords():
    @jit
    def scaled(x, factor=2, offset=0.5):
        return x * factor + offset

    @jit
    def outer(x):
        return scaled(x) + scaled(x, offset=1) + scaled(x, 3)

    assert outer(2) == (4.5 + 5) + 6.5
    assert scaled(2, factor=5) == 10.5


def test_a_closure_is_frozen_and_a_global_is_followed():
    factor = 3

    @jit
    def scaled(x):
        return x * factor * SCALE

    global SCALE
    SCALE = 2
    assert scaled(5) == 30
    SCALE = 4
    assert scaled(5) == 60


SCALE = 1


# -- numbers --------------------------------------------------------------------------------------

INTS = [0, 1, -1, 2, -2, 3, 7, -7, 10, 63, 2**40, -(2**40)]
FLOATS = [0.0, -0.0, 1.0, -1.5, 2.5, 7.25, -7.25, 1e300, math.inf, -math.inf, math.nan]
OPERATORS = ["+", "-", "*", "/", "//", "%", "<", "<=", "==", "!=", ">", ">="]


@pytest.mark.parametrize("sign", OPERATORS)
@pytest.mark.parametrize("values", [INTS, FLOATS, [True, False]], ids=["int", "float", "bool"])
def test_operators_of_python_s_numbers(sign, values):
    function = made(f"def f(a, b):\n    return a {sign} b\n")
    compiled = jit(function)
    for a in values:
        for b in [*values, 3, 2.5]:
            try:
                expected = function(a, b)
            except ZeroDivisionError:
                with pytest.raises(ZeroDivisionError):
                    compiled(a, b)
                continue
            if isinstance(expected, int) and abs(expected) >= 2**63:
                expected = (expected + 2**63) % 2**64 - 2**63
            same(expected, compiled(a, b))


@pytest.mark.parametrize("sign", ["&", "|", "^", "<<", ">>"])
def test_bits_of_python_s_ints(sign):
    function = made(f"def f(a, b):\n    return a {sign} b\n")
    compiled = jit(function)
    for a in [*INTS, True]:
        for b in [0, 1, 5, 20, True]:
            expected = function(a, b)
            if abs(expected) < 2**63:
                same(expected, compiled(a, b))


LETTERS = "?bBhHiIlLefdFD"


@pytest.mark.parametrize("sign", [*OPERATORS, "&", "|", "^", "<<", ">>", "**"])
@pytest.mark.parametrize("first", LETTERS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_operators_of_numpy_s_numbers(sign, first):
    function = made(f"def f(a, b):\n    return a {sign} b\n")
    compiled = jit(function)
    for second in LETTERS:
        for x, y in ((3, 2), (7, 3), (1, 5)):
            a, b = np.dtype(first).type(x), np.dtype(second).type(y)
            try:
                expected = function(a, b)
            except TypeError:
                with pytest.raises(TypeError):
                    compiled(a, b)
                continue
            found = compiled(a, b)
            assert type(expected) is type(found)
            if sign in ("**", "/") or "F" in first + second or "D" in first + second:
                assert np.isclose(expected, found, rtol=1e-3 if "e" in first + second else 1e-6)
            else:
                same(expected, found)


@pytest.mark.parametrize("letter", LETTERS[1:12])
def test_python_s_numbers_adapt_to_numpy_s(letter):
    def mixed(a, n, x):
        return a + n, n - a, a * 2, a / n, a < n, a + x, a // 2

    a = np.dtype(letter).type(5)
    check(mixed, a, 3, 0.5)


def test_an_int_that_does_not_fit_is_refused():
    def add(a, n):
        return a + n

    with pytest.raises(OverflowError, match="Python integer 300 out of bounds for int8"):
        jit(add)(np.int8(1), 300)
    assert jit(add)(np.int8(1), 100) == 101


def test_powers():
    def powers(x, n):
        return x**2, x**3, 2**n, n**2, 2**-1, x**0.5, x**n

    found = jit(powers)(3.0, 5)
    assert found == pytest.approx(powers(3.0, 5), rel=1e-15)
    assert [type(v) for v in found] == [type(v) for v in powers(3.0, 5)]
    with pytest.raises(ValueError, match="negative power"):
        jit(made("def f(n):\n    return 2**n\n"))(-1)


@pytest.mark.parametrize("name", ["sqrt", "exp", "log", "sin", "cos", "atan", "tanh", "fabs"])
def test_functions_of_math(name):
    function = made(f"import math\ndef f(x):\n    return math.{name}(x)\n")
    for x in (0.5, 1, 3.25, np.float32(2)):
        found = jit(function)(x)
        assert type(found) is float
        assert found == pytest.approx(function(x), rel=1e-15)


def test_roundings_and_builtins():
    def rounded(x, y):
        return (
            math.floor(x), math.ceil(x), math.trunc(x), round(x), int(x), abs(x), min(x, y),
            max(x, y, 0), bool(x), float(3), divmod(7, 2), math.pi, abs(-3), not x,
        )  # fmt: skip

    for x in (2.5, -2.5, 3.5, -0.25, 1e15):
        check(rounded, x, 1.5)


def test_math_raises_nothing_under_numpys_error_model():
    def root(x):
        return math.sqrt(x)

    assert math.isnan(jit(root, error_model="numpy")(-1.0))


@pytest.mark.parametrize("name", ["sqrt", "log", "log2", "log10", "log1p"])
@pytest.mark.parametrize("x", [-1.0, -2, np.float32(-1.5), np.int64(-3), -np.inf])
def test_math_says_what_python_says(name, x):
    function = made(f"import math\ndef f(x):\n    return math.{name}(x)\n")
    with pytest.raises(ValueError) as expected:
        function(x)
    with pytest.raises(ValueError) as found:
        jit(function)(x)
    assert str(found.value) == str(expected.value)


def test_complex_numbers():
    def spiral(z, n):
        for k in range(n):
            z = z * z + complex(0.1, k * 0.01)
        return z, z.real, z.imag, abs(z) < 2, z == z

    check(spiral, 0.3 + 0.2j, 4)
    check(spiral, np.complex128(0.3 + 0.2j), 4)


def test_logic_gives_the_value_that_was_looked_at_last():
    def logic(a, b):
        return a and b, a or b, not a, a < b < 10, (a and b) or 7

    for a in (0, 1, 5):
        for b in (0, 3, 12):
            check(logic, a, b)


def test_ufuncs_on_numbers():
    def many(x):
        return np.sqrt(x), np.maximum(x, 2), np.hypot(x, 1.0), np.float32(x), np.int8(3)

    check(many, 2.25)
    check(many, np.float32(2.25))


# -- arrays ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("letter", LETTERS)
def test_elements_of_every_type_are_read_and_written(letter):
    def turn(a):
        n = a.shape[0]
        for k in range(n // 2):
            a[k], a[n - 1 - k] = a[-1 - k], a[k]
        return a[0], a[-1]

    check(turn, np.arange(7).astype(letter))
    check(turn, np.arange(14).astype(letter)[::2])


def test_arrays_of_two_and_three_axes():
    def stencil(u, v):
        n, m = u.shape
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                v[i, j] = (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1]) / 4
        return v.size, v.ndim, len(v)

    u = np.random.default_rng(0).random((6, 7))
    check(stencil, u, np.zeros((6, 7)))
    check(stencil, np.asfortranarray(u), np.zeros((12, 14))[::2, ::2])

    def cube(a):
        s = 0
        for i in range(a.shape[0]):
            for j in range(a.shape[1]):
                for k in range(a.shape[2]):
                    s = 3 * s + a[i][j, k] - a[i, j][k]
                    s += a[i, j, k] * k
        return s

    check(cube, np.arange(24).reshape(2, 3, 4))


def test_views_and_their_parts():
    def parts(a):
        b = a[1:-1, ::2]
        c = b.T
        c[0, 0] = 100
        d = a[-1]
        d[1:3] = 7
        a[0, ...] = d
        return b.shape, c.shape, a[2][1], b[0, 1]

    check(parts, np.arange(30).reshape(5, 6))


@pytest.mark.parametrize("slices", ["::-1", "5:1:-2", "-3:", ":100", "7:2", "1:5:3", ":-20:-1"])
def test_slices_clip_as_in_python(slices):
    function = made(f"def f(a):\n    b = a[{slices}]\n    return b.size, b\n")
    size, part = jit(function)(np.arange(8))
    expected = np.arange(8)[slice(*[int(s) if s else None for s in slices.split(":")])]
    assert size == expected.size
    same(expected, part)


def test_new_arrays_live_as_long_as_they_are_used():
    def build(n):
        kept = np.zeros(n)
        for k in range(n):
            kept = np.full(n, k, dtype=np.float64) if k % 2 else kept.copy()
            kept[0] += 1
        return kept, np.ones((2, 3), dtype=np.int32), np.empty_like(kept).size

    check(build, 50)


def test_arrays_change_their_names():
    def swap(n, rounds):
        a, b = np.zeros(n), np.ones(n)
        for k in range(rounds):
            a[k % n] += b[(k + 1) % n]
            a, b = b, a
        return a, b

    for rounds in range(5):
        check(swap, 20, rounds)


def test_memory_of_arrays_made_in_a_loop_does_not_grow():
    import resource

    @jit
    def churn(n, size):
        s = 0.0
        for k in range(n):
            a = np.zeros(size)
            a[0] = k
            s += a[0]
        return s

    churn(10, 10)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    churn(2000, 100_000)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000


def test_an_array_that_is_returned_is_the_one_that_was_passed():
    @jit
    def first(a, b):
        return a, b[1:]

    a, b = np.arange(3), np.arange(4)
    x, y = first(a, b)
    assert x is a
    assert np.shares_memory(y, b)
    ours = stook.arange(5)
    assert first(ours, b)[0] is ours


def test_arrays_of_ours_are_taken_with_what_is_pending():
    @jit
    def add_one(a):
        for k in range(a.size):
            a[k] += 1

    a = stook.arange(100_000.0) * 2
    b = a + 1
    add_one(a)
    assert float(a.sum()) == 99_999 * 100_000 + 100_000
    assert float(b[3]) == 7.0


def test_reading_beyond_an_axis_is_an_index_error_of_the_line():
    def read(a, k):
        x = 0
        return a[x, k]

    a = np.zeros((2, 5))
    compiled = jit(read)
    for k in (0, 4, -5):
        assert compiled(a, k) == 0
    for k in (5, -6, 1000):
        message = f"index {k} is out of bounds for axis 1 with size 5"
        with pytest.raises(IndexError, match=message) as caught:
            compiled(a, k)
        last = caught.traceback[-1]
        assert last.lineno + 1 == read.__code__.co_firstlineno + 2
        assert last.name == "read"


def test_a_read_only_array_is_not_written():
    @jit
    def write(a):
        a[0] = 1

    a = np.zeros(3)
    a.flags.writeable = False
    with pytest.raises(CompileError, match="read-only"):
        write(a)


def test_raise_and_assert():
    class OwnError(Exception):
        pass

    @jit
    def guarded(n):
        assert n < 100, "too much"
        if n < 0:
            raise OwnError(f"n is {n}, not 0")
        if n == 7:
            raise ValueError
        return n

    assert guarded(5) == 5
    with pytest.raises(OwnError, match="n is -2, not 0"):
        guarded(-2)
    with pytest.raises(AssertionError, match="too much"):
        guarded(100)
    with pytest.raises(ValueError, match=r"^$"):
        guarded(7)


def test_print(capsys):
    @jit
    def tell(n, x):
        print("n is", n, x, (1, True))

    tell(3, 0.5)
    assert capsys.readouterr().out == "n is 3 0.5 (1, True)\n"


# -- rules that are easily broken -----------------------------------------------------------------

COUNT = 0


def made(text):
    """Return the function of a text, which lies in a file that can be read again."""
    import linecache

    global COUNT
    COUNT += 1
    name = f"<text {COUNT}>"
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    space = {"np": np, "math": math}
    exec(compile(text, name, "exec"), space)
    return space["f"]


def test_a_loop_walks_over_what_it_began_with():
    def arrays(n):
        a = np.arange(float(n))
        s = 0.0
        for x in a:
            a = np.full(2, x)
            s += x + a[1]
        return s, a.size

    def numbers(start, stop, step):
        s = 0
        for k in range(start, stop, step):
            start, stop, step = 7, 8, 9
            s = 31 * s + k
        return s, start

    check(arrays, 5)
    for args in ((0, 10, 2), (9, 0, -3), (0, 5, 1)):
        check(numbers, *args)


def test_a_complex_of_pythons_stays_one_beside_a_float64():
    def f(z, x):
        return z + x, x + z, z * x, z - x, x - z

    check(f, 1.5 + 2j, np.float64(0.5))

    def divided(z, x):
        return z / x

    with pytest.raises(ZeroDivisionError):
        jit(divided)(1j, np.float64(0.0))


def test_tuples_are_sliced_with_steps():
    @stook.jit
    def f(t):
        return (
            t[::-1],
            t[::2],
            t[3:0:-1],
            t[-2::-2],
            t[:-1:3],
            t[9:],
            t[1:4],
            t[4:1],
            t[-99:99],
            t[:None],
        )

    for t in ((), (1,), (1, 2.5, 3, 4), (1, 2, 3, 4.5, (5, 6))):
        assert f(t) == f.py_func(t)
    with pytest.raises(stook.CompileError, match="slice step cannot be zero"):
        stook.jit(lambda t: t[::0])((1, 2))


@pytest.mark.parametrize("shape", [(2**61,), (2**31, 2**30), (2**62, 2**62, 8), (0, 2**62)])
def test_a_size_in_bytes_that_wraps_is_refused(shape):
    def make(shape):
        return np.empty(shape)

    def outcome(function):
        try:
            return function(shape).shape
        except (ValueError, MemoryError) as error:
            return type(error)

    expected = outcome(make)
    assert outcome(stook.njit(make)) == expected


def test_what_an_augmented_assignment_is_made_to_is_computed_once():
    def pops(values, places):
        values[places.pop()] += 1
        return values, places

    def counted(values):
        calls = [0]

        def next_place(n):
            calls[0] += 1
            return n

        values[next_place(0), next_place(1) :] *= 2
        values[next_place(1)][next_place(1)] -= 1
        return values, calls

    for values in (np.zeros(4), [0.0, 1.0, 2.0, 3.0]):
        expected = pops(values.copy(), [0, 1, 2])
        got = jit(pops)(values.copy(), [0, 1, 2])
        assert np.array_equal(got[0], expected[0]) and got[1] == expected[1]
    expected, got = counted(np.ones((2, 3))), jit(counted)(np.ones((2, 3)))
    assert np.array_equal(got[0], expected[0]) and got[1] == expected[1] == [4]
