"""Asks the rows of the ufunc table for results, one element at a time.

``crates/ops/examples/evaluate_rows.rs`` evaluates them; arguments and results are NumPy's arrays
here. Arguments are special values against each other, then random ones of a fixed seed.
``STOOK_TEST_EFFORT=10`` makes ten times as many.
"""

import os
import subprocess
import warnings
from functools import cache
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
EFFORT = int(os.environ.get("STOOK_TEST_EFFORT", "1"))
# How many random arguments, and combinations of special ones.
RANDOM, COMBINATIONS = 250 * EFFORT, 1000 * EFFORT
BITS = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}
NOT_UFUNCS = {"where", "real", "imag", "half_power", "square_power"}
CONDITIONS = {"divide by zero": 1, "overflow": 2, "invalid value": 4, "underflow": 0}


@cache
def program():
    """The evaluator, built once."""
    subprocess.run(
        ["cargo", "build", "-q", "-p", "stook-ops", "--example", "evaluate_rows"],
        cwd=ROOT,
        check=True,
    )
    text = subprocess.run(
        ["cargo", "metadata", "--format-version=1", "--no-deps"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    target = text.split('"target_directory":"')[1].split('"')[0]
    return Path(target) / "debug" / "examples" / "evaluate_rows"


@cache
def listing():
    """Kind, name, error bound and signatures of every row."""
    text = subprocess.run([program(), "list"], check=True, capture_output=True, text=True).stdout
    return [line.split(" ") for line in text.splitlines()]


def loops(chosen=lambda name, signature, ulp: True):
    """Name, index, signature and error bound of the loops chosen, as pytest's parameters."""
    for kind, name, *rest in listing():
        if kind == "ufunc":
            for index, signature in enumerate(rest[1:]):
                ulp = float(rest[0]) if signature[0] in "efdFD" else 0
                if chosen(name, signature, ulp):
                    values = (name, index, signature, ulp)
                    yield pytest.param(*values, id=f"{name}-{signature}")


def ask(lines):
    """Results of each line as bits, and the flags raised."""
    answer = subprocess.run(
        [program()], input="\n".join(lines), check=True, capture_output=True, text=True
    ).stdout
    rows = [line.split(" ") for line in answer.splitlines()]
    return [[int(w, 16) for w in row[:-1]] for row in rows], [int(row[-1]) for row in rows]


def special(dtype):
    """Values at the edges of a type."""
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return np.array([False, True])
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        near = [0, 1, 2, 3, 7, 8, 9, 15, 16, 31, 32, 33, 63, 64, 65, 100]
        both = near + [-v for v in near] + [info.min, info.min + 1, info.max, info.max - 1]
        return np.array([v for v in both if info.min <= v <= info.max], dtype)
    if dtype.kind == "c":
        part = [0.0, -0.0, 1.0, -2.0, 0.5, np.inf, -np.inf, np.nan]
        part += [float(v) for v in (np.finfo(dtype).max, np.finfo(dtype).tiny)]
        parts = np.array(part, dtype.type(0).real.dtype)
        values = np.empty((len(parts), len(parts)), dtype)
        values.real, values.imag = parts[:, None], parts
        return values.ravel()
    info = np.finfo(dtype)
    part = [0, 1, 0.5, 1.5, 2, 2.5, 3, 7, 10, np.inf, np.nan, info.max, info.tiny, info.eps]
    part += [info.smallest_subnormal, info.tiny - info.smallest_subnormal, 127, 128, 255, 256]
    part += [1 - info.epsneg, 1 + info.eps, 1 / info.eps, 32767, 32768, 65504, 65520, 2.0**31]
    part += [2.0**31 - 1, 2.0**32, 2.0**52 + 0.5, 2.0**63, 2.0**64, 1e30]
    with np.errstate(all="ignore"):
        values = np.array(part).astype(dtype)
    return np.concatenate([values, -values])


def random_values(rng, dtype, n):
    """Half of them any bits, half moderate numbers."""
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return rng.integers(0, 2, n).astype(bool)
    wild = np.frombuffer(rng.bytes(n * dtype.itemsize), dtype).copy()
    if dtype.kind in "iu":
        mild = rng.integers(-9 if dtype.kind == "i" else 0, 20, n).astype(dtype)
    elif dtype.kind == "c":
        mild = (rng.normal(size=n) * 5 + 1j * rng.normal(size=n)).astype(dtype)
    else:
        with np.errstate(over="ignore"):
            mild = (rng.normal(size=n) * np.exp(rng.normal(size=n) * 3)).astype(dtype)
    return np.where(rng.random(n) < 0.5, wild, mild)


def arguments(name, letters):
    """Special values against each other, then random ones."""
    rng = np.random.default_rng(sum(map(ord, name + letters)))
    groups = [special(c) for c in letters]
    if len(letters) == 3:
        groups = [g if len(g) < 15 else rng.choice(g, 15) for g in groups]
    grid = [g.ravel() for g in np.meshgrid(*groups, indexing="ij")]
    if len(grid[0]) > COMBINATIONS:
        # Real zeros and infinities meet in every way; of the rest some combinations are taken.
        ends = np.logical_and.reduce([(g == 0) | ~np.isfinite(g) for g in grid])
        ends &= all(g.dtype.kind == "f" for g in grid)
        chosen = rng.permutation(len(grid[0]))[:COMBINATIONS]
        chosen = np.concatenate([np.flatnonzero(ends), chosen])
        grid = [g[chosen] for g in grid]
    columns = [
        np.concatenate([g, random_values(rng, c, RANDOM)])
        for g, c in zip(grid, letters, strict=True)
    ]
    if name == "power" and columns[1].dtype.kind == "i":
        columns[1] = np.where(columns[1] < 0, ~columns[1], columns[1])
    return columns


def bits(array):
    """The scalars of the elements as Python integers, one row each."""
    array = np.ascontiguousarray(array)
    if array.dtype.kind == "c":
        array = array.view(array.real.dtype).reshape(-1, 2)
    else:
        array = array.reshape(-1, 1)
    return array.view(BITS[array.dtype.itemsize])


def request(head, columns):
    """A line for each element."""
    words = np.concatenate([bits(c).astype(np.uint64) for c in columns], axis=1)
    return [head + " " + " ".join(f"{v:x}" for v in row) for row in words.tolist()]


def evaluate(head, columns, dtype):
    """One result of a type for each element."""
    dtype = np.dtype(dtype)
    real = dtype.type(0).real.dtype
    scalars = np.array(ask(request(head, columns))[0], np.uint64).astype(BITS[real.itemsize])
    return np.ascontiguousarray(scalars.view(real)).view(dtype)[:, 0]


def quiet(array):
    """The values without signalling NaN, whose every use is invalid."""
    if array.dtype.kind not in "fc":
        return array
    parts = np.ascontiguousarray(array).view(array.real.dtype).copy()
    parts[np.isnan(parts)] = np.nan
    return parts.view(array.dtype)


def reference(name):
    """NumPy's function."""
    if name == "where":
        return np.where
    if name in ("half_power", "square_power"):
        return np.sqrt if name == "half_power" else np.square
    if name == "clip":
        return np._core.umath.clip
    return getattr(np, name)


def in_numpy(signature):
    """NumPy's own letters: its loops of mixed signs are those of long long."""
    return {"lL->?": "qQ->?", "Ll->?": "Qq->?"}.get(signature, signature)


def compute(name, columns, signature):
    """NumPy's results, as a tuple."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if name in NOT_UFUNCS:
            results = reference(name)(*columns)
        else:
            results = reference(name)(*columns, signature=in_numpy(signature))
    return results if isinstance(results, tuple) else (results,)


def raised(call):
    """The conditions that a call of NumPy's meets."""
    seen = set()
    with np.errstate(all="call", call=lambda kind, _: seen.add(kind)):
        call()
    return sum(CONDITIONS[kind] for kind in seen)
