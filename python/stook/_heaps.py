"""What `heapq` does with lists, for compiled code: the same lists, item by item.

A heap is a list in which no item is less than the one at half its place.
"""

from __future__ import annotations

import heapq
from typing import Any

from stook._jit import compiled, jit

__all__ = ["FUNCTIONS"]


@jit
def rise(heap: Any, start: int, at: int) -> None:
    """Move an item towards a place, until none before it is greater."""
    item = heap[at]
    while at > start:
        above = (at - 1) >> 1
        if not item < heap[above]:
            break
        heap[at] = heap[above]
        at = above
    heap[at] = item


@jit
def sink(heap: Any, start: int) -> None:
    """Move an item to the bottom along the lesser ones, and up to its place from there."""
    count = len(heap)
    item = heap[start]
    at = start
    below = 2 * at + 1
    while below < count:
        if below + 1 < count and not heap[below] < heap[below + 1]:
            below += 1
        heap[at] = heap[below]
        at = below
        below = 2 * at + 1
    heap[at] = item
    rise(heap, start, at)


def heappush(heap: Any, item: Any) -> None:
    """Add an item."""
    heap.append(item)
    rise(heap, 0, len(heap) - 1)


def heappop(heap: Any) -> Any:
    """Take the least item out."""
    if len(heap) == 0:
        raise IndexError("index out of range")
    last = heap.pop()
    if len(heap) == 0:
        return last
    least = heap[0]
    heap[0] = last
    sink(heap, 0)
    return least


def heapify(heap: Any) -> None:
    """Make a heap of a list."""
    for k in range(len(heap) // 2 - 1, -1, -1):
        sink(heap, k)


def heappushpop(heap: Any, item: Any) -> Any:
    """Add an item, and take the least one out."""
    if len(heap) == 0 or not heap[0] < item:
        return item
    least = heap[0]
    heap[0] = item
    sink(heap, 0)
    return least


def heapreplace(heap: Any, item: Any) -> Any:
    """Take the least item out, and add another."""
    if len(heap) == 0:
        raise IndexError("index out of range")
    least = heap[0]
    heap[0] = item
    sink(heap, 0)
    return least


def nsmallest(n: int, iterable: Any, key: Any = None) -> Any:
    """Return the least items, in order."""
    return sorted(iterable, key=key)[: max(n, 0)]


def nlargest(n: int, iterable: Any, key: Any = None) -> Any:
    """Return the greatest items, in order."""
    return sorted(iterable, key=key, reverse=True)[: max(n, 0)]


FUNCTIONS = {
    getattr(heapq, function.__name__): compiled(function, [])
    for function in (heappush, heappop, heapify, heappushpop, heapreplace, nsmallest, nlargest)
}
"""What stands for each of `heapq`'s functions."""
