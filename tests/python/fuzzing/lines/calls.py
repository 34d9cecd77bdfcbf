"""Lines that call ufuncs: as operators and by name, in chains, with `out=`, `where=`, `dtype=`."""

from __future__ import annotations

import numpy

from ..program import Line
from ..writer import Writer

PLAIN_TWO = """
    add subtract multiply divide floor_divide remainder fmod maximum minimum fmax fmin less
    less_equal equal not_equal greater greater_equal logical_and logical_or logical_xor copysign
    bitwise_and bitwise_or bitwise_xor left_shift right_shift gcd lcm nextafter heaviside ldexp
""".split()  # noqa: SIM905
PLAIN_ONE = """
    negative positive absolute fabs sign conjugate square sqrt reciprocal floor ceil trunc rint
    isnan isinf isfinite logical_not invert spacing bitwise_count degrees radians signbit
""".split()  # noqa: SIM905
ROUNDED_ONE = """
    exp exp2 expm1 log log2 log10 log1p sin cos tan sinh cosh tanh arcsin arccos arctan arcsinh
    arccosh arctanh cbrt
""".split()  # noqa: SIM905
ROUNDED_TWO = "hypot arctan2 logaddexp logaddexp2 power float_power".split()  # noqa: SIM905
OPERATORS = "+ - * / // % & | ^ << >> < <= == != > >= **".split()  # noqa: SIM905
IN_PLACE = "+= -= *= /= //= %= &= |= ^= <<= >>= **=".split()  # noqa: SIM905
EXACT_COMPLEX = frozenset(
    """
    + - == != < > <= >= add subtract negative positive conjugate equal not_equal logical_not isnan
    isinf isfinite less less_equal greater greater_equal logical_and logical_or logical_xor rint
    """.split()  # noqa: SIM905
)
COMPARING = frozenset("less less_equal equal not_equal greater greater_equal".split())  # noqa: SIM905
UNEVEN = frozenset(["logaddexp", "logaddexp2", "spacing"])
"""Functions of which NumPy finds NaN or infinity invalid now and then."""
FORGETFUL = frozenset(
    """
    absolute equal fmax fmin greater greater_equal isfinite isinf isnan less less_equal logical_and
    logical_or maximum minimum negative not_equal sign signbit tanh
    """.split()  # noqa: SIM905
)
"""Functions whose loops in NumPy clear what casts of the block before have met."""
FORGETTING = frozenset(["isnan", "isinf", "isfinite"])
EXTREMES = frozenset(["maximum", "minimum", "fmax", "fmin"])
NAMED = {"**": "power", "*": "multiply", "/": "divide"}
CHAINS = ["({} + {}) * {}", "{} * {} - {}", "-({} - {}) + {}", "np.maximum({}, {}) < {}"]
CHAINS += ["np.sqrt({} * {}) + {}", "abs({} - {}) / {}", "np.where({} > {}, {}, 1)"]


def near(w: Writer, name: str, args: list[str], options: str = "") -> str:
    """How far two correct results of an elementwise call may lie apart."""
    try:
        kinds = [w.kind(a) for a in args]
    except Exception:  # an operand that raises makes the line raise
        return ""
    row, listed = NAMED.get(name, name), ", ".join(args)
    if name in EXTREMES:
        return "either_zero()"
    if name in ("copysign", "signbit"):
        return f"sign_of({args[-1]})"
    if "c" in kinds or options.endswith(("'F'", "'D'")):
        if name in EXACT_COMPLEX:
            return ""
        if row == "absolute":
            return f"magnitude({listed})"
        if row in ("multiply", "square"):
            return f"product({args[0]}, {args[-1]}{options})"
        return f"complex_row({row!r}, {listed}{options})"
    if row in ROUNDED_ONE or row in ROUNDED_TWO:
        whole = row == "power" and numpy.result_type(*map(w.value, args)).kind in "biu"
        return "" if whole and not options else f"row({row!r}, {listed}{options})"
    return ""


def call(w: Writer) -> tuple[str, str, list[str]]:
    """An elementwise expression, its operation and operands."""
    first = w.operand()
    whole = w.random.random()
    if whole < 0.4:
        op = w.pick(OPERATORS)
        args = [first, w.partner(first)]
        if w.chance(0.15):
            args.reverse()
        return f"{args[0]} {op} {args[1]}", op, args
    if whole < 0.6:
        name, args = w.pick(PLAIN_ONE), [first]
    elif whole < 0.8:
        name, args = w.pick(PLAIN_TWO), [first, w.partner(first)]
    elif whole < 0.92:
        name, args = w.pick(ROUNDED_ONE), [first]
    else:
        name, args = w.pick(ROUNDED_TWO), [first, w.partner(first)]
    if name == "spacing" and w.value(first).dtype.char == "e":
        name = "abs"  # NumPy's NaN are signalling ones, of which later lines warn
    return f"np.{name}({', '.join(args)})", name, args


def element(w: Writer) -> Line:
    text, name, args = call(w)
    options = ""
    if text.startswith("np.") and w.chance(0.1):
        if w.chance(0.3):
            text = f"{text[:-1]}, order={w.pick('CFAK')!r})"
        else:
            options = f", dtype={w.pick('efdlFD')!r}"
            text = f"{text[:-1]}{options})"
    return compared(w.new(text, near(w, name, args, options)), name, bool(options))


def compared(line: Line, name: str, casts: bool = False) -> Line:
    """The line, its warnings compared unless NumPy's hang on its C library or its loops."""
    forgets = casts and name in FORGETFUL
    line.warns = not (line.near.startswith("complex_row") or name in UNEVEN or forgets)
    return line


def chain(w: Writer) -> Line:
    """Several exact operations in one expression."""
    first = w.operand()
    other = w.partner(first)
    third = w.pick([other, first, "2", "3"])
    if "c" in (w.kind(first), w.kind(other), w.kind(third)):
        return w.new(f"{first} - {third}")
    return w.new(w.pick(CHAINS).format(first, other, third))


def pair(w: Writer) -> Line:
    """Two results; the oracle compares all variables, so both."""
    first = w.operand()
    w.count += 2
    a, b = f"v{w.count - 1}", f"v{w.count}"
    name = w.pick(["divmod", "modf", "frexp"])
    args = f"{first}, {w.partner(first)}" if name == "divmod" else first
    return Line(f"{a}, {b} = np.{name}({args})", a)


def into(w: Writer) -> Line | None:
    """A ufunc with `out=`, and now and then `where=` or `casting=`."""
    text, name, args = call(w)
    out = w.operand()
    if not text.startswith("np."):
        return None
    extra, target = f", out={out}", w.value(out)
    shares = any(numpy.may_share_memory(numpy.asarray(w.value(a)), target) for a in args)
    # NumPy 2.4.6 forgets elements where these write with a step, as of `isnan(x, out=y[::-1])`.
    if name in FORGETTING and not target.flags.c_contiguous:
        return None
    # NumPy crashes where it compares integers, under a mask, with a number that they cannot hold.
    crashes = name in COMPARING and args[-1].lstrip("-").isdigit()
    # Where memory is shared, it writes even what the mask leaves out.
    if w.chance(0.4) and not shares and not crashes:
        extra += f", where={w.pick([w.mask(args[0]), w.mask(out)])}"
    allowed = near(w, name, args)
    if w.chance(0.15):
        extra += ", casting='unsafe'"
        if target.dtype.kind in "iu":
            if allowed:  # a last place more or less may pass a whole number
                return None
            allowed = f"cast({text}, {target.dtype.char!r})"
    casts = w.value(text).dtype != target.dtype
    line = compared(Line(f"{text[:-1]}{extra})", out, allowed), name, casts)
    # NumPy also casts what is in `out` to the loop's type, and warns of it.
    line.warns = line.warns and not ("where=" in extra and casts)
    if allowed.startswith("cast"):
        line.warns = False  # its vector loops find other values invalid than its scalar ones
    return line


def in_place(w: Writer) -> Line | None:
    out = w.operand()
    other, op = w.partner(out), w.pick(IN_PLACE)
    if not (out.isidentifier() or out.endswith("]")):
        out = f"{out}[...]"
    return compared(Line(f"{out} {op} {other}", out, near(w, op[:-1], [out, other])), op[:-1])


LINES = {element: 30, chain: 10, pair: 2, into: 9, in_place: 12}
