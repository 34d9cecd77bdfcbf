"""Loops whose rounds run at the same time."""

import numpy as np
import pytest
import stook
from stook import CompileError, jit, prange


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
