"""Values that are written to arrays: what must fit, and what is cast."""

import numpy
import pytest
from compare import check_told

WRITES = """
a[[0, 1]] = v; a[:] = v; a[...] = v; a[[True, True]] = v; a[np.array([True, False])] = v[:1]
a[0] = v; a[0] = v[0]; a[:1] = v[0]; a.fill(v[0]); np.put(a, [0, 1], v); np.copyto(a, v)
np.place(a, [True, True], v); np.putmask(a, [True, True], v); a.flat = v; a[:] = tuple(v)
a = np.array(v, dtype); a = np.asarray(v, dtype); a = np.full(2, v, dtype)
a = np.full(2, v[0], dtype); a = np.full_like(a, v[0]); a[[0, 1]] = [v]
""".strip().replace("\n", "; ")

VALUES = [
    [300, 1],
    [-1, 1],
    [2**63, 0],
    [2**64, 0],
    [300.5, 2.5],
    [1e300, 1.0],
    [float("nan"), 1.0],
    [True, False],
    [1j, 2],
    [numpy.int64(300), numpy.uint64(2**63)],
    [numpy.float64(1e300), 1.0],
    ["7", "8"],
]


@pytest.mark.parametrize("dtype", ["u1", "i8", "f4", "c8", "?"])
@pytest.mark.parametrize("write", [write.strip() for write in WRITES.split(";")])
def test_numbers_must_fit_where_they_must_in_numpy(write, dtype):
    for values in VALUES:

        def program(np, values=values):
            names = {"np": np, "v": values, "dtype": dtype, "a": np.zeros(2, dtype)}
            exec(write, names)
            return names["a"]

        check_told(program)


@pytest.mark.parametrize(
    "values", [[[1, 2]], [[1], [2, 3]], [[], []], [(1, 2), [3, 4]], ["1", "2"], [None, 1], []]
)
def test_lists_of_other_shapes(values):
    def program(np):
        a = np.zeros((2, 2))
        a[:] = values
        return a

    check_told(program)


def test_lists_of_arrays():
    def program(np):
        a = np.zeros((2, 2), "i4")
        a[:] = [np.ones(2), np.arange(2.5)[1:]]
        return a

    check_told(program)


@pytest.mark.parametrize("dtype", ["i4", "f4", "?"])
@pytest.mark.parametrize(
    "call", ["asarray(z, dtype)", "array(z, dtype)", "asarray(z, dtype, 'F')", "full(2, z, dtype)"]
)
def test_imaginary_parts_are_not_dropped_in_silence(call, dtype):
    check_told(lambda np: eval(f"np.{call}", {"np": np, "z": np.ones(2) * 2j, "dtype": dtype}))


INTO_ELEMENTS = """
a[0] = np.array([5.]); a[0] = np.array([[5.]]); a[0] = a[1:2]; a[-1] = np.array(5.); z[()] = a[:1]
m[0, 1] = np.array([5.]); m[0][1] = a[:1]; a[0] = np.array([]); a[0] = np.array([1., 2.])
a[0, ...] = np.array([5.]); z[...] = np.array([5.]); m[0] = np.array([5.])
""".strip().replace("\n", "; ")


@pytest.mark.parametrize("write", [write.strip() for write in INTO_ELEMENTS.split(";")])
def test_arrays_with_axes_become_elements_where_numpy_lets_them(write):
    def program(np):
        names = {"np": np, "a": np.zeros(3), "m": np.zeros((2, 3)), "z": np.array(1.0)}
        exec(write, names)
        return names["a"], names["m"], names["z"]

    check_told(program)
