"""Measures how far the elementary functions are from the exact values, in units in the last place.

    python tools/measure_accuracy.py float32 [NAME ...]    every one of the 2^32 arguments
    python tools/measure_accuracy.py float64 [NAME ...]    10 million arguments, hard ones too

Functions of two arguments are sampled in both types. What is measured is what a program meets, the
shipped or compiled kernels. The referee is NumPy in a wider type: float64 for float32, whose error
is 2^-29 units, long double for float64, 2^-10 units. An error is counted in units of the exact
value, or for `logaddexp` and `logaddexp2`, whose sum may cancel, of the larger argument.

What leaves is a line a function: the largest error, and where; the status is 1 where one exceeds
the bound. `STOOK_TEST_EFFORT=10` samples ten times as many arguments.
"""

import argparse
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import mpmath
import numpy as np
import stook

BOUND = 1.0
ONE = ["exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "cbrt", "sqrt"]
ONE += ["sin", "cos", "tan", "arcsin", "arccos", "arctan"]
ONE += ["sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh"]
TWO = ["power", "arctan2", "hypot", "logaddexp", "logaddexp2"]
WIDER = {"float32": np.float64, "float64": np.longdouble}
BITS = {"float32": np.uint32, "float64": np.uint64}
# Small enough that temporaries stay in a core's cache.
BLOCK = 1 << 13
SAMPLES = 10_000_000 * int(os.environ.get("STOOK_TEST_EFFORT", "1"))
# Where functions change their ways, or leave the range of a type.
MARKS = [0.5, 1, 2, 8, 16, 22, 44, 2.0**28, 2.0**60, 2.0**-28, 2.0**-54]
MARKS += [708.39, 709.78, 710.47, 744.44, 745.13, 1022, 1023, 1024, 1074, 1075]

Arguments = tuple[np.ndarray, ...]
Worst = tuple[float, tuple[float, ...]]


def every_float32() -> Iterator[Callable[[], Arguments]]:
    """All arguments of type float32, in blocks."""
    for start in range(0, 1 << 32, BLOCK):
        yield lambda start=start: (
            np.arange(start, start + BLOCK, dtype=np.uint32).view(np.float32),
        )


def near_quarter_turns() -> np.ndarray:
    """For each exponent the float64 that come closest to multiples of pi/2.

    They are the denominators of the convergents of 2^e / (pi/2), times 2^e.
    """
    found = []
    with mpmath.workprec(2400):
        for exponent in range(-60, 972):
            rest = mpmath.ldexp(2 / mpmath.pi, exponent)
            before, last = 0, 1
            while True:
                whole = int(mpmath.floor(rest))
                rest = 1 / (rest - whole)
                before, last = last, int(mpmath.floor(rest)) * last + before
                if last >= 1 << 53:
                    break
            found.append(np.ldexp(float(before), exponent))
    return np.array(found)


def single(rng: np.random.Generator, turns: np.ndarray | None) -> np.ndarray:
    """A block of float64 arguments: any bits, moderate ones, those near a mark.

    Then subnormals, or beside turns those near any multiple of pi/2, and near odd ones of pi/4.
    """
    count = BLOCK // 4
    any_bits = np.frombuffer(rng.bytes(count * 8), np.float64)
    signs = rng.choice([-1.0, 1.0], count)
    sizes = np.exp2(rng.uniform(-60, 11, count)) * signs
    marked = rng.choice(MARKS, count) * (1 + np.exp2(rng.uniform(-53, -1, count)) * signs)
    if turns is None:
        last = rng.integers(0, 1 << 53, count, np.uint64).view(np.float64)
    else:
        wholes = np.rint(np.exp2(rng.uniform(0, 60, count // 4)))
        halves = rng.integers(0, 4000, count // 2) + rng.uniform(0.45, 0.55, count // 2)
        angles = np.concatenate([wholes, halves]) * (np.pi / 2)
        last = np.concatenate([angles, rng.choice(turns, count // 4)])
    return np.concatenate([any_bits, sizes, marked, -marked, last * signs])


def double(rng: np.random.Generator, name: str, dtype: np.dtype) -> Arguments:
    """A block of pairs of arguments, any at all and such that the result is moderate."""
    count = BLOCK // 4
    x, y = (np.frombuffer(rng.bytes(count * dtype.itemsize), dtype) for _ in range(2))
    signs = rng.choice([-1.0, 1.0], count)
    sizes = np.exp2(rng.uniform(-80, 80, count))
    near = 1 + np.exp2(rng.uniform(-50, -1, count)) * signs
    if name == "power":
        most = 2.0 * np.finfo(dtype).maxexp
        base = np.concatenate([sizes, near, near, np.exp2(rng.uniform(-1, 1, count))])
        with np.errstate(divide="ignore"):
            exponent = rng.uniform(-most, most, 4 * count) / np.log2(base)
    elif name in ("arctan2", "hypot"):
        base = np.concatenate([sizes, sizes * signs, near, sizes])
        exponent = np.concatenate([sizes * near, rng.permutation(sizes), signs, sizes * signs])
    else:
        base = np.concatenate([rng.uniform(-800, 800, count), near, sizes * signs, -near])
        less = np.concatenate([rng.uniform(-50, 0, 3 * count), rng.uniform(-2, 0, count)])
        exponent = base + less
    with np.errstate(over="ignore", under="ignore"):
        pairs = base.astype(dtype), exponent.astype(dtype)
    return tuple(np.concatenate(two) for two in zip((x, y), pairs, strict=True))


def samples(name: str, dtype: np.dtype) -> Iterator[Callable[[], Arguments]]:
    """Blocks of random arguments, the same ones each time."""
    turns = near_quarter_turns() if name in ("sin", "cos", "tan") else None
    for seed in range(-(-SAMPLES // BLOCK)):
        rng = np.random.default_rng(seed)
        if name in TWO:
            yield lambda rng=rng: double(rng, name, dtype)
        else:
            yield lambda rng=rng: (single(rng, turns).astype(dtype),)


def units(exact: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """The unit in the last place of `dtype` at finite exact values; of infinity it is infinite."""
    info, word = np.finfo(dtype), BITS[dtype.name]
    sizes = np.abs(exact)
    rounded = sizes.astype(dtype)
    bits = rounded.view(word) - (rounded > sizes)
    bits &= ~word((1 << info.nmant) - 1)
    np.maximum(bits, word(1 << info.nmant), out=bits)
    return bits.view(dtype).astype(exact.dtype) * exact.dtype.type(info.eps)


def errors(name: str, arguments: Arguments, dtype: np.dtype) -> np.ndarray:
    """The error at each argument; infinite where a special value or the sign of zero is wrong."""
    found = np.asarray(getattr(stook, name)(*arguments))
    exact = getattr(np, name)(*(a.astype(WIDER[dtype.name]) for a in arguments))
    sizes = exact
    if name.startswith("logaddexp"):
        sizes = np.maximum(np.abs(exact), np.max(np.abs(arguments), axis=0))
    result = (np.abs(found - exact) / units(sizes, dtype)).astype(np.float64)
    result[np.signbit(found) != np.signbit(exact)] = np.inf
    strange = ~(result <= BOUND)
    result[strange] = special(name, found[strange], exact[strange], sizes[strange])
    return result


def special(name: str, found: np.ndarray, exact: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """The errors of values of any kind: infinities are a power of two, NaN equals NaN."""
    wider, end = exact.dtype.type, exact.dtype.type(2) ** np.finfo(found.dtype).maxexp
    off = np.abs(np.clip(found.astype(wider), -end, end) - np.clip(exact, -end, end))
    result = off / units(np.minimum(np.abs(sizes), end / 2), found.dtype)
    # What is left of a sum that cancelled has any sign.
    cancelled = name.startswith("logaddexp") & (np.abs(exact) < 1e-6 * sizes)
    result[(np.signbit(found) != np.signbit(exact)) & ~cancelled | np.isnan(result)] = np.inf
    result[np.isnan(found) & np.isnan(exact)] = 0
    return result.astype(np.float64)


def worst_of(name: str, arguments: Arguments, dtype: np.dtype) -> Worst:
    """The largest error among these arguments, and where it is."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        all_errors = errors(name, arguments, dtype)
    at = int(np.argmax(all_errors))
    return float(all_errors[at]), tuple(float(a[at]) for a in arguments)


def measure(name: str, dtype: np.dtype) -> Worst:
    """The largest error of a function, on all threads."""
    whole = name in ONE and dtype == np.float32
    blocks = every_float32() if whole else samples(name, dtype)
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return max(threads.map(lambda block: worst_of(name, block(), dtype), blocks))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dtype", choices=list(WIDER))
    parser.add_argument("name", nargs="*", choices=[*ONE, *TWO, []], default=[])
    chosen = parser.parse_args()
    exceeded = False
    for name in chosen.name or [*ONE, *TWO]:
        begin = time.time()
        error, where = measure(name, np.dtype(chosen.dtype))
        exceeded |= error > BOUND
        at = ", ".join(map(repr, where))
        print(f"{name:10} {error:.4f} ulp at {at} ({time.time() - begin:.0f} s)", flush=True)
    return int(exceeded)


if __name__ == "__main__":
    sys.exit(main())
