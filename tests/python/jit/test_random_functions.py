"""Random functions, compiled, against their meaning in Python and against the interpreter.

A failure prints a short program that still fails, ready to run from the repository's root. `make
fuzz-jit` is the long run.
"""

from __future__ import annotations

import pytest
import stook
from random_functions import meaning, oracle
from random_functions.shrinking import script, shrink
from random_functions.writer import program

PROGRAMS = 300
ENOUGH = 3


def test_random_functions_mean_what_they_mean_in_python():
    scripts = []
    for seed in range(PROGRAMS):
        failure = oracle.check(program(seed))
        if failure is not None:
            scripts.append(script(shrink(failure)))
        if len(scripts) >= ENOUGH:
            break
    assert not scripts, "\n\n".join(scripts)


def test_what_is_wrong_is_found(monkeypatch):
    """The oracle itself: where a sum means something else, some program among a few must fail."""
    monkeypatch.setitem(meaning.OPERATORS, "+", lambda a, b: a - b)
    assert any(oracle.check(program(seed)) is not None for seed in range(40))


@pytest.mark.parametrize("value", [3, 2.5, True, (1, 2.0)])
def test_the_interpreter_of_routines_gives_the_value_of_a_call(value):
    @stook.jit
    def same(value):
        return value

    assert same.interpret(value) == same(value) == value
