"""Evenly and geometrically spaced numbers, powers, and functions of coordinates."""

import numpy
import pytest
import stook
from compare import check
from held import within

LINES = """
np.linspace(0, 1, 5)
np.linspace(0, 1)
np.linspace(1, -2, 7)
np.linspace(0, 1, 5, endpoint=False)
np.linspace(0, 1, 5, retstep=True)
np.linspace(0, 1, 5, False, True)
np.linspace(0, 1, 1)
np.linspace(0, 1, 1, retstep=True)
np.linspace(0, 1, 1, False)
np.linspace(0, 1, 0)
np.linspace(3, 3, 4)
np.linspace(0, 5e-324, 4)
np.linspace(0, 10, 5, dtype=int)
np.linspace(-3.5, 10, 8, dtype="b")
np.linspace(0, 1, 5, dtype="f")
np.linspace(0, 1, 5, dtype=complex)
np.linspace(0, 1, 3, dtype=bool)
np.linspace(0, 1j, 4)
np.linspace(numpy.float32(0), 1, 4)
np.linspace(numpy.float32(0), numpy.float32(1), 4)
np.linspace(numpy.float16(0), numpy.float16(1), 4)
np.linspace(numpy.float32(16777217), 16777219, 4)
np.linspace(16777217, numpy.float32(16777220), 4)
np.linspace(numpy.int8(-100), numpy.int8(100), 5)
np.linspace(2**62, 2**63 - 1, 5)
np.linspace(True, False, 3)
np.linspace(-numpy.inf, 1, 3)
np.linspace(0, numpy.nan, 3)
np.linspace(v, 9, 4)
np.linspace(0, v, 4, axis=1)
np.linspace(0, v, 4, axis=-1)
np.linspace([0, 1], [5.5, 1], 4)
np.linspace([0, 1], [5.5, 1], 4, False)
np.linspace([0, 1], [5.5, 2], 4, retstep=True)
np.linspace([0, 1], [[1], [2]], 3, axis=1)
np.linspace(i, i + 3, 4, dtype=int)
np.linspace(v.astype("f"), 1, 4)
np.linspace(np.array(1), 5, 3)
np.linspace(v[:0], 1, 3)
np.linspace(-4, i.astype("Q"), 3)
np.linspace([1, 2], 3, 1, axis=-1)
np.linspace(0, 1, 5, axis=1)
np.linspace(0, 1, -1)
np.linspace(0, 1, 2.5)
np.linspace(0, 1, 5, device="cpu")
np.linspace(0, 1, 5, device="gpu")
np.linspace([1, 2], [1, 2, 3])
np.logspace(0, 2, 5)
np.logspace(0, 2, 5, False)
np.logspace(0, 10, 11, base=2)
np.logspace(0, 3, 4, dtype=int)
np.logspace(0, 1, 4, dtype="f")
np.logspace(numpy.float32(0), numpy.float32(1), 4)
np.logspace([0, 1], [1, 2], 3)
np.logspace([0, 1], [1, 2], 3, axis=1)
np.logspace(0, 3, 4, base=[2, 3])
np.logspace(0, 3, 4, base=[2, 3], axis=-1)
np.logspace([0, 1], 3, 4, base=[[2], [3]])
np.logspace(0, 1, -1)
np.logspace(0, 1j, 3)
np.geomspace(1, 1000, 4)
np.geomspace(1, 256, 9)
np.geomspace(1, 1000, 4, endpoint=False)
np.geomspace(1000, 1, 4)
np.geomspace(-1000, -1, 4)
np.geomspace(1, 1000, 1)
np.geomspace(1, 1000, 0)
np.geomspace(1, 256, 9, dtype=int)
np.geomspace(1, 256, 9, dtype="f")
np.geomspace(numpy.float32(1), numpy.float32(2), 3)
np.geomspace(1j, 1000j, 4)
np.geomspace(-1, 1j, 5)
np.geomspace([1, 2], [10, 30], 3)
np.geomspace([1, 2], [10, 30], 3, axis=1)
np.geomspace([1, -2], [10, -30], 3, axis=-1)
np.geomspace(0, 1)
np.geomspace(1, [1, 0])
np.geomspace(1, -1, 3)
np.geomspace(1, 2, -3)
np.vander(v)
np.vander(v, 3)
np.vander(v, 3, increasing=True)
np.vander(i[:4])
np.vander(i[:4].astype("b"), 4)
np.vander([True, False], 3)
np.vander(v.astype("f"), 2)
np.vander(v * 1j, 4)
np.vander(v, 1)
np.vander(v, 0)
np.vander(v[::-2], 3)
np.vander(v[:0])
np.vander(v[:0], 3)
np.vander(v, -1)
np.vander(a)
np.vander(3)
np.fromfunction(lambda i, j: i + j, (2, 3))
np.fromfunction(lambda i, j: i * 10 + j, (2, 3), dtype=int)
np.fromfunction(lambda i, k=1: i + k, (4,), k=3)
np.fromfunction(lambda i: 3, (4,))
np.fromfunction(lambda i: i, 4)
"""

MADE = """
np.eye(3)
np.eye(2, 4, 1)
np.eye(4, 2, -1, dtype=int)
np.eye(3, order="F", k=9)
np.eye(-1)
np.identity(3)
np.identity(2, dtype="F")
np.fromiter(range(4), float)
np.fromiter((k * k for k in range(9)), "i4", count=3)
np.fromiter(v, int)
np.fromiter([1, 2], float, 5)
np.asarray_chkfinite([1, 2.5])
np.asarray_chkfinite(a) is a
np.asarray_chkfinite(a, "f")
np.asarray_chkfinite(a, order="F")
np.asarray_chkfinite([1, numpy.nan])
np.asarray_chkfinite(a / numpy.inf)
np.asarray_chkfinite([1, numpy.inf * 1j])
np.asarray_chkfinite([True, False])
np.require(a) is a
np.require(a, requirements="C") is a
np.require(a, requirements=["F"])
np.require(a.T, requirements="C")
np.require(a.T, requirements="F") is a.T
np.require(a[:, 1:], requirements=["C", "W"])
np.require(a[0], requirements="O").base
np.require(a, float, "CAOW") is a
np.require(a, int, "F")
np.require(np.broadcast_to(a[0], (2, 4)), requirements="W").flags.writeable
np.require(np.broadcast_to(a[0], (2, 4)), requirements=["WRITEABLE", "ENSUREARRAY"])
np.require([1, 2], "f", ["C_CONTIGUOUS", "ALIGNED"])
np.require(a, requirements="CF")
np.require(a, requirements="X")
np.require(a, requirements=[])
"""


def names(np):
    a = np.arange(12.0).reshape(3, 4)
    return {"a": a, "v": np.arange(5.0), "i": np.arange(12), "numpy": numpy}


@pytest.mark.parametrize("expression", (LINES + MADE).strip().split("\n"))
def test_values(expression):
    single = '"f"' in expression or "float32" in expression
    exact = "space" not in expression or "lin" in expression
    within(expression, names, 0 if exact else 1e-6 if single else 1e-14)


@pytest.mark.parametrize("num", [32767, 32768, 32769, 40000, 70000])
def test_many_spaced_numbers(num):
    for options in ({}, {"endpoint": False}, {"retstep": True}, {"dtype": int}, {"dtype": "F"}):
        check(lambda np, o=options: np.linspace(-3, 7.5, num, **o))
    for ends in ((numpy.float32(0), numpy.float32(1e6)), (numpy.float16(0), numpy.float16(3)),
                 (1j, 3 - 2j), (0, 5e-324), (2, 2), (-numpy.inf, 1)):  # fmt: skip
        with numpy.errstate(all="ignore"):
            check(lambda np, ends=ends: np.linspace(*ends, num))


def test_spaced_numbers_of_an_object_are_numpys():
    from fractions import Fraction

    check(lambda np: np.linspace(Fraction(0), Fraction(1), 3))


def test_a_function_of_coordinates_runs_once():
    calls = []

    def fails(*places):
        calls.append(len(places))
        raise TypeError("of the user's")

    with pytest.raises(TypeError, match="of the user's"):
        stook.fromfunction(fails, (2, 2))
    assert calls == [2]


def test_like_is_numpys():
    check(lambda np: np.fromfunction(lambda i: i, (3,), like=numpy.ones(1)))


def test_powers_wait_with_what_uses_them():
    a = stook.linspace(0.0, 1.0, 100_000)
    stook.sync()
    before = stook.counters()["flushes"]
    made = stook.vander(a, 4)
    made = made * 2
    assert stook.counters()["flushes"] == before
    assert numpy.array_equal(made, numpy.vander(numpy.asarray(a), 4) * 2)
