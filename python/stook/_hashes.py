"""What `hash` gives of numbers and tuples in compiled code: Python's numbers.

Python's hash of a number is its residue modulo the prime 2**61 - 1, of a fraction too, so that
equal numbers of all types have one (Python's manual, "Hashing of numeric types"); a tuple mixes
those of its items by a variant of xxHash. The compiler calls these by name.
"""

from __future__ import annotations

from typing import Any

import numpy

from stook._jit import jit

__all__ = ["hash_of_complex", "hash_of_float", "hash_of_int", "hash_of_unsigned", "mixed", "whole"]

_MODULUS = 2**61 - 1
_INFINITY = 314159
_IMAGINARY = 1000003
_FIRST = numpy.uint64(11400714785074694791)
_SECOND = numpy.uint64(14029467366897019727)
_FIFTH = numpy.uint64(2870177450012600261)
_ENDS = numpy.uint64(2870177450012600261 ^ 3527539)
_HIGHEST = numpy.uint64(2**63)
_MOST = numpy.uint64(2**64 - 1)


@jit
def hash_of_int(n: int) -> int:
    """Return the hash of an int of 64 bits."""
    rest = n % _MODULUS
    if n < 0 and rest > 0:
        rest -= _MODULUS
    return -2 if rest == -1 else rest


@jit
def hash_of_unsigned(n: Any) -> int:
    """Return the hash of an unsigned integer of 64 bits."""
    return int(n % numpy.uint64(_MODULUS))


@jit
def hash_of_float(x: float) -> int:
    """Return the hash of a float; of NaN it is 0, where Python takes the object's address."""
    if x != x:
        return 0
    if x == numpy.inf:
        return _INFINITY
    if x == -numpy.inf:
        return -_INFINITY
    if abs(x) < 2.0**62 and x == int(x):
        return hash_of_int(int(x))
    part, exponent = numpy.frexp(abs(x))
    power = int(exponent)
    rest = 0
    while part > 0.0:
        # The residue of 2**28 times the number, and 28 bits more of the fraction.
        rest = ((rest << 28) & _MODULUS) | (rest >> 33)
        part *= 268435456.0
        power -= 28
        digits = int(part)
        part -= digits
        rest += digits
        if rest >= _MODULUS:
            rest -= _MODULUS
    shift = power % 61
    rest = ((rest << shift) & _MODULUS) | (rest >> (61 - shift))
    if x < 0:
        rest = -rest
    return -2 if rest == -1 else rest


@jit
def hash_of_complex(real: float, imaginary: float) -> int:
    """Return the hash of a complex number."""
    made = hash_of_float(real) + _IMAGINARY * hash_of_float(imaginary)
    return -2 if made == -1 else made


@jit
def mixed(code: Any, item: int) -> Any:
    """Return the code of a tuple's items with one more, by its hash."""
    code = code + numpy.uint64(item & (2**63 - 1)) * _SECOND
    if item < 0:
        code = code + _HIGHEST * _SECOND
    code = (code << numpy.uint64(31)) | (code >> numpy.uint64(33))
    return code * _FIRST


@jit
def whole(code: Any, count: int) -> int:
    """Return the hash of a tuple of so many items, by their code."""
    code = code + (numpy.uint64(count) ^ _ENDS)
    if code == _MOST:
        return 1546275796
    if code >= _HIGHEST:
        return int(code - _HIGHEST) - 2**62 - 2**62
    return int(code)
