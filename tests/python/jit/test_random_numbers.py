"""Random numbers in compiled functions are those that Python's own calls would draw."""

import math
import random

import numpy as np
import pytest
import stook
from stook import CompileError, prange


@pytest.fixture(autouse=True)
def streams():
    state, other = np.random.get_state(), random.getstate()
    yield
    np.random.set_state(state)
    random.setstate(other)


def same(function, *args, rounds=3):
    """Check that both kinds of calls, mixed, draw one stream."""
    compiled = stook.jit(function)
    compiled(*args)
    np.random.seed(5)
    random.seed(5)
    expected = [function(*args) for _ in range(2 * rounds)] + [np.random.random(), random.random()]
    np.random.seed(5)
    random.seed(5)
    found = []
    for _ in range(rounds):
        found += [compiled(*args), function(*args)]
    assert [*found, np.random.random(), random.random()] == expected
    kinds = [type(value) for value in found[0]] if isinstance(found[0], tuple) else [type(found[0])]
    wanted = expected[0] if isinstance(expected[0], tuple) else [expected[0]]
    assert kinds == [type(value) for value in wanted]


def test_numpys_stream():
    def f(n):
        total = 0.0
        for _ in range(n):
            total += np.random.random() + np.random.rand() * np.random.random_sample()
        return total

    same(f, 1)
    same(f, 1000)


def test_numpys_distributions():
    def f(low, high, n):
        a = np.random.uniform(low, high)
        b = np.random.uniform(high=high)
        c = np.random.normal(low, scale=high)
        d = np.random.standard_normal() - np.random.randn()
        e = np.random.normal()
        return a, b, c, d, e, np.random.randint(n), np.random.randint(-n, high=n), n

    for n in (1, 2, 5, 1 << 20, (1 << 32) - 1, 1 << 32, (1 << 32) + 1, 1 << 62):
        same(f, -1.5, 2.25, n)
        same(f, np.float32(0.1), 3, n)
    same(f, 0.0, 1.0, np.int32(17))


def test_normal_numbers_come_in_pairs():
    same(lambda: np.random.normal(2.0, 3.0), rounds=1)
    same(lambda: (np.random.normal(), np.random.normal(), np.random.normal()))


def test_integers_of_the_whole_range():
    same(lambda: np.random.randint(-(1 << 62), (1 << 62) - 1))
    same(lambda: np.random.randint(-9223372036854775807, 9223372036854775807))


def test_other_functions_draw_from_the_same_streams():
    def f(n):
        a = np.random.random(n)
        b = np.random.random()
        c = np.random.exponential(2.0) + np.random.uniform(0.0, 1.0, n)[1]
        return a[0], b, c, np.random.randint(0, 9, 3)[2] + 0.5

    same(f, 4)


def test_pythons_stream():
    def f(n):
        total = 0.0
        for _ in range(n):
            total += random.random()
        return total, random.uniform(1, 3), random.uniform(-2.5, n)

    same(f, 1)
    same(f, 2000)


@pytest.mark.parametrize(
    "n", [1, 2, 3, 255, 1 << 31, (1 << 32) - 1, 1 << 32, 1 << 33, (1 << 62) + 1]
)
def test_pythons_integers(n):
    same(lambda n: (random.randint(0, n), random.randint(-n, n // 2)), n, rounds=10)


def test_pythons_other_functions():
    same(lambda n: (random.randrange(n), random.gauss(0.0, 1.0), random.random()), 10)


def test_seeds_are_set():
    @stook.jit
    def f(seed):
        np.random.seed(seed)
        random.seed(seed)
        return np.random.random(), random.random()

    assert f(3) == f.py_func(3)


@pytest.mark.parametrize(
    "f",
    [
        lambda: np.random.uniform(-1e308, 1e308),
        lambda: np.random.randint(0),
        lambda: np.random.randint(3, 3),
        lambda: np.random.normal(0.0, -1.0),
        lambda: np.random.normal(0.0, -0.0),
        lambda: random.randint(3, 2),
    ],
)
def test_errors_are_those_of_the_library(f):
    with pytest.raises(Exception) as expected:
        f()
    with pytest.raises(expected.type) as found:
        stook.jit(f)()
    # The text of Python's own differs from version to version.
    if "empty range" not in str(expected.value):
        assert str(found.value) == str(expected.value)


def test_another_bit_generator_is_drawn_from():
    f = stook.jit(lambda: (np.random.random(), np.random.normal(), np.random.randint(100)))
    f()
    before = np.random.get_bit_generator()
    try:
        for make in (np.random.PCG64, np.random.Philox, np.random.MT19937):
            np.random.set_bit_generator(make(11))
            expected = f.py_func()
            np.random.set_bit_generator(make(11))
            assert f() == expected
    finally:
        np.random.set_bit_generator(before)


def test_rounds_that_run_at_the_same_time_do_not_share_a_stream():
    @stook.jit
    def draw():
        return np.random.random()

    @stook.jit(parallel=True)
    def directly(n):
        total = 0.0
        for _ in prange(n):
            total += random.random()
        return total

    @stook.jit(parallel=True)
    def by_a_function(n):
        total = 0.0
        for _ in prange(n):
            total += draw()
        return total

    for f in (directly, by_a_function):
        with pytest.raises(CompileError, match="which rounds of prange would share"):
            f(4)


def test_threads_of_pythons_draw_one_at_a_time():
    from concurrent.futures import ThreadPoolExecutor

    @stook.jit(nogil=True)
    def f(n):
        total = 0.0
        for _ in range(n):
            total += np.random.random()
        return total

    f(1)
    np.random.seed(1)
    expected = math.fsum(np.random.random(40_000))
    np.random.seed(1)
    with ThreadPoolExecutor(4) as pool:
        found = sum(pool.map(f, [10_000] * 4))
    assert found == pytest.approx(expected, rel=1e-12)


def test_programs_that_import_the_functions():
    from random import random as fraction

    from numpy.random import rand, seed, uniform

    @stook.jit
    def f():
        seed(4)
        return rand(), uniform(2.0, 3.0), fraction() < 1.0

    np.random.seed(4)
    expected = (np.random.rand(), np.random.uniform(2.0, 3.0), True)
    assert f() == expected


def test_stooks_own_name_of_the_module():
    import stook as anp

    f = stook.jit(lambda: anp.random.random() + anp.random.normal(1.0, 2.0))
    f()
    np.random.seed(6)
    expected = np.random.random() + np.random.normal(1.0, 2.0)
    np.random.seed(6)
    assert f() == expected
