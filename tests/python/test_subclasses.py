"""Arrays of classes derived from the array class: matrices, masked arrays, classes of programs."""

import pickle

import numpy
import pytest
import stook

MASKED = numpy.ma.masked_array([[1.0, 2, 300], [4, 5, 6]], [[0, 0, 1], [0, 0, 0]])
MATRIX = numpy.matrix([[1.0, 2, 3], [4, 5, 6]])


class Named(numpy.ndarray):
    """An array with a name, which views and results inherit."""

    def __array_finalize__(self, other):
        self.name = getattr(other, "name", None)


NAMED = numpy.arange(6.0).reshape(2, 3).view(Named)
NAMED.name = "six"

CALLS = """all(a) any(a>5) argmax(a) argmin(a,0) asanyarray(a) asarray(a) broadcast_to(a,(2,2,3))
broadcast_to(a,(2,3),subok=True) clip(a,2,4) copy(a) copy(a,subok=True) cumprod(a,1) cumsum(a,0)
diagonal(a) diff(a) empty_like(a).shape expand_dims(a,0) flip(a) fliplr(a) flipud(a) full_like(a,7)
max(a) max(a,0) mean(a) mean(a,1) min(a) moveaxis(a,0,1) ones_like(a) prod(a) ptp(a) ravel(a)
reshape(a,(3,2)) rollaxis(a,1) round(a) squeeze(a) std(a) std(a,0) sum(a) sum(a,axis=0)
swapaxes(a,0,1) transpose(a) var(a) var(a,ddof=1) where(a>2,a,0) zeros_like(a)
zeros_like(a,subok=False) concatenate([a,a]) exp(a) add(a,1) matrix_transpose(a)
nansum(a) nanstd(a,0) size(a) shape(a)""".split()  # noqa: SIM905


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("a", [MASKED, MATRIX, NAMED], ids=["masked", "matrix", "named"])
def test_functions_give_what_numpys_give(a, call):
    expected = eval(f"np.{call}", {"np": numpy, "a": a})
    got = eval(f"np.{call}", {"np": stook, "a": a})
    if type(expected) is numpy.ndarray:
        assert type(got) is stook.ndarray
    else:
        assert type(got) is type(expected)
    assert getattr(got, "name", None) == getattr(expected, "name", None)
    assert repr(numpy.ma.asanyarray(got)) == repr(numpy.ma.asanyarray(expected))


class Measured(stook.ndarray):
    """The example of NumPy's manual: an array with a unit."""

    def __new__(cls, values, unit=None):
        made = stook.asarray(values).view(cls)
        made.unit = unit
        return made

    def __array_finalize__(self, other):
        if other is not None:
            self.unit = getattr(other, "unit", None)


class Allocated(stook.ndarray):
    """Makes its memory itself, by the name of the array class."""

    def __new__(cls, *args, **kwargs):
        return stook.ndarray.__new__(cls, *args, **kwargs)

    def __array_finalize__(self, other):
        stook.ndarray.__array_finalize__(self, other)
        self.origin = type(other)


def test_a_class_of_the_programs_is_kept_by_views_and_functions():
    a = Measured([[1.0, 2], [3, 4]], "m")
    made = [a[0], a.T, a + 1, 1 + a, stook.ones(2) * a, stook.sqrt(a), stook.sum(a, axis=0)]
    made += [stook.transpose(a), stook.nanstd(a, axis=0), a.mean(axis=1), a.copy()]
    assert [type(b) for b in made] == [Measured] * len(made)
    assert {b.unit for b in made[:4]} == {"m"}
    assert (1 + a).tolist() == [[2, 3], [4, 5]]


def test_a_view_as_a_class_of_the_programs_shares_memory():
    a = stook.arange(4.0)
    b = a.view(Measured)
    a += 1
    b *= 2
    assert a.tolist() == b.tolist() == [2, 4, 6, 8]
    assert type(stook.asarray(b)) is stook.ndarray
    assert stook.asanyarray(b) is b


def test_a_class_of_the_programs_makes_arrays():
    for a in (Allocated((2,), "f8"), Allocated(2, dtype=float)):
        a[:] = 5
        assert type(a) is Allocated
        assert a.origin is type(None)
        assert a[1:].origin is Allocated
        assert a.tolist() == [5, 5]


def test_a_class_of_the_programs_is_one_of_arrays():
    a = Measured([1.0])
    assert isinstance(a, Measured)
    assert isinstance(a, stook.ndarray)
    assert isinstance(a, numpy.ndarray)
    assert issubclass(Measured, stook.ndarray)
    assert not isinstance(stook.zeros(2), Measured)


def test_a_class_may_have_other_bases_and_options():
    class Counting:
        def __init_subclass__(cls, step=1):
            cls.step = step

    class Both(stook.ndarray, Counting, step=3):
        pass

    class Further(Both):
        def double(self):
            return 2 * self

    assert Both.step == 3
    assert Further(2).double().shape == (2,)
    assert isinstance(Further(2), Both)


def test_arrays_of_a_class_are_pickled():
    made = pickle.loads(pickle.dumps(NAMED))
    assert type(made) is Named
    assert made.tolist() == NAMED.tolist()


def test_the_array_class_makes_arrays():
    a = stook.ndarray((2, 3), "f4", order="F")
    assert type(a) is stook.ndarray
    assert a.strides == (4, 8)
    held = bytearray(8)
    b = stook.ndarray(shape=(2,), dtype="i4", buffer=held)
    b[1] = 3
    assert bytes(held) == b"\0\0\0\0\3\0\0\0"
    assert type(stook.ndarray(2, dtype=object)) is numpy.ndarray


@pytest.mark.parametrize("call", ["()", "(-1)", "(2, buffer=b'')", "(2, strides=(3, 3))"])
def test_the_array_class_refuses_what_numpys_does(call):
    errors = []
    for np in (numpy, stook):
        with pytest.raises((TypeError, ValueError)) as caught:
            eval(f"np.ndarray{call}", {"np": np})
        errors.append((caught.type, str(caught.value)))
    assert errors[0] == errors[1]


def test_a_class_with_a_method_of_fewer_arguments_is_served():
    class Old(stook.ndarray):
        def squeeze(self):
            return "squeezed"

    assert stook.squeeze(stook.ones((1, 2)).view(Old)) == "squeezed"


def test_arrays_of_objects_are_broadcast():
    made = stook.broadcast_to(numpy.array([None, 1], object), (2, 2))
    assert made.tolist() == [[None, 1]] * 2


@pytest.mark.parametrize(
    "call", ["view(np.ndarray)", "view(type=np.ndarray)", "view('i8', np.ndarray)", "view('i8')"]
)
def test_a_view_as_the_array_class_is_a_plain_array_of_its_memory(call):
    for np in (numpy, stook):

        class Derived(np.ndarray):
            pass

        given = np.arange(4.0).view(Derived)
        made = eval(f"given.{call}", {"np": np, "given": given})
        assert isinstance(made, np.ndarray)
        assert (type(made) is numpy.ndarray) == ("np.ndarray" in call)
        made[0] = 1
        assert given.view("i8")[0] == numpy.asarray(made).view("i8")[0] != 0
        assert type(given.view()) is type(given.view(Derived)) is Derived


@pytest.mark.parametrize("np", [numpy, stook])
def test_ufuncs_of_a_derived_class_work_on_plain_views(np):
    class Derived(np.ndarray):
        def __array_ufunc__(self, ufunc, method, *inputs, **options):
            plain = [x.view(np.ndarray) if isinstance(x, Derived) else x for x in inputs]
            return super().__array_ufunc__(ufunc, method, *plain, **options).view(Derived)

    made = np.add(np.arange(3).view(Derived), np.arange(3).view(Derived))
    assert type(made) is Derived
    assert made.tolist() == [0, 2, 4]
