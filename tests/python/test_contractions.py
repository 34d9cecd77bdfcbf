"""`tensordot` and `einsum`, held to NumPy."""

from typing import Any

import numpy
import pytest
import stook
from compare import check, outcome
from stook import _fallback

CALLS = """
np.tensordot(a, b)
np.tensordot(a, b, 1)
np.tensordot(a, b, axes=1)
np.tensordot(s, t, axes=([2], [1]))
np.tensordot(s, t, axes=(2, 1))
np.tensordot(s, s, axes=3)
np.tensordot(s, s, axes=([0, 2], [0, 2]))
np.tensordot(s, s, axes=([0, -1], [-3, 2]))
np.tensordot(a, a, 0)
np.tensordot(v, v, 1)
np.tensordot(a, a, 1)
np.tensordot(a, a, ([0, 0], [0, 0]))
np.tensordot(a, a, ([0, 1], [0]))
np.tensordot(a, a, 5)
np.tensordot([[1, 2]], [[3], [4]], 1)
np.tensordot(e, e, ([1], [1]))
np.tensordot(e, e, 0)
np.einsum("ij,jk", a, b)
np.einsum("ij,jk->ik", a, b)
np.einsum("ij,jk->ki", a, b)
np.einsum("ij , jk -> i k", a, b)
np.einsum("ij,kj", a, a)
np.einsum("ij,j", a, v)
np.einsum("j,ij->i", v, a)
np.einsum("i,i", v, v)
np.einsum("i,i->", v, v)
np.einsum("i,i->i", v, v)
np.einsum("i,j", v, v)
np.einsum("i,j->ji", v, v)
np.einsum("ij,ij->ij", a, a)
np.einsum("ij,ji->ij", a, a.T)
np.einsum("ij,ij->j", a, a)
np.einsum("ij,ij", a, a)
np.einsum("ij->", a)
np.einsum("ij->i", a)
np.einsum("ij->j", a)
np.einsum("ij->ji", a)
np.einsum("ij", a)
np.einsum("ji", a)
np.einsum("ii", q)
np.einsum("ii->i", q)
np.einsum("ii->", q)
np.einsum("iij->ji", np.arange(12.0).reshape(2, 2, 3))
np.einsum("iii->i", np.arange(8.0).reshape(2, 2, 2))
np.einsum("bij,bjk->bik", s, t)
np.einsum("bij,bjk->bki", s, t)
np.einsum("bij,bjk->ik", s, t)
np.einsum("bij,cjk->bcik", s, t)
np.einsum("bij,bij->b", s, s)
np.einsum("...ij,...jk->...ik", s, t)
np.einsum("...ij,jk->...ik", s, b)
np.einsum("...ij,...jk", s, b)
np.einsum("...j,...j->...", s, a)
np.einsum("...", a)
np.einsum("...i->...", s)
np.einsum("i...->...", s)
np.einsum("i...,i...->i", s, s)
np.einsum("...i", s)
np.einsum("ij,jk,k->i", a, b, b[0])
np.einsum("ij,jk,kl->il", a, b, b.T)
np.einsum("ij,kl,ij,kl->", a, b, a, b)
np.einsum("i,i,i->i", v, v, v)
np.einsum("i,j,k->ijk", v, v, v)
np.einsum("ij,jk,ki->", a, b, np.ones((5, 3)), optimize=True)
np.einsum("ij,jk", a, b, optimize="optimal")
np.einsum("ij,ij", a, a, optimize=True)
np.einsum("ij,jk,ki->", a, b, np.ones((5, 3)), optimize=["einsum_path", (0, 1), (0, 1)])
np.einsum("ij,jk,ki->", a, b, np.ones((5, 3)), optimize=["einsum_path", (0,), (0, 1)])
np.einsum("ij->", a, order="W")
np.einsum("ij->ji", a, order="f").strides
np.einsum("ij->", a, casting="any")
np.einsum("ij->", a, casting="same_value")
np.einsum(a, [0, -1])
np.einsum("ij->", a, optimize=True)
np.einsum("ij,ik->jk", a[:, :1], a)
np.einsum("ij,kj->ik", a[:, :1], a)
np.einsum("ij,j->ij", a, v[:1])
np.einsum(a, [0, 1], b, [1, 2])
np.einsum(a, [0, 1], b, [1, 2], [2, 0])
np.einsum(s, [..., 0], v, [0], [...])
np.einsum(a, [0, 1])
np.einsum("i,->i", v, 3)
np.einsum(",", 2, 3.5)
np.einsum("ij,jk", a, b, out=np.empty((3, 5)))
np.einsum("ij,jk", a, b, out=np.empty((3, 4)))
np.einsum("ij,jk", a, b, out=np.empty((3, 5), int))
np.einsum("ij,jk", a, b, dtype="D")
np.einsum("ij,jk", a, b, dtype=int)
np.einsum("ij,jk", a, b, dtype=int, casting="unsafe")
np.einsum("ij,jk", a, b, order="F").flags.f_contiguous
np.einsum("ij,jk", np.asfortranarray(a), np.asfortranarray(b)).flags.f_contiguous
np.einsum("ij,jk", i, i.T)
np.einsum("ij->", i)
np.einsum("ij,jk", i.astype("b"), i.T.astype("h"))
np.einsum("ij,jk", i > 2, i.T > 3)
np.einsum("ij->i", i > 2)
np.einsum("ij,jk", a * 1j, b)
np.einsum("ij,jk", a, b.astype("f"))
np.einsum("ij,jk", e, e.T)
np.einsum("ij->i", e)
np.einsum("ij->", e)
np.einsum("ij,jk", a, a)
np.einsum("ij,jk->iz", a, b)
np.einsum("ij,jk->ii", a, b)
np.einsum("ij,jk", a)
np.einsum("ijk", a)
np.einsum("i", a)
np.einsum("i1", a)
np.einsum("ii", a)
np.einsum()
np.einsum("ij,jk->ik", ["a"], b)
""".strip().splitlines()


def _arrays(np: Any) -> dict[str, Any]:
    return {
        "np": np,
        "a": np.arange(12.0).reshape(3, 4),
        "b": np.arange(20.0).reshape(4, 5),
        "v": np.arange(4.0),
        "s": np.arange(24.0).reshape(2, 3, 4),
        "t": np.arange(40.0).reshape(2, 4, 5),
        "q": np.arange(9.0).reshape(3, 3),
        "e": np.empty((3, 0)),
        "i": np.arange(6).reshape(2, 3),
    }


@pytest.mark.parametrize("call", CALLS)
def test_calls_are_those_of_numpy(call: str) -> None:
    check(lambda np: eval(call, _arrays(np)))


NATIVE = [
    call for call in CALLS if outcome(lambda np, c=call: eval(c, _arrays(np)), numpy)[0] != "error"
]


@pytest.mark.parametrize("turned", [False, True])
def test_results_lie_in_memory_as_those_of_numpy(turned: bool) -> None:
    def strides(call: str, np: Any) -> Any:
        arrays = _arrays(np)
        if turned:
            arrays = {k: a if k == "np" else np.asfortranarray(a) for k, a in arrays.items()}
        found = numpy.asarray(eval(call, arrays))
        axes = range(found.ndim) if found.size else ()
        return [found.strides[k] for k in axes if found.shape[k] > 1]

    for call in [call for call in NATIVE if "optimize" not in call]:
        assert strides(call, stook) == strides(call, numpy), call


def test_calls_count_no_fallback() -> None:
    _fallback.calls.clear()
    for call in NATIVE:
        eval(call, _arrays(stook))
    assert not _fallback.calls


@pytest.mark.parametrize("letter", "efdFD")
def test_sums_of_fractions_are_near_those_of_numpy(letter: str) -> None:
    random = numpy.random.default_rng(0)
    a, b = (random.uniform(-1, 1, (20, 30, 30)).astype(letter) for _ in range(2))
    bound = 30 * 30 * float(numpy.finfo(letter).eps)
    for text in ("bij,bjk->bik", "bij,bkj->ik", "bij,cij->bc", "bij,bij->"):
        got, expected = stook.einsum(text, stook.array(a), stook.array(b)), numpy.einsum(text, a, b)
        scale = 20 if "b" not in text.split("->")[1] else 1
        assert numpy.abs(numpy.asarray(got) - expected).max() <= scale * bound


def test_what_is_not_summed_is_a_view() -> None:
    def program(np: Any) -> Any:
        a = np.arange(9.0).reshape(3, 3)
        np.einsum("ii->i", a)[...] = 7
        np.einsum("ij->ji", a)[0, 1] = 5
        return a

    check(program)


def test_many_operands_make_no_large_products() -> None:
    random = numpy.random.default_rng(0)
    a, b = random.random((200, 200)), random.random((200, 200))
    expected = (a * a).sum() * (b * b).sum()
    got = stook.einsum("ij,kl,ij,kl->", *[stook.array(x) for x in (a, b, a, b)])
    assert numpy.isclose(got, expected, rtol=1e-12)
