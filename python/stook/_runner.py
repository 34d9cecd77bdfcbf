"""Runs a program as ``python`` would, with stook where its own code imports NumPy.

What enters is a command line after ``python -m stook``; what leaves is the program's own output
and exit status. The program finds ``sys.argv``, ``sys.path``, ``__main__`` and its tracebacks as
under plain Python. One difference stays: a look up the whole stack (``traceback.print_stack``)
sees the runner's frames below the program's.
"""

from __future__ import annotations

import builtins
import importlib.machinery
import io
import os
import runpy
import sys
import types
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, NoReturn

from . import _children, _swap

USAGE = """\
usage: python -m stook [option ...] script.py [argument ...]
       python -m stook [option ...] -m module [argument ...]
       python -m stook [option ...] -c code [argument ...]
       python -m stook [--swap A,B] build PACKAGE [--run script.py [argument ...]]

Runs a NumPy program with stook in NumPy's place, in the program's own files only; `build` compiles
the functions of a package ahead of time.

options:
  --swap A,B    put stook in the place of these: numpy (as without it), numba
  --report      at exit, print what ran in NumPy instead: function, calls, source line, time
  --strict      raise stook.FallbackError where something would run in NumPy instead
  --explain     at exit, print what was bundled, where it was cut and why
  --verify      run each operation in NumPy too; fail at the first that differs
  --threads N   compute on N threads
  --eager       run every call at once
  -h, --help    print this text
"""

# An option without a value, and the variable through which the session and its children learn it.
_SWITCHES = {
    "--report": "STOOK_REPORT",
    "--strict": "STOOK_STRICT",
    "--explain": "STOOK_EXPLAIN",
    "--verify": "STOOK_VERIFY",
    "--eager": "STOOK_EAGER",
}


class Command(NamedTuple):
    """A command line taken apart."""

    settings: dict[str, str]
    """Environment variables that the options stand for."""
    kind: str
    """``script``, ``module``, ``code`` or ``build``."""
    target: str
    """The script's path, the module's name or the code; of ``build``, the folder."""
    arguments: list[str]
    """What follows; the program's own."""


def main() -> None:
    """Run the program that ``sys.argv`` names, in this interpreter."""
    command = parse(sys.argv[1:])
    os.environ.update(command.settings)
    _configure(command.settings)
    _children.hook()
    _RUN[command.kind](command.target, command.arguments)


def parse(arguments: Sequence[str]) -> Command:
    """Take a command line apart; an unusable one ends the process with status 2."""
    settings: dict[str, str] = {}
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word in _SWITCHES:
            settings[_SWITCHES[word]] = "1"
        elif word == "--threads" or word.startswith("--threads="):
            value = word.partition("=")[2] if "=" in word else (rest.pop(0) if rest else "")
            if not value.isdecimal() or int(value) == 0:
                _refuse(f"--threads needs a number of threads, not {value!r}")
            settings["STOOK_NUM_THREADS"] = value
        elif word == "--swap" or word.startswith("--swap="):
            value = word.partition("=")[2] if "=" in word else (rest.pop(0) if rest else "")
            if not value or not set(value.split(",")) <= {"numpy", "numba"}:
                _refuse(f"--swap needs numpy, numba or both, not {value!r}")
            settings["STOOK_SWAP"] = value
        elif word in ("-h", "--help"):
            sys.stdout.write(USAGE)
            sys.exit(0)
        elif word in ("-m", "-c"):
            if not rest:
                _refuse(f"argument expected for the {word} option")
            return Command(settings, "module" if word == "-m" else "code", rest[0], rest[1:])
        elif word == "build":
            return Command(settings, "build", rest[0] if rest else "", rest[1:])
        elif word.startswith("-") and word != "-":
            _refuse(f"unknown option {word}")
        else:
            return Command(settings, "script", word, rest)
    return _refuse("a script, -m module or -c code is needed")


def _refuse(message: str) -> NoReturn:
    sys.stderr.write(f"stook: {message}\n{USAGE}")
    sys.exit(2)


def _configure(settings: dict[str, str]) -> None:
    """Bring the options to the parts of stook that were imported before they were known."""
    from . import _fallback, _plain, _stook, _verify

    if "STOOK_EAGER" in settings:
        _stook.set_eager(True)
    if "STOOK_NUM_THREADS" in settings:
        _stook.set_num_threads(int(settings["STOOK_NUM_THREADS"]))
    if "STOOK_VERIFY" in settings:
        _verify.at_exit()
    _fallback.sites.strict = _fallback.sites.strict or "STOOK_STRICT" in settings
    _plain.refuse()
    if "STOOK_REPORT" in settings or "STOOK_EXPLAIN" in settings:
        from . import _report

        _report.at_exit(fallbacks="STOOK_REPORT" in settings, plans="STOOK_EXPLAIN" in settings)


# -- three ways to name a program -----------------------------------------------------------------


def _run_script(path: str, arguments: list[str]) -> None:
    sys.argv[:] = [path, *arguments]
    if path == "-":
        _set_first_path("")
        _install(os.getcwd())
        _run_source(sys.stdin.read(), "<stdin>", None)
    elif os.path.isdir(path) or _is_archive(path):
        _set_first_path(path)
        _install(os.path.abspath(path))
        _fresh_main()
        _execute(runpy._run_module_as_main, "__main__", False)  # type: ignore[attr-defined]
    else:
        _run_file(path)


def _run_file(path: str) -> None:
    full = os.path.abspath(path)
    try:
        with io.open_code(full) as file:
            source = file.read()
    except OSError as error:
        reason = f"[Errno {error.errno}] {error.strerror}"
        sys.stderr.write(f"{sys.orig_argv[0]}: can't open file {full!r}: {reason}\n")
        sys.exit(2)
    folder = os.path.dirname(os.path.realpath(full))
    _set_first_path(folder)
    _install(*_script_roots(full, folder))
    loader: Any = importlib.machinery.SourceFileLoader("__main__", full)
    if full.endswith(".pyc"):
        loader = importlib.machinery.SourcelessFileLoader("__main__", full)
        code = loader.get_code("__main__")
        _execute(_exec, code, _fresh_main(loader, full).__dict__)
        return
    _run_source(source, full, loader)


def _install(*folders: str) -> None:
    _swap.install(*folders, swap=os.environ.get("STOOK_SWAP", "numpy").split(","))


def _script_roots(path: str, folder: str) -> list[str]:
    """Return where a script's own modules lie; a tool in ``bin`` works on the current folder."""
    found = [os.path.dirname(path), folder]
    if folder in (os.path.join(sys.prefix, "bin"), os.path.join(sys.exec_prefix, "bin")):
        found.append(os.getcwd())
    return found


def _run_module(name: str, arguments: list[str]) -> None:
    sys.argv[:] = ["-m", *arguments]
    _install(os.getcwd())
    _fresh_main()
    _execute(runpy._run_module_as_main, name, True)  # type: ignore[attr-defined]


def _run_code(source: str, arguments: list[str]) -> None:
    sys.argv[:] = ["-c", *arguments]
    _set_first_path("")
    _install(os.getcwd())
    _run_source(source + "\n", "<string>", None)


def _build(package: str, arguments: list[str]) -> None:
    from . import _building

    if "STOOK_SWAP" in os.environ:
        _install(os.path.dirname(os.path.abspath(package)))
    sys.exit(_building.main([package, *arguments] if package else arguments))


_RUN: dict[str, Callable[[str, list[str]], None]] = {
    "script": _run_script,
    "module": _run_module,
    "code": _run_code,
    "build": _build,
}


def _is_archive(path: str) -> bool:
    import zipfile

    return not path.endswith((".py", ".pyc")) and zipfile.is_zipfile(path)


def _set_first_path(folder: str) -> None:
    """Replace the folder that ``-m`` put first, unless Python was told to put none."""
    if not sys.flags.safe_path:
        sys.path[0] = folder


# -- __main__ and what escapes from it ------------------------------------------------------------

_runners_main: list[Any] = []


def _fresh_main(loader: Any = None, path: str | None = None) -> types.ModuleType:
    """Put a new ``__main__`` in place, with the attributes Python gives it."""
    # The runner's own __main__ is still executing, and must outlive being replaced.
    _runners_main.append(sys.modules["__main__"])
    module = types.ModuleType("__main__")
    scope = {"__loader__": loader or importlib.machinery.BuiltinImporter, "__builtins__": builtins}
    if sys.version_info < (3, 14):
        scope["__annotations__"] = {}
    if path is not None:
        scope.update(__file__=path, __cached__=None)
    vars(module).update(scope)
    sys.modules["__main__"] = module
    return module


def _run_source(source: str | bytes, name: str, loader: Any) -> None:
    module = _fresh_main(loader, name if loader is not None else None)
    _remember_source(source, name)
    code = _execute(_compile, source, name)
    _execute(_exec, code, module.__dict__)


def _compile(source: str | bytes, name: str) -> types.CodeType:
    try:
        return compile(source, name, "exec", dont_inherit=True)
    except SyntaxError as error:
        # Python compiles a script before any frame exists.
        error.__traceback__ = None
        _show_without(error, None)
        raise


def _exec(code: types.CodeType, scope: dict[str, Any]) -> None:
    exec(code, scope)


def _remember_source(source: str | bytes, name: str) -> None:
    """From 3.13 on, Python shows source lines of ``-c`` code in tracebacks."""
    if sys.version_info >= (3, 13) and name == "<string>":
        import linecache

        lines = str(source).splitlines(keepends=True)
        linecache.cache[name] = (len(source), None, lines, name)


def _execute(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call `function`; an exception that escapes is shown without the frames down to its own."""
    try:
        return function(*arguments)
    except SystemExit:
        raise
    except BaseException as error:
        if not isinstance(error, SyntaxError) or error.__traceback__ is not None:
            trace = error.__traceback__
            own = 1 if function is not _exec else 2
            for _ in range(own):
                trace = trace.tb_next if trace is not None else None
            _show_without(error, trace)
        raise


def _show_without(error: BaseException, trace: types.TracebackType | None) -> None:
    """Let the interpreter's last word on `error`, and nothing before it, have this traceback."""
    shown = sys.excepthook

    def show(
        kind: type[BaseException], value: BaseException, _: types.TracebackType | None
    ) -> None:
        sys.last_traceback = trace
        sys.excepthook = shown
        value.__traceback__ = trace
        shown(kind, value, trace)

    if getattr(sys.excepthook, "stook_error", None) is not error:
        show.stook_error = error  # type: ignore[attr-defined]
        sys.excepthook = show
