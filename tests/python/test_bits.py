"""Flags packed to bits, and bits unpacked, held to NumPy."""

from typing import Any

import numpy
import pytest
from compare import check, falling_back

SHAPES = [
    (),
    (0,),
    (1,),
    (7,),
    (8,),
    (9,),
    (100,),
    (1, 17),
    (3, 17),
    (4, 0, 5),
    (2, 3, 4),
    (70001,),
]
AXES = [None, 0, -1, 1]


def _layouts(np: Any, shape: tuple[int, ...], dtype: str) -> list[Any]:
    random = numpy.random.default_rng(len(shape))
    a = np.array(random.integers(0, 3, shape).astype(dtype))
    return [a, a.T, a[..., ::-1] if shape else a]


def _seen(result: Any) -> tuple[Any, ...]:
    return result, result.strides if result.size else None


@pytest.mark.parametrize("bitorder", ["big", "little"])
@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", ["?", "b", "B", "h", "L"])
def test_flags_are_packed_along_an_axis(dtype, shape, axis, bitorder):
    def program(np: Any) -> Any:
        return [_seen(np.packbits(a, axis, bitorder)) for a in _layouts(np, shape, dtype)]

    with falling_back():
        check(program)


@pytest.mark.parametrize("count", [None, 0, 3, 20, 900, -3, -100])
@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("shape", [shape for shape in SHAPES if 0 not in shape])
def test_bits_are_unpacked_along_an_axis(shape, axis, count):
    def program(np: Any) -> Any:
        made = []
        for bitorder in ("big", "little"):
            for a in _layouts(np, shape, "B"):
                made.append(_seen(np.unpackbits(a, axis, count, bitorder)))
        return made

    with falling_back():
        check(program)


def test_bits_beyond_nothing_are_zeros():
    check(lambda np: np.unpackbits(np.empty(0, "B")))
    check(lambda np: np.unpackbits(np.empty(0, "B"), count=0))


REFUSED = [
    lambda np: np.packbits([1.5]),
    lambda np: np.packbits([1], bitorder="middle"),
    lambda np: np.packbits([1], axis=1),
    lambda np: np.packbits([1], axis=0.5),
    lambda np: np.packbits(a=[1]),
    lambda np: np.unpackbits([1]),
    lambda np: np.unpackbits(np.ones(1, "B"), count=-9),
    lambda np: np.unpackbits(np.ones(1, "B"), count=1.5),
    lambda np: np.unpackbits(np.ones(1, "B"), bitorder="middle"),
]


@pytest.mark.parametrize("call", REFUSED)
def test_refusals_are_numpys(call):
    with falling_back():
        check(call)
