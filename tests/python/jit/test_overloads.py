"""Functions that stand for others by types, blocks in Python, and calls of vectorized ones."""

import datetime

import numpy as np
import pytest
import stook
from stook import CompileError, jit
from stook.compat import numba
from stook.compat.numba import objmode, types
from stook.compat.numba.extending import overload, register_jitable


def describe(x, scale=1):
    raise AssertionError("compiled code calls what stands for it")


@overload(describe)
def choose(x, scale=1):
    if isinstance(x, types.Array):
        return lambda x, scale=1: x.size * scale
    if isinstance(x, types.Float):
        return lambda x, scale=1: -x * scale
    return None


def test_types_choose_what_is_compiled():
    assert jit(lambda a: describe(a))(np.zeros(4)) == 4
    assert jit(lambda a: describe(a, scale=3))(np.zeros(4)) == 12
    assert jit(lambda a: describe(a[0]) + describe(1.5))(np.ones(4)) == -2.5
    with pytest.raises(CompileError, match=r"no overload of the function .*describe takes"):
        jit(lambda a: describe(a))(1)


def test_a_known_function_may_have_an_overload_for_some_types():
    def parity(x): ...

    @overload(parity)
    def whole(x):
        return (lambda x: x % 2) if x == types.int64 else None

    @overload(parity)
    def real(x):
        return (lambda x: 0.5) if x == types.float64 else None

    assert jit(lambda x: parity(x))(3) == 1
    assert jit(lambda a: parity(a[0]))(np.ones(1)) == 0.5


def test_functions_that_are_called_from_both_sides():
    @register_jitable
    def double(x):
        return 2 * x

    assert double(2) == 4
    assert jit(lambda x: double(x) + 1)(2) == 5


def test_vectorized_functions_in_compiled_ones():
    @numba.vectorize
    def clipped(x, low):
        return low if x < low else x

    a = np.arange(6.0).reshape(2, 3)
    assert jit(lambda x: clipped(x, 2.0))(1.0) == 2.0
    assert np.array_equal(jit(lambda a: clipped(a, 2.0) * 10)(a), np.maximum(a, 2) * 10)

    @numba.guvectorize("void(f8[:], f8[:])", "(n)->()")
    def last(a, out):
        out[0] = a[a.size - 1]

    @jit
    def lasts(a):
        out = np.empty(a.shape[0])
        for k in range(a.shape[0]):
            last(a[k], out[k : k + 1])
        return out

    assert lasts(a).tolist() == [2, 5]


def test_stencils_in_compiled_functions():
    @numba.stencil(cval=1.0)
    def mean(a):
        return (a[-1] + a[1]) / 2

    @jit(parallel=True)
    def smoothed(a):
        return mean(a) * 2

    a = np.arange(6.0) ** 2
    assert np.array_equal(smoothed(a), mean(a) * 2)


# -- blocks in Python -----------------------------------------------------------------------------


def test_a_block_in_python_reads_and_gives_variables():
    @jit
    def joined(a, n):
        s = 0
        with objmode(length="int64", doubled="float64[:]"):
            text = "-".join(str(v) for v in a)
            length = len(text) + n
            doubled = np.asarray(a) * 2
        for k in range(n):
            s += k
        return length + s, doubled

    length, doubled = joined(np.arange(3.0), 2)
    assert length == len("0.0-1.0-2.0") + 2 + 1
    assert doubled.tolist() == [0, 2, 4]
    assert joined.py_func(np.arange(3.0), 2)[0] == length


def test_a_block_sees_globals_closures_and_raises():
    seen = []

    @jit
    def noted(x):
        with objmode():
            seen.append((type(x).__name__, datetime.date(2020, 1, x).day))
        return x + 1

    assert noted(3) == 4
    assert seen == [("int", 3)]
    with pytest.raises(ValueError, match="day"):
        noted(99)

    @jit
    def wrong(x):
        with objmode(y="f8[:]"):
            y = np.arange(3)
        return y[0] + x

    with pytest.raises(TypeError, match="made an array of int64"):
        wrong(1)


def test_other_with_statements_are_refused():
    with pytest.raises(CompileError, match="'with' is not compiled"):
        jit(with_file)(1)


def with_file(x):
    with open("f"):
        return x


def test_arrays_of_ours_go_through_a_block():
    @jit
    def total(a):
        with objmode(s="f8"):
            s = float(np.asarray(a).sum())
        return s

    assert total(stook.arange(4.0) * 1) == 6.0
