"""Reading and writing by index."""

import numpy
import pytest
from compare import check

INDICES = [
    0, -1, (0, 1), (slice(None), 1), (..., 0), (None, 0), slice(None, None, -1), 5, (1, 2, 3, 4),
    (slice(1, None), slice(None, None, 2)), (0, 1, 2), (..., ...), (0, ...), 1.5, "a", [0, 1],
    (slice(5, 1),), True, None, (), ..., (numpy.int32(1), 0), numpy.array([0, 1]), numpy.array(1),
    (1, [0, 2]), (0, 3), (slice(None), slice(None), -5),
]  # fmt: skip

VALUES = [
    1, -1, 300, 2.5, 1e300, float("nan"), 2 + 1j, True, numpy.float32(1.5), numpy.int64(-3), "3",
    None, [1, 2, 3], [[1], [2]], numpy.arange(3), numpy.arange(4), numpy.arange(3) * 1j, 1 << 70,
]  # fmt: skip


@pytest.mark.parametrize("index", INDICES, ids=repr)
def test_reading(index):
    check(lambda np: np.arange(24.0).reshape(2, 3, 4)[index])


@pytest.mark.parametrize("index", INDICES, ids=repr)
def test_writing(index):
    def program(np):
        a = np.arange(24.0).reshape(2, 3, 4)
        a[index] = 7
        return a

    check(program)


@pytest.mark.parametrize("dtype", "?bBhlLefdFD")
@pytest.mark.filterwarnings("ignore")
def test_values_become_elements_as_in_numpy(dtype):
    def program(np, value):
        a = np.zeros((2, 3), dtype)
        a[...] = value
        return a

    for value in VALUES:
        check(lambda np, value=value: program(np, value))


def test_masks_read_and_write():
    def program(np):
        a = np.arange(10.0)
        b = a[a > 4]
        a[a < 3] = -1
        a[[0, 0, 1]] += 1
        return a, b

    check(program)
