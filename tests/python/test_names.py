"""Every public name of NumPy's is there, takes its parameters, and tells where it comes from."""

import importlib
import inspect
import pickle
import types

import numpy
import pytest
import stook
from stook import _coverage
from stook._coverage import COMPOSED, COUNTED, OBJECT, OUTSIDE, RECORDED

SUBMODULES = [
    name
    for name in dir(numpy)
    if not name.startswith("_")
    and isinstance(getattr(numpy, name), types.ModuleType)
    and getattr(numpy, name).__name__ == f"numpy.{name}"
]


def below(module, name):
    """Return what stands at a dotted name below a module."""
    for part in name.split("."):
        module = getattr(module, part)
    return module


def parameters(function):
    """Return the names of a callable's parameters; None where it does not tell all."""
    try:
        found = inspect.signature(function).parameters
    except ValueError:
        return None
    open_ended = any(p.kind is p.VAR_KEYWORD for p in found.values())
    return None if open_ended else list(found)


def test_every_name_of_numpy_is_there():
    assert set(dir(numpy)) <= set(dir(stook))
    missing = [name for name in dir(numpy) if not hasattr(stook, name)]
    assert missing == []
    assert stook.__all__ == numpy.__all__


def test_every_method_and_attribute_of_arrays_is_there():
    assert set(dir(numpy.ndarray)) <= set(dir(stook.ndarray))


@pytest.mark.parametrize("name", SUBMODULES)
@pytest.mark.filterwarnings("ignore:numpy.core is deprecated")
def test_submodule_is_imported_with_every_name(name):
    module = importlib.import_module(f"stook.{name}")
    assert module is getattr(stook, name)
    real = getattr(numpy, name)
    assert [public for public in real.__all__ if not hasattr(module, public)] == []


@pytest.mark.parametrize("part", _coverage.PARTS)
def test_parameters_are_named_as_numpys(part):
    different = {}
    for name in _coverage.names(part):
        real = below(numpy, name)
        if not callable(real) or isinstance(real, type):
            continue
        wanted = parameters(real)
        got = None if wanted is None else parameters(below(stook, name))
        if got != wanted:
            different[name] = (wanted, got)
    assert different == {}


def test_origin_is_read_off_the_object():
    origins = {
        "add": RECORDED,
        "ndarray.sum": RECORDED,
        "ndarray.T": RECORDED,
        "reshape": RECORDED,
        "pad": COMPOSED,
        "ndarray.clip": COMPOSED,
        "linalg.multi_dot": COMPOSED,
        "linalg.svd": COUNTED,
        "random.Generator.normal": COUNTED,
        "savetxt": OUTSIDE,
        "float64": OBJECT,
        "pi": OBJECT,
        "ma": OBJECT,
    }
    assert {name: _coverage.origin(name) for name in origins} == origins


def test_annotations_with_numpys_types_are_numpys():
    typing = importlib.import_module("stook.typing")
    assert typing.NDArray[numpy.float64] == numpy.typing.NDArray[numpy.float64]
    assert typing.ArrayLike is numpy.typing.ArrayLike


@pytest.mark.parametrize("name", ["linalg.trace", "linalg.norm", "linalg.svd", "fft.fft"])
def test_functions_of_submodules_can_be_pickled(name):
    function = below(stook, name)
    assert pickle.loads(pickle.dumps(function)) is function
