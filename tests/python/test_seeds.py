"""Random streams: arrays of ours as seeds, and results that are NumPy's in type."""

import copy
import pickle

import numpy
import pytest
import stook

NAMES = ["MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"]


@pytest.mark.parametrize("name", NAMES)
def test_an_array_seeds_numpys_stream(name):
    ours = getattr(stook.random, name)(stook.asarray([1, 2]))
    numpys = getattr(numpy.random, name)(numpy.asarray([1, 2]))
    for same in (copy.deepcopy(ours), pickle.loads(pickle.dumps(ours)), ours):
        assert same.random_raw() == copy.deepcopy(numpys).random_raw()
    assert isinstance(ours, getattr(numpy.random, name))
    assert isinstance(numpys, getattr(stook.random, name))


@pytest.mark.parametrize("name", NAMES)
def test_generators_of_it_are_pickled(name):
    generator = stook.random.Generator(getattr(stook.random, name)(stook.asarray([1, 2])))
    same = pickle.loads(pickle.dumps(generator))
    assert (same.random(3) == generator.random(3)).all()


def test_an_array_is_the_entropy_of_a_sequence():
    sequence = stook.random.SeedSequence(stook.asarray([1, 2]), spawn_key=(stook.asarray(3)[()],))
    numpys = numpy.random.SeedSequence([1, 2], spawn_key=(3,))
    assert sequence.generate_state(4).tolist() == numpys.generate_state(4).tolist()
    assert stook.random.PCG64(sequence).seed_seq is sequence


def test_refusals_are_numpys():
    with pytest.raises(TypeError):
        stook.random.SeedSequence(stook.asarray([1.5]))


CHOICES = [
    lambda generator: generator.choice(2),
    lambda generator: generator.choice([1, 2]),
    lambda generator: generator.choice(2, ()),
    lambda generator: generator.choice(5, 2, replace=False),
    lambda generator: generator.permutation(3),
    lambda generator: generator.permuted([1, 2, 3]),
]


@pytest.mark.parametrize("choose", CHOICES)
def test_what_is_drawn_is_numpys_in_type(choose):
    got, expected = choose(stook.random.default_rng(1)), choose(numpy.random.default_rng(1))
    if type(expected) is numpy.ndarray:
        assert type(got) is stook.ndarray
    else:
        assert type(got) is type(expected)
    assert numpy.array_equal(numpy.asarray(got), expected)
