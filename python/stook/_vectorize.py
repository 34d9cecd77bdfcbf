"""A function of numbers, on whole arrays: what `stook.compat.numba.vectorize` is.

The function is compiled, and so are loops around it, which call it for each element on all threads.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy

from stook import _annotations, _number_types
from stook._element_loops import Loops, broadcast, overlap
from stook._jit import CompileError, jit
from stook._stook import Dispatcher, ndarray

__all__ = ["Vectorized", "chosen", "element_type", "empty", "vectorize"]

_KINDS = {"int": "int64", "float": "float64", "complex": "complex128", "numpy.bool": "bool"}


def vectorize(
    function: Callable[..., Any] | Any = None,
    *,
    fastmath: bool = False,
    identity: Any = None,
    target: str = "cpu",
) -> Any:
    """Make a function of numbers one of arrays: it is compiled, and called for each element.

    Parameters
    ----------
    function : callable, or one or more signatures
        A function of numbers that returns a number, such as `jit` compiles. Signatures in its
        place, as ``["f4(f4, f4)", "f8(f8, f8)"]``, make a decorator: the first that all operands
        can safely be cast to is used.
    fastmath : bool
        As `jit` has it.
    identity : number, optional
        What `reduce` makes of no elements.
    target : {"cpu", "parallel"}
        Threads share large arrays under both; ``"parallel"`` lets them share small ones too.

    Returns
    -------
    Vectorized
        A function of arrays and numbers that broadcast; ``out=`` takes the result. Of numbers it
        makes a number.

    Raises
    ------
    CompileError
        At the call, where something in the function cannot be compiled.

    Examples
    --------
    >>> import numpy
    >>> from stook.compat.numba import vectorize
    >>> @vectorize
    ... def relative(a, b):
    ...     return 0.0 if a == b else (a - b) / max(abs(a), abs(b))
    >>> relative(numpy.array([1.0, 2.0, 4.0]), 2.0)
    array([-0.5,  0. ,  0.5])
    """
    options = {"fastmath": fastmath, "identity": identity, "target": target}
    if function is None:
        return functools.partial(vectorize, **options)
    if _number_types.is_signature(function):
        known = _number_types.signatures(function)
        return lambda function: Vectorized(function, known, **options)
    return Vectorized(function, [], **options)


class Vectorized:
    """A function of numbers that takes arrays, as NumPy's ufuncs do.

    Attributes
    ----------
    nin, nout : int
        How many operands it takes, and results it makes: one.
    types : list of str
        The element types of its signatures, as ``"dd->d"``.
    """

    nout = 1
    __name__: str

    def __init__(
        self,
        function: Callable[..., Any],
        known: list[Any],
        fastmath: bool = False,
        identity: Any = None,
        target: str = "cpu",
    ) -> None:
        self._scalar = _scalar(function, known, fastmath)
        self._known = known
        self._parallel = True if target == "parallel" else None
        self._fastmath = fastmath
        self._loops = Loops(self._scalar, True, fastmath, self._parallel)
        self.identity = identity
        plain = getattr(function, "py_func", function)
        self.nin = len(_annotations.signature(plain).parameters)
        functools.update_wrapper(self, function)

    def __repr__(self) -> str:
        return f"<vectorized function {self.__name__}>"

    def __stook_meaning__(self) -> tuple[Any, ...]:
        return "elementwise", self._scalar

    @property
    def signature(self) -> None:
        """None: it is a function of elements."""
        return None

    @property
    def types(self) -> list[str]:
        """The element types of its signatures."""
        return [
            "".join(a.dtype.char for a in known.args)
            + ("->" + known.return_type.dtype.char if known.return_type else "")
            for known in self._known
        ]

    def __call__(self, *args: Any, out: Any = None) -> Any:
        """Return what the function makes of each element."""
        if len(args) == self.nin + 1 and out is None:
            args, out = args[:-1], args[-1]
        if isinstance(out, tuple):
            (out,) = out
        operands = [a if isinstance(a, numpy.ndarray | ndarray) else _number(a) for a in args]
        arrays = [a for a in operands if isinstance(a, numpy.ndarray | ndarray)]
        if not arrays and out is None:
            return self._scalar(*operands)
        shape = numpy.broadcast_shapes(*(a.shape for a in arrays))
        if self._known:
            operands = self._cast(operands)
        made = empty(shape, self._dtype(operands), arrays) if out is None else out
        if made.shape != shape:
            raise ValueError(f"the output has shape {made.shape}, the operands {shape}")
        self._fill(made, operands)
        return made[()] if out is None and shape == () else made

    def _cast(self, operands: list[Any]) -> list[Any]:
        """Return operands as the first signature has them that takes them safely."""
        known = chosen(self.__name__, self._known, [k.args for k in self._known], operands)
        pairs = zip(operands, known.args, strict=True)
        return [
            a.astype(t.dtype, copy=False) if hasattr(a, "dtype") else t.dtype.type(a)
            for a, t in pairs
        ]

    def _dtype(self, operands: list[Any]) -> numpy.dtype[Any]:
        """Return the type that the function makes of elements of these operands."""
        samples = [a.dtype.type(1) if hasattr(a, "dtype") else a for a in operands]
        if not isinstance(self._scalar, Dispatcher):
            return numpy.asarray(self._scalar(*samples)).dtype
        name = self._scalar.result_of(*samples)
        try:
            return numpy.dtype(_KINDS.get(name, name))
        except TypeError:
            text = f"an array of what the function returns, {name}, is not compiled"
            raise CompileError(text) from None

    def _fill(self, out: Any, operands: list[Any]) -> None:
        """Call the function for each element of an output."""
        own = [_look(a) if isinstance(a, ndarray) else a for a in operands]
        seen = _look(out)
        own = [broadcast(a, seen.shape, 0) if isinstance(a, numpy.ndarray) else a for a in own]
        written = numpy.empty_like(seen) if overlap(seen, own) else seen
        self._loops.run(seen.shape, [*own, written], [0] * (len(own) + 1))
        if written is not seen:
            seen[...] = written

    # -- as a ufunc -------------------------------------------------------------------------------

    def reduce(self, array: Any, axis: int | None = 0, *, keepdims: bool = False) -> Any:
        """Return what the function makes of all elements along an axis, one after another.

        Parameters
        ----------
        array : array_like
            The elements.
        axis : int or None
            The axis; None means all.
        keepdims : bool
            Leave the axis, with one element.
        """
        array = _array(array)
        if axis is None:
            whole = self.reduce(array.reshape(-1), 0)
            return numpy.reshape(whole, (1,) * array.ndim) if keepdims else whole
        array = numpy.moveaxis(_look(array), axis, -1)
        if array.shape[-1] == 0:
            if self.identity is None:
                raise ValueError(
                    f"zero-size array to reduction operation {self.__name__} which has no identity"
                )
            made = numpy.full(array.shape[:-1], self.identity)
        else:
            made = numpy.empty(array.shape[:-1], self._dtype([array, array]))
            self._folds.run(made.shape, [array, made[..., numpy.newaxis]], [1, 1])
        made = numpy.expand_dims(made, axis) if keepdims else made
        return made[()]

    def accumulate(self, array: Any, axis: int = 0) -> Any:
        """Return what the function makes of the elements along an axis up to each of them.

        Parameters
        ----------
        array : array_like
            The elements.
        axis : int
            The axis.
        """
        array = numpy.moveaxis(_look(_array(array)), axis, -1)
        made = numpy.empty(array.shape, self._dtype([array, array]))
        if array.size:
            self._scans.run(made.shape[:-1], [array, made], [1, 1])
        return numpy.moveaxis(made, -1, axis)

    def outer(self, a: Any, b: Any) -> Any:
        """Return what the function makes of each element of one array with each of another.

        Parameters
        ----------
        a, b : array_like
            The elements.
        """
        a, b = _array(a), _array(b)
        return self(a.reshape(a.shape + (1,) * b.ndim), b)

    @functools.cached_property
    def _folds(self) -> Loops:
        function = self._scalar

        def fold(values: Any, out: Any) -> None:
            total = values[0]
            for k in range(1, values.size):
                total = function(total, values[k])
            out[0] = total

        made = jit(fold, fastmath=self._fastmath, error_model="numpy")
        return Loops(made, False, self._fastmath, self._parallel)

    @functools.cached_property
    def _scans(self) -> Loops:
        function = self._scalar

        def scan(values: Any, out: Any) -> None:
            out[0] = values[0]
            for k in range(1, values.size):
                out[k] = function(out[k - 1], values[k])

        made = jit(scan, fastmath=self._fastmath, error_model="numpy")
        return Loops(made, False, self._fastmath, self._parallel)


def _scalar(function: Any, known: list[Any], fastmath: bool) -> Any:
    if isinstance(function, Dispatcher):
        return function
    if known:
        return jit(known, fastmath=fastmath, error_model="numpy")(function)
    return jit(function, fastmath=fastmath, error_model="numpy")


def chosen(name: str, known: list[Any], types: list[Any], operands: list[Any]) -> Any:
    """Return the first signature whose types operands can safely be cast to.

    Parameters
    ----------
    name : str
        The function's name, for the message.
    known : list of Signature
        The signatures.
    types : list of sequences of types
        For each, the types of its operands.
    operands : list
        Arrays and numbers.
    """
    for signature, own in zip(known, types, strict=True):
        if all(_fits(a, element_type(t)) for a, t in zip(operands, own, strict=False)):
            return signature
    raise TypeError(
        f"ufunc '{name}' not supported for the input types, and the inputs could not be safely "
        "coerced to any supported types according to the casting rule 'safe'"
    )


def element_type(kind: Any) -> numpy.dtype[Any]:
    """Return the element type of a type of numbers or arrays."""
    return numpy.dtype(getattr(kind.dtype, "dtype", kind.dtype))


def _fits(operand: Any, dtype: numpy.dtype[Any]) -> bool:
    if hasattr(operand, "dtype"):
        return numpy.can_cast(operand.dtype, dtype, "safe")
    order = "biufc"
    kind = {bool: "b", int: "i", float: "f", complex: "c"}[type(operand)]
    return order.index(kind) <= order.index(dtype.kind)


def _number(value: Any) -> Any:
    """Return a number as it is, anything else as an array."""
    if isinstance(value, bool | int | float | complex | numpy.generic):
        return value
    return numpy.asarray(value)


def _array(value: Any) -> Any:
    return value if isinstance(value, numpy.ndarray | ndarray) else numpy.asarray(value)


def empty(shape: tuple[int, ...], dtype: Any, arrays: list[Any]) -> Any:
    """Return a new array of the class that operands have."""
    if any(isinstance(a, ndarray) for a in arrays):
        import stook

        return stook.empty(shape, dtype)
    return numpy.empty(shape, dtype)


def _look(array: Any) -> Any:
    """Return an array as one of NumPy's, on the same memory."""
    return numpy.asarray(array)
