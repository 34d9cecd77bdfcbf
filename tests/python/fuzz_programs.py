"""Random programs of array calls, as lines of text over `np`, `data` and variables.

A seed enters; a program leaves: the same for the same seed. Lines are tried in NumPy while they
are chosen, as the next one needs shapes and types; values play no part in the choice. A line whose
values NumPy and stook may round differently says by how much (`Line.scale`).
"""

from __future__ import annotations

import math
import random
import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy

DTYPES = """
    ? b B h H i I l L e f d F D
""".split()  # noqa: SIM905
LARGEST = 300_000
WEIGHTS = [2, 2, 2, 1, 1, 3, 1, 4, 2, 2, 5, 9, 2, 3]
PLAIN_TWO = """
    add subtract multiply divide floor_divide remainder fmod maximum minimum fmax fmin less
    less_equal equal not_equal greater greater_equal logical_and logical_or logical_xor
    bitwise_and bitwise_or bitwise_xor left_shift right_shift gcd lcm nextafter heaviside
""".split()  # noqa: SIM905
PLAIN_ONE = """
    negative positive absolute fabs sign conjugate square sqrt reciprocal floor ceil trunc rint
    isnan isinf isfinite logical_not invert spacing bitwise_count degrees radians
""".split()  # noqa: SIM905
ROUNDED_ONE = """
    exp exp2 expm1 log log2 log10 log1p sin cos tan sinh cosh tanh arcsin arccos arctan arcsinh
    arccosh arctanh cbrt
""".split()  # noqa: SIM905
ROUNDED_TWO = """
    hypot arctan2 logaddexp logaddexp2 power float_power
""".split()  # noqa: SIM905
OPERATORS = """
    + - * / // % & | ^ << >> < <= == != > >= **
""".split()  # noqa: SIM905
IN_PLACE = """
    += -= *= /= //= %= &= |= ^= <<= >>=
""".split()  # noqa: SIM905
EXACT_COMPLEX = frozenset(
    """
    + - == != < > <= >= add subtract negative positive conjugate equal not_equal logical_not isnan
    isinf isfinite less less_equal greater greater_equal logical_and logical_or logical_xor maximum
    minimum fmax fmin
    """.split()  # noqa: SIM905
)
WEAK = """
    0 1 2 3 -1 7 100 300 0.5 -0.0 2.0 1e10 True 1j (2-3j) float('inf') float('nan')
""".split()  # noqa: SIM905
STRONG = [
    f"np.{t}" for t in ("int8(3)", "uint8(200)", "int64(-5)", "uint64(2**40)", "bool_(1)")
] + [f"np.{t}" for t in ("float16(0.5)", "float32(1.5)", "float64(-2.5)", "complex64(1+2j)")]


@dataclass
class Line:
    """One statement: its text, what it writes, and how exactly that is compared."""

    text: str
    target: str = ""
    scale: str = ""
    """An expression for the magnitude of rounding errors, in units of eps; "" for none, "spacing"
    for units in the last place, "zero" where zeros may have either sign, "any" where values are not
    compared."""
    units: float = 0.0


@dataclass
class Program:
    """Lines, and the settings under which they run."""

    seed: int
    lines: list[Line] = field(default_factory=list)
    at_once: bool = True


def _pool(letter: str) -> tuple[Any, Any]:
    """Return mild values of a type, and values with the type's edges among them."""
    rng = numpy.random.default_rng(ord(letter))
    n, dtype = 2039, numpy.dtype(letter)
    if dtype.kind == "b":
        mild = wild = rng.integers(0, 2, n).astype(bool)
    elif dtype.kind in "iu":
        info = numpy.iinfo(dtype)
        low = -9 if dtype.kind == "i" else 0
        mild = rng.integers(low, 20, n).astype(dtype)
        wild = numpy.frombuffer(rng.bytes(n * dtype.itemsize), dtype).copy()
        edges = [0, 1, info.min, info.max, info.max - 1, info.max // 2, 7]
        wild[::3] = numpy.resize(numpy.array(edges, dtype), wild[::3].shape)
    elif dtype.kind == "f":
        info = numpy.finfo(dtype)
        mild = (rng.normal(size=n) * 4).round(2).astype(dtype)
        wild = (rng.normal(size=n) * numpy.exp(rng.normal(size=n) * 3)).astype(dtype)
        edges = [0, -0.0, numpy.inf, -numpy.inf, numpy.nan, info.max, -info.max, info.tiny]
        edges += [info.smallest_subnormal, -info.smallest_subnormal, info.eps, 1, -1, 0.5, 2, 1.5]
        wild[::3] = numpy.resize(numpy.array(edges, dtype), wild[::3].shape)
    else:
        part = _pool("f" if letter == "F" else "d")
        mild, wild = (p.astype(letter) + 0 for p in part)
        for whole, p in zip((mild, wild), part, strict=True):
            whole.imag = numpy.roll(p, 5)
    return mild, wild


_POOLS: dict[str, tuple[Any, Any]] = {}


def data(seed: int, letter: str, shape: tuple[int, ...], order: str = "C", wild: int = 0) -> Any:
    """Return an array of NumPy's, always the same for the same arguments."""
    if letter not in _POOLS:
        with numpy.errstate(all="ignore"):
            _POOLS[letter] = _pool(letter)
    pool = _POOLS[letter][wild]
    size = int(numpy.prod(shape))
    values = numpy.resize(numpy.roll(pool, seed), size) if size else pool[:0]
    if order == "F":
        return numpy.asfortranarray(values.reshape(shape[::-1]).T)
    return values.reshape(shape).copy()


def within(values: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the sums of magnitudes that bound a sum's error; the count enters as well."""
    values = numpy.asarray(values)
    big = numpy.abs(values.astype("G" if values.dtype.kind == "c" else "g"))
    count = values.size // max(1, numpy.sum(big, axis=axis).size)
    total = numpy.sum(numpy.where(numpy.isfinite(big), big, 0), axis=axis, keepdims=keepdims)
    return total * (count + 8)


def names(module: Any) -> dict[str, Any]:
    """Return what a program's lines see, with `module` as `np`."""
    return {"np": module, "data": data}


class Writer:
    """Chooses lines one by one."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.program = Program(seed)
        self.space = names(numpy)
        self.count = 0
        self.program.at_once = self.random.random() < 0.5
        self.base = self._base_shape()

    # -- choices ----------------------------------------------------------------------------

    def pick(self, choices: Any) -> Any:
        return choices[int(self.random.random() * len(choices))]

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def _base_shape(self) -> tuple[int, ...]:
        whole = self.random.random()
        ndim = self.pick([0, 1, 1, 2, 2, 2, 3, 3, 4])
        if whole < 0.45:
            return tuple(self.pick([0, 1, 2, 3, 3, 4, 5]) for _ in range(ndim))
        limit = 2000 if whole < 0.65 else 9000 if whole < 0.9 else 100_000
        shape = []
        for left in range(max(ndim, 1), 0, -1):
            most = max(1, round(limit ** (1 / left)))
            n = max(1, int(most * self.random.uniform(0.3, 2.0)))
            n = self.pick([n, n, n, 1, 2, 64]) if left > 1 else min(n, limit)
            shape.append(n)
            limit = max(1, limit // n)
        self.random.shuffle(shape)
        if ndim == 2 and self.chance(0.3):
            side = max(1, int((shape[0] * shape[1]) ** 0.5))
            shape = [side, side]
        return tuple(shape)

    def shape(self) -> tuple[int, ...]:
        """The base shape, or one that broadcasts with it."""
        shape = list(self.base)
        if self.chance(0.3):
            shape = shape[self.random.randrange(len(shape) + 1) :]
        if shape and self.chance(0.2):
            shape[self.random.randrange(len(shape))] = 1
        return tuple(shape)

    def dtype(self) -> str:
        return self.random.choices(DTYPES, WEIGHTS)[0]

    def arrays(self) -> list[str]:
        return [k for k, v in self.space.items() if isinstance(v, numpy.ndarray)]

    def array(self) -> str:
        return self.pick(self.arrays())

    def value(self, text: str) -> Any:
        return eval(text, self.space)

    # -- views ------------------------------------------------------------------------------

    def slice(self, n: int) -> str:
        chosen = self.pick(["::-1", "1:", ":-1", "::2", "1::2", ":", "::-2", "2:-1", "", "3:1"])
        if chosen:
            return chosen
        a, b = self.random.randint(-n - 1, n + 1), self.random.randint(-n - 1, n + 1)
        return f"{a}:{b}:{self.pick([1, 2, -1, 3, -3])}"

    def index(self, shape: tuple[int, ...]) -> str:
        items = []
        for n in shape[: self.random.randint(0, len(shape))]:
            whole = self.random.random()
            if whole < 0.15 and n:
                items.append(str(self.random.randrange(-n, n)))
            elif whole < 0.25:
                items.append("None")
                items.append(":")
            else:
                items.append(self.slice(n))
        if self.chance(0.2):
            items.insert(self.random.randint(0, len(items)), "...")
        return ", ".join(items) if items else "..."

    def view(self, text: str) -> str:
        """An expression that views the array of another."""
        array = self.value(text)
        shape, ndim = array.shape, array.ndim
        kind = self.random.random()
        if kind < 0.5:
            return f"{text}[{self.index(shape)}]"
        if kind < 0.6:
            return f"{text}.T"
        if kind < 0.65 and ndim >= 2:
            return f"{text}.transpose({self.random.sample(range(ndim), ndim)})"
        if kind < 0.75:
            return f"{text}.reshape({self.factors(array.size)})"
        if kind < 0.8:
            return f"{text}.ravel()"
        if kind < 0.85 and ndim >= 2:
            return f"{text}.diagonal({self.pick([0, 0, 1, -1])})"
        if kind < 0.89:
            return f"{text}.{self.pick(['real', 'imag'])}"
        if kind < 0.93:
            lead = self.pick(["", "2, ", "3, 1, "])
            return f"np.broadcast_to({text}, ({lead}{''.join(f'{n}, ' for n in shape)}))"
        if kind < 0.96:
            return f"np.expand_dims({text}, {self.pick([0, -1])})"
        return f"np.flip({text})" if self.chance(0.5) else f"{text}.squeeze()"

    def factors(self, size: int) -> str:
        if self.chance(0.5) or size == 0:
            return "-1"
        divisors = [k for k in (1, 2, 3, 4, 5, 8, 10) if size % k == 0]
        return f"{self.pick(divisors)}, -1"

    def operand(self) -> str:
        """An array, or a view of one."""
        text = self.array()
        while self.chance(0.35):
            longer = self.view(text)
            try:
                if not isinstance(self.value(longer), numpy.ndarray):
                    break
            except (IndexError, ValueError):  # an index into axes that `None` has shifted
                continue
            text = longer
        return text

    def partner(self, text: str) -> str:
        """What broadcasts with another operand: an array, a view, a number."""
        if self.chance(0.3):
            return self.pick(WEAK) if self.chance(0.7) else self.pick(STRONG)
        shape = self.value(text).shape
        for _ in range(4):
            other = self.operand()
            try:
                common = numpy.broadcast_shapes(shape, self.value(other).shape)
            except ValueError:
                if self.chance(0.05):
                    return other
                continue
            if math.prod(common) <= max(LARGEST, math.prod(shape)):
                return other
        return text

    # -- lines ------------------------------------------------------------------------------

    def write(self) -> Program:
        """The whole program."""
        for _ in range(self.random.randint(1, 3)):
            self.add(self.create())
        length = self.random.randint(3, 14)
        while len(self.program.lines) < length:
            kind = self.random.choices(KINDS, KIND_WEIGHTS)[0]
            line = getattr(self, kind)() if self.arrays() else self.create()
            if line is not None:
                self.add(line)
        return self.program

    def add(self, line: Line) -> None:
        """Tries a line in NumPy; one that raises is kept now and then."""
        try:
            exec(line.text, self.space)
        except (MemoryError, SyntaxError):
            return
        except Exception:
            if self.chance(0.85):
                return
        result = self.space.get(line.target) if line.target.isidentifier() else None
        if isinstance(result, numpy.ndarray) and result.size > LARGEST:
            line = Line(f"del {line.target}")
            exec(line.text, self.space)
            return
        self.program.lines.append(line)

    def name(self) -> str:
        if self.chance(0.3) and self.arrays():
            return self.array()
        self.count += 1
        return f"v{self.count}"

    def new(self, text: str, scale: str = "", units: float = 0.0) -> Line:
        name = self.name()
        return Line(f"{name} = {text}", name, scale, units)

    def create(self) -> Line:
        letter, shape = self.dtype(), self.shape()
        whole = self.random.random()
        if whole < 0.7 or not self.arrays():
            order = "F" if self.chance(0.2) else "C"
            wild = int(self.chance(0.35))
            seed = self.random.randrange(2000)
            return self.new(f"np.asarray(data({seed}, {letter!r}, {shape}, {order!r}, {wild}))")
        if whole < 0.85:
            name = self.pick(["zeros", "ones"])
            return self.new(f"np.{name}({shape}, {letter!r})")
        if whole < 0.9:
            return self.new(f"np.full({shape}, {self.pick(['0', '1', '7'])}, {letter!r})")
        name = self.pick(["zeros_like", "ones_like", "copy"])
        return self.new(f"np.{name}({self.operand()})")

    def see(self) -> Line | None:
        text = self.operand()
        whole = self.random.random()
        if whole < 0.8:
            name = self.name()
            return Line(f"{name} = {self.view(text)}", name)
        if self.value(text).dtype.kind in "fc":
            return None  # NaN has many patterns of bits
        return self.new(f"{text}.view({self.pick(['np.int64', 'np.uint8', 'np.int32'])})")

    def rounding(self, call: str, name: str, args: list[str]) -> tuple[str, float]:
        """How far two correct results of an elementwise call may lie apart."""
        try:
            with numpy.errstate(all="ignore"):
                kinds = [numpy.asarray(self.value(a)).dtype.kind for a in args]
        except Exception:
            return "", 0.0
        if "c" in kinds and name not in EXACT_COMPLEX:
            if name in ("**", "power", "float_power", "log1p"):
                return "any", 0.0
            if name in ("*", "multiply", "square"):
                return f"abs({args[0]}) * abs({args[-1]})", 4.0
            return f"abs({call})", 64.0
        if name in ("logaddexp", "logaddexp2"):
            return f"1 + abs({args[0]} + 0.0) + abs({args[1]} + 0.0)", 8.0
        if name in ROUNDED_ONE or name in ROUNDED_TWO or name == "**":
            integers = all(k in "biu" for k in kinds) and name in ("power", "**")
            return ("", 0.0) if integers else ("spacing", 6.0)
        return "", 0.0

    def call(self) -> tuple[str, str, list[str]]:
        """An elementwise expression, its operation and operands."""
        first = self.operand()
        whole = self.random.random()
        if whole < 0.4:
            op = self.pick(OPERATORS)
            args = [first, self.partner(first)]
            if self.chance(0.15):
                args.reverse()
            return f"{args[0]} {op} {args[1]}", op, args
        if whole < 0.6:
            name = self.pick(PLAIN_ONE)
            return f"np.{name}({first})", name, [first]
        if whole < 0.8:
            name = self.pick(PLAIN_TWO)
            args = [first, self.partner(first)]
            return f"np.{name}({args[0]}, {args[1]})", name, args
        if whole < 0.92:
            name = self.pick(ROUNDED_ONE)
            return f"np.{name}({first})", name, [first]
        if whole < 0.96:
            name = self.pick(ROUNDED_TWO)
            args = [first, self.partner(first)]
            return f"np.{name}({args[0]}, {args[1]})", name, args
        args = [f"({first} > 0)", first, self.partner(first)]
        return f"np.where({', '.join(args)})", "where", args

    def element(self) -> Line:
        call, name, args = self.call()
        scale, units = self.rounding(call, name, args) if name != "where" else ("", 0.0)
        if name in ("maximum", "minimum", "fmax", "fmin"):
            scale = "zero"
        return self.new(call, scale, units)

    def chain(self) -> Line:
        """Several exact operations in one expression."""
        first = self.operand()
        if self.value(first).dtype.kind == "c":
            return self.new(f"{first} + {self.partner(first)}")
        other = self.partner(first)
        third = self.pick([other, first, "2", "3"])
        text = self.pick(
            ["({} + {}) * {}", "{} * {} - {}", "-({} - {}) + {}", "np.maximum({}, {}) < {}"]
        ).format(first, other, third)
        if (any(c in text for c in "j(") and "complex" in text) or "j" in text:
            return self.new(f"{first} - {third}")
        for a in (other, third):
            if numpy.asarray(self.value(a)).dtype.kind == "c":
                return self.new(f"{first} - {third}")
        return self.new(text)

    def pair(self) -> Line | None:
        first = self.operand()
        self.count += 2
        a, b = f"v{self.count - 1}", f"v{self.count}"
        name = self.pick(["divmod", "modf", "frexp"])
        args = f"{first}, {self.partner(first)}" if name == "divmod" else first
        exec_line = Line(f"{a}, {b} = np.{name}({args})", a)
        return exec_line

    def into(self) -> Line | None:
        """A ufunc with `out=`, and now and then `where=` or `casting=`."""
        call, name, args = self.call()
        if not call.startswith("np.") or name == "where":
            return None
        out = self.operand()
        extra = f", out={out}"
        target = self.value(out)
        shares = any(numpy.may_share_memory(numpy.asarray(self.value(a)), target) for a in args)
        if self.chance(0.4) and not shares:  # NumPy writes where the mask is false, if they do
            mask = self.pick([f"({args[0]} == {args[0]})", f"({out} > 1)", f"({args[0]} != 0)"])
            extra += f", where={mask}"
        scale, units = self.rounding(call, name, args)
        if scale not in ("", "spacing"):
            return None
        try:
            made = numpy.asarray(self.value(call)).dtype
        except (TypeError, ValueError, OverflowError):
            return None
        if scale == "spacing" and target.dtype != made:
            scale = "any"  # units of the loop's type, not of the output's
        if not scale and self.chance(0.1):
            extra += ", casting='unsafe'"
            scale = "any"
        return Line(f"{call[:-1]}{extra})", out, scale, units)

    def in_place(self) -> Line:
        out = self.operand()
        other = self.partner(out)
        op = self.pick(IN_PLACE)
        scale, units = self.rounding(f"{out} {op[:-1]} {other}", op[:-1], [out, other])
        if out.isidentifier() or out.endswith("]"):
            return Line(f"{out} {op} {other}", out, scale, units)
        return self.assign()

    def overlap(self) -> Line:
        """A write into an array that is read at other places."""
        a = self.array()
        array = self.value(a)
        if array.ndim == 0:
            return self.assign()
        axis = self.random.randrange(array.ndim)
        lead = ":, " * axis
        n = array.shape[axis]
        k = self.pick([1, 1, 2, 3, max(1, n // 2)])
        here, there = f"{a}[{lead}{k}:]", f"{a}[{lead}:-{k}]"
        if self.chance(0.5):
            here, there = there, here
        forms = [
            f"{here} += {there}",
            f"{here} = {there}",
            f"{a}[...] = {a}[{lead}::-1]",
            f"{a} += {a}[{lead}::-1]",
            f"{a}[...] = {a}.T",
            f"{a} -= {a}[{lead}:1]",
            f"{a}[{lead}::2] = {a}[{lead}:{(n + 1) // 2}] + 0",
            f"np.add({here}, {there}, out={there})",
            f"{here} = {there} + {here}",
            f"np.maximum({there}, {here}, out={here}, where={there} > 0)",
        ]
        text = self.pick(forms)
        if self.chance(0.2):
            text = f"for _ in range({self.pick([2, 4, 6])}): {text}"
        return Line(text, a)

    def assign(self) -> Line:
        out = self.operand()
        if "[" not in out[-2:] and not out.endswith("]"):
            out = f"{out}[...]"
        if self.chance(0.3):
            text = self.pick(WEAK) if self.chance(0.7) else self.pick(STRONG)
            return Line(f"{out} = {text}", out)
        text = self.partner(out)
        value, target = numpy.asarray(self.value(text)), self.value(out)
        if value.ndim and numpy.may_share_memory(value, target):
            text = f"{text}.copy()"  # NumPy overwrites what it has yet to read, along one axis
        lossy = value.dtype.kind in "fc" and numpy.asarray(target).dtype.kind in "iu"
        return Line(f"{out} = {text}", out, "any" if lossy else "")

    def cast(self) -> Line:
        text, letter = self.operand(), self.dtype()
        lossy = self.value(text).dtype.kind in "fc" and letter in "bBhHiIlL"
        line = self.new(f"{text}.astype({letter!r})")
        if lossy:
            line.scale = "any"
        return line

    def fold(self) -> Line:
        text = self.operand()
        array = self.value(text)
        kind = array.dtype.kind
        name = self.pick(
            [
                "sum",
                "sum",
                "sum",
                "prod",
                "min",
                "max",
                "any",
                "all",
                "argmin",
                "argmax",
                "mean",
                "var",
                "std",
            ]
        )
        if self.chance(0.08):
            return self.new(f"np.count_nonzero({text}, axis={self.axis(array.ndim, name)})")
        axis = self.axis(array.ndim, name)
        keep = self.chance(0.3)
        call = f"{text}.{name}(axis={axis}{', keepdims=True' if keep else ''})"
        if name == "sum" and self.chance(0.1):
            letter = self.pick("fdlD")
            call = f"{call[:-1]}, dtype={letter!r})"
            kind = "f"
        elif name in ("sum", "max", "min") and self.chance(0.1):
            out = self.operand()
            call = f"{call[:-1]}, out={out})"
            return Line(call, out, "any")
        scale, units = "", 0.0
        if name == "sum" and kind in "fc":
            scale, units = f"within({text}, {axis}, {keep})", 1.0
        elif name in ("prod", "mean", "var", "std") and (kind in "fc" or name in ("var", "std")):
            scale = "any"
        elif name in ("min", "max") and kind in "fc":
            scale = "zero"
        elif name == "mean":
            scale, units = f"within({text}, {axis}, {keep})", 1.0
        return self.new(call, scale, units)

    def axis(self, ndim: int, name: str) -> str:
        whole = self.random.random()
        if whole < 0.25 or ndim == 0:
            return "None"
        if whole < 0.75 or name.startswith("arg"):
            return str(self.random.randrange(-ndim, ndim))
        return str(tuple(sorted(self.random.sample(range(ndim), self.random.randint(0, ndim)))))

    def running(self) -> Line:
        text = self.operand()
        array = self.value(text)
        name = "cumsum" if self.chance(0.8) or array.dtype.kind == "c" else "cumprod"
        axis = "None" if array.ndim == 0 else self.axis(array.ndim, "arg")
        return self.new(f"{text}.{name}(axis={axis})")

    def look(self) -> Line:
        text = self.array()
        forms = ["{}.tobytes()", "{}.tolist()", "str({})", "({} == {}).all()", "np.asarray({})"]
        return Line(self.pick(forms).replace("{}", text))

    def item(self) -> Line:
        text = self.array()
        shape = self.value(text).shape
        if 0 in shape or not shape:
            return Line(f"bool({text})")
        index = ", ".join(str(self.random.randrange(-n, n)) for n in shape)
        name = self.name()
        return Line(f"{name} = {text}[{index}]", name)

    def drop(self) -> Line | None:
        return Line(f"del {self.array()}") if len(self.arrays()) > 2 else None

    def select(self) -> Line:
        """A Boolean index, which NumPy answers."""
        text = self.array()
        if self.chance(0.5):
            return Line(f"{text}[{text} != 0] = 1", text)
        return self.new(f"{text}[{text} == {text}]")


KINDS, KIND_WEIGHTS = zip(
    *{
        "create": 6,
        "see": 12,
        "element": 30,
        "chain": 10,
        "pair": 2,
        "into": 9,
        "in_place": 12,
        "overlap": 9,
        "assign": 9,
        "cast": 7,
        "fold": 16,
        "running": 3,
        "look": 4,
        "item": 2,
        "drop": 4,
        "select": 1,
    }.items(),
    strict=True,
)


def program(seed: int) -> Program:
    """Return the program of this number."""
    with warnings.catch_warnings(), numpy.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return Writer(seed).write()
