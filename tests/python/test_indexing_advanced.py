"""Reading and writing by arrays of integers and by masks."""

import numpy
import pytest
import stook
from compare import check
from stook import _fallback

DTYPES = "?bBhHiIlLefdFD"
LAYOUTS = {
    "C": lambda np, a: a,
    "Fortran": lambda np, a: np.asfortranarray(a),
    "reversed": lambda np, a: a[::-1, :, ::-1],
    "steps": lambda np, a: a[:, ::2],
    "transposed": lambda np, a: a.transpose(2, 0, 1),
}

INDICES = {
    "list": [0, 1, -1],
    "twice": [1, 1, 0, 1],
    "2-d": numpy.array([[0, 1], [1, 0]]),
    "int8": numpy.array([1, -2], "b"),
    "uint64": numpy.array([1, 0], "L"),
    "mask of the first axis": [True, False],
    "out of bounds": [0, 9],
    "far out": [1 << 40],
    "negative out of bounds": [-1, -9],
    "floats": [0.0, 1.0],
    "empty list": [],
    "empty": numpy.zeros((0, 2), int),
    "empty out of bounds": (numpy.zeros(0, int), 9),
    "two arrays": ([0, 1, 1], [2, 0, -1]),
    "two arrays broadcast": ([[0], [1]], [0, 2, 1]),
    "two arrays that do not": ([0, 1], [0, 1, 2]),
    "three arrays": ([0, 1], [1, 0], [0, -1]),
    "too many": ([0], [0], [0], [0]),
    "integer before": (1, [0, 2, 1]),
    "integer behind": ([0, 1], 1),
    "apart by a slice": ([0, 1, 1], slice(None), [0, 1, 0]),
    "apart by an integer's slice": (0, slice(None), [0, 1, 0]),
    "slices around": (slice(None), [0, -1], slice(None, None, -1)),
    "second axis": (slice(None), [2, 0, 0]),
    "last axis": (..., [1, 0]),
    "ellipsis between": ([0, 1], ..., [0, 1]),
    "ellipsis for no axis": ([0, 1], ..., [0, 1], [1, 0]),
    "ellipsis and integer": ([0, 1], ..., 0),
    "new axis before": (None, [0, 1]),
    "new axis behind": ([0, 1], None),
    "new axis between": ([0, 1], None, [0, 1]),
    "slice of nothing": (slice(5, 5), [0, 1]),
    "slice and out of bounds": (slice(5, 5), [0, 9]),
    "mask in a tuple": (slice(None), [True, False, True]),
    "mask and integers": ([True, True], [0, 1]),
    "mask and integer": ([True, False], 0),
    "mask of another length": [True, False, True, True, True, True],
    "mask that is false": [False, False],
    "0-d array": numpy.array(1),
    "0-d mask": numpy.array(True),
    "scalar of numpy's": (numpy.int16(1), [0, 1]),
    "string": "a",
    "none in a list": [None, 0],
}

VALUES = {
    "int": -3,
    "float": 2.75,
    "complex": 1 + 2j,
    "numpy's": numpy.float32(1.5),
    "row": numpy.arange(2.0) * 10,
    "list": [1, 2, 3],
    "column": numpy.arange(3).reshape(3, 1),
    "one in three axes": numpy.full((1, 1, 1, 1), 4),
    "too long": numpy.arange(17),
}


def cube(np, dtype="d", layout="C"):
    values = (np.arange(24) * 5 % 7).astype(dtype).reshape(2, 3, 4)
    return LAYOUTS[layout](np, values)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", INDICES)
def test_reading(name, layout):
    check(lambda np: cube(np, layout=layout)[INDICES[name]])


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("name", INDICES)
@pytest.mark.filterwarnings("ignore")
def test_writing(name, value):
    def program(np, layout):
        a = cube(np, layout=layout)
        try:
            a[INDICES[name]] = VALUES[value]
        except Exception as error:
            return a, type(error), str(error)
        return a

    for layout in LAYOUTS:
        check(lambda np, layout=layout: program(np, layout))


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_type_is_read_and_written(dtype):
    def program(np):
        a = cube(np, dtype)
        mask = a != a[0, 0, 1]
        read = a[mask], a[[1, 0, 1]], a[..., [3, -1]], a[[0, 1], [2, 1], [0, 3]]
        a[mask] = a[mask][::-1]
        a[[1, 0]] = a
        a[:, [0, 1], [1, 2]] = 1
        return read, a

    check(program)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_masks_in_any_layout(layout):
    def program(np):
        a, mask = cube(np, layout=layout), cube(np, layout=layout) > 3
        other = np.ascontiguousarray(mask)
        read = a[mask], a[other], a[mask[..., 0]], a[mask[:, 0, 0]], a[~mask]
        a[other] *= 2
        a[mask[..., 0]] += 1
        a[mask] = np.arange(int(mask.sum()))
        return read, a, np.nonzero(a), a[np.nonzero(mask)]

    check(program)


def test_a_mask_with_values_that_do_not_fit():
    def program(np, values):
        a = np.arange(6.0)
        a[a > 2] = values
        return a

    for values in ([1, 2], [1], [[1], [2], [3]], [[1, 2, 3]], [], [1, 2, 3], 7, "x", 1j, None):
        check(lambda np, values=values: program(np, values))


def test_a_mask_over_nothing():
    check(lambda np: np.zeros((0, 3))[np.zeros((0, 3), bool)])
    check(lambda np: np.zeros((0, 3))[np.zeros(0, bool)])
    check(lambda np: np.zeros((3, 0))[np.ones(3, bool)])
    check(lambda np: np.zeros((3, 0))[np.ones((3, 0), bool)])


def test_values_that_overlap_what_is_written():
    def program(np):
        a = np.arange(10)
        a[[1, 2, 3]] = a[:3]
        a[a[:4]] = a[6:]
        b = np.arange(10) % 2 == 0
        b[b] = False
        c = np.arange(10) % 3 == 0
        c[c[::-1]] = c[:3]
        d = np.arange(12.0).reshape(3, 4)
        d[d > 4] = d[d > 4][::-1]
        d[[0, 1]] = d[[1, 0]]
        return a, b, c, d

    check(program)


def test_the_last_write_stays():
    def program(np):
        a = np.zeros(5)
        a[np.array([1, 1, 4, 1])] = [1, 2, 3, 4]
        a[[0, 0]] += 1
        return a

    check(program)


def test_an_index_out_of_bounds_writes_nothing():
    def program(np):
        a = np.zeros((3, 4))
        try:
            a[[0, 1, 3]] = 1
        except IndexError as error:
            return a, str(error)

    check(program)


def test_pending_work_is_seen():
    def program(np):
        a = np.arange(5000.0)
        b = a * 2
        i = (np.arange(5000) * 7) % 5000
        b[b > 100] = -1
        c = b[i] + a[a % 2 == 0].sum()
        b[i] = a
        return b, c, b[a > 4990]

    check(program)


def test_large_arrays():
    def program(np, rows, columns):
        a = np.arange(rows * columns, dtype="f").reshape(rows, columns)
        i = (np.arange(70_000) * 7919) % rows
        j = (np.arange(333) * 31) % columns - columns
        b = a.copy()
        b[i] = 3
        b[:, j] = a[0, j]
        mask = a % 3 == 1
        b[mask[:, 1]] = -1
        a[mask] = a[~mask][: int(mask.sum())]
        return a[i], a[:, j], a.T[j], a[i, i % columns], a[mask], b, a[mask[:, 0]], np.nonzero(mask)

    check(lambda np: program(np, 1013, 37))
    check(lambda np: program(np, 50_000, 3))


def test_read_only_arrays_are_refused():
    def program(np):
        np.broadcast_to(np.arange(3), (2, 3))[[0]] = 1

    check(program)


def test_what_is_common_does_not_leave_stook():
    a = stook.arange(12.0).reshape(3, 4)
    before = _fallback.calls.copy()
    a[a > 3], a[[0, 1]], a[:, [0, -1]], a[[0, 1], [1, 2]], a[[0, 2], 1:], a[[True, False, True]]
    a[a > 3] = 0
    a[[0, 1]] += 1
    a[:, numpy.array([1])] = stook.arange(3).reshape(3, 1)
    a[[True, False, True], 0] = 5
    assert _fallback.calls == before


@pytest.mark.parametrize("dtype", DTYPES)
def test_one_value_where_a_mask_of_many_elements_holds(dtype):
    def program(np):
        a = (np.arange(6000) * 7 % 11).astype(dtype).reshape(60, 100)
        b, mask = a.copy(), a > 1
        a[mask] = 1
        b[mask[::-1, ::-1]] = True
        b.T[mask.T] = 3
        whole = mask.copy()
        whole[whole] = False
        return a, b, mask, whole

    check(program)


def test_a_mask_is_read_whole_before_its_own_memory_is_written():
    """NumPy reads such a mask while it is being overwritten; stook does as with a copy."""
    for size in (10, 10_000):
        mask = numpy.arange(size) % 3 == 0
        expected = mask.copy()
        expected[mask[::-1].copy()] = False
        ours = stook.asarray(mask)
        ours[ours[::-1]] = False
        assert numpy.array_equal(numpy.asarray(ours), expected)


@pytest.mark.parametrize("dtype", ["?", "f2", "i4", "f8", "c16"])
@pytest.mark.parametrize("places", [[0], [-1, 3, 3], [[1, -10], [9, 0]], [10], [-11], [2, 10]])
def test_few_places_of_one_axis(dtype, places):
    """Forwards, backwards and with steps; out of bounds is NumPy's error."""
    values = numpy.arange(20).astype(dtype)

    def run(np):
        a, index = np.array(values), np.array(places)
        return a[::2][index], a[9::-1][index], a[:10].take(index), a[:10][index[..., :1]]

    check(run)


@pytest.mark.parametrize("step", [1, 3, -1])
@pytest.mark.parametrize("dtype", "bBhHiIlL")
def test_few_places_are_named_by_integers_of_any_type(dtype, step):
    line = numpy.arange(90.0)[::step]
    places = numpy.array([0, 29, 7, 7], dtype)
    if numpy.issubdtype(dtype, numpy.signedinteger):
        places[1] = -30
    made = stook.asarray(numpy.arange(90.0))[::step]
    index = stook.asarray(places)
    check(made[index], line[places])
    check(made.take(index), line.take(places))
    made[index] = stook.asarray([1.5, 2.5, 3.5, 4.5])
    line[places] = [1.5, 2.5, 3.5, 4.5]
    check(made, line)
    outside = numpy.array([len(line)], dtype)
    for act in (lambda: made[stook.asarray(outside)], lambda: line[outside]):
        with pytest.raises(IndexError, match="out of bounds for axis 0"):
            act()
