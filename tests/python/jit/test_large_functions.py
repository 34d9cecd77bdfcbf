"""Large functions are compiled quickly first, and in full behind the program: the same bits."""

import linecache
import math
import os
import subprocess
import sys
import time

import numpy as np
import pytest
import stook
from random_functions import oracle
from random_functions.writer import program
from stook import _stook

LARGE, HUGE = 40, 150
"""Statements of functions for the two kinds of quick code."""


def generated(count, first=None):
    """Return a function of so many statements, new to the disk unless it has a first number."""
    first = time.time_ns() if first is None else first
    kinds = [
        "x = (x * 0.75 + a[{k} % n] * y) / (1.0 + abs(x))",
        "y = math.sqrt(abs(x)) + {k} / 7.0",
        "if x > y:\n        x, y = y * 0.5, x - {k}",
        "a[{k} % n] = x - y * 0.25",
        "for k in range(n):\n        a[k] = (a[k] + x * k) / (2.0 + abs(y))",
        "x += math.sin(y) * np.exp(-abs(a[{k} % n]) / 100)",
        "j = (j * 31 + {k}) % 1009",
        "y -= j // 7 - j % 5",
    ]
    lines = ["def f(a, n):", f"    x, y, j = 0.5, 1.5, {first}"]
    lines += ["    " + kinds[k % len(kinds)].format(k=k) for k in range(count)]
    text = "\n".join([*lines, "    return x, y, j"]) + "\n"
    file = f"<{count} statements from {first}>"
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    found = {"np": np, "math": math}
    exec(compile(text, file, "exec"), found)
    return found["f"]


def bits(function):
    """Return all that a call computes, as bytes."""
    a = np.linspace(-3.0, 4.0, 17)
    x, y, j = function(a, 17)
    assert np.isfinite([*a, x, y]).all()
    return a.tobytes() + np.array([x, y, j]).tobytes()


def passes(function):
    """Return which passes a function's only version had."""
    ((*_, passes, behind, _, _),) = function.versions()
    return passes, behind


def in_full(function):
    """Wait until full code is there."""
    until = time.monotonic() + 120
    while passes(function)[0] == "quick, full under way":
        assert time.monotonic() < until
        time.sleep(0.01)
    return passes(function)


@pytest.fixture
def quickly():
    """Has every function compiled quickly first."""
    before = _stook.compile_quickly_from(0)
    yield
    _stook.compile_quickly_from(before)


@pytest.mark.parametrize("statements", [LARGE, HUGE])
def test_a_large_function_has_the_same_bits_before_and_after_the_swap(statements):
    compiled = stook.jit(generated(statements))
    early = bits(compiled)
    assert passes(compiled)[0].startswith("quick")
    assert in_full(compiled)[0] == "quick, then full"
    assert bits(compiled) == early
    assert bits(compiled.interpret) == early


def test_a_small_function_is_compiled_in_full_at_once():
    compiled = stook.jit(generated(5))
    bits(compiled)
    assert passes(compiled) == ("full", None)


def test_the_report_tells_of_both():
    compiled = stook.jit(generated(LARGE + 1))
    bits(compiled)
    _, behind = in_full(compiled)
    assert behind > 0
    (version,) = stook.explain(compiled).versions
    assert version["passes"] == "quick, then full"
    assert f"passes: quick, then full, which took {behind * 1e3:.1f} ms" in str(
        stook.explain(compiled)
    )


def test_threads_may_call_while_code_is_swapped(quickly):
    from concurrent.futures import ThreadPoolExecutor

    compiled = stook.jit(generated(40), nogil=True)
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(lambda _: bits(compiled), range(400)))
    in_full(compiled)
    assert found == {bits(compiled)}


def test_failures_are_the_same_in_both(quickly):
    @stook.jit
    def f(a, k):
        return a[k]

    for _ in range(2):
        with pytest.raises(IndexError, match="index 5 is out of bounds for axis 0 with size 3"):
            f(np.zeros(3), 5)
        in_full(f)


def test_sums_in_any_order_have_one_code(quickly):
    @stook.jit(fastmath=True)
    def f(a):
        s = 0.0
        for x in a:
            s += x
        return s

    f(np.ones(5))
    assert passes(f) == ("full", None)


def test_a_forked_child_compiles_in_full_too(quickly):
    compiled = stook.jit(generated(60))
    early = bits(compiled)
    child = os.fork()
    if child == 0:
        bits(compiled)
        os._exit(0 if in_full(compiled)[0] == "quick, then full" and bits(compiled) == early else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_random_functions_mean_the_same_when_compiled_quickly(quickly):
    failures = [oracle.check(program(seed)) for seed in range(60)]
    assert failures == [None] * 60


def run(source, cache, **environment):
    """Return what a program prints."""
    done = subprocess.run(
        [sys.executable, "-c", source],
        env={**os.environ, "STOOK_CACHE_DIR": str(cache), **environment},
        cwd=os.path.dirname(__file__),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


CALL = """
import stook, test_large_functions as large
f = stook.jit(large.generated(large.LARGE, first=1))
large.bits(f)
"""


def test_the_disk_gives_full_code_to_the_next_process(tmp_path):
    run(CALL + "large.in_full(f)", tmp_path)
    assert run(CALL + "print(*large.passes(f))", tmp_path) == "full None"


def test_a_program_that_ends_meanwhile_leaves_full_code(tmp_path):
    run(CALL, tmp_path)
    run(CALL + "large.in_full(f)", tmp_path)
    assert run(CALL + "print(*large.passes(f))", tmp_path) == "full None"


def test_who_waits_for_the_compiler_has_full_code_at_once(tmp_path):
    found = run(CALL + "print(*large.passes(f))", tmp_path, STOOK_TIER="compiled")
    assert found == "full None"
