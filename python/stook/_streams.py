"""Random numbers in compiled code, from the very streams that Python's calls draw from.

``numpy.random``'s functions and those of `random` are methods of one object each. A call of the
common ones becomes compiled code that draws from that object's state in place, so a program gets
the numbers that it would get from Python, whichever mixture of both it runs. Where the state is
not where it is expected, and for all other functions, the call is made outside of compiled code.
"""

from __future__ import annotations

import ctypes
import math
import random
import struct
from collections.abc import Callable
from typing import Any

import numpy

from stook import _stook
from stook._extern import Extern
from stook._jit import compiled
from stook._meanings import overload
from stook._number_types import NAMES, Integer, NoneType, Number

__all__ = ["refresh"]

_FLOAT, _INT = NAMES["float64"], NAMES["int64"]
_random: Any = numpy.random
_state: Any = _random.mtrand._rand
_twister: Any = random.random.__self__  # type: ignore[attr-defined]
_known: list[Any] = [None]
"""The bit generator whose place is known, and kept alive by this."""


class _Drawn(Extern):
    """A function that draws: the thread that calls it has the interpreter."""

    def __stook_meaning__(self) -> tuple[Any, ...]:
        return *super().__stook_meaning__(), True


_UNIFORM, _NORMAL, _INTEGER, _FRACTION, _BITS = _stook.stream_functions()
_uniform = _Drawn("numpy.random.random", _UNIFORM, (), _FLOAT, None)
_normal = _Drawn("numpy.random.normal", _NORMAL, (), _FLOAT, None)
_integer = _Drawn("numpy.random.randint", _INTEGER, (_INT, _INT), _INT, None)
_fraction = _Drawn("random.random", _FRACTION, (), _FLOAT, None)
_bits = _Drawn("random.getrandbits", _BITS, (_INT,), _INT, None)


def refresh() -> None:
    """Find NumPy's bit generator again: a program may have set another."""
    bits = _random.get_bit_generator()
    if bits is _known[0]:
        return
    functions = bits.ctypes
    names = ("next_double", "next_uint32", "next_uint64")
    places = [ctypes.cast(getattr(functions, name), ctypes.c_void_p).value for name in names]
    _stook.set_numpys_stream(functions.state_address, *places)
    _known[0] = bits


def _place_of_normal() -> int | None:
    """Return where in a `RandomState` the flag of a kept number is, before the number."""
    trial = _random.RandomState(0)
    kind, words, index, _, _ = trial.get_state()
    number = -1.2345678901234567e-300
    trial.set_state((kind, words, index, 1, number))
    place = _memory(trial).find(struct.pack("d", number)) - 8
    states = [struct.unpack_from("i4xd", _memory(trial), place)]
    trial.standard_normal()
    states.append(struct.unpack_from("i4xd", _memory(trial), place))
    trial.standard_normal()
    states.append(struct.unpack_from("i4xd", _memory(trial), place))
    expected = [(1, number), (0, 0.0), tuple(trial.get_state()[3:])]
    return place if place > 0 and states == expected else None


def _place_of_twister() -> int | None:
    """Return where in a `Random` its index is, before its words."""
    *words, index = _twister.getstate()[1]
    place = _memory(_twister).find(struct.pack(f"{1 + len(words)}I", index, *words))
    return place if place > 0 else None


def _memory(holder: Any) -> bytes:
    return ctypes.string_at(id(holder), type(holder).__basicsize__)


def _numbers(*kinds: Any) -> bool:
    """Return whether types are real numbers, or numbers that stand in a signature."""
    return all(isinstance(k, Number | int | float) and not _is_complex(k) for k in kinds)


def _is_complex(kind: Any) -> bool:
    return isinstance(kind, Number) and kind.dtype.kind == "c"


def _integers(*kinds: Any) -> bool:
    return all(isinstance(k, Integer) and k.dtype != numpy.uint64 for k in kinds)


def _is_none(kind: Any) -> bool:
    return kind is None or isinstance(kind, NoneType)


# -- NumPy's --------------------------------------------------------------------------------------


def _draw_random(size: Any = None) -> Callable[..., Any] | None:
    return (lambda size=None: _uniform()) if _is_none(size) else None


def _draw_rand(*axes: Any) -> Callable[..., Any] | None:
    return None if axes else lambda: _uniform()


def _draw_uniform(low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Callable[..., Any] | None:
    def draw(low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Any:
        least = float(low)
        extent = float(high) - least
        if not math.isfinite(extent):
            raise OverflowError("Range exceeds valid bounds")
        return least + extent * _uniform()

    return draw if _numbers(low, high) and _is_none(size) else None


def _draw_integer(low: Any, high: Any = None, size: Any = None) -> Callable[..., Any] | None:
    def below(low: Any, high: Any = None, size: Any = None) -> Any:
        if low <= 0:
            raise ValueError("high <= 0")
        return _integer(0, int(low) - 1)

    def between(low: Any, high: Any, size: Any = None) -> Any:
        if low >= high:
            raise ValueError("low >= high")
        return _integer(int(low), int(high) - 1)

    if not _integers(low) or not _is_none(size):
        return None
    return below if _is_none(high) else between if _integers(high) else None


def _draw_standard_normal(size: Any = None) -> Callable[..., Any] | None:
    return (lambda size=None: _normal()) if _is_none(size) else None


def _draw_randn(*axes: Any) -> Callable[..., Any] | None:
    return None if axes else lambda: _normal()


def _draw_normal(loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Callable[..., Any] | None:
    def draw(loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
        deviation = float(scale)
        if deviation == deviation and math.copysign(1.0, deviation) < 0:
            raise ValueError("scale < 0")
        return float(loc) + deviation * _normal()

    return draw if _numbers(loc, scale) and _is_none(size) else None


# -- Python's -------------------------------------------------------------------------------------


def _draw_between(a: Any, b: Any) -> Callable[..., Any] | None:
    return (lambda a, b: a + (b - a) * _fraction()) if _numbers(a, b) else None


def _below(n: int) -> int:
    """Return an integer below `n`, by rejection among as many bits as that takes."""
    count = 0
    while n >> count > 0:
        count += 1
    drawn = _bits(count)
    while drawn >= n:
        drawn = _bits(count)
    return drawn


below = compiled(_below, [])


def _draw_randint(a: Any, b: Any) -> Callable[..., Any] | None:
    def draw(a: Any, b: Any) -> Any:
        first = int(a)
        count = int(b) - first + 1
        if b < a:
            raise ValueError("empty range for randint()")
        if count <= 0:
            raise OverflowError("a range for randint() has more than 63 bits here")
        return first + below(count)

    return draw if _integers(a, b) else None


# -- which stand for which ------------------------------------------------------------------------


def _register() -> None:
    refresh()
    draws: dict[str, Callable[..., Any]] = {
        "random": _draw_random,
        "random_sample": _draw_random,
        "rand": _draw_rand,
        "uniform": _draw_uniform,
        "randint": _draw_integer,
    }
    place = _place_of_normal()
    if place is not None:
        _stook.set_kept_normal(id(_state) + place)
        draws |= {
            "standard_normal": _draw_standard_normal,
            "randn": _draw_randn,
            "normal": _draw_normal,
        }
    for name, draw in draws.items():
        overload(getattr(_random, name))(draw)
    place = _place_of_twister()
    if place is not None:
        _stook.set_twister(id(_twister) + place)
        overload(random.random)(lambda: lambda: _fraction())
        overload(random.uniform)(_draw_between)
        overload(random.randint)(_draw_randint)


_register()
