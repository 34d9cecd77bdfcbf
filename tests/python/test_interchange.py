"""How arrays pass to other libraries, by array API names and DLPack; signatures."""

import inspect

import numpy
import pytest
import stook
from compare import check, check_told, outcome
from stook import _fallback


@pytest.fixture(autouse=True)
def nothing_runs_in_numpy(request, monkeypatch):
    handed_over = ("bind", "counted")
    strict = not any(word in request.node.name for word in handed_over)
    monkeypatch.setattr(_fallback.sites, "strict", strict)


@pytest.mark.parametrize("version", [None, "2021.12", "2022.12", "2023.12", "2024.12"])
def test_the_namespace_of_an_array_is_the_package(version):
    assert stook.ones(2).__array_namespace__(api_version=version) is stook


REFUSED = [
    lambda a: a.__array_namespace__(api_version="2020.01"),
    lambda a: a.to_device("gpu"),
    lambda a: a.to_device("cpu", stream=1),
    lambda a: a.__dlpack__(stream=1),
    lambda a: a.__dlpack__(dl_device=(2, 0)),
    lambda a: a.setflags(uic=True),
]


@pytest.mark.parametrize("call", REFUSED)
def test_refusals_are_numpys(call):
    check(lambda np: call(np.ones(3)))


def test_there_is_one_device():
    check(lambda np: np.ones(3).device)
    check(lambda np: np.ones(3).__dlpack_device__())
    a = stook.ones(3)
    assert a.to_device("cpu") is a
    assert a.to_device(a.device, stream=None) is a


def test_the_device_is_not_set():
    def program(np):
        np.ones(3).device = "cpu"

    check(program)


@pytest.mark.parametrize("name", ["empty_like", "full_like", "ones_like", "zeros_like"])
@pytest.mark.parametrize("device", [None, "cpu", "gpu", 3])
def test_arrays_are_made_on_the_device_only(name, device):
    value = (1,) if name == "full_like" else ()
    check(lambda np: getattr(np, name)(np.ones(3), *value, device=device).shape)


@pytest.mark.parametrize("dtype", "?bBhHiIlLefdFD")
@pytest.mark.parametrize("shape", [(), (0,), (4,), (2, 3)])
def test_dlpack_gives_the_same_array(dtype, shape):
    def program(np):
        return np.from_dlpack(np.ones(shape, dtype))

    check_told(program)
    assert type(program(stook)) is stook.ndarray


def test_dlpack_shares_memory_both_ways():
    a = stook.arange(4)
    theirs, ours = numpy.from_dlpack(a), stook.from_dlpack(a)
    a += 1
    assert theirs.tolist() == ours.tolist() == [1, 2, 3, 4]
    ours += 1
    assert theirs.tolist() == a.tolist() == [2, 3, 4, 5]
    theirs += 1
    assert a.tolist() == ours.tolist() == [3, 4, 5, 6]
    del a
    assert ours.tolist() == [3, 4, 5, 6]


def test_dlpack_copies_when_asked():
    a = stook.arange(4)
    copied = stook.from_dlpack(a, copy=True)
    a += 1
    assert copied.tolist() == [0, 1, 2, 3]


def test_dlpack_views_strides():
    def program(np):
        a = np.arange(12).reshape(3, 4)[::2, ::-1]
        b = np.from_dlpack(a)
        return b, b.strides, a.T, np.from_dlpack(a.T).strides

    check(program)


@pytest.mark.parametrize("options", [{"device": "gpu"}, {"device": 3}])
def test_from_dlpack_refuses_other_devices(options):
    check(lambda np: np.from_dlpack(np.ones(3), **options))
    check(lambda np: np.from_dlpack(3))


def test_the_layout_for_c_is_that_of_the_memory():
    class Exporter:
        def __init__(self, a):
            self.__array_struct__ = a.__array_struct__

    a = stook.arange(6).reshape(2, 3).T
    theirs = numpy.asarray(Exporter(a))
    a += 1
    assert theirs.tolist() == a.tolist()
    assert theirs.strides == a.strides


@pytest.mark.parametrize("return_scalar", [True, False])
@pytest.mark.parametrize("shape", [(), (3,)])
def test_results_are_wrapped_as_arrays_or_scalars(shape, return_scalar):
    made = numpy.ones(shape)
    check(lambda np: np.ones(2).__array_wrap__(made, None, return_scalar))
    check(lambda np: np.ones(2).__array_wrap__(made))


def test_setflags_stops_writes_and_lets_them_again():
    def written(np):
        a = np.ones(3)
        a.setflags(write=False)
        a[0] = 2

    def written_again(np):
        a = np.ones(3)
        a.setflags(write=False, align=True)
        a.setflags(write=True)
        a.setflags()
        a[0] = 2
        return a, a.flags.writeable

    check(written)
    check(written_again)


def parameters(function):
    return [(name, one.kind) for name, one in inspect.signature(function).parameters.items()]


NAMES = """array asarray copyto empty empty_like from_dlpack frombuffer full ones putmask zeros
add all amax amin any arange argmax argmin cumprod cumsum exp eye frexp identity linspace
max mean min modf prod std sum var where""".split()  # noqa: SIM905


@pytest.mark.parametrize("name", NAMES)
def test_functions_show_numpys_signature(name):
    assert parameters(getattr(stook, name)) == parameters(getattr(numpy, name))


METHODS = """__array__ __deepcopy__ __setstate__ all any argmax argmin argsort dot flatten max min
nonzero prod ravel reshape sort sum swapaxes take trace view""".split()  # noqa: SIM905


@pytest.mark.parametrize("name", METHODS)
def test_methods_show_numpys_signature(name):
    assert parameters(getattr(stook.ndarray, name)) == parameters(getattr(numpy.ndarray, name))


@pytest.mark.parametrize("name", ["copyto", "putmask", "where"])
def test_signatures_that_numpy_states_are_stated(name):
    assert getattr(stook, name).__signature__ == getattr(numpy, name).__signature__


@pytest.mark.parametrize("name", ["arange", "frombuffer", "promote_types", "from_dlpack"])
def test_signatures_that_numpy_has_as_text_are_there(name):
    assert getattr(stook, name).__text_signature__ == getattr(numpy, name).__text_signature__


@pytest.mark.parametrize("name", ["add", "absolute", "divmod", "less", "isnan"])
def test_ufuncs_list_numpys_loops(name):
    check(lambda np: (getattr(np, name).types, getattr(np, name).ntypes))


def test_numpys_functions_are_left_alone():
    assert not hasattr(numpy.ndarray.sort, "__wrapped__")
    assert outcome(lambda np: np.sum([1, 2]), numpy) == ("value", 3)


@pytest.mark.parametrize("dtype", "?bHqfdFD")
@pytest.mark.parametrize("shape", [(), (1,), (1, 1), (2,), (0,)])
def test_conversion_to_complex_is_numpys(dtype, shape):
    check(lambda np: complex(np.ones(shape, dtype)))


BUFFERS = {
    "bytes": lambda np: np.frombuffer(b"12345678", "u1"),
    "bytearray": lambda np: np.frombuffer(bytearray(8), "u1"),
    "view of bytes": lambda np: np.frombuffer(b"12345678", "u1")[1:],
    "array of NumPy's": lambda np: np.frombuffer(numpy.arange(8.0)),
    "constructor": lambda np: np.ndarray((2,), "u2", buffer=bytearray(8)),
    "constructor of bytes": lambda np: np.ndarray((2,), "u2", buffer=b"1234"),
    "own memory": lambda np: np.arange(8),
    "view": lambda np: np.arange(8)[1:],
    "memoryview": lambda np: np.asarray(memoryview(b"1234"), copy=False),
    "diagonal": lambda np: np.eye(3).diagonal(),
}


@pytest.mark.parametrize("source", BUFFERS)
def test_memory_of_others_has_a_base(source):
    def program(np):
        a = BUFFERS[source](np)
        flags = a.flags.owndata, a.flags.writeable, a.base is None
        bases = [type(a.base).__name__, type(a[1:].base).__name__]
        a.flags.writeable = False
        a.setflags(write=True)
        return flags, bases, a.flags.writeable

    check(program)


@pytest.mark.parametrize("source", BUFFERS)
def test_memory_of_others_lives_as_long_as_the_array(source):
    check(lambda np: BUFFERS[source](np)[:2].copy())


def test_size_of_an_array_holds_what_it_owns():
    a = stook.ones(1000)
    assert a.__sizeof__() > a.nbytes > a[:].__sizeof__()


@pytest.mark.parametrize("dtype", "fD")
def test_conjugates_are_written_to_an_output(dtype):
    def program(np):
        a, out = np.asarray([1, 2], dtype) * (1 + 1j), np.zeros(2, "D")
        return a.conj(out), out, a.conjugate(out) is out

    check(program)


def test_ufuncs_in_classes_do_not_bind():
    class Holder:
        pass

    def program(np):
        Holder.function = np.add
        return Holder().function(np.ones(2), np.ones(2))

    check(program)


@pytest.mark.parametrize(
    "call",
    [
        "resize()",
        "resize(None)",
        "resize('hi')",
        "resize(-1)",
        "resize(2, refcheck='x')",
        "resize(2, order=1)",
    ],
)
def test_resize_takes_and_refuses_what_numpys_does(call):
    def program(np):
        a = np.eye(3)
        result = eval(f"a.{call}", {"a": a})
        return result, a

    kinds = [outcome(program, np)[0:2] for np in (numpy, stook)]
    assert kinds[0][0] == kinds[1][0]
    assert kinds[0][0] == "value" or kinds[0][1] is kinds[1][1]


def test_objects_are_counted():
    check(lambda np: np.count_nonzero([None, 1, "x"], axis=0))


@pytest.mark.parametrize("left", [numpy.float64(2.5), numpy.int8(3), numpy.arange(4.0), 1.5])
@pytest.mark.parametrize("name", ["add", "multiply", "less", "power", "arctan2", "divmod"])
def test_a_ufunc_of_numpys_is_ours(left: object, name: str) -> None:
    right = numpy.array([0.5, -1, 3, 7])
    before = dict(_fallback.calls)
    got = getattr(numpy, name)(left, stook.asarray(right))
    expected = getattr(numpy, name)(left, right)
    for ours, theirs in zip(
        *(x if name == "divmod" else (x,) for x in (got, expected)), strict=True
    ):
        assert type(ours) is stook.ndarray
        assert ours.dtype == theirs.dtype
        numpy.testing.assert_allclose(numpy.asarray(ours), theirs, rtol=1e-15)
    assert dict(_fallback.calls) == before
