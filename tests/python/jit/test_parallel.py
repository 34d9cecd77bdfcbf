"""Loops whose rounds run at the same time."""

import numpy as np
import pytest
import stook
from stook import CompileError, jit, prange
from stook.compat import numba


@pytest.fixture(params=[1, 2, 4])
def threads(request):
    before = stook.get_num_threads()
    stook.set_num_threads(request.param)
    yield request.param
    stook.set_num_threads(before)


@pytest.mark.parametrize("n", [0, 1, 5, 63, 64, 65, 1000])
def test_rounds_write_elements_of_their_own(n, threads):
    @jit(parallel=True)
    def squares(a):
        for k in prange(a.size):
            t = a[k] + 1
            a[k] = t * t

    a = np.arange(float(n))
    squares(a)
    assert np.array_equal(a, (np.arange(float(n)) + 1) ** 2)


@pytest.mark.parametrize("n", [0, 1, 64, 1001])
def test_totals_meet_in_order(n):
    @jit(parallel=True)
    def totals(a):
        s, p, most, bits, count = 0.0, 1.0, -1.0, 0, 0
        for k in prange(a.size):
            s += a[k]
            p *= 1 + a[k] / 1000
            most = max(most, a[k])
            bits ^= k
            if a[k] > 0.5:
                count += 1
            s -= 0.25
        return s, p, most, bits, count

    a = np.random.default_rng(n).random(n)
    found = []
    before = stook.get_num_threads()
    for count in (1, 2, 4):
        stook.set_num_threads(count)
        found.append(totals(a))
    stook.set_num_threads(before)
    assert found[0] == found[1] == found[2]
    expected = totals.py_func(a)
    assert found[0] == pytest.approx(expected, rel=1e-12)
    assert [type(v) for v in found[0][3:]] == [int, int]


def test_ranges_step_and_nest(threads):
    @jit(parallel=True)
    def grid(a):
        for i in prange(a.shape[0] - 1, -1, -2):
            for j in prange(a.shape[1]):
                a[i, j] += 10 * i + j

    a, b = np.zeros((7, 5)), np.zeros((7, 5))
    grid(a)
    grid.py_func(b)
    assert np.array_equal(a, b)


def test_arrays_are_made_in_rounds(threads):
    @jit(parallel=True)
    def rows(a, out):
        for k in prange(a.shape[0]):
            row = a[k]
            own = np.zeros(row.size)
            for j in range(row.size):
                own[j] = row[j] * 2
            scaled = own + 1
            out[k] = scaled[0] + scaled[-1]

    a = np.arange(600.0).reshape(200, 3)
    out = np.zeros(200)
    for _ in range(20):
        rows(a, out)
    assert np.array_equal(out, a[:, 0] * 2 + a[:, 2] * 2 + 2)


def test_the_first_failing_round_raises(threads):
    @jit(parallel=True)
    def read(a, at):
        for k in prange(at.size):
            a[k] = a[at[k]]

    at = np.zeros(500, int)
    at[[77, 300, 499]] = 1000, 2000, 3000
    with pytest.raises(IndexError, match="index 1000 is out of bounds for axis 0 with size 500"):
        read(np.zeros(500), at)


def test_what_a_round_cannot_do():
    @jit(parallel=True)
    def returns(n):
        for k in prange(n):
            if k == 3:
                return k
        return 0

    @jit(parallel=True)
    def stops(n):
        for k in prange(n):
            if k == 3:
                break
        return 0

    @jit(parallel=True)
    def keeps(n):
        for k in prange(n):
            t = k
        return t

    for function, arg, text in (
        (returns, 5, "cannot return"),
        (stops, 5, "cannot be left early"),
        (keeps, 5, "'t' was given values by rounds of prange, and has none after them"),
    ):
        with pytest.raises(CompileError, match=text):
            function(arg)


def test_prange_is_a_range_elsewhere():
    @jit
    def total(n):
        s = 0
        for k in prange(n):
            s += k
            last = k
        return s, last

    assert total(5) == (10, 4)
    assert list(prange(2, 8, 3)) == [2, 5]


# -- variables ------------------------------------------------------------------------------------


@jit(parallel=True)
def carries(a, out):
    last = 0.0
    for k in prange(a.size):
        out[k] = last
        last = a[k]


@jit(parallel=True)
def carries_perhaps(a, out):
    sign = 1.0
    for k in prange(a.size):
        if a[k] < 0:
            sign = -1.0
        out[k] = sign


@jit(parallel=True)
def reads_a_total(a, out):
    total = 0.0
    for k in prange(a.size):
        total += a[k]
        out[k] = total


@jit(parallel=True)
def carries_an_array(a, out):
    row = a
    for k in prange(a.size):
        out[k] = row[k]
        row = out


@pytest.mark.parametrize(
    ("function", "name", "line"),
    [
        (carries, "last", 5),
        (carries_perhaps, "sign", 7),
        (reads_a_total, "total", 5),
        (carries_an_array, "row", 5),
    ],
)
def test_values_that_go_from_round_to_round_are_refused(function, name, line):
    line += function.py_func.__code__.co_firstlineno - 1
    with pytest.raises(CompileError, match=f"'{name}' has a value before the loop") as error:
        function(np.arange(5.0), np.zeros(5))
    assert f"line {line}" in str(error.value)


def test_a_variable_that_each_round_gives_a_value_first_is_the_rounds_own(threads):
    @jit(parallel=True)
    def doubled(a, out):
        t, row = 5, a[0]
        for k in prange(len(a)):
            row = a[k]
            t = 0.0
            for j in range(row.size):
                t += row[j]
            out[k] = 2 * t

    a, out = np.random.default_rng(1).random((300, 4)), np.zeros(300)
    doubled(a, out)
    assert np.allclose(out, 2 * a.sum(1))


def test_a_round_that_gives_a_variable_no_value_has_none(threads):
    @jit(parallel=True)
    def signs(a, out):
        for k in prange(a.size):
            if a[k] > 0:
                sign = 1
            out[k] = sign

    out = np.zeros(300)
    signs(np.ones(300), out)
    assert out.tolist() == [1.0] * 300
    a = np.ones(300)
    a[1] = -1
    with pytest.raises(UnboundLocalError, match="'sign'"):
        signs(a, out)


def test_arrays_from_before_the_loop_outlive_what_rounds_put_in_their_place(threads):
    @jit(parallel=True)
    def replaced(a, out):
        row = np.zeros(3)
        other, words = row, ["a"]
        kept = words
        for _ in range(3):
            for k in prange(len(a)):
                row = a[k] * 2
                words = [str(k)]
                out[k] = row[0] + len(words[0])
            row = np.zeros(3)
            words = ["b"]
        return other, kept

    a, out = np.random.default_rng(2).random((200, 3)), np.zeros(200)
    digits = np.array([len(str(k)) for k in range(200)])
    for _ in range(50):
        other, kept = replaced(a, out)
        assert np.array_equal(out, a[:, 0] * 2 + digits)
        assert other.tolist() == [0, 0, 0]
        assert kept == ["a"]


@pytest.mark.parametrize("n", [0, 1, 64, 1001])
def test_totals_may_name_themselves_on_the_right(n, threads):
    @jit(parallel=True)
    def totals(a):
        s, p, t, bits = 0.5, 1.0, 0.0, 0
        for k in prange(a.size):
            s = s + a[k]
            p = (1 + a[k] / 1000) * p
            t = t - a[k] + 1
            bits = k ^ bits
        return s, p, t, bits

    a = np.random.default_rng(n).random(n)
    assert totals(a) == pytest.approx(totals.py_func(a), rel=1e-12)


# -- calls outside --------------------------------------------------------------------------------


def test_rounds_call_outside_one_at_a_time(threads):
    @jit
    def middle(a):
        return np.median(a)

    @jit(parallel=True)
    def through(a, out):
        for k in prange(len(a)):
            out[k] = middle(a[k]) + np.cumsum(a[k])[-1]

    a, out = np.random.default_rng(3).random((500, 9)), np.zeros(500)
    through(a, out)
    assert np.allclose(out, np.median(a, 1) + a.sum(1))
    assert "in rounds of prange one at a time" in str(stook.explain(through, a, out))


def test_the_first_exception_of_calls_outside_is_raised(threads):
    @jit(parallel=True)
    def solved(a, out):
        for k in prange(len(a)):
            out[k] = np.linalg.solve(a[k], np.ones(2))[0]

    a = np.repeat(np.eye(2)[None], 300, axis=0)
    out = np.zeros(300)
    solved(a, out)
    assert out.tolist() == [1.0] * 300
    a[7] = 0
    with pytest.raises(np.linalg.LinAlgError, match="Singular matrix"):
        solved(a, out)


def test_rounds_take_exceptions_of_calls_outside(threads):
    @jit(parallel=True)
    def counted(a, out):
        for k in prange(len(a)):
            try:
                out[k] = np.linalg.inv(a[k])[0, 0]
            except np.linalg.LinAlgError:
                out[k] = -1.0

    a = np.repeat(np.eye(2)[None], 200, axis=0)
    a[::3] = 0
    out = np.zeros(200)
    counted(a, out)
    assert out.tolist() == [-1.0 if k % 3 == 0 else 1.0 for k in range(200)]


def test_arrays_of_calls_outside_live_as_long_as_they_are_held(threads):
    @jit(parallel=True)
    def sorted_twice(a, out):
        for k in prange(len(a)):
            row = np.sort(a[k])
            turned = np.roll(row, 1)
            view = np.flip(row)
            out[k] = turned[0] + view[0] + row[0]

    a, out = np.random.default_rng(5).random((400, 9)), np.zeros(400)
    for _ in range(5):
        sorted_twice(a, out)
        assert np.array_equal(out, a.max(1) + a.max(1) + a.min(1))


def test_threads_of_pythons_and_rounds_that_call_outside_share_the_interpreter():
    from concurrent.futures import ThreadPoolExecutor

    @jit(parallel=True)
    def medians(a, out):
        for k in prange(len(a)):
            out[k] = np.median(a[k])

    @jit(parallel=True)
    def doubled(a):
        for k in prange(a.size):
            a[k] *= 2

    a = np.random.default_rng(6).random((200, 5))

    def work(number):
        if number % 3 == 0:
            out = np.zeros(200)
            medians(a, out)
            return np.array_equal(out, np.median(a, 1))
        if number % 3 == 1:
            b = np.ones(5000)
            doubled(b)
            return bool((b == 2).all())
        own = stook.asarray(np.ones(300_000))
        return float((own * 2 + 1).sum()) == 900_000

    before = stook.get_num_threads()
    stook.set_num_threads(4)
    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(60)))
    stook.set_num_threads(before)


def test_calls_outside_see_the_context_of_whoever_calls_the_function(threads):
    @jit(parallel=True)
    def inverse(a, out):
        for k in prange(a.size):
            with numba.objmode(y="f8"):
                y = float(np.divide(1.0, a[k]))
            out[k] = y

    a, out = np.zeros(100), np.zeros(100)
    with np.errstate(divide="ignore"):
        inverse(a, out)
    assert np.isinf(out).all()
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
        inverse(a, out)


def test_rounds_call_functions_of_stooks_own_arrays(threads):
    @jit(parallel=True)
    def middles(a, out):
        for k in prange(len(a)):
            out[k] = stook.median(a[k])

    a, out = np.random.default_rng(8).random((200, 7)), np.zeros(200)
    middles(a, out)
    assert np.array_equal(out, np.median(a, 1))


def test_calls_outside_call_compiled_rounds_themselves(threads):
    @jit(parallel=True)
    def inner(a):
        for k in prange(a.size):
            a[k] += 1

    @jit(parallel=True)
    def outer(a):
        for k in prange(len(a)):
            with numba.objmode():
                inner(a[k])

    a = np.zeros((100, 70))
    outer(a)
    assert a.tolist() == np.ones((100, 70)).tolist()


def test_what_the_check_of_races_cannot_look_into_is_refused():
    @jit
    def middle(a):
        return np.median(a)

    @jit(parallel=True, check="races")
    def total(a):
        all = 0.0
        for k in prange(len(a)):
            all += middle(a[k])
        return all

    with pytest.raises(CompileError, match="median is called outside of compiled code") as error:
        total(np.ones((3, 5)))
    assert "all += middle(a[k])" in str(error.value)


def test_the_else_of_a_prange_runs():
    @jit(parallel=True)
    def filled(a):
        for k in prange(a.size):
            a[k] = k
        else:
            a[0] = 7
        return a.sum()

    assert filled(np.zeros(4)) == 13.0


# -- chunks ---------------------------------------------------------------------------------------


@stook.jit(parallel=True)
def parts_of(n):
    """The first round of each part is the one whose predecessor ran in another."""
    total = 0.0
    for k in stook.prange(n):
        total += 0.1 * k
    return total


def summed_in_parts(n, parts):
    sizes = [n // parts + (k < n % parts) for k in range(parts)]
    total, first = 0.0, 0
    for size in sizes:
        part = 0.0
        for k in range(first, first + size):
            part += 0.1 * k
        total, first = total + part, first + size
    return total


@pytest.mark.parametrize(("chunk", "parts"), [(0, 64), (1, 1000), (7, 143), (999, 2), (5000, 1)])
def test_chunks_say_how_many_rounds_a_part_has(chunk, parts):
    with numba.parallel_chunksize(chunk):
        assert numba.get_parallel_chunksize() == chunk
        assert parts_of(1000) == summed_in_parts(1000, parts)
    assert numba.get_parallel_chunksize() == 0


def test_compiled_functions_set_chunks():
    @stook.jit
    def inside(n):
        with numba.parallel_chunksize(n):
            return parts_of(1000), numba.get_parallel_chunksize()

    @stook.jit
    def until_an_exception(n):
        before = numba.set_parallel_chunksize(3)
        try:
            with numba.parallel_chunksize(n):
                raise ValueError
        except ValueError:
            return numba.set_parallel_chunksize(before)

    assert inside(7) == (summed_in_parts(1000, 143), 7)
    assert until_an_exception(9) == 3
    assert numba.get_parallel_chunksize() == 0


def test_no_rounds_have_no_parts():
    with numba.parallel_chunksize(4):
        assert parts_of(0) == 0.0
    with pytest.raises(ValueError, match="at least 0"):
        numba.set_parallel_chunksize(-1)
