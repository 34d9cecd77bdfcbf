"""Statements of random functions, and programs: helpers, and the function that is called.

Kinds of variables are followed meanwhile. Where ways join, a line `x = as_(x, kind)`
says what a variable becomes; it is for the meaning of the program and is not compiled.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .expressions import COMPARISONS, Expressions, class_of, converted
from .kinds import LETTERS, Array, Kind, is_int, is_number, join, sort
from .values import FORMS

MOST_LINES = 26
DEEPEST = 3


@dataclass
class Line:
    """A line, and those of the program's meaning that stand before it."""

    depth: int
    text: str
    before: list[str] = field(default_factory=list)


@dataclass
class Loop:
    """A loop that is being written."""

    head: dict[str, Kind]
    pinned: set[str]
    breaks: list[Line]
    bound: dict[str, set[Kind]] = field(default_factory=dict)
    """The kinds that its body gives to variables."""

    def takes(self, name: str, kind: Kind) -> bool:
        """Whether a variable keeps its kind where it is given one of this, and two ways meet."""
        if name in self.pinned:
            return False
        head = self.head.get(name, kind)
        met = [join(kind, other) for other in self.bound.get(name, set())]
        return all(own is not None and join(head, own) == head for own in [kind, *met])


@dataclass
class Program:
    """A seed's program: its text, and the kinds and forms of its arguments."""

    seed: int
    text: str
    params: list[Kind]
    forms: list[str]
    shared: bool
    """Arrays of one type lie in the same memory."""


class Writer(Expressions):
    """Writes one program."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.seed = seed
        self.lines: list[Line] = []
        self.depth = 0
        self.count = 0
        self.loops: list[Loop] = []
        self.guards: list[dict[str, Kind]] = []
        """Variables before each `try` around, which keep their kinds in its body."""
        self.fixed: dict[str, Kind] = {}
        """Variables that began within a loop, which keep their kind."""
        self.perhaps: set[str] = set()
        """Variables that may have no value, which keep theirs too."""
        self.dead: set[str] = set()
        """Variables that are of no one kind somewhere, which are left alone from there on."""
        self.result: Kind | None = None
        self.left = MOST_LINES

    # -- programs ---------------------------------------------------------------------------

    def program(self) -> Program:
        for k in range(self.pick([0, 0, 0, 1, 1, 2])):
            params = self._params(self.pick([1, 1, 2]))
            self.left = 5
            if self.chance(0.4):
                self._recursive(f"g{k}", params)
            else:
                self._function(f"g{k}", params)
        params = self._params(self.pick([1, 2, 3, 3]))
        self.left = MOST_LINES
        self._function("f", params)
        text = "".join(_text(line) for line in self.lines)
        forms = [self.pick(FORMS) for _ in params]
        return Program(self.seed, text, params, forms, self.chance(0.15))

    def _params(self, count: int) -> list[Kind]:
        return [self._param() for _ in range(count)]

    def _param(self) -> Kind:
        whole = self.random.random()
        if whole < 0.4:
            return Array(self.pick(LETTERS), self.pick([1, 1, 1, 2, 2, 3]))
        if whole < 0.5:
            return tuple(self.number_kind() for _ in range(self.pick([1, 2, 2, 3])))
        return self.number_kind()

    def _begin(self, name: str, names: list[str], params: list[Kind]) -> None:
        self.emit("@jit")
        self.emit(f"def {name}({', '.join(names)}):")
        self.env, self.within, self.fixed = dict(zip(names, params, strict=True)), {}, {}
        self.loops, self.guards, self.result = [], [], None
        self.perhaps, self.dead = set(), set()
        self.depth += 1

    def _function(self, name: str, params: list[Kind]) -> None:
        self._begin(name, [f"p{k}" for k in range(len(params))], params)
        self.statements(self.left)
        self.leave()
        self.depth -= 1
        self.functions[name] = (params, self.result)

    def _recursive(self, name: str, params: list[Kind]) -> None:
        """A function that calls itself a few times."""
        params = [self.number_kind() if isinstance(p, tuple) else p for p in params]
        names = [f"p{k}" for k in range(len(params))]
        self._begin(name, [*names, "n"], [*params, "int"])
        kind = self.number_kind()
        self.emit("if n <= 0 or n > 4:")
        self.depth += 1
        self.emit(f"return {self.of_kind(kind)}")
        self.depth -= 1
        del self.env["n"]
        self.result = kind
        self.statements(3)
        args = self.arguments(params, 1)
        again = f"{name}({args}, n - 1)" if args is not None else self.of_kind(kind, 1)
        sign = self.pick(["+", "-", "*"])
        made = self._form(f"({{}} {sign} {{}})", (again, kind), self.number(1))
        text, found = made if made is not None else (again, kind)
        self.emit(f"return {converted(text, found, kind)}")
        self.depth -= 1
        self.functions[name] = ([*params, "int"], kind)

    # -- writing ----------------------------------------------------------------------------

    def emit(self, text: str) -> Line:
        self.lines.append(Line(self.depth, text))
        return self.lines[-1]

    def new(self) -> str:
        self.count += 1
        return f"v{self.count}"

    def statements(self, most: int) -> None:
        for _ in range(self.random.randint(1, max(1, most))):
            if self.left <= 0:
                break
            self.left -= 1
            self.statement()

    def statement(self) -> None:
        forms = {self._assign: 8, self._augment: 3, self._store: 4, self._unpack: 1, self._array: 1}
        forms |= {self._view: 2, self._fill: 1, self._check: 1, self._call: 1, self._bound: 1}
        if self.depth <= DEEPEST:
            forms |= {self._if: 4, self._for: 4, self._while: 1, self._unrolled: 1}
            forms |= {self._try: 2, self._inner: 1}
        if self.chance(0.04):
            forms = {self._early: 1}
        elif self.loops and self.chance(0.08):
            forms = {self._jump: 1}
        self.weighted(forms)()

    def block(self, most: int = 4) -> Line:
        """A block of statements, and the line that ends it."""
        self.depth += 1
        self.statements(most)
        end = self.emit("pass")
        self.depth -= 1
        return end

    # -- variables --------------------------------------------------------------------------

    def allowed(self, name: str, kind: Kind) -> bool:
        """Whether the loops around let a variable have a kind."""
        if not all(loop.takes(name, kind) for loop in self.loops):
            return False
        if any(guard.get(name, kind) != kind for guard in self.guards):
            return False
        if name in self.perhaps and self.env.get(name, kind) != kind:
            return False
        return self.fixed.get(name, kind) == kind

    def target(self, kind: Kind) -> str:
        """A variable to give a value of a kind to."""
        names = [name for name in self.env if self.allowed(name, kind)]
        if names and self.chance(0.6):
            return self.pick(names)
        return self.new()

    def bind(self, name: str, kind: Kind) -> None:
        self.env[name] = kind
        for loop in self.loops:
            loop.bound.setdefault(name, set()).add(kind)
        self.within = {key: own for key, own in self.within.items() if name not in (key[0], own)}
        if self.loops and not any(name in loop.head for loop in self.loops):
            self.fixed[name] = kind

    def meet(self, ways: list[tuple[list[Line], dict[str, Kind]]]) -> None:
        """Joins ways that end in these lines with these variables."""
        met: dict[str, Kind] = {}
        for name in {name: 0 for _, env in ways for name in env}:
            kinds = [env[name] for _, env in ways if name in env]
            kind: Kind | None = kinds[0]
            for other in kinds[1:]:
                kind = None if kind is None else join(kind, other)
            # A variable of no one kind, or perhaps of no value, is left alone later on.
            partly = len(kinds) < len(ways)
            if name in self.dead or kind is None or (partly and self.chance(0.7)):
                self.dead.add(name)
                continue
            if partly or name in self.perhaps:
                self.perhaps.add(name)
                if kinds.count(kind) < len(kinds):
                    self.dead.add(name)
                    continue
            met[name] = kind
        for ends, env in ways:
            for name, kind in env.items():
                if name in met and kind != met[name]:
                    for end in ends:
                        end.before.append(f"{name} = as_({name}, {met[name]!r})")
        self.env = met

    # -- simple statements ------------------------------------------------------------------

    def value(self) -> tuple[str, Kind]:
        """A number or a tuple."""
        if self.chance(0.12):
            items = [self.number(1) for _ in range(self.pick([1, 2, 2, 3]))]
            texts, kinds = zip(*items, strict=True)
            return f"({', '.join(texts)}{',' if len(texts) == 1 else ''})", tuple(kinds)
        return self.number(3)

    def _assign(self) -> None:
        text, kind = self.value()
        name = self.target(kind)
        self.emit(f"{name} = {text}")
        self.bind(name, kind)

    def _augment(self) -> None:
        names = self.named(is_number)
        if not names:
            return
        name = self.pick(names)
        sign = self.pick(["+", "-", "*", "+", "-", "//", "%", "/", "&", "|", "^"])
        other = self.number(1)
        made = self._form(f"({{}} {sign} {{}})", (name, self.env[name]), other)
        if made is not None and self.allowed(name, made[1]):
            self.emit(f"{name} {sign}= {other[0]}")
            self.bind(name, made[1])

    def _store(self) -> None:
        arrays = self.named(lambda kind: isinstance(kind, Array))
        if not arrays:
            return
        name = self.pick(arrays)
        letter = self.env[name].letter
        functions, self.functions = self.functions, {}
        place, _ = self.element(name)
        self.functions = functions
        sign = self.pick(["", "", "", "+", "-", "*"])
        if sign and sort(letter) in "fiu" and letter != "e":
            other = self.of_kind(letter, 1)
            self.emit(f"{place} {sign}= {other}")
            return
        self.emit(f"{place} = {self.storable(letter)}")

    def storable(self, letter: str) -> str:
        """A number that may become an element of a type."""
        text, kind = self.number(2)
        if kind in LETTERS and sort(kind) in "iub" and sort(letter) in "iufc":
            return text
        if sort(letter) in "fc" and sort(kind) != "c":
            return text
        return converted(text, kind, letter)

    def _unpack(self) -> None:
        a, b = self.number(2), self.number(2)
        names = [self.target(a[1]), self.target(b[1])]
        if names[0] == names[1]:
            return
        self.emit(f"{names[0]}, {names[1]} = {a[0]}, {b[0]}")
        self.bind(names[0], a[1])
        self.bind(names[1], b[1])

    def _bound(self) -> None:
        """The same value for two variables, or a variable for another."""
        names = [n for n in self.env if not isinstance(self.env[n], Array) or self.chance(0.5)]
        if not names:
            return
        own = self.pick(names)
        kind = self.env[own]
        name, other = self.target(kind), self.target(kind)
        self.emit(f"{name} = {other} = {own}" if self.chance(0.3) else f"{name} = {own}")
        if self.lines[-1].text.count("=") > 1:
            self.bind(other, kind)
        self.bind(name, kind)

    # -- arrays -----------------------------------------------------------------------------

    def _array(self) -> None:
        kind = Array(self.pick(LETTERS), self.pick([1, 1, 2]))
        sizes = [self.pick(["2", "3", "4", "1", "0"]) for _ in range(kind.ndim)]
        shape = f"({', '.join(sizes)},)" if self.chance(0.5) or kind.ndim > 1 else sizes[0]
        own = class_of(kind.letter)
        text = self.pick(["np.zeros({}, {})", "np.ones({}, dtype={})", "np.full({}, {}, {})"])
        if "full" in text:
            text = text.format(shape, self.of_kind(kind.letter, 1), own)
        else:
            text = text.format(shape, own)
        arrays = self.named(lambda kind: isinstance(kind, Array))
        if arrays and self.chance(0.5):
            name = self.pick(arrays)
            kind = self.env[name]
            text = self.pick(["{}.copy()", "np.zeros_like({})", "np.ones_like({})", "np.copy({})"])
            text = text.format(name)
            if sort(kind.letter) in "iub" and self.chance(0.3):
                kind = Array(self.pick("bhildfD"), kind.ndim)
                text = f"{name}.astype({class_of(kind.letter)})"
        name = self.target(kind)
        self.emit(f"{name} = {text}")
        self.bind(name, kind)

    def slices(self, ndim: int) -> tuple[str, int]:
        """Brackets that make a view, and how many axes it has."""
        items, axes = [], ndim
        for _ in range(self.random.randint(1, ndim)):
            whole = self.random.random()
            if whole < 0.2 and axes > 1:
                items.append(self.pick(["0", "-1", "1"]))
                axes -= 1
            else:
                items.append(self.slice())
        if self.chance(0.1):
            items.insert(self.random.randint(0, len(items)), "...")
        if self.chance(0.07) and axes < 3:
            items.insert(self.random.randint(0, len(items)), "None")
            axes += 1
        return ", ".join(items), axes

    def slice(self) -> str:
        end = lambda: self.pick(["", "", "1", "2", "-1", "-2", "5", *self.named(is_int)])  # noqa: E731
        step = self.pick(["", "", "", ":2", ":-1", ":-2", ":3", *self.named(is_int)[:1]])
        if step and step[0] != ":":
            step = f":{step}"
        return f"{end()}:{end()}{step}"

    def _view(self) -> None:
        arrays = self.named(lambda kind: isinstance(kind, Array))
        if not arrays:
            return
        name = self.pick(arrays)
        kind = self.env[name]
        if self.chance(0.2):
            text = f"{name}.T"
        else:
            brackets, axes = self.slices(kind.ndim)
            text, kind = f"{name}[{brackets}]", Array(kind.letter, axes)
        target = self.target(kind)
        self.emit(f"{target} = {text}")
        self.bind(target, kind)

    def _fill(self) -> None:
        arrays = self.named(lambda kind: isinstance(kind, Array))
        if not arrays:
            return
        name = self.pick(arrays)
        kind = self.env[name]
        if self.chance(0.2):
            self.emit(f"{name}.fill({self.storable(kind.letter)})")
            return
        brackets, axes = self.slices(kind.ndim)
        value = self.storable(kind.letter)
        if self.chance(0.5):
            same = lambda k: isinstance(k, Array) and k.letter == kind.letter and k.ndim <= axes  # noqa: E731
            names = self.named(same)
            if names:
                other = self.pick(names)
                own = self.env[other].ndim
                value = f"{other}[{', '.join([self.slice()] * own)}]"
        self.emit(f"{name}[{brackets}] = {value}")

    # -- failures and ends ------------------------------------------------------------------

    def _check(self) -> None:
        if self.chance(0.5):
            message = self.pick(["", ", 'wrong'", f", f'{{{self.of_kind('int', 1)}}} is wrong'"])
            self.emit(f"assert {self.truth()} or {self.truth()} or True{message}")
            if self.chance(0.3):
                self.emit(f"assert {self.truth()}{message}")
            return
        self.emit(f"if {self.truth()} and {self.truth()} and {self.truth()}:")
        self.depth += 1
        self.emit(self.pick(["raise ValueError('odd')", "raise KeyError", "raise ValueError"]))
        self.depth -= 1

    def _call(self) -> None:
        for name in self.random.sample(list(self.functions), len(self.functions)):
            params, kind = self.functions[name]
            args = None
            if all(is_number(p) or p in self.env.values() for p in params):
                args = self.arguments(params, 1)
            if args is None:
                continue
            target = self.target(kind)
            self.emit(f"{target} = {name}({args})")
            self.bind(target, kind)
            return

    def leave(self) -> None:
        """A return, of the kind that the first one had."""
        if self.result is None:
            names = self.random.sample(list(self.env), min(len(self.env), self.pick([1, 2, 3])))
            if self.chance(0.4) and names:
                self.emit(f"return {names[0]}")
                self.result = self.env[names[0]]
                return
            extra, kind = self.number(2)
            self.emit(f"return ({', '.join([*names, extra])},)")
            self.result = (*(self.env[name] for name in names), kind)
            return
        text = self.of_any(self.result)
        self.emit(f"return {text}" if text else "raise ValueError('no value')")

    def of_any(self, kind: Kind) -> str | None:
        """An expression of a kind; nothing where an array is missing."""
        if is_number(kind):
            return self.of_kind(kind)
        if isinstance(kind, tuple):
            items = [self.of_any(item) for item in kind]
            return None if None in items else f"({''.join(f'{item}, ' for item in items)})"
        names = self.named(lambda own: own == kind)
        return self.pick(names) if names else None

    def _early(self) -> None:
        self.emit(f"if {self.truth()}:")
        self.depth += 1
        self.leave()
        self.depth -= 1

    def _jump(self) -> None:
        loop = self.loops[-1]
        self.emit(f"if {self.truth()}:")
        self.depth += 1
        env = dict(self.env)
        if self.chance(0.4):
            self.left -= 1
            self._assign()
        line = self.emit(self.pick(["break", "continue"]))
        self.arrive(line, loop.head)
        if line.text == "break":
            loop.breaks.append(line)
        self.depth -= 1
        self.env = env

    def arrive(self, line: Line, head: dict[str, Kind]) -> None:
        """Lets variables have the kinds of a loop's head where a line leads there."""
        for name, kind in head.items():
            if self.env.get(name, kind) != kind:
                line.before.append(f"{name} = as_({name}, {kind!r})")

    # -- branches and loops -----------------------------------------------------------------

    def _if(self) -> None:
        self.emit(f"if {self.truth()}:")
        before, fixed = dict(self.env), dict(self.within)
        yes, env = self.block(), self.env
        self.env, self.within = dict(before), dict(fixed)
        self.emit("else:")
        no = self.block(3) if self.chance(0.5) else self.block(0)
        self.within = {}
        self.meet([([yes], env), ([no], self.env)])

    def _try(self) -> None:
        self.emit("try:")
        before = dict(self.env)
        self.guards.append(before)
        end, env = self.block(), self.env
        self.guards.pop()
        self.within = {}
        classes = self.pick(["", " Exception", " ArithmeticError", " LookupError as caught"])
        several = " (ZeroDivisionError, ValueError, IndexError, OverflowError)"
        self.env = dict(before)
        self.emit(f"except{self.pick([several, classes])}:")
        # What a handler leaves behind is seen by `finally`, wherever it raises.
        self.guards.append(before)
        handled, other = self.block(3), self.env
        self.guards.pop()
        if self.chance(0.2):
            self.env = env
            self.emit("else:")
            end, env = self.block(2), self.env
        self.meet([([end], env), ([handled], other)])
        # What began on one way is left alone.
        self.env = {name: kind for name, kind in self.env.items() if name in before}
        arrays = [name for name in self.env if isinstance(self.env[name], Array)]
        if arrays and self.chance(0.3):
            name = self.pick(arrays)
            self.emit("finally:")
            self.emit(f"    {name}.fill({class_of(self.env[name].letter)}(1))")

    def _inner(self) -> None:
        """A function of one expression, and a call of it."""
        name, param, kind = self.new(), self.new(), self.number_kind()
        own, within = dict(self.env), self.within
        self.env = {key: kind for key, kind in own.items() if key not in self.perhaps}
        self.env[param], self.within = kind, {}
        text, result = self.number(2)
        self.env, self.within = own, within
        if self.chance(0.5):
            self.emit(f"def {name}({param}):")
            self.emit(f"    return {text}")
        else:
            self.emit(f"{name} = lambda {param}: {text}")
        args = self.of_kind(kind, 1)
        target = self.target(result)
        self.emit(f"{target} = {name}({args})")
        self.bind(target, result)

    def _loop(self, header: str, bound: dict[str, Kind], first: str = "") -> None:
        """A loop whose rounds begin with these variables and this line."""
        pinned = set(bound)
        head = dict(self.env)
        wider = self._wider(header) if self.chance(0.25) else None
        if wider is not None:
            name, kind = wider
            self.emit(f"{name} = as_({name}, {kind!r})")
            head[name] = self.env[name] = kind
            pinned.add(name)
        self.emit(header)
        self.loops.append(Loop(head, pinned, []))
        for own, kind in bound.items():
            self.bind(own, kind)
        self.depth += 1
        if first:
            self.emit(first)
        if wider is not None:
            self.emit(f"if {self.truth()}:")
            # Of a kind by itself, not by that of the variable.
            kept = self.env.pop(wider[0])
            self.emit(f"    {wider[0]} = {self.of_kind(wider[1], 1)}")
            self.env[wider[0]] = kept
        self.depth -= 1
        end = self.block()
        self.arrive(end, head)
        loop = self.loops.pop()
        self.within = {}
        began = {name: kind for name, kind in self.env.items() if name not in head}
        self.env = dict(head)
        if self.chance(0.2):
            self._otherwise(loop, head)
        for name, kind in began.items():
            if name in self.dead or not self.chance(0.25):
                self.dead.add(name)
                continue
            self.env.setdefault(name, self.fixed.get(name, kind))
            self.perhaps.add(name)

    def _otherwise(self, loop: Loop, head: dict[str, Kind]) -> None:
        self.emit("else:")
        end = self.block(2)
        if loop.breaks:
            self.meet([([end], self.env), (loop.breaks, head)])

    def _wider(self, header: str) -> tuple[str, str] | None:
        """A variable and a kind that a loop widens it to; not one that the loop's header names."""
        names = [name for name in self.named(is_number) if self.allowed(name, self.env[name])]
        names = [name for name in names if name not in self.perhaps]
        named = set(re.findall(r"\w+", header))
        # Of bools less is compiled than of what they become.
        names = [n for n in names if n not in named and sort(self.env[n]) != "b"]
        if not names:
            return None
        name = self.pick(names)
        kind = join(self.env[name], self.number_kind())
        if kind is None or kind == self.env[name] or not self.allowed(name, kind):
            return None
        if any(name in loop.head and loop.head[name] != kind for loop in self.loops):
            return None
        return name, kind

    def _for(self) -> None:
        arrays = self.named(lambda kind: isinstance(kind, Array))
        name = self.new()
        whole = self.random.random()
        if whole < 0.35 and arrays:
            array = self.pick(arrays)
            axis = self.random.randrange(self.env[array].ndim)
            header = f"for {name} in range({array}.shape[{axis}]):"
            self.within[array, axis] = name
            self._loop(header, {name: "int"})
        elif whole < 0.6 and arrays:
            self._over_arrays(name, arrays)
        else:
            self._loop(f"for {name} in {self._range()}:", {name: "int"})

    def _range(self) -> str:
        ints = [*self.named(is_int)] or ["3"]
        end = lambda: self.pick(["0", "3", "4", "-2", f"({self.pick(ints)} & 3)"])  # noqa: E731
        own = [f"range({end()})", f"range({end()}, {end()})"]
        steps = ["1", "2", "-1", "-2", f"({self.pick(ints)} & 3)"]
        return self.pick([*own, f"range({end()}, {end()}, {self.pick(steps)})"])

    def _over_arrays(self, name: str, arrays: list[str]) -> None:
        array = self.pick(arrays)
        kind = self.env[array]
        item: Kind = Array(kind.letter, kind.ndim - 1) if kind.ndim > 1 else kind.letter
        whole, other = self.random.random(), self.new()
        if whole < 0.4:
            self._loop(f"for {name} in {array}:", {name: item})
        elif whole < 0.7:
            first = self.pick(["", ", 2", ", start=1"])
            header = f"for {name}, {other} in enumerate({array}{first}):"
            self._loop(header, {name: "int", other: item})
        else:
            header = f"for {name}, {other} in zip({array}, {self._range()}):"
            self._loop(header, {name: item, other: "int"})

    def _while(self) -> None:
        name = self.new()
        self.emit(f"{name} = 0")
        self.bind(name, "int")
        sign = self.pick(COMPARISONS[:2])
        header = f"while {name} {sign} {self.pick([2, 3, 5])} and {self.truth(1)}:"
        self._loop(header, {name: "int"}, f"{name} += 1")

    def _unrolled(self) -> None:
        kind = self.number_kind()
        items = [self.of_kind(kind, 1) for _ in range(self.pick([1, 2, 3]))]
        name = self.new()
        self.emit(f"for {name} in ({', '.join(items)},):")
        self.bind(name, kind)
        self.depth += 1
        text, own = self.number(2)
        target = self.new()
        self.emit(f"{target} = {text}")
        self.depth -= 1
        self.bind(target, own)


def _text(line: Line) -> str:
    indent = "    " * line.depth
    return "".join(f"{indent}{text}\n" for text in [*line.before, line.text])


def program(seed: int) -> Program:
    """The program of a number."""
    return Writer(seed).program()
