"""Phases, the cardinal sine and running totals into outputs, as NumPy's."""

import numpy
import pytest
import stook
from compare import check, check_told, falling_back
from stook import _stook

RTOL = {"e": 5e-3, "f": 1e-5, "F": 1e-4}


@pytest.fixture(autouse=True)
def nothing_runs_in_numpy(request):
    with falling_back(unchecked="may_ask_numpy" in request.fixturenames):
        yield


@pytest.fixture
def may_ask_numpy():
    """Let a test call what only NumPy can do or refuse."""


@pytest.fixture(params=[0, _stook.AT_ONCE], ids=["recorded", "at once"])
def tier(request):
    _stook.run_at_once(request.param)
    yield
    _stook.run_at_once(_stook.AT_ONCE)


@pytest.mark.usefixtures("tier")
@pytest.mark.parametrize("dtype", "?bBlefdFD")
def test_cardinal_sine(dtype):
    for shape in ((6,), (2, 3), (0,), ()):

        def program(np, shape=shape):
            x = numpy.arange(int(numpy.prod(shape))).reshape(shape) / (3 if dtype in "efdFD" else 1)
            result = np.sinc(np.asarray(x.astype(dtype)))
            # Integers have no more than the rounding of pi.
            return numpy.where(numpy.abs(numpy.asarray(result)) < 1e-7, 0, numpy.asarray(result))

        check_told(program, RTOL.get(dtype, 1e-13))
    check(lambda np: np.sinc(0.5), 1e-15)
    check(lambda np: np.sinc([0, 0.25]), 1e-15)


@pytest.mark.usefixtures("tier")
@pytest.mark.parametrize("dtype", "bhlefd")
def test_phases(dtype):
    a = (numpy.arange(24) * 37 % 29 - 9).reshape(4, 6)
    for options in ({}, {"axis": 0}, {"period": 4}, {"period": 5}, {"period": 7.5},
                    {"discont": 8}, {"period": 6, "discont": 5}, {"axis": -2}):  # fmt: skip
        check_told(
            lambda np, o=options: np.unwrap(np.asarray(a.astype(dtype)), **o),
            RTOL.get(dtype, 1e-12),
        )
    check(lambda np: np.unwrap(np.asarray(a[0, :0].astype(dtype))))


def test_phases_that_jump_by_half_a_period():
    for period in (4, 4.0, 5):
        check(lambda np, p=period: np.unwrap([0, 2, 0, -2, 0, 1], period=p))


def test_phases_that_are_given_stay():
    p = stook.asarray([0.0, 7.0])
    stook.unwrap(p)
    assert p.tolist() == [0.0, 7.0]


@pytest.mark.parametrize("name", ["cumulative_sum", "cumulative_prod"])
def test_running_totals_into_outputs(name):
    for options, shape in [
        ({"axis": 0}, (3, 4)),
        ({"axis": 1}, (3, 4)),
        ({"axis": 0, "include_initial": True}, (4, 4)),
        ({"axis": 1, "include_initial": True}, (3, 5)),
        ({"axis": 1, "include_initial": True, "dtype": "f"}, (3, 5)),
    ]:
        for to in "dfD":

            def program(np, options=options, shape=shape, to=to):
                out = np.full(shape, 9, to)
                a = np.arange(12.0).reshape(3, 4)
                return getattr(np, name)(a, out=out, **options) is out, out

            check(program)


@pytest.mark.usefixtures("may_ask_numpy")
def test_arguments_that_are_refused():
    check(lambda np: np.cumulative_sum(np.ones(3), out=np.ones(2)))
    check(lambda np: np.cumulative_sum(np.ones(3), out=np.ones(3), include_initial=True))
    check(lambda np: np.unwrap([1, 2], axis=1))
    check(lambda np: np.unwrap([1j, 2]))
    check(lambda np: np.unwrap(np.asarray(numpy.array([1, 9, 2], "B"))))
    check(lambda np: np.unwrap(np.asarray(numpy.array([1, 9, 2], "B")), period=4))
    check(lambda np: np.sinc(["a"]))
