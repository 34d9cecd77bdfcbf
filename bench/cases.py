"""What is measured: array programs, their data, and the ratio to NumPy that stook must reach.

A case is plain data. Its `run` takes the array module first, so that the same lines serve NumPy,
stook and JAX; what other peers need is in `peers`. Sizes are those of the project's table; with
`quick` an eighth of the large dimension.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy

Arrays = tuple[Any, ...]


@dataclass(frozen=True)
class Case:
    """One measured program."""

    name: str
    data: Callable[[int], Arrays]
    """Makes the arguments (NumPy arrays and numbers), given the divisor of the size."""
    run: Callable[..., Any]
    """The program: array module, then the arguments."""
    goal: float | None = None
    """NumPy's time over stook's, at least."""
    jax: bool = True
    """Whether JAX can run it: arguments are not written, no shape depends on data."""
    cold: bool = True
    """Whether the first call ever is of interest."""
    times: int = 1
    """How many times the program does what is measured: times are shown for one."""


def uniform(count: int, size: int, low: float = 0.0, high: float = 1.0) -> Callable[..., Arrays]:
    """Return a maker of `count` f64 arrays."""

    def make(divisor: int) -> Arrays:
        random = numpy.random.default_rng(0)
        return tuple(random.uniform(low, high, size // divisor) for _ in range(count))

    return make


def square(side: int, dtype: str = "f8", copies: int = 1) -> Callable[..., Arrays]:
    """Return a maker of square matrices."""

    def make(divisor: int) -> Arrays:
        rows = max(16, side // divisor)
        matrix = numpy.random.default_rng(0).random((rows, side)).astype(dtype)
        return tuple(matrix.copy() for _ in range(copies))

    return make


def matrices(*shape: int, dtype: str = "f8") -> Callable[..., Arrays]:
    """Return a maker of two (stacks of) square matrices; the first length is divided."""

    def make(divisor: int) -> Arrays:
        random = numpy.random.default_rng(0)
        sides = [max(16, length // divisor) for length in shape[:1]]
        sides += shape[1:] if len(shape) > 2 else sides
        return tuple(random.random(sides).astype(dtype) for _ in range(2))

    return make


# -- fused arithmetic -----------------------------------------------------------------------------


def multiply_add(np: Any, a: Any, b: Any, c: Any, d: Any, e: Any) -> Any:
    """Five arrays in, one out."""
    return a * b + c * d - e


def normal_cdf(np: Any, x: Any) -> Any:
    """Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.17."""
    t = 1.0 / (1.0 + 0.2316419 * np.abs(x))
    series = t * (
        0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429)))
    )
    tail = 0.3989422804014327 * np.exp(-0.5 * x * x) * series
    return np.where(x >= 0.0, 1.0 - tail, tail)


def black_scholes(np: Any, spot: Any, strike: Any, years: Any) -> Any:
    """Black and Scholes (1973), the price of a European call."""
    rate, deviation = 0.02, 0.3
    spread = deviation * np.sqrt(years)
    d1 = (np.log(spot / strike) + (rate + 0.5 * deviation * deviation) * years) / spread
    discounted = strike * np.exp(-rate * years)
    return spot * normal_cdf(np, d1) - discounted * normal_cdf(np, d1 - spread)


def options(divisor: int) -> Arrays:
    """Return spot prices, strikes and times to maturity."""
    random, size = numpy.random.default_rng(0), 4_000_000 // divisor
    bounds = ((50.0, 150.0), (50.0, 150.0), (0.1, 2.0))
    return tuple(random.uniform(low, high, size) for low, high in bounds)


def softmax(np: Any, x: Any) -> Any:
    """Softmax of each row."""
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def pairwise(np: Any, p: Any) -> Any:
    """Distances of all pairs of points."""
    return np.sqrt(((p[:, None, :] - p[None, :, :]) ** 2).sum(axis=-1))


def points(divisor: int) -> Arrays:
    """Return points in space."""
    return (numpy.random.default_rng(0).random((2000 // divisor, 3)),)


def rows_f32(divisor: int) -> Arrays:
    """Return the rows of a softmax."""
    shape = (4096 // divisor, 1024)
    return (numpy.random.default_rng(0).standard_normal(shape).astype(numpy.float32),)


# -- stencils -------------------------------------------------------------------------------------


def two_arrays(np: Any, u: Any, v: Any) -> Any:
    """Ten steps of a five-point stencil from one array to the other and back."""
    for _ in range(5):
        v[1:-1, 1:-1] = 0.25 * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:])
        u[1:-1, 1:-1] = 0.25 * (v[:-2, 1:-1] + v[2:, 1:-1] + v[1:-1, :-2] + v[1:-1, 2:])
    return u


def in_place(np: Any, u: Any) -> Any:
    """Ten steps of diffusion that read and write one array."""
    for _ in range(10):
        u[1:-1, 1:-1] += 0.2 * (
            u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4.0 * u[1:-1, 1:-1]
        )
    return u


def small_grid(np: Any, u: Any) -> Any:
    """A thousand steps on a small grid."""
    for _ in range(1000):
        u[1:-1, 1:-1] += 0.2 * (
            u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4.0 * u[1:-1, 1:-1]
        )
    return u


# -- selection ------------------------------------------------------------------------------------


def where_count(np: Any, a: Any, b: Any) -> Any:
    """Choose, and count what was chosen."""
    mask = a > b
    return np.where(mask, a * 2.0, b + 1.0), np.count_nonzero(mask)


def compress(np: Any, a: Any) -> Any:
    """Keep about half."""
    return a[a > 0.5]


def gather(divisor: int) -> Arrays:
    """Return values and random positions among them."""
    random, size = numpy.random.default_rng(0), 5_000_000 // divisor
    return random.random(size), random.integers(0, size, size)


# -- small arrays, in a loop: a call of the program for each would count too ----------------------

TIMES = 1000


def small(np: Any, a: Any, b: Any, c: Any) -> Any:
    """Two operations on few elements."""
    for _ in range(TIMES):
        result = a * b + c
    return result


def read_element(np: Any, a: Any) -> Any:
    """Read one element."""
    for _ in range(TIMES):
        value = a[3]
    return value


def write_element(np: Any, a: Any) -> Any:
    """Write one element."""
    for _ in range(TIMES):
        a[3] = 1.0
    return a


def multiply(np: Any, a: Any, b: Any) -> Any:
    """Products of matrices."""
    return a @ b


def function(name: str) -> Callable[..., Any]:
    """Return the program that calls one function of the array module."""
    return lambda np, *arguments: getattr(np, name)(*arguments)


MILLION = 1_000_000

CASES: tuple[Case, ...] = (
    Case("Black-Scholes 4M", options, black_scholes, 5),
    Case("a*b+c*d-e 10M", uniform(5, 10 * MILLION), multiply_add, 2.8),
    Case("sum((a-b)**2) 10M", uniform(2, 10 * MILLION), lambda np, a, b: ((a - b) ** 2).sum(), 5),
    Case("softmax 4096x1024 f32", rows_f32, softmax, 5.5),
    Case("pairwise distances 2000", points, pairwise, 22),
    Case("stencil, two arrays 4096^2", square(4096, copies=2), two_arrays, 9.5, jax=False),
    Case("stencil, in place 4096^2", square(4096), in_place, 6, jax=False),
    Case("exp 1M", uniform(1, MILLION, -5, 5), function("exp"), 3.5),
    Case("log 1M", uniform(1, MILLION, 1e-3, 1e3), function("log"), 2.5),
    Case("sin 1M", uniform(1, MILLION, -10, 10), function("sin"), 6),
    Case("cos 1M", uniform(1, MILLION, -10, 10), function("cos"), 6),
    Case("tanh 1M", uniform(1, MILLION, -3, 3), function("tanh"), 4.5),
    Case("pow 1M", uniform(2, MILLION, 0.1, 3), function("power"), 2),
    Case("where + count_nonzero 10M", uniform(2, 10 * MILLION), where_count, 2.5),
    Case("compress a[a>.5] 10M", uniform(1, 10 * MILLION), compress, 1.5, jax=False),
    Case("gather 5M", gather, lambda np, a, i: a[i], 1.6),
    Case("cumsum 5M", uniform(1, 5 * MILLION), function("cumsum"), 3),
    Case("sum axis 0 4096^2", square(4096), lambda np, a: a.sum(axis=0), 1.9),
    Case("sum axis 1 4096^2", square(4096), lambda np, a: a.sum(axis=1), 1.9),
    Case("mean axis 0 4096^2", square(4096), lambda np, a: a.mean(axis=0), 1.9),
    Case("mean axis 1 4096^2", square(4096), lambda np, a: a.mean(axis=1), 1.9),
    Case("std axis 1 4096^2", square(4096), lambda np, a: a.std(axis=1), 10),
    Case("matmul 2048", matrices(2048, 2048), multiply, 0.95),
    Case("matmul 1024 f32", matrices(1024, 1024, dtype="f4"), multiply, 0.95),
    Case("matmul 1000 of 16x16", matrices(1000, 16, 16), multiply, 0.95),
    Case("small matmul 16x16", matrices(16, 16), multiply, 1.2, cold=False),
    Case("small a*b+c 10", uniform(3, 80), small, 2, cold=False, times=TIMES),
    Case("small a*b+c 100", uniform(3, 800), small, 2, cold=False, times=TIMES),
    Case("small a*b+c 1000", uniform(3, 8000), small, 1.5, cold=False, times=TIMES),
    Case("read one element", uniform(1, 8000), read_element, 1, cold=False, times=TIMES),
    Case(
        "write one element", uniform(1, 8000), write_element, 1, jax=False, cold=False, times=TIMES
    ),
    Case("1000 steps on 64x64", square(64), small_grid, 2.5, jax=False),
)  # fmt: skip

# Cases whose stated size is what they are about: `quick` leaves it alone.
FIXED = 8


def divisor(case: Case, quick: bool) -> int:
    """Return what the sizes of a case are divided by."""
    if case.name.startswith(("small", "read", "write")):
        return FIXED
    if case.name.startswith("1000 steps"):
        return 1
    return 8 if quick else 1
