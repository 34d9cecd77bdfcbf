"""Generator functions that compiled functions loop over, against the same in Python."""

import numpy as np
import pytest
from stook import CompileError, jit

SCALE = 10


def squares(n, start=0):
    for k in range(start, n):
        yield k * k * SCALE


def pairs(values):
    for i in range(len(values)):
        for j in range(i + 1, len(values)):
            if values[i] == values[j]:
                continue
            yield values[i], values[j]
            if values[j] > 90:
                return


def walk(values):
    yield from values
    yield -1


def same(function, *args):
    found = jit(function)(*args)
    assert found == function(*args)
    return found


def test_a_loop_takes_items_one_by_one():
    def total(n):
        log = []
        made = 0

        def noted(n):
            k = 0
            while k < n:
                log.append(k)
                yield k
                log.append(-k)
                k += 1

        for k in noted(n):
            log.append(100 + k)
            if k == 1:
                continue
            made += k
            if k == 3:
                break
        else:
            made += 1000
        return made, log

    for n in (0, 2, 4, 9):
        same(total, n)


def test_functions_of_modules_with_defaults_and_keywords():
    def used(n):
        made = []
        for k in squares(n):
            for other in squares(n, start=2):
                if other > 60:
                    break
                made.append(k + other)
        return made, list(squares(n)), sum(squares(3)), max(squares(n, 1)), sorted(squares(n))

    same(used, 4)


def test_return_ends_all_loops_of_the_generator():
    def found(values):
        made = []
        for a, b in pairs(values):
            made.append((a, b))
        return made

    for values in ([1, 2, 1, 3], [1, 95, 2, 3], [1]):
        same(found, values)


def test_a_loop_may_be_left_from_within():
    def first(values, limit):
        for a, b in pairs(values):
            if a * b > limit:
                return a
            for k in range(b):
                if k == limit:
                    break
        return -1

    for limit in (1, 5, 500):
        same(first, [1, 2, 3, 4], limit)


def test_generators_loop_over_generators():
    def doubled(items):
        for item in items:
            yield 2 * item

    def evens(n):
        for k in squares(n):
            if k % 20 == 0:
                yield k
            else:
                yield -k

    def used(n):
        made = []
        for k in evens(n):
            for j in evens(k % 4):
                made.append(j)
            if k > 300:
                break
            made.append(k)
        return made, [2 * k for k in walk([1, 2])], list(enumerate(evens(3))), list(doubled([1, 2]))

    same(used, 8)


def test_what_was_before_is_kept_between_items():
    def differences(values):
        last = 0.0
        for k, value in enumerate(values):
            if k > 0:
                yield value - last
            last = value

    def used(values):
        made = 0.0
        for d in differences(values):
            made = 2 * made + d
        return made, len(list(differences(values)))

    same(used, [1.0, 4.0, 9.0])
    same(used, [1.0])


def test_arrays_and_strings_are_items():
    def rows(a):
        for k in range(a.shape[0]):
            yield a[k] * 2

    def words(text):
        word = ""
        for c in text:
            if c == " ":
                yield word
                word = ""
            else:
                word += c
        yield word

    def used(a, text):
        total = 0.0
        for row in rows(a):
            total += row.sum()
            row[:] = 0
        longest = ""
        for word in words(text):
            if len(word) > len(longest):
                longest = word
        return total, longest, list(words(text))

    same(used, np.arange(6.0).reshape(2, 3), "the quick fox")


def test_an_inner_generator_changes_variables_around_it():
    def counted(n):
        count = 0

        def items():
            nonlocal count
            for k in range(n):
                count += 1
                yield k

        made = 0
        for k in items():
            made += k * count
        return made, count

    same(counted, 4)


def test_finally_around_the_loop():
    def used(n):
        log = []
        for k in squares(n):
            try:
                if k > 50:
                    break
                log.append(k)
            except ValueError:
                log.append(-1)
            finally:
                log.append(7)
        return log

    same(used, 5)


def test_what_is_refused():
    def recursive(n):
        yield n
        if n > 0:
            yield from recursive(n - 1)

    def tried(n):
        try:
            yield n
        except ValueError:
            n += 1

    def sent(n):
        k = yield n
        yield k

    for function, text in [
        (lambda n: list(recursive(n)), "a generator that loops over itself"),
        (lambda n: list(tried(n)), "yield within try"),
        (lambda n: list(sent(n)), "what is sent to a generator"),
        (lambda n: squares(n), r"squares\(\) is a generator function, which is looped over"),
        (squares, r"squares\(\) is a generator function, which is looped over"),
    ]:
        with pytest.raises(CompileError, match=text):
            jit(function)(2)
