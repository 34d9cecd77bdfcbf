"""`sort`, `sorted`, `min` and `max` with `key`, and of sets."""

import random

import pytest
from stook import CompileError, jit


@jit
def last_digit(n):
    return n % 10


def same(function, *args):
    assert jit(function)(*args) == function(*args)


@pytest.mark.parametrize("count", [0, 1, 2, 15, 16, 17, 33, 100, 1000])
def test_orders_are_stable_both_ways(count):
    def ordered(a):
        b = a.copy()
        b.sort(key=last_digit)
        c = a.copy()
        c.sort(key=lambda n: n % 7, reverse=True)
        return b, c, sorted(a, key=lambda n: -n), sorted(a, reverse=True, key=last_digit)

    numbers = random.Random(count)
    items = [numbers.randrange(1000) for _ in range(count)]
    if items:
        same(ordered, items)


def test_keys_and_items_of_any_type():
    def ordered(words, pairs, d, flag):
        limit = len(words)
        return (
            sorted(words, key=len),
            sorted(words, key=lambda w: (len(w), w), reverse=flag),
            sorted(pairs, key=lambda p: p[1]),
            sorted(d.items(), key=lambda kv: -kv[1]),
            sorted(d, key=lambda k: d[k]),
            sorted("banana", key=ord, reverse=not flag),
            sorted(range(9), key=lambda k: abs(k - limit)),
            sorted([[3, 1], [2], []], key=len),
            sorted(words, key=None),
            sorted({3: "c", 1: "a"}, key=lambda k: -k),
        )

    words = ["pear", "fig", "apple", "kiwi", "date", "fig"]
    pairs = [(1, "b"), (2, "a"), (3, "b"), (4, "a")]
    for flag in (True, False):
        same(ordered, words, pairs, {"a": 3, "b": 1, "c": 2}, flag)


def test_a_list_argument_is_sorted_for_the_caller():
    def sorts(items):
        items.sort(key=lambda x: -x)

    items = [3.0, 1.0, 2.0]
    jit(sorts)(items)
    assert items == [3.0, 2.0, 1.0]


def test_the_least_and_the_greatest_by_a_key():
    def best(words, a, x):
        return (
            min(words, key=len),
            max(words, key=len),
            max(a, key=lambda n: n % 3),
            min(a, key=None),
            min(x, -x, 2 * x, key=abs),
            max(x, 3 - x, key=lambda y: y * y),
            min({5, 3, 9}, key=lambda n: -n),
            max((3, 8, 5), key=last_digit),
            min([k * k % 11 for k in range(20)], key=lambda k: abs(k - 4)),
            max([[1], [2, 3], [4, 5]], key=len),
        )

    same(best, ["fig", "apple", "kiwi", "grape", "nut"], [4, 5, 8, 2], 3)


def test_nothing_has_no_least():
    def least(a):
        return min([x for x in a if x > 9], key=last_digit)

    for function in (jit(least), least):
        with pytest.raises(ValueError, match="empty"):
            function([1, 2])


def test_a_key_is_asked_once_for_each_item():
    def asked(a, log):
        def key(x):
            log.append(x)
            return -x

        return sorted(a, key=key), max(a, key=key), min(*(3, 1), key=key)

    own, theirs = [0], [0]
    args = [2, 5, 3]
    assert jit(asked)(args, own) == asked(args, theirs)
    assert own == theirs


def test_exceptions_of_a_key():
    def fails(a):
        return sorted(a, key=lambda x: 1 // x)

    with pytest.raises(ZeroDivisionError):
        jit(fails)([1, 0])


def test_sets():
    def ordered(a, n):
        b = set(a)
        made = {k % 3 for k in range(n)}
        least = min({k % 5 - 2 for k in range(n)})
        return sorted(b), sorted({k % 3 for k in range(n)}, reverse=True), sorted(made), least

    same(ordered, [3, 1, 3, 2], 7)

    def listed(n):
        return sum(list({k % 3 for k in range(n)})), len(list({k % 2: k for k in range(n)}))

    same(listed, 7)


def test_what_has_no_order_is_refused():
    with pytest.raises(CompileError, match="a list of complex is not sorted"):
        jit(lambda a: sorted(a, key=lambda x: x * 1j))([1, 2])
    with pytest.raises(CompileError, match="sort has no keyword 'cmp'"):
        jit(lambda a: sorted(a, cmp=lambda x: x))([1, 2])


def test_what_there_is_where_there_is_nothing():
    def best(values):
        large = [v for v in values if v > 2]
        return (
            min(values, default=0),
            max(large, default=-1),
            max((v for v in large), default=None),
            min(values, default=7, key=lambda v: -v),
            min([], default="none"),
        )

    for values in ([1, 3], [1, 2]):
        same(best, values)
    with pytest.raises(ValueError, match="empty"):
        jit(lambda values: max(v for v in values if v > 2))([1])


def test_the_best_of_tuples():
    def best(pairs, n):
        found = (0.5, -1)
        for k in range(n):
            found = max(found, (0.25 * k, k))
        return found, min(pairs), max(pairs), min((2, "b"), (2, "a")), max([[1, 2], [1, 3]])

    same(best, [(2, "b"), (1, "z"), (2, "c")], 5)


def test_lists_have_an_order():
    def compared(a, b):
        return a < b, a <= b, a > b, a >= b, sorted([a, b, [0]])

    for a, b in ([1, 2], [1, 3]), ([1], [1, 2]), ([2], [1, 5]), ([1], [1]):
        same(compared, a, b)


def test_methods_are_keys():
    def ordered(d, words, text):
        return (
            max(d, key=d.get),
            sorted(d, key=d.get, reverse=True),
            sorted(words, key=str.lower),
            min(words, key=str.upper),
            sorted(words, key=text.count),
            max(words, key=words.count),
        )

    same(ordered, {"a": 2, "b": 5, "c": 1}, ["b", "A", "b", "C"], "bCb")
