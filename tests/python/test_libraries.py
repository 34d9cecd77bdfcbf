"""Other libraries take our arrays as inputs, and give what they give for NumPy's."""

import io
import os
import subprocess
import sys
from typing import Any

import numpy
import pytest
import stook


def _arrays(np: Any) -> tuple[Any, Any]:
    return np.asarray(numpy.arange(24.0).reshape(2, 3, 4)), np.asarray([[0.0, 2.0], [1.0, 4.0]])


def _same(program: Any) -> Any:
    """Fail unless a program of one of a NumPy gives the same; return what ours gives."""
    expected, got = program(numpy), program(stook)
    numpy.testing.assert_allclose(numpy.asarray(got), numpy.asarray(expected), rtol=1e-12)
    return got


def test_pandas():
    pandas = pytest.importorskip("pandas")

    def program(np: Any) -> Any:
        a, _ = _arrays(np)
        frame = pandas.DataFrame(a[0], columns=list("abcd"))
        frame["key"] = np.asarray([0, 1, 0])
        frame = frame[frame["b"] > 1].assign(e=np.sqrt(a[0, 1:, 0]))
        return frame.groupby("key").mean().to_numpy()

    _same(program)
    series = pandas.Series(stook.arange(3.0)) * stook.asarray([1.0, 2.0, 3.0])
    assert series.tolist() == [0, 2, 6]


def test_scipy():
    pytest.importorskip("scipy")
    from scipy import fft, integrate, linalg, ndimage, optimize, signal, sparse, special, stats

    calls = [
        lambda np, a, b: linalg.solve(b, np.ones(2)),
        lambda np, a, b: special.gamma(a + 1),
        lambda np, a, b: ndimage.gaussian_filter(a, 1),
        lambda np, a, b: signal.convolve(a[0], b),
        lambda np, a, b: stats.zscore(a[0, 0]),
        lambda np, a, b: fft.fft(a[0]),
        lambda np, a, b: integrate.trapezoid(a[0, 0]),
        lambda np, a, b: sparse.csr_matrix(b) @ np.ones(2),
        lambda np, a, b: optimize.minimize(lambda x: np.sum((x - 1) ** 2), np.zeros(2)).x,
    ]
    for call in calls:
        _same(lambda np, call=call: call(np, *_arrays(np)))


def test_matplotlib():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    def program(np: Any) -> Any:
        a, b = _arrays(np)
        figure, (left, right) = pyplot.subplots(1, 2, dpi=40)
        left.plot(a[0, 0], np.sin(a[0, 0]))
        left.scatter(a[0, 1], a[0, 2], c=a[0, 0])
        left.hist(a.ravel(), bins=np.linspace(0, 24, 5))
        right.imshow(b)
        right.contourf(a[0])
        figure.canvas.draw()
        drawn = numpy.asarray(figure.canvas.buffer_rgba()).copy()
        pyplot.close(figure)
        return drawn

    _same(program)


def test_pillow():
    image = pytest.importorskip("PIL.Image")
    pixels = stook.arange(48, dtype="u1").reshape(4, 4, 3)
    made = image.fromarray(pixels)
    assert made.size == (4, 4)
    assert (stook.asarray(made) == pixels).all()
    assert (
        stook.asarray(made.resize((2, 2), image.Resampling.NEAREST)) == pixels[1::2, 1::2]
    ).all()


def test_opt_einsum():
    opt_einsum = pytest.importorskip("opt_einsum")

    def program(np: Any) -> Any:
        a, b = _arrays(np)
        return opt_einsum.contract("abc,abd,ae->de", a, a, b)

    assert type(_same(program)) is stook.ndarray


def test_einops():
    einops = pytest.importorskip("einops")
    calls = [
        lambda a: einops.rearrange(a, "a b c -> (c b) a"),
        lambda a: einops.rearrange([a, a], "k a b c -> a b (k c)"),
        lambda a: einops.reduce(a, "a b c -> b", "mean"),
        lambda a: einops.repeat(a, "a b c -> a b (c d)", d=2),
        lambda a: einops.einsum(a, a, "a b c, a b d -> c d"),
        lambda a: einops.pack([a, a], "a b *")[0],
    ]
    for call in calls:
        assert type(_same(lambda np, call=call: call(_arrays(np)[0]))) is stook.ndarray


def test_xarray():
    xarray = pytest.importorskip("xarray")

    def program(np: Any) -> Any:
        a, _ = _arrays(np)
        data = xarray.DataArray(a, dims=list("xyz"), coords={"z": np.arange(4.0)})
        assert type(data.data) is type(a)
        shifted = (data - data.mean("y")) / (data.std("y") + 1)
        return shifted.sel(z=2.0).isel(x=np.asarray([1, 0])).data

    assert type(_same(program)) is stook.ndarray


def test_h5py():
    h5py = pytest.importorskip("h5py")
    a = stook.arange(24.0).reshape(2, 3, 4)
    with h5py.File(io.BytesIO(), "w") as file:
        file["plain"] = a
        packed = file.create_dataset("packed", data=a, compression="gzip")
        packed[0] = a[1]
        file["plain"].attrs["first"] = a[0, 0]
        assert (stook.asarray(file["plain"]) == a).all()
        assert (stook.asarray(packed) == a[[1, 1]]).all()
        assert (file["plain"][stook.asarray([False, True])] == a[1:]).all()
        assert (file["plain"].attrs["first"] == a[0, 0]).all()


SCIKIT_LEARN = """
import numpy, sklearn, stook
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import accuracy_score, r2_score
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, StandardScaler

values = numpy.random.default_rng(0).normal(size=(60, 5))

def same(program):
    classes = (values[:, 0] > 0).astype(int)
    expected = program(values, classes)
    with sklearn.config_context(array_api_dispatch=True):
        got = program(stook.asarray(values), stook.asarray(classes))
    assert numpy.allclose(numpy.asarray(got), expected), program
    assert type(got) is stook.ndarray or numpy.ndim(got) == 0, type(got)

for scaler in (MaxAbsScaler, MinMaxScaler, StandardScaler):
    same(lambda x, y: scaler().fit_transform(x))
same(lambda x, y: PCA(2, svd_solver="full").fit_transform(x))
same(lambda x, y: LinearDiscriminantAnalysis().fit(x, y).predict(x))
same(lambda x, y: accuracy_score(y, y))
same(lambda x, y: r2_score(x[:, 0], x[:, 0] + 1))
"""


def test_scikit_learn_with_array_api_dispatch():
    pytest.importorskip("sklearn")
    # SciPy asks for its array API once, when it is imported.
    environment = {**os.environ, "SCIPY_ARRAY_API": "1"}
    command = [sys.executable, "-W", "ignore", "-c", SCIKIT_LEARN]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
