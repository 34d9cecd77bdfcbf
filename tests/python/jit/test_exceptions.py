"""Exceptions that compiled functions handle, against the same functions in Python."""

import numpy as np
import pytest
import stook
from stook import CompileError, jit
from test_functions import check


class Special(ValueError):
    """A class of this module's own."""


def outcome(function, *args):
    """What a call returns, or the class, message and line of what it raises.

    What Python says of a division by zero depends on its release.
    """
    try:
        return function(*args)
    except Exception as error:
        line = error.__traceback__
        while line.tb_next is not None:
            line = line.tb_next
        text = "" if isinstance(error, ZeroDivisionError) else str(error)
        return type(error), text, line.tb_lineno


def agree(function, *args):
    """Compare a function with itself compiled and interpreted, whether it returns or raises."""
    compiled = jit(function)
    expected = outcome(function, *args)
    assert outcome(compiled, *args) == expected
    found = outcome(compiled.interpret, *args)
    assert found == expected
    return expected


def test_a_handler_takes_the_classes_that_it_names():
    def kind(n):
        values = np.zeros(3)
        try:
            values[n] = 1 // (n - 1)
            if n == 2:
                raise KeyError("two")
            return 0
        except IndexError:
            return 1
        except (ZeroDivisionError, ValueError):
            return 2
        except KeyError:
            return 3

    for n in (0, 1, 2, 5):
        agree(kind, n)


def test_classes_above_the_raised_one_are_taken_and_those_beside_it_are_not():
    def kind(n):
        try:
            try:
                if n == 0:
                    return n // n
                if n == 1:
                    raise Special("own")
                if n == 2:
                    raise MemoryError
                raise StopIteration("more")
            except LookupError:
                return -1
            except ArithmeticError:
                return 10
            except ValueError:
                return 11
        except Exception:
            return 12

    for n in range(4):
        agree(kind, n)


def test_what_no_handler_takes_goes_on_with_its_message_and_line():
    def quotient(a, b):
        try:
            if a < 0:
                raise ValueError(f"{a} is below {b}")
            return a // b
        except (KeyError, IndexError):
            return -1

    for args in ((7, 2), (7, 0), (-7, 2)):
        agree(quotient, *args)


def test_a_bare_except_takes_everything():
    def safe(a, b):
        try:
            return a // b
        except:  # noqa: E722
            return -1

    for b in (0, 2):
        agree(safe, 7, b)


def test_else_follows_a_body_that_did_not_fail_and_is_not_guarded():
    def follow(n):
        log = 1
        try:
            log = 10 * log + 2
            1 // n
        except ZeroDivisionError:
            log = 10 * log + 3
        else:
            log = 10 * log + 4
            1 // (n - 1)
        return log

    for n in (0, 1, 2):
        agree(follow, n)


def test_a_failure_in_a_called_function_is_handled_by_its_caller():
    @jit
    def inner(a, b):
        return a // b

    @jit
    def middle(a, b):
        try:
            return inner(a, b)
        except IndexError:
            return -2

    def outer(a, b):
        try:
            return middle(a, b)
        except ZeroDivisionError:
            return -1

    assert jit(outer)(6, 3) == 2
    assert jit(outer)(6, 0) == -1
    assert jit(outer).interpret(6, 0) == -1


def test_finally_is_done_on_every_way_out():
    def ways(n, log):
        for k in range(6):
            try:
                log[0] += 1
                if k == n:
                    break
                if k == n + 1:
                    continue
                if k == n + 2:
                    return k
                if n == -7:
                    raise ValueError("seven")
                log[1] += 1
            finally:
                log[2] += k + 1
        else:
            log[3] += 1
        return -1

    for n in (0, 1, 4, 5, -1, -2, -3, -4, -7, -8):
        logs = [np.zeros(4, np.int64) for _ in range(3)]
        compiled = jit(ways)
        found = [
            outcome(f, n, log)
            for f, log in zip((ways, compiled, compiled.interpret), logs, strict=True)
        ]
        assert found[0] == found[1] == found[2]
        assert logs[0].tolist() == logs[1].tolist() == logs[2].tolist()


def test_nested_finallys_run_inside_out_and_one_may_take_the_way_over():
    def nested(n, log):
        try:
            try:
                try:
                    if n == 0:
                        return 0
                    if n == 1:
                        raise ValueError("one")
                    log[0] = 10 * log[0] + 1
                finally:
                    log[0] = 10 * log[0] + 2
                    if n == 3:
                        raise KeyError("three")
            finally:
                log[0] = 10 * log[0] + 3
                if n == 4:
                    return 4  # noqa: B012
        except KeyError:
            log[0] = 10 * log[0] + 4
        finally:
            log[0] = 10 * log[0] + 5
        return -1

    for n in range(6):
        logs = [np.zeros(1, np.int64) for _ in range(3)]
        compiled = jit(nested)
        found = [
            outcome(f, n, log)
            for f, log in zip((nested, compiled, compiled.interpret), logs, strict=True)
        ]
        assert found[0] == found[1] == found[2]
        assert logs[0].tolist() == logs[1].tolist() == logs[2].tolist()


def test_a_failing_finally_is_not_done_twice():
    def twice(n, log):
        try:
            return n
        finally:
            log[0] += 1
            log[1] = n // n

    for n in (0, 2):
        logs = [np.zeros(2, np.int64) for _ in range(2)]
        assert outcome(twice, n, logs[0]) == outcome(jit(twice), n, logs[1])
        assert logs[0].tolist() == logs[1].tolist()


def test_variables_are_what_they_were_when_the_body_failed():
    def at(n):
        x = 0
        try:
            x = 1
            1 // (n - 1)
            x = 2.5
            1 // (n - 2)
            x = 3
            1 // (n - 3)
        except ZeroDivisionError:
            return x + 0.0, 1
        return x + 0.0, 0

    for n in range(5):
        agree(at, n)


def test_a_variable_that_the_body_had_not_reached_has_no_value():
    def missing(n):
        try:
            if n == 0:
                raise ValueError("early")
            y = n
            1 // (n - 1)
        except ValueError:
            pass
        except ZeroDivisionError:
            y = 2 * y
        return y

    for n in (1, 2):
        agree(missing, n)
    expected, found = outcome(missing, 0), outcome(jit(missing), 0)
    assert expected[0] is found[0] is UnboundLocalError


def test_raise_again_and_raise_another():
    def again(n):
        try:
            return 1 // n
        except ZeroDivisionError:
            if n == 0:
                raise
            return -1

    def named(n):
        try:
            return 1 // n
        except ZeroDivisionError as error:
            raise error

    def another(n):
        try:
            return 1 // n
        except ZeroDivisionError as error:
            raise Special(f"no {n}") from error

    agree(again, 0)
    agree(another, 0)
    assert outcome(jit(named), 0)[:2] == outcome(named, 0)[:2]


def test_an_exception_keeps_its_numbers_while_others_are_handled():
    def kept(n):
        try:
            raise ValueError(f"{n} and {n + 1}")
        except ValueError:
            try:
                raise KeyError(f"{10 * n}")
            except KeyError:
                pass
            raise

    expected = outcome(kept, 3)
    assert outcome(jit(kept), 3) == expected or outcome(jit(kept), 3)[:2] == expected[:2]


def test_exceptions_of_calls_outside_are_told_apart_by_class():
    def solved(a):
        try:
            return np.linalg.inv(a)
        except IndexError:
            return a
        except (KeyError, np.linalg.LinAlgError):
            return np.zeros_like(a)

    for matrix in (np.eye(2), np.zeros((2, 2))):
        check(solved, matrix)

    def first(a, b):
        try:
            np.linalg.inv(a)
        except np.linalg.LinAlgError:
            try:
                np.linalg.cholesky(b)
            except ValueError:
                raise
            return 1
        return 2

    singular, negative = np.zeros((2, 2)), -np.eye(2)
    found = outcome(jit(first), singular, negative)
    assert found[:2] == outcome(first, singular, negative)[:2]


def test_memory_of_a_body_that_fails_is_free_after_the_call():
    @jit
    def churn(n):
        caught = 0
        total = 0.0
        for k in range(n):
            values = np.ones(3)
            try:
                values = values + k
                values[k] = 2.0
                total += (values * 2.0)[k]
            except IndexError:
                caught += 1
                total += values[0]
        return caught, total, values

    assert churn(5)[0] == churn.py_func(5)[0] == 2
    assert churn(5)[1] == churn.py_func(5)[1]
    assert churn(5)[2].tolist() == churn.py_func(5)[2].tolist()


def test_rounds_of_prange_handle_their_own_exceptions():
    @jit(parallel=True)
    def filled(out, at):
        failed = 0
        for k in stook.prange(out.size):
            try:
                out[at[k]] = k
            except IndexError:
                failed += 1
        return failed

    at = np.array([0, 1, 99, 3, -50])
    out = np.full(5, -1)
    assert filled(out, at) == 2
    assert out.tolist() == [0, 1, -1, 3, -1]


def test_a_failing_round_is_handled_around_the_loop():
    @jit(parallel=True)
    def tried(out, at):
        x = 1
        try:
            for k in stook.prange(at.size):
                x = 5
                out[at[k]] = x
        except IndexError:
            return x
        return 0

    assert tried(np.zeros(3), np.array([0, 1, 2])) == 0
    assert tried(np.zeros(3), np.array([0, 1, 7])) == 1


def test_a_name_is_gone_after_its_handler():
    def gone(n):
        try:
            n = 1 // n
        except ZeroDivisionError as error:  # noqa: F841
            n = 0
        return error  # noqa: F821

    with pytest.raises((CompileError, UnboundLocalError)):
        jit(gone)(0)


def test_what_is_no_class_cannot_be_caught():
    @jit
    def caught(n):
        try:
            return 1 // n
        except n:
            return 0

    with pytest.raises(CompileError, match="int cannot be caught"):
        caught(1)
