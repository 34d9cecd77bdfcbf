"""Exact values of the elementary functions, and errors in units in the last place.

mpmath computes, with as many digits as it takes for two precisions to agree. A zero among the
arguments or their parts is moved aside, by its sign, as little as no float can tell: so a value on
a branch cut is that of its side, and zeros have signs.
"""

from functools import cache

import mpmath as mp
import numpy as np

# With twice the bits, until the values agree to so many; in the end zero may agree with zero.
PRECISIONS, AGREED = (160, 320, 1280, 2560, 5120), 90
NOTHING, PRECISE = mp.ldexp(1, -1100), 1280
# How far zeros are moved: more than exponentials can make up for; mpmath's inverse functions work
# with as many bits as the exponent of their argument.
ASIDE, ASIDE_FROM_LOGARITHMS = mp.ldexp(1, -(1 << 1100)), mp.ldexp(1, -3000)
EXPONENTIAL = {"exp", "exp2", "expm1", "sin", "cos", "tan", "sinh", "cosh", "tanh"}


def arctan(z):
    """mpmath's has no digits of the smaller part where z is large."""
    if abs(z) < 1e9:
        return mp.atan(z)
    return mp.sign(mp.re(z)) * mp.pi / 2 - mp.atan(1 / z)


ONE = {
    "exp": mp.exp,
    "exp2": lambda z: mp.exp(z * mp.ln2),
    "expm1": mp.expm1,
    "log": mp.log,
    "log2": lambda z: mp.log(z) / mp.ln2,
    "log10": lambda z: mp.log(z) / mp.ln10,
    "log1p": mp.log1p,
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "tanh": mp.tanh,
    "arcsin": mp.asin,
    "arccos": mp.acos,
    "arctan": arctan,
    "arcsinh": mp.asinh,
    "arccosh": mp.acosh,
    "arctanh": lambda z: mp.atanh(z) if abs(z) < 1e9 else -1j * arctan(1j * z),
    "cbrt": lambda x: mp.sign(x) * mp.cbrt(abs(x)),
    "sqrt": mp.sqrt,
    "sign": lambda z: z / abs(z),
    "absolute": abs,
}
TWO = {
    "power": mp.power,
    "float_power": mp.power,
    "arctan2": mp.atan2,
    "hypot": mp.hypot,
    "logaddexp": lambda x, y: mp.log(mp.exp(x) + mp.exp(y)),
    "logaddexp2": lambda x, y: mp.log(mp.power(2, x) + mp.power(2, y)) / mp.ln2,
}
FUNCTIONS = ONE | TWO
POLES = {"arctan": (1j, -1j), "arctanh": (1, -1), "power": (0,), "float_power": (0,)}


def lift(value, aside):
    """The number as mpmath's, zeros moved aside."""
    if np.iscomplexobj(value):
        return mp.mpc(lift(value.real, aside), lift(value.imag, aside))
    return mp.mpf(float(value)) if value else aside * int(np.copysign(1, value))


def near(x, y, whole):
    """Whether two values agree, or both are nothing beside the whole for all that is known."""
    size = max(abs(x), abs(y))
    if size < NOTHING or size < mp.ldexp(whole, -1000):
        return mp.mp.prec >= PRECISE
    return abs(x - y) <= mp.ldexp(size, -AGREED)


def exact(name, values):
    """The parts of the exact result, one of a real and two of a complex result.

    None at a pole, outside the domain, for powers of zero, and where all arguments are zero.
    """
    real = not any(np.iscomplexobj(v) for v in values)
    if not any(values) or values[0] in POLES.get(name, ()):
        return None
    aside = ASIDE if name in EXPONENTIAL else ASIDE_FROM_LOGARITHMS
    lifted = [lift(v, aside) for v in values]
    before = None
    for precision in PRECISIONS:
        with mp.workprec(precision):
            try:
                result = mp.mpmathify(FUNCTIONS[name](*lifted))
            except (ValueError, ZeroDivisionError):
                return None
            complex_result = isinstance(result, mp.mpc)
            if real and complex_result:
                return None
            found = (mp.re(result), mp.im(result)) if complex_result else (result,)
            if not all(map(mp.isfinite, found)):
                return None
            whole = max(map(abs, found))
            if before and all(near(x, y, whole) for x, y in zip(before, found, strict=True)):
                return found
            before = found
    raise AssertionError(f"{name}{values} has no digits that last")


@cache
def limits(real):
    """Exponents of the least normal number and of infinity, bits after the leading one."""
    info = np.finfo(real)
    return info.minexp, info.maxexp, info.nmant


def unit(size, real):
    """The unit in the last place at a size."""
    least, most, width = limits(real)
    exponent = mp.frexp(size)[1] - 1 if size else least
    return mp.ldexp(1, min(max(exponent, least), most - 1) - width)


def error(found, exact, size, real):
    """The distance of a float from the exact value, in units of a size; infinity is 2^maxexp."""
    end = mp.ldexp(1, limits(real)[1])
    if np.isnan(found):
        return mp.inf
    found = mp.mpf(float(found)) if np.isfinite(found) else mp.sign(float(found)) * end
    exact = min(max(exact, -end), end)
    return abs(found - exact) / unit(min(size, end), real)
