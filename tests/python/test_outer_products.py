"""Products of every element with every other, of vectors, and sums and matrices of diagonals."""

import numpy
import pytest
from compare import check, check_told
from held import within
from stook import _fallback

PRODUCTS = """
np.outer(v, v)
np.outer([1, 2], [3, 4.5])
np.outer(a, i)
np.outer(a.T, v)
np.outer(2, v)
np.outer(v[:0], v)
np.outer(v, v, np.empty((5, 5)))
np.outer(v, v, out=np.empty((5, 4)))
np.outer(i.astype("b"), i.astype("b"))
np.outer([True, False], [True, True])
np.outer(v * 1j, v)
np.kron([1, 10], [1, 2, 3])
np.kron(v, a)
np.kron(a, v)
np.kron(a, a)
np.kron(a.T, a)
np.kron(a, a.T)
np.kron(a.T, a.T)
np.kron(np.eye(2), np.ones((2, 2), int))
np.kron(c, a)
np.kron(a, c)
np.kron(3, a)
np.kron(a, 3)
np.kron(2, 3)
np.kron(a[:0], a)
np.kron(i.astype("b"), [1, 2])
np.kron([True, False], [True])
np.cross([1, 2, 3], [4, 5, 6])
np.cross([1, 2, 3], [4, 5, 6.5])
np.cross(a[:, :3], a[:, 1:])
np.cross(a[:, :3], [1, 2, 3])
np.cross(a.T, a.T)
np.cross(a, a[:, ::-1], axis=0)
np.cross(a, a[:, ::-1].T, axisa=0, axisb=1)
np.cross(a, a[:, ::-1], 0, 0, 0)
np.cross(c, c * 2, axisc=0)
np.cross(c, c * 2, axisc=1)
np.cross(c.astype("b"), c.astype("B"))
np.cross(c.astype("f"), [1j, 2, 3])
np.cross(np.ones((0, 3)), np.ones(3))
np.cross(v, v)
np.cross(np.array([0, 3, 6], "B"), np.array([0, 5, 3], "B"))
np.cross(3, [1, 2, 3])
np.cross([True] * 3, [True] * 3)
np.cross([1, 2, 3], [1, 2, 3], axis=1)
np.cross([1, 2, 3], [1, 2, 3], axisc=1)
np.cross(a[:2, :3], a[:, :3])
np.trace(a)
np.trace(a, 1)
np.trace(a, -2)
np.trace(a, 9)
np.trace(c)
np.trace(c, 0, 1, 2)
np.trace(c, 1, axis1=2, axis2=0)
np.trace(i.reshape(3, 4).astype("b"))
np.trace(i.reshape(3, 4).astype("B"), dtype="b")
np.trace(a > 3)
np.trace(a, dtype=int)
np.trace(c, out=np.empty(3))
np.trace(c, out=np.empty(2))
np.trace([[1, 2], [3, 4]])
np.trace(v)
np.trace(a, axis1=0, axis2=0)
np.trace(a[:0])
a.trace()
a.trace(1, 1, 0)
c.trace(dtype="f")
np.diagflat(v)
np.diagflat(a, 1)
np.diagflat([[1, 2], [3, 4]], -2)
np.diagflat(a.T)
np.diagflat(3)
np.diagflat([])
np.diagflat(v, 1.5)
np.diagflat([True, False])
"""


def solids(np):
    a = np.arange(12.0).reshape(3, 4) * 5 % 7
    c = np.arange(18.0).reshape(2, 3, 3) * 7 % 11
    return {"a": a, "v": np.arange(5.0), "i": np.arange(12), "c": c}


@pytest.mark.parametrize("expression", PRODUCTS.strip().split("\n"))
def test_products_and_diagonals(expression):
    within(expression, solids, 1e-15)


def test_vectors_in_the_plane_are_numpys():
    check_told(lambda np: np.cross([1, 2], [3, 4]))
    check_told(lambda np: np.cross([1, 2, 3], [3, 4]))


def test_outputs_are_written():
    def program(np):
        out = np.zeros((2, 2))
        return np.outer([1, 2], [3, 4], out) is out, out, np.trace(np.ones((2, 2, 2)), out=out[0])

    check(program)
    check(lambda np: np.outer([1.5], [1.5], np.zeros((1, 1), int)))


def test_products_of_many_shapes_are_numpys():
    shapes = [(), (2,), (1, 3), (2, 1, 3), (0,), (2, 2)]
    before = _fallback.calls.copy()
    for x in shapes:
        for y in shapes:
            for turned in (False, True):

                def program(np, x=x, y=y, turned=turned):
                    a, b = np.arange(1, 1 + numpy.prod(x, dtype=int)).reshape(x), np.ones(y, "f")
                    made = np.kron(a.T if turned else a, b)
                    return made, np.outer(a, b)

                check(program)
    assert _fallback.calls == before
