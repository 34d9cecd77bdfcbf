"""`stook.jit`: Python functions compiled for the types of each call.

The native module follows a function's syntax and runs what it makes; here are the decorators, the
way to a function's source, and the messages of what goes wrong.
"""

from __future__ import annotations

import ast
import inspect
import linecache
import os
import textwrap
import warnings
from collections.abc import Callable
from typing import Any, NoReturn

import numpy

from stook import _annotations, _matching, _number_types, _objmode
from stook._stook import Dispatcher, without_tuples

__all__ = ["CompileError", "RaceError", "jit", "njit", "prange"]

_OFF = os.environ.get("STOOK_DISABLE_JIT", "0") not in ("", "0")


class CompileError(TypeError):
    """A function cannot be compiled; the message shows the line and what to write instead."""


class RaceError(RuntimeError):
    """Two iterations of a loop over `prange` race: one writes what the other reads or writes.

    Attributes
    ----------
    iterations : tuple of int
        The values of the loop's variable, in the order of the loop.
    variables : tuple of str
        What each of them touches, such as ``a[1]``.
    lines : tuple of int
        Where they do.
    """

    iterations: tuple[int, int] = (0, 0)
    variables: tuple[str, str] = ("", "")
    lines: tuple[int, int] = (0, 0)


def prange(*args: int) -> range:
    """Return a range whose rounds a compiled function may run at the same time.

    Parameters
    ----------
    *args : int
        As `range` takes them.

    Returns
    -------
    range
        The same numbers as of `range`.
    """
    return range(*args)


def jit(
    function: Callable[..., Any] | Any = None,
    *,
    boundscheck: bool = True,
    fastmath: bool | set[str] = False,
    parallel: bool = False,
    error_model: str = "python",
    nogil: bool = False,
    eager: bool = True,
    check: str | None = None,
) -> Any:
    """Compile a function for the types of the arguments that it is called with.

    The function is compiled at the first call with arguments of new types, in milliseconds, and its
    code is kept on disk for later processes. It computes what Python would with NumPy's arrays and
    numbers; an `int` has 64 bits and wraps.

    Parameters
    ----------
    function : callable, or one or more signatures
        A function that is written in Python: loops, branches and arithmetic on numbers, arrays,
        strings, tuples, lists, dicts and sets. A signature in its place, such as
        ``"f8(f8, i8[:])"``, or a list of them, makes a decorator that compiles for these types at
        once, and for no others: arguments are converted to the types of the best one, and the
        result to its type.
    boundscheck : bool
        Raise IndexError where an index lies outside of its axis. Without it such an index reads or
        writes memory of others.
    fastmath : bool
        Let sums and products of floats be taken in any order and be fused, so that loops over them
        become vectors. Last digits may differ. NaN and infinities keep their meaning; of a set of
        LLVM's flags it counts whether it is empty.
    parallel : bool
        Run the rounds of each loop over `prange` at the same time, on `get_num_threads()` threads.
        A variable that every round adds to, multiplies, or keeps the greatest or least of has its
        total after the loop, which is the same for any number of threads; any other belongs to its
        round. Rounds that write elements which others read or write give no certain result.
    error_model : {"python", "numpy"}
        What dividing Python's numbers by zero does: raise ZeroDivisionError, or give an infinity
        or NaN.
    nogil : bool
        Let other threads of Python's go on while the compiled code runs, unless it makes calls
        outside of it. What they write to its arrays meanwhile may or may not be seen.
    eager : bool
        Whether signatures are compiled at once, or each when it is first needed.
    check : {None, "races"}
        What is looked for while the function runs. With "races" the rounds of `prange` run one
        after another, and each round's reads and writes are recorded: a call in which one round
        writes what another reads or writes raises RaceError. It needs ``parallel=True``, and is
        slow.

    Returns
    -------
    Compiled
        The function, compiled when it is called.

    Raises
    ------
    CompileError
        At the call, where something in the function cannot be compiled.
    RaceError
        At the call, where `check` finds a race.

    Examples
    --------
    >>> import numpy
    >>> import stook
    >>> @stook.jit
    ... def longest_run(values):
    ...     best = run = 0
    ...     for k in range(1, values.size):
    ...         run = run + 1 if values[k] == values[k - 1] else 0
    ...         best = max(best, run)
    ...     return best + 1
    >>> longest_run(numpy.array([1, 2, 2, 2, 1, 1]))
    3
    """
    if error_model not in ("python", "numpy"):
        raise ValueError(f"error_model is 'python' or 'numpy', not {error_model!r}")
    if check not in (None, "races"):
        raise ValueError(f"check is None or 'races', not {check!r}")
    if check and not parallel:
        raise ValueError("races are looked for in loops over prange: add parallel=True")

    known = _number_types.signatures(function) if _number_types.is_signature(function) else []

    def decorated(function: Callable[..., Any]) -> Any:
        if _OFF:
            return function
        return compiled(
            function,
            known,
            boundscheck=boundscheck,
            fastmath=bool(fastmath),
            parallel=parallel,
            error_model=error_model,
            nogil=nogil,
            eager=eager,
            check=check,
        )

    return decorated if function is None or known else decorated(function)


njit = jit


@without_tuples
class Compiled(Dispatcher):
    """A function that is compiled when it is called; ``py_func`` is the function itself."""

    @property
    def signatures(self) -> list[tuple[Any, ...]]:
        """The types of arguments that it has been compiled for."""
        return [self.signature(k).args for k in range(len(self.versions()))]

    nopython_signatures = property(
        lambda self: [self.signature(k) for k in range(len(self.versions()))],
        doc="The same with the types of results.",
    )

    @property
    def overloads(self) -> dict[tuple[Any, ...], _number_types.Signature]:
        """What it has been compiled for, by the types of arguments."""
        return {found.args: found for found in self.nopython_signatures}

    def signature(self, number: int) -> _number_types.Signature:
        """Return the types that a version has."""
        params, result = self.types(number)
        of = _number_types.from_described
        return _number_types.Signature(of(result), tuple(of(param) for param in params))

    def compile(self, signature: Any) -> None:
        """Compile for the types of a signature.

        Parameters
        ----------
        signature : str, Signature or tuple of types
            As `jit` takes it.
        """
        for found in _number_types.signatures(signature):
            self.prepare(found.described[0])

    def inspect_types(self, file: Any = None, signature: Any = None) -> None:
        """Print the function's lines with the types that variables take on each.

        Parameters
        ----------
        file : file object, optional
            Where to; None means ``sys.stdout``.
        signature : tuple of types, optional
            Of which version; None means all.
        """
        from stook import _inspection

        _inspection.print_types(self, file, signature)

    def parallel_diagnostics(self, signature: Any = None, level: int = 1) -> None:
        """Print which loops run on all threads, as `stook.explain` says it.

        Parameters
        ----------
        signature : tuple of types, optional
            Of which version; None means all. All are printed.
        level : int
            Numba's amount of detail; it has no meaning.
        """
        from stook import _inspection

        print(_inspection.Compilation(self))

    def inspect_llvm(self, signature: Any = None) -> Any:
        """Return what LLVM makes of the function: a text for one signature, or a dict of all."""
        return self._texts("llvm", signature)

    def inspect_asm(self, signature: Any = None) -> Any:
        """Return the function's machine code: a text for one signature, or a dict of all."""
        return self._texts("asm", signature)

    def _texts(self, station: str, signature: Any) -> Any:
        if signature is not None:
            return self.text(self.signatures.index(tuple(signature)), station)
        return {args: self.text(k, station) for k, args in enumerate(self.signatures)}


def compiled(
    function: Any,
    known: list[Any],
    *,
    boundscheck: bool = True,
    fastmath: bool = False,
    parallel: bool = False,
    error_model: str = "python",
    nogil: bool = False,
    eager: bool = True,
    check: str | None = None,
) -> Compiled:
    """Return a function that is compiled even where ``STOOK_DISABLE_JIT`` is set.

    Parameters
    ----------
    function : function
        The function.
    known : list of Signature
        Its signatures.
    boundscheck, fastmath, parallel, error_model, nogil, eager, check
        As `jit` has them.
    """
    if isinstance(function, Dispatcher):
        function = function.py_func
    if not inspect.isfunction(function):
        raise TypeError(f"jit takes a function that is written in Python, not {function!r}")
    params = list(_annotations.signature(function).parameters.values())
    for param in params:
        if param.kind == param.VAR_KEYWORD:
            raise CompileError(
                f"{function.__name__}(): the parameter '**{param.name}' is not compiled; "
                "name each parameter"
            )
    defaults = [(p.name, p.default) for p in params if p.default is not p.empty]
    names = [p.name for p in params]
    kinds = [p.kind for p in params]
    places = (
        kinds.count(inspect.Parameter.POSITIONAL_ONLY)
        + kinds.count(inspect.Parameter.POSITIONAL_OR_KEYWORD),
        inspect.Parameter.VAR_POSITIONAL in kinds,
    )
    for signature in known:
        if len(signature.args) != len(params):
            raise TypeError(f"{function.__name__}() takes {len(params)} arguments, not {signature}")
    options = (boundscheck, fastmath, parallel, error_model == "numpy", nogil, check == "races")
    described = [found.described for found in known]
    made = Compiled(function, names, places, defaults, *options, described)
    for name in ("__module__", "__name__", "__qualname__", "__doc__"):
        setattr(made, name, getattr(function, name))
    for signature in known if eager else ():
        made.prepare(signature.described[0])
    return made


def callee(function: Any) -> Compiled | None:
    """Return what compiled code calls where it calls a function that is not compiled by itself.

    Parameters
    ----------
    function : object
        What it calls.

    Returns
    -------
    Compiled or None
        The function compiled; None where it is no function of Python's, or is another's wrapper,
        of which the source tells nothing.
    """
    if not inspect.isfunction(function) or hasattr(function, "__wrapped__"):
        return None
    try:
        return standing_for(function)
    except CompileError:
        return None


def standing_for(function: Any) -> Compiled:
    """Return a function as compiled code calls it, the same each time."""
    made: Compiled | None = function.__dict__.get("__stook_compiled__")
    # Wrappers take over what their functions have.
    if made is None or made.py_func is not function:
        made = function.__dict__["__stook_compiled__"] = compiled(function, [])
    return made


# -- the source of a function ---------------------------------------------------------------------


def parsed(function: Any) -> tuple[ast.AST, int, int]:
    """Return a function's syntax, and how far its text lies from the start of its file.

    Parameters
    ----------
    function : function
        One that is written in Python.

    Returns
    -------
    node : ast.FunctionDef or ast.Lambda
        Its syntax.
    line, column : int
        What to add to lines and columns in the syntax.
    """
    if hasattr(function, "__stook_tree__"):
        return function.__stook_tree__, 0, 0
    node, text, line, column = _found(function)
    # Most functions have neither `with` nor `match`, and need not be gone through for them.
    if "with" in text:
        node = _objmode.lifted(function, node, line, column)
    if "match" not in text:
        return node, line, column

    def refuse(place: Any, message: str, hint: str) -> NoReturn:
        start = (place.lineno + line, place.col_offset + column)
        end = (place.end_lineno + line, place.end_col_offset + column)
        raise refusal(function, message, hint, start + end, [])

    return _matching.rewritten(node, refuse), line, column


def _found(function: Any) -> tuple[Any, str, int, int]:
    """Return a function's syntax, its text, and how far that lies from the start of its file."""
    function = inspect.unwrap(function)
    try:
        lines, line = inspect.findsource(function)
    except (OSError, TypeError) as error:
        raise CompileError(
            f"the source of {function.__name__}() is not there to be read; write it in a file"
        ) from error
    code = function.__code__
    is_lambda = code.co_name == "<lambda>"
    try:
        tree, text, column = _tree(lines[line:], is_lambda)
    except SyntaxError:
        # Its lines alone are no program: they go on at the margin, or begin amid an expression.
        return _in_file(function, "".join(lines))
    wanted = ast.Lambda if is_lambda else ast.FunctionDef
    found = (node for node in ast.walk(tree) if isinstance(node, wanted))
    node = next(found, None)
    if node is None or getattr(node, "name", code.co_name) != code.co_name:
        raise CompileError(f"the source of {function.__name__}() holds no such function")
    if is_lambda:
        # Several may stand on a line: the code says where its own is.
        all_of_them = [node, *found]
        own = [other for other in all_of_them if _holds(other, code, line, column)]
        node = min(own or all_of_them, key=lambda other: sum(1 for _ in ast.walk(other)))
    return node, text, line, column


def _in_file(function: Any, text: str) -> tuple[Any, str, int, int]:
    """Return what `_found` does, from all of a file's text."""
    code = function.__code__
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        raise CompileError(
            f"the source of {function.__name__}() is no program by itself; write it in a file"
        ) from error

    def is_own(node: ast.AST) -> bool:
        if isinstance(node, ast.Lambda):
            return code.co_name == "<lambda>" and _holds(node, code, 0, 0)
        if not isinstance(node, ast.FunctionDef) or node.name != code.co_name:
            return False
        parts: list[Any] = [node, *node.decorator_list]
        return min(part.lineno for part in parts) == code.co_firstlineno

    own = [node for node in ast.walk(tree) if is_own(node)]
    if not own:
        raise CompileError(f"the source of {function.__name__}() holds no such function")
    # A lambda may stand in another.
    node: Any = own[-1]
    return node, ast.get_source_segment(text, node) or text, 0, 0


def _tree(lines: list[str], is_lambda: bool) -> tuple[ast.AST, str, int]:
    """Return the syntax of the function that begins at the first line, its text, and its column."""
    # `inspect` compiles patterns of all tokens first, which takes milliseconds.
    if not is_lambda and (own := _indented(lines)):
        try:
            return _parse(own)
        except SyntaxError:
            pass  # The cut lies in a string or an expression that goes on over lines.
    return _parse(inspect.getblock(lines))


def _parse(lines: list[str]) -> tuple[ast.AST, str, int]:
    text = "".join(lines)
    dedented = textwrap.dedent(text)
    column = len(lines[0]) - len(lines[0].lstrip()) if dedented != text else 0
    return ast.parse(dedented), text, column


def _indented(lines: list[str]) -> list[str]:
    """Return the lines up to the first behind `def` that is indented no further.

    None where something else stands before a `def` than decorators.
    """
    margin = len(lines[0]) - len(lines[0].lstrip())
    begun = False
    for k, line in enumerate(lines):
        words = line.lstrip()
        if not words or len(line) - len(words) > margin or words[0] in ")]}#":
            continue
        if begun:
            return lines[:k]
        begun = words.startswith("def ")
        if not begun and words[0] != "@":
            return []
    return lines


def _holds(node: Any, code: Any, line: int, column: int) -> bool:
    """Return whether all of a function's code comes from a part of the source."""
    start = (node.lineno + line, node.col_offset + column)
    end = (node.end_lineno + line, node.end_col_offset + column)
    places = [place for place in code.co_positions() if None not in place and place[3] > 0]
    return all(start <= (p[0], p[2]) and (p[1], p[3]) <= end for p in places)


# -- messages -------------------------------------------------------------------------------------


def refusal(
    function: Any,
    message: str,
    hint: str | None,
    place: tuple[int, int, int, int],
    types: list[tuple[str, str]],
) -> CompileError:
    """Return the error of what cannot be compiled, with the user's line and a caret below it."""
    text, shown = _shown(function, place)
    parts = [message, *shown]
    named = [f"{name}: {kind}" for name, kind in types if _names(text, name)]
    if named:
        parts.append("  here " + ", ".join(named))
    if hint:
        parts.append(f"  instead: {hint}")
    return CompileError("\n".join(parts))


def _shown(function: Any, place: tuple[int, int, int, int]) -> tuple[str, list[str]]:
    """Return the user's line at a place, and lines that show it with a caret below."""
    line, column, last, end = place
    code = function.__code__
    line = line or code.co_firstlineno
    text = linecache.getline(code.co_filename, line).rstrip("\n")
    parts = [f'  File "{code.co_filename}", line {line}, in {function.__name__}']
    if text:
        width = max(1, (end if last == line else len(text)) - column)
        parts += [f"    {text.strip()}"]
        indent = len(text) - len(text.lstrip())
        parts += ["    " + " " * (column - indent) + "^" * width]
    return text, parts


def race(message: str, hint: str, touches: list[tuple[Any, Any, int, str]]) -> BaseException:
    """Return the error of a race, with the user's lines.

    Parameters
    ----------
    message, hint : str
        What it is, and what to write instead.
    touches : list of tuple
        For each of the two iterations the function, the place in it, the iteration, and what it
        touches there.
    """
    places = dict.fromkeys((function, place) for function, place, *_ in touches)
    shown = [line for function, place in places for line in _shown(function, place)[1]]
    text = "\n".join([message, *shown, f"  instead: {hint}"])
    function, place = touches[1][:2]
    error: Any = failure(RaceError, text, function, place)
    error.iterations = tuple(iteration for *_, iteration, _ in touches)
    error.variables = tuple(variable for *_, variable in touches)
    error.lines = tuple(place[0] for _, place, *_ in touches)
    return error  # type: ignore[no-any-return]


def _names(text: str, name: str) -> bool:
    """Return whether a line speaks of a variable."""
    try:
        return any(
            isinstance(node, ast.Name) and node.id == name
            for node in ast.walk(ast.parse(text.strip().rstrip(":") or "0"))
        )
    except SyntaxError:
        return name in text


def failure(
    class_: Any,
    message: str | None,
    function: Any,
    place: tuple[int, int, int, int],
    whole: Any = None,
) -> BaseException:
    """Return an exception that comes from a place in a function, as its traceback says; `whole`
    stands for its message, such as the key of a KeyError.
    """
    error: BaseException = class_() if message is None else class_(message)
    if whole is not None:
        error = class_(whole)
    line, column, last, end = place
    tree = ast.parse("raise error")
    for node in ast.walk(tree):
        if isinstance(node, (ast.stmt, ast.expr)):
            node.lineno, node.end_lineno = line, last
            node.col_offset, node.end_col_offset = column, end
    code = compile(tree, function.__code__.co_filename, "exec")
    try:
        exec(code.replace(co_name=function.__name__), {"error": error})
    except BaseException as raised:
        raised.__traceback__ = raised.__traceback__ and raised.__traceback__.tb_next
        return raised
    return error


# -- calls that are made outside of compiled code -------------------------------------------------


def sample(ndim: int, dtype: Any, packed: bool, length: int) -> Any:
    """Return a small array of so many axes, of which most functions make something.

    Parameters
    ----------
    ndim : int
        The number of axes.
    dtype : dtype
        The type of its elements.
    packed : bool
        Whether its elements lie one after another.
    length : int
        The length of each axis.
    """
    whole = numpy.ones((length,) * ndim, dtype)
    if ndim > 1:
        whole[...] = numpy.eye(length).astype(dtype)
    if packed or ndim == 0:
        return whole
    return numpy.repeat(whole, 2, axis=-1)[..., ::2]


def tried(function: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """Return what a function makes of samples; random streams stay where they are."""
    import random

    state, other = numpy.random.get_state(), random.getstate()
    try:
        with warnings.catch_warnings(), numpy.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return function(*args, **keywords)
    finally:
        numpy.random.set_state(state)
        random.setstate(other)
