"""The check of races: which iterations of a loop over `prange` touch the same memory."""

import threading
from dataclasses import dataclass

import numpy as np
import pytest
import stook
from stook import CompileError, RaceError, jit, prange

checked = jit(parallel=True, check="races")


def race(function, *args):
    with pytest.raises(RaceError) as caught:
        function(*args)
    return caught.value


def line(function, offset):
    """The line of a function's source, counted from its decorator."""
    return function.py_func.__code__.co_firstlineno + offset


# -- what is named --------------------------------------------------------------------------------


@checked
def smooth(a):
    for i in prange(1, len(a) - 1):
        a[i] = (a[i - 1] + a[i + 1]) / 2


def test_the_error_names_iterations_variable_and_lines():
    error = race(smooth, np.arange(6.0))
    loop, body = line(smooth, 2), line(smooth, 3)
    assert str(error) == (
        f"iterations 1 and 2 of the loop on line {loop} race: "
        f"iteration 1 writes a[1] on line {body}, which iteration 2 reads on line {body}\n"
        f'  File "{__file__}", line {body}, in smooth\n'
        "    a[i] = (a[i - 1] + a[i + 1]) / 2\n"
        "    ^^^^\n"
        f'  File "{__file__}", line {body}, in smooth\n'
        "    a[i] = (a[i - 1] + a[i + 1]) / 2\n"
        "            ^^^^^^^^\n"
        "  instead: read from a copy that is made before the loop, or write to another array"
    )
    assert error.iterations == (1, 2)
    assert error.variables == ("a[1]", "a[1]")
    assert error.lines == (body, body)


def test_the_traceback_ends_in_the_line_of_the_race():
    frame = race(smooth, np.arange(6.0)).__traceback__
    while frame.tb_next:
        frame = frame.tb_next
    assert (frame.tb_frame.f_code.co_name, frame.tb_lineno) == ("smooth", line(smooth, 3))


def test_iterations_are_values_of_the_loops_variable():
    @checked
    def back(a):
        for i in prange(20, 4, -4):
            a[i // 8] = i

    assert race(back, np.zeros(3)).iterations == (20, 16)


# -- races ----------------------------------------------------------------------------------------


def test_a_later_iteration_writes_what_one_has_read():
    @checked
    def shift(a):
        for i in prange(len(a) - 1):
            a[i] = a[i + 1]

    error = race(shift, np.arange(5.0))
    assert "iteration 0 reads a[1] on line" in str(error)
    assert "which iteration 1 writes on line" in str(error)


def test_an_early_reader_counts_though_the_writer_reads_too():
    @checked
    def late(a, out):
        for i in prange(5):
            out[i] = a[0]
            if i == 4:
                a[0] = a[0] + 1

    assert race(late, np.zeros(1), np.zeros(5)).iterations == (0, 4)


def test_two_iterations_write_one_element():
    @checked
    def last(out):
        for i in prange(5):
            out[i % 3] = i

    error = race(last, np.zeros(3))
    assert (error.iterations, error.variables) == ((0, 3), ("out[0]", "out[0]"))


def test_counts_in_a_table_race():
    @checked
    def histogram(a, h):
        for i in prange(len(a)):
            h[a[i]] += 1

    error = race(histogram, np.array([2, 0, 1, 0]), np.zeros(3, int))
    assert (error.iterations, error.variables[0]) == ((1, 3), "h[0]")
    assert "a row of a table whose rows are added up" in str(error)
    histogram(np.array([2, 0, 1]), np.zeros(3, int))


def test_views_that_overlap_are_one_memory():
    @checked
    def double(a, b):
        for i in prange(len(a)):
            a[i] = 2 * b[i]

    a = np.arange(6.0)
    error = race(double, a[:-1], a[1:])
    assert error.iterations == (0, 1)
    assert error.variables == ("b[0]", "a[1]")
    assert "iteration 0 reads b[0]" in str(error)
    assert "iteration 1 writes as a[1]" in str(error)
    double(a[:3], a[3:])


def test_two_names_of_an_array_are_one_memory():
    @checked
    def double(a):
        b = a[::-1]
        for i in prange(len(a)):
            b[i] = a[i]

    error = race(double, np.arange(4.0))
    assert (error.iterations, error.variables) == ((1, 2), ("b[1]", "a[2]"))


def test_views_of_other_types_are_one_memory():
    @checked
    def write(a, b):
        for i in prange(len(a)):
            a[i] = i
            b[i] = i

    a = np.zeros(4)
    assert race(write, a, a.view(np.int8)[9:]).iterations == (0, 1)
    small = np.zeros(16, np.int8)
    write(small[:8], small[8:])


def test_elements_of_matrices_have_all_indices():
    @checked
    def diagonal(a):
        for i in prange(3):
            for j in range(3):
                a[i + j, 1] = i

    error = race(diagonal, np.zeros((6, 2)))
    assert (error.iterations, error.variables) == ((0, 1), ("a[1, 1]", "a[1, 1]"))


def test_parts_of_rows_race():
    @checked
    def rows(a):
        for i in prange(1, 4):
            a[i, :2] = a[i - 1, 1:]

    assert race(rows, np.zeros((4, 3))).iterations == (1, 2)


def test_complex_elements_race():
    @checked
    def sums(a):
        for i in prange(1, 4):
            a[i] += a[i - 1]

    assert race(sums, np.zeros(4, complex)).iterations == (1, 2)


def test_a_race_in_a_function_that_a_round_calls():
    @jit
    def put(out, k):
        out[k // 2] = k

    @checked
    def fill(out):
        for i in prange(4):
            put(out, i)

    error = race(fill, np.zeros(2))
    assert error.iterations == (0, 1)
    assert error.lines == (line(put, 2), line(put, 2))
    assert "in put" in str(error)


def test_loops_in_rounds_have_records_of_their_own():
    @checked
    def inner(a):
        for i in prange(a.shape[0]):
            for j in prange(1, a.shape[1]):
                a[i, j] += a[i, j - 1]

    error = race(inner, np.ones((3, 4)))
    assert error.iterations == (1, 2)
    assert f"of the loop on line {line(inner, 3)} race" in str(error)


def test_loops_of_called_functions_are_checked():
    @jit
    def running(row):
        for j in prange(1, len(row)):
            row[j] += row[j - 1]

    @checked
    def outer(a):
        for i in prange(a.shape[0]):
            running(a[i])

    error = race(outer, np.ones((3, 4)))
    assert (error.iterations, error.variables) == ((1, 2), ("row[1]", "row[1]"))


def test_an_exception_that_the_function_takes_hides_no_race():
    @checked
    def hides(a):
        try:
            for i in prange(1, len(a)):
                a[i] = a[i - 1]
            raise ValueError
        except Exception:
            return 1
        return 0

    assert race(hides, np.ones(4)).iterations == (1, 2)


# -- variables ------------------------------------------------------------------------------------


def test_a_variable_that_lives_from_round_to_round():
    @checked
    def differences(a, out):
        before = 0.0
        for i in prange(len(a)):
            out[i] = a[i] - before
            before = a[i]

    error = race(differences, np.arange(3.0), np.zeros(3))
    assert (error.iterations, error.variables) == ((0, 1), ("before", "before"))
    assert error.lines == (line(differences, 5), line(differences, 4))
    assert "give before a value in each iteration before it is read" in str(error)


def test_a_sum_that_is_read_in_the_loop():
    @checked
    def running(a, out):
        s = 0.0
        for i in prange(len(a)):
            s += a[i]
            out[i] = s

    assert race(running, np.arange(3.0), np.zeros(3)).variables == ("s", "s")


def test_a_sum_that_is_more_than_a_sum():
    @checked
    def total(a):
        s = 0.0
        for i in prange(len(a)):
            s = a[i] + 2 * s
        return 1

    assert race(total, np.arange(3.0)).iterations == (0, 1)


def test_a_variable_that_some_rounds_give_no_value():
    @checked
    def signs(a, out):
        for i in prange(len(a)):
            if a[i] > 0:
                sign = 1
            out[i] = sign

    assert race(signs, np.array([1.0, 2, -1, 3]), np.zeros(4)).iterations == (1, 2)
    out = np.zeros(3)
    signs(np.array([1.0, 2, 3]), out)
    assert out.tolist() == [1, 1, 1]


# -- containers and objects -----------------------------------------------------------------------


def test_a_list_that_rounds_append_to():
    @checked
    def found(a):
        big = [0]
        for i in prange(len(a)):
            if a[i] > 1:
                big.append(i)
        return big

    error = race(found, np.array([0.0, 2, 0, 3]))
    assert (error.iterations, error.variables) == ((1, 3), ("big", "big"))
    assert "put what iterations make into an array" in str(error)
    assert found(np.array([0.0, 2, 0, 0])) == [0, 1]


def test_items_of_a_list():
    @checked
    def spread(items):
        for i in prange(len(items)):
            items[i // 2] = i

    error = race(spread, [0, 0, 0, 0])
    assert (error.iterations, error.variables[1]) == ((0, 1), "items[0]")


def test_a_list_that_rounds_sort_has_the_users_line():
    @checked
    def sorts(items):
        for _ in prange(3):
            items.sort()

    error = race(sorts, [3, 1, 2])
    assert error.variables[0].startswith("items")
    assert error.lines == (line(sorts, 3), line(sorts, 3))


def test_a_dict_that_rounds_add_to():
    @checked
    def index(a):
        where = {-1: 0}
        for i in prange(len(a)):
            where[int(a[i])] = i
        return len(where)

    error = race(index, np.array([5, 6, 7]))
    assert (error.iterations, error.variables[0]) == ((0, 1), "where")


@dataclass
class Counter:
    count: int = 0
    total: float = 0.0


def test_fields_of_a_shared_object():
    @checked
    def counts(counter, a):
        for _ in prange(len(a)):
            counter.count += 1

    error = race(counts, Counter(), np.zeros(3))
    assert (error.iterations, error.variables) == ((0, 1), ("counter.count", "counter.count"))


@dataclass
class Grid:
    cells: np.ndarray


def test_arrays_in_shared_objects():
    @checked
    def smooth(grid):
        for i in prange(1, len(grid.cells)):
            grid.cells[i] = grid.cells[i - 1]

    error = race(smooth, Grid(np.arange(4.0)))
    assert (error.iterations, error.variables[0]) == ((1, 2), "grid.cells[1]")


# -- no races -------------------------------------------------------------------------------------


def same(function, *args):
    """What a function gives and leaves in its arguments with the check, and without it."""
    both = []
    for made in (jit(function, parallel=True, check="races"), jit(function, parallel=True)):
        own = [arg.copy() if isinstance(arg, np.ndarray) else arg for arg in args]
        both.append((made(*own), own))
    (a, left), (b, right) = both
    np.testing.assert_array_equal(a, b)
    for x, y in zip(left, right, strict=True):
        np.testing.assert_array_equal(x, y)
    return a


def test_elements_of_their_own():
    def squares(a):
        for k in prange(a.size):
            t = a[k] + 1
            a[k] = t * t

    same(squares, np.arange(500.0))


def test_neighbours_of_another_array():
    def smooth(a, out):
        for i in prange(1, len(a) - 1):
            out[i] = (a[i - 1] + a[i + 1]) / 2

    same(smooth, np.random.default_rng(0).random(300), np.zeros(300))


def test_totals_have_the_same_bits():
    def totals(a):
        s, p, most, count = 0.0, 1.0, -1.0, 0
        for k in prange(a.size):
            s += a[k]
            p *= 1 + a[k] / 1000
            most = max(most, a[k])
            if a[k] > 0.5:
                count += 1
        return s, p, most, count

    same(totals, np.random.default_rng(1).random(1001))


def test_rows_and_columns_of_matrices():
    def product(a, b, out):
        for i in prange(a.shape[0]):
            for j in range(b.shape[1]):
                s = 0.0
                for k in range(a.shape[1]):
                    s += a[i, k] * b[k, j]
                out[i, j] = s

    def columns(a):
        for j in prange(a.shape[1]):
            a[:, j] = a[:, j] / a[0, j]

    rng = np.random.default_rng(2)
    same(product, rng.random((9, 7)), rng.random((7, 5)), np.zeros((9, 5)))
    same(columns, rng.random((8, 6)))


def test_arrays_and_lists_of_a_round():
    def medians(a, out):
        for i in prange(a.shape[0]):
            own = np.zeros(a.shape[1])
            items = [0.0]
            for j in range(a.shape[1]):
                own[j] = 2 * a[i, j]
                items.append(float(own[j]))
            items.sort()
            own = own + 1
            out[i] = items[len(items) // 2] + own[0]

    same(medians, np.random.default_rng(3).random((200, 5)), np.zeros(200))


def test_what_rounds_only_read():
    def through(a, items, table, out):
        for i in prange(len(out)):
            out[i] = a[0] + items[i % 3] + table[i % 2]

    same(through, np.ones(3), [1.0, 2.0, 3.0], {0: 1.0, 1: 2.0}, np.zeros(50))


def test_a_variable_with_a_value_before_that_each_round_replaces():
    def replaced(a, out):
        t, u = 1.0, 0.0
        for i in prange(a.shape[0]):
            t = 0.0
            for j in prange(a.shape[1]):
                u = a[i, j]
                t += u
            out[i] = t

    same(replaced, np.random.default_rng(4).random((40, 3)), np.zeros(40))


def test_one_loop_after_another():
    def twice(a, b):
        for i in prange(len(a)):
            b[i] = a[i]
        for i in prange(len(a)):
            a[i] = b[len(a) - 1 - i]

    same(twice, np.arange(100.0), np.zeros(100))


def test_the_handler_of_an_inner_loop_belongs_to_the_outer_round():
    def caught(a):
        for i in prange(a.shape[0]):
            try:
                for j in prange(3):
                    a[i, j] = 1
                    if j == 2:
                        raise ValueError
            except ValueError:
                a[i, 0] = a[i, 1] + 1

    same(caught, np.zeros((4, 3)))


def test_functions_and_inner_functions():
    @jit
    def put(row, k):
        row[k] = k

    def rows(a):
        def twice(x):
            return 2 * x + len(a)

        for i in prange(a.shape[0]):
            put(a[i], i % 2)
            a[i, 1] = twice(a[i, 0])

    same(rows, np.zeros((30, 2)))


def test_a_hundred_thousand_rounds():
    def spread(a, out):
        for i in prange(len(a)):
            out[i] = a[i] + a[0]

    same(spread, np.arange(1e5), np.zeros(100_000))


def test_the_interpreter_finds_the_same_race():
    with pytest.raises(RaceError) as caught:
        smooth.interpret(np.arange(6.0))
    assert caught.value.iterations == (1, 2)


def test_an_exception_without_a_race_is_raised():
    @checked
    def read(a, at):
        for k in prange(len(at)):
            a[k] = at[k + 1]

    with pytest.raises(IndexError, match="index 3 is out of bounds"):
        read(np.zeros(3), np.zeros(3))


def test_calls_on_several_threads_have_their_own_records():
    @jit(parallel=True, check="races", nogil=True)
    def fill(a, k):
        for i in prange(len(a)):
            a[i] = k

    a, errors = np.zeros(2000), []

    def work(k):
        try:
            for _ in range(5):
                fill(a, k)
        except RaceError as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


# -- what cannot be looked into -------------------------------------------------------------------


def test_functions_of_c_are_refused_in_rounds():
    cbrt = stook.extern("libm.so.6", "cbrt", "f8(f8)")

    @jit
    def through(x):
        return cbrt(x)

    @checked
    def direct(a):
        for i in prange(len(a)):
            a[i] = cbrt(a[i])

    @checked
    def indirect(a):
        for i in prange(len(a)):
            a[i] = through(a[i])

    for function in (direct, indirect):
        with pytest.raises(
            CompileError, match="cbrt is a function of C's, which the check"
        ) as error:
            function(np.ones(3))
        assert f"line {line(function, 3)}" in str(error.value)


def test_functions_of_c_are_called_outside_of_rounds():
    cbrt = stook.extern("libm.so.6", "cbrt", "f8(f8)")

    @checked
    def before(a):
        k = cbrt(8.0)
        for i in prange(len(a)):
            a[i] = k
        return k

    assert before(np.ones(3)) == 2.0


def test_wrong_options_are_refused():
    with pytest.raises(ValueError, match="check is None or 'races', not 'race'"):
        jit(parallel=True, check="race")
    with pytest.raises(ValueError, match="add parallel=True"):
        jit(check="races")
