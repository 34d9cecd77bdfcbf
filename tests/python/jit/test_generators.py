"""`numpy.random.Generator` in compiled functions: the numbers and states of the same Python."""

import linecache
import threading

import numpy as np
import pytest
import stook
from stook.compat import numba

BITS = [np.random.PCG64, np.random.MT19937, np.random.SFC64, np.random.Philox]
SHARED = np.random.default_rng(5)


def check(function, *args, bits=np.random.PCG64):
    """Hold the compiled function to the plain one: its result, and the state that it leaves."""
    own, other = np.random.Generator(bits(3)), np.random.Generator(bits(3))
    copies = [a.copy() if hasattr(a, "copy") else a for a in args]
    made, expected = stook.jit(function)(own, *copies), function(other, *args)
    assert repr(made) == repr(expected)
    assert type(made) is type(expected)
    assert repr(own.bit_generator.state) == repr(other.bit_generator.state)


@pytest.mark.parametrize("bits", BITS)
def test_numbers_of_every_kind_of_bits(bits):
    def draw(rng, n):
        total = 0.0
        for k in range(n):
            total += rng.random() + rng.standard_normal() * rng.integers(1, 5 + k)
            total += rng.normal(1.0, 2.0) + rng.exponential(0.5) + rng.uniform(-1, 1)
        return total, rng.integers(10), rng.random()

    check(draw, 100, bits=bits)


DRAWN = [
    "random()",
    "standard_normal()",
    "standard_exponential()",
    "standard_cauchy()",
    "normal()",
    "normal(2)",
    "normal(scale=0.5, loc=1)",
    "uniform()",
    "uniform(2.0, 3.5)",
    "uniform(high=4)",
    "exponential()",
    "exponential(3)",
    "beta(0.5, 2.5)",
    "gamma(2.0)",
    "gamma(0.5, 3.0)",
    "standard_gamma(1.5)",
    "f(3.0, 4.0)",
    "noncentral_f(3.0, 4.0, 1.0)",
    "chisquare(2)",
    "noncentral_chisquare(2.0, 1.0)",
    "standard_t(5)",
    "vonmises(0.5, 2.0)",
    "pareto(3.0)",
    "weibull(2.0)",
    "power(3.0)",
    "laplace()",
    "gumbel(1.0, 2.0)",
    "logistic(1.0, 2.0)",
    "lognormal(0.5, 0.25)",
    "rayleigh(2.0)",
    "wald(3.0, 2.0)",
    "triangular(-1.0, 0.5, 2.0)",
    "poisson()",
    "poisson(50.5)",
    "zipf(2.5)",
    "geometric(0.25)",
    "logseries(0.5)",
    "binomial(10, 0.5)",
    "hypergeometric(5, 6, 7)",
    "binomial(n=100, p=0.3)",
    "binomial(0, 1.0)",
    "hypergeometric(500, 600, 100)",
    "negative_binomial(5, 0.5)",
    "negative_binomial(5.5, p=0.25)",
    "integers(7)",
    "integers(-3, 8)",
    "integers(0, 2**32)",
    "integers(0, 2**32 + 1)",
    "integers(-(2**62), 2**62)",
    "integers(4, 4, endpoint=True)",
    "integers(4, 9, endpoint=True)",
]


@pytest.mark.parametrize("drawn", DRAWN)
@pytest.mark.parametrize("size", ["", "size=3", "size=(2, 3)", "size=None"])
def test_every_distribution(drawn, size):
    inner = drawn[:-1] + (", " if size and not drawn.endswith("()") else "") + size + ")"
    source = (
        f"def draw(rng):\n    rng.random()\n    return rng.{inner}, rng.{inner}, rng.random()\n"
    )
    check(function_of(source, "draw"))


@pytest.mark.parametrize("drawn", DRAWN)
def test_no_distribution_is_called_outside(drawn):
    source = f"def draw(rng):\n    return rng.{drawn}\n"
    told = stook.explain(stook.jit(function_of(source, "draw")), np.random.default_rng(0))
    assert "calls outside of compiled code: 0" in str(told)


def function_of(source, name):
    """Return a function whose source can be read."""
    file = f"<{source}>"
    linecache.cache[file] = (len(source), None, source.splitlines(True), file)
    space = {"np": np}
    exec(compile(source, file, "exec"), space)
    return space[name]


def test_sizes_that_are_known_late():
    def draw(rng, n, low, high):
        return rng.normal(size=n), rng.integers(low, high, (n, 2)), rng.random(n)

    check(draw, 4, -5, 12)
    check(draw, 0, 3, 4)


def test_what_is_called_outside():
    def draw(rng, a):
        b = rng.permutation(a)
        rng.shuffle(a)
        c = rng.choice(a)
        d = rng.random(3, dtype=np.float32)
        e = rng.integers(0, 200, size=4, dtype=np.uint8)
        f = rng.normal(a, 1.0)
        return b, a, c, d, e, f, rng.random()

    check(draw, np.arange(6.0))


def test_arguments_of_calls_outside_are_drawn_once():
    def draw(rng, a):
        return rng.choice(a, rng.integers(1, 4)), rng.random()

    check(draw, np.arange(5))

    def of_module(n):
        np.random.seed(n)
        return np.random.uniform(np.random.random(), 2.0, 3), np.random.random()

    assert repr(stook.jit(of_module)(3)) == repr(of_module(3))


@pytest.mark.parametrize(
    "drawn",
    [
        "normal(0.0, x)",
        "exponential(x)",
        "gamma(x)",
        "beta(1.0, x)",
        "poisson(x)",
        "zipf(x)",
        "geometric(x)",
        "logseries(x)",
        "wald(1.0, x)",
        "uniform(0.0, x)",
        "binomial(3, x)",
        "binomial(int(x), 0.5)",
        "negative_binomial(x, 0.5)",
        "negative_binomial(1e300, 1e-30 * -x)",
        "hypergeometric(int(x), 3, 1)",
        "hypergeometric(3, int(x), 1)",
        "hypergeometric(3, 3, int(x))",
        "hypergeometric(10**9, 3, int(x))",
        "hypergeometric(1, 2, 4 + 0 * int(x))",
        "integers(int(x))",
        "integers(1, int(x))",
        "integers(0, int(x), endpoint=True)",
        "integers(5, int(x), endpoint=True)",
        "triangular(0.0, x, 1.0)",
        "normal(size=int(x))",
    ],
)
def test_parameters_that_numpy_refuses(drawn):
    draw = function_of(f"def draw(rng, x):\n    return rng.{drawn}\n", "draw")
    errors = []
    for function in (draw, stook.jit(draw)):
        with pytest.raises(ValueError) as error:
            function(np.random.default_rng(0), -1.0)
        errors.append(str(error.value))
    assert errors[0] == errors[1]


def test_parameters_that_are_not_finite():
    def uniform(rng, x):
        return rng.uniform(0.0, x)

    errors = []
    for function in (uniform, stook.jit(uniform)):
        with pytest.raises(OverflowError) as error:
            function(np.random.default_rng(0), np.inf)
        errors.append(str(error.value))
    assert errors[0] == errors[1]

    def normal(rng, x):
        return rng.normal(0.0, x)

    check(normal, np.nan)


def test_the_state_is_shared():
    rng, other = np.random.default_rng(1), np.random.default_rng(1)
    f = stook.jit(lambda rng: rng.random())
    mixed = [f(rng), rng.random(), f(rng), rng.normal()]
    assert mixed == [other.random(), other.random(), other.random(), other.normal()]


def test_streams_that_functions_name():
    @stook.jit
    def draw(n):
        s = 0.0
        for _ in range(n):
            s += SHARED.random() + SHARED.normal()
        return s, SHARED.integers(5, size=3)

    state = SHARED.bit_generator.state
    made = draw(4)
    after = SHARED.bit_generator.state
    SHARED.bit_generator.state = state
    assert repr(made) == repr(draw.py_func(4))
    assert repr(after) == repr(SHARED.bit_generator.state)


def test_streams_go_to_functions_and_in_tuples():
    @stook.jit
    def one(rng, scale=1.0):
        return rng.normal() * scale

    def both(rng):
        pair = (rng, 2.0)
        return one(rng) + one(pair[0], pair[1])

    check(both)

    def given_back(pair):
        return pair[0]

    rng = np.random.default_rng(0)
    assert stook.jit(given_back)((rng, 1)) is rng


def test_streams_in_rounds_are_refused():
    @stook.jit(parallel=True)
    def draw(rng, a):
        for i in stook.prange(len(a)):
            a[i] = rng.random()

    with pytest.raises(TypeError, match="before the loop"):
        draw(np.random.default_rng(0), np.zeros(4))


def test_one_version_for_all_streams():
    f = stook.jit(lambda rng: rng.random())
    for bits in BITS:
        f(np.random.Generator(bits(0)))
    assert len(f.signatures) == 1


def test_a_call_waits_for_who_draws():
    rng = np.random.default_rng(0)
    f = stook.jit(lambda rng: rng.random())
    f(rng)
    begun, done = threading.Event(), []

    def call():
        begun.set()
        done.append(f(rng))

    with rng.bit_generator.lock:
        thread = threading.Thread(target=call)
        thread.start()
        begun.wait()
        thread.join(0.05)
        assert not done
    thread.join()
    assert len(done) == 1


def test_streams_of_ours_give_arrays_of_ours():
    f = stook.jit(lambda rng, n: (rng.normal(size=n), rng.random(), rng.permutation(n)))
    ours, numpys = stook.random.default_rng(4), np.random.default_rng(4)
    made, expected = f(ours, 3), f(numpys, 3)
    assert [type(made[k]) for k in (0, 2)] == [stook.ndarray] * 2
    assert [type(expected[k]) for k in (0, 2)] == [np.ndarray] * 2
    assert repr(made) == repr(expected)


def test_signatures_name_streams():
    @numba.njit(numba.float64(numba.types.npy_rng, numba.float64))
    def draw(rng, x):
        return rng.random() * x

    assert draw(np.random.default_rng(2), 3.0) == np.random.default_rng(2).random() * 3.0
    assert numba.typeof(np.random.default_rng(0)) == numba.types.npy_rng


def test_numbas_example():
    x = np.random.default_rng(1)
    y = np.random.default_rng(1)
    size = 10

    @numba.njit
    def do_stuff(gen):
        return gen.random(size=int(size / 2))

    original = x.random(size=size)
    first = do_stuff(y)
    second = y.random(size=5)
    assert np.array_equal(original, np.concatenate([first, second]))
