"""The decorator: what it makes of a function, and what it refuses to compile."""

import gc
import runpy
import weakref

import numpy as np
import pytest
import stook
from stook import CompileError, jit

# -- what cannot be compiled ----------------------------------------------------------------------


def refused(function, *args):
    with pytest.raises(CompileError) as caught:
        jit(function)(*args)
    return str(caught.value)


def test_an_error_shows_the_line_the_types_and_what_to_write():
    def f(a):
        b = a * "text"
        return b

    text = refused(f, np.zeros(3))
    assert "'*' of float64 and str is not compiled" in text
    assert 'b = a * "text"' in text
    assert "^^^^^" in text
    assert "a: array of float64 with 1 axes" in text
    assert "instead: write it element by element" in text


def test_statements_that_are_not_compiled_name_themselves():
    def with_it(a):
        with open(a) as f:
            return f

    def removes(a):
        del a

    assert "'with' is not compiled" in refused(with_it, 1)
    assert "'del' is compiled for items of containers only" in refused(removes, 1)


def test_unknown_names_and_types():
    def unknown(a):
        return a + missing  # noqa: F821

    def mixed(a):
        x = 1 if a else (1, 2)
        return x

    assert "name 'missing' is not defined" in refused(unknown, 1)
    assert "int on one way and tuple" in refused(mixed, True)
    with pytest.raises(TypeError, match="the argument 'a' is an object of type"):
        jit(unknown)(bytearray(b"bytes"))
    with pytest.raises(TypeError, match="missing a required argument: 'a'"):
        jit(unknown)()


# -- the decorator --------------------------------------------------------------------------------


def test_versions_and_texts():
    @jit
    def f(x):
        return x + 1

    assert f(1) == 2
    assert f(1.5) == 2.5
    assert [row[:2] for row in f.versions()] == [(["int"], "int"), (["float"], "float")]
    assert "routine 0 f(int64) -> (int64)" in f.text(0, "routine")
    assert "define" in f.text(0, "llvm")
    assert f.py_func(1) == 2
    assert f.__name__ == "f"


def test_a_method_is_bound():
    class Point:
        def __init__(self, x):
            self.x = x

        @staticmethod
        @jit
        def twice(x):
            return 2 * x

    assert Point(1).twice(4) == 8


def test_code_is_found_on_disk_by_what_it_was_made_from():
    before = stook.counters()

    def make():
        @jit
        def f(x):
            return x * 3 + 1

        return f

    assert make()(5) == 16
    middle = stook.counters()
    assert make()(5) == 16
    after = stook.counters()
    assert after["compilations"] == middle["compilations"]
    assert middle["compilations"] - before["compilations"] <= 1


def test_a_compiled_function_that_nobody_names_is_collected(tmp_path):
    path = tmp_path / "module.py"
    path.write_text(
        "import numpy, stook\n"
        "@stook.jit\ndef f(x):\n    return g(x) + numpy.sin(x)\n"
        "@stook.jit\ndef g(x):\n    return numpy.median(numpy.ones(3)) + x\n"
    )
    space = runpy.run_path(str(path))
    f = space["f"]
    assert f(0.0) == 1
    gone = [weakref.ref(space["f"]), weakref.ref(space["g"])]
    del space, f
    gc.collect()
    assert [reference() for reference in gone] == [None, None]
