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
