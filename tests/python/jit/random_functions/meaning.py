"""What a random function means: Python and NumPy, but for what compiled functions do otherwise on
purpose.

An int of Python's has 64 bits and wraps; beside a float it is one first. Elementary functions are
those of the package's own table, which is held to NumPy elsewhere. The syntax of a function enters,
with calls of `as_` where ways join; a function leaves.
"""

from __future__ import annotations

import ast
import math
import operator
from typing import Any

import numpy
import stook

from .kinds import as_kind

LEAST = -(2**63)
SIGNS = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%",
    ast.Pow: "**", ast.LShift: "<<", ast.RShift: ">>", ast.BitAnd: "&", ast.BitOr: "|",
    ast.BitXor: "^", ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">",
    ast.GtE: ">=",
}  # fmt: skip
OPERATORS = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "//": operator.floordiv, "%": operator.mod, "**": operator.pow, "<<": operator.lshift,
    ">>": operator.rshift, "&": operator.and_, "|": operator.or_, "^": operator.xor,
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le,
    ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
COMPLEX = {"*": "multiply", "/": "divide"}
INEXACT = """
    exp exp2 expm1 log1p sin cos tan arctan arcsinh tanh hypot arctan2 cbrt logaddexp
""".split()  # noqa: SIM905
OF_ZEROS = "maximum minimum fmax fmin".split()  # noqa: SIM905
"""Of zeros of two signs NumPy gives the one or the other, by the length of an array."""
OF_COMPLEX = "sqrt square reciprocal absolute multiply divide true_divide".split()  # noqa: SIM905
OF_MATH = {"atan": "arctan", "asinh": "arcsinh", "atan2": "arctan2"}


def wrapped(value: Any) -> Any:
    """An int of Python's in 64 bits; anything else as it is."""
    if type(value) is int and not LEAST <= value < -LEAST:
        return (value - LEAST) % 2**64 + LEAST
    return value


def is_int(value: Any) -> bool:
    """Whether it is Python's own, or a bool."""
    return type(value) in (int, bool)


def binary(sign: str, a: Any, b: Any) -> Any:
    """An operator."""
    if is_int(a) and is_int(b):
        if sign == "/":
            return float(a) / float(b)
        if sign == "**" and b >= 0:
            return wrapped(pow(int(a), int(b), 2**64))
        if sign == "<<" and b >= 64:
            return 0
    elif sign in COMPLEX and isinstance(a + b, complex | numpy.complexfloating):
        return of_complex(sign, a, b)
    elif sign == "**":
        return power(a, b)
    elif type(a) is float and is_int(b):
        b = float(b)
    elif type(b) is float and is_int(a):
        a = float(a)
    return wrapped(OPERATORS[sign](a, b))


def of_complex(sign: str, a: Any, b: Any) -> Any:
    """A product or quotient of complex numbers, as the table has it."""
    pythons = type(a + b) is complex
    if pythons and sign == "/" and b == 0:
        raise ZeroDivisionError
    made = getattr(stook, COMPLEX[sign])(a, b)
    return complex(made) if pythons else made


def power(a: Any, b: Any) -> Any:
    """A power that is not one of ints: of Python's floats, the square is a product."""
    if isinstance(a, numpy.generic):
        return stook.power(a, b)
    if b == 2:
        return a * a
    return float(stook.power(numpy.float64(a), numpy.float64(b)))


def squared(a: Any) -> Any:
    """A power by a two that is written so: of floats, a product."""
    return a * a if isinstance(a, float | numpy.floating) else binary("**", a, 2)


def absolute(value: Any) -> Any:
    """The size of a number; of a complex one as the table has it."""
    if not isinstance(value, complex | numpy.complexfloating):
        return wrapped(abs(value))
    made = stook.absolute(value)
    return float(made) if type(value) is complex else made


def rounding(function: Any) -> Any:
    """A function that makes an int of a number: one too large for 64 bits is the least of them."""

    def rounded(value: Any = 0) -> Any:
        if isinstance(value, numpy.integer):
            return wrapped(int(value))
        made = function(value)
        in_range = type(made) is not int or LEAST <= made < -LEAST
        return made if in_range else wrapped(made) if is_int(value) else LEAST

    return rounded


def of_numpy(name: str) -> Any:
    """A function of NumPy's, by the package's table where it is not exact."""
    found = getattr(stook, name, None)
    own = name in INEXACT or name in OF_ZEROS or name in OF_COMPLEX
    return found if own else getattr(numpy, name)


def of_math(name: str) -> Any:
    """A function of `math`, most of them on floats."""
    if name in ("floor", "ceil", "trunc"):
        return rounding(getattr(math, name))
    if name == "gcd":
        return lambda *args: wrapped(math.gcd(*(wrapped(int(a)) for a in args)))
    ufunc = OF_MATH.get(name, name)
    if ufunc not in INEXACT:
        return getattr(math, name)
    return lambda *args: float(getattr(stook, ufunc)(*(numpy.float64(a) for a in args)))


class Names:
    """A module whose names are looked up by a function."""

    def __init__(self, look_up: Any) -> None:
        self.look_up = look_up

    def __getattr__(self, name: str) -> Any:
        return self.look_up(name)


class Meaning(ast.NodeTransformer):
    """Operators as calls of the functions above."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        return operated(node.op, node.left, node.right)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        return node if isinstance(node.op, ast.Not) else call("wrapped_", node)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        sign = SIGNS.get(type(node.ops[0]))
        if sign is None or len(node.ops) > 1:
            return node
        return call("binary_", ast.Constant(sign), node.left, *node.comparators)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.target, ast.Name):
            return node  # an element of NumPy's, whose place is found once
        old = ast.Name(node.target.id, ast.Load())
        return ast.Assign([node.target], operated(node.op, old, node.value))


def operated(op: ast.operator, left: ast.expr, right: ast.expr) -> ast.Call:
    """An operator as a call."""
    if isinstance(op, ast.Pow) and ast.unparse(right) == "2":
        return call("squared_", left)
    return call("binary_", ast.Constant(SIGNS[type(op)]), left, right)


def call(name: str, *args: ast.expr) -> ast.Call:
    """A call of a function by name."""
    return ast.Call(ast.Name(name, ast.Load()), list(args), [])


def namespace() -> dict[str, Any]:
    """What the functions of a program see."""
    return {
        "jit": lambda function: function,
        "np": Names(of_numpy),
        "math": Names(of_math),
        "as_": as_kind,
        "binary_": binary,
        "squared_": squared,
        "wrapped_": wrapped,
        "int": rounding(int),
        "round": rounding(round),
        "abs": absolute,
        "divmod": lambda a, b: (binary("//", a, b), binary("%", a, b)),
    }


def function(tree: ast.Module, names: dict[str, Any] | None = None) -> Any:
    """The last function of a program, which sees these names too."""
    space = namespace() | (names or {})
    meant = ast.fix_missing_locations(Meaning().visit(ast.parse(ast.unparse(tree))))
    exec(compile(meant, "<meaning>", "exec"), space)
    return space["f"]
