"""Type checkers see NumPy's types for NumPy's names, and those of stook's own beside them."""

import ast
import inspect
import types
from pathlib import Path

import numpy
import stook
from mypy import api

PACKAGE = Path(stook.__file__).parent
STUB = ast.parse((PACKAGE / "__init__.pyi").read_text())

PROGRAM = """\
import stook as np
import stook.fft
import stook.typing as npt
from stook.linalg import norm
def scaled(x: npt.NDArray[np.float64], by: float = np.pi) -> np.ndarray:
    return np.sqrt(x) * by / norm(x)
with np.explain() as explained:
    scaled(np.ones(3))
np.sync()
reveal_type(stook.fft.fft([1.0]))
reveal_type(explained)
np.nothing
np.set_num_threads("two")
norm(1, axis="x")
"""
SAID = {
    10: 'Revealed type is "numpy.ndarray[tuple[Any, ...], numpy.dtype[numpy.complex128',
    11: 'Revealed type is "stook._explain.Explanation"',
    12: 'Module has no attribute "nothing"',
    13: 'incompatible type "str"; expected "int"',
    14: 'No overload variant of "norm" matches argument types',
}


def test_program_is_checked_with_numpys_types(tmp_path):
    output, errors, _ = api.run(["--cache-dir", str(tmp_path), "-c", PROGRAM])
    assert errors == ""
    found = {}
    for line in output.splitlines()[:-1]:
        _, number, text = line.split(":", 2)
        found.setdefault(int(number), text)
    assert list(found) == list(SAID)
    assert [text for number, text in SAID.items() if text not in found[number]] == []


def test_stub_has_the_names_that_numpy_lacks():
    written = {node.name: node for node in STUB.body if isinstance(node, ast.FunctionDef)}
    names = set(written) | {n.target.id for n in STUB.body if isinstance(n, ast.AnnAssign)}
    imports = [node for node in STUB.body if isinstance(node, ast.ImportFrom)]
    names |= {alias.asname for node in imports for alias in node.names if alias.asname}
    there = {
        name
        for name in dir(stook)
        if not name.startswith("_")
        and name not in dir(numpy)
        and not isinstance(getattr(stook, name), types.ModuleType)
    }
    assert names == there
    for name, node in written.items():
        parameters = inspect.signature(getattr(stook, name)).parameters
        assert [argument.arg for argument in node.args.args] == list(parameters)


def test_submodules_that_numpy_types_have_stubs():
    modules = {
        name
        for name in dir(numpy)
        if getattr(getattr(numpy, name), "__name__", "") == f"numpy.{name}"
        and isinstance(getattr(numpy, name), types.ModuleType)
    }
    stubs = {path.stem: path.read_text() for path in PACKAGE.glob("[a-z]*.pyi")}
    # `core` is deprecated, `f2py` runs compilers.
    assert stubs.keys() == {name for name in modules - {"core", "f2py"} if name[0] != "_"}
    assert [name for name, text in stubs.items() if text != f"from numpy.{name} import *\n"] == []
