"""Named tuples and dataclasses in compiled functions: what the plain Python function gives."""

import collections
import copy
import gc
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

import numpy as np
import pytest
import stook


class Point(NamedTuple):
    """A named tuple with a default and methods."""

    x: float
    y: float = 2.0

    def dot(self, other):
        return self.x * other.x + self.y * other.y

    def __add__(self, other):
        return Point(self.x + other.x, self.y + other.y)

    @property
    def length(self):
        return (self.x * self.x + self.y * self.y) ** 0.5

    @staticmethod
    def origin():
        return Point(0.0, 0.0)


Pair = collections.namedtuple("Pair", "first second", defaults=(7,))


@dataclass(frozen=True)
class Line:
    """A frozen dataclass that has others."""

    start: Point
    end: Point
    width: int = 1
    TWICE: ClassVar[int] = 2

    def at(self, t):
        one = self.start.x + t * (self.end.x - self.start.x)
        return Point(one, self.start.y + t * (self.end.y - self.start.y))


@dataclass
class Body:
    """A dataclass whose fields are assigned."""

    mass: float
    at: list
    steps: int = 0

    def move(self, dx):
        self.at[0] += dx
        self.steps += 1
        return self

    @property
    def weight(self):
        return self.mass * 9.81

    @weight.setter
    def weight(self, value):
        self.mass = value / 9.81


@dataclass
class Grid:
    """A dataclass with an array, and a field that is not compiled."""

    values: np.ndarray
    name: str
    scale: float = 1


@dataclass(order=True)
class Edition:
    major: int
    minor: int


@dataclass
class Version:
    major: int
    minor: int = 0
    tags: list = field(default_factory=list)


@dataclass(eq=False)
class Cell:
    value: int


@dataclass
class Interval:
    low: float
    high: float

    def __post_init__(self):
        if self.low > self.high:
            self.low, self.high = self.high, self.low

    def __contains__(self, x):
        return self.low <= x and x <= self.high

    def __iadd__(self, x):
        self.low += x
        return self

    def __len__(self):
        return int(self.high - self.low)

    def __getitem__(self, k):
        return self.low + k

    def __setitem__(self, k, x):
        self.high = x + k

    def __call__(self, x, by=2.0):
        return (x - self.low) * by

    def __neg__(self):
        return Interval(-self.low, -self.high)

    def __lt__(self, other):
        return self.low < other.low


def outcome(function, args):
    """Return what a call returns or raises, and what it leaves in its arguments."""
    args = copy.deepcopy(args)
    try:
        return function(*args), args
    except Exception as error:
        return type(error), str(error), args


def same(function, *args):
    """Compare a function with its compiled form, by machine code and by its routines' meaning."""
    compiled = stook.jit(function)
    expected = outcome(function, args)
    found = outcome(compiled, args)
    assert repr(found) == repr(expected)
    assert repr(outcome(compiled.interpret, args)) == repr(expected)
    return compiled


def test_named_tuples_are_taken_made_and_returned():
    def swap(p, q):
        x, y = q
        made = Point(y, x)
        return p, made, Pair(first=p[0]), (p.x, q[-1], len(p)), Point(y=1.0, x=3.0), p == q

    same(swap, Point(1.0, 3.0), Point(4.5))
    found = stook.jit(swap)(Point(1.0), Point(2.0))
    assert type(found[1]) is Point and type(found[2]) is Pair


def test_named_tuples_have_methods_operators_and_parts():
    def combine(p, q):
        total = Point.origin()
        for _ in range(3):
            total = total + p + q
        found = 0.0
        for value in total:
            found += value
        return total, total.dot(q), total.length, found, p._replace(y=9.0), 2.0 in q, p < q

    same(combine, Point(1.0, 3.0), Point(4.5))


def test_named_tuples_hold_anything_and_lie_in_anything():
    def nest(pairs, deep, array):
        made = [Pair(p.second, p.first) for p in pairs]
        made.append(Pair(0, 0))
        deep.second.append(made[0].first)
        held = Pair(array, [array[0]])
        held.first[0] = 5.0
        return made, deep, held.first, held, {1: pairs[0]}, (Pair(deep, 1),)

    same(nest, [Pair(1, 2), Pair(3, 4)], Pair(Pair(1, 2.5), [1, 2]), np.arange(3.0))


def test_the_array_in_a_named_tuple_is_the_callers():
    @stook.jit
    def change(pair):
        pair.first[0] = 4
        return pair.first, pair.second[1:]

    array = np.arange(3)
    first, rest = change(Pair(array, array))
    assert first is array and array[0] == 4 and np.shares_memory(rest, array)


def test_named_tuples_of_several_types_meet():
    def meet(flag):
        p = Pair(1, 2)
        if flag:
            p = Pair(1.5, 2)
        return p.first * 2

    same(meet, True)


def test_frozen_dataclasses_are_values():
    def middle(line):
        half = Line(Point.origin(), line.at(0.5), width=line.width * line.TWICE)
        return half, half.end, half == line, half == half, Line.TWICE, line

    same(middle, Line(Point(0.0, 0.0), Point(2.0, 4.0), 3))
    found = stook.jit(middle)(Line(Point(0.0, 0.0), Point(2.0, 4.0)))
    assert type(found[0]) is Line and type(found[1]) is Point


def test_writes_to_fields_are_seen_by_the_caller():
    def work(body, others):
        body.mass *= 2
        body.at.append(3.0)
        for other in others:
            other.move(body.mass)
            other.steps -= 5
        body.at = [0.0]
        return body.steps, body.weight

    compiled = same(work, Body(1.5, [1.0]), [Body(2.0, [4.0]), Body(3.0, [5.0, 6.0], 4)])
    body = Body(1.5, [1.0])
    at = body.at
    compiled(body, [body])
    assert body == Body(3.0, [0.0], -4) and at == [4.0, 3.0]


def test_writes_before_an_exception_are_seen():
    def fail(body):
        body.steps = 7
        return body.at[body.steps]

    same(fail, Body(1.0, [2.0]))


def test_aliases_are_one_object():
    def alias(a, b):
        c = a
        c.steps = 5
        b.steps += 1
        made = Body(1.0, [0.0])
        again = made
        again.mass = 4.0
        return a.steps, a is b, a is c, made.mass, a is made, a is not b

    same(alias, Body(1.0, [2.0]), Body(1.0, [3.0]))
    body = Body(1.0, [2.0])
    assert stook.jit(alias)(body, body) == (6, True, True, 4.0, False, False)
    assert body.steps == 6


def test_what_is_returned_is_the_object_itself():
    @stook.jit
    def pick(bodies, more):
        made = Body(0.5, [1.0])
        bodies.append(made)
        more.append(made)
        return bodies[0], made, bodies

    bodies, more = [Body(1.0, [2.0])], [Body(2.0, [3.0])]
    first, made, whole = pick(bodies, more)
    assert first is bodies[0] and made is bodies[1] and made is more[1] and whole is bodies
    assert type(made) is Body and made == Body(0.5, [1.0])


def test_fields_change_places():
    def exchange(a, b):
        a.values, b.values = b.values, a.values
        a.values[0] = 9.0
        return a.values

    compiled = stook.jit(exchange)
    first, second = np.arange(3.0), np.arange(4.0)
    a, b = Grid(first, "a"), Grid(second, "b")
    assert compiled(a, b) is second and a.values is second and b.values is first
    assert second[0] == 9.0


def test_fields_that_are_not_compiled_stay():
    def rescale(grid):
        grid.scale += 0.5
        grid.values = grid.values * grid.scale

    compiled = stook.jit(rescale)
    grid = Grid(np.arange(3.0), "name")
    compiled(grid)
    assert grid.name == "name" and grid.scale == 1.5
    np.testing.assert_array_equal(grid.values, [0.0, 1.5, 3.0])


def test_fields_that_are_declared_float_take_ints():
    def grow(n):
        body = Body(0, [n])
        for _ in range(n):
            body.mass += 0.5
        return body

    assert stook.jit(grow)(3) == grow(3)


def test_properties_are_read_and_assigned():
    def weigh(body):
        body.weight = 2 * body.weight
        return body.mass

    same(weigh, Body(3.0, [1.0]))


def test_defaults_factories_and_order():
    def make():
        a, b = Version(1), Version(minor=3, major=1)
        a.tags.append(4)
        b.tags.extend([1, 2])
        return a, b, a == Version(1, 0, [4]), a != b

    def order(a, b):
        return a < b, a >= b, a == b

    same(make)
    same(order, Edition(1, 2), Edition(1, 1))


def test_objects_without_equality_are_compared_by_identity():
    def compare(a, b):
        return a == b, a != b, a == a, Cell(1) == Cell(1), 1 if a else 0

    same(compare, Cell(1), Cell(1))


def test_operators_and_post_init_are_methods():
    def use(interval):
        interval += 0.5
        interval[1] = 8.0
        return (
            interval, Interval(5.0, 2.0), 3.0 in interval, 99.0 not in interval, len(interval),
            interval[2], interval(4.0), interval(4.0, by=3.0), -interval,
            interval < Interval(2.0, 3.0), interval == interval,
        )  # fmt: skip

    same(use, Interval(1.0, 6.0))


def test_objects_or_none():
    def find(bodies, mass):
        for body in bodies:
            if body.mass == mass:
                return body
        return None

    compiled = stook.jit(find)
    bodies = [Body(1.0, [2.0]), Body(2.0, [3.0])]
    assert compiled(bodies, 2.0) is bodies[1] and compiled(bodies, 5.0) is None


def test_memory_of_objects_is_released():
    @stook.jit
    def churn(n):
        kept = [Body(0.0, [0.0])]
        for k in range(n):
            made = Body(float(k), [1.0 * k])
            made.at = [2.0, made.mass]
            kept[0] = made
        return kept[0].at

    gc.collect()
    assert churn(200_000) == [2.0, 199_999.0]


ORIGIN = Point(0.5, 1.5)
THICK = Line(ORIGIN, Point(2.0), 9)


def test_values_outside_of_the_function_are_constants():
    @dataclass
    class Sprite:
        at: Point = ORIGIN

    def use(p):
        return ORIGIN.x + p.x, ORIGIN + p, THICK.width, Sprite().at

    same(use, Point(1.0))


def test_keys_and_order():
    def count(points, lines):
        found = {Pair(0, 0): 0}
        for p in points:
            if p in found:
                found[p] += 1
            else:
                found[p] = 1
        points.sort()
        return found, found[Pair(1, 2)], sorted(points, reverse=True), {lines[0], lines[1]}

    line = Line(ORIGIN, ORIGIN)
    same(count, [Pair(1, 2), Pair(3, 1), Pair(1, 2), Pair(1, 0)], [line, Line(ORIGIN, ORIGIN)])

    def order(editions, intervals):
        editions.sort()
        return editions, [each.high for each in sorted(intervals)]

    editions = [Edition(2, 1), Edition(1, 3), Edition(1, 1)]
    same(order, editions, [Interval(2.0, 3.0), Interval(1.0, 9.0)])


def test_slots():
    @dataclass(slots=True)
    class Slotted:
        x: float

    @dataclass(frozen=True, slots=True)
    class Still:
        x: float

    def use(a, b):
        a.x += b.x
        return Slotted(a.x), Still(a.x), a

    same(use, Slotted(1.0), Still(2.0))


def test_many_objects_are_one_call():
    @stook.jit
    def total(bodies):
        found = 0.0
        for body in bodies:
            found += body.mass
            body.steps += 1
        return found

    bodies = [Body(float(k), [0.0]) for k in range(5000)]
    assert total(bodies) == sum(range(5000)) and all(body.steps == 1 for body in bodies)


def refusal(function, *args):
    with pytest.raises(stook.CompileError) as caught:
        stook.jit(function)(*args)
    return str(caught.value)


def test_refusals_show_the_line():
    def missing(body):
        return body.nothing

    text = refusal(missing, Body(1.0, [2.0]))
    assert "Body has no field or method 'nothing'" in text and "return body.nothing" in text
    assert "mass, at, steps" in text and "^" in text

    def wrong(body):
        body.steps = 0.5

    text = refusal(wrong, Body(1.0, [2.0]))
    assert (
        "float for the field 'steps' of Body, which is int" in text and "body.steps = 0.5" in text
    )

    def frozen(point):
        point.x = 1.0

    assert "cannot assign to field 'x' of Point" in refusal(frozen, Point(1.0))

    def unmade():
        return Body(1.0)

    assert "Body() lacks the argument 'at'" in refusal(unmade)

    def read(grid):
        return grid.name

    assert "the field 'name' of Grid" in refusal(read, Grid(np.zeros(2), bytearray(b"a")))


def test_objects_that_are_not_taken_are_refused():
    @dataclass
    class Node:
        other: object

    node = Node(1)
    node.other = [node, node]
    with pytest.raises(TypeError, match="'node' holds objects that lead back to themselves"):
        stook.jit(lambda node: 1)(node)
    with pytest.raises(TypeError, match="field 'second'"):
        stook.jit(lambda pair: 1)(Pair("text", object()))


def test_objects_of_other_classes_are_told_what_to_be():
    class Plain:
        def __init__(self):
            self.x = 1

    with pytest.raises(
        TypeError, match=r"the argument 'p' is an object .*make its class a dataclass"
    ):
        stook.jit(lambda p: p.x)(Plain())


@dataclass
class Stretch:
    low: float
    high: float = 1.0

    @classmethod
    def around(cls, x, radius=0.5):
        return cls(x - radius, x + radius)

    @classmethod
    def unit(cls):
        return cls.around(0.5)

    def wider(self, by):
        return self.around((self.low + self.high) / 2, by)


def test_class_methods_are_given_the_class():
    def made(x):
        first = Stretch.around(x)
        return first, first.wider(2.0), Stretch.unit(), Stretch.around(x, radius=3.0).low

    assert stook.jit(made)(1.0) == made(1.0)
