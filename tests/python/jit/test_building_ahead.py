"""`python -m stook build`: a package's functions find their code where the package is installed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

MODULE = """
import stook
from stook.compat import numba

@stook.njit
def square(x):
    return x * x

@stook.njit("f8(f8[::1])", parallel=True)
def total(a):
    s = 0.0
    for i in stook.prange(len(a)):
        s += square(a[i])
    return s

@stook.njit
def later(x):
    return x + 1

@numba.cfunc("f8(f8)")
def twice(x):
    return 2 * x
"""
PROGRAM = """
import numpy, waves.steps as steps
print(steps.total(numpy.arange(4.0)), steps.later(3), steps.twice(2.0))
print(*(row[3] for f in (steps.total, steps.later) for row in f.versions()))
"""


def python(place: Path, *args: str, level: str = "v4") -> subprocess.CompletedProcess[str]:
    """Run Python with the modules at a place and a cache of its own."""
    cache = place / f"cache {level}"
    settings = {"PYTHONPATH": str(place), "STOOK_CACHE_DIR": str(cache), "STOOK_LEVEL": level}
    command = [sys.executable, *args]
    return subprocess.run(command, env=os.environ | settings, capture_output=True, text=True)


def build(place: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return python(place, "-m", "stook", "build", *args)


def write(place: Path) -> Path:
    """Write a package `waves` and a program that uses it into a folder."""
    (place / "waves").mkdir(parents=True)
    (place / "waves" / "__init__.py").write_text("")
    (place / "waves" / "steps.py").write_text(MODULE)
    (place / "program.py").write_text(PROGRAM)
    return place


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return a folder with the package, nothing built."""
    return write(tmp_path / "source")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the package, all built that the program needs."""
    place = write(tmp_path_factory.mktemp("built") / "source")
    done = build(place, str(place / "waves"), "--run", str(place / "program.py"))
    assert done.returncode == 0, done.stderr
    return place


@pytest.fixture
def installed(whole: Path, tmp_path: Path) -> Path:
    """Return another folder with the built package, and an empty cache."""
    place = tmp_path / "installed"
    shutil.copytree(whole / "waves", place / "waves")
    shutil.copy(whole / "program.py", place)
    return place


def test_functions_with_signatures_are_built_and_others_are_named(source: Path) -> None:
    done = build(source, str(source / "waves"))
    assert done.returncode == 0, done.stderr
    assert "4 files" in done.stdout and "x86-64-v3 and x86-64-v4" in done.stdout
    assert "waves.steps.total(array of float64 with 1 axes)" in done.stdout
    assert "waves.steps.twice(float)" in done.stdout
    assert "waves.steps.later: not compiled; give it a signature" in done.stdout
    assert "waves.steps.square" not in done.stdout


@pytest.mark.parametrize("level", ["v3", "v4"])
def test_an_installed_package_compiles_nothing(installed: Path, level: str) -> None:
    done = python(installed, str(installed / "program.py"), level=level)
    assert done.stdout == "14.0 4 4.0\nTrue True\n", done.stderr
    assert not list(installed.glob("cache*/*.o"))


def test_a_function_that_was_changed_is_compiled_and_others_are_not(installed: Path) -> None:
    module = installed / "waves" / "steps.py"
    module.write_text(module.read_text().replace("x + 1", "x + 2"))
    done = python(installed, str(installed / "program.py"))
    assert done.stdout == "14.0 5 4.0\nTrue False\n", done.stderr


def test_a_damaged_file_is_as_if_it_were_not_there(installed: Path) -> None:
    for file in (installed / "waves" / "__stook__").iterdir():
        file.write_bytes(file.read_bytes()[:-1] + b"\0\1")
    done = python(installed, str(installed / "program.py"))
    assert done.stdout == "14.0 4 4.0\nFalse False\n", done.stderr


def test_building_again_leaves_only_what_is_of_use(installed: Path) -> None:
    folder = installed / "waves" / "__stook__"
    before = {file.name for file in folder.iterdir()}
    build(installed, str(installed / "waves"))
    after = {file.name for file in folder.iterdir()}
    assert len(before) == 6 and len(after) == 4 and after < before


def test_a_folder_that_is_no_package_is_refused(tmp_path: Path) -> None:
    done = build(tmp_path, str(tmp_path))
    assert done.returncode == 2
    assert "is no package: it has no __init__.py" in done.stderr


def test_a_module_that_cannot_be_imported_is_named(source: Path) -> None:
    (source / "waves" / "broken.py").write_text("import no_such_module\n")
    done = build(source, str(source / "waves"))
    assert done.returncode == 1
    assert "waves.broken cannot be imported" in done.stderr
    assert not (source / "waves" / "__stook__").exists()
