"""Classes of `jitclass`, from Python and from compiled functions."""

import copy

import numpy as np
import pytest
import stook
from stook.compat import numba
from stook.compat.numba import float32, float64, int32, types
from stook.compat.numba.experimental import jitclass

spec = [
    ("value", int32),
    ("array", float32[:]),
]


@jitclass(spec)
class Bag:
    def __init__(self, value):
        self.value = value
        self.array = np.zeros(value, dtype=np.float32)

    @property
    def size(self):
        return self.array.size

    def increment(self, val):
        for i in range(self.size):
            self.array[i] += val
        return self.array

    @staticmethod
    def add(x, y):
        return x + y


@stook.jitclass
class Counter:
    total: float
    calls: np.int16
    history: list[float]
    weight: stook.compat.numba.float32

    def __init__(self, start=1.5):
        self.total = start
        self.history = [0.0]

    def add(self, x, times=1):
        self.total += x * times
        self.calls += 1
        self.history.append(self.total)
        return self

    @property
    def twice(self):
        return 2 * self.total

    @twice.setter
    def twice(self, value):
        self.total = value / 2

    def __add__(self, other):
        return Counter(self.total + other.total)

    def __len__(self):
        return len(self.history)


@jitclass({"counter": Counter.class_type.instance_type, "pair": types.UniTuple(types.int64, 2)})
class Holder:
    def __init__(self, counter):
        self.counter = counter
        self.pair = (1, 2)

    def count(self):
        self.counter.add(1.0)
        self.pair = (self.pair[1], self.pair[0])


def test_numbas_example():
    bag = Bag(21)
    assert bag.value == 21 and type(bag.value) is np.int32
    assert bag.size == 21 and bag.array.dtype == np.float32
    found = bag.increment(3)
    assert found is bag.array and (bag.array == 3).all()
    assert Bag.add(1, 2.5) == 3.5 and bag.add(1, 2) == 3


def test_fields_keep_their_types():
    counter = Counter()
    assert (counter.total, counter.calls, counter.weight) == (1.5, 0, 0)
    assert type(counter.calls) is np.int16 and type(counter.weight) is np.float32
    counter.weight = 0.1
    assert counter.weight == np.float32(0.1) and type(counter.weight) is np.float32

    @stook.jit
    def tenth(counter):
        counter.weight = 0.1
        return counter.weight, counter.weight * np.float32(3)

    assert tenth(counter) == (np.float32(0.1), np.float32(0.1) * np.float32(3))
    counter.total = 2
    assert type(counter.total) is float


def test_methods_properties_and_operators_from_python():
    counter = Counter(2.0)
    assert counter.add(1.0) is counter and counter.add(2.0, times=2) is counter
    assert (counter.total, counter.calls, counter.history) == (7.0, 2, [0.0, 3.0, 7.0])
    counter.twice = 5.0
    assert counter.total == 2.5 and counter.twice == 5.0
    assert (counter + counter).total == 5.0 and len(counter) == 3
    assert isinstance(counter, Counter) and Counter.__name__ == "Counter"


def test_objects_in_compiled_functions():
    @stook.jit
    def use(counters, n):
        made = Counter()
        for k in range(n):
            made.add(k)
            counters[0].add(0.5)
        counters.append(made + counters[0])
        made.twice = 10
        return made, made.twice, len(made), Bag.add(1, 2), Counter(7.0).total

    counters = [Counter(0.0)]
    made, twice, length, three, seven = use(counters, 4)
    assert (made.total, made.calls, twice, length, three, seven) == (5.0, 4, 10.0, 5, 3, 7.0)
    assert counters[0].total == 2.0 and counters[0].history[-1] == 2.0
    assert [c.total for c in counters] == [2.0, 9.5] and type(made) is Counter


def test_objects_in_objects():
    counter = Counter(0.0)
    holder = Holder(counter)
    assert holder.counter is counter
    holder.count()
    assert counter.total == 1.0 and holder.pair == (2, 1)

    @stook.jit
    def work(holder):
        holder.count()
        holder.counter = Counter(9.0)
        return holder.counter

    assert work(holder) is holder.counter and holder.counter.total == 9.0
    assert counter.total == 2.0


def test_arrays_of_fields_are_shared():
    bag = Bag(3)
    array = np.ones(4, np.float32)
    bag.array = array

    @stook.jit
    def fill(bag):
        bag.array[:] = bag.value
        return bag.array[1:]

    rest = fill(bag)
    assert bag.array is array and (array == 3).all() and np.shares_memory(rest, array)
    bag.array = np.arange(8, dtype=np.float32)[::2]
    bag.increment(1)
    np.testing.assert_array_equal(bag.array, [1, 3, 5, 7])


def test_what_does_not_fit_a_field_is_refused():
    bag = Bag(2)
    with pytest.raises(TypeError, match="'array'"):
        bag.array = np.zeros(3)
    with pytest.raises(TypeError, match="'value'"):
        bag.value = "text"
    with pytest.raises(OverflowError):
        bag.value = 2**40
    with pytest.raises(AttributeError, match="'other'"):
        bag.other = 1

    @stook.jit
    def large(bag, n):
        bag.value = n

    with pytest.raises(OverflowError):
        large(bag, 2**40)

    @stook.jit
    def other(bag):
        bag.array = np.zeros(3)

    with pytest.raises(stook.CompileError, match=r"field 'array' of Bag(.|\n)*bag.array = "):
        other(bag)

    with pytest.raises(stook.CompileError, match="has no field or method 'nothing'"):
        stook.jit(lambda bag: bag.nothing)(bag)


def test_unset_fields_raise():
    @jitclass([("items", types.ListType(types.float64)), ("bag", Bag.class_type.instance_type)])
    class Late:
        def __init__(self):
            pass

        def first(self):
            return self.items[0]

    late = Late()
    with pytest.raises(AttributeError, match="'items'"):
        late.items  # noqa: B018
    with pytest.raises(AttributeError, match="'Late' object has no attribute 'items'"):
        late.first()
    late.items = [1, 2]
    assert late.first() == 1.0


def test_errors_come_from_the_methods_line():
    @stook.jitclass
    class Failing:
        x: int

        def __init__(self, x):
            if x < 0:
                raise ValueError("negative")
            self.x = x

    with pytest.raises(ValueError, match="negative") as caught:
        Failing(-1)
    assert caught.traceback[-1].name == "__init__"

    @stook.jit
    def make(x):
        return Failing(x).x

    assert make(3) == 3
    with pytest.raises(ValueError, match="negative"):
        make(-3)
    with pytest.raises(TypeError, match="no __init__"):
        stook.jitclass(type("Empty", (), {}))
    with pytest.raises(stook.CompileError, match="'x'"):
        stook.jitclass([("x", object)])(Failing)


def test_mixins_texts_and_signatures():
    class Named:
        def doubled(self):
            return 2 * self.x

    @jitclass([("x", float64), ("later", float64[:])])
    class Number(Named):
        def __init__(self, x):
            self.x = x

        def __repr__(self):
            return f"Number({self.x})"

        def use(self):
            return self.doubled() + 1

        def early(self):
            return self.later.size

    number = Number(2)
    assert repr(number) == "Number(2.0)" and number.doubled() == 4.0 and number.use() == 5.0
    with pytest.raises(AttributeError, match="'later'"):
        number.early()
    kind = Number.class_type.instance_type
    assert numba.typeof(number) == kind

    @numba.njit(float64(kind, float64))
    def scaled(number, by):
        number.x *= by
        return number.x

    assert scaled(number, 3) == 6.0 and number.x == 6.0


def test_copies_are_objects_of_their_own():
    counter = Counter(1.0)
    other = copy.deepcopy(counter)
    other.add(1.0)
    assert (counter.total, other.total) == (1.0, 2.0) and counter.history == [0.0]


def test_the_module_has_numbas_name():
    assert numba.experimental.jitclass is jitclass
