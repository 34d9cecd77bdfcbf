"""The elementary functions against exact values, special ones against NumPy.

A result at finite arguments is measured from the exact value (``referee.py``), for NumPy's own
errors are larger than ours. NumPy decides where an argument is not finite, at poles and outside the
domain. crates/ops/tests/elementary.rs measures the real functions at more arguments,
``make accuracy`` at all or at millions.
"""

import mpmath as mp
import numpy as np
import pytest
from evaluator import EFFORT, arguments, compute, evaluate, loops
from referee import FUNCTIONS, NOTHING, error, exact, limits

# How many arguments of each loop are measured.
MEASURED = 400 * EFFORT

# Bounds of complex128 in units of each part; that of expm1, whose real part is a difference, in
# units of the larger part. Complex64 is computed in double precision, but for sign: 1 unit.
COMPLEX_BOUNDS = {
    "exp": 2,
    "expm1": 3,
    "log": 1,
    "log2": 2,
    "log10": 2,
    "log1p": 2,
    "sqrt": 2,
    "sin": 2,
    "cos": 2,
    "tan": 4,
    "sinh": 2,
    "cosh": 2,
    "tanh": 4,
    "arcsin": 3,
    "arccos": 3,
    "arctan": 3,
    "arcsinh": 3,
    "arccosh": 3,
    "arctanh": 3,
    "sign": 2,
    "absolute": 1,
}
# Rows whose error is that of their complex loops.
EXACT_ON_REALS = {"absolute", "sign"}
POWERS = {"power", "float_power"}
# Functions whose smaller part may have no digits.
OF_THE_WHOLE = {"exp2", "expm1"} | POWERS
# Beyond this size, angles mean nothing.
MOST = 2.0**40


def is_elementary(name, signature, ulp):
    if name not in FUNCTIONS:
        return False
    return signature[0] in "FD" or (ulp > 0 and name not in EXACT_ON_REALS)


def bound(name, signature, ulp, values):
    """The largest error allowed, in units of each part or of the whole."""
    if signature[0] not in "FD":
        return ulp
    if name in POWERS:
        return power_bound(signature, *values)
    if name == "exp2":
        return exp2_bound(signature, *values)
    return 1 if signature[0] == "F" and name != "sign" else COMPLEX_BOUNDS[name]


def exp2_bound(signature, z):
    """What the angle y ln(2) loses as a float turns the result, but to the first order only."""
    scale, least = (2.0**41, 1) if signature[0] == "F" else (2.0**27, 2)
    return least + (abs(float(z.imag)) / scale) ** 2


def power_bound(signature, x, y):
    """NumPy's products round once each; `exp(y log x)` loses 2^-4 units for each unit of y."""
    if signature[0] == "F":
        return 1
    size = max(abs(float(y.real)), abs(float(y.imag)))
    whole = y.imag == 0 and y.real == np.trunc(y.real) and size < 100
    return 2 + 2 * size if whole else 2 + size / 16


def is_meaningless(name, values):
    """Where NumPy's angle, or the logarithm that it multiplies, is rounding error alone."""
    if name == "exp2" and np.iscomplexobj(values[0]):
        return MOST < abs(values[0].imag) < np.inf
    if name not in POWERS or not np.iscomplexobj(values[0]):
        return False
    base, exponent = values
    with np.errstate(all="ignore"):
        log = np.log(base)
    rounded = base.real != 0 != base.imag and 0 in (log.real, log.imag)
    sizes = [abs(float(part)) for part in (exponent.real, exponent.imag)]
    return any(MOST < size < np.inf or (rounded and size == np.inf) for size in sizes)


def same_kind(want, found):
    """Equal with equal signs, or both NaN; other finite numbers may be neighbours."""
    if np.isnan(want) or np.isnan(found):
        return np.isnan(want) and np.isnan(found)
    if np.signbit(want) != np.signbit(found):
        return False
    return want == found or 0 < abs(want - found) <= 2 * abs(np.spacing(found))


def without_sign(value):
    return abs(value) if value == 0 else value


def is_numpys(name, theirs, ours):
    """Whether parts are those of NumPy; the sign of a power's zero is that of a NaN on the way."""
    if name in POWERS:
        theirs, ours = map(without_sign, theirs), map(without_sign, ours)
    return all(map(same_kind, theirs, ours))


def largest_size(name, values, truth):
    """The size in whose units an error counts, beside the exact part's own."""
    if name.startswith("logaddexp"):
        # The sum may cancel; what is lost of the larger summand is lost.
        return max(abs(mp.mpf(float(v))) for v in values)
    return max(map(abs, truth)) if name in OF_THE_WHOLE else 0


def off(name, values, truth, theirs, ours):
    """The largest error of the parts, in units."""
    real, size = ours.dtype, largest_size(name, values, truth)
    if size > mp.ldexp(1, limits(real)[1]) and name in POWERS:
        return 0 if np.isinf(ours).any() else mp.inf
    found = []
    for true, their, our in zip(truth, theirs, ours, strict=True):
        if abs(true) < NOTHING and our == 0 and name not in POWERS:
            signs = {bool(true < 0)} | ({bool(np.signbit(their))} if their == 0 else set())
            found.append(0 if np.signbit(our) in signs else mp.inf)
        else:
            found.append(error(our, true, max(size, abs(true)), real))
    return max(found)


def complaint(name, signature, ulp, values, theirs, ours):
    """What is wrong with the parts of a result; empty if nothing is."""
    if is_meaningless(name, values):
        return ""
    truth = exact(name, values) if all(map(np.isfinite, values)) else None
    if truth is None or np.isnan(ours).any():
        found = "" if is_numpys(name, theirs, ours) else "not NumPy's"
    else:
        units = off(name, values, truth, theirs, ours)
        digits = ", ".join(mp.nstr(t, 20) for t in truth)
        right = units <= bound(name, signature, ulp, values)
        found = "" if right else f"{mp.nstr(units, 4)} units from {digits}"
    return found and f"{name}{values} is {ours}, {found}; NumPy: {theirs}"


def parts(array):
    """The scalars of each element."""
    array = np.ascontiguousarray(array)
    return array.view(array.real.dtype).reshape(len(array), -1)


@pytest.mark.parametrize(("name", "index", "signature", "ulp"), list(loops(is_elementary)))
def test_results_are_exact_within_the_bound(name, index, signature, ulp):
    columns = arguments(name, signature.split("->")[0])
    step = max(1, len(columns[0]) // MEASURED)
    columns = [c[::step] for c in columns]
    want = compute(name, columns, signature)[0]
    found = evaluate(f"ufunc {name} {index}", columns, want.dtype)
    with mp.workprec(200), np.errstate(over="ignore"):
        for values, *both in zip(
            zip(*columns, strict=True), parts(want), parts(found), strict=True
        ):
            text = complaint(name, signature, ulp, values, *both)
            assert not text, text
