"""What compiled code does with dicts and sets, written once for keys and values of any type.

A table has cells in the order in which keys came, each with its key's hash code, key and value
(None in a set), and twice as many slots as cells. A slot has the number of a cell, or -1; a key is
looked for from the slot that its code names on. A cell whose item is gone has the code -1 until the
table grows.

`Table` and the functions up to `trade` say in Python what the compiler's own steps are; it calls
the others by name, and compiles each for the types that it is called with.
"""

from __future__ import annotations

from typing import Any

from stook._jit import jit

# -- steps of the compiler's own ------------------------------------------------------------------


class Table:
    """A dict or set, with room for so many items."""

    def __init__(self, room: int = 0) -> None:
        self.cells: list[Any] = []
        self.slots = [-1] * (2 * room)
        self.live = 0

    def __len__(self) -> int:
        return self.live


def hash_code(key: Any) -> int:
    """Return a number from 0 on that equal keys share."""
    return hash(key) & (2**63 - 1)


def used(table: Any) -> int:
    """Return how many cells are taken."""
    return len(table.cells)


def capacity(table: Any) -> int:
    """Return how many cells there is room for."""
    return len(table.slots) // 2


def code_at(table: Any, k: int) -> int:
    """Return the hash code of a cell."""
    return int(table.cells[k][0])


def key_at(table: Any, k: int) -> Any:
    """Return the key of a cell."""
    return table.cells[k][1]


def value_at(table: Any, k: int) -> Any:
    """Return the value of a cell."""
    return table.cells[k][2]


def slot(table: Any, at: int) -> int:
    """Return the number of the cell that a slot leads to, or -1."""
    return int(table.slots[at])


def set_slot(table: Any, at: int, k: int) -> None:
    """Let a slot lead to a cell."""
    table.slots[at] = k


def sized(table: Any, room: int) -> Any:
    """Return a new table of the same type with room for so many items."""
    return type(table)(room)


def add_cell(table: Any, code: int, key: Any, value: Any) -> None:
    """Take the next cell, which there is, for an item."""
    table.cells.append((code, key, value))
    table.live += 1


def set_value(table: Any, k: int, value: Any) -> None:
    """Give the item of a cell another value."""
    table.cells[k] = (*table.cells[k][:2], value)


def drop_cell(table: Any, k: int) -> None:
    """Let the item of a cell go."""
    table.cells[k] = (-1, None, None)
    table.live -= 1


def move_cell(made: Any, table: Any, k: int) -> None:
    """Take the next cell of a new table for the item of a cell of the old one."""
    add_cell(made, *table.cells[k])


def trade(table: Any, made: Any) -> None:
    """Give a table all that another has, which is left with nothing."""
    table.cells, table.slots, table.live = made.cells, made.slots, made.live
    made.cells, made.live = [], 0


# -- the library ----------------------------------------------------------------------------------


@jit
def find(table: Any, key: Any, code: int) -> int:
    """Return the number of the cell that has a key, or -1."""
    if capacity(table) == 0:
        return -1
    mask = 2 * capacity(table) - 1
    at = code & mask
    k = slot(table, at)
    while k >= 0:
        if code_at(table, k) == code and key_at(table, k) == key:
            return k
        at = (at + 1) & mask
        k = slot(table, at)
    return -1


@jit
def find_key(table: Any, key: Any) -> int:
    """Return the number of the cell that has a key, or -1."""
    return find(table, key, hash_code(key))


@jit
def link(table: Any, k: int, code: int) -> None:
    """Let the first free slot from that of a code on lead to a cell."""
    mask = 2 * capacity(table) - 1
    at = code & mask
    while slot(table, at) >= 0:
        at = (at + 1) & mask
    set_slot(table, at, k)


@jit
def grow(table: Any) -> None:
    """Make room for more items, without the cells of those that are gone."""
    room = max(8, capacity(table))
    while room < 2 * len(table):
        room *= 2
    made = sized(table, room)
    for k in range(used(table)):
        code = code_at(table, k)
        if code >= 0:
            move_cell(made, table, k)
            link(made, used(made) - 1, code)
    trade(table, made)


@jit
def store(table: Any, key: Any, value: Any) -> None:
    """Give a key a value."""
    code = hash_code(key)
    k = find(table, key, code)
    if k >= 0:
        set_value(table, k, value)
    else:
        add(table, key, value, code)


@jit
def add(table: Any, key: Any, value: Any, code: int) -> None:
    """Add a key that is not there."""
    if used(table) == capacity(table):
        grow(table)
    add_cell(table, code, key, value)
    link(table, used(table) - 1, code)


@jit
def ensure(table: Any, key: Any, value: Any) -> int:
    """Return the number of the cell that has a key; it is added where it is not there."""
    code = hash_code(key)
    k = find(table, key, code)
    if k >= 0:
        return k
    add(table, key, value, code)
    return used(table) - 1


@jit
def discard(table: Any, k: int) -> None:
    """Let the item of a cell go, if there is one."""
    if k >= 0:
        drop_cell(table, k)


@jit
def last(table: Any) -> int:
    """Return the number of the cell of the item that came last, or -1."""
    for k in range(used(table) - 1, -1, -1):
        if code_at(table, k) >= 0:
            return k
    return -1


@jit
def clear(table: Any) -> None:
    """Let all items go."""
    for k in range(used(table)):
        if code_at(table, k) >= 0:
            drop_cell(table, k)
    trade(table, sized(table, 0))


@jit
def become(table: Any, other: Any) -> None:
    """Take all that another table has, which nobody else will use."""
    clear(table)
    trade(table, other)


@jit
def merge_tables(table: Any, other: Any) -> None:
    """Add the items of another table."""
    for k in range(used(other)):
        if code_at(other, k) >= 0:
            store(table, key_at(other, k), value_at(other, k))


@jit
def common(made: Any, table: Any, other: Any) -> None:
    """Add the keys that two sets share."""
    for k in range(used(table)):
        if code_at(table, k) >= 0 and find(other, key_at(table, k), code_at(table, k)) >= 0:
            store(made, key_at(table, k), None)


@jit
def apart(made: Any, table: Any, other: Any) -> None:
    """Add the keys of a set that are not in another."""
    for k in range(used(table)):
        if code_at(table, k) >= 0 and find(other, key_at(table, k), code_at(table, k)) < 0:
            store(made, key_at(table, k), None)


@jit
def is_within(table: Any, other: Any) -> bool:
    """Return whether all keys of a table are in another."""
    for k in range(used(table)):
        if code_at(table, k) >= 0 and find_key(other, key_at(table, k)) < 0:
            return False
    return True


@jit
def equal_tables(table: Any, other: Any) -> bool:
    """Return whether two dicts have equal values for the same keys."""
    if len(table) != len(other):
        return False
    for k in range(used(table)):
        if code_at(table, k) >= 0:
            at = find_key(other, key_at(table, k))
            if at < 0 or value_at(other, at) != value_at(table, k):
                return False
    return True


@jit
def are_empty(table: Any, other: Any) -> bool:
    """Return whether neither of two tables has an item."""
    return len(table) == 0 and len(other) == 0
