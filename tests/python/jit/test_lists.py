"""Lists in compiled functions: what the plain Python function gives, errors and their text too."""

import copy
import gc

import numpy as np
import pytest
import stook


def outcome(function, args):
    """Return what a call returns or raises, and what it leaves in its arguments."""
    args = copy.deepcopy(args)
    try:
        return function(*args), args
    except Exception as error:
        return type(error), str(error), args


def same(function, *args):
    """Compare a function with its compiled form, by machine code and by its routines' meaning."""
    compiled = stook.jit(function)
    expected = outcome(function, args)
    found = outcome(compiled, args)
    assert repr(found) == repr(expected)
    assert repr(outcome(compiled.interpret, args)) == repr(expected)
    return compiled


def test_displays_appending_and_items():
    def squares(n):
        found = []
        for k in range(n):
            found.append(k * k)
        found[0] = -1
        found[-1] += 5
        return found, found[0], found[-1], len(found)

    same(squares, 10)
    same(squares, 1)
    same(squares, 0)

    def mixed():
        return [1, 2, 3], [1.5, 2.0], [(1, 2.0), (3, 4.0)], [[1, 2], [3]], [True, False]

    same(mixed)

    def aliased():
        a = [1, 2]
        b = a
        b.append(3)
        c = a + [4]  # noqa: RUF005
        c[0] = 9
        return a, b, c

    same(aliased)


def test_an_empty_list_is_what_is_put_into_it():
    def later(n):
        stack = []
        total = 0.0
        for k in range(n):
            if stack:
                total += stack.pop()
            if k % 3:
                stack.append(k * 0.5)
        return total, stack

    same(later, 10)

    def nested(n):
        grid = [[] for _ in range(n)]
        for k in range(3 * n):
            grid[k % n].append(k)
        return grid

    same(nested, 4)

    def never():
        found = []
        total = 0
        for x in found:
            total += x
        return total, len(found), found

    same(never)

    def asked():
        return [][0]

    same(asked)

    def widened(n):
        found = []
        for k in range(n):
            found.append(k)
            found.append(k / 2)
        return found

    assert stook.jit(widened)(2) == widened(2)


def put(target, value):
    target.append(value)


def last_of(values):
    return values[-1]


put_compiled, last_compiled = stook.jit(put), stook.jit(last_of)


def test_functions_share_lists_by_reference():
    def caller(n):
        found = []
        for k in range(n):
            put_compiled(found, k + 0.5)
        return found, last_compiled(found)

    assert stook.jit(caller)(4) == ([0.5, 1.5, 2.5, 3.5], 3.5)


@pytest.mark.parametrize("at", [-9, -5, -2, -1, 0, 1, 3, 5, 9])
def test_places(at):
    def insert(values, at):
        values.insert(at, 7)
        return values

    same(insert, [1, 2, 3, 4, 5], at)

    def pop(values, at):
        return values.pop(at), values

    same(pop, [1, 2, 3, 4, 5], at)

    def delete(values, at):
        del values[at]
        return values

    same(delete, [1, 2, 3, 4, 5], at)

    def item(values, at):
        return values[at]

    same(item, [1, 2, 3, 4, 5], at)

    def assign(values, at):
        values[at] = 7
        return values

    same(assign, [1, 2, 3, 4, 5], at)


def test_slices():
    def read(values, a, b, c):
        return values[a:b], values[a:], values[:b], values[::c], values[a:b:c]

    for a in (-7, -2, 0, 1, 3, 9):
        for b in (-7, -1, 0, 2, 5, 9):
            for c in (-2, -1, 1, 2, 3):
                assert stook.jit(read)([1, 2, 3, 4, 5], a, b, c) == read([1, 2, 3, 4, 5], a, b, c)

    def change(values, a, b, others):
        values[a:b] = others
        first = values.copy()
        del values[a:b]
        return first, values

    for others in ([], [7], [7, 8, 9, 10]):
        for a, b in [(0, 0), (1, 3), (3, 1), (-2, 9), (0, 5)]:
            same(change, [1, 2, 3, 4, 5], a, b, others)


def test_methods():
    def search(values, x):
        return values.index(x), values.count(x), x in values, x not in values

    same(search, [3, 1, 3, 2], 3)
    same(search, [3, 1, 3, 2], 9)
    same(search, [(1, 2), (3, 4)], (3, 4))
    same(search, [(1, 2), (3, 4)], (3, 5))

    def remove(values, x):
        values.remove(x)
        return values

    same(remove, [3, 1, 3, 2], 3)
    same(remove, [3, 1, 3, 2], 9)

    def others(values):
        values.reverse()
        copied = values.copy()
        values.extend(values)
        values.extend(range(3))
        values += [8, 9]
        values *= 2
        both = values + copied
        values.clear()
        values.append(1)
        return values, copied, both, 3 * copied, copied * 0

    same(others, [1, 2, 3])

    def empty(values):
        values.pop()
        values.pop()
        return values

    same(empty, [1])


def test_comprehensions():
    def made(n):
        a = [k * k for k in range(n) if k % 2]
        b = [(i, j) for i in range(n) for j in range(i) if i + j != 3]
        c = [[i * j for i in range(3)] for j in range(n)]
        d = [x + y for x, y in b if x > 1]
        e = [x for row in c for x in row]
        return a, b, c, d, e

    same(made, 5)
    same(made, 0)

    def scope(values):
        k = 10
        other = [k * 2 for k in values]
        return k, other

    same(scope, [1, 2, 3])

    def generators(values):
        return (
            sum(x * x for x in values),
            sum([x for x in values if x > 1]),
            max(x for x in values),
            min(values),
            any(x > 2 for x in values),
            all(x > 2 for x in values),
            list(x + 1 for x in values),  # noqa: C400
            sorted(x % 3 for x in values),
            any(x == y + 2 for x in values for y in values if y),
        )

    same(generators, [3, 1, 2])
    same(generators, [0.5, 0.25, 4.0])

    def stops(values):
        return any(1 / x > 0.4 for x in values)

    same(stops, [3, 2, 0])
    same(stops, [3, 4, 0])

    def nothing(values):
        return max(values)

    same(nothing, [])


@pytest.mark.parametrize("seed", range(6))
def test_sorting(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(0, 200))
    values = [int(x) for x in rng.integers(-20, 20, n)]
    pairs = [(x % 5, k) for k, x in enumerate(values)]

    def sort(values):
        values.sort()
        return values

    def down(values):
        values.sort(reverse=True)
        return values, sorted(values)

    for case in (values, [x / 3 for x in values], pairs):
        same(sort, case)
        same(down, case)


def test_iteration():
    def grows(values):
        total = 0
        for x in values:
            total += x
            if len(values) < 10:
                values.append(x + 1)
        return total, values

    same(grows, [1])

    def leaves(values):
        for k, x in enumerate(values):  # noqa: B007
            if x == 3:
                break
        else:
            return -1
        return k

    same(leaves, [1, 2, 3])
    same(leaves, [1, 2])

    def together(a, b):
        found = []
        for x, y in zip(a, b):  # noqa: B905
            found.append(x * y)
        for x in reversed(a):
            found.append(x)
        for row in [[1, 2], [3]]:
            found.extend(row)
        return found

    same(together, [1, 2, 3], [4, 5])

    def unpacked(values):
        a, b = values
        return b, a

    same(unpacked, [1, 2])
    same(unpacked, [1])
    same(unpacked, [1, 2, 3])


def test_from_other_iterables():
    def listed(n, array, pair):
        return list(range(n)), list(array), list(pair), [0] * n, [1.5, 2.5] * 2, sorted([2, 1])

    found = stook.jit(listed)(3, np.arange(2.0), (5, 6))
    assert repr(found) == repr(listed(3, np.arange(2.0), (5, 6)))

    def array(values, rows):
        return np.array(values), np.array([row for row in rows if len(row)])

    for args in [([1, 2, 3], [[1.0, 2.0], [3.0, 4.0]]), ([1.5], [(1, 2.5), (3, 4.5)])]:
        for own, theirs in zip(stook.jit(array)(*args), array(*args), strict=True):
            assert np.array_equal(own, theirs) and own.dtype == theirs.dtype


def test_lists_hold_arrays_and_lists():
    def rows(n):
        found = [np.zeros(2)]
        for k in range(n):
            row = np.full(3, float(k))
            found.append(row)
            row[0] = -1.0
        found.pop(0)
        last = found.pop()
        return found, last

    own, theirs = stook.jit(rows)(3), rows(3)
    assert repr(own) == repr(theirs)

    def shared(values):
        inner = [1]
        outer = [inner, inner]
        inner.append(2)
        outer[1].append(3)
        values.append(inner)
        inner = [9]
        return outer, values, inner

    same(shared, [[0]])


def test_arguments_are_changed_as_python_changes_them():
    def change(values, rows):
        values.append(4)
        rows[0].append(7)
        rows.append([8])
        return values

    values, rows = [1], [[1], [2]]
    first = rows[0]
    found = stook.jit(change)(values, rows)
    assert found is values and values == [1, 4]
    assert rows[0] is first and rows == [[1, 7], [2], [8]]

    def twice(a, b):
        a.append(1)
        return len(b)

    values = [0]
    assert stook.jit(twice)(values, values) == 2

    def fails(values):
        values.append(1)
        return values[10]

    values = [5]
    with pytest.raises(IndexError, match="list index out of range"):
        stook.jit(fails)(values)
    assert values == [5, 1]

    def filled(values):
        values.append(2.5)

    values = []
    stook.jit(filled)(values)
    assert values == [2.5]


def test_refusals_name_the_argument():
    @stook.jit
    def f(n, values):
        return len(values)

    with pytest.raises(TypeError, match="'values' has items of several types, int and float"):
        f(1, [1, 2.5])
    with pytest.raises(TypeError, match="'values' is a list of other objects"):
        f(1, [object()])

    @stook.jit
    def g(values):
        values.append(1.5)

    with pytest.raises(stook.CompileError, match="float among items of type int"):
        g([1])

    @stook.jit
    def h():
        return [1, (2, 3)]

    with pytest.raises(stook.CompileError, match="in one container"):
        h()


def test_no_memory_is_lost_in_long_calls():
    def many(n):
        total = 0
        for k in range(n):
            values = [k, k + 1]
            if values[0] % 2:
                continue
            rows = [[x] for x in values]
            if [x + 1 for x in values][-1] > 10**9:
                break
            total += rows[1][0] + sum([x + 0 for x in rows[0]])
            rows.pop()
        return total

    import resource

    compiled = stook.jit(many)
    assert compiled(1000) == many(1000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    compiled(1_000_000)
    gc.collect()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def test_too_many_items_raise_memory_error():
    @stook.jit
    def huge(n):
        return [0] * n

    with pytest.raises(MemoryError):
        huge(2**61)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64", "float32", "float64", "complex64"])
def test_arrays_become_lists_of_numbers_of_pythons(dtype):
    def lists(a):
        return a.tolist(), a[0].tolist(), a[0, 1].item(), a[:, None].tolist()

    array = np.arange(6).reshape(2, 3).astype(dtype)
    found, expected = stook.jit(lists)(array), lists(array)
    assert found == expected
    assert type(found[0][0][1]) is type(expected[0][0][1]) and type(found[2]) is type(expected[2])
