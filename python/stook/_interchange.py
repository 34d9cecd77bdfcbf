"""How arrays pass to and from other libraries: the array API's namespace, devices, DLPack.

Memory is handed out as NumPy hands out its own. It is shared for as long as the other side holds
it, and nothing is computed, so none of this counts as a fallback. There is one device, ``"cpu"``.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy

from stook._stook import look, ndarray, wrap

__all__ = ["from_dlpack"]

_DEVICE = "cpu"


def from_dlpack(x: Any, /, *, device: Any = None, copy: bool | None = None) -> Any:
    """Return an array on the memory of another library's array, by way of DLPack.

    Parameters
    ----------
    x : object
        Has ``__dlpack__`` and ``__dlpack_device__``, and memory that the processor reaches.
    device : None or "cpu"
        Where the result shall lie.
    copy : bool, optional
        True for memory of its own; False to fail rather than copy.

    Returns
    -------
    array
        Shares the memory of `x` unless copied.

    Raises
    ------
    BufferError, ValueError, TypeError
        Where NumPy raises them.

    Examples
    --------
    >>> import stook as np
    >>> a = np.arange(3)
    >>> b = np.from_dlpack(a)
    >>> b[0] = 7
    >>> print(a)
    [7 1 2]
    """
    if type(x) is ndarray and device in (None, _DEVICE):
        return x.copy() if copy else x.view()
    return wrap(numpy.from_dlpack(x, device=device, copy=copy))


def _namespace(self: Any, *, api_version: Any = None) -> Any:
    """Return the module `stook`, which follows the array API standard up to 2024.12."""
    numpy.empty(0).__array_namespace__(api_version=api_version)  # refuses versions as NumPy does
    return sys.modules["stook"]


def _to_device(self: Any, device: Any, /, *, stream: Any = None) -> Any:
    """Return the array itself, which lies on the only device there is."""
    if device != _DEVICE or stream is not None:
        numpy.empty(0).to_device(device, stream=stream)
    return self


def _dlpack(
    self: Any,
    *,
    stream: Any = None,
    max_version: tuple[int, int] | None = None,
    dl_device: tuple[int, int] | None = None,
    copy: bool | None = None,
) -> Any:
    """Return a DLPack capsule that shares the memory, or has a copy."""
    options = {"max_version": max_version, "dl_device": dl_device, "copy": copy}
    return self.__array__().__dlpack__(stream=stream, **options)


def _dlpack_device(self: Any) -> tuple[int, int]:
    """Return DLPack's numbers for the kind of device and which one it is."""
    return numpy.empty(0).__dlpack_device__()


def _array_wrap(self: Any, array: Any, context: Any = None, return_scalar: Any = False, /) -> Any:
    """Return a result that NumPy computed as an array of ours, or as a scalar if it may be one."""
    made = wrap(array)
    return made[()] if return_scalar and made.ndim == 0 else made


def _array_struct(self: Any) -> Any:
    """The memory's layout, as a capsule for C."""
    return self.__array__().__array_struct__


def _sizeof(self: Any) -> int:
    """Return the object's bytes, with those of shape and strides, and of elements that it owns."""
    places = 2 * numpy.intp().itemsize * self.ndim
    return object.__sizeof__(self) + places + (self.nbytes if self.base is None else 0)


def _complex(self: Any) -> complex:
    """Return the one element as a complex number."""
    return numpy.ndarray.__complex__(look(self))


def _setflags(self: Any, write: Any = None, align: Any = None, uic: Any = None) -> None:
    """Let the array be written, or not."""
    if (align is not None and not align) or uic:
        numpy.empty(0).setflags(align=align, uic=uic)
    if write is not None and bool(write) != self._writeable:
        self.flags.writeable = bool(write)


def _methods() -> dict[str, Any]:
    named = {
        "__array_namespace__": _namespace,
        "__complex__": _complex,
        "__sizeof__": _sizeof,
        "__array_wrap__": _array_wrap,
        "__dlpack__": _dlpack,
        "__dlpack_device__": _dlpack_device,
        "setflags": _setflags,
        "to_device": _to_device,
    }
    for name, function in named.items():
        function.__name__, function.__qualname__ = name, f"ndarray.{name}"
    return named


for _name, _value in _methods().items():
    setattr(ndarray, _name, _value)
ndarray.__array_struct__ = property(_array_struct)
