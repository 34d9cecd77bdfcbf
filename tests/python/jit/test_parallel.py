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

    @jit(parallel=True)
    def calls(a):
        for k in prange(3):
            a[k] = np.linalg.norm(a)

    for function, arg, text in (
        (returns, 5, "cannot return"),
        (stops, 5, "cannot be left early"),
        (keeps, 5, "'t' has no value here"),
        (calls, np.ones(3), "outside of compiled code"),
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


def test_a_round_calls_nothing_outside_by_way_of_a_function():
    @jit
    def middle(a):
        return np.median(a)

    @jit
    def through(a):
        return middle(a) + 1

    @jit(parallel=True)
    def total(a):
        all = 0.0
        for k in prange(len(a)):
            all += through(a[k])
        return all

    with pytest.raises(CompileError, match=r"median is called outside of compiled code") as error:
        total(np.ones((3, 5)))
    assert "all += through(a[k])" in str(error.value)


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
