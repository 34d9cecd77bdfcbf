"""The shortest program that still fails, as a script."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from typing import Any

from .oracle import Failure, check

TRIES = 250
SCRIPT = """\
# program {seed}: {kind}: {text}
import sys; sys.path.insert(0, "tests/python/jit")
from random_functions.kinds import Array
from random_functions.oracle import check
from random_functions.writer import Program

TEXT = \"\"\"
{program}
\"\"\"
print(check(Program({seed}, TEXT, {params}, {forms}, {shared})))"""


def shrink(failure: Failure) -> Failure:
    """The same failure with as few statements as can be found."""
    k, tries = 0, TRIES
    while tries:
        tries -= 1
        text = shorter(failure.program.text, k)
        if text is None:
            break
        found = _checked(replace(failure.program, text=text)) if text else None
        if found is not None and alike(found, failure):
            failure = found
        else:
            k += 1
    return failure


def alike(a: Failure, b: Failure) -> bool:
    """Whether two failures may have one cause."""
    first, second = (f.text.splitlines()[0] for f in (a, b))
    if a.kind == "refused":
        first, second = (re.sub(r"v\d+|p\d+", "", text)[:60] for text in (first, second))
    else:  # the classes of the two values
        first, second = (re.findall(r"(?:: |, )(\w+)", text)[:2] for text in (first, second))
    return a.kind == b.kind and first == second


def _checked(program: object) -> Failure | None:
    try:
        return check(program)  # type: ignore[arg-type]
    except Exception:
        return None


def shorter(text: str, k: int) -> str | None:
    """A text with a statement or expression made smaller; "" where it does not shrink, None behind
    the last one."""
    cut = Cut(k)
    made = ast.unparse(ast.fix_missing_locations(cut.visit(ast.parse(text))))
    if cut.number >= 0:
        return None
    return made if len(made) < len(text) and "def f" in made else ""


class Cut(ast.NodeTransformer):
    """Makes the statement or expression of a number smaller."""

    def __init__(self, number: int) -> None:
        self.number = number

    def visit(self, node: ast.AST) -> Any:
        if isinstance(node, ast.JoinedStr):
            return node
        if isinstance(node, ast.While) and self.number != 0:
            # Its test and the line that counts its rounds stay: it must end.
            self.number -= 1
            first, rest = node.body[:1], ast.Module(node.body[1:], [])
            node.body = [*first, *self.generic_visit(rest).body]
            return node
        if isinstance(node, ast.stmt | ast.expr):
            self.number -= 1
            if self.number == -1:
                return self.cut(node)
        return self.generic_visit(node)

    def cut(self, node: ast.AST) -> object:
        """What stands for a node; the body of a statement, or an operand of an expression."""
        if isinstance(node, ast.If | ast.For | ast.While):
            return node.body if len(node.body) > 1 else ast.Pass()
        if isinstance(node, ast.stmt):
            simple = isinstance(node, ast.Pass | ast.FunctionDef)
            return None if simple else ast.Pass()
        operands = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
        operands = [child for child in operands if not isinstance(child, ast.Slice)]
        return operands[-1] if operands else node


def script(failure: Failure) -> str:
    """A program for Python that shows the difference."""
    own = failure.program
    return SCRIPT.format(
        seed=own.seed,
        kind=failure.kind,
        text=failure.text.replace("\n", "\n# "),
        program=own.text.strip(),
        params=own.params,
        forms=own.forms,
        shared=own.shared,
    )
