"""Arrays of integers and of bools between brackets give what they give in NumPy."""

import linecache
from typing import Any

import numpy as np
import pytest
import stook

BOX = np.arange(120.0).reshape(2, 3, 4, 5)
LINE = np.array([0.5, -1.0, 2.0, -3.0, 4.0, 0.0])
I = np.array([1, 0, 1])  # noqa: E741
J = np.array([[0], [-1]])
K = np.array([2, 1, 0], dtype=np.uint8)
MASK = np.array([True, False, True])
WIDE = BOX[0, :, :, 0] % 3 == 0


def function(body: str, **names: Any) -> Any:
    """Return a function of a body, whose source can be found."""
    source = f"def f(a, i, j, k, m, w):\n    {body}\n"
    file = f"<gathers: {body}>"
    linecache.cache[file] = (len(source), None, source.splitlines(True), file)
    space = {"np": np, "stook": stook, **names}
    exec(compile(source, file, "exec"), space)
    return space["f"]


def outcome(function: Any, a: Any) -> Any:
    """Return what a call gives and leaves in the array, or what it raises."""
    a = a.copy()
    try:
        result = function(a, I, J, K, MASK, WIDE)
    except Exception as error:
        return type(error), str(error), a.tolist()
    return np.shape(result), np.asarray(result).dtype, np.asarray(result).tolist(), a.tolist()


READ = [
    "a[i]", "a[j]", "a[:, k]", "a[..., k]", "a[i, k]", "a[i, j]", "a[i, :, k]", "a[:, k, i]",
    "a[:, j, i]", "a[0, k]", "a[0, :, k]", "a[:, 0, k]", "a[i, 0, k]", "a[i, 0, :, k]",
    "a[None, i]", "a[i, None]", "a[i, None, k]", "a[:, k, 1:3]", "a[:, k, ::-2]", "a[::-1, k, -1]",
    "a[:, m]", "a[:, m, 1]", "a[:, w]", "a[0, w]", "a[:, w, 0]", "a[:, w, ::2]", "a[a > 50]",
    "a[:, a[0, :, 0, 0] > 20]", "a[i, ..., k]", "a[:, :, :, j]", "a[a < 0]", "a.T[k, k]",
    "a[:, ::2][:, i]", "a[i][k[k > 0] - 1]", "a[a > 50].sum()", "a[i] * 2 + a[i - 1]",
]  # fmt: skip

WRITTEN = [
    "a[i] = 7", "a[:, k] = a[:, i]", "a[a > 50] = 0", "a[a > 50] += 1", "a[:, m] *= 2",
    "a[i] += 1", "a[:, w] = 3.5", "a[:, w, 0] = a[:, w, 1]", "a[i, k] = np.arange(5.0)",
    "a[j, i] = 1", "a[0, k, i] = a[1, i, k]", "a[a > 10] = a[a > 10] * 2", "a[:, k, ::2] -= 1",
    "a[i] = a[::-1][i]",
]  # fmt: skip

WRONG = ["a[k]", "a[i + 5]", "a[-i - 2]", "a[m]", "a[i, k[:2]]", "a[w]", "a[:, m[:2]]"]


@pytest.mark.parametrize("text", READ)
def test_elements_are_those_of_numpy(text: str) -> None:
    plain = function(f"return {text}")
    assert outcome(stook.njit(plain), BOX) == outcome(plain, BOX)


@pytest.mark.parametrize("text", WRITTEN)
def test_elements_are_written_as_in_numpy(text: str) -> None:
    plain = function(f"{text}; return 0")
    assert outcome(stook.njit(plain), BOX) == outcome(plain, BOX)


@pytest.mark.parametrize("text", WRONG)
def test_what_lies_outside_is_an_index_error_and_nothing_is_written(text: str) -> None:
    plain = function(f"{text} = 1; return 0")
    kind, said, left = outcome(stook.njit(plain), BOX)
    expected, text, _ = outcome(plain, BOX)
    assert kind is expected is IndexError
    assert left == BOX.tolist()
    if "broadcast" not in text:
        assert said.splitlines()[0] == text


def test_masks_and_lists_in_rounds_at_the_same_time() -> None:
    @stook.njit(parallel=True)
    def counts(rows: Any, places: Any) -> Any:
        out = np.zeros(len(rows))
        for k in stook.prange(len(rows)):
            row = rows[k]
            out[k] = len(row[row > 0.5]) + row[places][0]
        return out

    rows, places = np.random.default_rng(0).random((200, 30)), np.array([3, -1, 3])
    expected = [(row > 0.5).sum() + row[3] for row in rows]
    np.testing.assert_allclose(counts(rows, places), expected)


def test_without_checks_of_bounds_elements_are_the_same() -> None:
    plain = function("return a[:, k, 1:][a[:, k, 1:] > 30]")
    assert outcome(stook.njit(boundscheck=False)(plain), BOX) == outcome(plain, BOX)


@pytest.mark.parametrize("dtype", ["i1", "u2", "f4", "c8", "?"])
def test_elements_of_every_kind(dtype: str) -> None:
    array = BOX[:, :, 0].astype(dtype)
    plain = function("a[i] = a[1]; return a[:, k]")
    assert outcome(stook.njit(plain), array) == outcome(plain, array)


def test_what_is_no_index_is_refused() -> None:
    for body, said in [
        ("return a[a]", "arrays used as indices are of integers or bools, not float64"),
        ("return a[True]", "a bool as an index of an array makes an axis"),
        ("return a[[0.5, 1]]", "arrays used as indices are of integers or bools, not float64"),
    ]:
        with pytest.raises(stook.CompileError, match=said.replace("(", r"\(")):
            stook.njit(function(body))(LINE, I, J, K, MASK, WIDE)


def test_lists_between_brackets_are_places():
    def taken(a, i, j):
        a[[i, j]] = a[[j, i]]
        rows = [k for k in range(len(a)) if a[k, 0] > 4]
        return a[rows], a[[0, -1], 1], a[:, [1]], a[[]], a[[True, False, True]]

    theirs, ours = np.arange(6.0).reshape(3, 2), np.arange(6.0).reshape(3, 2)
    expected, found = taken(theirs, 0, 2), stook.jit(taken)(ours, 0, 2)
    for a, b in zip((*expected, theirs), (*found, ours), strict=True):
        assert a.shape == b.shape
        assert a.tolist() == b.tolist()
    with pytest.raises(IndexError, match="index 9 is out of bounds for axis 0 with size 3"):
        stook.jit(taken)(ours, 0, 9)
