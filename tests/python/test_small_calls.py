"""Calls on few elements have a way of their own, which gives what NumPy gives or hands over."""

import numpy
import pytest
import stook
from compare import check, falling_back

OPERANDS = {
    "a": numpy.arange(12.0) / 4,
    "b": -numpy.arange(12.0),
    "f": numpy.arange(12, dtype="f4"),
    "i": numpy.array([3, 0, 11, 5]),
    "k": numpy.arange(12) % 2,
    "m": numpy.arange(12) % 3 == 1,
    "n": numpy.zeros(12, bool),
    "A": numpy.arange(12.0).reshape(3, 4),
    "M": numpy.arange(12).reshape(3, 4) % 2 == 1,
}
CALLS = """
m.nonzero()
n.nonzero()
M.nonzero()
a.nonzero()
m[::2].nonzero()
np.array(3).nonzero()
a.compress(m)
a.compress(n)
a.compress(m[:5])
a.compress(k)
a.compress([True, False, True])
A.compress(M)
A.compress(M[:, 0], 0)
A.compress(M[0], axis=1)
a[m]
A[M]
a.compress(condition=m, axis=0, out=np.zeros(4))
a.take(i)
a.take(i, 0)
a.take(i, mode="wrap")
a.take([-13])
a.take([99], mode="clip")
A.take(i, 1)
A.take(indices=i)
a.take(1.5)
k.choose([a, b])
k.choose((a, b))
k.choose([a, f])
k.choose([a, 7])
k.choose([a])
k.choose([a, b], mode="wrap")
k.choose([])
m.choose([a, b])
np.choose(k, [a, b], out=np.zeros(12))
np.count_nonzero(m)
np.count_nonzero(M)
np.count_nonzero(M, 0)
np.count_nonzero(a)
np.count_nonzero(M, keepdims=True)
np.unravel_index(i, (3, 4))
np.unravel_index(i, (4, 3), order="F")
np.unravel_index(i, (2, 4))
np.unravel_index(i, 12)
np.unravel_index(-i, (3, 4))
np.unravel_index(a, (3, 4))
np.ravel_multi_index((i[:2], i[:2]), (4, 5))
np.ravel_multi_index((i, i), (4, 5))
np.ravel_multi_index((i, i), (4, 5), mode="clip")
np.ravel_multi_index((i, i[:1]), (12, 12))
np.ravel_multi_index((i, i), (12, 12), order="F")
np.ravel_multi_index((i, i), (12,))
np.ravel_multi_index((np.array(1), np.array(2)), (3, 4))
np.unravel_index(np.array(5), (2, 3))
np.choose(np.array(1), [np.array(2), np.array(3)])
np.flip(a)
np.flip(A)
np.flip(A, 0)
np.flip(3.5)
np.vecdot(A, a[:4])
np.vecdot(a, b)
np.vecdot(A, A)
np.vecdot(A[:, None], A)
np.vecdot(A, a)
np.vecdot(A + 1j, A)
np.vecdot(k, k)
np.vecdot(a, 2)
np.linalg.vecdot(A, A, axis=0)
np.linalg.vecdot(A, A)
np.cumulative_sum(a)
np.cumulative_sum(A)
np.cumulative_prod(k + 1)
np.cumulative_prod(k, include_initial=True)
a.searchsorted(b)
a.searchsorted(1.0)
A.searchsorted(1.0)
a.searchsorted(["x"])
a.repeat(3)
a.repeat(0)
np.ascontiguousarray(A.T).flags.c_contiguous
np.ascontiguousarray(3)
np.ascontiguousarray(a, 'f4')
np.ascontiguousarray(a) is a
np.asfortranarray(A).flags.f_contiguous
np.asfortranarray(None).shape
np.asanyarray(a) is a
np.asanyarray(a, copy=True) is a
np.asanyarray([1, 2], float)
type(np.asanyarray(numpy.matrix([1])))
np.asanyarray(a, order="no")
np.empty_like(A.T).strides
np.empty_like(A, int, "F").strides
np.empty_like(A, shape=3).shape
np.empty_like(A, "U3").dtype
np.empty_like(A, device="gpu")
np.empty_like(prototype=A).shape
np.empty_like([1, 2]).dtype
np.arange(5)
np.arange(2, 11, 3)
np.arange(11, 2, -3)
np.arange(5, 5)
np.arange(5, 2)
np.arange(0.0)
np.arange(0.1, 1, 0.1)
np.arange(0, 1, 0.3)
np.arange(1, 2.5)
np.arange(1e16, 1e16 + 9, 2)
np.arange(2**52, 2**52 + 3)
np.arange(2**63, 2**63 + 3)
np.arange(0, 5e-324, 1e10)
np.arange(0, -5e-324, 1e10)
np.arange(1, 3, 0)
np.arange(numpy.nan)
np.arange(numpy.inf)
np.arange(True)
np.arange()
np.arange(1, 2, 3, 4)
np.arange(3, dtype="f4")
np.arange(start=1, stop=3)
np.arange(3, like=a)
np.eye(3, k=1)
np.identity(2, like=a)
np.fromiter([1, 2], int)
np.fromiter([1, 2], int, like=a)
A.astype("f4")
A.T.astype("f4").flags.f_contiguous
f.astype("f8").copy()
a.argsort()
b.argsort(0)
A.argsort()
A.argsort(axis=None)
a.argsort(kind="no")
np.array(3).argsort()
a.argmax()
b.argmin()
A.argmax()
np.argmax(np.array([1, numpy.nan, numpy.inf, numpy.nan]))
np.argmin(np.array([1, numpy.nan, -numpy.inf], "f4"))
np.argmax(k.astype("u1"))
np.argmax(m)
np.argmin(A, 0)
np.argmax(A, keepdims=True)
np.argmax(A, None)
np.argmax(a[::-1])
A.T.copy().flags.c_contiguous
np.copy(A.T).flags.f_contiguous
"""


def named(np):
    """Return operands as the library's arrays, by name."""
    return {name: np.asarray(value) for name, value in OPERANDS.items()} | {
        "np": np,
        "numpy": numpy,
    }


@pytest.mark.parametrize("call", CALLS.strip().splitlines())
@pytest.mark.filterwarnings("ignore")
def test_call_gives_what_numpys_gives(call):
    check(lambda np: eval(call, named(np)), 1e-14)


WRITES = """
np.place(a, m, b)
np.place(a, m, [7.0, 8.0])
np.place(a, n, b)
np.place(a, m, b[:0])
np.place(a, m, f)
np.place(a[::2], m[:6], b)
np.place(A, M, b)
np.place(A, m, b)
np.putmask(a, m, b)
np.putmask(a, m, a[::-1])
np.putmask(a, m, f)
np.putmask(a, m, b[:5])
np.copyto(a, b)
np.copyto(a, f)
np.copyto(f, a)
np.copyto(i, a[:4])
np.copyto(a[1:], a[:-1])
np.copyto(a[:-1], a[1:])
np.copyto(A, b)
np.copyto(a, b, where=m)
np.copyto(a, b, casting="no")
a.__setitem__(slice(1, None), a[:-1])
a.view("i4").__setitem__(slice(0, 12), a.view("i4")[1:13])
f.__setitem__(..., a)
a.resize(5, refcheck=False)
a.resize(3, 5, refcheck=False)
a.resize((20,), refcheck=False)
a.resize(0, refcheck=False)
A.resize(2, 2, refcheck=False)
A.resize(13, refcheck=False)
"""


@pytest.mark.parametrize("call", WRITES.strip().splitlines())
def test_call_writes_what_numpys_writes(call):
    def program(np):
        made = named(np) | {name: np.array(OPERANDS[name]) for name in "aAfi"}
        eval(call, made)
        return [made[name] for name in "aAfi"]

    check(program)


def test_what_may_not_be_written_is_not():
    def program(np, call):
        made = named(np) | {"a": np.array(OPERANDS["a"])}
        made["a"].flags.writeable = False
        try:
            eval(call, made)
        except ValueError:
            return made["a"]
        return "written"

    for call in ("np.place(a, m, b)", "np.putmask(a, m, b)", "np.copyto(a, b)"):
        check(lambda np, call=call: program(np, call))


FLAGS = [
    "C", "CONTIGUOUS", "F", "FORTRAN", "O", "W", "A", "X", "B", "CA", "FA", "FNC", "FORC",
    "C_CONTIGUOUS", "OWNDATA", "NUM", "c",
]  # fmt: skip


def test_flags_are_numpys():
    def program(np, make):
        flags = make(np.arange(6.0).reshape(2, 3)).flags
        found = [repr(flags), flags.num, flags.fnc, flags.forc, flags.behaved, flags.aligned]
        found += [flags.carray, flags.farray, flags.contiguous, flags.fortran, flags.owndata]
        for key in FLAGS:
            try:
                found.append(flags[key])
            except KeyError as error:
                found.append(str(error))
        return found, flags == np.arange(3).flags

    for make in (lambda a: a.copy(), lambda a: a.T, lambda a: a[:, ::2], lambda a: a.diagonal()):
        check(lambda np, make=make: program(np, make))
    for wrong in ("hash(flags)", "flags['C'].real", "flags[1]", "flags.__setitem__('C', True)"):
        check(lambda np, wrong=wrong: type(_raised(wrong, {"flags": np.ones(2).flags})))


def _raised(call, names):
    try:
        return eval(call, names)
    except Exception as error:
        return error


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("dtype", ["d", "f", "l", "B", "h"])
def test_short_arrays_are_correlated_natively(mode, dtype):
    for n, m in [(9, 1), (9, 4), (9, 9), (40, 17), (1, 1)]:

        def program(np, name, n=n, m=m):
            line, kernel = (numpy.arange(k).astype(dtype) * 37 % 11 for k in (n, m))
            return getattr(np, name)(np.asarray(line), np.asarray(kernel)[::-1], mode)

        with falling_back():
            check(lambda np: program(np, "convolve"), 1e-5 if dtype == "f" else 1e-13)
            check(lambda np: program(np, "correlate"), 1e-5 if dtype == "f" else 1e-13)


def test_a_grown_array_keeps_its_elements_beside_pending_work():
    a = stook.arange(3000.0) + 1
    a.resize(4000)
    assert a[2999] == 3000
    assert a[3000:].sum() == 0
