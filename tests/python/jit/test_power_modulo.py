"""`pow` of three ints in compiled functions."""

import itertools
import random

import pytest
from stook import CompileError, jit

power = jit(lambda a, b, c: pow(a, b, c))
EDGES = [0, 1, -1, 2, -2, 7, 10, 3_037_000_499, 3_037_000_500, 2**62, 2**63 - 1, -(2**63)]


def outcome(function, *args):
    try:
        return function(*args)
    except ValueError as error:
        return str(error)


def test_every_mixture_of_edges():
    for args in itertools.product(EDGES, repeat=3):
        assert outcome(power, *args) == outcome(pow, *args), args


def test_random_numbers_of_all_sizes():
    numbers = random.Random(0)
    for _ in range(3000):
        args = [
            numbers.randrange(-(2 ** (b - 1)), 2 ** (b - 1))
            for b in numbers.choices(range(1, 65), k=3)
        ]
        assert outcome(power, *args) == outcome(pow, *args), args


def test_bools_are_ints():
    assert power(True, 3, 5) == pow(True, 3, 5)


def test_other_numbers_are_refused():
    with pytest.raises(CompileError, match="is not compiled with 3 arguments"):
        power(2.0, 3, 5)
