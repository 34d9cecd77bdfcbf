"""Statistics without NaN: values, types, warnings and errors of NumPy, and how lazy they are."""

import warnings

import numpy
import pytest
import stook
from compare import check_told
from stook import _fallback

NAMES = (
    "nansum nanprod nanmin nanmax nanargmin nanargmax nanmean nanvar nanstd nancumsum nancumprod"
)
SHAPES = [(3, 4), (2, 3, 2), (5,), (0,), (2, 0), (0, 3), ()]
PATTERNS = {
    "none": None,
    "some": lambda n: slice(None, None, 3),
    "row": lambda n: slice(n // 3),
    "all": lambda n: slice(None),
}
AXES = [{}, {"axis": 0}, {"axis": -1}, {"axis": 5}]
KEEPING = [{"keepdims": True}, {"axis": 0, "keepdims": True}]
TUPLES = [{"axis": (0, 1)}, {"axis": (0, -1), "keepdims": True}, {"axis": ()}, {"axis": (0, 0)}]
DEGREES = [{"ddof": 1}, {"axis": 0, "ddof": 2.5}, {"axis": 0, "correction": 1},
           {"ddof": 1, "correction": 1}]  # fmt: skip
RTOL = {"e": 2e-2, "f": 1e-5, "F": 1e-5}


@pytest.fixture(autouse=True)
def nothing_runs_in_numpy(monkeypatch):
    monkeypatch.setattr(_fallback.sites, "strict", True)


def values(np, shape, dtype, pattern="none"):
    n = int(numpy.prod(shape))
    a = (numpy.arange(n) * 5 % 7 / 2).reshape(shape)
    a = (a + 1j * numpy.arange(n).reshape(shape) if dtype in "FD" else a).astype(dtype)
    if pattern != "none":
        a.reshape(-1)[PATTERNS[pattern](n)] = numpy.nan
    return np.asarray(a)


def options_of(name):
    if "cum" in name:
        return AXES
    if "arg" in name:
        return [*AXES, *KEEPING]
    return [*AXES, *KEEPING, *TUPLES, *(DEGREES if name in ("nanvar", "nanstd") else [])]


def fits(shape, options):
    """Whether NumPy's rules for arrays without axes, which differ by function, do not matter."""
    return shape != () or options.get("axis") is None


@pytest.mark.usefixtures("tier")
@pytest.mark.parametrize("dtype", "?bBlefdFD")
@pytest.mark.parametrize("name", NAMES.split())
def test_equals_numpy(name, dtype):
    for pattern in PATTERNS if dtype in "efdFD" else ["none"]:
        for shape in SHAPES:
            for options in options_of(name):

                def program(np, shape=shape, pattern=pattern, options=options):
                    return getattr(np, name)(values(np, shape, dtype, pattern), **options)

                if fits(shape, options):
                    check_told(program, RTOL.get(dtype, 1e-12))


@pytest.mark.parametrize("name", ["nansum", "nanprod", "nanmean", "nanvar", "nanstd", "nancumsum"])
@pytest.mark.parametrize("to", "fdi")
def test_asked_for_a_type(name, to):
    for dtype in "befd":
        check_told(lambda np, t=dtype: getattr(np, name)(values(np, (3, 4), t, "none"), dtype=to),
                   1e-5)  # fmt: skip


@pytest.mark.parametrize("name", NAMES.split())
@pytest.mark.parametrize("axis", [None, 0, 1])
def test_into_an_output(name, axis):
    def program(np):
        a = values(np, (3, 4), "d", "some")
        shape = numpy.shape(getattr(numpy, name)(values(numpy, (3, 4), "d"), axis=axis))
        out = np.zeros(shape, int if "arg" in name else float)
        return getattr(np, name)(a, axis=axis, out=out) is out, out

    check_told(program, 1e-12)


@pytest.mark.parametrize("name", ["nansum", "nanprod", "nanmean", "nanvar", "nanstd"])
@pytest.mark.parametrize("axis", [None, 0, 1])
def test_by_a_mask(name, axis):
    def program(np, dtype, where):
        a = values(np, (3, 4), dtype, "some" if dtype == "d" else "none")
        return getattr(np, name)(a, axis=axis, where=np.asarray(where))

    for where in [values(numpy, (3, 4), "?"), [True, False, True, True], False, [True, False]]:
        for dtype in "bd":
            check_told(lambda np, d=dtype, w=where: program(np, d, w), 1e-12)


def test_variance_from_a_mean():
    def program(np):
        a = values(np, (3, 4), "d", "some")
        mean = np.nanmean(a, axis=1, keepdims=True)
        return np.nanvar(a, axis=1, mean=mean), np.nanstd(a, axis=1, mean=mean, ddof=1)

    check_told(program, 1e-12)


@pytest.mark.parametrize("name", NAMES.split())
@pytest.mark.parametrize("a", [[1.0, numpy.nan, 3.0], [numpy.nan], [2, 1], 3.5, numpy.nan, [], 2])
def test_of_what_is_no_array(name, a):
    check_told(lambda np: getattr(np, name)(a), 1e-12)


def test_infinities_are_numbers():
    def program(np):
        a = np.asarray([[numpy.inf, 1, numpy.nan], [-numpy.inf, numpy.nan, 2.0]])
        return [getattr(np, name)(a, axis=1) for name in NAMES.split()[:7]]

    check_told(program)


# -- warnings, errors and looks -------------------------------------------------------------------

WARNING = {
    "nanmin": "All-NaN slice encountered",
    "nanmean": "Mean of empty slice",
    "nanvar": "Degrees of freedom <= 0 for slice.",
}
LARGE = (500, 400)


def large(row=True):
    a = numpy.arange(200_000.0).reshape(LARGE)
    if row:
        a[7] = numpy.nan
    return stook.asarray(a)


def flushes():
    return stook.counters()["flushes"]


@pytest.mark.parametrize("name", WARNING)
def test_warns_at_the_look_from_the_line_of_the_call(name):
    a = large()
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        before = flushes()
        made = getattr(stook, name)(a, axis=1)
        assert flushes() == before
        assert not found
        assert numpy.isnan(made[7])
    (told,) = found
    assert (told.category, str(told.message)) == (RuntimeWarning, WARNING[name])
    code = test_warns_at_the_look_from_the_line_of_the_call.__code__
    assert (told.filename, told.lineno) == (__file__, code.co_firstlineno + 6)


@pytest.mark.parametrize("name", WARNING)
def test_warns_of_a_result_that_nobody_looks_at(name):
    a = large()
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        getattr(stook, name)(a, axis=1)
        stook.sync()
    assert [str(told.message) for told in found] == [WARNING[name]]


@pytest.mark.parametrize("name", WARNING)
def test_a_warning_that_is_an_error_is_raised_by_the_call(name):
    a = large()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(RuntimeWarning, match="slice"):
            getattr(stook, name)(a, axis=1)
    assert float(stook.nansum(a)) == numpy.nansum(numpy.asarray(a))


@pytest.mark.parametrize("name", WARNING)
def test_does_not_warn_of_slices_with_numbers(name):
    a = large(row=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert float(getattr(stook, name)(a, axis=1)[7]) == getattr(numpy, name)(
            numpy.asarray(a)[7]
        )


def test_small_arrays_warn_at_the_call():
    with pytest.warns(RuntimeWarning, match="Mean of empty slice"):
        stook.nanmean(stook.asarray([[numpy.nan], [1.0]]), axis=1)


@pytest.mark.parametrize("name", ["nanargmin", "nanargmax"])
def test_places_of_a_slice_without_numbers_raise_at_the_call(name):
    a = large()
    with pytest.raises(ValueError, match=r"^All-NaN slice encountered$"):
        getattr(stook, name)(a, axis=1)


def test_floating_point_conditions_around_a_quiet_mean_are_told():
    a = large()
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        poles = 1 / (a * 0)
        mean = stook.nanmean(a, axis=1)
        poles, mean = poles[0, 0], mean[0]
    texts = {str(told.message) for told in found}
    assert texts == {"divide by zero encountered in divide", "Mean of empty slice"}


def launches(program):
    """Return how many bundles a program runs as, and how often pending work ran."""
    stook.sync()
    before = stook.counters()
    kept = program()
    stook.sync()
    after = stook.counters()
    del kept
    return after["launches"] - before["launches"], after["flushes"] - before["flushes"]


def test_a_full_mean_is_one_pass_with_what_feeds_it():
    a = large()
    assert launches(lambda: stook.nanmean(a * a + 1)) == (1, 1)


def test_rows_are_standardised_in_one_pass():
    a = large(row=False)

    def program():
        centred = a - stook.nanmean(a, axis=1, keepdims=True)
        return centred / stook.nanstd(a, axis=1, keepdims=True)

    # One bundle over the rows, one over the flags of rows that could be warned of.
    assert launches(program) == (2, 1)


def test_places_are_found_and_checked_in_one_look():
    a = large(row=False)
    count, looks = launches(lambda: stook.nanargmin(a, axis=1))
    assert looks == 1
    assert count <= 3
