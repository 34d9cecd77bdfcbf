"""`*` in parameters, calls, displays and targets."""

import math

import numpy as np
import pytest
from stook import CompileError, jit


def total(*numbers):
    made = 0
    for number in numbers:
        made += number
    return made


def after(first, *rest):
    return first, len(rest), rest


def with_default(first, second=5, *rest):
    return first, second, rest


@jit
def compiled_total(*numbers):
    made = 0
    for number in numbers:
        made += number
    return made


@jit
def compiled_after(first, *rest):
    return first, rest


@pytest.mark.parametrize("args", [(), (1,), (1, 2.5), (1, 2, 3, 4j), (np.int8(3), True)])
def test_any_number_of_arguments(args):
    compiled = jit(total)
    assert compiled(*args) == compiled.interpret(*args) == total(*args)


@pytest.mark.parametrize("function", [after, with_default])
def test_parameters_before_it(function):
    compiled = jit(function)
    for args in [(1,), (1, 2), (1, "a", 2.5), (1, (2, 3), 4)]:
        assert compiled(*args) == function(*args)
    assert compiled(first=1) == function(first=1)
    for args, named in [((), {}), ((1,), {"rest": 2}), ((1, 2, 3), {"first": 1})]:
        with pytest.raises(TypeError) as expected:
            function(*args, **named)
        with pytest.raises(TypeError) as error:
            compiled(*args, **named)
        assert "first" in str(expected.value) or "rest" in str(expected.value)
        assert "first" in str(error.value) or "rest" in str(error.value)


def test_one_compilation_for_each_list_of_types():
    compiled = jit(after)
    for args in [(1,), (1, 2), (1, 3), (1, 2.5), (2, 3.5)]:
        compiled(*args)
    assert len(compiled.signatures) == 3


def test_arrays_and_lists_among_them_are_the_callers():
    @jit
    def fill(value, *places):
        for place in places:
            place[0] = value
        return places[-1]

    array, items = np.zeros(2), [1.0, 2.0]
    assert fill(3.0, array, items) is items
    assert (array[0], items) == (3.0, [3.0, 2.0])


def test_an_array_comes_back_itself():
    array = np.zeros(2)
    assert jit(lambda *all: all[1])(1, array) is array


def test_calls_from_compiled_functions():
    def calls(x):
        def inner(first, second=2.0, *rest):
            return first + second * len(rest)

        return (
            compiled_total(),
            compiled_total(x, 2, x),
            compiled_after(x),
            compiled_after(x, "a", 2.5),
            inner(x),
            inner(x, 3.0),
            inner(x, 3.0, "a", "b"),
            (lambda *all: len(all))(x, x, x),
        )

    for x in (1, 2.5):
        assert jit(calls)(x) == calls(x)


def test_a_keyword_of_its_name_is_refused():
    with pytest.raises(CompileError, match="no parameter 'rest'"):
        jit(lambda x: compiled_after(x, rest=3))(1)


def test_tuples_unpacked_in_calls():
    def calls(pair, x):
        three = (*pair, x)
        return (
            max(*pair),
            math.hypot(*pair),
            compiled_total(*pair, x, *three),
            compiled_after(*pair),
            np.maximum(*pair),
            min(*(x, 2), *pair),
            len([*pair, x]),
            [*three, *pair],
            (*pair, "a", *()),
        )

    assert jit(calls)((1.5, 2.5), 3.5) == calls((1.5, 2.5), 3.5)


def test_wrappers_pass_on_what_they_are_given():
    @jit
    def wrapped(*args):
        return compiled_after(*args)

    for args in [(1,), (1, "a"), (np.arange(2).sum(), (1, 2), 3.5)]:
        assert wrapped(*args) == compiled_after.py_func(*args)


def test_what_is_unpacked_runs_once_and_in_order():
    def noted(log):
        def pair(k):
            log.append(k)
            return k, k + 1

        made = compiled_total(pair(1)[0], *pair(2), pair(3)[1], *pair(4))
        more = [compiled_total(*pair(k)) for k in range(10, 13) if k != 11]
        return made, more, (*pair(5), pair(6))

    own, theirs = [0], [0]
    assert jit(noted)(own) == noted(theirs)
    assert own == theirs


def test_items_of_zip_by_star():
    def product(pair):
        return [x * y for x, y in zip(*pair, strict=False)]

    args = ([1, 2, 3], [4, 5])
    assert jit(product)(args) == product(args)


def test_targets_with_a_star():
    def targets(three, words):
        first, *rest = three
        *most, last = three
        a, *none, b = three[:2]
        x, (y, *z) = 1, three
        for k, *others in [(1, 2.0, 3.0), (4, 5.0, 6.0)]:
            rest.append(others[-1] + k)
        *letters, word = words
        return first, rest, most, last, a, len(none), b, x, y, z, letters, word

    args = (1.0, 2.0, 3.0), ("a", "b", "c")
    assert jit(targets)(*args) == targets(*args)


def test_too_few_items_are_refused():
    def targets(pair):
        a, b, *_rest, c = pair
        return a, b, c

    with pytest.raises(CompileError, match="2 values for 3 names at least"):
        jit(targets)((1, 2))


def test_only_tuples_are_unpacked_by_it():
    with pytest.raises(CompileError, match="list of int is not unpacked by"):
        jit(lambda items: max(*items))([1, 2])


def test_lists_and_strings_are_unpacked_to_targets_with_a_star():
    def unpacked(values, text):
        first, *rest = values
        *start, last = values
        a, *between, z = values
        head, *tail = text
        (i, j), *pairs = [(1, 2), (3, 4)]
        rest.append(9)
        return first, rest, start, last, a, between, z, head, tail, i, j, pairs, values

    for values in ([1, 2], [1, 2, 3, 4, 5]):
        assert jit(unpacked)(values, "abc") == unpacked(values, "abc")

    def three(values):
        a, *b, c = values
        return a, b, c

    with pytest.raises(ValueError) as theirs:
        three([1])
    with pytest.raises(ValueError) as ours:
        jit(three)([1])
    assert str(ours.value) == str(theirs.value)


def test_how_many_there_are_is_known_while_compiling():
    @jit
    def joined(sign, *rest):
        if len(rest) == 0:
            return sign
        if len(rest) > 1:
            return joined(sign, *rest[1:])
        return rest[0]

    def called(a):
        return joined("+"), joined("+", 1), joined("+", 1, 2.5)

    assert jit(called)(1) == ("+", 1, 2.5)

    def by_axes(a):
        return a[0] if a.ndim == 1 else a[0, 0]

    assert jit(by_axes)(np.ones((2, 2))) == jit(by_axes)(np.ones(2)) == 1.0


def test_lists_and_dicts_are_unpacked_in_displays():
    def unpacked(a, t, d, s):
        made = [*a, 1, *t, *(k * k for k in a)]
        for item in [*a, 7]:
            made.append(item)
        merged = {**d, "b": 5, **{"c": 1}}
        return made, merged, {*a, *s, 9}, [*"ab", *d], {**d}, list(enumerate([*a]))

    args = [1, 2], (3, 2), {"a": 1, "b": 2}, {4}
    assert jit(unpacked)(*args) == unpacked(*args)
    assert jit(lambda a, t: [*a, *t])([1, 2], (0.5,)) == [1.0, 2.0, 0.5]
    with pytest.raises(CompileError, match=r"list of int is not unpacked by \*\*"):
        jit(lambda a: {**a})([1])
