"""Polynomials: values, coefficients, types, warnings and errors of NumPy."""

import numpy
import pytest
import stook
from compare import check, check_told, falling_back, told

INNER = {"linalg.lstsq", "linalg.eigvals", "linalg.inv", "ndarray.dot", "ndarray.sort", "convolve"}
TYPES = "bBlfdD"
RTOL = 1e-6


@pytest.fixture(autouse=True)
def only_matrices_are_numpys(request):
    with falling_back(*INNER, unchecked="may_ask_numpy" in request.fixturenames):
        yield


def coefficients(np, n, dtype, seed=3):
    p = (numpy.arange(n) * seed % 5 + 1).astype(dtype)
    return np.asarray(p + 1j if dtype == "D" else p)


# -- values ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("tier")
@pytest.mark.parametrize("dtype", "?" + TYPES)
def test_values_equal_numpys(dtype):
    for n in (0, 1, 2, 5, 60):
        for shape in ((), (0,), (7,), (2, 3)):
            for kind in "bldD":

                def program(np, n=n, shape=shape, kind=kind):
                    x = numpy.arange(int(numpy.prod(shape))).reshape(shape).astype(kind) / 4
                    return np.polyval(coefficients(np, n, dtype), np.asarray(x.astype(kind)))

                check_told(program, 1e-12)


def test_values_of_numbers_lists_and_columns():
    check(lambda np: np.polyval([3, 0, 1], 5))
    check(lambda np: np.polyval([3, 0, 1], 5.5))
    check(lambda np: np.polyval([1, 2], [numpy.inf, numpy.nan]))
    check(lambda np: np.polyval(np.arange(6.0).reshape(3, 2), np.asarray([1.0, 2.0])))
    check(lambda np: np.polyval(np.arange(3, dtype="f"), np.ones(3, "f")))
    check(lambda np: np.polyval([1, 2], np.arange(12.0).reshape(3, 4).T).flags.f_contiguous)


@pytest.mark.usefixtures("tier")
@pytest.mark.parametrize("dtype", "?" + TYPES)
def test_powers(dtype):
    for n in (0, 1, 4):
        for options in ({}, {"N": 0}, {"N": 1}, {"N": 6}, {"N": 3, "increasing": True}):

            def program(np, n=n, options=options):
                made = np.vander(coefficients(np, n, dtype), **options)
                return made, made.strides if made.size else None

            check(program)


# -- arithmetic -----------------------------------------------------------------------------------


@pytest.mark.parametrize("types", ["ll", "dd", "bl", "fd", "lD", "BB"])
@pytest.mark.parametrize("name", ["polyadd", "polysub", "polymul"])
def test_arithmetic(name, types):
    for m, n in [(1, 1), (3, 3), (4, 2), (1, 5)]:
        check(
            lambda np, m=m, n=n: getattr(np, name)(
                coefficients(np, m, types[0]), coefficients(np, n, types[1], 2)
            ),
            RTOL,
        )


def test_arithmetic_of_lists_and_numbers():
    for name in ("polyadd", "polysub", "polymul"):
        for a, b in [([1, 2], [3, 4, 5]), (2, [1, 2]), ([0, 0, 1], [0, 2]), ([0, 0], [1, 2])]:
            check(lambda np, n=name, a=a, b=b: getattr(np, n)(a, b))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("types", ["ll", "dd", "bl", "fd", "lD"])
def test_division(types):
    for m, n in [(1, 1), (3, 3), (5, 2), (1, 4), (6, 1)]:
        check(
            lambda np, m=m, n=n: np.polydiv(
                coefficients(np, m, types[0]), coefficients(np, n, types[1], 2)
            ),
            RTOL,
        )
    check_told(lambda np: np.polydiv([1, 3, 2], [1, 1]))
    check_told(lambda np: np.polydiv([1.0, 3], [0, 1]))
    check_told(lambda np: np.polydiv([0.0, 0, 0], [1.0, 1]))


def test_division_leaves_its_arguments():
    u = stook.asarray([1.0, 2.0, 3.0])
    stook.polydiv(u, [1.0, 1.0])
    assert u.tolist() == [1.0, 2.0, 3.0]


# -- calculus -------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", TYPES)
def test_derivatives_and_integrals(dtype):
    for n in (0, 1, 2, 5):
        for m in (0, 1, 2, 3):
            check(lambda np, n=n, m=m: np.polyder(coefficients(np, n, dtype), m), RTOL)
            for k in (None, 2, [1], [3, 1.5, 2, 1]):
                check(lambda np, n=n, m=m, k=k: np.polyint(coefficients(np, n, dtype), m, k), RTOL)
    check(lambda np: np.polyder([1, 2, 3]))
    check(lambda np: np.polyint([1, 2, 3], k=1j))


# -- roots ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("tier")
@pytest.mark.filterwarnings("ignore")
def test_polynomials_of_roots():
    for zeros in ([], [1], [1, 2, 3], [0.5, -1], [1j, -1j], [1j, 2], [[1, 2], [3, 4]],
                  [[0, 1], [-1, 0]], [True, False]):  # fmt: skip
        check(lambda np, z=zeros: np.poly(z), 1e-12)
    for dtype in TYPES:
        check(lambda np, t=dtype: np.poly(coefficients(np, 4, t)), RTOL)


@pytest.mark.parametrize("dtype", TYPES)
def test_roots_of_polynomials(dtype):
    for p in ([], [0, 0], [5], [1, 2], [0, 1, 2, 0, 0], [1, -6, 11, -6], [0, 3, 0]):

        def program(np, p=p):
            return np.roots(np.asarray(numpy.abs(p) if dtype == "B" else p).astype(dtype))

        check(program, 1e-6)


# -- fitting --------------------------------------------------------------------------------------


def points(np, dtype, columns=None):
    x = np.arange(9, dtype=dtype)
    y = numpy.arange(9) ** 2 % 5 if columns is None else numpy.arange(9 * columns) ** 2 % 5
    return x, np.asarray(y.astype(dtype).reshape(9 if columns is None else (9, columns)))


@pytest.mark.usefixtures("tier")
@pytest.mark.parametrize("dtype", "ldfD")
def test_fits(dtype):
    for columns in (None, 2):
        for deg in (0, 1, 3):
            for options in ({}, {"full": True}, {"cov": True}, {"cov": "unscaled"},
                            {"w": numpy.arange(9) + 1.0}, {"rcond": 1e-3}):  # fmt: skip

                def program(np, columns=columns, deg=deg, options=options):
                    made = np.polyfit(*points(np, dtype, columns), deg, **options)
                    return _rounded(made)

                check_told(program, 1e-5)


def _rounded(made):
    """Return results with what rounding left of zeros taken away."""
    if isinstance(made, tuple):
        return tuple(_rounded(one) for one in made)
    if isinstance(made, numpy.ndarray | stook.ndarray):
        return numpy.round(numpy.asarray(made), 6) + 0
    return made


def test_too_few_points_are_told():
    check_told(lambda np: np.polyfit([1.0, 1, 1], [1.0, 2, 3], 2), 1e-9)
    check_told(lambda np: np.polyfit([1.0, 1, 1], [1.0, 2, 3], 2, full=True), 1e-9)


def test_the_warning_comes_from_the_line_that_fitted():
    with pytest.warns(numpy.exceptions.RankWarning) as found:
        stook.polyfit([1.0, 1, 1], [1.0, 2, 3], 2)
    assert found[0].filename == __file__


# -- what is NumPy's ------------------------------------------------------------------------------


@pytest.mark.usefixtures("may_ask_numpy")
@pytest.mark.filterwarnings("ignore")
def test_what_is_numpys_or_refused():
    p = numpy.poly1d([1, 2])
    for program in (
        lambda np: np.polyval(p, [1, 2]),
        lambda np: np.polyval([1, 2], p),
        lambda np: np.polyadd(p, [1, 2]),
        lambda np: np.polymul([1, 2], p),
        lambda np: np.polyder(p),
        lambda np: np.polyint(p),
        lambda np: np.polyval(3, 2),
        lambda np: np.polyder([1, 2], -1),
        lambda np: np.polyint([1, 2], -1),
        lambda np: np.polyint([1, 2], 2, [1, 2, 3][:0]),
        lambda np: np.roots([[1, 2]]),
        lambda np: np.roots(4),
        lambda np: np.poly(4),
        lambda np: np.poly([[1, 2]]),
        lambda np: np.vander([[1, 2]]),
        lambda np: np.polyadd([[1, 2]], [1]),
        lambda np: np.polydiv([1, 2], []),
        lambda np: np.polyfit([1, 2], [1, 2], -1),
        lambda np: np.polyfit([[1, 2]], [1, 2], 1),
        lambda np: np.polyfit([], [], 1),
        lambda np: np.polyfit([1, 2], [1, 2, 3], 1),
        lambda np: np.polyfit([1, 2], 3, 1),
        lambda np: np.polyfit([1, 2], [1, 2], 1, w=[1]),
        lambda np: np.polyfit([1, 2], [1, 2], 1, cov=True),
        lambda np: np.polyval(numpy.array([1, 2], object), 3),
    ):
        expected, got = told(program, numpy)[0], told(program, stook)[0]
        assert got[0] == expected[0]
        assert str(got) == str(expected)
