"""Memory that others hold is kept in step, and is ours alone again when they are gone."""

import numpy
import stook


def test_an_exported_array_sees_every_write():
    array = stook.zeros(10_000)
    held = numpy.asarray(array)
    array += 1
    assert (held == 1).all()
    held[:] = 5
    assert float(array.sum()) == 50_000


def test_a_view_of_an_export_keeps_the_memory_shared():
    array = stook.zeros(10_000)
    held = numpy.asarray(array)[::2]
    array += 1
    assert (held == 1).all()


def test_after_the_last_export_calls_are_recorded_again():
    array = stook.zeros(300_000)
    held = numpy.asarray(array)
    del held
    before = stook.counters()["flushes"]
    array += 1
    array *= 2
    assert stook.counters()["flushes"] == before
    assert float(array[0]) == 2


def test_a_buffer_shares_as_long_as_it_lives():
    array = stook.zeros(10_000)
    with memoryview(array) as held:
        array += 1
        assert held[0] == 1.0


def test_large_outputs_in_memory_of_numpys_may_lie_at_any_alignment():
    a = numpy.random.default_rng(0).random(2_000_000) * 100
    first, second = numpy.zeros(a.size + 8), numpy.zeros(a.size + 8)
    x = stook.asarray(first[3 : a.size + 3], copy=False)
    y = stook.asarray(second[1 : a.size + 1], copy=False)
    for _ in range(2):
        stook.divmod(stook.asarray(a), 3.0, out=(x, y))
    quotient, rest = numpy.divmod(a, 3.0)
    assert numpy.array_equal(x, quotient)
    assert numpy.array_equal(y, rest)


def test_what_is_made_of_a_buffer_of_ours_is_a_view_of_it():
    a = stook.arange(4)
    made = stook.array(memoryview(a), copy=False)
    assert made.base is a and stook.shares_memory(made, a)
