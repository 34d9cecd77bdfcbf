"""Examples in docstrings of composed functions give what stands below them."""

import doctest
import importlib
import pkgutil

import pytest
import stook


def examples():
    """Return the examples that begin by importing stook, one test for each function."""
    finder = doctest.DocTestFinder()
    names = [module.name for module in pkgutil.iter_modules(stook.__path__, "stook.")]
    modules = [importlib.import_module(name) for name in names if name != "stook.__main__"]
    found = [test for module in modules for test in finder.find(module, module.__name__)]
    return [t for t in found if t.examples and t.examples[0].source == "import stook as np\n"]


@pytest.mark.parametrize("test", examples(), ids=lambda test: test.name)
def test_examples(test):
    lines = []
    failed = doctest.DocTestRunner().run(test, out=lines.append).failed
    assert not failed, "".join(lines)


def test_examples_are_found():
    assert "stook._padding.pad" in [test.name for test in examples()]
