"""`numpy.random.Generator` in compiled functions: NumPy's own distributions on its own states.

A compiled function has the address of a stream's bit generator (``bitgen_t`` of NumPy's C
interface), and hands it to the functions of ``numpy/random/distributions.h``, which NumPy's module
exports. So the numbers, and the state that is left, are those of the same calls in Python. What has
no row here, and every call with arrays or options, is made outside of compiled code.
"""

from __future__ import annotations

import ctypes
import linecache
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy

from stook._extern import Extern
from stook._meanings import overload
from stook._number_types import NAMES, Boolean, Integer, NoneType, Number, Tuple, voidptr

__all__ = ["METHODS"]

_random: Any = numpy.random
_library = ctypes.CDLL(_random._generator.__file__)
_FLOAT, _INT, _BOOL = NAMES["float64"], NAMES["int64"], NAMES["boolean"]

METHODS: dict[str, Any] = {}
"""The methods that functions stand for, by their names."""


class _Drawn(Extern):
    """A function that draws: the thread that calls it has the interpreter."""

    def __stook_meaning__(self) -> tuple[Any, ...]:
        return *super().__stook_meaning__(), True


def _exported(name: str, params: tuple[Any, ...], result: Any) -> _Drawn | None:
    """Return a function of NumPy's that draws, if its module has it."""
    try:
        address = ctypes.cast(getattr(_library, name), ctypes.c_void_p).value
    except AttributeError:
        return None
    params = (voidptr, *params)
    return None if address is None else _Drawn(name, address, params, result, _library)


def _numbers(*kinds: Any) -> bool:
    """Return whether types are real numbers, or numbers that stand in a signature."""
    return all(
        isinstance(kind, int | float) or (isinstance(kind, Number) and kind.dtype.kind != "c")
        for kind in kinds
    )


def _integers(*kinds: Any) -> bool:
    return all(isinstance(kind, Integer) and kind.dtype != numpy.uint64 for kind in kinds)


# -- distributions -------------------------------------------------------------------------------

_CHECKS: dict[str, list[tuple[str, str]]] = {
    "": [],
    "not negative": [("{0} == {0} and copysign(1.0, {0}) < 0", "{0} < 0")],
    "positive": [("{0} <= 0", "{0} <= 0")],
    "positive number": [("{0} != {0}", "{0} must not be NaN"), ("{0} <= 0", "{0} <= 0")],
    "0 to 1": [("not {0} >= 0 or not {0} <= 1", "{0} < 0, {0} > 1 or {0} is NaN")],
    "above 1": [("not {0} > 1", "{0} <= 1 or {0} is NaN")],
    "above 0 to 1": [("not {0} > 0 or not {0} <= 1", "{0} <= 0, {0} > 1 or {0} contains NaNs")],
    "0 to below 1": [("not {0} >= 0 or not {0} < 1", "{0} < 0, {0} >= 1 or {0} is NaN")],
    "events": [
        ("not {0} >= 0", "{0} < 0 or {0} is NaN"),
        ("not {0} <= most_events", "{0} value too large"),
    ],
}
"""What parameters must be: where a condition holds, ValueError has the message."""

_MOST_EVENTS = float(numpy.iinfo("int64").max - numpy.sqrt(numpy.iinfo("int64").max) * 10)

_FLOATS = """
random: standard_uniform
standard_normal: standard_normal
standard_exponential: standard_exponential
standard_cauchy: standard_cauchy
beta: beta, a positive, b positive
exponential: exponential, scale=1.0 not negative
normal: normal, loc=0.0, scale=1.0 not negative
standard_gamma: standard_gamma, shape not negative
gamma: gamma, shape not negative, scale=1.0 not negative
f: f, dfnum positive, dfden positive
noncentral_f: noncentral_f, dfnum positive, dfden positive, nonc not negative
chisquare: chisquare, df positive
noncentral_chisquare: noncentral_chisquare, df positive, nonc not negative
standard_t: standard_t, df positive
vonmises: vonmises, mu, kappa not negative
pareto: pareto, a positive
weibull: weibull, a not negative
power: power, a positive
laplace: laplace, loc=0.0, scale=1.0 not negative
gumbel: gumbel, loc=0.0, scale=1.0 not negative
logistic: logistic, loc=0.0, scale=1.0 not negative
lognormal: lognormal, mean=0.0, sigma=1.0 not negative
rayleigh: rayleigh, scale=1.0 not negative
wald: wald, mean positive, scale positive
uniform: uniform, low=0.0, high=1.0
triangular: triangular, left, mode, right
"""
"""Methods, NumPy's functions without ``random_``, and parameters: defaults, what they must be."""

_INTEGERS = """
poisson: poisson, lam=1.0 events
zipf: zipf, a above 1
geometric: geometric, p above 0 to 1
logseries: logseries, p 0 to below 1
negative_binomial: negative_binomial, n positive number, p above 0 to 1
binomial: binomial, n:int, p 0 to 1
hypergeometric: hypergeometric, ngood:int, nbad:int, nsample:int
"""
"""The same of those that draw integers; parameters are floats if they are not said to be ints."""

_PASSED: dict[str, tuple[tuple[Any, ...], str]] = {
    "binomial": ((_FLOAT, _INT, voidptr), "p, n, memory"),
}
"""What NumPy's function takes, where that is something else than the parameters in their order."""

_MORE = {
    "uniform": """
    high = high - low
    if not isfinite(high):
        raise OverflowError("high - low range exceeds valid bounds")
    if copysign(1.0, high) < 0:
        raise ValueError("high - low < 0")
""",
    "triangular": """
    if left > mode:
        raise ValueError("left > mode")
    if mode > right:
        raise ValueError("mode > right")
    if left == right:
        raise ValueError("left == right")
""",
    "negative_binomial": """
    if (1 - p) / p * (n + 10 * sqrt(n)) > most_events:
        raise ValueError("n too large or p too small, see Generator.negative_binomial Notes")
""",
    # The memory is for what follows from the parameters, which one call leaves for the next.
    "binomial": """
    if n < 0:
        raise ValueError("n < 0")
    memory = zeros(64)
""",
    "hypergeometric": """
    if ngood >= 10**9 or nbad >= 10**9:
        raise ValueError("both ngood and nbad must be less than 1000000000")
    if ngood + nbad < nsample:
        raise ValueError("ngood + nbad < nsample")
    if ngood < 0:
        raise ValueError("ngood < 0")
    if nbad < 0:
        raise ValueError("nbad < 0")
    if nsample < 0:
        raise ValueError("nsample < 0")
""",
}
"""What methods do with their parameters besides."""


def _axes(size: Any) -> int | None:
    """Return how many axes a type of sizes asks for: 0 for one number; None if it is none."""
    if size is None or isinstance(size, NoneType):
        return 0
    if _integers(size):
        return 1
    is_tuple = isinstance(size, Tuple) and len(size) > 0 and _integers(*size.types)
    return len(size) if is_tuple else None


def _returning(drawn: str, axes: int) -> str:
    """Return the source of what returns a number that is drawn, or an array of such."""
    if axes == 0:
        return f"\n    return {drawn}\n"
    lines = ["", "    made = empty(size, dtype=element)"]
    names = [f"k{axis}" for axis in range(axes)]
    for axis, name in enumerate(names):
        lines.append("    " * (axis + 1) + f"for {name} in range(made.shape[{axis}]):")
    lines.append("    " * (axes + 1) + f"made[{', '.join(names)}] = {drawn}")
    return "\n".join([*lines, "    return made", ""])


def _add(row: str, result: Any) -> None:
    """Let compiled functions draw from one distribution."""
    method, _, rest = row.partition(": ")
    name, *listed = rest.split(", ")
    params = [_param(text) for text in listed]
    names = [param.name for param in params]
    kinds_of = tuple(_INT if param.is_int else _FLOAT for param in params)
    kinds_of, passed = _PASSED.get(method, (kinds_of, ", ".join(names)))
    native = _exported(f"random_{name}", kinds_of, result)
    if native is None:
        return
    names.append("size")
    of_ints = {param.name for param in params if param.is_int}

    def choose(rng: Any, *args: Any, **named: Any) -> Callable[..., Any] | None:
        if len(args) > len(names) or not named.keys() <= set(names):
            return None
        kinds = dict(zip(names, args, strict=False)) | named
        axes = _axes(kinds.pop("size", None))
        ints = [kind for param, kind in kinds.items() if param in of_ints]
        if axes is None or not _numbers(*kinds.values()) or not _integers(*ints):
            return None
        return _drawing(method, _text(method, params, passed, axes), native, axes)

    _stand(method, choose)


class _Param(NamedTuple):
    """A parameter: its name, its default if there is one, what it must be, and its type."""

    name: str
    default: str
    must: str
    is_int: bool


def _param(text: str) -> _Param:
    declared, _, must = text.partition(" ")
    declared, _, default = declared.partition("=")
    name, _, kind = declared.partition(":")
    return _Param(name, default, must, kind == "int")


def _text(method: str, params: list[_Param], passed: str, axes: int) -> str:
    """Return the source of what draws from a distribution."""
    listed = [f"{param.name}={param.default}".rstrip("=") for param in params]
    lines = [f"def {method}({', '.join(['rng', *listed, 'size=None'])}):"]
    for name, _, must, is_int in params:
        lines.append(f"    {name} = {'int' if is_int else 'float'}({name})")
        for condition, message in _CHECKS[must]:
            lines.append(f"    if {condition.format(name)}:")
            lines.append(f"        raise ValueError({message.format(name)!r})")
    drawn = _returning(f"native(rng, {passed})", axes)
    return "\n".join(lines) + _MORE.get(method, "") + drawn


def _drawing(method: str, text: str, native: Any, axes: int) -> Callable[..., Any]:
    """Return the function that a source says."""
    element = numpy.int64 if method == "integers" or native.return_type == _INT else numpy.float64
    space = {
        "native": native,
        "empty": numpy.empty,
        "zeros": numpy.zeros,
        "element": element,
        "most_events": _MOST_EVENTS,
    }
    space |= {"copysign": math.copysign, "isfinite": math.isfinite, "sqrt": math.sqrt}
    file = f"<numpy.random.Generator.{method}, {axes} axes, {hash(text)}>"
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    exec(compile(text, file, "exec"), space)
    return space[method]  # type: ignore[no-any-return]


def _stand(method: str, choose: Callable[..., Any]) -> None:
    """Let functions that are chosen by types stand for a method."""
    METHODS[method] = getattr(_random.Generator, method)
    overload(METHODS[method])(choose)


# -- integers of a range --------------------------------------------------------------------------

_RANGE = """
    if endpoint:
        if least > most:
            raise ValueError("high < 0" if least == 0 else "low > high")
    else:
        if least >= most:
            raise ValueError("high <= 0" if least == 0 else "low >= high")
        most -= 1
    extent = most - least
"""

# Off and extent cross as words of 64 bits, whatever their signs.
_bounded = _exported("random_bounded_uint64", (_INT, _INT, _INT, _BOOL), _INT)


def _choose_integers(
    rng: Any, low: Any, high: Any = None, size: Any = None, **options: Any
) -> Callable[..., Any] | None:
    axes, closed = _axes(size), options.pop("endpoint", False)
    is_below = high is None or isinstance(high, NoneType)
    if not _integers(low) or not (is_below or _integers(high)) or axes is None:
        return None
    if options or not isinstance(closed, bool | Boolean):
        return None
    text = "def integers(rng, low, high=None, size=None, endpoint=False):\n"
    text += "    least, most = 0, int(low)" if is_below else "    least, most = int(low), int(high)"
    drawn = _returning("element(native(rng, least, extent, 0, False))", axes)
    return _drawing("integers", text + _RANGE + drawn, _bounded, axes)


def _register() -> None:
    for row in _FLOATS.split("\n")[1:-1]:
        _add(row, _FLOAT)
    for row in _INTEGERS.split("\n")[1:-1]:
        _add(row, _INT)
    if _bounded is not None:
        _stand("integers", _choose_integers)


_register()
