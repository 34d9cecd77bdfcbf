"""Expressions of random functions: numbers of known kinds, made of what is in reach."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from typing import Any

import numpy

from .kinds import LETTERS, PYTHONS, Array, Kind, is_number, result, sort

CONSTANTS = {
    "int": "0 1 2 3 5 7 -1 -2 13 63".split(),  # noqa: SIM905
    "float": "0.5 1.5 -2.25 3.0 0.1 -0.0 1e3".split(),  # noqa: SIM905
    "bool": ["True", "False"],
    "complex": ["1j", "(2+3j)"],
}
LARGE = ["2**40", "-2**62", "9223372036854775807", "(-9223372036854775807 - 1)", "255", "100000"]
ARITHMETIC = ["+", "-", "*", "/", "//", "%"]
BITS = ["&", "|", "^"]
COMPARISONS = ["<", "<=", ">", ">=", "==", "!="]
ONE = {
    "abs({})": 3, "round({})": 1, "math.floor({})": 1, "math.ceil({})": 1, "math.trunc({})": 1,
    "math.sqrt(abs({}))": 1, "math.sin({})": 1, "math.atan({})": 1, "math.tanh({})": 1,
    "math.fabs({})": 1, "math.isnan({})": 1, "math.isinf({})": 1, "np.sqrt({})": 1,
    "np.exp({})": 1, "np.cos({})": 1, "np.floor({})": 1, "np.rint({})": 1, "np.sign({})": 1,
    "np.square({})": 2, "np.absolute({})": 1, "np.negative({})": 1, "np.isnan({})": 1,
    "np.isfinite({})": 1, "np.signbit(np.fmax({}, -9))": 1, "np.invert({})": 1,
    "np.logical_not({})": 1,
    "np.reciprocal({})": 1, "np.trunc({})": 1, "np.arctan({})": 1, "np.positive({})": 1,
}  # fmt: skip
# A sign is taken of what is no NaN: theirs are left open.
TWO = {
    "np.minimum({}, {})": 2, "np.maximum({}, {})": 2, "np.fmax({}, {})": 1, "np.add({}, {})": 1,
    "np.multiply({}, {})": 1, "np.subtract({}, {})": 1, "np.floor_divide({}, {})": 1,
    "np.remainder({}, {})": 1, "np.fmod({}, {})": 1, "np.hypot({}, {})": 1, "np.gcd({}, {})": 1,
    "np.copysign({}, np.fmax({}, -9))": 1, "np.logical_and({}, {})": 1, "np.less({}, {})": 1,
    "np.equal({}, {})": 1, "np.divide({}, {})": 1, "math.copysign({}, np.fmax({}, -9))": 1,
    "math.gcd({}, {})": 1, "np.bitwise_xor({}, {})": 1, "np.true_divide({}, {})": 1,
    "math.fmod({}, {})": 0, "math.atan2({}, {})": 1,
}  # fmt: skip

VARIABLE = re.compile(r"[a-z]\w*(\[.*\])?")
"""A variable or an element."""

Made = tuple[str, str]
"""The text of a number and its kind."""


def class_of(letter: str) -> str:
    """The class of NumPy's numbers of a letter, as a program names it."""
    return f"np.{numpy.dtype(letter).type.__name__}"


def converted(text: str, kind: str, to: str) -> str:
    """A number as one of another kind; what would not fit is brought near zero."""
    if kind == to:
        return text
    if sort(kind) == "c" and sort(to) != "c":
        text, kind = f"({text}).real", "float"
    if to in PYTHONS:
        return f"{to}({text})"
    if sort(to) in "iu" and sort(kind) == "f":
        text, kind = f"int({text})", "int"
    if sort(to) in "iu" and kind == "int":
        text = f"({text}) & {63 if sort(to) == 'u' or to == 'b' else 127}"
    return f"{class_of(to)}({text})"


class Expressions:
    """Chooses expressions over the variables in reach."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.env: dict[str, Kind] = {}
        self.within: dict[tuple[str, int], str] = {}
        """Variables that are indices into an axis of an array."""
        self.functions: dict[str, tuple[list[Kind], Kind]] = {}

    # -- choices ----------------------------------------------------------------------------

    def pick(self, choices: Sequence[Any]) -> Any:
        return choices[int(self.random.random() * len(choices))]

    def weighted(self, choices: dict[Any, int]) -> Any:
        return self.random.choices(list(choices), list(choices.values()))[0]

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def number_kind(self) -> str:
        if self.chance(0.65):
            return self.weighted({"int": 5, "float": 4, "bool": 1, "complex": 1})
        return self.pick(LETTERS)

    def named(self, wanted: Any) -> list[str]:
        return [name for name, kind in self.env.items() if wanted(kind)]

    # -- numbers ----------------------------------------------------------------------------

    def number(self, depth: int = 2) -> Made:
        """A number of any kind."""
        if depth <= 0 or self.chance(0.2):
            return self.leaf()
        forms = [self._operator] * 5 + [self._bits, self._comparison, self._logic, self._choice]
        forms += [self._one, self._one, self._two, self._converted, self._unary, self._power]
        if self.functions:
            forms += [self._called] * 2
        for _ in range(5):
            made = self.pick(forms)(depth - 1)
            if made is not None:
                return made
        return self.leaf()

    def of_kind(self, kind: str, depth: int = 2) -> str:
        """A number of one kind."""
        for _ in range(3):
            text, found = self.number(depth)
            if found == kind:
                return text
        return converted(text, found, kind)

    def leaf(self) -> Made:
        """A variable, an element, a size or a constant."""
        whole = self.random.random()
        names = self.named(is_number)
        if whole < 0.55 and names:
            name = self.pick(names)
            return name, self.env[name]
        arrays = self.named(lambda kind: isinstance(kind, Array))
        if whole < 0.75 and arrays:
            return self.element(self.pick(arrays))
        tuples = self.named(lambda kind: isinstance(kind, tuple) and kind)
        if whole < 0.85 and tuples:
            name = self.pick(tuples)
            k = self.random.randrange(len(self.env[name]))
            item = self.env[name][k]
            if is_number(item):
                return f"{name}[{self.pick([k, k - len(self.env[name])])}]", item
        if whole < 0.9 and arrays:
            name = self.pick(arrays)
            text = self.pick(["len({})", "{}.size", "{}.ndim", "{}.shape[0]", "{}.shape[-1]"])
            return text.format(name), "int"
        return self.constant()

    def constant(self) -> Made:
        if self.chance(0.05):
            return self.pick(LARGE), "int"
        kind = self.weighted({"int": 6, "float": 3, "bool": 1, "complex": 1})
        return self.pick(CONSTANTS[kind]), kind

    def element(self, name: str) -> Made:
        """An element of an array."""
        kind = self.env[name]
        places = [self.place(name, axis) for axis in range(kind.ndim)]
        if kind.ndim > 1 and self.chance(0.2):
            return f"{name}[{places[0]}][{', '.join(places[1:])}]", kind.letter
        return f"{name}[{', '.join(places)}]", kind.letter

    def place(self, name: str, axis: int) -> str:
        """An index into an axis, mostly one that lies within."""
        known = self.within.get((name, axis))
        if known and known in self.env and self.chance(0.8):
            return known
        ints = self.named(lambda kind: is_number(kind) and sort(kind) in "iu" and kind != "L")
        if ints and self.chance(0.3):
            own = self.pick(ints)
            return self.pick([own, own, f"{own} % {name}.shape[{axis}]", f"{own} & 1", f"-{own}"])
        return self.pick(["0", "0", "-1", "1", "2", "-2", "3"])

    def truth(self, depth: int = 2) -> str:
        """A condition, which does not hang on numbers in the source alone: of two ways one would
        not be compiled."""
        if self.chance(0.75):
            return self._comparison(depth)[0]
        text = self.number(depth)[0]
        return text if VARIABLE.fullmatch(text) else f"bool({text})"

    # -- forms: each returns a number, or nothing where it does not apply ---------------------

    def _form(self, text: str, *args: Made) -> Made | None:
        named = text
        for name in "abcd"[: len(args)]:
            named = named.replace("{}", name, 1)
        kind = result(named, *(kind for _, kind in args))
        if not is_number(kind):
            return None
        return text.format(*(own for own, _ in args)), kind

    def _operator(self, depth: int) -> Made | None:
        a, b = self.number(depth), self.number(depth)
        return self._form(f"({{}} {self.pick(ARITHMETIC)} {{}})", a, b)

    def _bits(self, depth: int) -> Made | None:
        a, b = self.number(depth), self.number(depth)
        if self.chance(0.5):
            return self._form(f"({{}} {self.pick(BITS)} {{}})", a, b)
        sign = self.pick(["<<", ">>"])
        if self.chance(0.8) and sort(b[1]) in "iu" and b[1] != "L":
            return self._form(f"({{}} {sign} ({{}} & 7))", a, b)
        return self._form(f"({{}} {sign} {{}})", a, b)

    def _comparison(self, depth: int) -> Made:
        a, b = self.number(depth), self.number(depth)
        while "c" in (sort(a[1]), sort(b[1])):
            a, b = self.leaf(), self.leaf()
        made = self._form(f"({{}} {self.pick(COMPARISONS)} {{}})", a, b)
        assert made is not None
        return made

    def _logic(self, depth: int) -> Made:
        text, kind = self.number(depth)
        whole = self.random.random()
        if whole < 0.3:
            return f"(not {text})", "bool"
        return f"({text} {self.pick(['and', 'or'])} {self.of_kind(kind, depth)})", kind

    def _choice(self, depth: int) -> Made:
        text, kind = self.number(depth)
        return f"({text} if {self.truth(depth)} else {self.of_kind(kind, depth)})", kind

    def _one(self, depth: int) -> Made | None:
        text, own = self.weighted(ONE), self.number(depth)
        if text.startswith(("math", "round")) and sort(own[1]) == "c":
            return None
        if text.startswith(("math.sin", "math.atan", "math.tanh")):
            own = (f"({converted(*own, 'float')} % 8)", "float")
        return self._form(text, own)

    def _two(self, depth: int) -> Made | None:
        text, a, b = self.weighted(TWO), self.number(depth), self.number(depth)
        if self.chance(0.2):
            text = self.pick(["min({}, {})", "max({}, {})"])
            if sort(a[1]) == "c":
                return None
            return text.format(a[0], self.of_kind(a[1], depth)), a[1]
        if "c" in (sort(a[1]), sort(b[1])):
            return None
        return self._form(text, a, b)

    def _converted(self, depth: int) -> Made:
        to = self.number_kind()
        return self.of_kind(to, depth), to

    def _unary(self, depth: int) -> Made | None:
        return self._form(f"({self.pick(['-', '-', '+', '~'])}{{}})", self.number(depth))

    def _power(self, depth: int) -> Made | None:
        own = self.number(depth)
        if sort(own[1]) == "c":
            return None
        if own[1] == "float":
            return f"(({own[0]} % 64) ** {self.pick([2, 3, 0.5])})", "float"
        return self._form(f"({{}} ** {self.pick([0, 1, 2, 2, 3, 5])})", own)

    def _called(self, depth: int) -> Made | None:
        name = self.pick(list(self.functions))
        params, kind = self.functions[name]
        if not is_number(kind):
            return None
        args = self.arguments(params, depth)
        return None if args is None else (f"{name}({args})", kind)

    def arguments(self, params: list[Kind], depth: int) -> str | None:
        """What a call passes; nothing where an array is missing."""
        args = []
        for param in params:
            if is_number(param):
                args.append(self.of_kind(param, depth))
                continue
            names = self.named(lambda kind, param=param: kind == param)
            if not names:
                return None
            args.append(self.pick(names))
        return ", ".join(args)
