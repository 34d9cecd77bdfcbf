"""``python -m stook build``: the compiled functions of a package, made before they are needed.

What enters is a package's folder; what leaves is a folder ``__stook__`` in it, with the object code
of each compiled function for each kind of processor. Where the package is installed, its functions
find their code there and compile nothing. Code of another build of stook is not found, and its
functions are compiled as ever.
"""

from __future__ import annotations

import gc
import importlib
import os
import pkgutil
import runpy
import sys
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

USAGE = """\
usage: python -m stook [--swap A,B] build PACKAGE [--run script.py [argument ...]]

Compiles the functions of a package that have signatures, for x86-64-v3 (AVX2) and x86-64-v4
(AVX-512), and puts their code into PACKAGE/__stook__, which belongs into the package's wheel.

options:
  --run script.py   run a program, and take what it compiles of the package's functions too
"""

LEVELS = ("v3", "v4")
FOLDER = "__stook__"


class Order(NamedTuple):
    """What is to be done."""

    package: Path
    program: list[str]
    """A script and its arguments, or nothing."""


def main(arguments: Sequence[str]) -> int:
    """Do what a command line after ``build`` says; return the exit status."""
    if set(arguments) & {"-h", "--help"}:
        sys.stdout.write(USAGE)
        return 0
    order = _parse(arguments)
    if isinstance(order, str):
        sys.stderr.write(f"stook build: {order}\n{USAGE}")
        return 2
    if not _import_all(order.package):
        return 1
    if order.program:
        _run(order.program)
    return _write(order.package)


def _parse(arguments: Sequence[str]) -> Order | str:
    """Take a command line apart, or say what is wrong with it."""
    if not arguments or arguments[0].startswith("-"):
        return "the folder of a package is needed"
    package, *rest = arguments
    if rest and (rest[0] != "--run" or len(rest) == 1):
        return f"--run and a script are expected, not {' '.join(rest)}"
    folder = Path(package).resolve()
    if not (folder / "__init__.py").is_file():
        return f"{package} is no package: it has no __init__.py"
    return Order(folder, rest[1:])


# -- the package's functions ----------------------------------------------------------------------


def _import_all(package: Path) -> bool:
    """Import a package's modules, which compiles what has signatures; whether all could be."""
    top = package
    while (top.parent / "__init__.py").is_file():
        top = top.parent
    sys.path.insert(0, str(top.parent))
    name = ".".join(package.relative_to(top.parent).parts)
    if not _imports(name):
        return False
    # What cannot be imported is said by `_imports`; the walk only passes it over.
    found = pkgutil.walk_packages([str(package)], f"{name}.", onerror=lambda _: None)
    names = [module.name for module in found if not module.name.endswith(".__main__")]
    failed = [name for name in names if not _imports(name)]
    return not failed


def _imports(name: str) -> bool:
    """Import a module; whether that worked."""
    try:
        importlib.import_module(name)
    except Exception:
        sys.stderr.write(f"stook build: {name} cannot be imported\n{traceback.format_exc()}")
        return False
    return True


def _run(program: list[str]) -> None:
    """Run a script as its own program."""
    given = sys.argv[:]
    sys.argv[:] = program
    sys.path.insert(0, str(Path(program[0]).resolve().parent))
    try:
        runpy.run_path(program[0], run_name="__main__")
    except SystemExit as error:
        if error.code not in (None, 0):
            raise
    finally:
        sys.argv[:] = given


def _lies_in(package: Path, function: Any) -> bool:
    """Whether a function was written in one of the package's modules."""
    code = getattr(function, "__code__", None)
    return code is not None and package in Path(code.co_filename).resolve().parents


def _versions(package: Path) -> Iterator[tuple[Any, Any]]:
    """Give the package's functions that were compiled, and each of their versions."""
    from stook._stook import Version

    for version in [found for found in gc.get_objects() if type(found) is Version]:
        own = [function for function in version.functions if _lies_in(package, function)]
        if own:
            yield own[0], version


def _never_compiled(package: Path) -> list[str]:
    """Name the package's functions that could be compiled, and were not."""
    from stook._stook import Dispatcher

    compiled = {id(function) for _, version in _versions(package) for function in version.functions}
    found = [thing for thing in gc.get_objects() if isinstance(thing, Dispatcher)]
    functions = [thing.py_func for thing in found if _lies_in(package, thing.py_func)]
    return sorted({_name(function) for function in functions if id(function) not in compiled})


def _name(function: Any) -> str:
    return f"{function.__module__}.{function.__qualname__}"


# -- their code -----------------------------------------------------------------------------------


def _write(package: Path) -> int:
    """Write the package's folder of object code, and tell what is there; the exit status."""
    lines: list[str] = []
    files: dict[str, bytes] = {}
    for function, version in _versions(package):
        packed = dict(version.packed(level) for level in LEVELS)
        size = sum(map(len, packed.values())) / 1000
        lines.append(f"  {_name(function)}({', '.join(version.parameters)}): {size:.0f} kB")
        files |= packed
    _replace(package / FOLDER, files)
    total = sum(map(len, files.values())) / 1000
    kinds = " and ".join(f"x86-64-{level}" for level in LEVELS)
    print(f"{package / FOLDER}: {len(files)} files, {total:.0f} kB, for {kinds}")
    print(*sorted(lines), sep="\n")
    for name in _never_compiled(package):
        print(f"  {name}: not compiled; give it a signature, or a program that calls it with --run")
    if not files:
        sys.stderr.write("stook build: the package has no compiled functions\n")
    return int(not files)


def _replace(folder: Path, files: dict[str, bytes]) -> None:
    """Leave these files of object code in a folder, and no others."""
    if files:
        folder.mkdir(exist_ok=True)
    for old in folder.glob("*.o"):
        if old.name not in files:
            old.unlink()
    for name, content in files.items():
        part = folder / f"{name}.part"
        part.write_bytes(content)
        part.chmod(0o644)
        os.replace(part, folder / name)
