"""`explain` says which indices a loop checks before its first round, and why not others."""

import numpy as np
import pytest
import stook


def checks(function, *args, **options):
    """Return what became of the checks in a function's loops, lines counted from its own."""
    report = stook.explain(stook.jit(**options)(function), *args)
    first = function.__code__.co_firstlineno
    told = []
    for loop in report.versions[-1]["checks"]:
        before = [(line - first, text) for line, text in loop["before"]]
        within = [(line - first, text, why) for line, text, why in loop["within"]]
        told.append((loop["line"] - first, before, within))
    return told


def test_sums_of_the_loops_variable_are_checked_before_it():
    def f(a, n, m):
        for k in range(1, n - 1):
            a[k] = a[k - 1] + a[m + k]
            a[k] += 1

    expected = [(2, "k - 1"), (2, "m + k"), (2, "k"), (3, "k")]
    ((line, before, within),) = checks(f, np.zeros(9), 5, 1)
    assert (line, sorted(before), within) == (1, sorted(expected), [])


def each(a, n):
    for x in a:
        a[n] += x


def product(a, n):
    for k in range(n):
        a[2 * k] = 1


def last(a, n):
    for _ in range(n):
        a[-1] = 1


def nested(a, n):
    for k in range(n):
        for _ in range(n):
            pass
        a[k] = 1


def twice(a, n):
    for k in range(n):
        a[k + k] = 1


def swapped(a, n):
    b = a
    for k in range(n):
        a[k] = 1
        a, b = b, a


def moved(a, n):
    j = 0
    for _ in range(n):
        a[j] = 1
        j = j + 1


def of_list(a, n):
    items = [1, 2, 3]
    for k in range(n):
        items[k] = 1


@pytest.mark.parametrize(
    ("function", "line", "text", "reason"),
    [
        (each, 1, "n", "the loop is not a for over a range"),
        (product, 1, "2 * k", "it is not a sum of ints' names and numbers"),
        (last, 1, "-1", "it counts from the end"),
        (nested, 1, "k", "the loop has another loop in it"),
        (twice, 1, "k + k", "the loop's variable stands in it twice"),
        (swapped, 2, "k", "the array's name is given other arrays in the loop"),
        (moved, 2, "j", "a name in it is given other values in the loop"),
        (of_list, 2, "k", "a list's length may change"),
    ],
)
def test_a_check_that_stays_has_its_reason(function, line, text, reason):
    told = {loop[0]: loop[1:] for loop in checks(function, np.zeros(9), 2)}
    before, within = told[line]
    assert before == []
    assert [(text, why) for _, text, why in within] == [(text, reason)]


def test_loops_of_functions_that_are_called_are_listed():
    @stook.jit
    def inner(a):
        s = 0.0
        for k in range(a.size):
            s += a[k]
        return s

    def f(a):
        return inner(a)

    report = stook.explain(stook.jit(f), np.ones(3))
    (loop,) = report.versions[0]["checks"]
    assert loop["function"] == "inner"
    assert [text for _, text in loop["before"]] == ["k"]


def test_rounds_at_the_same_time_are_named():
    def f(a):
        s = 0.0
        for k in stook.prange(a.size):
            s += a[k]
        for k in range(a.size):
            a[k] = s

    report = stook.explain(stook.jit(parallel=True)(f), np.ones(3))
    assert [loop["parallel"] for loop in report.versions[0]["checks"]] == [True, False]
    assert "on all threads" in str(report)


def test_without_bounds_nothing_is_checked():
    def f(a, n):
        for k in range(n):
            a[2 * k] = a[k]

    assert checks(f, np.zeros(9), 2, boundscheck=False) == [(1, [], [])]


def test_the_text_names_loops_indices_and_reasons():
    def f(a, j):
        for k in range(a.size):
            a[k] += a[j[k]]

    text = str(stook.explain(stook.jit(f), np.zeros(3), np.arange(3)))
    line = f.__code__.co_firstlineno + 1
    assert f"loop in f, test_explained_loops.py:{line}:" in text
    assert f"checked before its first round: [k] of line {line + 1}" in text
    assert f"[j[k]] of line {line + 1}, as it is not a sum of ints' names and numbers" in text
