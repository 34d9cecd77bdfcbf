"""Calls of NumPy's that are made outside of compiled code, and what is made of them."""

import time

import numpy as np
from stook import jit
from test_functions import check


def test_methods_of_ufuncs():
    def used(a, places):
        counts = np.zeros(4)
        np.add.at(counts, places, 1.5)
        return (
            counts,
            np.add.reduce(a),
            np.maximum.accumulate(a),
            np.multiply.outer(a, a),
            np.add.reduceat(a, np.array([0, 2])),
        )

    check(used, np.array([1.0, 3.0, 2.0]), np.array([0, 1, 1, 3]))


def test_lists_of_arrays_become_one():
    def made(n):
        rows = []
        for k in range(n):
            rows.append(np.arange(3.0) * k)
        return np.array(rows), np.vstack(rows), np.concatenate(rows), np.array(rows, dtype=np.int32)

    check(made, 2)
    check(made, 1)


def test_numbers_are_looked_for_in_arrays():
    def found(a, x):
        return x in a, x + 1 not in a, 2 in a[:1]

    check(found, np.array([[1, 2], [3, 4]]), 3)
    check(found, np.array([1.5, np.nan]), np.nan)


def test_conditions_that_are_ignored():
    def divided(a):
        with np.errstate(divide="ignore", invalid="ignore"):
            b = a / 0
        with np.errstate(all="ignore"):
            return b, np.log(a)

    check(divided, np.array([1.0, 0.0, -1.0]))


def test_clocks():
    @jit
    def waited():
        start = time.perf_counter()
        return time.perf_counter() - start, time.time()

    before = time.time()
    passed, now = waited()
    assert passed >= 0
    assert before <= now <= time.time()
