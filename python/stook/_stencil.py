"""Kernels of neighbours: what `stook.compat.numba.stencil` is.

The kernel says what one element becomes, by indices that count from that element. Its syntax is put
into a nest of loops over all elements whose neighbours exist, which is compiled like any other: the
innermost loop becomes vectors, rounds of the outermost run on all threads.
"""

from __future__ import annotations

import ast
import copy
import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy

from stook import _annotations, _number_types
from stook._creation import full
from stook._element_loops import PARALLEL
from stook._generated import function_of
from stook._jit import CompileError, jit, parsed, prange
from stook._stook import Dispatcher, ndarray
from stook._vectorize import empty

__all__ = ["Stencil", "stencil"]


def stencil(
    func_or_mode: Callable[..., Any] | str = "constant",
    *,
    cval: Any = None,
    neighborhood: Sequence[tuple[int, int]] | None = None,
    standard_indexing: Sequence[str] = (),
    fastmath: bool = False,
) -> Any:
    """Make a function of neighbours one of whole arrays.

    Parameters
    ----------
    func_or_mode : callable or "constant"
        The kernel: its first parameter is an array that it indexes from the element at hand, as
        ``a[0, -1]``, and what it returns becomes the element of the result.
    cval : number, optional
        What elements become that lack a neighbour; None means 0.
    neighborhood : sequence of (int, int), optional
        The first and last index along each axis; None means those that stand in the kernel.
    standard_indexing : sequence of str
        Parameters that are indexed as arrays are.
    fastmath : bool
        As `jit` has it.

    Returns
    -------
    Stencil
        A function of the kernel's arguments; ``out=`` takes the result, whose elements without all
        neighbours then stay what they are unless `cval` is given.

    Examples
    --------
    >>> import numpy
    >>> from stook.compat.numba import stencil
    >>> @stencil
    ... def mean(a):
    ...     return (a[-1] + a[0] + a[1]) / 3
    >>> mean(numpy.array([3.0, 3.0, 9.0, 0.0]))
    array([0., 5., 4., 0.])
    """
    options = Options(cval, neighborhood, tuple(standard_indexing), bool(fastmath))
    if callable(func_or_mode):
        return Stencil(func_or_mode, options)
    if func_or_mode != "constant":
        raise ValueError(f"the mode of a stencil is 'constant', not {func_or_mode!r}")
    return lambda function: Stencil(function, options)


class Options(NamedTuple):
    """What `stencil` is given beside the kernel."""

    cval: Any = None
    neighborhood: Sequence[tuple[int, int]] | None = None
    standard_indexing: tuple[str, ...] = ()
    fastmath: bool = False


class Stencil:
    """A function of neighbours that takes whole arrays."""

    __name__: str

    def __init__(self, function: Callable[..., Any], options: Options) -> None:
        self._kernel = _Kernel(function, options)
        self._cval = options.cval
        self._fastmath = options.fastmath
        self._loops: dict[bool, Any] = {}
        self._results: dict[Any, Any] = {}
        self._inner: dict[Any, Any] = {}
        functools.update_wrapper(self, function)

    def __repr__(self) -> str:
        return f"<stencil {self.__name__}>"

    def __stook_meaning__(self) -> tuple[Any, ...]:
        return ("overloaded",)

    def _implementation(self, types: list[Any], named: dict[str, Any]) -> Any:
        """Return what compiled code calls where arguments have these types."""
        if named or len(types) != len(self._kernel.params):
            return None
        at = [("number", "int64", True)] * len(self._kernel.reach)
        key = (*(kind.described for kind in types), *at)
        if key not in self._inner:
            value = 0 if self._cval is None else self._cval
            made = self._kernel.whole(value, self._result(key), self._loop(True))
            self._inner[key] = jit(made)
        return self._inner[key]

    @property
    def neighborhood(self) -> list[tuple[int, int]]:
        """The first and last index along each axis."""
        return self._kernel.reach

    def __call__(self, *args: Any, out: Any = None) -> Any:
        """Return the result of the kernel for each element."""
        kernel = self._kernel
        bound = kernel.bind(args)
        seen = [numpy.asarray(a) if isinstance(a, ndarray) else a for a in bound]
        first = seen[kernel.relative[0]]
        shape = kernel.check(seen)
        dtype = self._dtype(seen) if out is None else None
        made = empty(shape, dtype, list(bound)) if out is None else out
        look = numpy.asarray(made)
        if look.shape != shape:
            raise ValueError(f"the output has shape {look.shape}, the first array {shape}")
        if any(numpy.may_share_memory(look, a) for a in seen if isinstance(a, numpy.ndarray)):
            seen = [a.copy() if isinstance(a, numpy.ndarray) else a for a in seen]
        if out is None or self._cval is not None:
            self._fill_borders(look)
        self._loop(first.size >= PARALLEL)(*seen, look)
        return made

    def _fill_borders(self, out: Any) -> None:
        value = 0 if self._cval is None else self._cval
        if not numpy.can_cast(numpy.asarray(value).dtype, out.dtype, "same_kind"):
            raise ValueError(
                f"the cval {value!r} does not fit the type of the results, {out.dtype}"
            )
        for axis, (low, high) in enumerate(self._kernel.reach):
            part = [slice(None)] * out.ndim
            for edge in (slice(None, max(-low, 0)), slice(out.shape[axis] - max(high, 0), None)):
                part[axis] = slice(0, None) if edge.start is not None and edge.start < 0 else edge
                out[tuple(part)] = value

    def _dtype(self, seen: list[Any]) -> Any:
        """Return the type of what the kernel makes of arguments like these."""
        at = [0] * len(self._kernel.reach)
        if not isinstance(self._kernel.alone, Dispatcher):
            first = [-low for low, _ in self._kernel.reach]
            sides = [high - low + 1 for low, high in self._kernel.reach]
            samples = [
                numpy.ones(sides, a.dtype) if k in self._kernel.relative else a
                for k, a in enumerate(seen)
            ]
            return numpy.asarray(self._kernel.alone(*samples, *first)).dtype
        types = [_number_types.typeof(a).described for a in [*seen, *at]]
        return self._result(tuple(types))

    def _result(self, types: tuple[Any, ...]) -> Any:
        if types in self._results:
            return self._results[types]
        found = _number_types.from_described(self._kernel.alone.infer(list(types)))
        if not isinstance(found, _number_types.Number):
            raise CompileError(f"{self.__name__}() returns {found}, where a number is expected")
        self._results[types] = found.dtype
        return found.dtype

    def _loop(self, at_once: bool) -> Any:
        if at_once not in self._loops:
            self._loops[at_once] = jit(
                self._kernel.loops(),
                boundscheck=not self._kernel.is_constant,
                parallel=at_once,
                fastmath=self._fastmath,
                error_model="numpy",
            )
        return self._loops[at_once]


class _Kernel:
    """A kernel's syntax, and the functions that are made of it."""

    def __init__(self, function: Callable[..., Any], options: Options) -> None:
        self.function = function
        self.params = list(_annotations.signature(function).parameters)
        standard = options.standard_indexing
        unknown = set(standard) - set(self.params)
        if unknown:
            raise ValueError(f"standard_indexing names {min(unknown)!r}, which is no parameter")
        tree, line, column = parsed(function)
        self.tree = ast.increment_lineno(copy.deepcopy(tree), line)
        for node in ast.walk(self.tree):
            if isinstance(node, ast.expr | ast.stmt) and node.end_col_offset is not None:
                node.col_offset += column
                node.end_col_offset += column
        indices = _Indices([p for p in self.params if p not in standard])
        indices.visit(self.tree)
        if not indices.found:
            raise ValueError(f"the kernel {function.__name__}() indexes no array from its element")
        names = [name for name, _ in indices.found]
        self.relative = [k for k, p in enumerate(self.params) if p in names]
        if self.params[0] in standard:
            raise ValueError("the first parameter of a kernel is indexed from its element")
        self.is_constant = all(None not in index for _, index in indices.found)
        self.reach = self._reach([index for _, index in indices.found], options)
        self.at = [f"__index_{axis}__" for axis in range(len(self.reach))]
        self.tree = _Shifted(names, self.at).visit(self.tree)
        self.alone = jit(self._alone(), boundscheck=not self.is_constant, error_model="numpy")

    def _reach(self, indices: list[list[int | None]], options: Options) -> list[tuple[int, int]]:
        ndim = len(indices[0])
        if any(len(index) != ndim for index in indices):
            raise ValueError("a kernel's arrays have one number of axes")
        given = options.neighborhood
        if given is not None:
            if len(given) != ndim:
                raise ValueError(f"{len(given)} pairs in neighborhood for {ndim} axes")
            return [(int(low), int(high)) for low, high in given]
        if not self.is_constant:
            raise ValueError(
                "an index in the kernel is no number that stands in the source: say by "
                "neighborhood= how far it reaches"
            )
        columns = [[index[axis] or 0 for index in indices] for axis in range(ndim)]
        return [(min(0, *column), max(0, *column)) for column in columns]

    def bind(self, args: tuple[Any, ...]) -> list[Any]:
        """Return the arguments of a call, arrays as arrays."""
        if len(args) != len(self.params):
            raise TypeError(
                f"{self.function.__name__}() takes {len(self.params)} positional arguments but "
                f"{len(args)} were given"
            )
        is_array = [isinstance(a, numpy.ndarray | ndarray) for a in args]
        return [
            numpy.asarray(a) if k in self.relative and not known else a
            for k, (a, known) in enumerate(zip(args, is_array, strict=True))
        ]

    def check(self, seen: list[Any]) -> tuple[int, ...]:
        """Return the shape of the result, which no array that is indexed from it falls short of."""
        first = seen[self.relative[0]].shape
        for k in self.relative:
            own = seen[k].shape
            if len(own) != len(self.reach):
                raise ValueError(
                    f"{self.params[k]!r} has {len(own)} axes, the kernel indexes {len(self.reach)}"
                )
            if any(a < b for a, b in zip(own, first, strict=True)):
                raise ValueError(
                    f"{self.params[k]!r} of shape {own} is smaller than the first array, {first}"
                )
        return tuple(first)

    # -- functions --------------------------------------------------------------------------------

    def _alone(self) -> Any:
        """Return the function of one element: the kernel with the element's indices."""
        tree = copy.deepcopy(self._definition())
        tree.args.args += [ast.arg(name) for name in self.at]
        return function_of(tree, self.function, {})

    def _definition(self) -> ast.FunctionDef:
        if isinstance(self.tree, ast.FunctionDef):
            self.tree.decorator_list, self.tree.returns = [], None
            return self.tree
        assert isinstance(self.tree, ast.Lambda)
        body: list[ast.stmt] = [ast.Return(self.tree.body)]
        made = ast.FunctionDef("kernel", self.tree.args, body, [])
        return ast.copy_location(made, self.tree)

    def loops(self) -> Any:
        """Return the function of whole arrays, whose last parameter takes the result."""
        tree = copy.deepcopy(self._definition())
        element = ast.Subscript(_name("__result__"), _tuple(self.at), ast.Store())
        *body, last = tree.body
        if isinstance(last, ast.Return) and last.value and not any(map(_returns, body)):
            written = ast.copy_location(ast.Assign([element], last.value), last)
            inner: list[ast.stmt] = [*body, written]
        else:
            args = [_name(name) for name in [*self.params, *self.at]]
            inner = [ast.Assign([element], ast.Call(_name("__kernel__"), args, []))]
        for axis in reversed(range(len(self.at))):
            low, high = self.reach[axis]
            length = ast.Subscript(
                ast.Attribute(_name(self.params[self.relative[0]]), "shape", ast.Load()),
                ast.Constant(axis),
                ast.Load(),
            )
            stop = ast.BinOp(length, ast.Sub(), ast.Constant(max(high, 0)))
            ends: list[ast.expr] = [ast.Constant(max(-low, 0)), stop]
            walk = ast.Call(_name("prange" if axis == 0 else "range"), ends, [])
            inner = [ast.For(ast.Name(self.at[axis], ast.Store()), walk, inner, [])]
        tree.body = [ast.copy_location(inner[0], tree)]
        tree.args.args.append(ast.arg("__result__"))
        space = {"prange": prange, "__kernel__": self.alone}
        return function_of(tree, self.function, space)

    def whole(self, value: Any, dtype: Any, loops: Any) -> Any:
        """Return the function that makes the result too, for calls from compiled code."""
        params = ", ".join(self.params)
        made = ast.parse(
            f"def kernel({params}):\n"
            f"    __result__ = __full__({self.params[0]}.shape, __value__, __dtype__)\n"
            f"    __loops__({params}, __result__)\n"
            "    return __result__\n"
        ).body[0]
        assert isinstance(made, ast.FunctionDef)
        for node in ast.walk(made):
            ast.copy_location(node, self.tree)
        space = {"__full__": full, "__value__": value, "__dtype__": dtype.type}
        return function_of(made, self.function, space | {"__loops__": loops})


class _Indices(ast.NodeVisitor):
    """The indices of arrays in a kernel: numbers, or None where they are not known."""

    def __init__(self, params: list[str]) -> None:
        self.params = params
        self.found: list[tuple[str, list[int | None]]] = []

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if isinstance(node.value, ast.Name) and node.value.id in self.params:
            if not isinstance(node.ctx, ast.Load):
                raise ValueError("a kernel assigns to no array: it returns what an element becomes")
            items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            self.found.append((node.value.id, [_constant(item) for item in items]))
        self.generic_visit(node)


class _Shifted(ast.NodeTransformer):
    """Indices from an element as indices into whole arrays."""

    def __init__(self, params: list[str], at: list[str]) -> None:
        self.params, self.at = params, at

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        if not (isinstance(node.value, ast.Name) and node.value.id in self.params):
            return node
        items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        moved = [_sum(at, item) for at, item in zip(self.at, items, strict=True)]
        node.slice = moved[0] if len(moved) == 1 else ast.Tuple(moved, ast.Load())
        return ast.copy_location(ast.fix_missing_locations(node), node)


def _sum(at: str, item: ast.expr) -> ast.expr:
    known = _constant(item)
    if known == 0:
        return ast.copy_location(_name(at), item)
    if known is not None and known < 0:
        made = ast.BinOp(_name(at), ast.Sub(), ast.Constant(-known))
    else:
        made = ast.BinOp(_name(at), ast.Add(), item)
    return ast.copy_location(made, item)


def _constant(item: ast.expr) -> int | None:
    """Return the number that an index is, or None."""
    if isinstance(item, ast.UnaryOp) and isinstance(item.op, ast.USub):
        known = _constant(item.operand)
        return None if known is None else -known
    is_int = isinstance(item, ast.Constant) and type(item.value) is int
    return item.value if is_int else None  # type: ignore[attr-defined,no-any-return]


def _returns(statement: ast.stmt) -> bool:
    return any(isinstance(node, ast.Return) for node in ast.walk(statement))


def _name(name: str) -> ast.expr:
    return ast.Name(name, ast.Load())


def _tuple(names: list[str]) -> ast.expr:
    items = [_name(name) for name in names]
    return items[0] if len(items) == 1 else ast.Tuple(items, ast.Load())
