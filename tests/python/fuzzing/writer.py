"""The writer of random programs: its choices, and the expressions that lines are made of.

A seed enters; choices leave, the same for the same seed. Lines are tried in NumPy while they are
chosen, as the next one needs shapes and types; values play no part in the choice. Which lines there
are is in `lines`.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Any

import numpy

from .program import Line, Program, compiled
from .values import DTYPES, LARGEST, WEIGHTS, names

WEAK = """
    0 1 2 3 -1 7 100 300 0.5 -0.0 2.0 1e10 True 1j (2-3j) float('inf') float('nan')
""".split()  # noqa: SIM905
STRONG = [
    f"np.{t}" for t in ("int8(3)", "uint8(200)", "int64(-5)", "uint64(2**40)", "bool_(1)")
] + [f"np.{t}" for t in ("float16(0.5)", "float32(1.5)", "float64(-2.5)", "complex64(1+2j)")]
SLICES = ["::-1", "1:", ":-1", "::2", "1::2", ":", "::-2", "2:-1", "", "3:1"]
COMPARISONS = ["> 0", "<= 1", "!= 0", "== 0", ">= 0.5", "< 100"]


class Writer:
    """Chooses lines one by one."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.program = Program(seed, at_once=self.chance(0.5), watched=self.chance(0.5))
        self.space = names(numpy)
        self.count = 0
        self.base = self._base_shape()

    # -- choices ----------------------------------------------------------------------------

    def pick(self, choices: Sequence[Any]) -> Any:
        return choices[int(self.random.random() * len(choices))]

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def below(self, n: int) -> int:
        return int(self.random.random() * n)

    def dtype(self) -> str:
        return self.random.choices(DTYPES, WEIGHTS)[0]

    def shape(self) -> tuple[int, ...]:
        """The base shape, or one that broadcasts with it."""
        shape = list(self.base)
        if self.chance(0.3):
            shape = shape[self.below(len(shape) + 1) :]
        if shape and self.chance(0.2):
            shape[self.below(len(shape))] = 1
        return tuple(shape)

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

    def axis(self, ndim: int) -> int:
        """An axis, counted from either end."""
        return self.random.randrange(-ndim, ndim)

    def axes(self, ndim: int) -> str:
        """All axes, or one, or some."""
        whole = self.random.random()
        if whole < 0.25 or ndim == 0:
            return "None"
        if whole < 0.7:
            return str(self.axis(ndim))
        return str(tuple(sorted(self.random.sample(range(ndim), self.random.randint(0, ndim)))))

    # -- variables --------------------------------------------------------------------------

    def arrays(self) -> list[str]:
        return [k for k, v in self.space.items() if isinstance(v, numpy.ndarray) and k[0] == "v"]

    def shared(self) -> list[str]:
        """Arrays of NumPy's that share memory with those of a program."""
        return [k for k, v in self.space.items() if isinstance(v, numpy.ndarray) and k[0] == "s"]

    def scalars(self) -> list[str]:
        return [k for k, v in self.space.items() if isinstance(v, numpy.generic)]

    def array(self) -> str:
        return self.pick(self.arrays())

    def value(self, text: str) -> Any:
        found = self.space.get(text)
        return eval(compiled(text, "eval"), self.space) if found is None else found

    def kind(self, text: str) -> str:
        """The kind of an expression's type: one of `biufc`."""
        return numpy.asarray(self.value(text)).dtype.kind

    def name(self) -> str:
        """A new variable, or now and then one that is in use."""
        if self.chance(0.3) and self.arrays():
            return self.array()
        self.count += 1
        return f"v{self.count}"

    def new(self, text: str, near: str = "") -> Line:
        """A line that gives an expression's value to a variable."""
        name = self.name()
        return Line(f"{name} = {text}", name, near)

    # -- expressions ------------------------------------------------------------------------

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

    def small(self, size: int = 4000) -> str | None:
        """An operand of few elements, for what gathers or repeats them."""
        for _ in range(4):
            text = self.operand()
            if self.value(text).size <= size:
                return text
        return None

    def partner(self, text: str) -> str:
        """What broadcasts with another operand: an array, a view, a number, NumPy's own array."""
        whole = self.random.random()
        if whole < 0.3:
            return self.number()
        shape = self.value(text).shape
        if whole < 0.33 and self.shared():
            return self.pick(self.shared())
        if whole < 0.33:
            return f"data({self.below(2000)}, {self.dtype()!r}, {shape})"
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

    def number(self) -> str:
        """A number of Python's or of NumPy's."""
        scalars = self.scalars()
        if scalars and self.chance(0.2):
            return self.pick(scalars)
        return self.pick(WEAK if self.chance(0.7) else STRONG)

    def mask(self, text: str) -> str:
        """Truth values of the shape of an operand."""
        shape = self.value(text).shape
        if self.chance(0.25):
            return f"np.asarray(data({self.below(2000)}, '?', {shape}))"
        if self.chance(0.2):
            return f"({text} == {text})"
        return f"({text} {self.pick(COMPARISONS)})"

    def view(self, text: str) -> str:
        """An expression that views the array of another."""
        (form,) = self.random.choices(VIEWS, VIEW_WEIGHTS)
        return form(self, text) or f"{text}[{self.index(self.value(text).shape)}]"

    def index(self, shape: tuple[int, ...]) -> str:
        """Slices, integers, new axes and an ellipsis."""
        items = []
        for n in shape[: self.random.randint(0, len(shape))]:
            whole = self.random.random()
            if whole < 0.15 and n:
                items.append(str(self.random.randrange(-n, n)))
            elif whole < 0.25:
                items += ["None", ":"]
            else:
                items.append(self.slice(n))
        if self.chance(0.2):
            items.insert(self.random.randint(0, len(items)), "...")
        return ", ".join(items) if items else "..."

    def slice(self, n: int) -> str:
        chosen = self.pick(SLICES)
        if chosen:
            return chosen
        a, b = self.random.randint(-n - 1, n + 1), self.random.randint(-n - 1, n + 1)
        return f"{a}:{b}:{self.pick([1, 2, -1, 3, -3])}"


# -- views: each returns an expression, or nothing where it does not apply ----------------------


def _sliced(w: Writer, text: str) -> str:
    return ""


def _transposed(w: Writer, text: str) -> str:
    return f"{text}.T"


def _permuted(w: Writer, text: str) -> str:
    n = w.value(text).ndim
    form = w.pick(["{}.transpose({})", "np.moveaxis({}, {}, 0)", "np.swapaxes({}, {}, -1)"])
    if n < 2:
        return ""
    return form.format(text, w.random.sample(range(n), n) if ".trans" in form else w.axis(n))


def _reshaped(w: Writer, text: str) -> str:
    size = w.value(text).size
    if w.chance(0.5) or size == 0:
        return f"{text}.reshape(-1)"
    divisors = [k for k in (1, 2, 3, 4, 5, 8, 10) if size % k == 0]
    return f"{text}.reshape({w.pick(divisors)}, -1)"


def _flat(w: Writer, text: str) -> str:
    return f"{text}.ravel({w.pick(['', '', '', repr('F'), repr('K')])})"


def _diagonal(w: Writer, text: str) -> str:
    return f"{text}.diagonal({w.pick([0, 0, 1, -1])})" if w.value(text).ndim >= 2 else ""


def _part(w: Writer, text: str) -> str:
    return f"{text}.{w.pick(['real', 'imag'])}"


def _broadcast(w: Writer, text: str) -> str:
    lead = w.pick(["", "2, ", "3, 1, "])
    return f"np.broadcast_to({text}, ({lead}{''.join(f'{n}, ' for n in w.value(text).shape)}))"


def _stretched(w: Writer, text: str) -> str:
    return w.pick(["np.expand_dims({}, 0)", "np.expand_dims({}, -1)", "{}.squeeze()"]).format(text)


def _flipped(w: Writer, text: str) -> str:
    return f"np.flip({text})"


VIEWS, VIEW_WEIGHTS = zip(
    *{
        _sliced: 50,
        _transposed: 10,
        _permuted: 7,
        _reshaped: 10,
        _flat: 5,
        _diagonal: 5,
        _part: 4,
        _broadcast: 4,
        _stretched: 4,
        _flipped: 2,
    }.items(),
    strict=True,
)
