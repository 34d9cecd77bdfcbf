"""What has no stook code yet runs in NumPy: arrays come back as ours, and every call is counted."""

from __future__ import annotations

import inspect
import pickle

import numpy
import pytest
import stook
from compare import check
from stook import _fallback


def test_function_takes_and_gives_our_arrays():
    function = _fallback.function("linalg.inv")
    result = function(stook.asarray([[2.0, 0.0], [0.0, 4.0]]))
    assert type(result) is stook.ndarray
    assert numpy.asarray(result).tolist() == [[0.5, 0.0], [0.0, 0.25]]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("array_split", (6, 3)),
        ("linalg.qr", (None,)),
        ("meshgrid", (3, 2)),
        ("linalg.slogdet", (None,)),
    ],
)
def test_arrays_inside_a_result_are_ours(name, arguments):
    values = [
        stook.asarray(numpy.eye(2) if size is None else numpy.arange(float(size)))
        if name != "array_split" or position == 0
        else size
        for position, size in enumerate(arguments)
    ]
    ours = _fallback.function(name)(*values)
    real = eval(f"numpy.{name}", {"numpy": numpy})(*[numpy.asarray(v) for v in values])
    assert type(ours) is type(real)
    for mine, expected in zip(ours, real, strict=True):
        assert not isinstance(expected, numpy.ndarray) or type(mine) is stook.ndarray
        assert numpy.array_equal(numpy.asarray(mine), expected)


def test_arrays_inside_lists_are_found():
    part = stook.asarray([1.0, 2.0])
    result = _fallback.function("block")([[part, part], [part, part]])
    assert numpy.asarray(result).tolist() == [[1.0, 2.0, 1.0, 2.0]] * 2


def test_write_through_an_argument_is_seen():
    array = stook.asarray(numpy.zeros((2, 2)))
    assert _fallback.function("fill_diagonal")(array, 3.0) is None
    assert numpy.asarray(array).tolist() == [[3.0, 0.0], [0.0, 3.0]]


def test_output_argument_comes_back_as_itself():
    array, out = stook.asarray([1.0, 4.0]), stook.asarray([0.0, 0.0])
    result = _fallback.function("cumulative_sum")(array, out=out)
    assert result is out
    assert numpy.asarray(out).tolist() == [1.0, 5.0]


def test_view_of_an_argument_stays_an_alias():
    array = stook.asarray([0.0, 1.0, 2.0, 3.0])
    window = _fallback.function("lib.stride_tricks.as_strided")(array, (2, 2), (16, 8))
    array[2] = 9.0
    assert numpy.asarray(window).tolist() == [[0.0, 1.0], [9.0, 3.0]]


@pytest.mark.parametrize(
    "name", ["float64", "ndenumerate", "pi", "newaxis", "exceptions.AxisError"]
)
def test_classes_and_constants_are_numpys_own(name):
    real = numpy
    for part in name.split("."):
        real = getattr(real, part)
    assert _fallback.function(name) is real


def test_kind_of_data_that_stook_lacks_stays_with_numpy():
    result = _fallback.function("strings.upper")(numpy.array(["a", "b"]))
    assert type(result) is numpy.ndarray


def test_unknown_name_has_numpys_error():
    with pytest.raises(AttributeError, match="module 'numpy' has no attribute 'nothing'"):
        _fallback.function("nothing")


def test_wrapper_is_built_once():
    assert _fallback.function("linalg.svd") is _fallback.function("linalg").svd


def test_submodule_can_be_imported():
    import stook.linalg
    from stook.fft import rfft

    assert stook.linalg.norm(stook.asarray([3.0, 4.0])) == 5.0
    assert type(rfft(stook.asarray([1.0, 2.0]))) is stook.ndarray


def test_wrapper_keeps_signature_and_documentation():
    function = _fallback.function("linalg.svd")
    assert inspect.signature(function) == inspect.signature(numpy.linalg.svd)
    assert function.__doc__ == numpy.linalg.svd.__doc__
    assert pickle.loads(pickle.dumps(function)) is function


def test_ufunc_methods_are_there():
    function = _fallback.Fallback("add", numpy.add)
    assert type(function.outer(stook.asarray([1.0, 2.0]), [1.0])) is stook.ndarray
    assert function.nin == 2


def test_index_object_gives_our_array():
    assert type(_fallback.function("r_")[1.0, stook.asarray([2.0])]) is stook.ndarray


@pytest.mark.parametrize("kind", ["list", "dict"])
def test_a_container_within_itself_is_one_object(kind):
    def program(np):
        whole = [] if kind == "list" else {}
        if kind == "list":
            whole.append(whole)
        else:
            whole["itself"] = [whole]
        return np.array([whole], dtype=object).shape

    check(program)


def test_calls_are_counted():
    before = _fallback.calls["linalg.det"]
    _fallback.function("linalg.det")(stook.asarray(numpy.eye(2)))
    assert _fallback.calls["linalg.det"] == before + 1


def test_strict_session_refuses_with_the_line(monkeypatch):
    monkeypatch.setattr(_fallback.sites, "strict", True)
    array = stook.asarray(numpy.eye(2))
    line = inspect.currentframe().f_lineno + 2
    with pytest.raises(_fallback.FallbackError, match=rf"numpy\.linalg\.det .*{__file__}:{line}"):
        _fallback.function("linalg.det")(array)


def test_report_adds_calls_of_one_line(monkeypatch):
    from stook import _report

    monkeypatch.setattr(_fallback.sites, "wanted", True)
    monkeypatch.setattr(_fallback.sites, "entries", {})
    for _ in range(2):
        _fallback.function("linalg.det")(stook.asarray(numpy.eye(2)))
    ((name, path, _),) = _fallback.sites.entries
    assert (name, path) == ("linalg.det", __file__)
    row = _report.text(_fallback.sites.entries, {"launches": 1234}).splitlines()
    assert row[1] == "  launches 1,234"
    assert row[-1].split()[:2] == ["linalg.det", "2"]


# -- random numbers -------------------------------------------------------------------------------


@pytest.fixture
def random():
    return _fallback.function("random")


def test_generator_gives_our_arrays_with_numpys_values(random):
    ours = random.default_rng(7).normal(size=5)
    assert type(ours) is stook.ndarray
    assert numpy.array_equal(numpy.asarray(ours), numpy.random.default_rng(7).normal(size=5))


def test_generators_pass_each_others_checks(random):
    ours = random.default_rng(0)
    assert isinstance(ours, numpy.random.Generator)
    assert isinstance(numpy.random.default_rng(0), random.Generator)
    assert type(random.Generator(random.PCG64(0)).random(3)) is stook.ndarray
    assert random.default_rng(ours) is ours


def test_generator_shuffles_our_array_in_place(random):
    array = stook.asarray(numpy.arange(20))
    random.default_rng(1).shuffle(array)
    expected = numpy.arange(20)
    numpy.random.default_rng(1).shuffle(expected)
    assert numpy.array_equal(numpy.asarray(array), expected)


def test_generators_can_be_pickled(random):
    for make, draw in [(random.default_rng, "random"), (random.RandomState, "random_sample")]:
        generator = make(3)
        copy = pickle.loads(pickle.dumps(generator))
        first, second = (getattr(item, draw)(4) for item in (generator, copy))
        assert type(second) is stook.ndarray
        assert numpy.array_equal(numpy.asarray(first), numpy.asarray(second))


def test_spawned_generators_are_ours(random):
    assert type(random.default_rng(0).spawn(1)[0].random(2)) is stook.ndarray


def test_archive_members_are_ours(tmp_path):
    numpy.savez(tmp_path / "a.npz", x=numpy.arange(3.0), names=numpy.array(["a"]))
    with _fallback.function("load")(tmp_path / "a.npz") as archive:
        assert type(archive["x"]) is stook.ndarray
        assert type(archive["names"]) is numpy.ndarray
        assert isinstance(archive, numpy.lib.npyio.NpzFile)


def test_report_without_lines_has_the_counts(monkeypatch):
    monkeypatch.setattr(_fallback.sites, "wanted", False)
    monkeypatch.setattr(_fallback.sites, "entries", {})
    _fallback.function("linalg.det")(stook.asarray(numpy.eye(2)))
    (row,) = [line for line in stook.report().splitlines() if line.split()[0] == "linalg.det"]
    assert row.endswith("?")


@pytest.mark.parametrize("source", ["random", "random.default_rng(1)", "random.RandomState(1)"])
def test_shuffling_moves_the_items_of_a_list(source):
    def program(np):
        np.random.seed(1)
        items = [np.arange(3), [1], 2, "x", np.ones(2), np.zeros(1)]
        eval(f"np.{source}.shuffle(items)", {"np": np, "items": items})
        a = np.arange(10)
        eval(f"np.{source}.shuffle(a)", {"np": np, "a": a})
        return items, a

    check(program)
