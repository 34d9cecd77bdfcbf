"""Every row of the ufunc table against NumPy, bit for bit.

Rows are evaluated one element at a time by ``crates/ops/examples/evaluate_rows.rs``. Rows with an
error bound are compared to within it; everything else has NumPy's bits, but for the payload of NaN.
NumPy's complex elementary functions are the C library's: they are compared at moderate arguments,
by the size of the error; crates/ops/tests/elementary_complex.rs holds ours to C99's special values.
``STOOK_TEST_EFFORT=10`` compares ten times as many values.
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
# How many random arguments, combinations of special ones, and calls watched for their conditions.
RANDOM, COMBINATIONS, WATCHED = 250 * EFFORT, 1000 * EFFORT, 200 * EFFORT
BITS = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}
NOT_UFUNCS = {"where", "real", "imag"}
# Rows whose error is that of their complex loops; the real ones are exact.
EXACT_ON_REALS = {"absolute", "sign"}
# NumPy's own error, in units in the last place, beyond the usual one.
NUMPY_ULP = {"cbrt": 4}
# Complex errors in units of epsilon; a power's grows with its exponent.
COMPLEX_ERROR, POWER_ERROR = 32, 256
CANCELLING = {"log", "log2", "log10", "log1p", "expm1"}
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
        chosen = rng.permutation(len(grid[0]))[:COMBINATIONS]
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
    words = np.concatenate([bits(c).astype(np.uint64) for c in columns], axis=1)
    return [head + " " + " ".join(f"{v:x}" for v in row) for row in words.tolist()]


def matches(want, got, ulp, largest=0):
    """Which scalars agree: same bits, both NaN, or within the bound.

    `largest` is the size of what cancels in the result.
    """
    same = want == got
    if want.dtype.kind != "f":
        return same
    same = (same & (np.signbit(want) == np.signbit(got))) | (np.isnan(want) & np.isnan(got))
    if ulp:
        with np.errstate(all="ignore"):
            unit = np.abs(np.spacing(np.maximum(np.abs(want), largest)))
            same |= np.abs(want - got) <= (ulp + 1) * unit
    return same


def is_elementary(name, signature, ulp):
    """Whether a loop is one of the C library's complex functions in NumPy."""
    return signature[-1] in "FD" and (ulp > 0 or name == "sqrt")


def moderate(values):
    """Which numbers are neither large nor close to zero."""
    sizes = np.abs(values)
    return (values == 0) | (sizes <= 20) & (sizes >= 1e-3)


def compare_elementary(name, head, columns, want):
    """Compare complex results by the size of their error, at moderate arguments."""
    chosen = np.logical_and.reduce([moderate(c) for c in columns]) & np.isfinite(want)
    columns, want = [c[chosen] for c in columns], want[chosen]
    assert len(want) > 50
    answers, _ = ask(request(head, columns))
    real = want.real.dtype
    got = np.array(answers, np.uint64).astype(BITS[real.itemsize]).view(real).view(want.dtype)[:, 0]
    size = np.maximum(np.abs(want), 1 if name in CANCELLING else 0)
    units = POWER_ERROR if "power" in name else COMPLEX_ERROR
    ok = np.abs(got - want) <= units * np.finfo(real).eps * size
    assert ok.all(), difference(columns, want, got, ok)


def reference(name):
    if name == "where":
        return np.where
    if name == "clip":
        return np._core.umath.clip
    if name in ("real", "imag"):
        return getattr(np, name)
    return getattr(np, name)


def in_numpy(signature):
    """NumPy's own letters: its loops of mixed signs are those of long long."""
    return {"lL->?": "qQ->?", "Ll->?": "Qq->?"}.get(signature, signature)


def quiet(array):
    """The values without signalling NaN, whose every use is invalid."""
    if array.dtype.kind not in "fc":
        return array
    parts = np.ascontiguousarray(array).view(array.real.dtype).copy()
    parts[np.isnan(parts)] = np.nan
    return parts.view(array.dtype)


def compute(name, columns, signature):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if name in NOT_UFUNCS:
            results = reference(name)(*columns)
        else:
            results = reference(name)(*columns, signature=in_numpy(signature))
    return results if isinstance(results, tuple) else (results,)


def all_loops():
    for kind, name, *rest in listing():
        if kind == "ufunc":
            for index, signature in enumerate(rest[1:]):
                exact = name in EXACT_ON_REALS and signature[0] not in "FD"
                ulp = 0 if exact else float(rest[0])
                yield pytest.param(name, index, signature, ulp, id=f"{name}-{signature}")


def reductions():
    for kind, name, *loops in listing():
        if kind == "reduce":
            for index, types in enumerate(loops):
                yield pytest.param(name, index, *types.split(">"), id=f"{name}-{types}")


def reduced(name, values, target):
    if name in ("argmax", "argmin", "count_nonzero", "nansum", "nanprod"):
        keywords = {"dtype": target} if name.startswith("nan") else {}
        return np.asarray(getattr(np, name)(values, **keywords))
    if name in ("add", "multiply"):
        return np.asarray(getattr(np, name).reduce(values, dtype=target))
    return np.asarray(getattr(np, name).reduce(values))


@pytest.mark.parametrize(("name", "index", "source", "target"), reductions())
def test_fold_equals_numpy(name, index, source, target):
    """Five elements, whose sums NumPy takes in another order: within a few units."""
    rng = np.random.default_rng(7)
    pool = np.concatenate([special(source), random_values(rng, source, 40)])
    if source in "efdFD" and name in ("add", "multiply", "nansum", "nanprod"):
        pool = np.concatenate([rng.integers(1, 5, 50).astype(source), special(source)[:3]])
        pool[np.isnan(pool)] = 1
        if name.startswith("nan"):
            pool[:6] = np.nan
    choices = [rng.choice(pool, 5) for _ in range(60)]
    words = [" ".join(f"{v:x}" for v in bits(values).ravel().tolist()) for values in choices]
    answers, _ = ask([f"reduce {name} {index} 5 {text}" for text in words])
    for values, got in zip(choices, answers, strict=True):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            want = np.atleast_1d(reduced(name, values, target))
        scalars = np.ascontiguousarray(want).view(want.real.dtype)
        kind = BITS[scalars.dtype.itemsize]
        found = np.array(got, np.uint64).astype(kind).view(scalars.dtype)
        same = (scalars == found) | (scalars != scalars) & (found != found)
        assert same.all(), f"{values}: NumPy {want}, fold {found}"


def difference(columns, want, got, ok):
    k = int(np.flatnonzero(~ok)[0])
    return f"{(~ok).sum()} differ; {[c[k] for c in columns]}: NumPy {want[k]}, row {got[k]}"


def compare(head, columns, want, ulp, largest=0):
    answers, _ = ask(request(head, columns))
    table = np.array(answers, np.uint64)
    at = 0
    for result in want:
        real = result.real.dtype
        parts = 2 if result.dtype.kind == "c" else 1
        scalars = np.ascontiguousarray(result).view(real).reshape(-1, parts)
        for part in range(parts):
            got = table[:, at].astype(BITS[real.itemsize]).view(real)
            ok = matches(scalars[:, part], got, ulp, largest)
            assert ok.all(), difference(columns, scalars[:, part], got, ok)
            at += 1


@pytest.mark.parametrize(("name", "index", "signature", "ulp"), all_loops())
def test_row_equals_numpy(name, index, signature, ulp):
    columns = arguments(name, signature.split("->")[0])
    want = compute(name, columns, signature)
    if is_elementary(name, signature, ulp):
        compare_elementary(name, f"ufunc {name} {index}", columns, want[0])
        return
    ulp = max(ulp, NUMPY_ULP.get(name, 0))
    cancels = name.startswith("logaddexp")
    largest = np.max([np.where(np.isfinite(c), np.abs(c), 0) for c in columns], 0) if cancels else 0
    compare(f"ufunc {name} {index}", columns, want, ulp, largest)


def raised(call):
    """The conditions that a call meets."""
    seen = set()
    with np.errstate(all="call", call=lambda kind, _: seen.add(kind)):
        call()
    return sum(CONDITIONS[kind] for kind in seen)


@pytest.mark.parametrize(("name", "index", "signature", "ulp"), all_loops())
def test_conditions_are_those_of_numpy(name, index, signature, ulp):
    if name in NOT_UFUNCS:
        pytest.skip("not a ufunc in NumPy")
    if name == "sign" and signature in ("F->F", "D->D"):
        pytest.skip("NumPy warns where |x| overflows although the sign is known")
    if is_elementary(name, signature, ulp):
        pytest.skip("NumPy's conditions are those of its C library")
    rng = np.random.default_rng(5)
    columns = arguments(name, signature.split("->")[0])
    chosen = rng.permutation(len(columns[0]))[:WATCHED]
    columns = [quiet(c[chosen]) for c in columns]
    if name in ("logaddexp", "logaddexp2", "spacing"):
        # NumPy finds NaN invalid here, the spacing at infinity by sign, and differences too large.
        calm = [np.abs(c) < np.finfo(c.dtype).max / 2 for c in columns]
        columns = [c[np.logical_and.reduce(calm)] for c in columns]
    _, flags = ask(request(f"ufunc {name} {index}", columns))
    ufunc = reference(name)
    for k, got in enumerate(flags):
        args = [c[k : k + 1] for c in columns]
        want = raised(lambda args=args: ufunc(*args, signature=in_numpy(signature)))
        assert got == want, f"{[a[0] for a in args]}: NumPy {want}, row {got}"


LETTERS = "?bBhHiIlLefdFD"


@pytest.mark.parametrize("source", LETTERS)
@pytest.mark.parametrize("target", LETTERS)
def test_cast_equals_numpy(source, target):
    rng = np.random.default_rng(3)
    values = np.concatenate([special(source), random_values(rng, source, RANDOM)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # By stride: NumPy's vector loop to uint32 gives other values out of range.
        want = np.repeat(values, 2)[::2].astype(target)
    compare(f"cast {source} {target}", [values], [want], 0)
    values = quiet(values[:400])
    _, flags = ask(request(f"cast {source} {target}", [values]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", np.exceptions.ComplexWarning)
        for k, got in enumerate(flags):
            expected = raised(lambda k=k: values[k : k + 1].astype(target))
            assert got == expected, f"{values[k]}: NumPy {expected}, cast {got}"


def test_signatures_stand_in_the_order_of_numpy():
    left_out, twins = set("gGMmO"), str.maketrans("qQ", "lL")
    for kind, name, *rest in listing():
        if kind != "ufunc" or name in NOT_UFUNCS:
            continue
        types = [t for t in reference(name).types if not left_out & set(t)]
        types = [t.translate(twins) for t in types]
        assert rest[1:] == list(dict.fromkeys(types)), name
