"""Random functions held to their meaning, and machine code to the interpreter of routines.

A program's function is called with several sets of arguments in three ways: as Python understands
it (`meaning`), compiled, and interpreted. What it returns, what it wrote to arrays, and what it
raised must be the same.
"""

from __future__ import annotations

import ast
import contextlib
import linecache
import math
import random
import re
import warnings
from dataclasses import dataclass
from typing import Any

import numpy
from stook import CompileError, jit

from . import meaning
from .kinds import Array
from .values import argument
from .writer import Program

SETS = 3
"""Calls of each program."""
KNOWN = "out of bounds for"
"""What a refusal says where Python raises OverflowError when it comes to the line."""
WITHOUT_VALUE = re.compile(r"'(\w+)' has no value here\n.*line (\d+), in f\n")
"""What a refusal says where Python raises UnboundLocalError when it comes to the line."""
BROADCAST = "could not broadcast"
TOO_LARGE = "Python int"
"""How messages begin of what does not fit a type: NumPy has several, by what it was stored in."""


@dataclass
class Failure:
    """A program, and how its ways differ."""

    program: Program
    kind: str
    text: str


class WithoutJoins(ast.NodeTransformer):
    """Takes out the lines that are for the meaning only."""

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        value = node.value
        if isinstance(value, ast.Call) and getattr(value.func, "id", "") == "as_":
            return ast.Pass()
        return node


def check(program: Program) -> Failure | None:
    """What is wrong with a program, if anything."""
    with warnings.catch_warnings(), numpy.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        meant, compiled = functions(program)
        for k in range(SETS):
            found = difference(program, k, meant, compiled)
            if found:
                return Failure(program, *found)
    return None


def functions(program: Program) -> tuple[Any, Any]:
    """The function in Python's meaning, and compiled."""
    tree = ast.parse(program.text)
    text = source(program)
    name = f"<program {program.seed}>"
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    space = {"jit": jit, "np": numpy, "math": math}
    exec(compile(text, name, "exec"), space)
    return meaning.function(tree), space["f"]


def source(program: Program) -> str:
    """What is compiled."""
    return ast.unparse(WithoutJoins().visit(ast.parse(program.text)))


def difference(program: Program, k: int, meant: Any, compiled: Any) -> tuple[str, str] | None:
    """Kind and words for how a call differs, if it does."""
    expected = outcome(meant, arguments(program, k))
    found = outcome(compiled, arguments(program, k))
    interpreted = outcome(compiled.interpret, arguments(program, k))
    if isinstance(found[0], CompileError):
        return None if is_right(program, str(found[0])) else ("refused", str(found[0]))
    for kind, other, names in (("tier", interpreted, 0), ("value", expected, 1)):
        words = unlike(other, found)
        if words:
            who = "the interpreter" if names == 0 else "Python"
            return kind, f"call {k}: {words[0]} by {who}, {words[1]} compiled"
    return None


def is_right(program: Program, refusal: str) -> bool:
    """Whether what is refused would raise in Python as soon as it came to it."""
    without = WITHOUT_VALUE.search(refusal)
    if without is None:
        return KNOWN in refusal
    watched = Watched(without[1], int(without[2]))
    tree = ast.fix_missing_locations(watched.visit(ast.parse(source(program))))
    meant = meaning.function(tree, {"watch_": watched.look})
    for k in range(SETS):
        outcome(meant, arguments(program, k))
    return not watched.found


class Watched(ast.NodeTransformer):
    """Looks whether a variable has a value before the statement of a line."""

    found = False

    def __init__(self, name: str, line: int) -> None:
        self.name, self.line = name, line

    def visit(self, node: ast.AST) -> Any:
        made = self.generic_visit(node)
        if isinstance(node, ast.stmt) and node.lineno == self.line:
            return [*ast.parse(f"watch_(lambda: {self.name})").body, made]
        return made

    def look(self, value: Any) -> None:
        with contextlib.suppress(NameError):
            value()
            self.found = True


def arguments(program: Program, k: int) -> list[Any]:
    """The arguments of a call, in memory of their own."""
    rng = random.Random(f"{program.seed} {k}")
    args: list[Any] = []
    for kind, form in zip(program.params, program.forms, strict=True):
        like = [arg for arg, own in zip(args, program.params, strict=False) if own == kind]
        if program.shared and isinstance(kind, Array) and like:
            args.append(like[0][::-1])
        else:
            args.append(argument(rng, kind, form))
    return args


def outcome(function: Any, args: list[Any]) -> tuple[Any, list[Any]]:
    """What a call returns or raises, and its arguments after it."""
    try:
        made = function(*args)
    except Exception as error:
        made = error
    return made, args


def unlike(a: Any, b: Any) -> tuple[str, str] | None:
    """Words for two values that differ; nothing if they do not."""
    if isinstance(a, tuple | list) and type(a) is type(b) and len(a) == len(b):
        return next(filter(None, map(unlike, a, b)), None)
    first, second = form(a), form(b)
    return None if first == second else (first, second)


def form(value: Any) -> str:
    """A value's type and bits as text; every NaN has the same."""
    if isinstance(value, Exception):
        message = "" if isinstance(value, ZeroDivisionError) else str(value)
        alike = (start for start in (BROADCAST, TOO_LARGE) if message.startswith(start))
        message = next(alike, message)
        return f"{type(value).__name__}: {message}"
    if isinstance(value, numpy.ndarray):
        return f"array {value.dtype.char} {value.shape} [{' '.join(map(repr, value.ravel()))}]"
    return f"{type(value).__name__} {value!r}"
