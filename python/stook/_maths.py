"""Functions of `math` and `cmath` that are no ufuncs, as compiled code has them.

The compiler calls them by name with floats, ints and complex numbers of Python's. What Python
refuses of their results it refuses itself (`crates/jit/src/known.rs`). Error functions, gamma
functions and remainders are those of the C library.
"""

from __future__ import annotations

from typing import Any

import numpy

from stook._extern import extern
from stook._jit import jit

_LIBRARY = "libm.so.6"
_INFINITY = float("inf")

erf_of_c = extern(_LIBRARY, "erf", "f8(f8)")
erfc_of_c = extern(_LIBRARY, "erfc", "f8(f8)")
gamma_of_c = extern(_LIBRARY, "tgamma", "f8(f8)")
lgamma_of_c = extern(_LIBRARY, "lgamma", "f8(f8)")
remainder_of_c = extern(_LIBRARY, "remainder", "f8(f8, f8)")


@jit
def erf(x: float) -> float:
    """Return the error function."""
    return float(erf_of_c(x))


@jit
def erfc(x: float) -> float:
    """Return one less the error function."""
    return float(erfc_of_c(x))


@jit
def gamma(x: float) -> float:
    """Return the gamma function."""
    return float(gamma_of_c(x))


@jit
def lgamma(x: float) -> float:
    """Return the logarithm of the size of the gamma function."""
    return float(lgamma_of_c(x))


@jit
def remainder(x: float, y: float) -> float:
    """Return what the nearest multiple leaves, of two as near the even one."""
    return float(remainder_of_c(x, y))


@jit
def ulp(x: float) -> float:
    """Return the value of the last bit."""
    size = abs(x)
    above = float(numpy.nextafter(size, _INFINITY))
    if above < _INFINITY or not size < _INFINITY:
        return above - size if above < _INFINITY else size
    return size - float(numpy.nextafter(size, 0.0))


@jit
def frexp(x: float) -> Any:
    """Return a number from a half up to one, and the power of two that it was multiplied by."""
    part, power = numpy.frexp(x)
    return float(part), int(power)


@jit
def modf(x: float) -> Any:
    """Return the part behind the point, and the one before it."""
    part, whole = numpy.modf(x)
    return float(part), float(whole)


@jit
def ldexp(x: float, by: int) -> float:
    """Return a number times a power of two."""
    made = float(numpy.ldexp(x, min(max(by, -10000), 10000)))
    if abs(made) == _INFINITY and abs(x) < _INFINITY:
        raise OverflowError("math range error")
    return made


@jit
def isclose(a: Any, b: Any, relative: float, absolute: float) -> bool:
    """Return whether two numbers are as near each other as their size or a bound allows."""
    if relative < 0 or absolute < 0:
        raise ValueError("tolerances must be non-negative")
    if a == b:
        return True
    if not (abs(a) < _INFINITY and abs(b) < _INFINITY):
        return False
    apart = abs(a - b)
    return apart <= abs(relative * b) or apart <= abs(relative * a) or apart <= absolute


@jit
def length_of_vector(numbers: Any) -> float:
    """Return the root of the sum of squares, which neither overflows nor vanishes meanwhile.

    Squares and their sum are kept in two floats each (T. J. Dekker, A floating-point technique for
    extending the available precision, Numerische Mathematik 18, 1971), and the root is corrected by
    what its own square lacks.
    """
    largest = 0.0
    finite = True
    for number in numbers:
        if abs(number) == _INFINITY:
            return _INFINITY
        finite = finite and number == number
        largest = max(largest, abs(number))
    if not finite:
        return float("nan")
    if largest == 0.0:
        return 0.0
    power = frexp(largest)[1]
    high = 0.0
    low = 0.0
    for number in numbers:
        scaled = ldexp(number, -power)
        square, rest = squared(scaled)
        total = high + square
        low += (high - total) + square if high >= square else (square - total) + high
        low += rest
        high = total
    root = float(numpy.sqrt(high + low))
    square, rest = squared(root)
    root += ((high - square) - rest + low) / (2.0 * root)
    return ldexp(root, power)


@jit
def squared(x: float) -> Any:
    """Return a square and what its rounding left out."""
    split = x * 134217729.0
    upper = split - (split - x)
    lower = x - upper
    square = x * x
    return square, ((upper * upper - square) + 2.0 * upper * lower) + lower * lower


@jit
def dist(p: Any, q: Any) -> float:
    """Return how far two points are apart."""
    if len(p) != len(q):
        raise ValueError("both points must have the same number of dimensions")
    return length_of_vector([float(p[k]) - float(q[k]) for k in range(len(p))])


@jit
def prod(items: Any) -> Any:
    """Return the product."""
    made = 1
    for item in items:
        made = made * item
    return made


@jit
def fsum(items: Any) -> float:
    """Return the sum of floats, rounded once.

    J. R. Shewchuk, Adaptive precision floating-point arithmetic and fast robust geometric
    predicates, Discrete & Computational Geometry 18, 1997: the sum so far is a list of floats that
    share no bits.
    """
    parts = [0.0]
    special = 0.0
    for item in items:
        x = float(item)
        if not abs(x) < _INFINITY:
            special += x
            continue
        kept = 0
        for k in range(len(parts)):
            y = parts[k]
            if abs(x) < abs(y):
                x, y = y, x
            total = x + y
            rest = y - (total - x)
            if rest != 0.0:
                parts[kept] = rest
                kept += 1
            x = total
        if abs(x) == _INFINITY:
            raise OverflowError("intermediate overflow in fsum")
        while len(parts) > kept:
            parts.pop()
        parts.append(x)
    if special != 0.0:
        if special != special:
            raise ValueError("-inf + inf in fsum")
        return special
    return rounded_once(parts)


@jit
def rounded_once(parts: Any) -> float:
    """Return the sum of floats that share no bits, the least first."""
    k = len(parts) - 1
    high = parts[k]
    low = 0.0
    while k > 0 and low == 0.0:
        k -= 1
        x, y = high, parts[k]
        high = x + y
        low = y - (high - x)
    # What lies behind decides of a sum that is half way between two floats.
    if k > 0 and ((low < 0.0 and parts[k - 1] < 0.0) or (low > 0.0 and parts[k - 1] > 0.0)):
        twice = low * 2.0
        above = high + twice
        if twice == above - high:
            high = above
    return high


@jit
def factorial(n: int) -> int:
    """Return the product of the first integers."""
    if n < 0:
        raise ValueError("factorial() not defined for negative values")
    made = 1
    for k in range(2, n + 1):
        made *= k
    return made


@jit
def comb(n: int, k: int) -> int:
    """Return how many sets of `k` there are among `n`."""
    if n < 0:
        raise ValueError("n must be a non-negative integer")
    if k < 0:
        raise ValueError("k must be a non-negative integer")
    if k > n:
        return 0
    made = 1
    for i in range(1, min(k, n - k) + 1):
        # Each product so far is such a number itself: i divides what it is multiplied by next.
        part = numpy.gcd(made, i)
        made = made // int(part) * ((n - i + 1) // (i // int(part)))
    return made


@jit
def perm(n: int, k: int) -> int:
    """Return how many rows of `k` there are among `n`."""
    if n < 0:
        raise ValueError("n must be a non-negative integer")
    if k < 0:
        raise ValueError("k must be a non-negative integer")
    made = 1
    for i in range(k if k <= n else 0):
        made *= n - i
    return made if k <= n else 0


@jit
def isqrt(n: int) -> int:
    """Return the whole part of the root."""
    if n < 0:
        raise ValueError("isqrt() argument must be nonnegative")
    root = int(numpy.sqrt(float(n)))
    root = min(root, 3037000499)  # whose square is the last in 64 bits
    while root * root > n:
        root -= 1
    while root < 3037000499 and (root + 1) * (root + 1) <= n:
        root += 1
    return root


@jit
def phase(z: complex) -> float:
    """Return the angle of a complex number."""
    return float(numpy.arctan2(z.imag, z.real))


@jit
def polar(z: complex) -> Any:
    """Return the size and the angle of a complex number."""
    return abs(z), phase(z)


@jit
def rect(size: float, angle: float) -> complex:
    """Return the complex number of a size and an angle."""
    if angle == 0.0:
        return complex(size, size * angle)
    return complex(size * float(numpy.cos(angle)), size * float(numpy.sin(angle)))


_ROOT = 3_037_000_499  # The square of a larger number has more than 63 bits.


@jit
def power_modulo(base: int, exponent: int, modulus: int) -> int:
    """Return what a power leaves, as `pow` of three ints."""
    if modulus == 0:
        raise ValueError("pow() 3rd argument cannot be 0")
    # What a number leaves is taken from 0 down: the size of the least int is no int.
    below = modulus if modulus < 0 else -modulus
    power, made = base % below, 1 % below
    if exponent < 0:
        power = inverse_modulo(power, below)
        made, exponent = power, -(exponent + 1)
    while exponent > 0:
        if exponent & 1:
            made = product_modulo(made, power, below)
        power = product_modulo(power, power, below)
        exponent >>= 1
    return made + modulus if modulus > 0 and made < 0 else made


@jit
def product_modulo(a: int, b: int, below: int) -> int:
    """Return what a product of two numbers leaves, where `below < a <= 0` and `below < b <= 0`."""
    if below >= -_ROOT:
        return a * b % below
    # By sums of doubles, of which none leaves 64 bits.
    made = 0
    a = below - a if a else 0
    while b != 0:
        if b & 1:
            made = sum_modulo(made, a, below)
        a = sum_modulo(a, a, below)
        b = -(-b >> 1)
    return made


@jit
def sum_modulo(a: int, b: int, below: int) -> int:
    """Return what the sum of two such numbers leaves."""
    left = below - b
    return a - left if a <= left else a + b


@jit
def inverse_modulo(a: int, below: int) -> int:
    """Return the number whose product with another leaves 1, by Euclid's algorithm."""
    divisor, rest, factor, other = a, below, 1, 0
    while rest != 0:
        times = divisor // rest
        divisor, rest = rest, divisor - times * rest
        factor, other = other, factor - times * other
    if abs(divisor) != 1:
        raise ValueError("base is not invertible for the given modulus")
    return factor * divisor % below
