"""Products of matrices and vectors, held to NumPy."""

import inspect
import itertools
import pickle
import warnings
from collections.abc import Callable
from typing import Any

import numpy
import pytest
import stook
from compare import check, check_told, outcome
from stook import _fallback

TYPES = "?bBhHiIlLefdFD"

SHAPES = [
    ((3, 4), (4, 5)),
    ((4,), (4,)),
    ((4,), (4, 5)),
    ((3, 4), (4,)),
    ((1, 4), (4, 1)),
    ((5, 1), (1, 6)),
    ((1, 1), (1, 1)),
    ((2, 3, 4), (4, 5)),
    ((2, 3, 4), (2, 4, 5)),
    ((2, 1, 3, 4), (3, 4, 5)),
    ((4,), (2, 4, 5)),
    ((2, 3, 4), (4,)),
    ((0, 4), (4, 5)),
    ((3, 0), (0, 5)),
    ((0, 3, 4), (4, 5)),
    ((300, 40), (40, 200)),
    ((40, 30), (30, 600)),
    ((600, 30), (30,)),
    ((30,), (30, 700)),
    ((2000, 200), (200,)),
    ((4000,), (4000, 90)),
    ((70000,), (70000,)),
    ((1, 70000), (70000, 2)),
    ((70, 20, 20), (70, 20, 20)),
]


def values(shape: tuple[int, ...], letter: str, seed: int) -> Any:
    """Return numbers of a type that NumPy adds exactly, or nearly."""
    random = numpy.random.default_rng(seed)
    found = random.uniform(-3, 3, shape)
    if letter in "FD":
        found = found + 1j * random.uniform(-3, 3, shape)
    return (abs(found) if letter in "?BHIL" else found).astype(letter)


def assert_near(got: Any, expected: Any, a: Any, b: Any, k: int) -> None:
    """Fail unless a product is NumPy's within what its additions may round."""
    got, expected = numpy.asarray(got), numpy.asarray(expected)
    assert got.dtype == expected.dtype
    assert got.shape == expected.shape
    if got.dtype.kind not in "fc" or not got.size or not k:
        assert (got == expected).all()
        return
    wide = numpy.clongdouble if got.dtype.kind == "c" else numpy.longdouble
    largest = float(numpy.abs(a.astype(wide)).max() * numpy.abs(b.astype(wide)).max())
    eps = float(numpy.finfo(got.dtype).eps)
    bound = 2 * k * largest * (eps if got.dtype.char != "e" else 2.0**-23) + (
        eps * float(abs(expected.astype(wide)).max()) if got.dtype.char == "e" else 0
    )
    assert float(abs(got.astype(wide) - expected.astype(wide)).max()) <= bound


Layout = Callable[[Any, Any], Any]


def _fortran(np: Any, a: Any) -> Any:
    return np.asfortranarray(a)


def _strided(np: Any, a: Any) -> Any:
    return np.repeat(a, 2, -1)[..., ::2]


def _rows(np: Any, a: Any) -> Any:
    return np.repeat(a, 3, 0)[::3]


def _reversed(np: Any, a: Any) -> Any:
    return a[..., ::-1]


def _plain(np: Any, a: Any) -> Any:
    return a


LAYOUTS: list[Layout] = [_plain, _fortran, _strided, _rows, _reversed]


@pytest.mark.parametrize("letter", TYPES)
def test_products_of_all_shapes_are_those_of_numpy(letter: str) -> None:
    _fallback.calls.clear()
    for left, right in SHAPES:
        a, b = values(left, letter, 0), values(right, letter, 1)
        ours = stook.array(a), stook.array(b)
        assert_near(ours[0] @ ours[1], a @ b, a, b, left[-1])
        assert_near(stook.matmul(*ours), a @ b, a, b, left[-1])
    assert not _fallback.calls


@pytest.mark.parametrize("letter", "?ilefdD")
@pytest.mark.parametrize("first", LAYOUTS)
@pytest.mark.parametrize("second", LAYOUTS)
def test_operands_may_lie_anyhow(letter: str, first: Layout, second: Layout) -> None:
    for left, right in [((3, 4), (4, 5)), ((6,), (6,)), ((2, 3, 4), (2, 4, 5)), ((7, 3), (3,))]:
        a, b = values(left, letter, 0), values(right, letter, 1)
        expected = first(numpy, a) @ second(numpy, b)
        got = first(stook, stook.array(a)) @ second(stook, stook.array(b))
        assert_near(got, expected, a, b, left[-1])
        if expected.ndim:
            assert numpy.asarray(got).strides == expected.strides


@pytest.mark.parametrize(("left", "right"), list(itertools.product(TYPES, repeat=2)))
def test_types_are_promoted(left: str, right: str) -> None:
    a, b = values((3, 4), left, 0), values((4, 2), right, 1)
    assert_near(stook.array(a) @ stook.array(b), a @ b, a, b, 4)


def test_operands_of_numpy_and_lists_are_taken() -> None:
    check(lambda np: np.array([[1, 2], [3, 4]]) @ numpy.array([5, 6]))
    check(lambda np: numpy.array([[1, 2], [3, 4]]) @ np.array([5, 6]))
    check(lambda np: np.array([[1, 2], [3, 4]]) @ [5, 6])
    check(lambda np: [5, 6] @ np.array([[1, 2], [3, 4]]))
    check(lambda np: np.matmul([[1, 2]], [[3], [4]]))
    check(lambda np: numpy.matmul(np.array([[1, 2]]), [[3], [4]]))


CALLS = """
np.matmul(a, b)
np.matmul(a, b, dtype="D")
np.matmul(a, b, dtype=int)
np.matmul(a, b, dtype=int, casting="unsafe")
np.matmul(a, b, order="F").flags.f_contiguous
np.matmul(a, b, axes=[(0, 1), (0, 1), (1, 0)])
np.matmul(a.T, b, axes=[(1, 0), (0, 1), (0, 1)])
np.matmul(s, t, axes=[(0, 2), (1, 2), (0, 1)])
np.matmul(a, b, axes=[(0, 1)])
np.matmul(a, b, axis=0)
np.matmul(a, b, keepdims=True)
np.matmul(a, a)
np.matmul(3, a)
np.matmul(a, 3)
np.matmul(s, s)
np.matmul(s, t[:1])
np.matmul(a, b, out=np.empty((3, 5)))
np.matmul(a, b, np.empty((3, 5)))
np.matmul(a, b, out=(np.empty((3, 5)),))
np.matmul(a, b, out=np.empty((5, 3)).T)
np.matmul(a, b, out=np.empty((3, 10))[:, ::2])
np.matmul(a, b, out=np.empty((3, 5), "f"))
np.matmul(a, b, out=np.empty((3, 5), "D"))
np.matmul(a, b, out=np.empty((3, 5), int))
np.matmul(a, b, out=np.empty((3, 4)))
np.matmul(a, b[:, 0], out=np.empty(3))
np.matmul(a[0], b, out=np.empty(5))
np.matmul(b[:, 0], b[:, 0], out=np.empty(()))
np.matmul(a.astype("e"), b.astype("e"), out=np.empty((3, 5), "e"))
np.matmul(["a"], ["b"])
np.matmul(a, b, signature="ff->f")
np.matmul(a, b, signature="ff->f", casting="safe")
np.matmul(a, b, sig=(None, None, "F"))
np.matmul(a, b, signature="D")
np.matmul(a, b, signature="dd->d", dtype=float)
np.matmul(a, b, where=True)
np.vecdot(a, a, signature="DD->D")
np.matmul(np.array([object()]), a)
a @ a
a @ 3
3 @ a
np.dot(a, b)
np.dot(a, b[:, 0])
np.dot(b[:, 0], b[:, 0])
np.dot(3, 4)
np.dot(3, a)
np.dot(a, 2.5)
np.dot(a.astype("f"), 2.5).dtype
np.dot(s, t)
np.dot(s, t).shape
np.dot(s, v)
np.dot(v, t)
np.dot(a, a)
np.dot(s, s)
np.dot(a, b, out=np.empty((3, 5)))
np.dot(a, b, np.empty((3, 5)))
np.dot(a, b, out=np.empty((5, 3)).T)
np.dot(a, b, out=np.empty((3, 5), "f"))
np.dot(s, t, out=np.empty((2, 3, 2, 5)))
a.dot(b)
a.dot(b, np.empty((3, 5)))
a.dot(b=b)
a.dot(b=b, out=np.empty((3, 5)))
a.dot(b, out=np.empty((3, 4)))
a.dot(2)
a.dot(a)
s.dot(t)
np.inner(a, a)
np.inner(a, v)
np.inner(v, a)
np.inner(v, v)
np.inner(s, s)
np.inner(s, a)
np.inner(2, a)
np.inner(a, b)
np.vdot(a, a)
np.vdot(v, v)
np.vdot(v, v * 1j)
np.vdot(a.T, a)
np.vdot(a, b)
np.vdot(2, 3j)
np.vdot(1j, 3j)
np.vecdot(v, v)
np.vecdot(a, a)
np.vecdot(a, v)
np.vecdot(s, a)
np.vecdot(a * 1j, a)
np.vecdot(v * 1j, v)
np.vecdot(a, a, axis=0)
np.vecdot(a, a, axis=0, keepdims=True)
np.vecdot(a, a, keepdims=True)
np.vecdot(s, s, axis=1, keepdims=True)
np.vecdot(s, s, axes=[0, 0, ()])
np.vecdot(s, s, axes=[0, 0])
np.vecdot(a, a, axis=2)
np.vecdot(a, a, out=np.empty(3))
np.vecdot(a, b)
np.vecdot(2, a)
np.matvec(a, v)
np.matvec(s, v)
np.matvec(s, a[:2])
np.matvec(s, s[:, 0])
np.matvec(a, v, axes=[(0, 1), 0, 0])
np.matvec(a, v, out=np.empty(3))
np.matvec(v, v)
np.matvec(a, a)
np.vecmat(v, b)
np.vecmat(v * 1j, b)
np.vecmat(s, b)
np.vecmat(v, t)
np.vecmat(v, b, out=np.empty(5))
np.vecmat(v, v)
np.vecmat(a, a)
np.linalg.matmul(a, b)
np.linalg.matmul(a, a)
np.linalg.vecdot(a, a)
np.linalg.vecdot(a, a, axis=0)
np.linalg.tensordot(s, t, axes=(2, 1))
np.linalg.multi_dot([a, b])
np.linalg.multi_dot([a, b, b.T])
np.linalg.multi_dot([a, b, b.T, a.T])
np.linalg.multi_dot([a, b, b.T, a.T, a], out=np.empty((3, 4)))
np.linalg.multi_dot([v, b, b.T])
np.linalg.multi_dot([a, b, b.T, v])
np.linalg.multi_dot([v, b, b.T, v])
np.linalg.multi_dot([v])
np.linalg.multi_dot([a, a, a])
np.linalg.multi_dot([s, a, a])
np.matmul(e, e.T)
np.matmul(e.T, e)
np.dot(e, e.T)
np.inner(e, e)
np.vdot(e, e)
np.vecdot(e, e)
np.vecdot(e.T, e.T)
""".strip().splitlines()


def _arrays(np: Any) -> dict[str, Any]:
    return {
        "np": np,
        "a": np.arange(12.0).reshape(3, 4),
        "b": np.arange(20.0).reshape(4, 5),
        "v": np.arange(4.0),
        "s": np.arange(24.0).reshape(2, 3, 4),
        "t": np.arange(40.0).reshape(2, 4, 5),
        "e": np.empty((3, 0)),
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

    for call in NATIVE:
        assert strides(call, stook) == strides(call, numpy), call


@pytest.mark.parametrize("name", ["matmul", "matvec", "vecdot", "vecmat"])
def test_products_of_stacks_are_ufuncs(name: str) -> None:
    ours, numpys = getattr(stook, name), getattr(numpy, name)
    assert isinstance(ours, stook.ufunc)
    assert ours == numpys
    assert pickle.loads(pickle.dumps(ours)) is ours
    for attribute in ("__name__", "signature", "types", "nin", "nout", "nargs", "identity"):
        assert getattr(ours, attribute) == getattr(numpys, attribute)
    assert inspect.signature(ours) == inspect.signature(numpys)
    assert repr(ours) == repr(numpys)


@pytest.mark.parametrize("method", ["reduce", "accumulate", "reduceat", "outer", "at"])
def test_products_of_stacks_have_no_methods_of_elements(method: str) -> None:
    def program(np: Any) -> Any:
        a = np.ones((2, 2))
        return getattr(np.matmul, method)(*[a, [0], a][: 3 if method == "at" else 2])

    check(program)


def test_calls_count_no_fallback() -> None:
    _fallback.calls.clear()
    for call in NATIVE:
        eval(call, _arrays(stook))
    assert not _fallback.calls


def test_an_output_that_is_an_operand_is_written_last() -> None:
    def program(np: Any) -> Any:
        a = np.arange(16.0).reshape(4, 4)
        np.matmul(a, a, out=a)
        b = np.arange(32.0).reshape(2, 4, 4)
        np.matmul(b[0], b[1], out=b[0])
        np.matmul(b[1], a, out=b[1].T)
        return a, b

    check(program)


def test_a_matrix_is_multiplied_in_place() -> None:
    def program(np: Any) -> Any:
        a = np.arange(16.0).reshape(4, 4)
        view = a[1:]
        a @= np.arange(16.0).reshape(4, 4)
        i = np.arange(4).reshape(2, 2)
        i @= i
        return a, view, i

    check(program)
    check(lambda np: np.ones((2, 2)).__imatmul__(np.ones((2, 3))))
    check(lambda np: np.ones((2, 2), int).__imatmul__(np.ones((2, 2))))


def test_products_follow_what_is_pending() -> None:
    def program(np: Any) -> Any:
        a = np.arange(10000.0).reshape(100, 100) % 7
        b = a + 1
        a[:50] += 2
        c = a @ b
        a[:] = 0
        return c, (b @ a).sum()

    check(program)


WARNING = """
np.array([[np.inf, 1]]) @ np.array([[0.0], [1]])
np.array([[np.inf, 1], [2, 3]]) @ np.array([[0.0, 1], [2, 3]])
np.array([[1e200, 1], [2, 3]]) @ np.array([[1e200, 1], [2, 3]])
np.dot(np.array([np.inf, 1]), np.array([0.0, 1]))
np.dot(np.array([[1e200, 1], [2, 3]]), np.array([[1e200, 1], [2, 3]]))
np.inner(np.array([np.inf, 1]), np.array([0.0, 1]))
np.vdot(np.array([np.inf, 1]), np.array([0.0, 1]))
np.vecdot(np.array([np.inf, 1]), np.array([0.0, 1]))
np.vecdot(np.array([[np.inf, 1]]), np.array([0.0, 1]))
np.matvec(np.array([[np.inf, 1], [1, 1]]), np.array([0.0, 1]))
np.array([[6e4, 1], [2, 3]], "e") @ np.array([[6e4, 1], [2, 3]], "e")
np.dot(np.array([6e4, 1], "e"), np.array([6e4, 1], "e"))
np.array([[np.nan, 1]]) @ np.array([[0.0], [1]])
np.array([[0.0, 1]]) @ np.array([[np.nan], [1]])
np.tensordot(np.array([[np.inf, 1], [2, 3]]), np.array([[0.0, 1], [2, 3]]), 1)
np.einsum("ij,jk", np.array([[np.inf, 1], [2, 3]]), np.array([[0.0, 1], [2, 3]]))
""".strip().splitlines()


@pytest.mark.parametrize("call", WARNING)
def test_warnings_are_those_of_numpy(call: str) -> None:
    check_told(lambda np: eval(call, {"np": np}))


def test_an_error_state_is_followed() -> None:
    a, b = stook.array([[numpy.inf, 1]]), stook.array([[0.0], [1]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with stook.errstate(invalid="ignore"):
            a @ b
        with stook.errstate(invalid="raise"), pytest.raises(FloatingPointError, match="matmul"):
            a @ b


@pytest.mark.parametrize("letter", "lfdD")
def test_bits_do_not_depend_on_threads(letter: str) -> None:
    shapes = [
        ((700, 90), (90, 500)),
        ((90, 500), (500, 1300)),
        ((5000, 64), (64, 64)),
        ((300, 20, 20), (300, 20, 20)),
        ((3000, 300), (300,)),
        ((3000,), (3000, 300)),
        ((300000,), (300000,)),
        ((400, 400), None),
        ((50, 30000), (30000, 60)),
        ((50, 30000), None),
        ((1200, 300), None),
    ]
    before = stook.get_num_threads()
    found = []
    try:
        for threads in (1, 2, 4):
            stook.set_num_threads(threads)
            results = []
            for left, right in shapes:
                a = stook.array(values(left, letter, 0))
                b = a.T if right is None else stook.array(values(right, letter, 1))
                results.append(numpy.asarray(a @ b).tobytes())
            found.append(results)
    finally:
        stook.set_num_threads(before)
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("shapes", [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 4)), ((2, 3), (3, 4))])
def test_an_array_of_numpys_on_the_left(shapes: tuple[Any, Any]) -> None:
    a, b = (values(shape, "d", seed) for seed, shape in enumerate(shapes))
    for got in (a @ stook.array(b), numpy.matmul(a, stook.array(b))):
        assert type(got) is type(stook.array(a) @ stook.array(b))
        numpy.testing.assert_allclose(numpy.asarray(got), a @ b, rtol=1e-12)
    with pytest.raises(ValueError, match="matmul: Input operand 1 has a mismatch"):
        a @ stook.array(values((7, 7), "d", 0))


@pytest.mark.parametrize(
    ("shapes", "letter"),
    [
        (((1024, 2400), (2400, 1024)), "d"),
        (((240, 4500), (4500, 2048)), "d"),
        (((2100, 600), (600, 4200)), "f"),
        (((1024, 2400), None), "d"),
        (((256, 66000), (66000, 256)), "f"),
        (((256, 66000), None), "f"),
    ],
)
def test_long_sums_are_cut(shapes: tuple[Any, Any], letter: str) -> None:
    a = values(shapes[0], letter, 0)
    b = a.T if shapes[1] is None else values(shapes[1], letter, 1)
    left = stook.array(a)
    right = left.T if shapes[1] is None else stook.array(b)
    before = stook.get_num_threads()
    try:
        found = []
        for threads in (1, 2):
            stook.set_num_threads(threads)
            found.append(numpy.asarray(left @ right))
    finally:
        stook.set_num_threads(before)
    assert numpy.array_equal(found[0], found[1])
    expected = a.astype("d") @ b.astype("d")
    bound = 100 * numpy.finfo(letter).eps * abs(expected).max()
    numpy.testing.assert_allclose(found[0], expected, rtol=0, atol=bound)
    assert shapes[1] is not None or numpy.array_equal(found[0], found[0].T)


@pytest.mark.parametrize("letter", "lB")
def test_long_products_of_integers_are_cut(letter: str) -> None:
    a, b = values((300, 700), letter, 0), values((700, 1500), letter, 1)
    assert numpy.array_equal(numpy.asarray(stook.array(a) @ stook.array(b)), a @ b)


@pytest.mark.parametrize("letter", "fdFD")
def test_a_matrix_times_itself_turned_is_symmetric(letter: str) -> None:
    for shape in [(5, 3), (700, 40), (40, 2100)]:
        a = values(shape, letter, 0)
        ours = stook.array(a)
        for got, expected in [(ours @ ours.T, a @ a.T), (ours.T @ ours, a.T @ a)]:
            got = numpy.asarray(got)
            assert_near(got, expected, a, a, max(shape))
            assert (got == got.T).all()


@pytest.mark.parametrize("letter", "fdFD")
@pytest.mark.parametrize("n", [1, 2, 5, 500, 70000])
def test_vectors_that_go_backwards_are_multiplied_as_they_lie(n: int, letter: str) -> None:
    a, b = values((n,), letter, 1), values((2 * n,), letter, 2)
    for left, right in ((a[::-1], a), (a, a[::-1]), (a[::-1], a[::-1]), (a[::-1], b[::-2])):
        ours = stook.asarray(left), stook.asarray(right)
        backwards = [
            x if y.strides[0] > 0 else x[::-1].copy()[::-1]
            for x, y in zip(ours, (left, right), strict=True)
        ]
        for name in ("dot", "inner", "matmul", "vdot"):
            # NumPy adds up in a plain loop what it does not hand to BLAS.
            expected = getattr(numpy, name)(left.copy(), right.copy())
            got = getattr(stook, name)(*backwards)
            assert_near(got, expected, left, right, n)
            pending = [x * 1 for x in backwards]
            assert numpy.isfinite(getattr(stook, name)(*pending))
