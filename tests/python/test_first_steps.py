"""A function with a first step is what it was, but for the arguments that pass through it."""

import inspect
import pickle
import sys
import traceback
from typing import Any

import pytest
from stook._first_steps import pass_through

WATCHED = frozenset((list,))


def _take(*values: Any) -> tuple[Any, ...]:
    return tuple([tuple(value) if type(value) is list else value for value in values])


def _given(function: Any) -> Any:
    pass_through(function, WATCHED, _take)
    return function


def test_arguments_of_every_kind_pass_through():
    @_given
    def f(a, /, b, *c, d=None, **e):
        return a, b, c, d, e

    assert f([1], 2, [3], d=[4], e=[5]) == ((1,), 2, ([3],), (4,), {"e": [5]})
    assert f(1, b=[2]) == (1, (2,), (), None, {})


def test_arguments_that_inner_functions_see_pass_through():
    @_given
    def f(a, b):
        return (lambda: (a, b))()

    assert f([1], [2]) == ((1,), (2,))


def test_a_method_finds_its_class_and_itself():
    class Base:
        def f(self, a):
            return a

    class Derived(Base):
        @_given
        def f(self, a):
            return super().f(a), __class__, sys.getrefcount(self)

        def g(self, a):
            return super().f(a), __class__, sys.getrefcount(self)

    object_ = Derived()
    assert object_.f([1])[:2] == ((1,), Derived)
    assert object_.f([1])[2] == object_.g([1])[2]


def test_exceptions_are_handled_and_told_of_their_lines():
    def f(a, b):
        for _ in range(3):
            try:
                if not a:
                    raise ValueError
            except ValueError:
                with pytest.raises(KeyError):
                    raise KeyError from None
                b = a
            finally:
                b = (b,)
        return 1 / len(b[0])

    def told() -> Any:
        with pytest.raises(ZeroDivisionError) as error:
            f([], [])
        return traceback.extract_tb(error.value.__traceback__)[-1]

    before, positions = told(), list(f.__code__.co_positions())
    code = f.__code__
    _given(f)
    assert f.__code__ is not code
    assert (told().line, told().lineno) == (before.line, before.lineno)
    assert list(f.__code__.co_positions())[-len(positions) + 8 :] == positions[8:]


def shown(a: Any, *, b: int = 3) -> Any:
    """Do nothing."""
    return a, b


def test_a_function_stays_the_same_object():
    before = inspect.signature(shown), inspect.getfullargspec(shown), shown.__doc__
    same = shown
    _given(shown)
    assert (inspect.signature(shown), inspect.getfullargspec(shown), shown.__doc__) == before
    assert pickle.loads(pickle.dumps(shown)) is same
    assert same([1]) == ((1,), 3)


def test_a_second_first_step_is_not_added():
    @_given
    def f(a):
        return a

    code = f.__code__
    assert _given(f).__code__ is code


def test_generators_and_functions_of_very_many_constants_are_left_alone():
    def many():
        yield 1

    scope: dict[str, Any] = {}
    exec("def f(a):\n return a, [" + ", ".join(f"a == {k}.5" for k in range(300)) + "]", scope)
    for function in (many, scope["f"]):
        code = function.__code__
        assert _given(function).__code__ is code


def test_loops_at_the_start_of_a_function_go_round():
    @_given
    def f(a):
        while a:
            a = a[1:]
            if len(a) > 400:
                return None
        return a

    assert f([1, 2, 3]) == ()


def test_frames_have_a_line_during_the_first_step():
    lines = []

    def take(*values: Any) -> tuple[Any, ...]:
        lines.append(sys._getframe(1).f_lineno)
        return values

    def f(a):
        return a

    first = f.__code__.co_firstlineno
    pass_through(f, WATCHED, take)
    assert f([1]) == [1]
    assert lines == [first]


def test_equal_code_of_two_files_stays_apart():
    scopes = []
    for name in ("one.py", "two.py"):
        scope: dict[str, Any] = {}
        exec(compile("def f(a):\n return a\n", name, "exec"), scope)
        scopes.append(_given(scope["f"]))
    assert [f.__code__.co_filename for f in scopes] == ["one.py", "two.py"]
