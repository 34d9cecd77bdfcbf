"""Ufuncs of numbers alone give what they give of arrays that hold the numbers."""

import itertools
import warnings
from typing import Any

import numpy
import pytest
import stook

NUMBERS = [2.5, -1.0, 0.0, numpy.inf, numpy.nan, 3, -2, True, 0.75 + 2j]
NUMBERS += [numpy.float32(0.5), numpy.float16(2.5), numpy.int8(-3), numpy.uint64(2**63)]
NUMBERS += [numpy.float64(1e300), numpy.complex64(1 - 1j), numpy.bool_(False)]

UFUNCS = sorted(
    name
    for name, value in vars(numpy).items()
    if isinstance(value, numpy.ufunc) and value.signature is None and name == value.__name__
)


def outcome(function: Any, *args: Any) -> Any:
    """Return what a call gives, or the exception it raises, with the warnings it makes."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            made = function(*args)
        except (TypeError, ValueError, OverflowError) as error:
            made = (type(error), str(error))
    return made, sorted(str(one.message) for one in told)


def bits(made: Any) -> Any:
    """Return types and bytes of what a call gave."""
    if isinstance(made, tuple):
        return tuple(bits(part) for part in made)
    if isinstance(made, type | str):
        return made
    found = numpy.asarray(made)
    return found.dtype, numpy.where(found != found, numpy.nan, found).tobytes()


@pytest.mark.parametrize("name", UFUNCS)
def test_numbers_give_what_arrays_of_them_give(name: str) -> None:
    ours, theirs = getattr(stook, name), getattr(numpy, name)
    for args in itertools.product(NUMBERS, repeat=theirs.nin):
        got, told = outcome(ours, *args)
        expected, told_there = outcome(theirs, *args)
        case = f"{name}{args}"
        # Of a power NumPy tells what its library met on the way, such as an overflow of 9**inf.
        assert told == told_there or "power" in name, case
        if bits(expected) == bits(got):
            continue
        # What is rounded may differ from NumPy's in the last place, not from our own.
        assert not isinstance(expected, tuple) or isinstance(expected[0], numpy.generic), case
        assert type(got) is type(expected), case
        with numpy.errstate(all="ignore"), stook.errstate(all="ignore"):
            held = [stook.array(a, numpy.result_type(a)) for a in args]
            lifted = ours(*[a.reshape(1) for a in held])
        # A complex power of NumPy's is a few hundred units off.
        units = 10_000 if "power" in name and got.dtype.kind == "c" else 8
        numpy.testing.assert_allclose(got, expected, rtol=units * numpy.finfo(got.dtype).eps)
        if all(isinstance(a, numpy.generic) for a in args) or len(args) == 1:
            assert bits(numpy.asarray(lifted)[0]) == bits(got), case
