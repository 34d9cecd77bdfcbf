"""Objects of other libraries handle NumPy's functions as far as NumPy lets them."""

import collections
from typing import Any

import numpy
import pytest
import stook


class Duck:
    """An array of a library's own, which tells what it is asked."""

    def __init__(self, values: Any = ((1.0, 2.0), (3.0, 4.0))) -> None:
        self.values = numpy.asarray(values)
        self.asked: list[Any] = []

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        return self.values

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        self.asked.append((func, {kind.__name__ for kind in types}))
        return "answered"


CALLS = [
    ("median", lambda f, d, a: f(d)),
    ("clip", lambda f, d, a: f(d, 0, 1)),
    ("sort", lambda f, d, a: f(d)),
    ("argsort", lambda f, d, a: f(d)),
    ("round", lambda f, d, a: f(d, 2)),
    ("diff", lambda f, d, a: f(d)),
    ("unique", lambda f, d, a: f(d)),
    ("cov", lambda f, d, a: f(d)),
    ("isclose", lambda f, d, a: f(d, 1)),
    ("allclose", lambda f, d, a: f(d, 1)),
    ("corrcoef", lambda f, d, a: f(d)),
    ("pad", lambda f, d, a: f(d, 1)),
    ("roll", lambda f, d, a: f(d, 1)),
    ("tile", lambda f, d, a: f(d, 2)),
    ("repeat", lambda f, d, a: f(d, 2)),
    ("take", lambda f, d, a: f(d, [0])),
    ("append", lambda f, d, a: f(d, 1)),
    ("atleast_2d", lambda f, d, a: f(d)),
    ("trapezoid", lambda f, d, a: f(d)),
    ("concatenate", lambda f, d, a: f([d, d])),
    ("stack", lambda f, d, a: f([d, d])),
    ("transpose", lambda f, d, a: f(d)),
    ("reshape", lambda f, d, a: f(d, 4)),
    ("ravel", lambda f, d, a: f(d)),
    ("squeeze", lambda f, d, a: f(d)),
    ("swapaxes", lambda f, d, a: f(d, 0, 1)),
    ("diagonal", lambda f, d, a: f(d)),
    ("expand_dims", lambda f, d, a: f(d, 0)),
    ("moveaxis", lambda f, d, a: f(d, 0, 1)),
    ("flip", lambda f, d, a: f(d)),
    ("broadcast_to", lambda f, d, a: f(d, (1, 2, 2))),
    ("copy", lambda f, d, a: f(d)),
    ("count_nonzero", lambda f, d, a: f(d)),
    ("shape", lambda f, d, a: f(d)),
    ("dot", lambda f, d, a: f(d, d)),
    ("concatenate", lambda f, d, a: f([a, d])),
    ("searchsorted", lambda f, d, a: f(a[0], d)),
]


@pytest.mark.parametrize("name, call", CALLS)
def test_a_class_that_handles_numpys_functions_is_asked_once(name, call):
    duck = Duck()
    assert call(getattr(stook, name), duck, stook.ones((2, 2))) == "answered"
    assert [func for func, _ in duck.asked] == [getattr(numpy, name)]
    assert "Duck" in duck.asked[0][1]


def test_what_a_class_handles_counts_as_running_in_numpy():
    before = stook._fallback.calls["median"]
    stook.median(Duck())
    assert stook._fallback.calls["median"] == before + 1


LINES = """
np.clip(s, 0, 1)
np.clip(d, 0, 1)
np.round(d, 2)
np.round(s)
np.around(s, 1)
np.transpose(d)
np.squeeze(s)
np.squeeze(d)
np.repeat(s, 2)
np.argsort(s)
np.take(s, [0, 1], axis=0)
np.searchsorted(s, 1.5)
np.cumsum(d)
np.sum(d)
np.mean(d, axis=0)
np.std(s)
np.median(s)
np.ptp(s)
np.diff(s)
np.sort(s)
np.ravel(s)
np.reshape(s, (3, 1))
np.swapaxes(d, 0, 1)
np.concatenate([s, s])
np.clip(x, 0, 1)
np.round(x)
np.squeeze(x)
np.argsort(x)
np.cumsum(x, axis=0)
"""


@pytest.mark.parametrize("line", LINES.strip().split("\n"))
def test_methods_of_an_object_are_called_where_numpy_calls_them(line):
    pandas = pytest.importorskip("pandas")
    xarray = pytest.importorskip("xarray")
    scope = {
        "s": pandas.Series([1.5, 0.25, 2.0]),
        "d": pandas.DataFrame({"a": [1.125, 2.0], "b": [0.25, 0.5]}),
        "x": xarray.DataArray(numpy.arange(4.0).reshape(2, 2), dims=("p", "q")),
    }
    expected, got = (eval(line, {"np": np, **scope}) for np in (numpy, stook))
    if isinstance(expected, numpy.ndarray):
        expected, got = expected.tolist(), got.tolist()
    assert type(got) is type(expected)
    assert repr(got) == repr(expected)


class Some(collections.UserList):
    pass


class OnlyItems:
    """A sequence by its items alone."""

    def __init__(self, items: Any) -> None:
        self.items = items

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, k: int) -> Any:
        return self.items[k]


def _series(items: Any) -> Any:
    return pytest.importorskip("pandas").Series(list(items))


@pytest.mark.parametrize("kind", [collections.deque, Some, OnlyItems, _series])
@pytest.mark.parametrize("name", ["concatenate", "stack", "vstack", "hstack", "dstack"])
def test_any_sequence_of_arrays_is_joined(name, kind):
    values = [1.0, 2.0], [3.0, 4.0]
    got = getattr(stook, name)(kind([stook.asarray(v) for v in values]))
    expected = getattr(numpy, name)(kind([numpy.asarray(v) for v in values]))
    assert got.tolist() == expected.tolist()


@pytest.mark.parametrize("kind", [collections.deque, Some, OnlyItems])
def test_a_sequence_that_cannot_be_joined_is_refused_as_numpy_refuses_it(kind):
    with pytest.raises(ValueError) as expected:
        numpy.stack(kind([numpy.ones(2), numpy.ones(3)]))
    with pytest.raises(ValueError) as got:
        stook.stack(kind([stook.ones(2), stook.ones(3)]))
    assert str(got.value) == str(expected.value)


@pytest.mark.parametrize("make", [iter, set, lambda items: (x for x in items)])
def test_what_is_no_sequence_is_not_joined(make):
    with pytest.raises(TypeError):
        stook.concatenate(make([1.0, 2.0]))
