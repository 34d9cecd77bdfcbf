"""Lines that reduce: over one axis, several or all, with a type, a mask, a start, an output."""

from __future__ import annotations

import numpy

from ..program import Line
from ..writer import Writer

METHODS = """
    sum sum sum sum prod min max any all argmin argmax mean mean var std count_nonzero ptp
""".split()  # noqa: SIM905
SKIPPING = "nansum nanprod nanmin nanmax nanmean nanvar nanstd nanargmin nancumsum".split()  # noqa: SIM905
UFUNCS = """
    add multiply maximum minimum fmax fmin logical_and logical_or logical_xor bitwise_and bitwise_or
    bitwise_xor
""".split()  # noqa: SIM905
ORDERED = "subtract floor_divide fmod nextafter heaviside less equal".split()  # noqa: SIM905
BOUNDS = {"mean": "average", "var": "variance", "std": "deviation", "prod": "multiplied"}
BOUNDS |= {"sum": "total", "add": "total", "multiply": "multiplied"}
EXTREMES = frozenset(["min", "max", "ptp", "maximum", "minimum", "fmax", "fmin"])
AVERAGES = frozenset(["mean", "var", "std"])


def near(name: str, text: str, kind: str, options: str) -> str:
    """The bound of a reduction by this name over an expression."""
    name = name.removeprefix("nan")
    if name in EXTREMES:
        return "either_zero()" if kind in "fc" else ""
    rounded = kind in "fc" or name in AVERAGES or "dtype" in options
    if name not in BOUNDS or not rounded:
        return ""
    return f"{BOUNDS[name]}({text}, {options})"


def fold(w: Writer) -> Line:
    text, name = w.operand(), w.pick(METHODS)
    array = w.value(text)
    one = name.startswith("arg") or name == "ptp"
    axis = str(w.axis(array.ndim)) if one and array.ndim and w.chance(0.7) else w.axes(array.ndim)
    options = [f"axis={'None' if one and axis.startswith('(') else axis}"]
    if w.chance(0.3):
        options.append("keepdims=True")
    if name in ("sum", "prod", "mean", "var", "std") and w.chance(0.1):
        complex_only = array.dtype.kind == "c" and name in ("var", "std")
        options.append(f"dtype={w.pick('FD' if complex_only else 'fdFD')!r}")
    if name in ("var", "std") and w.chance(0.3):
        options.append("ddof=1")
    if (
        name in ("sum", "prod", "min", "max", "any", "all", "mean")
        and w.chance(0.05)
        and array.size
    ):
        options.append(f"where={w.mask(text)}")
    if name in ("sum", "prod", "min", "max") and w.chance(0.05):
        options.append("initial=2")
    allowed = near(name, text, array.dtype.kind, ", ".join(options))
    called = f"np.{name}({text}, " if w.chance(0.4) or name in ("count_nonzero", "ptp") else ""
    call = f"{called or f'{text}.{name}('}{', '.join(options)})"
    if w.chance(0.08) and name not in ("count_nonzero", "ptp"):
        return _into(w, call, text, name, options)
    line = w.new(call, allowed)
    # Of a cast within a reduction NumPy warns as of the reduction; which of several complex NaN is
    # the greatest is left open, so whether the infinities in them meet.
    line.warns = "dtype" not in call and (name, array.dtype.kind) != ("ptp", "c")
    return line


def _into(w: Writer, call: str, text: str, name: str, options: list[str]) -> Line:
    """A reduction with `out=`, most often of the right shape and type."""
    array, out = w.value(text), w.operand()
    narrow = w.kind(out) in "iu" and w.value(out).dtype != numpy.asarray(w.value(call)).dtype
    if w.chance(0.3) and not narrow:  # which may not hold the value
        target = w.value(out).dtype
        adds = name in ("sum", "prod") and "dtype=" not in call
        if adds and target.kind in "fc" and array.dtype.kind in "biu":  # in the type of both
            options = [*options, f"dtype={numpy.promote_types(array.dtype, target).char!r}"]
        allowed = near(name, text, array.dtype.kind, ", ".join(options))
        allowed = "" if target.kind in "biu" else allowed
        return Line(f"{call[:-1]}, out={out})", out, allowed, warns="dtype" not in call)
    allowed = near(name, text, array.dtype.kind, ", ".join(options))
    made = numpy.asarray(w.value(call))
    w.count += 1
    out = f"v{w.count}"
    empty = f"np.zeros({made.shape}, {made.dtype.char!r})"
    text = f"{out} = {empty}; {call[:-1]}, out={out})"
    return Line(text, out, allowed, warns="dtype" not in call)


def skipping(w: Writer) -> Line:
    """Statistics that leave NaN out, and weighted ones."""
    text = w.operand()
    array = w.value(text)
    if w.chance(0.25):
        axis = w.axes(array.ndim)
        weights = f"np.asarray(data({w.below(2000)}, 'B', {array.shape}))"
        extra = f", weights={weights}" if w.chance(0.5) else ""
        return w.new(f"np.average({text}, axis={axis}{extra})", f"weighted({text}, {axis}{extra})")
    name = w.pick(SKIPPING)
    one = "arg" in name or "cum" in name
    axis = str(w.axis(array.ndim)) if one and array.ndim else w.axes(array.ndim)
    options = f"axis={'None' if one and not array.ndim else axis}"
    allowed = near(name, text, array.dtype.kind, f"{options}, skip=True")
    return w.new(f"np.{name}({text}, {options})", allowed)


def by_ufunc(w: Writer) -> Line:
    """`reduce` of a ufunc, and its kin."""
    text, name = w.operand(), w.pick(UFUNCS)
    array = w.value(text)
    whole = w.random.random()
    if whole < 0.45:
        options = f"axis={w.axes(array.ndim)}"
        if w.chance(0.2) and array.size:  # masks without elements have steps of no meaning
            options += f", where={w.mask(text)}"
        if w.chance(0.2) or ("where" in options and name in EXTREMES):
            options += ", initial=2"
        allowed = near(name, text, array.dtype.kind, options)
        return w.new(f"np.{name}.reduce({text}, {options})", allowed)
    axis = w.axis(array.ndim) if array.ndim else 0
    if whole < 0.55:
        method = w.pick(["reduce", "accumulate"])
        # Differences of halves NumPy rounds once a row, or at each step, by where they lie.
        chosen = [n for n in ORDERED if (n, array.dtype.char) != ("subtract", "e")]
        line = w.new(f"np.{w.pick(chosen)}.{method}({text}, {axis})")
        line.warns = False  # NumPy warns of what its vector loops meet, before they look at lanes
        return line
    if whole < 0.75:
        if array.dtype.kind == "c" and name == "multiply":  # rounded in another order by NumPy
            name = "add"
        # Of two zeros NumPy keeps one or the other by how many elements there are.
        allowed = "either_zero()" if name in EXTREMES else ""
        return w.new(f"np.{name}.accumulate({text}, {axis})", allowed)
    if whole < 0.9:
        n = array.shape[axis] if array.ndim else 1
        name = w.pick([name, "subtract"]) if array.dtype.kind in "biu" else "maximum"
        at = [w.below(max(1, n)) for _ in range(w.pick([0, 1, 2, 3, 3, 40]))]
        at = at if w.chance(0.3) else sorted(at)
        return w.new(f"np.{name}.reduceat({text}, {at}, {axis})", near(name, text, "f", ""))
    other = w.array()
    if array.size * w.value(other).size > 20_000:
        return w.new(f"np.{name}.reduce({text}, None)", near(name, text, array.dtype.kind, "None"))
    kinds = array.dtype.kind + w.kind(other)
    allowed = f"product({text}[(..., *[None] * {other}.ndim)], {other})" if "c" in kinds else ""
    if name in EXTREMES:
        allowed = "either_zero()"
    return w.new(f"np.{name}.outer({text}, {other})", allowed if name != "add" else "")


def running(w: Writer) -> Line:
    text = w.operand()
    array = w.value(text)
    name = "cumsum" if w.chance(0.8) or array.dtype.kind == "c" else "cumprod"
    axis = w.axis(array.ndim) if array.ndim and w.chance(0.8) else None
    return w.new(w.pick(["{0}.{1}(axis={2})", "np.{1}({0}, {2})"]).format(text, name, axis))


LINES = {fold: 18, skipping: 3, by_ufunc: 4, running: 3}
