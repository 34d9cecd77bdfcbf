"""Reductions as functions and methods, over axes, with their options."""

import warnings

import numpy
import pytest
import stook
from compare import check, outcome, plain

NAMES = [
    "sum",
    "prod",
    "min",
    "max",
    "any",
    "all",
    "argmin",
    "argmax",
    "mean",
    "std",
    "var",
    "ptp",
    "cumsum",
    "cumprod",
    "count_nonzero",
]
OPTIONS = [{}, {"axis": 0}, {"axis": -1}, {"axis": (0, 1)}, {"axis": 5}, {"axis": None},
           {"axis": 0, "keepdims": True}, {"keepdims": True}, {"initial": 3}, {"where": True},
           {"axis": (0, 0)}]  # fmt: skip


def close(a, b):
    """Return whether results agree to rounding, and exactly in everything else."""
    if a[0] != b[0]:
        return False
    if a[0] == "error":
        return a[1] is b[1]
    a, b = plain(a[1]), plain(b[1])
    if type(a) is not type(b) or a.dtype != b.dtype or a.shape != b.shape:
        return False
    return numpy.allclose(a, b, rtol=1e-5 if a.dtype.itemsize > 2 else 1e-2, equal_nan=True)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", "?bBlefdD")
def test_reduction(name, dtype):
    for shape in [(2, 3, 4), (3,), (0,), (2, 0), ()]:
        for options in OPTIONS:

            def program(np, shape=shape, options=options):
                size = int(numpy.prod(shape))
                a = ((np.arange(size) * 3) % 7).reshape(shape).astype(dtype)
                return getattr(np, name)(a, **options)

            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                expected, got = outcome(program, numpy), outcome(program, stook)
            assert close(expected, got), (shape, options, expected, got)


def test_full_reduction_is_numpys_scalar():
    a = stook.arange(5.0)
    assert type(a.sum()) is numpy.float64
    assert type(a.argmax()) is numpy.int64
    assert type((a > 2).any()) is numpy.bool


def test_reduction_into_an_output():
    a = stook.arange(6.0).reshape(2, 3)
    out = stook.zeros(3)
    assert a.sum(axis=0, out=out) is out
    assert out.tolist() == [3, 5, 7]


def test_the_same_fold_asked_for_twice():
    def program(np, shape, axis):
        a = np.sqrt(np.arange(400_000.0).reshape(shape)) * 2
        return a.max(axis=axis), a.max(axis=axis), a.min(axis=axis)

    for shape, axis in [((2, 200_000), 1), ((2000, 200), 0), ((2000, 200), 1)]:
        check(lambda np, s=shape, x=axis: program(np, s, x))


def test_the_least_of_nothing_is_an_error_even_for_no_results():
    check(lambda np: np.fmin.reduce(np.zeros((0, 0)), 0))


@pytest.mark.parametrize("shape", [(300_001,), (3, 200_003)])
@pytest.mark.parametrize("at", [0, 70_000, -1, None])
@pytest.mark.parametrize("dtype", ["?", "f8"])
def test_any_and_all_of_long_rows_end_with_what_settles_them(shape, at, dtype):
    """One row settles early, others late or never; what is stored beside it is stored whole."""
    values = numpy.zeros(shape, dtype)
    if at is not None:
        values[..., at] = 1
    values.ravel()[5] = 1

    def run(np):
        a = np.array(values)
        kept = a != 0
        return (a.any(axis=-1), (a == 0).all(axis=-1), kept.any(axis=-1), kept, ~kept)

    check(run)


def test_any_leaves_no_warning_out():
    """Elements behind the first true one are still divided."""
    values = numpy.ones(300_001)
    values[-1] = 0

    def run(np):
        with warnings.catch_warnings(record=True) as met:
            warnings.simplefilter("always")
            found = bool((1 / np.array(values) > 0.5).any())
        return found, [str(warning.message) for warning in met]

    assert run(stook) == run(numpy)


@pytest.mark.parametrize("dtype", ["?", "i4", "f8", "c16"])
@pytest.mark.parametrize("place", [None, 0, 511, 512, 39999])
@pytest.mark.parametrize("shape", [(40000,), (200, 200), (40000, 1)])
def test_any_and_all_of_long_arrays_hang_on_every_element(dtype, place, shape):
    for usual in (0, 1):
        a = numpy.full(40000, usual, dtype)
        if place is not None:
            a[place] = 1 - usual
        a = a.reshape(shape)
        for x, theirs in ((stook.asarray(a), a), (stook.asarray(a)[::-1], a[::-1])):
            assert x.any() is theirs.any() and x.all() is theirs.all()
