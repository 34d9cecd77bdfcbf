"""Reductions in compiled functions give what those of arrays give, to the last bit."""

import linecache
import warnings
from typing import Any

import numpy as np
import pytest
import stook

TYPES = ["?", "i1", "u2", "i4", "i8", "u8", "f2", "f4", "f8", "c8", "c16"]
SIZES = [0, 1, 7, 16, 33, 512, 513, 1025, 7000, 100_000]
METHODS = ["sum", "prod", "min", "max", "any", "all", "argmin", "argmax", "mean", "var", "std"]
FUNCTIONS = [
    "sum",
    "prod",
    "min",
    "amax",
    "any",
    "all",
    "argmin",
    "argmax",
    "mean",
    "var",
    "std",
    "ptp",
    "count_nonzero",
    "nansum",
    "nanprod",
    "nanmin",
    "nanmax",
    "nanmean",
    "nanvar",
    "nanstd",
    "linalg.norm",
]


def function(expression: str, **names: Any) -> Any:
    """Return a function of an expression of `a` and `b`, whose source can be found."""
    source = f"def f(a, b):\n    return {expression}\n"
    file = f"<reductions: {expression}>"
    linecache.cache[file] = (len(source), None, source.splitlines(True), file)
    space = {"np": np, "stook": stook, **names}
    exec(compile(source, file, "exec"), space)
    return space["f"]


def in_rounds(expression: str) -> Any:
    """Return a compiled function that puts an expression of rows into `out`."""
    source = (
        f"def f(a, b, out):\n    for i in stook.prange(len(a)):\n        out[i] = {expression}\n"
    )
    file = f"<rounds: {expression}>"
    linecache.cache[file] = (len(source), None, source.splitlines(True), file)
    space = {"np": np, "stook": stook}
    exec(compile(source, file, "exec"), space)
    return stook.njit(parallel=True)(space["f"])


def elements(kind: str, size: int) -> Any:
    """Return numbers of a type, the same ones each time."""
    rng = np.random.default_rng(size + ord(kind[0]))
    dtype = np.dtype(kind)
    if dtype.kind == "b":
        return rng.random(size) < 0.5
    if dtype.kind in "iu":
        least = -50 if dtype.kind == "i" else 0
        return rng.integers(least, 50, size).astype(dtype)
    real = rng.normal(size=size) * 3
    return (
        (real + 1j * rng.normal(size=size)).astype(dtype)
        if dtype.kind == "c"
        else real.astype(dtype)
    )


def outcome(call: Any, *args: Any) -> Any:
    """Return the shape or type and the bits of what a call gives, or what it raises."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            made = call(*args)
        except Exception as error:
            return type(error), str(error).splitlines()[0]
    # One kind of NaN: which one arithmetic gives is not NumPy's to say either.
    value = np.asarray(made)
    value = (
        np.where(value == value, value, value.dtype.type(np.nan))
        if value.dtype.kind in "fc"
        else value
    )
    return (np.shape(made) or type(made)), value.tobytes()


def as_arrays_have_it(expression: str, *args: Any) -> Any:
    """Return the outcome of an expression of stook's arrays."""
    own = [stook.asarray(arg) for arg in args]
    return outcome(function(expression, np=stook), *own)


def is_compiled(expression: str, kind: str) -> bool:
    complex_ones = any(name in expression for name in ("var", "std", "nanmean", "ptp", "norm"))
    if np.dtype(kind).kind == "c" and complex_ones:
        return False
    return not ((kind == "?" and "ptp" in expression) or (kind == "f2" and "norm" in expression))


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("name", METHODS)
def test_methods_have_the_bits_of_those_of_arrays(name: str, kind: str) -> None:
    if not is_compiled(name, kind):
        pytest.skip("called outside")
    expression = f"a.{name}()"
    compiled = stook.njit(function(expression))
    for size in SIZES:
        a = elements(kind, size)
        expected = as_arrays_have_it(expression, a, a)
        assert outcome(compiled, a, a) == expected, size
        assert outcome(compiled, np.repeat(a, 3)[::3], a) == expected, size
        assert outcome(compiled, a[::-1].copy()[::-1], a) == expected, size


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_have_the_bits_of_those_of_arrays(name: str, kind: str) -> None:
    if not is_compiled(name, kind):
        pytest.skip("called outside")
    expression = f"np.{name}(a)"
    compiled = stook.njit(function(expression))
    for size in SIZES:
        a = elements(kind, size)
        if "nan" in name and a.dtype.kind in "f":
            a[::3] = np.nan
        # Of a short array as a whole the norm is the root of a product, as in NumPy.
        recorded = expression.replace("norm(a)", "norm(a, axis=0)")
        assert outcome(compiled, a, a) == as_arrays_have_it(recorded, a, a), size


@pytest.mark.parametrize("name", ["sum", "prod", "min", "mean", "std", "argmax", "all"])
def test_arrays_of_several_axes_are_reduced_in_logical_order(name: str) -> None:
    box = elements("f8", 40 * 50 * 7).reshape(40, 50, 7)
    compiled = stook.njit(function(f"a.{name}()"))
    for a in (
        box,
        box.T,
        box[::2, 3:, ::-1],
        box[:, 7],
        box[:, :, 2],
        box[3, 4],
        box[:0],
        box[0, 0, 0:1],
    ):
        if a.size or name not in ("min", "argmax"):
            assert outcome(compiled, a, a) == as_arrays_have_it(f"a.{name}()", a, a)


@pytest.mark.parametrize("name", ["min", "amax", "argmin", "argmax", "nanmin", "nanmax", "ptp"])
def test_nothing_has_no_extreme(name: str) -> None:
    plain = function(f"np.{name}(a)")
    for a in (np.zeros(0), np.zeros((3, 0), np.int32)):
        assert outcome(stook.njit(plain), a, a) == outcome(plain, a, a)
        assert outcome(plain, a, a)[0] is ValueError


@pytest.mark.parametrize("name", ["min", "max", "argmin", "argmax", "nanmin", "nanmax", "nansum"])
@pytest.mark.parametrize("kind", ["f2", "f4", "f8"])
def test_what_is_not_a_number_counts_as_in_numpy(name: str, kind: str) -> None:
    plain = function(f"np.{name}(a)")
    compiled = stook.njit(plain)
    for places in ([0], [5], [599], [3, 400], range(600)):
        a = elements(kind, 600)
        a[list(places)] = np.nan
        if name != "nansum":
            assert outcome(compiled, a, a) == outcome(plain, a, a)
        assert outcome(compiled, a, a) == as_arrays_have_it(f"np.{name}(a)", a, a)


WHAT_NUMPY_GIVES = [
    "a.sum(dtype=np.float32)",
    "np.sum(a, None)",
    "a.sum(axis=0)",
    "a.mean(-1)",
    "np.mean(a, 0, np.float32)",
    "a.var(ddof=1)",
    "np.std(a, ddof=2)",
    "np.var(a, ddof=0.5)",
    "np.nanstd(a, ddof=1)",
    "a.astype(np.int8).sum(dtype=np.int8)",
    "a.prod(dtype=np.complex128)",
    "(a > 0).sum()",
    "(a > 0).any()",
    "np.sum(a * b)",
    "np.max(np.abs(a - b))",
    "np.mean((a - b) ** 2)",
    "np.isfinite(a / b).all()",
    "(a * 2).max()",
    "np.argmin(a + b)",
    "np.any(a)",
    "np.all(a * 0)",
    "np.sum(a[::2] - b[::2])",
    "(a[:1] + b).sum()",
    "np.sum(a, keepdims=True)",
    "a.sum(0, None)",
    "np.sum((a, b))",
    "np.sum(3.5)",
    "a.sum(initial=1.0)",
    "np.float32(a).sum()",
    "np.sum(a=a)",
]


@pytest.mark.parametrize("expression", WHAT_NUMPY_GIVES)
def test_what_else_is_asked_for(expression: str) -> None:
    a, b = elements("f8", 700), elements("f8", 1400)[700:]
    plain = function(expression)
    made, expected = stook.njit(plain)(a, b), plain(a, b)
    assert np.shape(made) == np.shape(expected)
    assert np.asarray(made).dtype == np.asarray(expected).dtype
    assert np.allclose(made, expected, rtol=1e-5)


ALONG = ["sum", "prod", "min", "argmax", "any", "mean", "std", "nanmean", "ptp", "count_nonzero"]


@pytest.mark.parametrize("kind", ["f4", "f8", "i4", "?"])
@pytest.mark.parametrize("name", ALONG)
def test_arrays_are_reduced_along_an_axis(name: str, kind: str) -> None:
    if not is_compiled(name, kind):
        pytest.skip("called outside")
    box = elements(kind, 20 * 40 * 30).reshape(20, 40, 30)
    for axis in (0, 1, 2, -1):
        expression = f"np.{name}(a, axis={axis})"
        compiled = stook.njit(function(expression))
        for a in (box, box.T, box[::2, 3:, ::-1], box[:0]):
            if a.size or axis in (1, 2, -1):
                made, expected = compiled(a, a), function(expression, np=stook)(stook.asarray(a), a)
                assert made.shape == expected.shape
                assert made.dtype == expected.dtype
                exact = axis in (2, -1) or (box.dtype.kind in "bi" and name not in ("mean", "std"))
                bound = 0 if exact else 1e-5
                assert np.allclose(made, expected, bound, bound), (axis, a.shape)


def test_rows_are_reduced_in_rounds_without_calls_outside() -> None:
    compiled = in_rounds("np.argmin(np.sum((b - a[i]) ** 2, axis=1))")
    a, b, out = elements("f8", 60).reshape(20, 3), elements("f8", 12).reshape(4, 3), np.zeros(20)
    compiled(a, b, out)
    assert np.array_equal(out, [np.argmin(np.sum((b - row) ** 2, axis=1)) for row in a])
    assert "calls outside of compiled code: 0" in str(stook.explain(compiled, a, b, out))


@pytest.mark.parametrize(
    "expression", ["a.min(1)", "a.argmin(axis=1)", "np.max(a, axis=-1)", "a.sum(1)"]
)
def test_lines_without_elements(expression: str) -> None:
    plain = function(expression)
    compiled = stook.njit(plain)
    for shape in ((3, 0), (0, 0), (0, 3)):
        a = np.zeros(shape)
        assert outcome(compiled, a, a) == outcome(plain, a, a), shape


def test_axes_that_are_not_there() -> None:
    with pytest.raises((stook.CompileError, np.exceptions.AxisError), match="axis 5"):
        stook.njit(function("a.sum(axis=5)"))(np.zeros((2, 2)), 0)


# -- products of vectors --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kinds", ["f8 f8", "f4 f4", "f2 f2", "i4 i4", "i1 u2", "i8 f4", "c16 c16", "c8 f8"]
)
@pytest.mark.parametrize(
    "expression", ["a @ b", "np.dot(a, b)", "a.dot(b)", "np.vdot(a, b)", "np.inner(a, b)"]
)
def test_products_of_vectors(expression: str, kinds: str) -> None:
    first, second = kinds.split()
    plain = function(expression)
    compiled = stook.njit(plain)
    for size in SIZES:
        a, b = elements(first, size), elements(second, size)[::-1]
        made, expected = compiled(a, b), plain(a, b)
        assert type(made) is type(expected)
        tolerance = {"f2": 0.02, "f4": 1e-3, "c8": 1e-3}.get(first, 1e-9)
        if np.dtype(second).char == "f":
            tolerance = 1e-3
        scale = np.abs(a.astype("c16")) @ np.abs(b.astype("c16"))
        assert np.isclose(made, expected, rtol=tolerance, atol=tolerance * abs(scale)), size


@pytest.mark.parametrize("expression", ["a @ b", "np.dot(a, b)", "np.vdot(a, b)", "np.inner(a, b)"])
def test_vectors_of_other_lengths_have_no_product(expression: str) -> None:
    plain = function(expression)
    a, b = np.zeros(3), np.zeros(4)
    expected = outcome(plain, a, b)
    assert expected[0] is ValueError
    assert outcome(stook.njit(plain), a, b) == expected


# -- in rounds ------------------------------------------------------------------------------------

ROWS = [
    "a[i].sum()",
    "np.mean(a[i])",
    "a[i].max()",
    "np.argmin(a[i])",
    "a[i].std()",
    "np.dot(a[i], b)",
    "np.sum(a[i] * b)",
    "a[i] @ a[0]",
    "np.any(a[i] > 3)",
    "np.linalg.norm(a[i])",
    "a.T[0].sum()",
]


@pytest.mark.parametrize("expression", ROWS)
def test_rounds_reduce_alike_on_any_number_of_threads(expression: str) -> None:
    compiled = in_rounds(expression)
    before = stook.get_num_threads()
    for size in (1, 7, 513, 3000):
        a, b = elements("f8", 100 * size).reshape(100, size), elements("f8", size)
        found = []
        for threads in (1, 2, 4):
            stook.set_num_threads(threads)
            out = np.zeros(100)
            compiled(a, b, out)
            found.append(out.tobytes())
        stook.set_num_threads(before)
        assert found[0] == found[1] == found[2]
        if "a[0]" not in expression and "a.T" not in expression:
            alone = stook.njit(function(expression.replace("a[i]", "a")))
            assert np.array([alone(row, b) for row in a], float).tobytes() == found[0]
    assert "calls outside of compiled code: 0" in str(stook.explain(compiled, a, b, out))


def test_the_check_of_races_sees_what_reductions_read() -> None:
    @stook.jit(parallel=True, check="races")
    def totals(a):
        for i in stook.prange(len(a)):
            a[i, 0] = a[i - 1].sum()

    with pytest.raises(stook.RaceError, match="race"):
        totals(np.ones((4, 3)))


def test_reductions_mean_what_the_interpreter_of_routines_says() -> None:
    @stook.njit
    def several(a):
        return a.sum(), a.mean(), a.max(), a.argmin(), a.any(), np.var(a), np.dot(a, a)

    for size in (1, 40, 513, 1600):
        a = elements("f8", size)
        assert several.interpret(a) == several(a)
