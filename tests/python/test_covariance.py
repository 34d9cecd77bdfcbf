"""Covariances and correlations, as NumPy's but for rounding."""

import numpy
import pytest
import stook
from compare import check, check_told, falling_back
from stook import _stook

RTOL = {"f": 1e-4}
SHAPES = [(3, 4), (4, 3), (1, 5), (5, 1), (6,), (1,), ()]


@pytest.fixture(autouse=True)
def only_products_run_in_numpy(request):
    with falling_back("ndarray.dot", unchecked="may_ask_numpy" in request.fixturenames):
        yield


@pytest.fixture(params=[0, _stook.AT_ONCE], ids=["recorded", "at once"], autouse=True)
def tier(request):
    _stook.run_at_once(request.param)
    yield
    _stook.run_at_once(_stook.AT_ONCE)


def values(np, shape, dtype, seed=5):
    n = int(numpy.prod(shape))
    a = (numpy.arange(n) * seed % 7 / 2 + numpy.arange(n) % 4).astype(dtype)
    a = a + 1j * numpy.arange(n).astype(dtype) if dtype == "D" else a
    return np.asarray(a.reshape(shape))


def near(program):
    """Hold a program to NumPy, with zeros up to the rounding of the numbers that cancel in them."""

    def rounded(np):
        result = program(np)
        return numpy.round(numpy.asarray(result), 9) + 0, type(result) is np.ndarray

    check_told(rounded, 1e-9)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["cov", "corrcoef"])
@pytest.mark.parametrize("dtype", "?bldD")
def test_one_array(name, dtype):
    for shape in SHAPES:
        for rowvar in (True, False):
            near(lambda np, s=shape, r=rowvar: getattr(np, name)(values(np, s, dtype), rowvar=r))


@pytest.mark.parametrize("name", ["cov", "corrcoef"])
def test_two_arrays(name):
    for first, second in [((6,), (6,)), ((2, 6), (6,)), ((2, 6), (3, 6)), ((6,), (1, 6))]:
        for rowvar in (True, False):
            for types in ("dd", "ld", "bD"):

                def program(np, first=first, second=second, rowvar=rowvar, types=types):
                    x, y = values(np, first, types[0]), values(np, second, types[1], 3)
                    x, y = (x, y) if rowvar else (x.T, y.T)
                    return getattr(np, name)(x, y, rowvar)

                near(program)


@pytest.mark.filterwarnings("ignore")
def test_degrees_of_freedom():
    for options in ({"bias": True}, {"ddof": 0}, {"ddof": 2}, {"ddof": 9}, {"ddof": 1.0}):
        near(lambda np, o=options: np.cov(values(np, (3, 4), "d"), **o))


def test_weights():
    often, much = [1, 3, 0, 2], [0.5, 1, 2, 0.25]
    for options in ({"fweights": often}, {"aweights": much}, {"ddof": 0, "aweights": much},
                    {"fweights": often, "aweights": much}, {"ddof": 3, "fweights": often},
                    {"ddof": 0, "fweights": often, "aweights": much}):  # fmt: skip
        near(lambda np, o=options: np.cov(values(np, (3, 4), "d"), **o))
        near(lambda np, o=options: np.cov(values(np, (4,), "l"), **o))


def test_types_of_results():
    for dtype in ("f", "d", "D"):
        for name in ("cov", "corrcoef"):
            check(
                lambda np, n=name, t=dtype: getattr(np, n)(values(np, (3, 9), "l"), dtype=t), 1e-3
            )


def test_lists_and_no_variables():
    near(lambda np: np.cov([[1, 2, 4], [3, 1, 1]]))
    near(lambda np: np.cov([1, 2, 4], [3, 1, 1]))
    near(lambda np: np.cov(numpy.empty((0, 3))))


@pytest.mark.usefixtures("may_ask_numpy")
@pytest.mark.filterwarnings("ignore")
def test_arguments_that_are_refused():
    for options in ({"ddof": 1.5}, {"fweights": [1, 2]}, {"fweights": [1.5, 1, 1, 1]},
                    {"fweights": [-1, 1, 1, 1]}, {"aweights": [[1, 1, 1, 1]]}, {"dtype": int},
                    {"aweights": [-1, 1, 1, 1]}, {"y": numpy.ones((2, 3))}):  # fmt: skip
        check(lambda np, o=options: np.cov(values(np, (3, 4), "d"), **o))
    check(lambda np: np.cov(np.ones((2, 2, 2))))
    check(lambda np: np.corrcoef(np.ones((2, 2, 2))))


def test_arrays_that_are_given_stay_as_they_are():
    a, often = stook.ones((2, 4)), stook.ones(4)
    stook.cov(a, fweights=often, aweights=[1, 2, 3, 4.0])
    assert (a == 1).all()
    assert (often == 1).all()
