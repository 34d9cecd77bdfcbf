"""Matrices of blocks."""

import numpy
import pytest
import stook
from compare import check, falling_back

pytestmark = pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")

CALLS = [
    lambda np, a, b: np.bmat("a, b; b, a"),
    lambda np, a, b: np.bmat("a b"),
    lambda np, a, b: np.bmat([[a, b], [b, a]]),
    lambda np, a, b: np.bmat([a, b]),
    lambda np, a, b: np.bmat(a),
    lambda np, a, b: np.bmat(3),
    lambda np, a, b: np.bmat("a x", {"x": b}, {"a": a}),
    lambda np, a, b: np.bmat("x", {"x": b}),
    lambda np, a, b: np.bmat("unknown"),
    lambda np, a, b: np.bmat([[a, b], [a]]),
]


@pytest.mark.parametrize("call", CALLS)
def test_blocks_become_a_matrix(call):
    with falling_back():
        check(lambda np: call(np, np.eye(2), np.ones((2, 1))))


def test_the_matrix_is_numpys():
    assert type(stook.bmat([[stook.eye(2)]])) is numpy.matrix
