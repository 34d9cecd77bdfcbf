"""Every row of the ufunc table against NumPy, bit for bit, but for the payload of NaN.

Elementary functions have a file of their own (``test_elementary.py``). Conditions, what NumPy warns
of, are compared for every loop, one element at a time.
"""

import warnings

import numpy as np
import pytest
from evaluator import (
    BITS,
    EFFORT,
    NOT_UFUNCS,
    RANDOM,
    arguments,
    ask,
    bits,
    compute,
    in_numpy,
    listing,
    loops,
    quiet,
    raised,
    random_values,
    reference,
    request,
    special,
)
from test_elementary import is_elementary, is_meaningless

# Reductions by elementary functions, and how many units they may differ by after five elements.
ROUNDED = {"hypot": 4, "logaddexp": 8, "logaddexp2": 8}
# How many calls are watched for their conditions.
WATCHED = 200 * EFFORT


def matches(want, got):
    """Which scalars agree: same bits, or both NaN."""
    same = want == got
    if want.dtype.kind != "f":
        return same
    return (same & (np.signbit(want) == np.signbit(got))) | (np.isnan(want) & np.isnan(got))


def reductions():
    for kind, name, *folds in listing():
        if kind == "reduce":
            for index, types in enumerate(folds):
                yield pytest.param(name, index, *types.split(">"), id=f"{name}-{types}")


def reduced(name, values, target):
    if name in ("argmax", "argmin", "count_nonzero", "nansum", "nanprod"):
        keywords = {"dtype": target} if name.startswith("nan") else {}
        return np.asarray(getattr(np, name)(values, **keywords))
    if name in ("add", "multiply"):
        return np.asarray(getattr(np, name).reduce(values, dtype=target))
    return np.asarray(getattr(np, name).reduce(values))


@pytest.mark.parametrize(("name", "index", "source", "target"), list(reductions()))
def test_fold_equals_numpy(name, index, source, target):
    """Five elements; sums and products of floats are of small integers, exact in any order."""
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
        if name in ROUNDED:
            same = np.isclose(scalars, found, ROUNDED[name] * np.finfo(scalars.dtype).eps, 0, True)
        else:
            same = (scalars == found) | (scalars != scalars) & (found != found)
        assert same.all(), f"{values}: NumPy {want}, fold {found}"


def difference(columns, want, got, ok):
    k = int(np.flatnonzero(~ok)[0])
    return f"{(~ok).sum()} differ; {[c[k] for c in columns]}: NumPy {want[k]}, row {got[k]}"


def compare(head, columns, want):
    answers, _ = ask(request(head, columns))
    table = np.array(answers, np.uint64)
    at = 0
    for result in want:
        real = result.real.dtype
        parts = 2 if result.dtype.kind == "c" else 1
        scalars = np.ascontiguousarray(result).view(real).reshape(-1, parts)
        for part in range(parts):
            got = table[:, at].astype(BITS[real.itemsize]).view(real)
            ok = matches(scalars[:, part], got)
            assert ok.all(), difference(columns, scalars[:, part], got, ok)
            at += 1


def is_exact(name, signature, ulp):
    return not is_elementary(name, signature, ulp)


@pytest.mark.parametrize(("name", "index", "signature", "ulp"), list(loops(is_exact)))
def test_row_equals_numpy(name, index, signature, ulp):
    columns = arguments(name, signature.split("->")[0])
    compare(f"ufunc {name} {index}", columns, compute(name, columns, signature))


def is_ufunc(name, signature, ulp):
    return name not in NOT_UFUNCS


def parts_of(values):
    """The sizes of all parts of the numbers."""
    return [abs(float(part)) for v in values for part in (v.real, v.imag)]


def beyond_the_type(*values):
    return sum(parts_of(values)) > float(np.finfo(values[0].dtype).max)


def powers_on_the_way(x, y):
    """C's complex power multiplies infinities and compares NaN, and overflows by its own steps.

    Real powers of infinities warn where NumPy has vectors for them, and not where it has not.
    """
    if not (np.isfinite(x) and np.isfinite(y)):
        return x.dtype != np.float16
    most = float(np.log(np.finfo(x.dtype).max))
    exponent = max(parts_of([y])) * abs(float(np.log(max(parts_of([x])) or 1)))
    near_the_end = exponent > most - 1 if x.dtype == np.complex64 else abs(exponent - most) < 3
    return np.iscomplexobj(x) and near_the_end


# Where NumPy's conditions are not those of the result but of a step on the way to it.
OWN_CONDITIONS = {
    "power": powers_on_the_way,
    "float_power": powers_on_the_way,
    # An exponential that overflowed by the sine of zero.
    "expm1": lambda z: (
        np.iscomplexobj(z) and z.imag == 0 and z.real > np.log(np.finfo(z.dtype).max)
    ),
    # The size overflows.
    "log1p": lambda z: np.iscomplexobj(z) and beyond_the_type(z),
    "sign": lambda z: np.iscomplexobj(z) and beyond_the_type(z),
    # The difference overflows.
    "logaddexp": beyond_the_type,
    "logaddexp2": beyond_the_type,
}


def has_own_conditions(name, values):
    own = OWN_CONDITIONS.get(name)
    floats = values[0].dtype.kind in "fc"
    return floats and (is_meaningless(name, values) or bool(own and own(*values)))


@pytest.mark.parametrize(("name", "index", "signature", "ulp"), list(loops(is_ufunc)))
def test_conditions_are_those_of_numpy(name, index, signature, ulp):
    rng = np.random.default_rng(5)
    columns = arguments(name, signature.split("->")[0])
    chosen = rng.permutation(len(columns[0]))[:WATCHED]
    columns = [quiet(c[chosen]) for c in columns]
    _, flags = ask(request(f"ufunc {name} {index}", columns))
    ufunc = reference(name)
    for k, got in enumerate(flags):
        args = [c[k : k + 1] for c in columns]
        if has_own_conditions(name, [a[0] for a in args]):
            continue
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
    compare(f"cast {source} {target}", [values], [want])
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
