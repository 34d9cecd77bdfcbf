"""Annotations that name what is not there: compiled code asks for none."""

import dataclasses
import sys

import pytest
import stook
from stook.compat.numba import types
from stook.compat.numba.experimental import jitclass

# Before Python 3.14 only a string may name what is not there.
LATER = "Later" if sys.version_info >= (3, 14) else "'Later'"


def defined(folder, *lines):
    """Return what a file with these lines defines."""
    path = folder / "annotated.py"
    path.write_text("\n".join(lines))
    scope = {"__name__": __name__, "dataclass": dataclasses.dataclass}
    exec(compile(path.read_text(), path, "exec"), scope)
    return scope


def function(folder):
    head = f"def f(x: {LATER}, y: {LATER} = 2) -> {LATER}:"
    return defined(folder, head, f"    z: {LATER} = x + y", "    return z")["f"]


def test_functions(tmp_path):
    f = function(tmp_path)
    assert stook.jit(f)(3) == 5
    assert stook.jit("i8(i8, i8)")(f)(3, 4) == 7
    assert stook.jit(f).__name__ == "f"


def test_vectorized_functions(tmp_path):
    assert stook.compat.numba.vectorize(function(tmp_path))([1, 2], 3).tolist() == [4, 5]


def test_a_dataclass_with_a_field_that_names_nothing(tmp_path):
    head = ("@dataclass", "class Node:", "    value: float")
    node = defined(tmp_path, *head, f"    next: {LATER} = None")["Node"]

    def value(node):
        return node.value

    assert stook.jit(value)(node(1.5)) == 1.5


def test_a_jitclass_with_a_field_that_names_nothing(tmp_path):
    body = ("    def __init__(self):", "        self.next = 3")
    node = defined(tmp_path, "class Node:", f"    next: {LATER}", *body)["Node"]
    with pytest.raises(stook.CompileError, match=r"the field 'next' has the type .*Later"):
        jitclass(node)
    assert jitclass({"next": types.int64})(node)().next == 3
