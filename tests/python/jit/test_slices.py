"""Slices between brackets: the order in which they are worked out, and in which they raise."""

import numpy as np
import pytest
from stook import jit


@jit
def noted(order, number):
    order[order[0]] = number
    order[0] += 1
    return number


def of_array(order):
    a = np.arange(10)
    return a[noted(order, 1) : noted(order, 8) : noted(order, 2)].sum()


def of_list(order):
    return len([1, 2, 3, 4][noted(order, 0) : noted(order, 3) : noted(order, 2)])


def of_axes(order):
    a = np.ones((5, 6))
    return a[noted(order, 1) :, noted(order, 2) : noted(order, 4)].size


@pytest.mark.parametrize("function", [of_array, of_list, of_axes])
def test_ends_and_steps_are_worked_out_as_they_are_written(function):
    meant, found = (np.array([1, 0, 0, 0, 0]) for _ in range(2))
    assert jit(function)(found) == function(meant)
    assert found.tolist() == meant.tolist()


def whole_first(a, k, step):
    return a[k, 1::step]


def step_first(a, k, step):
    return a[1::step, k]


@pytest.mark.parametrize("function", [whole_first, step_first])
@pytest.mark.parametrize("k, step", [(5, 0), (5, 1), (1, 0), (-4, 0)])
def test_of_two_errors_the_first_that_is_written_is_raised(function, k, step):
    a = np.zeros((3, 3))
    with pytest.raises((IndexError, ValueError)) as meant:
        function(a, k, step)
    with pytest.raises(meant.type, match=str(meant.value)):
        jit(function)(a, k, step)


def test_a_step_of_none_is_one():
    @jit
    def every(a):
        return a[1:None:None].sum()

    assert every(np.arange(4)) == 6


def test_new_axes_have_a_name():
    def axes(a, end):
        return a[:, np.newaxis], a[np.newaxis], a[..., np.newaxis], a[:end], a[end:]

    for end in (None, 1):
        found, expected = jit(axes)(np.arange(3), end), axes(np.arange(3), end)
        assert [a.tolist() for a in found] == [a.tolist() for a in expected]
