"""What its holder drops right after a look is not stored; who keeps it still finds it."""

import operator
import warnings

import numpy
import pytest
import stook

SIZE = 500_000


@pytest.fixture
def pair():
    random = numpy.random.default_rng(0)
    return random.random(SIZE), random.random(SIZE)


def moved(work):
    """Return the bytes that the bundles of some work read and wrote."""
    stook.sync()
    before = stook.counters()["bytes_moved"]
    work()
    return stook.counters()["bytes_moved"] - before


@pytest.mark.parametrize(
    "look",
    [
        lambda a, b: ((a - b) ** 2).sum(),
        lambda a, b: stook.sum((a - b) ** 2),
        lambda a, b: (a * b).max(),
        lambda a, b: (a > b).any(),
        lambda a, b: stook.count_nonzero(a > b),
        lambda a, b: (a * b).mean(),
        lambda a, b: stook.nanmean(a),
        lambda a, b: stook.allclose(a, b, equal_nan=True),
        lambda a, b: stook.array_equal(a, b, equal_nan=True),
    ],
)
def test_a_temporary_is_not_stored(pair, look):
    a, b = map(stook.asarray, pair)
    assert moved(lambda: look(a, b)) < 2 * a.nbytes + 1024


def test_distances_from_the_mean_are_not_stored(pair):
    a = stook.asarray(pair[0])
    assert moved(a.std) < 2 * a.nbytes + 1024


def test_only_the_mask_is_stored_of_distances_without_nan(pair):
    a = stook.asarray(pair[0])
    assert moved(lambda: stook.nanstd(a)) < 2 * a.nbytes + 2 * a.size + 1024


def test_what_c_code_holds_alone_is_still_there(pair):
    a, b = map(stook.asarray, pair)
    kept = [a - b, a + b]
    total, _ = map(stook.ndarray.sum, kept)
    numpy.testing.assert_allclose(total, (pair[0] - pair[1]).sum(), atol=1e-9)
    numpy.testing.assert_array_equal(kept[0], pair[0] - pair[1])
    numpy.testing.assert_array_equal(kept[1], pair[0] + pair[1])


def test_what_it_was_made_from_may_be_written_after_the_look(pair):
    a, b = map(stook.asarray, pair)
    kept = [a * b]
    operator.methodcaller("sum")(kept[0])
    a += 1.0
    numpy.testing.assert_array_equal(kept[0], pair[0] * pair[1])
    numpy.testing.assert_array_equal(a, pair[0] + 1.0)


def test_what_it_was_made_from_may_be_written_between(pair):
    a, b = map(stook.asarray, pair)
    kept = [a * b]
    a += 1.0
    operator.methodcaller("sum")(kept[0])
    numpy.testing.assert_array_equal(kept[0], pair[0] * pair[1])


def test_a_view_of_it_keeps_it(pair):
    a, b = map(stook.asarray, pair)
    view = (a * b)[::2]
    view.sum()
    numpy.testing.assert_array_equal(view, (pair[0] * pair[1])[::2])


def test_what_it_was_made_from_may_be_dropped_after_it_was_written(pair):
    a, b = map(stook.asarray, pair)
    stook.sync()
    a += b
    a = stook.sqrt(a)
    a[1:].max()
    numpy.testing.assert_array_equal(a, numpy.sqrt(pair[0] + pair[1]))


def test_its_inputs_are_released(pair):
    a, b = map(stook.asarray, pair)
    ((a - b) ** 2).sum()
    before = stook.zeros(3)
    numpy.testing.assert_array_equal(before + 1.0, numpy.ones(3))
    numpy.testing.assert_array_equal(a, pair[0])


def test_warnings_are_not_repeated(pair):
    a = stook.asarray(pair[0])
    zero = a - a
    kept = []
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        kept.append(a / zero)
        operator.methodcaller("max")(kept[0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert stook.isinf(kept[0]).all()


def test_a_view_of_a_named_array_finds_its_plan_again():
    a = stook.arange(100_000.0)
    before = None
    for step in range(8):
        b = a * 2.0
        b[1:].sum()
        if step == 3:
            before = stook.counters()["plans"]
    assert stook.counters()["plans"] == before
