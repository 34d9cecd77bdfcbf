"""`heapq`, `bisect`, `functools`, `operator` and `itertools`, against Python's own."""

import bisect
import functools
import heapq
import itertools
import operator
import random

import numpy as np
import pytest
from stook import CompileError, jit


def same(function, *args):
    found = jit(function)(*args)
    expected = function(*args)
    assert found == expected
    return found


@pytest.mark.parametrize("count", [0, 1, 2, 3, 10, 101])
def test_heaps_are_the_same_lists(count):
    numbers = random.Random(count)
    values = [numbers.randrange(30) for _ in range(count)]

    def heaps(values):
        heap = []
        for value in values:
            heapq.heappush(heap, value)
        pushed = heap.copy()
        made = values.copy()
        heapq.heapify(made)
        heapified = made.copy()
        other = heapq.heappushpop(made, 7)
        order = []
        while heap:
            order.append(heapq.heappop(heap))
        return pushed, heapified, made, other, order, heapq.nsmallest(3, values)

    same(heaps, [*values, 1])

    def largest(values):
        first = heapq.heapreplace(values, 50)
        return (
            first,
            values,
            heapq.nlargest(2, values),
            heapq.nsmallest(2, values, key=lambda v: -v),
        )

    same(lambda values: largest(values.copy()), [*values, 1])


def test_shortest_ways():
    def distances(edges, source):
        best = {source: 0.0}
        heap = [(0.0, source)]
        while heap:
            so_far, here = heapq.heappop(heap)
            if so_far > best[here]:
                continue
            for other, length in edges.get(here, []):
                if so_far + length < best.get(other, np.inf):
                    best[other] = so_far + length
                    heapq.heappush(heap, (best[other], other))
        return best

    same(distances, {0: [(1, 4.0), (2, 1.0)], 2: [(1, 2.0), (3, 5.0)], 1: [(3, 1.0)]}, 0)


def test_an_empty_heap_has_no_least():
    with pytest.raises(IndexError, match="index out of range"):
        jit(lambda heap: heapq.heappop(heap[1:]))([1])
    with pytest.raises(IndexError, match="index out of range"):
        jit(lambda heap: heapq.heapreplace(heap[1:], 2))([1])


def test_places_in_what_is_sorted():
    def places(a, array, x):
        lo = bisect.bisect_left(a, x), bisect.bisect_right(a, x), bisect.bisect(a, x, 1, 3)
        keyed = bisect.bisect_left(a, -x, key=lambda v: -v)
        bisect.insort(a, x)
        bisect.insort_left(a, 2)
        return lo, keyed, bisect.bisect(array, x), a

    for x in (0, 2, 3, 9):
        same(lambda x: places([1, 2, 2, 5], (1.0, 2.0), x), x)
        same(lambda x: places([1, 2, 2, 5], np.array([1.0, 2.0]), x), x)
    with pytest.raises(ValueError, match="lo must be non-negative"):
        jit(lambda a: bisect.bisect(a, 1, -1))([1])


def test_reduce_and_accumulate():
    def folded(values):
        return (
            functools.reduce(lambda a, b: a * b, values),
            functools.reduce(operator.add, values, 10),
            functools.reduce(max, values),
            list(itertools.accumulate(values)),
            list(itertools.accumulate(values, operator.mul)),
            list(itertools.accumulate(values, initial=5)),
            [operator.neg(v) for v in values],
        )

    same(folded, [3, 1, 2])
    same(folded, (3, 1, 2))
    with pytest.raises(TypeError, match="empty iterable with no initial value"):
        jit(lambda values: functools.reduce(operator.add, values[1:]))([1])


def test_combinations_of_items():
    def all_of_them(values, text):
        made = []
        for a, b in itertools.product(values, text):
            made.append((a, b))
        for a, b, c in itertools.combinations(values, 3):
            if a == 2:
                break
            made.append((a + b + c, "x"))
        return (
            made,
            list(itertools.product(values, repeat=2)),
            list(itertools.permutations(values, 2)),
            [a * b for a, b in itertools.combinations_with_replacement(values, 2)],
            sum(a * b for a, b in itertools.combinations(values, r=2)),
            len(list(itertools.combinations(values, 1))),
        )

    for values in ([1, 2, 3, 4], [1], [1, 2]):
        same(all_of_them, values, "ab")

    with pytest.raises(CompileError, match="known by a number that stands in the source"):
        jit(lambda values, r: list(itertools.combinations(values, r)))([1], 1)


def test_iterators_of_items():
    def all_of_them(values):
        made = []
        for a, b in itertools.pairwise(values):
            made.append(a - b)
        return (
            made,
            list(itertools.chain(values, made, range(3))),
            list(itertools.takewhile(lambda v: v < 3, values)),
            list(itertools.dropwhile(lambda v: v < 3, values)),
            list(itertools.filterfalse(lambda v: v < 3, values)),
            list(itertools.starmap(lambda a, b: a * b, [(1, 2), (3, 4)])),
            list(itertools.repeat("x", 2)),
        )

    same(all_of_them, [1, 5, 2, 2])
    with pytest.raises(CompileError, match=r"itertools\.cycle"):
        jit(lambda values: list(itertools.cycle(values)))([1])
