"""What compiled code does with strings, written once.

A string is code points that nobody changes; `points_of` reads them, and `text_of` makes a string of
what `blank` made. These and other functions at first say in Python what the compiler's own steps
are; it calls the others by name. Parts of strings share their memory, and so does a string with
what it grew from, where there was room behind it. Where a function takes ends, they are a slice's.
"""

from __future__ import annotations

from typing import Any

from stook._extern import Extern
from stook._jit import jit
from stook._number_types import NAMES, Pointer, voidptr
from stook._stook import text_functions

_INT, _POINTS = NAMES["int64"], Pointer(NAMES["uint32"])
_WRITE, _CLAIM = text_functions()

write_number = Extern("write_number", _WRITE, (_INT, NAMES["uint64"], _POINTS), _INT, None)
claim = Extern("claim", _CLAIM, (_POINTS, voidptr, _INT, _INT), _INT, None)

# -- steps of the compiler's own ------------------------------------------------------------------


def points_of(text: Any) -> Any:
    """Return the code points of a string."""
    return [ord(character) for character in text]


def blank(count: int) -> Any:
    """Return room for so many code points."""
    return [0] * count


def text_of(points: Any) -> Any:
    """Return the string of code points that nobody changes any more."""
    return "".join(map(chr, points))


def roomy(count: int, room: int) -> Any:
    """Return room for so many code points, with some behind it for more."""
    return [0] * count


def reaching(text: Any, count: int) -> Any:
    """Return a string's code points with those behind it that were claimed."""
    return points_of(text) + [0] * (count - len(text))


def owner_of(text: Any) -> Any:
    """Return the memory that a string lies in."""
    return None


# -- made of others -------------------------------------------------------------------------------


@jit
def put_text(made: Any, at: int, text: Any) -> int:
    """Write a string's code points from a place on; return where they end."""
    points = points_of(text)
    for k in range(len(points)):
        made[at + k] = points[k]
    return at + len(points)


@jit
def add_texts(first: Any, second: Any) -> Any:
    """Return one string after another."""
    if len(first) == 0:
        return second
    if len(second) == 0:
        return first
    count = len(first) + len(second)
    if claim(points_of(first), owner_of(first), len(first), len(second)) != 0:
        longer = reaching(first, count)
        put_text(longer, len(first), second)
        return text_of(longer)
    # What grew once may do so again.
    made = roomy(count, 2 * count if len(first) >= 64 else count)
    put_text(made, put_text(made, 0, first), second)
    return text_of(made)


@jit
def repeat_text(text: Any, times: int) -> Any:
    """Return a string so many times."""
    if times <= 0 or len(text) == 0:
        return ""
    made = blank(len(text) * times)
    at = 0
    for _ in range(times):
        at = put_text(made, at, text)
    return text_of(made)


@jit
def stepped_text(text: Any, start: int, count: int, step: int) -> Any:
    """Return the characters of a slice with a step."""
    points = points_of(text)
    made = blank(count)
    for k in range(count):
        made[k] = points[start + k * step]
    return text_of(made)


@jit
def join_texts(between: Any, items: Any) -> Any:
    """Return a list's strings, with one between them."""
    count = len(items)
    if count == 0:
        return ""
    total = len(between) * (count - 1)
    for k in range(count):
        total += len(items[k])
    made = blank(total)
    at = 0
    for k in range(count):
        if k > 0:
            at = put_text(made, at, between)
        at = put_text(made, at, items[k])
    return text_of(made)


@jit
def replace_text(text: Any, old: Any, new: Any, most: int) -> Any:
    """Return a string with another in the place of its parts that equal one, the first so many."""
    found = count_text(text, old, 0, len(text))
    if most >= 0:
        found = min(found, most)
    if found == 0:
        return text
    points = points_of(text)
    made = blank(len(text) + found * (len(new) - len(old)))
    start, at = 0, 0
    for k in range(found):
        # An empty one is found before each character and at the end.
        end = find_text(text, old, start, len(text)) if len(old) > 0 else k
        for place in range(start, end):
            made[at] = points[place]
            at += 1
        at = put_text(made, at, new)
        start = end + len(old)
    for place in range(start, len(points)):
        made[at] = points[place]
        at += 1
    return text_of(made)


@jit
def text_of_number(what: int, bits: Any) -> Any:
    """Return a real number as Python writes it, by the number of its type and its bits."""
    made = blank(32)
    count = write_number(what, bits, made)
    return text_of(made)[:count]


# -- comparisons ----------------------------------------------------------------------------------


@jit
def equal_texts(first: Any, second: Any) -> bool:
    """Return whether two strings have the same characters."""
    if len(first) != len(second):
        return False
    a, b = points_of(first), points_of(second)
    return all(a[k] == b[k] for k in range(len(a)))


@jit
def order_texts(first: Any, second: Any) -> int:
    """Return -1, 0 or 1: whether a string comes before another, equals it, or comes after it."""
    a, b = points_of(first), points_of(second)
    for k in range(min(len(a), len(b))):
        if a[k] != b[k]:
            return -1 if a[k] < b[k] else 1
    if len(a) == len(b):
        return 0
    return -1 if len(a) < len(b) else 1


# -- places ---------------------------------------------------------------------------------------


@jit
def clipped(end: int, count: int) -> int:
    """Return an end of a slice as a place from 0 on."""
    return max(end + count, 0) if end < 0 else end


@jit
def is_at(points: Any, wanted: Any, at: int) -> bool:
    """Return whether code points, which have room there, have others at a place."""
    return all(points[at + k] == wanted[k] for k in range(len(wanted)))


@jit
def find_text(text: Any, part: Any, start: int, end: int) -> int:
    """Return the first place of a string in another between two ends, or -1."""
    points, wanted = points_of(text), points_of(part)
    start, end = clipped(start, len(points)), min(clipped(end, len(points)), len(points))
    for at in range(start, end - len(wanted) + 1):
        if is_at(points, wanted, at):
            return at
    return -1


@jit
def rfind_text(text: Any, part: Any, start: int, end: int) -> int:
    """Return the last place of a string in another between two ends, or -1."""
    points, wanted = points_of(text), points_of(part)
    start, end = clipped(start, len(points)), min(clipped(end, len(points)), len(points))
    for at in range(end - len(wanted), start - 1, -1):
        if is_at(points, wanted, at):
            return at
    return -1


@jit
def has_text(text: Any, part: Any) -> bool:
    """Return whether a string is part of another."""
    return find_text(text, part, 0, len(text)) >= 0


@jit
def count_text(text: Any, part: Any, start: int, end: int) -> int:
    """Return how often a string stands in another between two ends, one place after another."""
    points, wanted = points_of(text), points_of(part)
    start, end = clipped(start, len(points)), min(clipped(end, len(points)), len(points))
    if len(wanted) == 0:
        return max(end - start + 1, 0)
    found = 0
    while start + len(wanted) <= end:
        if is_at(points, wanted, start):
            found += 1
            start += len(wanted)
        else:
            start += 1
    return found


@jit
def startswith_text(text: Any, part: Any, start: int, end: int) -> bool:
    """Return whether what lies between two ends begins with a string."""
    points, wanted = points_of(text), points_of(part)
    start, end = clipped(start, len(points)), min(clipped(end, len(points)), len(points))
    return end - start >= len(wanted) and is_at(points, wanted, start)


@jit
def endswith_text(text: Any, part: Any, start: int, end: int) -> bool:
    """Return whether what lies between two ends ends with a string."""
    points, wanted = points_of(text), points_of(part)
    start, end = clipped(start, len(points)), min(clipped(end, len(points)), len(points))
    return end - start >= len(wanted) and is_at(points, wanted, end - len(wanted))


# -- parts ----------------------------------------------------------------------------------------


@jit
def removeprefix_text(text: Any, part: Any) -> Any:
    """Return a string without another at its start."""
    return text[len(part) :] if startswith_text(text, part, 0, len(text)) else text


@jit
def removesuffix_text(text: Any, part: Any) -> Any:
    """Return a string without another at its end."""
    has = endswith_text(text, part, 0, len(text))
    return text[: len(text) - len(part)] if has else text


@jit
def partition_text(text: Any, between: Any) -> Any:
    """Return what is before the first place of a string, that string, and what is after it."""
    at = find_text(text, between, 0, len(text))
    if at < 0:
        return text, "", ""
    return text[:at], between, text[at + len(between) :]


@jit
def rpartition_text(text: Any, between: Any) -> Any:
    """Return what is before the last place of a string, that string, and what is after it."""
    at = rfind_text(text, between, 0, len(text))
    if at < 0:
        return "", "", text
    return text[:at], between, text[at + len(between) :]


@jit
def split_text(text: Any, between: Any, most: int) -> Any:
    """Return what lies between the places of a string, the first so many."""
    found: list[Any] = []
    start = 0
    while most != 0:
        at = find_text(text, between, start, len(text))
        if at < 0:
            break
        found.append(text[start:at])
        start = at + len(between)
        most -= 1
    found.append(text[start:])
    return found


@jit
def rsplit_text(text: Any, between: Any, most: int) -> Any:
    """Return what lies between the places of a string, the last so many."""
    found: list[Any] = []
    end = len(text)
    while most != 0:
        at = rfind_text(text, between, 0, end)
        if at < 0:
            break
        found.append(text[at + len(between) : end])
        end = at
        most -= 1
    found.append(text[:end])
    found.reverse()
    return found


@jit
def split_spaces(text: Any, most: int) -> Any:
    """Return what lies between white space, the first so many parts and the rest."""
    points = points_of(text)
    found: list[Any] = []
    at = 0
    while True:
        while at < len(points) and is_space(points[at]):
            at += 1
        if at == len(points):
            return found
        if most == 0:
            found.append(text[at:])
            return found
        start = at
        while at < len(points) and not is_space(points[at]):
            at += 1
        found.append(text[start:at])
        most -= 1


@jit
def rsplit_spaces(text: Any, most: int) -> Any:
    """Return what lies between white space, the rest and the last so many parts."""
    points = points_of(text)
    found: list[Any] = []
    end = len(points)
    while True:
        while end > 0 and is_space(points[end - 1]):
            end -= 1
        if end == 0:
            break
        if most == 0:
            found.append(text[:end])
            break
        start = end
        while start > 0 and not is_space(points[start - 1]):
            start -= 1
        found.append(text[start:end])
        end = start
        most -= 1
    found.reverse()
    return found


@jit
def lines_of_text(text: Any, keeps: bool) -> Any:
    """Return a string's lines, with what ends them if that is kept."""
    points = points_of(text)
    found: list[Any] = []
    start = 0
    while start < len(points):
        end = start
        while end < len(points) and not ends_line(points[end]):
            end += 1
        after = min(end + 1, len(points))
        if end + 1 < len(points) and points[end] == 13 and points[end + 1] == 10:
            after = end + 2
        found.append(text[start : after if keeps else end])
        start = after
    return found


@jit
def strip_spaces(text: Any, left: bool, right: bool) -> Any:
    """Return a string without white space at its start, its end, or both."""
    points = points_of(text)
    start, end = 0, len(points)
    while left and start < end and is_space(points[start]):
        start += 1
    while right and start < end and is_space(points[end - 1]):
        end -= 1
    return text[start:end]


@jit
def strip_text(text: Any, of: Any, left: bool, right: bool) -> Any:
    """Return a string without some characters at its start, its end, or both."""
    points, others = points_of(text), points_of(of)
    start, end = 0, len(points)
    while left and start < end and is_among(points[start], others):
        start += 1
    while right and start < end and is_among(points[end - 1], others):
        end -= 1
    return text[start:end]


@jit
def is_among(point: Any, points: Any) -> bool:
    """Return whether a code point is one of several."""
    return any(points[k] == point for k in range(len(points)))


# -- kinds of characters --------------------------------------------------------------------------


@jit
def is_space(point: Any) -> bool:
    """Return whether a code point is white space."""
    if point < 128:
        return 9 <= point <= 13 or 28 <= point <= 32
    if 0x2000 <= point <= 0x200A or 0x2028 <= point <= 0x2029:
        return True
    if point == 0x85 or point == 0xA0 or point == 0x1680:
        return True
    return point == 0x202F or point == 0x205F or point == 0x3000


@jit
def ends_line(point: Any) -> bool:
    """Return whether a code point ends a line."""
    if point < 128:
        return 10 <= point <= 13 or 28 <= point <= 30
    return point == 0x85 or point == 0x2028 or point == 0x2029


@jit
def are_spaces(text: Any) -> bool:
    """Return whether a string is white space, and some."""
    points = points_of(text)
    for k in range(len(points)):
        if not is_space(points[k]):
            return False
    return len(points) > 0


@jit
def is_ascii(text: Any) -> bool:
    """Return whether all code points are below 128."""
    points = points_of(text)
    return all(points[k] < 128 for k in range(len(points)))


@jit
def is_upper(point: Any) -> bool:
    """Return whether a code point is one of A to Z."""
    return 65 <= point <= 90


@jit
def is_lower(point: Any) -> bool:
    """Return whether a code point is one of a to z."""
    return 97 <= point <= 122


@jit
def upper_text(text: Any) -> Any:
    """Return a string of ASCII with A to Z in place of a to z."""
    points = points_of(text)
    made = blank(len(points))
    for k in range(len(points)):
        made[k] = points[k] - 32 if is_lower(points[k]) else points[k]
    return text_of(made)


@jit
def lower_text(text: Any) -> Any:
    """Return a string of ASCII with a to z in place of A to Z."""
    points = points_of(text)
    made = blank(len(points))
    for k in range(len(points)):
        made[k] = points[k] + 32 if is_upper(points[k]) else points[k]
    return text_of(made)


@jit
def are_digits(text: Any) -> bool:
    """Return whether a string of ASCII is digits, and some."""
    points = points_of(text)
    for k in range(len(points)):
        if not 48 <= points[k] <= 57:
            return False
    return len(points) > 0


@jit
def are_letters(text: Any) -> bool:
    """Return whether a string of ASCII is letters, and some."""
    points = points_of(text)
    for k in range(len(points)):
        if not (is_lower(points[k]) or is_upper(points[k])):
            return False
    return len(points) > 0


@jit
def are_letters_or_digits(text: Any) -> bool:
    """Return whether a string of ASCII is letters and digits, and some."""
    points = points_of(text)
    for k in range(len(points)):
        if not (is_lower(points[k]) or is_upper(points[k]) or 48 <= points[k] <= 57):
            return False
    return len(points) > 0


@jit
def are_upper(text: Any) -> bool:
    """Return whether the letters of a string of ASCII are A to Z, and some."""
    points = points_of(text)
    some = False
    for k in range(len(points)):
        if is_lower(points[k]):
            return False
        if is_upper(points[k]):
            some = True
    return some


@jit
def are_lower(text: Any) -> bool:
    """Return whether the letters of a string of ASCII are a to z, and some."""
    points = points_of(text)
    some = False
    for k in range(len(points)):
        if is_upper(points[k]):
            return False
        if is_lower(points[k]):
            some = True
    return some
