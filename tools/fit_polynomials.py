"""Fits the polynomials of the elementary functions and writes their Rust table.

What enters: the list FITS below, one line a polynomial: the function it stands for, the interval,
the weight that turns its error into a relative error of the whole, and its degree for float32 and
float64. What leaves: crates/ops/src/table/elementary/coefficients.rs, with the error each reaches.

The fit is Remez's exchange algorithm (E. Remez, 1934; see N. Brisebarre, J.-M. Muller et al.,
Handbook of Floating-Point Arithmetic, 2nd edition, section 10.3) in 60 digits; the coefficients
are rounded to the type afterwards, and the error is measured with the rounded ones.

    python tools/fit_polynomials.py            # writes the table
    python tools/fit_polynomials.py --print    # prints it instead
"""

import pathlib
import sys
from collections.abc import Callable
from dataclasses import dataclass

import mpmath as mp
import numpy as np

mp.mp.dps = 60
TARGET = pathlib.Path(__file__).parent.parent / "crates/ops/src/table/elementary/coefficients.rs"
Function = Callable[[mp.mpf], mp.mpf]


@dataclass
class Fit:
    """One polynomial: `weight(t) * (p(t) - value(t))` is kept small for t in [low, high]."""

    name: str
    doc: str
    value: Function
    weight: Function
    low: mp.mpf
    high: mp.mpf
    degree32: int | None
    degree64: int


def series(terms: Callable[[int], mp.mpf], direct: Function, small: float) -> Function:
    """A function given by its Taylor terms below `small`, where the direct formula cancels."""

    def value(t: mp.mpf) -> mp.mpf:
        if abs(t) >= small:
            return direct(t)
        return mp.fsum(terms(k) * t**k for k in range(24))

    return value


def exchange(fit: Fit, degree: int) -> list[mp.mpf]:
    """The coefficients with the least largest weighted error, by Remez exchange."""
    count = degree + 1
    middle, half = (fit.low + fit.high) / 2, (fit.high - fit.low) / 2
    points = [
        middle + half * mp.cos(mp.pi * (2 * k + 1) / (2 * count + 2)) for k in range(count + 1)
    ]
    points.sort()
    grid = [middle - half * mp.cos(mp.pi * mp.mpf(k) / 400) for k in range(401)]
    targets = [fit.value(t) for t in grid]
    weights = [fit.weight(t) for t in grid]
    for _ in range(12):
        rows = mp.matrix(count + 1, count + 1)
        right = mp.matrix(count + 1, 1)
        for i, t in enumerate(points):
            weight = fit.weight(t)
            for j in range(count):
                rows[i, j] = weight * t**j
            rows[i, count] = (-1) ** i
            right[i] = weight * fit.value(t)
        solution = mp.lu_solve(rows, right)
        found = [solution[j] for j in range(count)]
        errors = [
            w * (mp.polyval(found[::-1], t) - v)
            for t, v, w in zip(grid, targets, weights, strict=True)
        ]
        largest = max(abs(e) for e in errors)
        moved = alternation(grid, errors, count + 1)
        if moved is None or largest < abs(solution[count]) * mp.mpf("1.02"):
            break
        points = moved
    return found


def alternation(grid: list[mp.mpf], errors: list[mp.mpf], count: int) -> list[mp.mpf] | None:
    """The best point of each run of one sign; `None` if there are too few runs."""
    best: list[int] = []
    for k, error in enumerate(errors):
        if best and (errors[best[-1]] > 0) == (error > 0):
            if abs(error) > abs(errors[best[-1]]):
                best[-1] = k
        else:
            best.append(k)
    while len(best) > count:
        ends = (0, len(best) - 1)
        best.pop(min(ends, key=lambda e: abs(errors[best[e]])))
    return [grid[k] for k in best] if len(best) == count else None


def rounded(value: mp.mpf, bits: int) -> mp.mpf:
    """The nearest float of this many bits."""
    return mp.mpf(float(value)) if bits == 64 else mp.mpf(float(np.float32(float(value))))


def coefficients(fit: Fit, degree: int, bits: int) -> tuple[list[mp.mpf], mp.mpf]:
    """The fitted coefficients, rounded, and the error left."""
    fixed = [rounded(c, bits) for c in exchange(fit, degree)]
    grid = [fit.low + (fit.high - fit.low) * mp.mpf(k) / 997 for k in range(998)]
    error = max(abs(fit.weight(t) * (mp.polyval(fixed[::-1], t) - fit.value(t))) for t in grid)
    return fixed, error


def literal(value: mp.mpf) -> str:
    """A Rust literal that reads back as the same float."""
    return repr(float(value))


HALF_LN2 = mp.log(2) / 2 * mp.mpf("1.0001")
QUARTER_PI = (mp.pi / 4 * mp.mpf("1.0001")) ** 2
RATIO = ((mp.sqrt(2) - 1) / (mp.sqrt(2) + 1) * mp.mpf("1.0001")) ** 2
LOG2_E = 1 / mp.log(2)
EIGHTH = (mp.tan(mp.pi / 8) * mp.mpf("1.0001")) ** 2


def _root(t: mp.mpf) -> mp.mpf:
    return mp.sqrt(t)


def _arcsin_term(k: int) -> mp.mpf:
    n = k + 1
    return mp.binomial(2 * n, n) / (mp.mpf(4) ** n * (2 * n + 1))


FITS = [
    Fit(
        "EXP",
        "`(exp(r) - 1 - r - r^2 / 2) / r^3`, |r| <= ln(2) / 2; error relative to `exp(r) - 1`",
        series(
            lambda k: 1 / mp.factorial(k + 3),
            lambda r: (mp.exp(r) - 1 - r - r**2 / 2) / r**3,
            0.02,
        ),
        lambda _: HALF_LN2**2,
        -HALF_LN2,
        HALF_LN2,
        4,
        9,
    ),
    Fit(
        "LOG",
        "`(log((1 + s) / (1 - s)) - 2s) / s^3` in `s^2`, |s| <= 3 - 2 sqrt(2); relative",
        series(
            lambda k: mp.mpf(2) / (2 * k + 3),
            lambda z: (2 * mp.atanh(_root(z)) - 2 * _root(z)) / _root(z) ** 3,
            0.001,
        ),
        lambda z: z / 2,
        mp.mpf(0),
        RATIO,
        3,
        7,
    ),
    Fit(
        "LOG2_TAIL",
        "`(log2((1 + s) / (1 - s)) - 2 log2(e) (s + s^3 / 3)) / s^5` in `s^2`; relative to log2",
        series(
            lambda k: 2 * LOG2_E / (2 * k + 5),
            lambda z: (
                (2 * LOG2_E * (mp.atanh(_root(z)) - _root(z) - _root(z) ** 3 / 3)) / _root(z) ** 5
            ),
            0.002,
        ),
        lambda z: z**2 / (2 * LOG2_E),
        mp.mpf(0),
        RATIO,
        None,
        7,
    ),
    Fit(
        "SIN",
        "`(sin(r) - r) / r^3` in `r^2`, |r| <= pi / 4; relative",
        series(
            lambda k: (-1) ** (k + 1) / mp.factorial(2 * k + 3),
            lambda z: (mp.sin(_root(z)) - _root(z)) / _root(z) ** 3,
            0.01,
        ),
        lambda z: z,
        mp.mpf(0),
        QUARTER_PI,
        3,
        6,
    ),
    Fit(
        "COS",
        "`(cos(r) - 1 + r^2 / 2) / r^4` in `r^2`, |r| <= pi / 4; absolute",
        series(
            lambda k: (-1) ** k / mp.factorial(2 * k + 4),
            lambda z: (mp.cos(_root(z)) - 1 + z / 2) / z**2,
            0.01,
        ),
        lambda z: z**2,
        mp.mpf(0),
        QUARTER_PI,
        2,
        5,
    ),
    Fit(
        "ARCTAN",
        "`(arctan(t) - t) / t^3` in `t^2`, |t| <= tan(pi / 8); relative",
        series(
            lambda k: mp.mpf(-1) ** (k + 1) / (2 * k + 3),
            lambda z: (mp.atan(_root(z)) - _root(z)) / _root(z) ** 3,
            0.002,
        ),
        lambda z: z,
        mp.mpf(0),
        EIGHTH,
        None,
        11,
    ),
    Fit(
        "ARCSIN",
        "`(arcsin(t) - t) / t^3` in `t^2`, |t| <= 1 / 2; relative",
        series(
            _arcsin_term,
            lambda z: (mp.asin(_root(z)) - _root(z)) / _root(z) ** 3,
            0.002,
        ),
        lambda z: z,
        mp.mpf(0),
        mp.mpf("0.25001"),
        None,
        12,
    ),
    Fit(
        "CBRT",
        "`t^(1/3)`, t in [sqrt(1/2), sqrt(2)]; relative, a first guess",
        lambda t: mp.cbrt(t),
        lambda t: 1 / mp.cbrt(t),
        mp.sqrt(mp.mpf(1) / 2),
        mp.sqrt(2),
        None,
        4,
    ),
]

HEADER = """\
//! Polynomials of the elementary functions, lowest power first.
//!
//! Written by tools/fit_polynomials.py, which says how they are fitted; do not edit. Each constant
//! names the function it stands for and the largest error, as a power of two.
"""


def main() -> None:
    """Fit everything and write the table, or print it with `--print`."""
    lines = [HEADER]
    for fit in FITS:
        for bits, degree in ((32, fit.degree32), (64, fit.degree64)):
            if degree is None:
                continue
            found, error = coefficients(fit, degree, bits)
            size = f"2^{float(mp.log(error, 2)):.1f}"
            print(f"{fit.name}{bits}: degree {degree}, error {size}", file=sys.stderr)
            lines.append(f"/// {fit.doc}: {size}.")
            lines.append(f"pub(super) const {fit.name}{bits}: &[f64] = &[")
            lines += [f"    {literal(c)}," for c in found]
            lines.append("];\n")
    text = "\n".join(lines).rstrip() + "\n"
    if "--print" in sys.argv[1:]:
        print(text, end="")
    else:
        TARGET.write_text(text)


if __name__ == "__main__":
    main()
