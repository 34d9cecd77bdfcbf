"""`bytes` in compiled functions: what the plain Python function gives."""

import pytest
import stook

KNOWN = b"known\x00\xff"


def check(function, *args):
    made, expected = stook.jit(function)(*args), function(*args)
    assert repr(made) == repr(expected)
    assert type(made) is type(expected)


@pytest.mark.parametrize("b", [b"", b"a", b"ab\x00\xffz", bytes(range(256))])
def test_lengths_items_and_loops(b):
    def told(b):
        total, weighted = 0, 0
        for byte in b:
            total += byte
        for k, byte in enumerate(reversed(b)):
            weighted += k * byte
        for k in range(len(b)):
            total -= b[k] + b[-1 - k]
        return len(b), total, weighted, bool(b), list(b), sum(b)

    check(told, b)


def test_an_item_is_an_int():
    check(lambda b: b[0] * 1000, b"\xff")


def test_an_index_beyond():
    f = stook.jit(lambda b, k: b[k])
    for k in (3, -4):
        with pytest.raises(IndexError, match="index out of range"):
            f(b"abc", k)


def test_slices():
    def parts(b, i, j):
        return b[i:j], b[:i], b[j:], b[::-1], b[i:j:2], b[:], b[1:][0:1]

    for i, j in [(1, 4), (-3, -1), (4, 1), (0, 99)]:
        check(parts, b"abcdefg", i, j)


def test_comparisons():
    def compared(a, b):
        return a == b, a != b, a < b, a <= b, a > b, a >= b

    for a in (b"", b"a", b"ab", b"b", b"\xff"):
        for b in (b"", b"a", b"ab", b"abc"):
            check(compared, a, b)


def test_what_is_in_them():
    def told(a, b, n):
        return b in a, n in a, b not in a, b"bc" in a

    check(told, b"abcd", b"cd", 97)
    check(told, b"abcd", b"ce", 5)
    check(told, b"", b"", 0)


def test_joined():
    def made(a, b):
        c = a
        for _ in range(3):
            c += b
        return a + b, c, b"<" + a + b">"

    check(made, b"ab", b"\x00")


def test_known_ones():
    def told(k):
        b = b"abc" if k else KNOWN
        return b[k], KNOWN[0], len(KNOWN), KNOWN, KNOWN == b"", b

    check(told, 0)
    check(told, 1)


def test_they_go_to_functions_and_into_containers():
    @stook.jit
    def first(b):
        return b[0]

    def told(b):
        pair = (b, b[1:])
        all = [b, b"x", b[:1]]
        n = 0
        for c in all:
            n += len(c)
        return first(pair[1]), pair, all, n, all[2]

    check(told, b"abc")
    check(lambda all: (len(all), all[1]), [b"a", b"bc"])


def test_none_or_bytes():
    def told(b, k):
        found = None
        if k:
            found = b[k:]
        return found

    check(told, b"abc", 0)
    check(told, b"abc", 1)


def test_methods_are_called_outside():
    def told(b):
        return b.decode(), b.upper(), b.find(b"b"), b.hex(), b.startswith(b"a"), str(b)

    check(told, b"abc")
    check(lambda s: s.encode(), "abé")


def test_identity_is_refused():
    with pytest.raises(TypeError, match="=="):
        stook.jit(lambda b: b is b)(b"abc")
