"""Our arrays as arguments of functions that Numba compiles.

What enters is Numba, once it is imported; what leaves is Numba that knows our arrays by its public
interface for extensions: an array of ours has a type of its own, which is an array in every way,
and is read from NumPy's array over the same memory. Results are NumPy's.
"""

from __future__ import annotations

from typing import Any

import numpy

from stook._stook import ndarray

__all__ = ["register"]


def register(numba: Any) -> None:
    """Make our arrays known to Numba."""
    from numba.core import boxing
    from numba.extending import (
        box,
        lower_cast,
        models,
        register_model,
        typeof_impl,
        unbox,
    )

    class Array(numba.types.Array):  # type: ignore[misc]
        """The type of an array of ours."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.name: str = f"stook.{self.name}"

    register_model(Array)(models.ArrayModel)
    box(Array)(boxing.box_array)

    @lower_cast(Array, numba.types.Array)
    def _as_numpys(context: Any, builder: Any, kind: Any, other: Any, value: Any) -> Any:
        return value

    @typeof_impl.register(ndarray)
    def _typeof(value: Any, context: Any) -> Any:
        known = numba.typeof(numpy.asarray(value))
        return Array(
            known.dtype, known.ndim, known.layout, not known.mutable, aligned=known.aligned
        )

    @unbox(Array)
    def _unbox(kind: Any, value: Any, c: Any) -> Any:
        convert = c.pyapi.unserialize(c.pyapi.serialize_object(numpy.asarray))
        array = c.pyapi.call_function_objargs(convert, (value,))
        c.pyapi.decref(convert)
        native = boxing.unbox_array(kind, array, c)
        c.pyapi.decref(array)
        return native
