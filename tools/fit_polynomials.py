"""Fits the polynomials of the elementary functions and writes their Rust tables.

What enters: the list FITS below, one line a polynomial: the function it stands for, the interval,
the weight that turns its error into a relative error of the whole, and its degree for float32 and
float64. What leaves: crates/ops/src/table/elementary/coefficients.rs, with the error each reaches,
and sixteen.rs, the tables of sixteen entries that sixteenths.rs looks up.

The fit is Remez's exchange algorithm (E. Remez, 1934; see N. Brisebarre, J.-M. Muller et al.,
Handbook of Floating-Point Arithmetic, 2nd edition, section 10.3) in 60 digits; the coefficients
are rounded to the type afterwards, and the error is measured with the rounded ones.

    python tools/fit_polynomials.py                       # writes the tables
    python tools/fit_polynomials.py --print sixteen.rs    # prints one of them instead
"""

import itertools
import pathlib
import sys
from collections.abc import Callable
from dataclasses import dataclass

import mpmath as mp
import numpy as np

mp.mp.dps = 60
FOLDER = pathlib.Path(__file__).parent.parent / "crates/ops/src/table/elementary"
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
STEP = mp.log(2) / 32 * mp.mpf("1.0001")
# What is left of a significand is at most the second; only beside the entry 1, where it is at most
# the first, is the logarithm smaller than that.
NEAREST, FARTHEST = mp.mpf("0.0223125"), mp.mpf("0.03575")
EIGHTH = (mp.tan(mp.pi / 8) * mp.mpf("1.0001")) ** 2


def _root(t: mp.mpf) -> mp.mpf:
    return mp.sqrt(t)


def _arcsin_term(k: int) -> mp.mpf:
    n = k + 1
    return mp.binomial(2 * n, n) / (mp.mpf(4) ** n * (2 * n + 1))


def beside_entries(r: mp.mpf) -> mp.mpf:
    """The weight that makes an error of `r^3 P(r)` relative to the logarithm."""
    return abs(r) ** 3 / max(abs(r), NEAREST)


# `(log(1 + r) - r + r^2 / 2 - r^3 / 3) / r^4`.
fourth = series(
    lambda k: (-1) ** (k + 1) / mp.mpf(k + 4),
    lambda r: (mp.log1p(r) - r + r**2 / 2 - r**3 / 3) / r**4,
    0.03,
)

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
        "EXP_STEP",
        "`(exp(r) - 1 - r) / r^2`, |r| <= ln(2) / 32; error relative to 1",
        series(lambda k: 1 / mp.factorial(k + 2), lambda r: (mp.exp(r) - 1 - r) / r**2, 0.03),
        lambda r: r**2,
        -STEP,
        STEP,
        None,
        4,
    ),
    Fit(
        "EXPM1_STEP",
        "`(exp(r) - 1 - r) / r^2`, |r| <= ln(2) / 32; error relative to `exp(r) - 1`",
        series(lambda k: 1 / mp.factorial(k + 2), lambda r: (mp.exp(r) - 1 - r) / r**2, 0.03),
        abs,
        -STEP,
        STEP,
        None,
        5,
    ),
    Fit(
        "EXP2_STEP",
        "`(2^r - 1) / r`, |r| <= 1 / 32; error relative to 1",
        series(
            lambda k: mp.log(2) ** (k + 1) / mp.factorial(k + 1), lambda r: (2**r - 1) / r, 0.03
        ),
        abs,
        -mp.mpf("0.03125001"),
        mp.mpf("0.03125001"),
        None,
        5,
    ),
    Fit(
        "LOG_STEP",
        "`(log(1 + r) - r + r^2 / 2) / r^3` beside the entries of `sixteen.rs`; relative to log",
        series(
            lambda k: (-1) ** k / mp.mpf(k + 3), lambda r: (mp.log1p(r) - r + r**2 / 2) / r**3, 0.03
        ),
        beside_entries,
        -FARTHEST,
        FARTHEST,
        None,
        7,
    ),
    Fit(
        "LOG_WIDE",
        "`(log(1 + r) - r + r^2 / 2 - r^3 / 3) / r^4` beside them, for power; relative to log",
        # What 1/3 lacks as a float is made up for where it matters most, at |r| = 0.03.
        lambda r: fourth(r) + (mp.mpf(1) / 3 - mp.mpf(1 / 3)) * r / mp.mpf("0.03") ** 2,
        lambda r: abs(r) * beside_entries(r),
        -FARTHEST,
        FARTHEST,
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

SIXTEEN = """\
//! Tables of sixteen entries, as bits, for the exponentials and logarithms of F64.
//!
//! Written by tools/fit_polynomials.py; do not edit.
"""

# Where the steps of significands begin, in steps below 1: of 1/32 below 1, of 1/16 above it. So the
# step that holds 1 reaches from 1 - 0.714 / 32 to 1 + 0.286 / 16, and its entry is 1 itself.
BEGIN = 5.714
# Logarithms of entries, and ln(2), are multiples of this, so that k ln(2) + log(c) is exact.
UNIT = mp.mpf(2) ** 42


def bits(value: float) -> int:
    """The bits of a float64."""
    return int(np.float64(value).view(np.uint64))


def float_of(word: int) -> float:
    """The float64 with these bits."""
    return float(np.uint64(word).view(np.float64))


def inverse(low: float, high: float) -> float:
    """The n/64 nearest to inverses of z in [low, high) for which `z n/64 - 1` is exact."""
    if low < 1 < high:
        return 1.0
    found = []
    for n in range(38, 80):
        size = max(abs(low * n / 64 - 1), abs(high * n / 64 - 1))
        last = (-53 if low < 1 else -52) + (n & -n).bit_length() - 7
        if size <= 2.0 ** (last + 53):
            found.append((size, n / 64))
    return min(found)[1]


def high_and_low(value: mp.mpf, unit: mp.mpf) -> tuple[float, float]:
    """A multiple of 1 / unit, and the rest."""
    high = mp.nint(value * unit) / unit
    return float(high), float(value - high)


def sixteen() -> str:
    """The tables of sixteen entries."""
    start = bits(1.0) - int(BEGIN * 2**48)
    ends = [float_of(start + (j << 48)) for j in range(17)]
    inverses = [inverse(*pair) for pair in itertools.pairwise(ends)]
    logs = [high_and_low(-mp.log(mp.mpf(c)), UNIT) for c in inverses]
    powers = [mp.mpf(2) ** (mp.mpf(j) / 16) for j in range(16)]
    rounded_powers = [float(p) for p in powers]
    tails = [float((p - r) / p) for p, r in zip(powers, rounded_powers, strict=True)]
    shifted = [(bits(r) - (j << 48)) % 2**64 for j, r in enumerate(rounded_powers)]
    high, low = high_and_low(mp.log(2), UNIT)
    step = mp.log(2) / 16
    columns = [
        ("INVERSES", "1/c, of the entries c beside which significands lie", map(bits, inverses)),
        ("LOG_HIGHS", "log(c), as a multiple of 2^-42", (bits(h) for h, _ in logs)),
        ("LOG_LOWS", "The rest of log(c)", (bits(t) for _, t in logs)),
        ("POWERS", "2^(j/16), less j at the place of sixteenths of an exponent", shifted),
        ("POWER_TAILS", "What those lack, as a share of them", map(bits, tails)),
    ]
    lines = [SIXTEEN]
    lines += [
        "/// The bits of the least significand.",
        f"pub(super) const LEAST: u64 = {literal_bits(start)};\n",
    ]
    for name, value, doc in [
        ("LN2_HIGH", high, "ln(2), as a multiple of 2^-42"),
        ("LN2_LOW", low, "The rest of ln(2)"),
        ("STEP_HIGH", float(step), "ln(2) / 16"),
        ("STEP_LOW", float(step - float(step)), "The rest of that"),
        ("STEPS", float(1 / step), "16 / ln(2)"),
    ]:
        lines += [f"/// {doc}.", f"pub(super) const {name}: f64 = {value!r};\n"]
    for name, doc, words in columns:
        lines += [f"/// {doc}.", f"pub(super) static {name}: [u64; 16] = ["]
        lines += [f"    {literal_bits(w)}," for w in words]
        lines.append("];\n")
    return "\n".join(lines).rstrip() + "\n"


def literal_bits(word: int) -> str:
    """A Rust literal of 64 bits."""
    digits = f"{word:016x}"
    return "0x" + "_".join(digits[k : k + 4] for k in range(0, 16, 4))


def polynomials() -> str:
    """The text of coefficients.rs."""
    lines = [HEADER]
    for fit in FITS:
        for width, degree in ((32, fit.degree32), (64, fit.degree64)):
            if degree is None:
                continue
            found, error = coefficients(fit, degree, width)
            size = f"2^{float(mp.log(error, 2)):.1f}"
            print(f"{fit.name}{width}: degree {degree}, error {size}", file=sys.stderr)
            lines.append(f"/// {fit.doc}: {size}.")
            lines.append(f"pub(super) const {fit.name}{width}: &[f64] = &[")
            lines += [f"    {literal(c)}," for c in found]
            lines.append("];\n")
    return "\n".join(lines).rstrip() + "\n"


TABLES = {"coefficients.rs": polynomials, "sixteen.rs": sixteen}


def main() -> None:
    """Fit everything and write the tables, or print one with `--print`."""
    if sys.argv[1:2] == ["--print"]:
        print(TABLES[sys.argv[2]](), end="")
        return
    for name, made in TABLES.items():
        (FOLDER / name).write_text(made())


if __name__ == "__main__":
    main()
