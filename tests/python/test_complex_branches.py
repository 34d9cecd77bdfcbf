"""Functions of `numpy.emath`, which go over to complex numbers where they must."""

import pickle

import pytest
import stook
from compare import check, falling_back

ARGUMENTS = ("v", "n", "o", "i", "i8", "u", "f", "e", "z", "3", "-3", "0.5", "[1, -4]", "v[:0]")
UNARY = ("sqrt", "log", "log2", "log10", "arccos", "arcsin", "arctanh")

EXPRESSIONS = [
    *[f"emath.{name}({argument})" for name in UNARY for argument in ARGUMENTS],
    "emath.logn(2, v)",
    "emath.logn(-2, v)",
    "emath.logn(2, n)",
    "emath.logn(f, f)",
    "emath.power(i, 2)",
    "emath.power(i, -2)",
    "emath.power(n, 0.5)",
    "emath.power(v, [1, 2, -3, 0])",
    "emath.power(2, i)",
    "emath.power(z, -1)",
    "emath.sqrt('x')",
    "emath.sqrt()",
    "np.lib.scimath.sqrt(n)",
]


def run(expression, np):
    v = np.arange(4.0) / 2 + 0.25
    names = {"np": np, "emath": np.emath, "v": v, "n": v - 1, "o": v * 0.5, "z": v * (1 - 1j)}
    names |= {
        "i": np.arange(4) + 1,
        "i8": np.arange(-2, 2).astype("b"),
        "u": np.arange(4, dtype="B"),
    }
    names |= {"f": (v - 1).astype("f"), "e": (v - 1).astype("e")}
    return eval(expression, names)


@pytest.mark.parametrize("expression", EXPRESSIONS)
@pytest.mark.filterwarnings("ignore")
def test_values_and_errors(expression):
    check(lambda np: run(expression, np), rtol=1e-6)


def test_branches_do_not_leave_stook():
    with falling_back():
        run("emath.sqrt(n), emath.arccos(v), emath.logn(2, n), emath.power(n, 0.5)", stook)


def test_functions_are_pickled_by_name():
    assert pickle.loads(pickle.dumps(stook.emath.sqrt)) is stook.emath.sqrt
