"""What kind of numbers arrays hold, and where they are of a kind."""

import numpy
import pytest
import stook
from compare import check
from held import within

WHERE = """
np.isreal(x)
np.isreal(x.T)
np.isreal(x[::2, ::-1])
np.isreal(i.reshape(2, 3).T)
np.isreal(z)
np.isreal(z.T)
np.isreal(3)
np.isreal(3 + 0j)
np.isreal(True)
np.isreal(numpy.float32(1))
np.isreal(numpy.complex64(1j))
np.isreal(np.array(2.0))
np.isreal(np.array(2j))
np.isreal([1, 2j])
np.isreal([])
np.isreal(numpy.array(["a"])) is None
np.iscomplex(x)
np.iscomplex(x.T)
np.iscomplex(z)
np.iscomplex(z.T)
np.iscomplex(3)
np.iscomplex(3j)
np.iscomplex(numpy.complex64(1j))
np.iscomplex([1, 2j])
np.iscomplex(np.array(2.0))
np.isposinf(x)
np.isneginf(x)
np.isposinf(x.T)
np.isneginf(x.astype("f"))
np.isposinf(x.astype("e"))
np.isposinf(i)
np.isneginf(i.astype("B"))
np.isposinf(i > 2)
np.isposinf(z)
np.isposinf(numpy.inf)
np.isneginf(-numpy.inf)
np.isposinf([1, numpy.inf])
np.isposinf(x, np.ones((2, 3), bool))
np.isneginf(x, out=np.ones((2, 3), bool))
np.isneginf(x, out=np.ones((2, 2), bool))
np.fix(x)
np.fix(x.T)
np.fix(i)
np.fix(2.5)
np.fix([-2.5, 2.5])
np.fix(x, np.empty((2, 3)))
np.fix(x, out=np.empty((2, 3)))
np.fix(x.astype("f"))
np.fix(i > 2)
"""

OF_WHAT_KIND = """
np.iscomplexobj(x), np.iscomplexobj(z), np.iscomplexobj(3), np.iscomplexobj([1, 2j])
np.isrealobj(x), np.isrealobj(z), np.isrealobj(3j), np.isrealobj(["a", None])
np.isfortran(x), np.isfortran(x.T), np.isfortran(x[0]), np.isfortran(numpy.ones((2, 3)).T)
np.isfortran([1])
np.iterable(x), np.iterable(3), np.iterable("a"), np.iterable(np.array(3)), np.iterable({})
np.common_type(x)
np.common_type(i, x.astype("f"))
np.common_type(x.astype("e"))
np.common_type(x.astype("e"), z.astype("F"))
np.common_type(x, z.astype("F"))
np.common_type(i, z.astype("F"))
np.common_type(x.astype("f"), numpy.float16(1))
np.common_type()
np.common_type(i > 2)
np.common_type(numpy.array(["a"]))
np.common_type(numpy.array([1], "m8[s]"))
np.common_type([1])
np.typename("d"), np.typename("B")
np.mintypecode(["d", "f"]), np.mintypecode("Fd"), np.mintypecode("l", default="x")
np.isdtype(x.dtype, "real floating"), np.isdtype(i.dtype, ("bool", numpy.float64))
np.isdtype(3, "bool")
np.shares_memory(x, x.T), np.shares_memory(x, i), np.may_share_memory(x[0], x[1])
np.shares_memory(x[:, ::2], x[:, 1::2]), np.may_share_memory(x[:, ::2], x[:, 1::2])
"""


def names(np):
    x = np.array([[1.5, numpy.inf, -numpy.inf], [numpy.nan, -0.0, -2.5]])
    z = np.array([[1, 2j, 0], [numpy.nan * 1j, -1 + 0j, 1 + 1j]])
    return {"x": x, "z": z, "i": np.arange(6), "numpy": numpy}


@pytest.mark.parametrize("expression", WHERE.strip().split("\n"))
@pytest.mark.filterwarnings("ignore")
def test_where(expression):
    if "is None" in expression or expression == "np.isposinf(z)":
        check(lambda np: eval(expression, {"np": np, **names(np)}))
    else:
        within(expression, names)


@pytest.mark.parametrize("expression", OF_WHAT_KIND.strip().split("\n"))
def test_of_what_kind(expression):
    within(expression, names)


def test_outputs_are_written():
    def program(np):
        out, whole = np.zeros(2, bool), np.zeros(2)
        found = np.isposinf([1, numpy.inf], out) is out
        return found, out, np.fix([1.5, -1.5], whole) is whole, whole

    check(program)


def test_asking_where_is_no_look():
    a = stook.ones(100_000)
    stook.sync()
    before = stook.counters()["flushes"]
    found = stook.isposinf(a + 1) | stook.isneginf(a) | stook.isreal(a * 2)
    assert stook.counters()["flushes"] == before
    assert found.all()
