"""What compiled code does with lists beyond single items, written once for items of any type.

The compiler calls these functions by name, and compiles each for the types that it is called with.
Nothing here checks an index: whoever calls has done so. The first three are the compiler's own
steps, said in Python.
"""

from __future__ import annotations

import math
from typing import Any

from stook._jit import jit


def lengthen(values: Any, by: int) -> int:
    """Make room for more items at a list's end, which hold nothing yet; return where they begin."""
    first = len(values)
    values.extend([None] * by)
    return first


def place(values: Any, k: int, item: Any) -> None:
    """Put an item where a list holds nothing yet."""
    values[k] = item


def shorten(values: Any, by: int) -> None:
    """Let go of a list's last items."""
    del values[len(values) - by :]


@jit
def extend(values: Any, others: Any) -> None:
    """Add the items of another list, which may be the list itself."""
    count = len(others)
    first = lengthen(values, count)
    for k in range(count):
        place(values, first + k, others[k])


@jit
def take(made: Any, values: Any, start: int, count: int, step: int) -> None:
    """Add the items of a slice to a list."""
    first = lengthen(made, count)
    for k in range(count):
        place(made, first + k, values[start + k * step])


@jit
def repeat(made: Any, values: Any, times: int) -> None:
    """Add the items of a list to another, so many times."""
    count = len(values)
    if times <= 0 or count == 0:
        return
    first = lengthen(made, count * times)
    if count == 1:
        item = values[0]
        for k in range(times):
            place(made, first + k, item)
        return
    for turn in range(times):
        for k in range(count):
            place(made, first + turn * count + k, values[k])


@jit
def repeat_itself(values: Any, times: int) -> None:
    """Leave a list with its items so many times."""
    count = len(values)
    if times <= 0:
        shorten(values, count)
        return
    lengthen(values, count * (times - 1))
    for k in range(count, count * times):
        place(values, k, values[k - count])


@jit
def insert(values: Any, at: int, item: Any) -> None:
    """Put an item before the one at a place, as `list.insert` clips it."""
    count = len(values)
    if at < 0:
        at = max(at + count, 0)
    at = min(at, count)
    values.append(item)
    for k in range(count, at, -1):
        values[k] = values[k - 1]
    values[at] = item


@jit
def cut(values: Any, start: int, count: int) -> None:
    """Take items out of a list."""
    for k in range(start + count, len(values)):
        values[k - count] = values[k]
    shorten(values, count)


@jit
def replace(values: Any, start: int, count: int, others: Any) -> None:
    """Put the items of another list in the place of some."""
    new = others.copy()
    tail = len(values) - start - count
    more = len(new) - count
    if more > 0:
        for k in range(more):
            values.append(new[k])
        for k in range(tail - 1, -1, -1):
            values[start + len(new) + k] = values[start + count + k]
    elif more < 0:
        for k in range(tail):
            values[start + len(new) + k] = values[start + count + k]
        shorten(values, -more)
    for k in range(len(new)):
        values[start + k] = new[k]


@jit
def find(values: Any, item: Any, start: int) -> int:
    """Return the place of the first item that equals another, or -1."""
    if start < 0:
        start = max(start + len(values), 0)
    for k in range(start, len(values)):
        if values[k] == item:
            return k
    return -1


@jit
def count(values: Any, item: Any) -> int:
    """Return how many items equal another."""
    found = 0
    for k in range(len(values)):
        if values[k] == item:
            found += 1
    return found


@jit
def equal(values: Any, others: Any) -> bool:
    """Return whether two lists have equal items."""
    if len(values) != len(others):
        return False
    return all(values[k] == others[k] for k in range(len(values)))


@jit
def order(values: Any, others: Any) -> float:
    """Return a negative number where a list comes before another, a positive one where behind.

    NaN, of which no comparison holds, where it is neither: the first items that differ are so.
    """
    for k in range(min(len(values), len(others))):
        if values[k] != others[k]:
            if values[k] < others[k]:
                return -1.0
            return 1.0 if values[k] > others[k] else math.nan
    return float(len(values) - len(others))


@jit
def width(rows: Any) -> int:
    """Return the length that all of a list's lists have, or -1."""
    if len(rows) == 0:
        return 0
    first = len(rows[0])
    for k in range(1, len(rows)):
        if len(rows[k]) != first:
            return -1
    return first


@jit
def reverse(values: Any) -> None:
    """Turn a list around."""
    last = len(values) - 1
    for k in range(len(values) // 2):
        item = values[k]
        values[k] = values[last - k]
        values[last - k] = item


@jit
def sort(values: Any, descending: bool) -> None:
    """Sort a list: short runs by insertion, then runs merged in pairs; the order is stable."""
    if descending:
        reverse(values)
    count = len(values)
    run = 16
    for start in range(0, count, run):
        for k in range(start + 1, min(start + run, count)):
            item = values[k]
            at = k
            while at > start and item < values[at - 1]:
                values[at] = values[at - 1]
                at -= 1
            values[at] = item
    spare = values.copy() if count > run else values
    while run < count:
        for start in range(0, count, 2 * run):
            merge(values, spare, start, min(start + run, count), min(start + 2 * run, count))
        run *= 2
    if descending:
        reverse(values)


@jit
def merge(values: Any, spare: Any, start: int, middle: int, end: int) -> None:
    """Merge two neighbouring runs by way of another list."""
    if middle >= end or not values[middle] < values[middle - 1]:
        return
    for k in range(start, middle):
        spare[k] = values[k]
    left, right, at = start, middle, start
    while left < middle and right < end:
        if values[right] < spare[left]:
            values[at] = values[right]
            right += 1
        else:
            values[at] = spare[left]
            left += 1
        at += 1
    while left < middle:
        values[at] = spare[left]
        left += 1
        at += 1


@jit
def keys_of(values: Any, key: Any) -> Any:
    """Return what a function makes of each item of a list."""
    return [key(item) for item in values]


@jit
def sort_by(values: Any, keys: Any, descending: bool) -> None:
    """Sort a list by what another has in the places of its items; the order is stable."""
    if len(values) != len(keys):
        raise ValueError("list modified during sort")
    # The places keep equal keys in order, whichever way that goes.
    sign = -1 if descending else 1
    pairs = [(keys[k], sign * k) for k in range(len(keys))]
    sort(pairs, descending)
    before = values.copy()
    for k in range(len(pairs)):
        values[k] = before[sign * pairs[k][1]]


@jit
def best_place(keys: Any, greatest: bool) -> int:
    """Return the place of the first of a list's greatest or least items."""
    best = 0
    for k in range(1, len(keys)):
        if keys[k] > keys[best] if greatest else keys[k] < keys[best]:
            best = k
    return best


@jit
def to_list(array: Any) -> Any:
    """Return an array's elements as numbers of Python's, in lists within lists."""
    if array.ndim == 1:
        return [element.item() for element in array]
    return [to_list(part) for part in array]


@jit
def is_element(array: Any, number: Any) -> bool:
    """Return whether an element equals a number."""
    return any(element == number for element in array.flat)
