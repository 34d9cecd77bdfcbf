"""A function of small arrays, over leading axes: what `stook.compat.numba.guvectorize` is.

The function writes into its last arguments. What it takes of each operand is a layout of names for
axes, as in NumPy's generalised ufuncs; all axes before those broadcast, and the loops over them are
compiled.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

import numpy

from stook import _number_types
from stook._element_loops import Loops, broadcast
from stook._jit import jit
from stook._stook import ndarray
from stook._vectorize import chosen, element_type, empty

__all__ = ["GUVectorized", "guvectorize"]


def guvectorize(
    known: Any, layout: str | None = None, *, fastmath: bool = False, target: str = "cpu"
) -> Any:
    """Make a function of small arrays one of arrays with more axes, which broadcast.

    Parameters
    ----------
    known : one or more signatures
        Types of the operands and of the outputs, which come last, as ``"void(f8[:], f8, f8[:])"``.
        The first that all operands can safely be cast to is used. Without it (the layout comes
        first), the function is compiled for the types of each call, which gives the outputs.
    layout : str
        Names of the axes that the function takes of each, as ``"(n),()->(n)"``.
    fastmath : bool
        As `jit` has it.
    target : {"cpu", "parallel"}
        Threads share large arrays under both; ``"parallel"`` lets them share small ones too.

    Returns
    -------
    callable
        A decorator; what it makes takes arrays, and outputs after them or as ``out=``.

    Examples
    --------
    >>> import numpy
    >>> from stook.compat.numba import guvectorize
    >>> @guvectorize("void(f8[:], f8[:], f8[:])", "(n),(n)->()")
    ... def distance(a, b, out):
    ...     out[0] = 0.0
    ...     for k in range(a.size):
    ...         out[0] += (a[k] - b[k]) ** 2
    >>> distance(numpy.eye(3), numpy.ones(3))
    array([2., 2., 2.])
    """
    if layout is None:
        known, layout = [], known
    read = _number_types.signatures(known) if known else []
    return lambda function: GUVectorized(function, read, layout, fastmath, target)


class GUVectorized:
    """A function of small arrays that takes arrays with more axes, as generalised ufuncs do.

    Attributes
    ----------
    signature : str
        The layout.
    nin, nout : int
        How many operands it takes, and outputs it writes.
    """

    __name__: str

    def __init__(
        self,
        function: Callable[..., Any],
        known: list[Any],
        layout: str,
        fastmath: bool = False,
        target: str = "cpu",
    ) -> None:
        self.signature = layout.replace(" ", "")
        ins, outs = _axes(self.signature)
        self.nin, self.nout, self._axes = len(ins), len(outs), ins + outs
        self._known = [_without_result(signature) for signature in known]
        for signature in self._known:
            self._check(signature)
        self._function = jit(function, fastmath=fastmath, error_model="numpy", boundscheck=False)
        parallel = True if target == "parallel" else None
        self._loops = Loops(self._function, False, fastmath, parallel)
        functools.update_wrapper(self, function)
        if hasattr(self._function, "prepare"):
            for signature in self._known:
                self._function.prepare(signature.described[0])

    def __repr__(self) -> str:
        return f"<vectorized function {self.__name__} of {self.signature}>"

    def __stook_meaning__(self) -> tuple[Any, ...]:
        return ("overloaded",)

    def _implementation(self, types: list[Any], named: dict[str, Any]) -> Any:
        """Return what compiled code calls: the function, where no axes are before its own."""
        axes = [getattr(kind, "ndim", 0) for kind in types]
        own = [max(len(names), k >= self.nin) for k, names in enumerate(self._axes)]
        return self._function if axes == own and not named else None

    @property
    def types(self) -> list[str]:
        """The element types of its signatures, as ``"dd->d"``."""
        letters = [[element_type(t).char for t in known.args] for known in self._known]
        return ["".join(row[: self.nin]) + "->" + "".join(row[self.nin :]) for row in letters]

    def _check(self, signature: Any) -> None:
        if len(signature.args) != len(self._axes):
            raise TypeError(f"{signature} has not as many types as {self.signature} has operands")
        for number, (kind, axes) in enumerate(zip(signature.args, self._axes, strict=True)):
            ndim = getattr(kind, "ndim", 0)
            if ndim != len(axes) and not (ndim == 1 and not axes):
                raise TypeError(
                    f"operand {number} is {kind}, and the layout {self.signature} gives it "
                    f"{len(axes)} axes"
                )

    def __call__(self, *args: Any, out: Any = None) -> Any:
        """Return the outputs of the function for each index into the leading axes."""
        if not self.nin <= len(args) <= self.nin + self.nout:
            counts = f"from {self.nin} to {self.nin + self.nout}" if self.nout else str(self.nin)
            found = f"{len(args)} were given" if len(args) != 1 else "1 was given"
            raise TypeError(f"{self.__name__}() takes {counts} positional arguments but {found}")
        given = list(args[self.nin :]) or list(out if isinstance(out, tuple) else [out])
        given = [item for item in given if item is not None]
        operands = [a if isinstance(a, numpy.ndarray | ndarray) else _value(a) for a in args]
        operands = operands[: self.nin]
        known = self._chosen(operands, given)
        seen = [
            numpy.asarray(a, known and element_type(t)) for a, t in self._typed(operands, known)
        ]
        sizes, leading = self._sizes(seen, given)
        outs = given or self._outputs(known, (*leading,), sizes, operands)
        self._run(leading, seen, outs, known)
        results = [o if o.shape != () or given else o[()] for o in outs]
        return results[0] if self.nout == 1 else tuple(results)

    def _typed(self, operands: list[Any], known: Any) -> list[tuple[Any, Any]]:
        types = known.args if known else [None] * len(operands)
        return list(zip(operands, types, strict=False))

    def _chosen(self, operands: list[Any], given: list[Any]) -> Any:
        """Return the signature for operands; nothing where there is none at all."""
        if self._known:
            ins = [known.args[: self.nin] for known in self._known]
            return chosen(self.__name__, self._known, ins, operands)
        if len(given) < self.nout:
            raise TypeError(
                f"{self.__name__}() has no signatures, so the types of its outputs are not known: "
                "pass them after the operands, or give it signatures"
            )
        return None

    def _sizes(self, seen: list[Any], given: list[Any]) -> tuple[dict[str, int], tuple[int, ...]]:
        """Return the lengths of the layout's axes, and the leading shape."""
        sizes: dict[str, int] = {}
        leading = []
        all_of = [("Input", k, a) for k, a in enumerate(seen)]
        all_of += [("Output", k, a) for k, a in enumerate(given)]
        for axes, (kind, number, array) in zip(self._axes, all_of, strict=False):
            if array.ndim < len(axes):
                raise ValueError(
                    f"{self.__name__}: {kind} operand {number} does not have enough dimensions "
                    f"(has {array.ndim}, gufunc core with signature {self.signature} requires "
                    f"{len(axes)})"
                )
            first = array.ndim - len(axes)
            if kind == "Input":
                leading.append(array.shape[:first])
            for k, (axis, size) in enumerate(zip(axes, array.shape[first:], strict=True)):
                expected = int(axis) if axis.isdigit() else sizes.setdefault(axis, size)
                if expected != size:
                    raise ValueError(
                        f"{self.__name__}: {kind} operand {number} has a mismatch in its core "
                        f"dimension {k}, with gufunc signature {self.signature} (size {size} is "
                        f"different from {expected})"
                    )
        shape = numpy.broadcast_shapes(*leading)
        for number, (axes, array) in enumerate(zip(self._axes[self.nin :], given, strict=False)):
            own = array.shape[: array.ndim - len(axes)]
            if numpy.broadcast_shapes(own, shape) != own:
                raise ValueError(
                    f"non-broadcastable output operand {number} with shape {own} doesn't match "
                    f"the broadcast shape {shape}"
                )
            shape = own
        return sizes, shape

    def _outputs(
        self, known: Any, leading: tuple[int, ...], sizes: dict[str, int], operands: list[Any]
    ) -> list[Any]:
        """Return new outputs."""
        arrays = [a for a in operands if hasattr(a, "shape")]
        made = []
        for number, axes in enumerate(self._axes[self.nin :]):
            missing = [axis for axis in axes if not axis.isdigit() and axis not in sizes]
            if missing:
                raise ValueError(
                    f"{self.__name__}: Output operand {number} has core dimension "
                    f"{axes.index(missing[0])} unspecified, with gufunc signature {self.signature}"
                )
            core = tuple(int(axis) if axis.isdigit() else sizes[axis] for axis in axes)
            dtype = element_type(known.args[self.nin + number])
            made.append(empty(leading + core, dtype, arrays))
        return made

    def _run(self, leading: tuple[int, ...], seen: list[Any], outs: list[Any], known: Any) -> None:
        cores = [len(axes) for axes in self._axes]
        written = []
        for number, out in enumerate(outs):
            look = numpy.asarray(out)
            dtype = element_type(known.args[self.nin + number]) if known else look.dtype
            alone = all(not numpy.may_share_memory(look, a) for a in seen)
            written.append(look if look.dtype == dtype and alone else look.astype(dtype))
        operands = []
        for number, (array, core) in enumerate(zip([*seen, *written], cores, strict=True)):
            array = broadcast(array, leading, core)
            if core == 0 and (number >= self.nin or self._is_array(known, number)):
                array, cores[number] = array[..., numpy.newaxis], 1
            operands.append(array)
        self._loops.run(leading, operands, cores)
        for out, made in zip(outs, written, strict=True):
            look = numpy.asarray(out)
            if made is not look and not _is(made, look):
                numpy.copyto(look, made, casting="same_kind")

    def _is_array(self, known: Any, number: int) -> bool:
        """Return whether a signature takes an operand without axes as an array of one element."""
        return known is not None and hasattr(known.args[number], "ndim")


def _is(a: Any, b: Any) -> bool:
    return bool(a.__array_interface__["data"] == b.__array_interface__["data"])


def _value(value: Any) -> Any:
    if isinstance(value, bool | int | float | complex):
        return value
    return numpy.asarray(value)


def _without_result(signature: Any) -> Any:
    if signature.return_type not in (None, _number_types.none):
        raise TypeError(f"{signature}: a function of small arrays writes its outputs: return void")
    return signature


def _axes(layout: str) -> tuple[list[list[str]], list[list[str]]]:
    """Return the names of each operand's axes in a layout, and of each output's."""
    one = r"\((?:\w+(?:,\w+)*)?\)"
    if not re.fullmatch(rf"(?:{one}(?:,{one})*)?->(?:{one}(?:,{one})*)?|{one}(?:,{one})*", layout):
        raise ValueError(f"the layout {layout!r} is not like '(n),(n)->()'")
    ins, _, outs = layout.partition("->")
    read = [re.findall(r"\(([^)]*)\)", side) for side in (ins, outs)]
    names = [[[name for name in axes.split(",") if name] for axes in side] for side in read]
    return names[0], names[1]
