"""Strings in compiled functions, held to Python's."""

from __future__ import annotations

import dataclasses
import itertools
import sys
import unicodedata
from typing import NamedTuple

import numpy as np
import pytest
import stook
from stook._jit import CompileError

TEXTS = [
    "",
    "a",
    "b",
    "abc",
    "abcabc",
    " a b\tc \n",
    "äß€😀",
    "ABC äöü",
    "Straße",
    "aaa",
    "  ",
    "x,y,,z",
]
PAIRS = list(itertools.product(TEXTS, repeat=2))


def same(function, *args):
    """Hold a compiled function, and the meaning of its routines, to Python: value or exception."""
    compiled = stook.jit(function)
    expected = told(function, *args)
    assert told(compiled, *args) == expected
    assert told(compiled.interpret, *args) == expected
    return compiled


def told(function, *args):
    try:
        found = function(*args)
        return found, type(found)
    except Exception as error:
        return type(error), error.args


def each(function, *args_of):
    """Hold one compiled function to Python for many arguments."""
    compiled = stook.jit(function)
    for args in args_of:
        expected = told(function, *args)
        assert told(compiled, *args) == expected, args
        assert told(compiled.interpret, *args) == expected, args


# -- what strings are -----------------------------------------------------------------------------


@pytest.mark.parametrize("text", TEXTS)
def test_parts_of_a_string(text):
    same(lambda s: (len(s), s, bool(s)), text)
    for k in range(-len(text) - 1, len(text) + 1):
        same(lambda s, k: s[k], text, k)
    for start, stop in itertools.product([-9, -2, 0, 1, 2, 9], repeat=2):
        same(lambda s, a, b: (s[a:b], s[a:], s[:b], s[:]), text, start, stop)
        for step in (-2, -1, 1, 3):
            same(lambda s, a, b, c: (s[a:b:c], s[::c]), text, start, stop, step)


def test_an_index_beyond_a_string_raises_from_its_line():
    def third(text):
        return text[3]

    with pytest.raises(IndexError, match=r"^string index out of range$") as caught:
        stook.jit(third)("abc")
    assert caught.traceback[-1].lineno + 1 == third.__code__.co_firstlineno + 1


def test_comparisons():
    each(lambda a, b: (a == b, a != b, a < b, a <= b, a > b, a >= b), *PAIRS)
    each(lambda a: (a == "abc", a == "äß€😀", a != "", a < "b", a == "a" * 3), *zip(TEXTS))
    each(lambda a: (a == 1, a != 2.5, a == (1, 2), a in ("a", "abc")), *zip(TEXTS))


def test_operators():
    each(lambda a, b: (a + b, a + "-" + b, a in b, b not in a), *PAIRS)
    each(lambda a, n: (a * n, n * a), *itertools.product(TEXTS, [-1, 0, 1, 2, 5]))
    with pytest.raises(MemoryError):
        stook.jit(lambda a, n: a * n)("abcd", 2**62)


def test_growing_strings_leave_what_they_grew_from():
    def grown(start, n):
        text, seen = start, []
        for k in range(n):
            seen.append(text)
            text += chr(97 + k % 26)
            seen.append(text + "!")
            seen.append(text[3:] + "?")
        return text, seen

    each(grown, *itertools.product(["", "x" * 70], [0, 5, 200]))


def test_iteration():
    def all_ways(a, b):
        found = []
        for c in a:
            found.append(c)
        for k, c in enumerate(b):
            found.append(c * k)
        for x, y in zip(a, b):  # noqa: B905
            found.append(x + y)
        for c in reversed(a):
            found.append(c)
        return found, list(a), sorted(b), [c for c in a if c != "a"], {c: ord(c) for c in b}

    each(all_ways, *PAIRS)


def test_code_points():
    each(lambda s: ord(s), *zip(TEXTS))
    each(lambda k: chr(k), (0,), (65,), (127,), (128,), (0x20AC,), (0x10FFFF,), (0x110000,), (-1,))
    each(lambda s: "".join([chr(ord(c) + 1) for c in s]), *zip(TEXTS))


def test_strings_that_are_known():
    a_or = stook.jit(lambda a, b: a or b)

    def known(n):
        name = ""
        for k in range(n):
            name += "ab" if k % 2 else "c"
        end = name if n > 2 else "none"
        return name, end, "x" + "y", len("€"), "abc"[1], "abc" < "b", a_or("", "empty")

    for n in range(4):
        same(known, n)


GREETING = "grüße"


def test_constants_and_defaults():
    def greeted(name, greeting="hallo"):
        return greeting + " " + name + GREETING

    compiled = stook.jit(greeted)
    assert compiled("a") == greeted("a")
    assert compiled("a", "ciao") == greeted("a", "ciao")
    assert compiled("a", greeting="x") == greeted("a", "x")


NAMES = ("zero", "one", "two")


def test_tuples_of_strings():
    each(lambda k: (NAMES[k], ("a", "bc")[k]), (0,), (1,), (-1,), (2,), (5,))

    def first_of(text):
        for name in NAMES:
            if text.startswith(name):
                break
        else:
            name = "none"
        for name_of_many in ("a", text):
            if name_of_many == "a":
                continue
            name += name_of_many
        return name

    each(first_of, *zip(TEXTS), ("one!",), ("two",))


def test_unpacking():
    def unpacked(text):
        a, b = text
        text, c = text
        return b + a, text, c

    each(unpacked, ("ab",), ("ä€",), ("",), ("a",), ("abc",))

    def pair(text):
        key, value = text.split("=")
        return value, key

    each(pair, ("k=v",), ("k",), ("a=b=c",))


def test_none_or_a_string():
    def first(text, n):
        found = text[0] if n > 0 else None
        if found is None:
            return None
        return found

    for n in (0, 1):
        same(first, "abc", n)


def test_surrogates_pass():
    text = "a\ud800b"
    assert stook.jit(lambda s: s[1] + s)(text) == "\ud800" + text


# -- methods --------------------------------------------------------------------------------------


def test_places():
    each(lambda a, b: (a.find(b), a.rfind(b), a.count(b), a.startswith(b), a.endswith(b)), *PAIRS)
    each(lambda a, b: a.index(b), *PAIRS)
    each(lambda a, b: a.rindex(b), *PAIRS)
    ends = [-9, -1, 0, 1, 2, 9]

    def within(a, b, s, e):
        return (
            a.find(b, s, e),
            a.rfind(b, s, e),
            a.count(b, s, e),
            a.startswith(b, s, e),
            a.endswith(b, s, e),
            a.find(b, s),
            a.find(b, None, e),
        )

    parts = ["", "a", "bc", "ca"]
    each(within, *itertools.product(["", "abcabc", "äa"], parts, ends, ends))
    each(lambda a: (a.startswith(("a", "ä")), a.endswith(("c", ""))), *zip(TEXTS))


def test_changed_strings():
    each(lambda a, b: (a.replace(b, "<>"), a.replace(b, ""), a.replace("a", b)), *PAIRS)
    each(lambda a, b, n: a.replace(b, "-", n), *((*pair, n) for pair in PAIRS for n in (0, 1, 2)))
    each(lambda a: (a.upper(), a.lower(), a.title(), a.capitalize(), a.swapcase()), *zip(TEXTS))
    each(lambda a: (a.strip(), a.lstrip(), a.rstrip(), a.strip("a b"), a.strip(None)), *zip(TEXTS))
    each(lambda a, b: (a.removeprefix(b), a.removesuffix(b), a.lstrip(b)), *PAIRS)
    each(lambda a: (a.zfill(5), a.center(7), a.ljust(6, "."), a.rjust(6)), *zip(TEXTS))


def test_split_and_joined():
    each(lambda a: (a.split(), a.rsplit(), a.split(None, 1), a.rsplit(None, 1)), *zip(TEXTS))
    each(lambda a, b: a.split(b), *PAIRS)
    each(lambda a, b: a.rsplit(b), *PAIRS)
    each(
        lambda a, b, n: (a.split(b, n), a.rsplit(b, n)),
        *((*p, n) for p in PAIRS for n in (0, 1, 2)),
    )
    each(lambda a: (a.split(sep=","), a.split(maxsplit=1)), *zip(TEXTS))
    lines = ["a\nb", "a\r\nb\r\n", "\n\n", "\r", "a\u2028b\x1cc\x85", "x\n\ry"]
    each(lambda a: (a.splitlines(), a.splitlines(True)), *zip([*TEXTS, *lines]))
    each(lambda a, b: (a.join([b, "x", b]), a.join(b), a.join([])), *PAIRS)
    each(lambda a, b: (a.join(c + b for c in a), a.join((b, b))), *PAIRS)
    each(lambda a, b: a.partition(b), *PAIRS)
    each(lambda a, b: a.rpartition(b), *PAIRS)


def test_kinds_of_characters():
    def kinds(s):
        return (
            (s.isdigit(), s.isdecimal(), s.isnumeric(), s.isalpha(), s.isalnum()),
            (s.isspace(), s.isupper(), s.islower(), s.isascii(), s.istitle(), s.isidentifier()),
        )

    each(kinds, *zip([*TEXTS, "12", "٣", "½", "a1", "A", "Ab", "²"]))
    compiled = stook.jit(lambda s: s.isspace())
    spaces = [chr(k) for k in range(sys.maxunicode + 1) if chr(k).isspace()]
    assert all(compiled(c) for c in spaces)
    assert not any(compiled(chr(k)) for k in range(0x3100) if not chr(k).isspace())
    assert unicodedata.unidata_version


# -- text of values -------------------------------------------------------------------------------

NUMBERS = [0, 1, -7, 2**63 - 1, -(2**63), 0.0, -0.0, 1.5, 1e16, 1e-5, 1e300, float("nan"), True]


def test_text_of_numbers():
    for number in [*NUMBERS, float("inf"), -float("inf"), 1 + 2j]:
        same(lambda x: (str(x), f"{x}", f"<{x!r}>", repr(x)), number)
        same(lambda x: f"{x:>12} {x!s:5}|", number)
    for kind in (np.int8, np.uint64, np.float32, np.float64, np.float16, np.bool):
        same(lambda x: (str(x), f"{x}", repr(x)), kind(0.1 if "float" in kind.__name__ else 100))


def test_formatted_strings():
    each(lambda s, x: f"{s} is {x:.3f} {s!r} {{}} {s:>8}", *itertools.product(TEXTS, [0.5, 2.0]))
    each(lambda x, w: f"{x:{w}.2f}", (1.25, 8), (-3.0, 2))
    each(lambda n: (f"{n:05d} {n:x} {n:,}", f"{n=}"), (7,), (-123456,))
    each(lambda s: (str(s), str(), f"{None} {True} {(1, 's')}"), *zip(TEXTS))  # noqa: UP018
    each(
        lambda s, n: ("%s: %d" % (s, n), "{}-{:>3}".format(s, n)),  # noqa: UP031, UP032
        *itertools.product(TEXTS, [1, 20]),
    )
    each(lambda n: (bin(n), hex(n), oct(n), format(n, "08b"), format(n)), (0,), (10,), (-5,))


def test_numbers_of_text():
    each(lambda s: int(s), *zip(["12", " -7 ", "x", "", "1_000", "٣"]))
    each(lambda s: (int(s, 16), int(s, base=36)), ("ff",), ("-1a",))
    each(lambda s: (float(s), bool(s)), ("1.5",), ("-inf",), ("1e3",), ("x",))


def test_messages():
    def fails(s, x):
        if x > 0:
            raise ValueError(f"{s} and {x:.2f} of {s!r}, {x}")
        if x < 0:
            raise KeyError(s)
        raise ValueError(s)

    each(fails, *itertools.product(TEXTS, [1.0, -1.0, 0.0]))

    def asserted(s):
        assert len(s) > 100, "no " + s + " here"

    with pytest.raises(AssertionError) as error:
        stook.jit(asserted)("äß")
    assert error.value.args == ("no äß here",)

    def caught(s):
        text = s + "!"
        try:
            raise ValueError(text + "?")
        except ValueError:
            text = "other" + s
            raise

    each(caught, *zip(TEXTS))

    def many(a, b, c):
        raise ValueError(f"{a} {b} {c} {a} {b}")

    same(many, 1, "x", 2.5)


def test_print(capsys):
    def shown(s, x):
        print(s, "and", x, f"{x:.1f}", s[:1], (s, x), sep="|")
        print(s, end="")
        print()
        print([s, s], [1, 2], (1, x), None)

    shown("äb", 1.5)
    expected = capsys.readouterr().out
    compiled = stook.jit(shown)
    for way in (compiled, compiled.interpret):
        way("äb", 1.5)
        assert capsys.readouterr().out == expected


# -- strings within others ------------------------------------------------------------------------


def test_lists_of_strings():
    def changed(names, name):
        names.append(name)
        names.append("end")
        names.sort()
        names[-1] += "!"
        return names, names.count(name), name in names, names.index(name), max(names), min(names)

    for texts in (["b", "a"], TEXTS, ["x"]):
        mine, theirs = list(texts), list(texts)
        assert stook.jit(changed)(mine, "b") == changed(theirs, "b")
        assert mine == theirs
    same(lambda: ["b", "a"] + ["c"] * 2)
    same(lambda n: [str(k) for k in range(n)], 12)


def test_dicts_and_sets_of_strings():
    def counted(words, other):
        counts = {}
        for word in words:
            counts[word] = counts.get(word, 0) + 1
        counts["äß"] = 7
        pairs = {(word, len(word)): word for word in words}
        return counts, "a" in counts, pairs, set(words), other[words[0]], len(other)

    words = ["a", "b", "c", "a", "äß", "a", "bc", "b"]
    same(counted, words, {word: k for k, word in enumerate(words)})
    many = [str(k % 777) for k in range(5000)]
    assert stook.jit(counted)(many, {"0": 1})[0] == counted(many, {"0": 1})[0]

    def missing(counts, key):
        return counts[key]

    same(missing, {"a": 1, "b": 2}, "b")
    same(missing, {"a": 1}, "no")
    same(missing, {("a", 1): "x"}, ("a", 1))


class Named(NamedTuple):
    name: str
    size: int


@dataclasses.dataclass
class Shared:
    name: str
    size: int


@dataclasses.dataclass(frozen=True)
class Frozen:
    name: str


def test_strings_in_tuples_and_objects():
    same(lambda t: (t[0] + t[1][1], t), ("a", (1, "b")))
    same(lambda t: Named(t.name + "!", len(t.name)), Named("ab", 1))
    same(lambda f: Frozen(f.name * 2), Frozen("ab"))
    same(lambda n: Shared("new", n), 3)

    def renamed(shared):
        shared.name += "!"
        return shared.name

    mine, theirs = Shared("a", 1), Shared("a", 1)
    assert stook.jit(renamed)(mine) == renamed(theirs)
    assert mine == theirs


def test_strings_between_functions():
    @stook.jit
    def helper(text, k):
        return text[k:] + text[:k]

    def outer(text):
        found = text

        def inner(more):
            return found + more

        for k in range(3):
            found = helper(found, k)
        return inner("!") + helper("known", 2)

    compiled = stook.jit(outer)
    assert compiled("abcde") == stook.jit(lambda t: t)(compiled("abcde"))
    python = "abcde"
    for k in range(3):
        python = python[k:] + python[:k]
    assert compiled("abcde") == python + "!" + "ownkn"


def test_strings_in_parallel_rounds():
    @stook.jit(parallel=True)
    def lengths(words, found):
        for k in stook.prange(len(words)):
            text = words[k] + "x" + str(k)
            for c in text:
                if c == "a":
                    found[k] += 1
            found[k] += 100 * len(text)

    words = ["a" * (k % 7) + "b" for k in range(500)]
    found = np.zeros(500, np.int64)
    lengths(words, found)
    expected = [w.count("a") + 100 * len(w + "x" + str(k)) for k, w in enumerate(words)]
    assert found.tolist() == expected


# -- signatures, refusals -------------------------------------------------------------------------


def test_signatures_name_strings():
    from stook.compat.numba import types

    @stook.jit(types.int64(types.unicode_type))
    def size(text):
        return len(text)

    @stook.jit("unicode_type(unicode_type, i8)")
    def first(text, n):
        return text[:n]

    assert size("abc") == 3 and first("abc", 2) == "ab"
    with pytest.raises(TypeError):
        size(3)
    assert first.signatures == [(types.string, types.int64)]


def test_match_by_strings():
    def cost(kind):
        match kind:
            case "car" | "bus":
                return 2
            case "bike":
                return 1
        return 0

    each(cost, ("car",), ("bus",), ("bike",), ("",))


def raises_two(text):
    raise ValueError(text, 1)


@pytest.mark.parametrize(
    ("function", "args", "words"),
    [
        (lambda s: s + 1, ("a",), ["'+' of str and int", "str(...)"]),
        (lambda s: s.nothing(), ("a",), ["nothing"]),
        (lambda s: s is s, ("a",), ["'is' of strings", "=="]),
        (lambda s: s[1.5], ("a",), ["an index or size is an integer"]),
        (lambda s: s.find(1), ("a",), ["find() takes a str, not int"]),
        (lambda s: s < 1, ("a",), ["str"]),
        (raises_two, ("a",), ["an exception of several arguments"]),
        (lambda s: [s, 1], ("a",), ["str and int in one container"]),
    ],
)
def test_what_is_not_compiled_is_refused(function, args, words):
    with pytest.raises(CompileError) as caught:
        stook.jit(function)(*args)
    for word in [*words, "^"]:
        assert word in str(caught.value), str(caught.value)
