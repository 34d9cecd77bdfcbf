"""Statements of `match` as `if`s, before a function is compiled.

What is matched gets a name, item by item where it is a tuple that is written out, so that patterns
of sequences are settled by how many items they have. A pattern becomes tests and captures; a case
becomes an `if` with the cases after it as its other way. Patterns that depend on the class of what
is matched are refused, as types are known to the compiler only.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, NoReturn

Refuse = Callable[[Any, str, str], NoReturn]
"""Raises the error of a place in the syntax: message, and what to write instead."""


def rewritten(node: Any, refuse: Refuse) -> Any:
    """Return a function's syntax without statements of `match`.

    Parameters
    ----------
    node : ast.AST
        The function, which is changed.
    refuse : callable
        What raises the error of a pattern that is not compiled.

    Returns
    -------
    ast.AST
        The same node.
    """
    return _Rewriter(refuse).visit(node)


class _Rewriter(ast.NodeTransformer):
    """Puts assignments and `if`s in the place of each `match`."""

    def __init__(self, refuse: Refuse) -> None:
        self._refuse = refuse
        self._made = 0

    def visit_Match(self, node: ast.Match) -> list[ast.stmt]:
        """Return the statements that do what a `match` does."""
        self.generic_visit(node)
        made: list[ast.stmt] = []
        subject = self._named(node.subject, made)
        made += self._cases(node.cases, subject)
        return made

    def _name(self, what: str) -> str:
        # No variable of the program's, nor of a comprehension's, is called so.
        self._made += 1
        return f"match.{what}{self._made}"

    def _named(self, value: ast.expr, made: list[ast.stmt]) -> ast.expr:
        """Give a name to what is matched, or to each item of a tuple that is written out."""
        if isinstance(value, ast.Tuple) and not _has_star(value.elts):
            items = [self._named(item, made) for item in value.elts]
            return ast.copy_location(ast.Tuple(items, ast.Load()), value)
        name = self._name("subject")
        made.append(_assigned(name, value, value))
        return ast.copy_location(ast.Name(name, ast.Load()), value)

    def _cases(self, cases: list[ast.match_case], subject: ast.expr) -> list[ast.stmt]:
        if not cases:
            return []
        case, pattern = cases[0], cases[0].pattern
        rest = self._cases(cases[1:], subject)
        captures: list[tuple[str, ast.expr]] = []
        tests = self._tests(pattern, subject, captures)
        bound: list[ast.stmt] = [_assigned(name, value, pattern) for name, value in captures]
        if case.guard is None:
            return _branch(tests, bound + case.body, rest, pattern)
        if not tests:
            return bound + _branch([case.guard], case.body, rest, pattern)
        if not bound:
            return _branch([*tests, case.guard], case.body, rest, pattern)
        # The guard reads what was captured, and the cases after it follow where either fails.
        fits = self._name("fits")
        one_way = [*bound, _assigned(fits, _truth(case.guard), case.guard)]
        other_way = [_assigned(fits, ast.Constant(False), pattern)]
        return [
            *_branch(tests, one_way, other_way, pattern),
            *_branch([ast.Name(fits, ast.Load())], case.body, rest, pattern),
        ]

    def _tests(
        self, pattern: ast.pattern, subject: ast.expr, captures: list[tuple[str, ast.expr]]
    ) -> list[ast.expr]:
        """Return what must all hold for a pattern to fit, and add what it captures."""
        match pattern:
            case ast.MatchValue(value):
                if isinstance(subject, ast.Tuple) and not isinstance(value, ast.Attribute):
                    return [_never(pattern)]
                return [_compared(subject, ast.Eq(), value, pattern)]
            case ast.MatchSingleton(None):
                return [_compared(subject, ast.Is(), ast.Constant(None), pattern)]
            case ast.MatchAs(inner, name):
                tests = [] if inner is None else self._tests(inner, subject, captures)
                if name is not None:
                    captures.append((name, subject))
                return tests
            case ast.MatchOr(alternatives):
                return self._any(alternatives, subject)
            case ast.MatchSequence(items):
                return self._sequence(pattern, items, subject, captures)
            case ast.MatchSingleton():
                self._refuse(
                    pattern,
                    "a pattern of True or False is not compiled",
                    "ask by a guard: case flag if flag",
                )
        self._refuse(
            pattern,
            "a pattern of a class or mapping is not compiled",
            "compare what the value holds, by if",
        )

    def _any(self, alternatives: list[ast.pattern], subject: ast.expr) -> list[ast.expr]:
        ways = []
        for alternative in alternatives:
            captures: list[tuple[str, ast.expr]] = []
            ways.append(self._tests(alternative, subject, captures))
            if captures:
                self._refuse(
                    alternative,
                    "a name in one of several patterns is not compiled",
                    "write a case for each of them",
                )
        if not all(ways):
            return []
        place = alternatives[0]
        return [_placed(ast.BoolOp(ast.Or(), [_all(way, place) for way in ways]), place)]

    def _sequence(
        self,
        pattern: ast.pattern,
        items: list[ast.pattern],
        subject: ast.expr,
        captures: list[tuple[str, ast.expr]],
    ) -> list[ast.expr]:
        if not isinstance(subject, ast.Tuple):
            self._refuse(
                pattern,
                "a pattern of a sequence is compiled where a tuple is written out in the match",
                "write its items after match: match a, b",
            )
        values = list(subject.elts)
        stars = [k for k, item in enumerate(items) if isinstance(item, ast.MatchStar)]
        if stars:
            star = items[stars[0]]
            if isinstance(star, ast.MatchStar) and star.name is not None:
                self._refuse(star, "a name for several items is not compiled", "write *_")
            if len(values) < len(items) - 1:
                return [_never(pattern)]
            after = len(items) - 1 - stars[0]
            values = values[: stars[0]] + values[len(values) - after :]
            items = items[: stars[0]] + items[stars[0] + 1 :]
        pairs = list(zip(items, values, strict=False))
        tests = [test for item, value in pairs for test in self._tests(item, value, captures)]
        return tests if len(items) == len(values) else [_never(pattern)]


def _has_star(items: list[ast.expr]) -> bool:
    return any(isinstance(item, ast.Starred) for item in items)


def _placed(made: Any, place: Any) -> Any:
    """Return new syntax that stands where other syntax does."""
    return ast.fix_missing_locations(ast.copy_location(made, place))


def _never(place: Any) -> ast.expr:
    """Return a test that the compiler knows to fail, so that it leaves out what hangs on it."""
    return _placed(ast.Constant(None), place)


def _assigned(name: str, value: ast.expr, place: Any) -> ast.stmt:
    return _placed(ast.Assign([ast.Name(name, ast.Store())], value), place)


def _compared(left: ast.expr, op: ast.cmpop, right: ast.expr, place: Any) -> ast.expr:
    return _placed(ast.Compare(left, [op], [right]), place)


def _truth(value: ast.expr) -> ast.expr:
    """Return the bool of a value."""
    return _placed(ast.UnaryOp(ast.Not(), ast.UnaryOp(ast.Not(), value)), value)


def _all(tests: list[ast.expr], place: Any) -> ast.expr:
    return tests[0] if len(tests) == 1 else _placed(ast.BoolOp(ast.And(), tests), place)


def _branch(
    tests: list[ast.expr], then: list[ast.stmt], rest: list[ast.stmt], place: Any
) -> list[ast.stmt]:
    """Return an `if`, or its one way where nothing is asked."""
    if not tests:
        return then
    return [_placed(ast.If(_all(tests, place), then, rest), place)]
