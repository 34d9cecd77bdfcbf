"""A call on some thousand elements that is looked at alone runs without a plan. It gives
what NumPy gives, and what a plan gives.
"""

import warnings

import numpy
import pytest
import stook
from compare import check
from stook._stook import run_at_once

CALLS = """
a + b
a * 2.5
2.5 - a
a < b
np.where(m, a, b)
np.sqrt(a)
-f
i // j
np.equal(i, 3)
a.astype('f4')
a.astype('i8')
i.astype('f8')
a.copy()
a[1:] - a[:-1]
a[::2] + b[::2]
a[::-1].copy()
S + T
S.T + T.T
np.floor(f)
~m
m & m
c * c
abs(c)
""".strip().splitlines()
WHOLE = """
a.sum()
a.max()
f.sum()
f.min()
i.sum()
S.sum()
a.prod()
c.sum()
m.any()
m.sum()
""".strip().splitlines()
SIZES = 2049, 4096, 6000, 16384, 32768, 32769


def operands(n):
    random = numpy.random.default_rng(n)
    a, b = random.normal(size=(2, n))
    i, j = random.integers(1, 100, (2, n))
    f, m, c = a.astype("f4"), a > 0, a + 1j * b
    return {"a": abs(a), "b": b, "f": f, "m": m, "c": c, "i": i, "j": j} | squares(a, b)


def squares(a, b):
    rows = len(a) // 64
    return {"S": a[: rows * 64].reshape(rows, 64), "T": b[: rows * 64].reshape(rows, 64)}


def ours(made):
    return {name: stook.asarray(array) for name, array in made.items()}


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("call", CALLS)
def test_a_single_call_gives_numpys_result(call, n):
    made = operands(n)
    got = eval(call, {"np": stook}, ours(made))
    check(got, eval(call, {"np": numpy}, made))


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("call", WHOLE)
def test_a_fold_of_all_elements_has_the_bits_of_its_plan(call, n):
    made = ours(operands(n))
    alone = eval(call, {}, made)
    before = run_at_once(0)
    try:
        recorded = eval(call, {}, made)
    finally:
        run_at_once(before)
    assert alone.tobytes() == recorded.tobytes()


def test_single_calls_make_no_plans():
    a, b = ours(operands(7000))["b"], stook.ones(7000)
    stook.sync()
    before = stook.counters()
    calls = (
        lambda: a + b,
        lambda: a < 0.25,
        a.copy,
        lambda: a.astype("f4"),
        lambda: stook.negative(a),
        lambda: a.__iadd__(b),
    )
    for call in calls * 3:
        call()[0]
    after = stook.counters()
    assert after["plans"] == before["plans"]
    assert after["launches"] - before["launches"] == 18


def test_calls_in_chains_are_one_bundle():
    a = stook.ones(7000)
    stook.sync()
    before = stook.counters()["launches"]
    made = a * 2 + 1
    assert made[0] == 3
    assert stook.counters()["launches"] - before == 1


@pytest.mark.parametrize("shift", [1, -1, 0, 2048])
def test_a_single_write_reads_before_it_writes(shift):
    n, made = 6000, numpy.arange(12_000.0)
    got = stook.asarray(made)
    for array in (made, got):
        array[2048 : 2048 + n] = array[2048 + shift : 2048 + shift + n]
        array[2048 : 2048 + n] += array[2048 + shift : 2048 + shift + n]
    check(got, made)


def test_a_single_call_warns_from_its_line():
    a = stook.zeros(5000)
    with warnings.catch_warnings(record=True) as met:
        warnings.simplefilter("always")
        made = 1 / a
        made[0]
    assert [str(warning.message) for warning in met] == ["divide by zero encountered in divide"]
    assert met[0].filename == __file__
    with numpy.errstate(divide="ignore"), warnings.catch_warnings():
        warnings.simplefilter("error")
        (1 / a)[0]


def test_an_unread_operand_is_what_was_there():
    a = stook.empty(5000)
    assert (a + 1).shape == (5000,)
    b = a.copy()
    assert b.shape == a.shape
