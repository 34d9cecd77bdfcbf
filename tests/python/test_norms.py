"""Norms of vectors and matrices, powers and parts of matrices, as `numpy.linalg` has them."""

import numpy
import pytest
import stook
from compare import check, check_told, falling_back

VECTORS = ("None", "0", "1", "2", "3", "-1", "-2", "0.5", "np.inf", "-np.inf", "'fro'")
MATRICES = ("None", "1", "-1", "2", "-2", "np.inf", "-np.inf", "'fro'", "'f'", "'nuc'", "3", "'no'")

NORMS = [
    *[f"la.norm({x}, {ord})" for x in ("v", "c", "i") for ord in VECTORS],
    *[f"la.norm({x}, {ord})" for x in ("a", "z", "m") for ord in MATRICES],
    *[f"la.norm(t, {ord}, axis=1)" for ord in VECTORS],
    *[f"la.norm(t, {ord}, axis=(2, 0), keepdims=True)" for ord in MATRICES],
    *[f"la.vector_norm(t, ord={ord})" for ord in VECTORS],
    *[f"la.matrix_norm(t, ord={ord})" for ord in MATRICES],
]
OTHERS = """
la.norm(t)
la.norm(t, keepdims=True)
la.norm(a, keepdims=True)
la.norm(3.0)
la.norm(3.0, 2)
la.norm([3, 4])
la.norm(v[:0])
la.norm(v[:0], np.inf)
la.norm(v[:0], -np.inf)
la.norm(a[:, :0], np.inf)
la.norm(t, 2)
la.norm(a, axis=2)
la.norm(a, axis=(0, 0))
la.norm(a, axis=1.5)
la.norm(a, axis="x")
la.norm(a, axis=-1, keepdims=True)
la.norm(a > 0)
la.norm(a.astype("f"))
la.norm(a.astype("f"), 3, 0)
la.norm(a.astype("e"))
la.norm(["x"])
la.vector_norm(t, axis=(0, 2))
la.vector_norm(t, axis=(0, 2), keepdims=True, ord=1)
la.vector_norm(t, keepdims=True)
la.vector_norm(t, axis=5)
la.vector_norm(t, axis=(0, 0))
la.matrix_norm(t, keepdims=True)
la.matrix_norm(v)
la.matrix_power(s, 0)
la.matrix_power(s, 1)
la.matrix_power(s, 2)
la.matrix_power(s, 7)
la.matrix_power(s.astype(int), 5)
la.matrix_power(s, -2)
la.matrix_power(np.array([s, s]), 3)
la.matrix_power(a, 2)
la.matrix_power(v, 2)
la.matrix_power(s, 1.5)
la.matrix_power(s * 0, -1)
la.outer(v, v)
la.outer(a, v)
la.cross(t[0, :, :3], t[1, :, :3])
la.cross(v, v)
la.cross(a.T, a.T, axis=0)
la.diagonal(t)
la.diagonal(t, offset=1)
la.diagonal(v)
la.trace(t)
la.trace(t, offset=-1)
la.trace(i.reshape(2, 3), dtype="f")
la.trace(v)
la.matrix_transpose(t)
la.matrix_transpose(v)
"""


def run(expression, np):
    a = np.arange(12.0).reshape(3, 4) * 5 % 7 - 3
    names = {
        "a": a,
        "z": a * (1 + 0.5j),
        "m": (a * 2).astype(int),
        "t": a + np.arange(1, 3).reshape(2, 1, 1),
    }
    names |= {"v": np.arange(5.0) - 2, "c": np.arange(4) * (1 - 2j), "i": np.arange(6) - 2}
    names["s"] = np.array([[2.0, 1.0, 0.0], [1.0, 3.0, 1.0], [0.0, 1.0, 1.0]])
    return eval(expression, names | {"np": np, "la": np.linalg})


@pytest.mark.parametrize("expression", [*NORMS, *OTHERS.strip().split("\n")])
@pytest.mark.filterwarnings("ignore")
def test_values_and_errors(expression):
    check(lambda np: run(expression, np), rtol=1e-6 if '"f"' in expression else 1e-14)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("shape", [(1,), (1000,), (30, 40)])
def test_lengths_of_arrays_in_line_have_numpys_bits(shape, dtype):
    elements = numpy.random.default_rng(3).normal(size=shape).astype(dtype)
    check(lambda np: np.linalg.norm(np.asarray(elements)))
    check(lambda np: np.linalg.norm(np.asarray(elements), keepdims=True))


def test_squares_too_large_for_a_float_are_warned_of_as_those_of_a_product():
    check_told(lambda np: np.linalg.norm(np.array([1e200, 1e200])))


def test_norms_do_not_leave_stook():
    with falling_back():
        for expression in ("la.norm(t)", "la.norm(a, 1)", "la.vector_norm(t, axis=(0, 2))"):
            run(expression, stook)
        run("la.matrix_power(s, 3)", stook)
        run("la.trace(t), la.diagonal(t), la.outer(v, v), la.matrix_transpose(t)", stook)


def test_many_singular_values_are_numpys():
    with falling_back("linalg.norm"):
        run("la.norm(a, 2)", stook)
