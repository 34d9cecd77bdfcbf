"""Arrays of lists and tuples of numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy
import pytest
import stook

NUMBERS: list[Any] = [
    [1, 2, 3],
    [1.0, 2, True],
    [True, False],
    [True, 2],
    [1j, 2.5, 3],
    [],
    [[]],
    [[1, 2], [3, 4.5]],
    ([1, 2], (3, 4)),
    [[[1], [2]], [[3], [4]]],
    [numpy.float64(1), 2],
    [numpy.float64(1), numpy.int64(2), numpy.bool_(True)],
    [numpy.int64(-1), 2**62],
    [numpy.bool_(True), True],
    [numpy.complex128(1 + 2j), numpy.float64(-0.0)],
    [numpy.float32(1), 2],
    [numpy.int8(1), 300],
    [numpy.uint64(2**63), 1],
    [2**63],
    [2**63, -1],
    [-(2**63), 0],
    [2**53 + 1, 0.5],
    [math.nan, -0.0, math.inf],
    ["a", 1],
    [None, 1],
    5,
    2.5,
    True,
    3j,
    2**63,
    numpy.float64(2.5),
    numpy.int16(3),
    numpy.bool_(True),
]


@pytest.mark.filterwarnings("ignore:Casting complex values")
@pytest.mark.parametrize("dtype", [None, float, int, bool, complex, "f4", "i1", "u8"])
@pytest.mark.parametrize("numbers", NUMBERS, ids=repr)
def test_lists_become_the_arrays_that_numpy_makes(numbers: Any, dtype: Any) -> None:
    with numpy.errstate(all="ignore"):
        try:
            expected = numpy.array(numbers, dtype)
        except (OverflowError, TypeError, ValueError) as error:
            with pytest.raises(type(error)):
                stook.array(numbers, dtype)
            return
        made = stook.array(numbers, dtype)
    assert (made.dtype, made.shape) == (expected.dtype, expected.shape)
    assert numpy.asarray(made).tobytes() == expected.tobytes() or expected.dtype == object


@pytest.mark.parametrize("ragged", [[[1, 2], [3]], [1, [2]], [[1], 2], [[[1], [2]], [[3], 4]]])
def test_ragged_lists_are_refused(ragged: Any) -> None:
    with pytest.raises(ValueError, match="inhomogeneous"):
        stook.array(ragged)


def test_a_list_that_holds_itself_is_refused() -> None:
    itself: list[Any] = []
    itself.append(itself)
    with pytest.raises(ValueError):
        stook.array(itself)


@pytest.mark.parametrize("shape", [(3,), (2, 3), (0,), ()])
def test_lists_of_arrays_are_joined(shape: tuple[int, ...]) -> None:
    parts = [numpy.arange(math.prod(shape), dtype=float).reshape(shape) + k for k in range(4)]
    ours = [stook.asarray(part) for part in parts]
    for make in (list, tuple, lambda all_: [all_[:2], all_[2:]]):
        expected = numpy.array(make(parts))
        made = stook.array(make(ours))
        assert made.shape == expected.shape
        numpy.testing.assert_array_equal(made, expected)
    transposed = [part.T for part in ours]
    numpy.testing.assert_array_equal(stook.array(transposed), [part.T for part in parts])


def test_lists_of_pending_arrays_are_joined_and_are_copies() -> None:
    large = stook.ones(5000)
    made = stook.array([large * 2, large + 2])
    large[:] = 0
    assert made.sum() == 25000
    part = stook.ones(3)
    pair = stook.array([part, part])
    pair[0] = 7
    assert part.tolist() == [1, 1, 1]


def test_arrays_of_several_types_in_a_list_are_promoted() -> None:
    made = stook.array([stook.ones(2, "f4"), stook.ones(2, "i8")])
    assert (made.dtype, made.tolist()) == (numpy.float64, [[1, 1], [1, 1]])


@pytest.mark.parametrize("numbers", [[1, 2], ["a", "b"], [None], 3.0, ["2020-01-01"]], ids=repr)
@pytest.mark.parametrize("ndmin", [0, 1, 2, 3])
def test_arrays_have_as_many_axes_as_asked_for(numbers: Any, ndmin: int) -> None:
    assert stook.array(numbers, ndmin=ndmin).shape == numpy.array(numbers, ndmin=ndmin).shape


def test_lists_beside_arrays_are_operands() -> None:
    a = stook.asarray([1.0, 2.0])
    numbers = [1, 2]
    assert (a + numbers).tolist() == [2, 4]
    assert stook.add([1, 2], (3, 4)).dtype == numpy.int64
    a[:] = [5, True]
    assert a.tolist() == [5, 1]
