"""Lists of numbers of which one is NaN."""

import math

import pytest
from stook import jit

NAN = math.nan
PAIRS = [
    ([1.0, NAN], [1.0, 2.0]),
    ([1.0, 2.0], [1.0, NAN]),
    ([NAN], [0.0]),
    ([0.0, NAN], [1.0, NAN]),
    ([2.0, NAN], [1.0, NAN]),
    ([1.0], [1.0, NAN]),
]


@pytest.mark.parametrize("a, b", PAIRS)
def test_lists_are_ordered_as_their_first_items_that_differ(a, b):
    def compared(a, b):
        return a < b, a <= b, a > b, a >= b, max([a, b])[0], min([a, b])[-1]

    assert repr(jit(compared)(a, b)) == repr(compared(a, b))
