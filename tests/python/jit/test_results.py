"""Of which class the arrays are that compiled functions make."""

import numpy as np
import pytest
import stook
from stook import jit


@jit
def doubled(a):
    return a.copy() + a


@jit
def both(a, b):
    return a + b


@jit
def named(a):
    return np.sqrt(a)


@jit
def own(a):
    return stook.sqrt(a)


@pytest.mark.parametrize(
    "made, expected",
    [
        (lambda: doubled(np.ones(3)), np.ndarray),
        (lambda: doubled(stook.ones(3)), stook.ndarray),
        (lambda: both(np.ones(3), 2.0), np.ndarray),
        (lambda: both(np.ones(3), np.ones(3)), np.ndarray),
        (lambda: both(np.ones(3), stook.ones(3)), stook.ndarray),
        (lambda: named(stook.ones(3)), np.ndarray),
        (lambda: own(np.ones(3)), stook.ndarray),
    ],
)
def test_new_arrays_are_of_the_class_of_what_they_come_from(made, expected):
    assert type(made()) is expected
