"""Dicts and sets in compiled functions: what the plain Python function gives."""

import copy
import math
import random
import types

import numpy as np
import pytest
import stook
from stook import _tables


def outcome(function, args):
    """Return what a call returns or raises, and what it leaves in its arguments."""
    args = copy.deepcopy(args)
    try:
        return function(*args), args
    except Exception as error:
        return type(error), error.args, args


def same(function, *args):
    """Compare a function with its compiled form, by machine code and by its routines' meaning."""
    compiled = stook.jit(function)
    expected = outcome(function, args)
    assert repr(outcome(compiled, args)) == repr(expected)
    assert repr(outcome(compiled.interpret, args)) == repr(expected)


def test_items():
    def counted(values):
        counts = {}
        for x in values:
            if x in counts:
                counts[x] += 1
            else:
                counts[x] = 1
        return counts, len(counts), values[-1] in counts

    same(counted, [3, 1, 3, 2, 3, 1])
    same(counted, [0.5, -0.0, 0.0, 1e300])
    same(counted, [(1, 2.0), (1, 2.5), (1, 2.0)])
    same(counted, [True, False, True])

    def looked_up(table, key):
        return table[key]

    same(looked_up, {1: 2.5, 3: 4.5}, 3)
    same(looked_up, {1: 2.5, 3: 4.5}, 7)
    same(looked_up, {(1, 2): 5}, (2, 1))

    def deleted(table, key):
        del table[key]
        table[9] = 9
        return table

    same(deleted, {1: 2, 3: 4}, 1)
    same(deleted, {1: 2, 3: 4}, 5)

    def display(k):
        return {1: k, 2: k + 1}, {}, {k: (k, 0.5)}

    same(display, 3)


def test_methods():
    def others(table):
        a = table.get(1, -1), table.get(5, -1)
        b = table.setdefault(1, 7), table.setdefault(6, 7)
        c = table.pop(1), table.pop(99, -5)
        other = table.copy()
        other[50] = 1
        table.update({2: 20, 70: 3})
        table.update([(80, 1), (81, 2)])
        d = other.popitem()
        e = list(table), list(table.keys()), list(table.values()), sorted(table.items())
        f = sum(table.values()), max(table), min(table.items())
        table |= {0: 0}
        return a, b, c, other, d, e, f, table | {-1: 5}, table == other, other == other.copy()

    same(others, {1: 2, 3: 4})

    def missing(table):
        return table.pop(5)

    same(missing, {1: 2})

    def emptied(table):
        table.clear()
        table[1] = 1
        table.popitem()
        return table.popitem()

    same(emptied, {1: 2})


def test_iteration():
    def walked(table):
        keys, total = [], 0
        for k in table:
            keys.append(k)
        for v in table.values():
            total += v
        for k, v in table.items():
            keys.append(k * v)
        for n, (k, v) in enumerate(table.items()):
            keys.append(n + k + v)
        return keys, total, [k for k in table if k > 1], {v: k for k, v in table.items()}

    same(walked, {3: 1, 1: 2, 2: 5})
    same(walked, {})

    def changed(table):
        for k in table:
            table[k + 10] = 1

    same(changed, {1: 1})

    def updated(table):
        for k in table:
            table[k] = table[k] + 1
        return table

    same(updated, {1: 1, 2: 5})


def test_sets():
    def methods(a, b):
        c = {1, 2, 3}
        c.add(4)
        c.add(4)
        c.discard(1)
        c.discard(100)
        c.remove(2)
        d = {x % 5 for x in a}
        e = set(b), set(), {7}
        e[1].add(1)
        f = len(a & b), sorted(a | b), sorted(a - b), sorted(a ^ b)
        g = a <= b, a < b, a >= b, a > b, a == b, a != b, {1} <= {1, 2}, {1, 2} > {1}
        h = sorted(a.union(b)), sorted(a.intersection(b)), sorted(a.difference(b))
        k = a.issubset(b), a.issuperset(b), a.isdisjoint(b), sorted(a.symmetric_difference(b))
        a |= {100}
        a &= {100, 3, 1}
        b -= {1}
        return sorted(c), sorted(d), e, f, g, h, k, sorted(a), sorted(b), 3 in a, sum(a)

    same(methods, {1, 2, 3}, {3, 4, 5})
    same(methods, {1}, {1})
    same(methods, {1, 8}, {9})

    def missing(a):
        a.remove(9)

    same(missing, {1})

    def popped(a):
        total = 0
        while a:
            total += a.pop()
        return total, a

    same(popped, {1, 5, 9})


@pytest.mark.parametrize("seed", range(4))
def test_many_operations(seed):
    def run(steps):
        table = {}
        log = []
        for op, key, value in steps:
            if op < 5:
                table[key] = value
            elif op < 8:
                if key in table:
                    del table[key]  # noqa: RUF051
            else:
                log.append(table.get(key, -1))
        return table, log, len(table)

    rng = random.Random(seed)
    steps = [(rng.randrange(9), rng.randrange(-200, 200), k) for k in range(3000)]
    expected = run(steps)
    assert stook.jit(run)(steps) == expected
    assert list(stook.jit(run)(steps)[0]) == list(expected[0])


def test_values_that_own_memory():
    def grouped(values):
        groups = {}
        for x in values:
            if x % 3 not in groups:
                groups[x % 3] = []
            groups[x % 3].append(x)
        groups[0] = [1]
        groups.pop(1)
        rows = {k: np.full(2, float(k)) for k in groups}
        return groups, [(k, rows[k]) for k in rows]

    values = [1, 2, 3, 4, 5, 6, 7]
    assert repr(stook.jit(grouped)(values)) == repr(grouped(values))

    def nested(n):
        table = {}
        for k in range(n):
            table[k] = {j: k * j for j in range(k)}
        return table, sum(len(inner) for inner in table.values())

    same(nested, 5)


def test_arguments_are_changed_as_python_changes_them():
    def change(table, items):
        table[5] = [1]
        table[1].append(7)
        items.add(9)
        return table

    first = [0]
    table, items = {1: first}, {1}
    assert stook.jit(change)(table, items) is table
    assert table == {1: [0, 7], 5: [1]} and table[1] is first and items == {1, 9}

    def filled(table):
        table[1] = 2.5

    table = {}
    stook.jit(filled)(table)
    assert table == {1: 2.5}


def test_float_keys():
    def f(table):
        table[-0.0] = 1
        table[0.0] = 2
        return table, 0.0 in table, math.nan in table

    same(f, {0.5: 3})

    def small(values):
        return {x: 1 for x in values}  # noqa: C420

    values = list(np.array([-1, 5, -128], np.int8))
    assert stook.jit(small)(values) == small(values)


def test_refusals():
    with pytest.raises(TypeError, match="'table' has items of several types"):
        stook.jit(lambda table: len(table))({1: 1, 2: 0.5})
    with pytest.raises(stook.CompileError, match="as a key"):
        stook.jit(lambda: {(1, np.zeros(1)): 1})()


def test_the_library_in_python():
    rng = random.Random(3)
    table, known = _tables.Table(), {}
    plain = dict(vars(_tables))
    for name, function in vars(_tables).items():
        if hasattr(function, "py_func"):
            plain[name] = types.FunctionType(function.py_func.__code__, plain)
    for k in range(2000):
        key = rng.randrange(60)
        if rng.random() < 0.6:
            plain["store"](table, key, k)
            known[key] = k
        elif key in known:
            plain["discard"](table, plain["find_key"](table, key))
            del known[key]
    cells = [cell[1:] for cell in table.cells if cell[0] >= 0]
    assert cells == list(known.items()) and len(table) == len(known)
