"""Equality up to rounding, parts of complex numbers, and what stands in for NaN."""

import numpy
import pytest
import stook
from compare import check, check_told
from stook import _fallback

REAL = [
    0.0,
    1,
    -1,
    1e-9,
    1 + 1e-7,
    1e8,
    numpy.inf,
    -numpy.inf,
    numpy.nan,
    3e4,
    2.5,
    1.5e308,
    -1e308,
]


@pytest.fixture(autouse=True)
def nothing_runs_in_numpy(monkeypatch):
    monkeypatch.setattr(_fallback.sites, "strict", True)


def values(np, dtype, shift=0):
    """Return special and plain numbers, complex ones as all pairs, in an order moved by `shift`."""
    part = numpy.roll(numpy.array(REAL), shift)
    if dtype in "FD":
        made = numpy.empty((part.size, part.size), dtype)
        with numpy.errstate(over="ignore"):
            made.real, made.imag = part[:, None], numpy.roll(REAL, 3 * shift)
        return np.asarray(made.reshape(-1))
    with numpy.errstate(all="ignore"):
        return np.asarray(part.astype(dtype))


TOLERANCES = [{}, {"equal_nan": True}, {"rtol": 0}, {"rtol": 0, "atol": 0},
              {"rtol": 0.5, "atol": 2}, {"rtol": numpy.float32(0.1)}]  # fmt: skip


@pytest.mark.parametrize("first", "?bBefdFD")
@pytest.mark.parametrize("second", "?bBefdFD")
def test_closeness_equals_numpys(first, second):
    for shift in (0, 1, 5):
        for options in TOLERANCES:

            def program(np, shift=shift, options=options):
                a, b = values(np, first), values(np, second, shift)
                a, b = a[: b.size], b[: a.size]
                return np.isclose(a, b, **options), np.allclose(a, b, **options)

            check_told(program)


@pytest.mark.parametrize("number", [0, 1.0, True, 1j, numpy.nan, numpy.inf, numpy.float32(1)])
@pytest.mark.parametrize("dtype", "bfD")
def test_closeness_to_a_number(number, dtype):
    for name in ("isclose", "allclose", "array_equal", "array_equiv"):
        check_told(lambda np, n=name: getattr(np, n)(values(np, dtype), number))
        check_told(lambda np, n=name: getattr(np, n)(number, values(np, dtype)))
        check_told(lambda np, n=name: getattr(np, n)(number, number))


def test_tolerance_for_each_element():
    check(lambda np: np.isclose([1.0, 2.0], [1.1, 2.1], atol=np.asarray([0.2, 0.01])))


def test_close_arrays_broadcast():
    check(lambda np: np.isclose(np.ones((2, 1)), np.ones(3)))
    check(lambda np: np.isclose(np.ones(2), np.ones(3)))


def test_all_are_compared_in_one_look():
    a = stook.arange(100_000.0)
    stook.sync()
    before = stook.counters()
    assert stook.allclose(a, a + 1e-9, equal_nan=True)
    after = stook.counters()
    assert after["flushes"] - before["flushes"] == 1
    assert after["launches"] - before["launches"] == 1


@pytest.mark.parametrize("first", "?bdD")
@pytest.mark.parametrize("second", "?bdD")
def test_equality_equals_numpys(first, second):
    shapes = [(3, 4), (4,), (1, 4), (0,), (2, 0), ()]

    def program(np, options):
        def ones(shape, dtype):
            return np.ones(shape, dtype)

        pairs = [(ones(x, first), ones(y, second)) for x in shapes for y in shapes]
        equal = [np.array_equal(x, y, **options) for x, y in pairs]
        return equal, [np.array_equiv(x, y) for x, y in pairs]

    check(lambda np: program(np, {}))
    check(lambda np: program(np, {"equal_nan": True}))
    check(lambda np: np.array_equal(values(np, first), values(np, second)))
    check(lambda np: np.array_equal(values(np, first), values(np, first), equal_nan=True))


@pytest.mark.parametrize("dtype", "?bBefdFD")
def test_absolute_values(dtype):
    def program(np):
        a = values(np, dtype)
        out = np.empty(a.shape, a.real.dtype)
        return np.abs(a), abs(a), np.absolute(a, out=out) is out, out

    check_told(program, rtol=2e-16 if dtype == "D" else 1e-7)


@pytest.mark.parametrize("dtype", "?bBefdFD")
def test_angles(dtype):
    check_told(lambda np: np.angle(values(np, dtype)), rtol=1e-3 if dtype in "?bBe" else 1e-6)
    check_told(lambda np: np.angle(values(np, dtype), deg=True),
               rtol=1e-3 if dtype in "?bBe" else 1e-6)  # fmt: skip
    check(lambda np: np.angle([1, 1j, -1]), rtol=1e-15)
    check(lambda np: np.angle(1 + 1j), rtol=1e-15)


@pytest.mark.parametrize("dtype", "bdFD")
@pytest.mark.parametrize("imaginary", [0, 1e-14, 0.3])
@pytest.mark.parametrize("tol", [100, 1e20, 0.5, 0])
def test_real_where_close(dtype, imaginary, tol):
    def program(np):
        a = numpy.arange(5).astype(dtype)
        a = a + a.dtype.type(imaginary * 1j) if dtype in "FD" else a
        return np.real_if_close(np.asarray(a), tol)

    check(program)


@pytest.mark.parametrize("dtype", "?bBefdFD")
def test_finite_numbers_in_place_of_others(dtype):
    for options in [{}, {"nan": 3}, {"posinf": 1, "neginf": -1.5}, {"nan": numpy.float32(2)},
                    {"copy": False}, {"posinf": numpy.inf}]:  # fmt: skip

        def program(np, options=options):
            a = values(np, dtype)
            made = np.nan_to_num(a, **options)
            return made, a, made is a

        check_told(program)
    check(lambda np: [np.nan_to_num(np.asarray(v)) for v in values(numpy, dtype)[6:9]])


def test_finite_numbers_of_what_is_no_array():
    check(lambda np: np.nan_to_num([1, numpy.nan, numpy.inf]))
    check(lambda np: np.nan_to_num(numpy.inf))
    check(lambda np: np.nan_to_num([1.0], copy=False))


@pytest.mark.parametrize("dtype", "?bBhHiefdFD")
def test_sorted_complex_numbers(dtype, monkeypatch):
    monkeypatch.setattr(_fallback.sites, "strict", False)  # A sort is NumPy's.

    def program(np):
        a = np.asarray((numpy.arange(12) * 7 % 5).astype(dtype)).reshape(3, 4)
        return np.sort_complex(a), np.sort_complex(a.T).flags.f_contiguous, np.sort_complex([3, 1])

    check(program)
    check(lambda np: np.sort_complex(3))


@pytest.mark.parametrize("name", ["real", "imag"])
@pytest.mark.parametrize(
    "value", [1, 2j, "x", None, [1, 2j], (3,), [], numpy.float32(3), numpy.complex64(1j)]
)
def test_parts_of_anything(name, value):
    check(lambda np: getattr(np, name)(value))


@pytest.mark.parametrize("name", ["real", "imag"])
@pytest.mark.parametrize("dtype", "?ifdFD")
def test_parts_of_arrays(name, dtype):
    check(lambda np: getattr(np, name)(np.ones((2, 3), dtype)))
    check(lambda np: getattr(np, name)(np.ones((), dtype)))


def test_parts_are_views():
    def program(np):
        a = np.ones(3, "D")
        np.real(a)[0] = 5
        np.imag(a)[1:] = 7
        return a

    check(program)
