"""Blocks of compiled functions that run in Python: ``with objmode(y="f8"):``.

Before a function is compiled, each such block becomes a function of its own, of what the block
reads to what it declares, and the block a call of it, which is made outside of compiled code.
"""

from __future__ import annotations

import ast
import copy
from typing import Any

import numpy

from stook import _generated, _number_types

__all__ = ["lifted", "objmode"]


class objmode:
    """Run a block of a compiled function in Python.

    Parameters
    ----------
    **types : type or str
        The types of variables that the block gives values to, for what follows: no others leave it.

    Examples
    --------
    >>> import stook
    >>> from stook.compat.numba import objmode
    >>> @stook.jit
    ... def digits(n):
    ...     with objmode(count="i8"):
    ...         count = len(str(n))
    ...     return count
    >>> digits(12345)
    5
    """

    def __init__(self, *args: Any, **types: Any) -> None:
        self.types = types

    def __enter__(self) -> None:
        return None

    def __exit__(self, *error: object) -> None:
        return None


class Block:
    """A block as a function."""

    def __init__(self, function: Any, types: list[Any]) -> None:
        self._function, self._types = function, types
        self.__name__ = f"the block of objmode in {function.__name__}()"
        described = [kind.described for kind in types]
        whole = described[0] if len(types) == 1 else ("tuple", *described)
        self.__stook_result__ = whole if types else ("none",)

    def __stook_meaning__(self) -> tuple[Any, ...]:
        return "outside", "objmode"

    def __call__(self, *args: Any) -> Any:
        """Run the block on what it reads; return what it declares."""
        found = self._function(*args)
        made = [_converted(v, kind) for v, kind in zip(found, self._types, strict=True)]
        return None if not made else made[0] if len(made) == 1 else tuple(made)


def _converted(value: Any, kind: Any) -> Any:
    if isinstance(kind, _number_types.Number):
        return kind.converted(value)
    if isinstance(kind, _number_types.Array):
        value = numpy.asarray(value)
        if value.dtype != kind.dtype.dtype or value.ndim != kind.ndim:  # type: ignore[attr-defined]
            raise TypeError(
                f"a block of objmode made an array of {value.dtype}, {kind} is declared"
            )
    return value


def lifted(function: Any, tree: Any, line: int, column: int) -> Any:
    """Return a function's syntax with calls in place of its blocks of objmode.

    Parameters
    ----------
    function : function
        The function; it gets the blocks' functions as an attribute.
    tree : ast.AST
        Its syntax.
    line, column : int
        How far that lies from the start of its file.
    """
    if not any(isinstance(node, ast.With) for node in ast.walk(tree)):
        return tree
    lifter = _Lifter(function, copy.deepcopy(tree), line, column)
    made = lifter.visit(lifter.tree)
    if lifter.blocks:
        function.__stook_blocks__ = lifter.blocks
    return made


class _Lifter(ast.NodeTransformer):
    def __init__(self, function: Any, tree: Any, line: int, column: int) -> None:
        self.function, self.tree = function, tree
        self.line, self.column = line, column
        self.blocks: dict[str, Block] = {}
        cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
        closure = {name: cell.cell_contents for name, cell in cells if _generated.is_filled(cell)}
        self.scope = function.__globals__ | closure

    def visit_With(self, node: ast.With) -> Any:
        call = node.items[0].context_expr
        called = self._value(call.func) if isinstance(call, ast.Call) else None
        ways = getattr(called, "__stook_with__", None)
        if isinstance(call, ast.Call) and ways is not None:
            return self._spelled_out(node, call.args, ways)
        if not isinstance(call, ast.Call) or called is not objmode:
            self.generic_visit(node)
            return node
        types = {str(word.arg): self._type(word.value) for word in call.keywords}
        name = f"__objmode_{len(self.blocks)}__"
        reads = self._reads(node)
        self.blocks[name] = Block(self._helper(node, reads, list(types)), list(types.values()))
        names: list[ast.expr] = [ast.Name(read, ast.Load()) for read in reads]
        made = ast.Call(ast.Name(name, ast.Load()), names, [])
        targets: list[ast.expr] = [ast.Name(word, ast.Store()) for word in types]
        if not targets:
            replaced: ast.stmt = ast.Expr(made)
        else:
            one = targets[0] if len(targets) == 1 else ast.Tuple(targets, ast.Store())
            replaced = ast.Assign([one], made)
        ast.copy_location(made, call)
        return ast.fix_missing_locations(ast.copy_location(replaced, call))

    def _spelled_out(self, node: ast.With, args: list[ast.expr], ways: tuple[Any, Any]) -> Any:
        """Return a block as what is called before it and, with what that returned, after it."""
        self.generic_visit(node)
        kept = f"__with_{len(self.blocks)}__"
        enter, leave = (f"__objmode_{len(self.blocks) + k}__" for k in range(2))
        self.blocks |= {enter: ways[0], leave: ways[1]}
        first = ast.Call(ast.Name(enter, ast.Load()), args, [])
        last = ast.Call(ast.Name(leave, ast.Load()), [ast.Name(kept, ast.Load())], [])
        made: list[ast.stmt] = [
            ast.Assign([ast.Name(kept, ast.Store())], first),
            ast.Try(node.body, [], [], [ast.Expr(last)]),
        ]
        return [ast.fix_missing_locations(ast.copy_location(stmt, node)) for stmt in made]

    def _value(self, expression: ast.expr) -> Any:
        """Return what an expression is where the function was defined; None where it is nothing."""
        try:
            code = compile(ast.Expression(copy.deepcopy(expression)), "<objmode>", "eval")
            return eval(code, self.scope)
        except Exception:
            return None

    def _type(self, expression: ast.expr) -> Any:
        found = self._value(expression)
        if isinstance(found, str):
            found = _number_types.type_of_text(found)
        if not isinstance(found, _number_types.Type):
            raise TypeError(f"objmode declares types, not {ast.unparse(expression)}")
        return found

    def _reads(self, node: ast.With) -> list[str]:
        """Return the function's variables that a block reads before it gives them values."""
        inside = {id(n) for statement in node.body for n in ast.walk(statement)}
        stores = [n for n in ast.walk(self.tree) if _is_store(n) and id(n) not in inside]
        outside = {n.id for n in stores if isinstance(n, ast.Name)}
        outside |= {arg.arg for arg in self.tree.args.args}
        reads: list[str] = []
        given: set[str] = set()
        for statement in node.body:
            names = [n for n in ast.walk(statement) if isinstance(n, ast.Name)]
            for name in names:
                is_read = isinstance(name.ctx, ast.Load) or isinstance(statement, ast.AugAssign)
                if is_read and name.id in outside - given and name.id not in reads:
                    reads.append(name.id)
            if isinstance(statement, ast.Assign | ast.AnnAssign):
                given |= {name.id for name in names if isinstance(name.ctx, ast.Store)}
        return reads

    def _helper(self, node: ast.With, reads: list[str], gives: list[str]) -> Any:
        result = ast.Tuple([ast.Name(name, ast.Load()) for name in gives], ast.Load())
        body = [*copy.deepcopy(node.body), ast.Return(result)]
        args = ast.arguments([], [ast.arg(name) for name in reads], None, [], [], None, [])
        made = ast.FunctionDef(self.function.__name__, args, body, [])
        ast.copy_location(made, node)
        ast.fix_missing_locations(made)
        for inner in ast.walk(made):
            if isinstance(inner, ast.expr | ast.stmt) and inner.end_col_offset is not None:
                inner.col_offset += self.column
                inner.end_col_offset += self.column
        ast.increment_lineno(made, self.line)
        return _generated.function_of(made, self.function, {})


def _is_store(node: ast.AST) -> Any:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
