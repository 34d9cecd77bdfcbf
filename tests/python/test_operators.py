"""Operators on every pair of kinds, in place too, and ufuncs with their options."""

import operator

import numpy
import pytest
from compare import check

BINARY = [
    "add",
    "sub",
    "mul",
    "truediv",
    "floordiv",
    "mod",
    "pow",
    "lt",
    "le",
    "eq",
    "ne",
    "gt",
    "ge",
    "and_",
    "or_",
    "xor",
    "lshift",
    "rshift",
]
SCALARS = [2, 2.5, 1j, True, numpy.float32(2), numpy.int8(2), "x", None, [1, 2, 3], 300, -1, 0.5]


def numbers(np, dtype):
    """Return a few numbers of a type."""
    return np.array([1, 2, 3]).astype(dtype)


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.filterwarnings("ignore")
def test_operator_with_scalars(name):
    apply = getattr(operator, name)
    for dtype in "?bHlLefdFD":
        # A power is right to an ulp of its own; NumPy's complex ones lose what the exponent has.
        bounds = {"e": 1e-3, "f": 1e-6, "F": 1e-6, "D": 1e-13}
        rtol = bounds.get(dtype, 1e-14) if name == "pow" else 0
        for scalar in SCALARS:
            check(lambda np, d=dtype, s=scalar: apply(numbers(np, d), s), rtol)
            check(lambda np, d=dtype, s=scalar: apply(s, numbers(np, d)), rtol)


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.filterwarnings("ignore")
def test_operator_with_arrays(name):
    apply = getattr(operator, name)
    for left in "?bHlLefdFD":
        for right in "?bBlLefdD":
            check(lambda np, a=left, b=right: apply(numbers(np, a), np.array([1, 1, 2]).astype(b)))


@pytest.mark.parametrize("name", [n for n in BINARY if hasattr(operator, f"i{n.strip('_')}")])
@pytest.mark.filterwarnings("ignore")
def test_in_place_operator(name):
    apply = getattr(operator, f"i{name.strip('_')}")

    def program(np, left, right):
        a = numbers(np, left)
        alias = a
        a = apply(a, np.array([1, 1, 2]).astype(right))
        return a is alias, alias

    for left in "?bHlLefdFD":
        for right in "?blLedD":
            check(lambda np, a=left, b=right: program(np, a, b))


CALLS = """
np.add(a, 1, out=a); np.add(a, 1, a); np.add(a, 1, out=(a,)); np.multiply(a, 2, out=a, where=a > 3)
np.add(a, 1, out=a[0]); np.add(a[0], 1, out=a); np.add(a, 1, dtype='f4'); np.add(a, 1, dtype='i4')
np.add(a, 1, casting='no'); np.add(a, 1, bogus=3); np.add(a); np.add(a, a, a, a)
np.add.reduce(a); np.add.reduce(a, axis=1); np.add.accumulate(a); np.add.accumulate(a, 1)
np.add.reduceat(a, [0, 1]); np.add.outer(a[0], a[1]); np.subtract(a, a.T)
np.multiply.reduce(a, axis=None); np.add.reduce(a, keepdims=True); np.maximum.reduce(a, 0)
np.add.nin; np.add.nout; np.add.nargs; np.add.identity; np.add.signature; np.add.__name__
"""


@pytest.mark.parametrize("expression", CALLS.strip().replace("\n", ";").split(";"))
def test_ufunc_call(expression):
    def program(np):
        a = np.arange(6.0).reshape(2, 3)
        result = eval(expression.strip())
        return result, a

    check(program)


def test_fast_powers_are_numpys():
    for exponent in (2, -1, 0.5, 2.0, 1, 0, 3, -2.0):
        check(lambda np, e=exponent: np.array([1.5, 2.5, 9.0]) ** e)


def test_division_by_zero_warns_or_raises_as_errstate_says():
    import stook

    a = stook.ones(3)
    with stook.errstate(all="ignore"):
        quotient = a / 0
    assert quotient.tolist() == [numpy.inf] * 3
    with stook.errstate(all="raise"), pytest.raises(FloatingPointError):
        (a / 0).tolist()


def test_arrays_are_not_concatenated_as_sequences():
    check(lambda np: operator.concat(np.arange(3), np.arange(3)))
    check(lambda np: operator.iconcat(np.arange(3), [1]))
