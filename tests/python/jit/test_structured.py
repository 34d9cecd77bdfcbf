"""Records of structured dtypes in compiled functions: what NumPy's arrays of them give."""

import ctypes
from dataclasses import dataclass

import numpy as np
import pytest
import stook
from stook.compat import numba
from stook.compat.numba import literal_unroll

PARTICLE = np.dtype([("x", "f8"), ("n", "i4"), ("p", "f4", (3,))])
ALIGNED = np.dtype([("flag", "i1"), ("x", "f8"), ("n", "u2"), ("z", "c16")], align=True)
PACKED = np.dtype([("flag", "i1"), ("x", "f8"), ("n", "u2"), ("z", "c16")])
NESTED = np.dtype([("id", "i8"), ("at", [("x", "f4"), ("y", "f4")]), ("m", "f8", (2, 2))])
NAMES = ("x", "n")


def filled(dtype, count=5):
    a = np.zeros(count, dtype=dtype)
    rng = np.random.default_rng(0)
    a.view("u1")[:] = rng.integers(0, 60, a.nbytes, dtype="u1")
    return a


def check(function, *args):
    """Hold the compiled function to the plain one: its result, and what it writes."""
    own, other = [[a.copy() if hasattr(a, "copy") else a for a in args] for _ in range(2)]
    made, expected = stook.jit(function)(*own), function(*other)
    assert repr(made) == repr(expected)
    assert type(made) is type(expected)
    for a, b in zip(own, other, strict=True):
        assert repr(a) == repr(b)


@pytest.mark.parametrize("dtype", [ALIGNED, PACKED])
def test_fields_of_one_record_are_read_where_they_lie(dtype):
    def read(a, i):
        return a[i]["flag"], a[i]["x"], a[i]["n"], a[i]["z"]

    check(read, filled(dtype), 2)
    check(read, filled(dtype)[::-2], -1)


@pytest.mark.parametrize("dtype", [ALIGNED, PACKED])
def test_fields_of_one_record_are_written_where_they_lie(dtype):
    def write(a):
        for i in range(len(a)):
            a[i]["x"] = i / 2
            a[i]["n"] += 1
            a[i]["z"] = 1j
            a[i]["flag"] = i - 2

    check(write, filled(dtype))
    check(write, filled(dtype)[1::2])


def test_a_field_of_all_records_is_a_view():
    def change(a):
        a["x"] *= 2
        a["x"][1:3] = 7.0
        a["n"] = 4
        a["p"][:, 1] = a["x"]
        x = a["x"]
        x[0] = -1.0
        return x.sum()

    check(change, filled(PARTICLE))


def test_attributes_are_fields():
    def change(a):
        total = 0.0
        for i in range(len(a)):
            a[i].x = i + 0.5
            a[i].n += 2
            total += a[i].x * a[i].n
        a.p[:] = 2
        return total + a.x.sum()

    check(change, filled(PARTICLE).view(np.recarray))
    a = filled(PARTICLE)
    b = a.copy()
    assert stook.jit(change)(a) == change(b.view(np.recarray))
    assert np.array_equal(a, b)


def test_a_record_is_a_view():
    def change(a):
        r = a[1]
        r["x"] = 3.0
        a[1]["n"] = 9
        q = r["p"]
        q[2] = r["n"] + r["x"]
        return r["n"], q[2]

    check(change, filled(PARTICLE))


def test_records_go_to_other_functions():
    @stook.jit
    def move(r, by):
        r.x += by
        return r.x

    def both(a):
        return move(a[0], 1.0) + move(a[-1], 2.0)

    a = filled(PARTICLE)
    x = a["x"].copy()
    assert stook.jit(both)(a) == x[0] + 1 + x[-1] + 2
    assert a["x"][0] == x[0] + 1
    assert a["x"][-1] == x[-1] + 2


def test_a_record_is_an_argument():
    def change(r):
        r["x"] += 1
        r["p"][1] = 5
        return r["x"], r["n"]

    a = filled(PARTICLE)
    x = a["x"][3]
    assert stook.jit(change)(a[3]) == (x + 1, a["n"][3])
    assert a["x"][3] == x + 1
    assert a["p"][3, 1] == 5
    alone = a[3].copy()
    check(change, alone)


def test_records_of_read_only_arrays_are_read_only():
    a = filled(PARTICLE)
    a.flags.writeable = False
    assert stook.jit(lambda a: a[0]["x"])(a) == a[0]["x"]

    def write(a):
        a[0]["x"] = 1.0

    with pytest.raises(TypeError, match="read-only"):
        stook.jit(write)(a)


def test_loops_over_records():
    def total(a):
        s = 0.0
        for r in a:
            s += r["x"] * r["n"]
            r["n"] += 1
        for i, r in enumerate(a[::-1]):
            r["x"] = i
        for r, y in zip(a, a["x"]):  # noqa: B905
            s += r["x"] - y
        return s

    check(total, filled(PARTICLE))
    check(total, filled(PARTICLE)[::2])


def test_rounds_of_prange():
    @stook.jit(parallel=True)
    def scale(a):
        for i in stook.prange(len(a)):
            a[i].x = a[i].n * 2.0
            a.p[i, 0] = i

    a = filled(PARTICLE, 1000)
    scale(a)
    assert np.array_equal(a["x"], a["n"] * 2.0)
    assert np.array_equal(a["p"][:, 0], np.arange(1000, dtype="f4"))


def test_nested_records():
    def change(a):
        a[0]["at"]["x"] = a[1]["at"]["y"] + 1
        a["at"]["y"] = 3
        r = a[2]["at"]
        r["y"] += 0.5
        a[1]["m"][0, 1] = a["m"][2, 1, 0]
        return a[2]["at"]["y"], a["m"].sum(), a["at"]["x"].max()

    check(change, filled(NESTED))


def test_two_axes():
    def change(a):
        s = 0.0
        for i in range(a.shape[0]):
            for j in range(a.shape[1]):
                a[i, j]["x"] = i + 2 * j
                s += a[i]["x"][j]
        return s, a[1]["n"].sum(), a.T["x"][1, 0]

    check(change, filled(PARTICLE, 6).reshape(2, 3))
    check(change, filled(PARTICLE, 6).reshape(3, 2).T)


def test_records_are_assigned():
    def change(a):
        a[0] = a[1]
        a[2:4] = a[1]
        a[3], a[4] = a[4], a[3]
        r = a[2]
        a[1]["x"] = -1.0
        return r["x"]

    check(change, filled(PARTICLE))

    def shift(a):
        a[1:] = a[:-1]

    check(shift, filled(PARTICLE))
    check(shift, filled(PACKED))
    check(shift, filled(np.dtype([("a", "f8", (50,)), ("b", "i1")])))


def test_records_are_assigned_by_tuples():
    def change(a):
        a[0] = (1.5, 2, 3)
        a[1] = (a[2]["x"], a[0]["n"], a[3]["p"])

    check(change, filled(PARTICLE))


def test_records_at_places():
    def taken(a, places):
        some = a[places]
        some["n"] = 0
        held = a[a["x"] > 0]
        return some, held, a[1:][places[:2]]["p"], len(held)

    check(taken, filled(PARTICLE), np.array([1, -1, 0]))
    check(taken, filled(np.dtype([("x", "f8"), ("n", "i1"), ("p", "i2")])), np.array([2]))

    def given(a, places):
        a[places] = a[:3]
        a[a["n"] > 20] = a[0]

    check(given, filled(PARTICLE), np.array([3, 1, -1]))

    def wrong(a, places):
        a[places] = 1.0

    assert "assign records" in refused(wrong, filled(PARTICLE), np.array([0]))


def test_records_are_equal_where_their_fields_are():
    dtype = np.dtype([("a", "f8"), ("b", [("c", "i2"), ("s", "S3")])])
    a = np.zeros(4, dtype=dtype)
    a["a"] = [0.0, 0.0, np.nan, 1.0]
    a["b"]["c"][1] = 1

    def told(a, i, j):
        return bool(a[i] == a[j]), bool(a[i] != a[j])

    for i in range(4):
        for j in range(4):
            check(told, a, i, j)


def test_of_shape_and_size():
    def told(a):
        return len(a), a.shape, a.ndim, a.itemsize, a.size, a.nbytes, a.strides, len(a[0])

    check(told, filled(PARTICLE))
    check(told, filled(PACKED)[::2])


def test_arrays_of_records_are_returned():
    a = filled(PARTICLE)
    assert stook.jit(lambda a: a)(a) is a
    part = stook.jit(lambda a: a[1:4])(a)
    assert part.dtype == PARTICLE
    assert np.shares_memory(part, a)
    assert np.array_equal(part, a[1:4])
    packed = filled(PACKED)
    assert repr(stook.jit(lambda a: a["x"])(packed).flags) == repr(packed["x"].flags)
    field = stook.jit(lambda a: a["p"])(a)
    assert np.shares_memory(field, a)
    assert np.array_equal(field, a["p"])
    record = stook.jit(lambda a: a[2])(a)
    assert isinstance(record, np.void)
    record["x"] = 77.0
    assert a["x"][2] == 77.0
    r = a.view(np.recarray)
    assert stook.jit(lambda a: a)(r) is r
    assert isinstance(stook.jit(lambda a: a[:2])(r), np.recarray)
    assert stook.jit(lambda a: a[1])(r).x == a["x"][1]
    inner = stook.jit(lambda a: a["at"])(filled(NESTED))
    assert np.array_equal(inner, filled(NESTED)["at"])


def test_new_arrays_of_records():
    def make(n):
        a = np.zeros(n, dtype=PARTICLE)
        for i in range(n):
            a[i]["x"] = i
        b = np.zeros_like(a)
        b["n"] = 3
        c = a.copy()
        c[0] = b[1]
        return a, b, c, c["x"]

    check(make, 4)
    made = stook.jit(make)(3)
    made[2]["x"][1] = 9.0
    assert made[3][1] == 9.0

    def like(a):
        b = np.empty(len(a), dtype=a.dtype)
        b[:] = a
        return b

    check(like, filled(PACKED))


def test_new_records_outlive_their_array():
    def pick(n):
        r = np.zeros(n, dtype=PARTICLE)[1]
        r["x"] = 4.0
        a = np.zeros(n, dtype=PARTICLE)
        a["x"] = 1.0
        return r["x"] + a["x"].sum(), r

    check(pick, 3)


def test_names_that_are_known():
    local = np.array([(1, 2)], dtype=[("a1", "f8"), ("a2", "f8")])
    fields_outside = ("a1", "a2")

    def by_tuples(rec):
        fields = ("a1", "a2")
        first = fields[0]
        second = fields_outside[1]
        return rec[first] + rec[second] + rec[fields[1]]

    def by_loop(rec):
        out = 0
        for f in literal_unroll(fields_outside):
            out += rec[f]
        return out

    assert stook.jit(by_tuples)(local[0]) == 5
    assert stook.jit(by_loop)(local[0]) == 3

    def by_numbers(a):
        return a[0][0], a[0][-1]

    check(by_numbers, local)


def refused(function, *args):
    with pytest.raises(TypeError) as error:
        stook.jit(function)(*args)
    return str(error.value)


def test_what_is_refused():
    a = filled(PARTICLE)

    def unknown(a, names):
        s = 0.0
        for name in names:
            s += a[0][name]
        return s

    assert "literal_unroll" in refused(unknown, a, ["x", "n"])
    assert "no field of name y" in refused(lambda a: a["y"], a)
    assert "no field of name y" in refused(lambda a: a[0].y, a)
    assert "no field 3" in refused(lambda a: a[0][3], a)
    assert "one field after the other" in refused(lambda a: a[["x", "n"]], a)

    def wrong(a):
        a[0] = (1.0, 2)

    assert "2 values for records of 3 fields" in refused(wrong, a)


def test_fields_that_cannot_be_read():
    dtype = [("big", ">f8"), ("s", ">U5"), ("o", "O"), ("x", "f8")]
    a = np.zeros(2, dtype=dtype)
    a["x"] = 3.0
    assert stook.jit(lambda a: a[1]["x"] + a["x"].sum())(a) == 9.0

    def copied(a):
        a[0] = a[1]

    assert "Python's objects" in refused(copied, a)
    assert "field 'big' is of >f8" in refused(lambda a: a[0]["big"], a)
    assert "field 's' is of >U5" in refused(lambda a: a[0]["s"], a)
    assert "field 'o' is of object" in refused(lambda a: a[0].o, a)


def test_strings_in_records():
    dtype = [("n", "i1"), ("s", "S4"), ("u", "U3")]
    a = np.array([(1, b"ab", "é"), (2, b"abcd", "x😀z"), (3, b"", "")], dtype=dtype)

    def read(a):
        found = [(len(r["s"]), r["s"] + b".", r["u"] + "!") for r in a]
        return found, a[1]["s"][1], a[0]["u"] == "é", a[2]["s"] == b""

    assert stook.jit(read)(a) == read(a)

    def write(a):
        kept = a[0]["s"]
        a[0]["s"] = b"q"
        a[1]["s"] = b"longer than that"
        a[2]["s"] = a[0]["s"] + kept
        a[0]["u"] = "é😀"
        a[1]["u"] = ""
        a[2]["u"] = a[0]["u"] * 3
        a[1] = (4, b"t", "tu")
        return kept

    b = a.copy()
    assert stook.jit(write)(a) == write(b)
    assert np.array_equal(a, b)
    assert "one record" in refused(lambda a: a["s"], a)

    def wrong(a):
        a[0]["s"] = "text"

    assert "assign bytes" in refused(wrong, a)


def test_an_index_beyond():
    f = stook.jit(lambda a, i: a[i]["x"])
    with pytest.raises(IndexError, match="index 5 is out of bounds"):
        f(filled(PARTICLE), 5)


def test_numbers_that_do_not_fit():
    def write(a, n):
        a[0]["n"] = n

    with pytest.raises(OverflowError):
        stook.jit(write)(filled(PARTICLE), 2**40)


def test_signatures():
    record = numba.from_dtype(PARTICLE)

    @numba.njit(numba.float64(record[:], numba.int64))
    def of_array(a, i):
        return a[i].x

    a = filled(PARTICLE)
    assert of_array(a, 1) == a["x"][1]
    assert of_array(a[::2], 1) == a["x"][2]

    @numba.njit(numba.float64(record))
    def of_record(r):
        return r.x * 2

    assert of_record(a[1]) == 2 * a["x"][1]
    assert numba.typeof(a[0]) == record
    assert numba.typeof(a).dtype == record
    assert record.dtype == PARTICLE
    assert isinstance(record, numba.types.Record)

    @numba.vectorize
    def doubled(x):
        return x * 2

    assert np.array_equal(stook.jit(lambda a: doubled(a["x"]))(a), a["x"] * 2)


def test_structures_of_c():
    dtype = np.dtype([("x", "f8"), ("n", "i4")], align=True)
    pointer = numba.types.CPointer(numba.from_dtype(dtype))

    @numba.cfunc(numba.types.float64(pointer, numba.types.intc))
    def total(p, n):
        s = 0.0
        for r in numba.carray(p, n):
            s += r.x * r.n
        return s

    a = np.array([(1.5, 2), (2.0, 3)], dtype=dtype)
    assert total.ctypes(ctypes.cast(a.ctypes.data, total.ctypes.argtypes[0]), 2) == 9.0


def test_structures_of_c_by_their_fields():
    types = numba.types
    of_c = types.Record.make_c_struct(
        [
            ("i1", types.int32),
            ("d3", types.float64),
            ("af4", types.NestedArray(dtype=types.float32, shape=(7,))),
        ]
    )
    assert of_c.dtype == np.dtype([("i1", "i4"), ("d3", "f8"), ("af4", "f4", (7,))], align=True)

    @numba.cfunc(types.void(types.CPointer(of_c)))
    def change(p):
        p[0].d3 = p[0].i1 + p[0].af4.size
        p[1] = p[0]

    a = np.zeros(2, dtype=of_c.dtype)
    a["i1"] = 3
    change.ctypes(ctypes.cast(a.ctypes.data, change.ctypes.argtypes[0]))
    assert a["d3"].tolist() == [10.0, 10.0]


def test_lists_of_records():
    def total(all):
        s = 0.0
        for a in all:
            for r in a:
                s += r["x"]
        return s

    check(total, [filled(PARTICLE), filled(PARTICLE, 3)])
    a = filled(PARTICLE)
    check(lambda pair: pair[0]["x"] + pair[1][1]["x"], (a[0], a))


def test_equal_dtypes_are_one():
    f = stook.jit(lambda a: a[0]["x"])
    for _ in range(3):
        f(np.zeros(2, dtype=[("x", "f8")]))
    f(np.zeros(2, dtype=[("x", "f4")]))
    assert len(f.signatures) == 2


def test_new_records_are_plain_ones():
    dtype = [("only", "f8"), ("here", "i2")]
    stook.jit(lambda a: a[0].only)(np.zeros(2, dtype=dtype).view(np.recarray))
    made = stook.jit(lambda a: np.zeros(2, dtype=a.dtype))(np.zeros(2, dtype=dtype))
    assert type(made[0]) is np.void


def test_records_outside():
    def told(a):
        return str(a[0]), np.mean(a["x"])

    check(told, filled(PARTICLE))


def test_races_between_records():
    @stook.jit(parallel=True, check="races")
    def good(a):
        for i in stook.prange(len(a)):
            a[i].x = a[i].n

    @stook.jit(parallel=True, check="races")
    def bad(a):
        for i in stook.prange(1, len(a)):
            a[i].x = a[i - 1].x

    good(filled(PARTICLE))
    with pytest.raises(stook.RaceError):
        bad(filled(PARTICLE))


def test_the_interpreter_of_routines():
    def change(a):
        for r in a:
            r["x"] += r["n"]
        a[0] = a[1]
        return a["x"].sum()

    a, b = filled(PARTICLE), filled(PARTICLE)
    assert stook.jit(change).interpret(a) == stook.jit(change)(b)
    assert np.array_equal(a, b)


@dataclass
class Simulation:
    """An object that has records and a stream."""

    bodies: np.ndarray
    rng: np.random.Generator


def test_records_in_objects_and_lists():
    @stook.jit
    def step(simulation):
        kept = [r for r in simulation.bodies if r["n"] > 10]
        for r in kept:
            r["x"] = simulation.rng.random()
        return len(kept)

    both = [Simulation(filled(PARTICLE), np.random.default_rng(0)) for _ in range(2)]
    assert step(both[0]) == step.py_func(both[1])
    assert np.array_equal(both[0].bodies, both[1].bodies)


def test_a_record_or_none():
    @stook.jit
    def first(a, n):
        found = None
        for r in a:
            if found is None and r["n"] == n:
                found = r
        if found is None:
            return -1.0
        found["n"] = 0
        return found["x"]

    a = filled(PARTICLE)
    assert first(a, -1) == -1.0
    assert first(a, a["n"][2]) == a["x"][2]
    assert a["n"][2] == 0


def test_arrays_without_axes_are_records():
    a = np.array((1.5, 2, (1, 2, 3)), dtype=PARTICLE)
    assert stook.jit(lambda r: r["x"] + r["p"][2])(a) == 4.5
    assert stook.jit(lambda r: r)(a) is a


def test_fields_in_the_same_place():
    dtype = np.dtype({"names": ["a", "b"], "formats": ["f8", "i8"], "offsets": [0, 0]})

    def bits(a):
        a[0]["a"] = 1.0
        return a[0]["b"]

    check(bits, np.zeros(2, dtype=dtype))
