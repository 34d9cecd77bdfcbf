"""Other libraries' arrays: `like=`, `device=`, what `__array__` and `__array_function__` give."""

import io
import operator
import warnings

import numpy
import pytest
import stook
from compare import check, check_told, outcome, plain

CALLS = {
    "array": "[1, 2], 'i4', copy=True, ndmin=2",
    "asanyarray": "[1, 2], order='F'",
    "asarray": "[1, 2], 'f4'",
    "ascontiguousarray": "2, 'f4'",
    "asfortranarray": "2",
    "require": "[[1, 2]], requirements=['F']",
    "empty": "(2, 0)",
    "full": "(2,), 3, order='F'",
    "ones": "(2,), int",
    "zeros": "2",
    "arange": "3",
    "eye": "2, k=1",
    "identity": "2",
    "frombuffer": "b'1234', dtype='u1'",
    "fromiter": "range(3), dtype=int",
    "fromstring": "'1,2', dtype=int, sep=','",
    "loadtxt": "io.StringIO('0 1')",
    "genfromtxt": "io.StringIO('0 1')",
}


def made(np, name, like):
    return eval(f"np.{name}({CALLS[name]}, like=like)", {"np": np, "io": io, "like": like})


def kind(known):
    """Return a class that knows the functions of `known`, and tells how it was asked."""

    class Kind:
        def __array_function__(self, function, types, args, options):
            if function not in known:
                return NotImplemented
            return function.__name__, types == (Kind,), "like" in options, plain(args[1:])

    return Kind()


@pytest.mark.parametrize("name", CALLS)
def test_the_class_of_like_makes_the_array(name):
    found = made(stook, name, kind([getattr(stook, name)]))
    assert found[:3] == (name, True, False)


@pytest.mark.parametrize("name", CALLS)
def test_a_class_that_knows_numpys_functions_is_asked_for_them(name):
    known = kind([getattr(numpy, name)])
    assert made(stook, name, known)[:3] == made(numpy, name, known)[:3] == (name, True, False)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("like", [1, [1], kind([])])
def test_other_likes_are_refused_in_numpys_words(name, like):
    expected, got = (outcome(lambda np: made(np, name, like), np) for np in (numpy, stook))
    assert got == expected
    assert got[1] is TypeError


@pytest.mark.parametrize("name", CALLS)
def test_arrays_are_like_any(name):
    check(lambda np: made(np, name, np.zeros(1)))
    check(lambda np: made(np, name, numpy.zeros(1)))
    check(lambda np: made(np, name, None))


@pytest.mark.parametrize("name", ["ones", "arange", "asarray", "loadtxt"])
def test_classes_derived_from_the_array_class_make_theirs(name):
    class Derived(numpy.ndarray):
        def __array_function__(self, function, types, args, options):
            return super().__array_function__(function, types, args, options).view(Derived)

    assert type(made(stook, name, numpy.zeros(1).view(Derived))) is Derived


@pytest.mark.parametrize("call", ["empty(1", "zeros(1", "ones(1", "full(1, 2", "asarray([1]"])
@pytest.mark.parametrize("device", ["'cpu'", "None", "'gpu'"])
def test_there_is_no_device_but_the_processor(call, device):
    check(lambda np: eval(f"np.{call}, device={device}).shape", {"np": np}))


class Source:
    """An object whose elements are those of an array."""

    def __init__(self, array):
        self.array, self.asked = array, []

    def __array__(self, dtype=None, copy=None):
        self.asked.append(copy)
        return self.array if dtype is None else self.array.astype(dtype)


class OldSource(Source):
    """One without the argument `copy`."""

    def __array__(self, dtype=None):
        return self.array


TAKING = """
np.array(s); np.asarray(s); np.array(s, copy=None); np.array(s, copy=False); np.array(s, 'f4')
np.asarray(s, order='F').strides; np.array([s, s]); np.add(s, 1); np.sum(s); np.sort(s)
np.ones(3) * s; np.array([s, [1, 2, 3]]); np.concatenate([s, s]); np.array(s, ndmin=2)
np.intersect1d(s, [1, 2]); np.sin([s]); np.bincount(s); np.array(s, copy=False, dtype='f4')
np.linspace(0, s); np.zeros(3)[s]; np.random.default_rng(1).permutation(s); np.percentile(s, 50)
"""


@pytest.mark.parametrize("expression", TAKING.strip().replace("\n", ";").split(";"))
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("source", [Source, OldSource])
def test_objects_may_give_arrays_of_ours(expression, source):
    check(lambda np: eval(expression.strip(), {"np": np, "s": source(np.arange(3))}))


def test_what_is_no_array_is_refused():
    check(lambda np: np.array(Source(None)))
    check(lambda np: np.array([Source([1])]))


def test_an_array_that_is_given_is_trusted_with_the_copy():
    source = Source(stook.arange(3))
    assert stook.array(source, copy=True) is source.array
    assert source.asked[-1] is True
    assert stook.asarray(source) is source.array
    assert stook.array(source, order="F", dtype="f4") is not source.array


def test_what_others_hold_is_copied_unless_asked():
    source = Source(numpy.arange(3))
    made = stook.asarray(source)
    assert source.asked == [None]
    source.array[0] = 7
    assert made[0] == 0


@pytest.mark.parametrize("call", ["asarray(s)", "array(s, copy=None)", "array(s)"])
def test_old_objects_are_warned_of_as_in_numpy(call):
    check_told(lambda np: eval(f"np.{call}", {"np": np, "s": OldSource(numpy.arange(3))}))


COPIES = """
np.array(a, copy=True) is a; np.array(a, copy=None) is a; np.array(a, copy=False) is a
np.array(a, copy='always'); np.array(a, copy=1) is a; np.array(a, copy=0) is a
np.array(a, copy=np.True_) is a; np.array(a, copy=numpy._CopyMode.ALWAYS) is a
np.array(a, copy=numpy._CopyMode.IF_NEEDED) is a; np.array(a, copy=numpy._CopyMode.NEVER) is a
np.array(3, copy=False); np.array([3], copy=False); np.array(a, 'f4', copy=False)
np.array(a, copy=np.zeros(2)); np.asarray(a, copy=False) is a; np.asarray(a, copy='no')
np.array([[1, 2], [3, 4]], ndmax=1); np.array([[1, 2], [3, 4]], ndmax=2)
np.array([1, 2], ndmax=0, dtype=object).shape; np.array([1], ndmax=-1); np.array([1], ndmax=65)
np.array([[1, 2, 3], [4, 5]], ndmax=1, dtype=object).shape; np.array([1], ndmin=2, ndmax=1)
np.array(a, ndmax=0); np.array([1], ndmin=-1); np.array([1], ndmin=65)
"""


@pytest.mark.parametrize("expression", COPIES.strip().replace("\n", ";").split(";"))
def test_values_of_copy_and_ndmax(expression):
    names = {"numpy": numpy}
    check(lambda np: eval(expression.strip(), names | {"np": np, "a": np.arange(3)}))


def test_a_memory_view_is_copied_or_not():
    memory = bytearray(8)
    shared, copied = stook.array(memoryview(memory), copy=False), stook.asarray(memoryview(memory))
    memory[0] = 5
    assert (shared[0], copied[0]) == (5, 0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert stook.array(memoryview(memory), copy=numpy._CopyMode.IF_NEEDED)[0] == 5


class Known:
    """An array of a program's own, which knows functions by their objects."""

    def __init__(self, functions):
        self.functions = functions

    def __array_function__(self, function, types, args, options):
        if function not in self.functions:
            return NotImplemented
        return function.__name__, len(args), sorted(options), types == (Known,)


@pytest.mark.parametrize(
    "call",
    ["sum(k)", "concatenate([k, [1]])", "where([True], k, 1)", "sort(k, axis=0)", "mean(k)",
     "linalg.norm(k)", "copyto([1], k)", "stack([k, k])"],
)  # fmt: skip
@pytest.mark.parametrize("knows", ["ours", "numpys", "none"])
def test_classes_answer_functions_that_they_know(call, knows):
    def program(np):
        module = {"ours": np, "numpys": numpy, "none": None}[knows]
        name = call.partition("(")[0]
        function = operator.attrgetter(name)(module) if module else None
        return eval(f"np.{call}", {"np": np, "k": Known([function])})

    check(program)
