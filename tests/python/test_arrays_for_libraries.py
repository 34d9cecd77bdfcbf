"""Libraries that ask for `numpy.ndarray` give for our arrays what they give for NumPy's."""

import copy
import functools
import inspect
import io
import pickle
import subprocess
import sys
import warnings
from typing import Any

import numpy
import pytest
import stook

SETTING = {
    "pandas": "import pandas as pd; x = np.arange(6.0).reshape(2, 3); v = np.arange(3.0);"
    " m = v > 1; d = pd.DataFrame(x.T, columns=list('ab')); s = pd.Series([1.0, 2.0, 3.0])",
    "matplotlib": "import matplotlib; matplotlib.use('Agg');"
    " from matplotlib import cbook, pyplot; ax = pyplot.figure().add_subplot();"
    " x = np.arange(12.0).reshape(6, 2) ** 2",
    "scipy": "from scipy import signal; from scipy.sparse import linalg",
    "xarray": "import xarray; p = np.arange(6.0);"
    " d = xarray.DataArray(p, dims='p', coords={'p': p})",
    "h5py": "import h5py, io; file = h5py.File(io.BytesIO(), 'w'); file['a'] = np.arange(3.0);"
    " o = np.zeros(3)",
    "numexpr": "import numexpr; v = np.arange(3.0); o = np.zeros(3)",
    "numpy": "import ctypes; v = np.arange(3.0)",
}

PROGRAMS = {
    "pandas": """
d.iloc[m]
d.iloc[:, np.array([True, False])]
d.index[m]
s.iloc[m]
d[m]
d.loc[m]
d.loc[m, 'a']
s[m]
s[list(m)]
d[d.a > 1][m[d.a > 1]]
d[x.T > 2] = 0; d
d[np.array(['a', 'b'])] = 0; d
d.loc[m, 'a'] = 7; d
d.iloc[np.array([0, 2]), 1] = np.array([8, 9]); d
d.iat[np.int64(0), 1] = 3; d
d.columns = np.array(['p', 'q']); d
d.index = np.arange(3) * 2; d
d.q = v; d['r'] = v; v[0] = 9; d
d - x.T
d * x.T
d == x.T
x.T - d
d + v[:2]
s == v
v < s
s + v
(s > 1) & m
m | (s > 2)
d.groupby(m).sum()
d.groupby([m, v]).size()
d.groupby(np.array([0, 1, 1])).a.mean()
s.groupby(m).sum()
d.set_index(v)
pd.unique(v)
pd.factorize(np.array([2, 1, 2]))
pd.merge(d, d, left_on=np.array([0, 1, 2]), right_on=np.array([0, 1, 1])).shape
pd.cut(v, np.array([-1, 0, 5]))
pd.qcut(v, 2, labels=np.array(['l', 'h']))
pd.crosstab(m, m)
s.map(lambda k: np.array([k]) * 2)
s.map(np.round)
s.map(np.array).tolist()
s.isin(v)
s.where(m)
s.mask(m, v)
s.fillna(pd.Series(v))
s.apply(np.sqrt)
s.apply(lambda k: np.arange(k))
s.pipe(np.asarray) * 2
d.apply(lambda r: np.asarray(r) * 2)
d.apply(lambda r: np.asarray(r) * 2, axis=1, result_type='expand')
d.agg(np.sum)
d.agg([functools.partial(np.quantile, q=0.5)])
d.agg({'a': np.sum, 'b': np.max})
d.agg([np.mean, np.std])
d.transform(lambda c: np.asarray(c) - 1)
d[lambda t: np.asarray(t.a) > 0]
d.assign(c=lambda t: np.asarray(t.a) + 1, e=v)
d.rolling(2).apply(np.mean, raw=True)
pd.DataFrame({'a': [v, v]}).a.map(len)
pd.DataFrame({'a': [v, v]}).explode('a')
pd.Series([v, v]).tolist()
pd.DataFrame([v, v])
pd.DataFrame({'k': v, 'l': [1, 2, 3]}, index=m).index.tolist()
pd.DataFrame.from_dict({'a': v, 'b': v})
pd.MultiIndex.from_arrays([v, m])
pd.Categorical(['a', 'b', 'c'])[m]
pd.array([1, 2, None])[m]
pd.date_range('2020', periods=3)[m]
pd.concat([pd.Series(v), s])
pd.Index([3, 4, 5]).take(np.array([0, 2]))
s.clip(v, v + 1)
s.reindex(v)
d.drop(index=np.array([0]))
t = pd.Series(v); v[0] = 99; t
t = pd.Index(v); v[0] = 99; t
t = pd.DataFrame(x); x[0, 0] = 99; t
t = pd.DataFrame({'a': v}); v[0] = 99; t
t = pd.array(v); v[0] = 99; t
t = pd.Series(v); t.iloc[0] = 99; v
t = pd.Series(v, copy=False); t.iloc[0] = 99; v
""",
    "matplotlib": """
len(ax.boxplot(x)['boxes']), [b.get_ydata() for b in ax.boxplot(x)['medians']]
len(ax.violinplot(x)['bodies'])
ax.hist(x, bins=np.array([0.0, 50, 200]))[0]
ax.hist([x[:, 0], x[:3, 1]])[0]
[line.get_ydata() for line in ax.plot(x)]
len(cbook.boxplot_stats(x))
[b.get_height() for b in ax.bar(np.arange(2), x[1], yerr=x[:2])]
ax.scatter(x[:, 0], x[:, 1], c=x[:, 0]).get_array()
ax.add_collection(ax.eventplot(x)[0]).get_positions()
len(pyplot.boxplot(x)['boxes'])
""",
    "scipy": """
signal.find_peaks(np.array([0.0, 3, 0, 1, 0]), height=np.array([0, 2, 0, 2, 0]))
signal.find_peaks(np.array([0.0, 3, 0, 1, 0]), height=(np.full(5, 0.5), 5))
linalg.gmres(np.eye(3), np.ones(3))
linalg.cg(np.eye(3), np.ones(3))
""",
    "xarray": """
d.interp(p=np.array([0.5, 1.5])).values.tolist()
d.interp({'p': np.array([0.5, 1.5])}).values.tolist()
""",
    "h5py": """
file['a'].read_direct(o); o
file['a'].write_direct(o + 5); file['a'][:].tolist()
""",
    "numexpr": """
numexpr.evaluate('v + 1', out=o); o
numexpr.evaluate('a + 1', {'a': v}).tolist()
""",
    "numpy": """
type(np.ctypeslib.ndpointer('f8').from_param(v)).__name__
np.ctypeslib.as_ctypes(v)[1]
""",
}


def _cases() -> list[Any]:
    return [
        pytest.param(library, line, id=f"{library}: {line}")
        for library, lines in PROGRAMS.items()
        for line in lines.strip().split("\n")
    ]


def _told(value: Any) -> Any:
    """Return a value as text: of arrays the elements, whosever they are."""
    if isinstance(value, list | tuple):
        return type(value).__name__, [_told(item) for item in value]
    if isinstance(value, numpy.ndarray | stook.ndarray):
        return str(value.dtype), value.tolist()
    return type(value).__name__, repr(value)


def _result(np: Any, library: str, line: str) -> Any:
    scope = {"np": np, "functools": functools}
    exec(SETTING[library], scope)
    *first, last = line.split("; ")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec("; ".join(first), scope)
        return _told(eval(last, scope) if " = " not in last else exec(last, scope))


@pytest.mark.parametrize("library, line", _cases())
def test_a_library_gives_what_it_gives_for_numpys_arrays(library, line):
    pytest.importorskip(library)
    assert _result(stook, library, line) == _result(numpy, library, line)


def test_what_a_library_writes_is_seen_while_work_is_pending():
    h5py = pytest.importorskip("h5py")
    a = stook.arange(100_000.0)
    with h5py.File(io.BytesIO(), "w") as file:
        file["a"] = numpy.ones(100_000)
        before = a * 2
        file["a"].read_direct(a)
        after = a + 1
    assert before[-1] == 199_998
    assert (after == 2).all()


def test_a_class_of_a_library_stays_what_it_was():
    pandas = pytest.importorskip("pandas")

    class Frame(pandas.DataFrame):
        @property
        def _constructor(self) -> Any:
            return Frame

    frame = Frame({"a": stook.arange(3.0)})
    assert type(frame[frame.a.to_numpy() > 1]) is Frame
    assert pickle.loads(pickle.dumps(pandas.DataFrame(frame))).equals(frame)
    assert copy.deepcopy(frame).equals(frame)
    assert pickle.loads(pickle.dumps(pandas.DataFrame.sum)) is pandas.DataFrame.sum
    assert list(inspect.signature(pandas.DataFrame.merge).parameters)[:2] == ["self", "right"]
    assert inspect.getfullargspec(pandas.Series.take).args[1] == "indices"


CHAINED = """
import numpy as np, pandas as pd, warnings
d = pd.DataFrame({"a": np.arange(3)})
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    d["a"][0] = 1
print([(w.category.__name__, w.filename == __file__, w.lineno) for w in told])
"""


def test_pandas_tells_of_chained_assignment_at_the_users_line(tmp_path):
    pytest.importorskip("pandas")
    script = tmp_path / "chained.py"
    script.write_text(CHAINED)
    runs = [
        subprocess.run([sys.executable, *how, str(script)], capture_output=True, text=True)
        for how in ([], ["-m", "stook"])
    ]
    assert "ChainedAssignmentError" in runs[0].stdout
    assert runs[0].stdout == runs[1].stdout


def test_libraries_are_adapted_whatever_is_imported_first(tmp_path):
    pytest.importorskip("pandas")
    line = "print(pd.Series([1, 2, 3]).iloc[np.asarray([True, False, True])].tolist())"
    for first in ("import stook as np, pandas as pd", "import pandas as pd, stook as np"):
        done = subprocess.run(
            [sys.executable, "-c", f"{first}\n{line}"], capture_output=True, text=True
        )
        assert done.stdout == "[1, 3]\n", done.stderr


def test_no_library_is_imported_for_it():
    program = (
        "import sys, stook; print(sorted({'pandas', 'matplotlib', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr


def test_functions_that_are_data_stay_themselves():
    pandas = pytest.importorskip("pandas")

    def f(x: Any) -> Any:
        return x

    assert pandas.Series([f])[0] is f
    series = pandas.Series([1, 2], dtype=object)
    series[0] = f
    assert series[0] is f
    assert (pandas.Series([f], dtype=object) == f).tolist() == [True]


def test_lists_without_arrays_are_handed_on_as_they_are():
    from stook._arguments import _ARRAYS, _converted

    nested = [[k, [k]] for k in range(200)]
    assert _converted(nested, _ARRAYS) is nested
    arrays = [[stook.arange(3)]]
    assert type(_converted(arrays, _ARRAYS)[0][0]) is numpy.ndarray


def test_a_library_that_cannot_be_prepared_is_imported_all_the_same(monkeypatch):
    import sys

    from stook._imported import when_imported

    def fails(module: Any) -> None:
        raise AttributeError(module.__name__)

    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    when_imported("colorsys", fails)
    with pytest.warns(RuntimeWarning, match="could not prepare colorsys"):
        import colorsys
    assert colorsys.rgb_to_hsv(0, 0, 0) == (0, 0, 0)
