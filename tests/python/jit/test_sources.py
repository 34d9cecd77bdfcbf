"""How a function's text is found in its file."""

import inspect

import pytest
import stook

# What stands behind each function would not compile, or would be another one of its name.
BEHIND = "\n\nf(\n"
SOURCES = {
    "a signature over lines": "def f(\n    x,\n    y=2,\n):\n    return x * y\n",
    "comments at the margin": "def f(x):\n    y = x + 1\n# none\n\n    return y * 2\n",
    "an inner function": "def f(x):\n    def g(y):\n        return y * 2\n\n    return g(x) + 1\n",
    "one line": "def f(x): return x - 1\n",
    "decorators over lines": '@dict(\n    k=lambda g: g,\n)["k"]\ndef f(x):\n    return x + 3\n',
    "a string with lines at the margin": 'def f(x):\n    t = """\ng\n"""\n    return len(t) + x\n',
    "a line that goes on": "def f(x):\n    y = x + \\\n1\n    return y\n",
}
AMID = {
    "an inner function that goes on at the margin": (
        "def outer():\n    def f(x):\n        return (x +\n1)\n    return f\nf = outer()\n"
    ),
    "an inner function with a string at the margin": (
        'def outer():\n    def f(x):\n        t = """\ng\n"""\n        return len(t) + x\n'
        "    return f\nf = outer()\n"
    ),
    "a lambda amid a dict": "f = {\n    'a': 1,\n    'b': lambda x: x * 3,\n}['b']\n",
    "a lambda in a lambda": "f = [\n    lambda y: (lambda x: x + y),\n][0](4)\n",
}
SPLIT = {"a string with lines at the margin", "a line that goes on"}


def loaded(text, path):
    """The function of a file of this text, followed by what is no Python."""
    file = path / "written.py"
    file.write_text(text + BEHIND)
    found = {}
    exec(compile(text, str(file), "exec"), found)
    return found["f"]


@pytest.mark.parametrize("form", SOURCES)
def test_all_of_a_function_is_read_wherever_its_lines_begin(form, tmp_path):
    function = loaded(SOURCES[form], tmp_path)
    assert stook.jit(function)(5) == function(5)


@pytest.mark.parametrize("form", AMID)
def test_a_function_is_found_where_its_lines_alone_are_no_program(form, tmp_path):
    file = tmp_path / "written.py"
    file.write_text(AMID[form])
    found = {}
    exec(compile(AMID[form], str(file), "exec"), found)
    assert stook.jit(found["f"])(5) == found["f"](5)


@pytest.mark.parametrize("form", set(SOURCES) - SPLIT)
def test_a_function_is_read_without_splitting_it_into_tokens(form, tmp_path, monkeypatch):
    monkeypatch.setattr(inspect, "getblock", None)
    function = loaded(SOURCES[form], tmp_path)
    assert stook.jit(function)(5) == function(5)


class Holder:
    @staticmethod
    def within(x):
        if x > 1:
            return x * 3
        return x

    after = "no part of it"


def test_a_function_within_a_class_ends_with_its_lines(monkeypatch):
    monkeypatch.setattr(inspect, "getblock", None)
    assert stook.jit(Holder.within)(5) == 15


renamed = lambda x: x + 1  # noqa: E731
renamed.__name__ = "renamed"


async def later(x):
    return x + 1


def behind(x):
    return x * 100


def test_a_function_is_not_taken_for_the_next_in_its_file():
    assert stook.jit(renamed)(1) == 2
    with pytest.raises(stook.CompileError, match="holds no such function"):
        stook.jit(later)(1)
    assert stook.jit(behind)(1) == 100
