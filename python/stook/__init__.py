"""NumPy programs, bundled into compiled calls.

`import stook as np` and go on as before: calls on arrays are recorded and run in bundles when a
value is asked for. Names that are not native yet are NumPy's, on the same memory, and counted
(see `stook.report`).
"""

from typing import Any

from stook import _fallback
from stook._array import *
from stook._creation import *
from stook._fallback import FallbackError
from stook._ipython import load_ipython_extension, unload_ipython_extension
from stook._report import report
from stook._shape import *
from stook._statistics import *
from stook._stook import ndarray, sync, ufunc, ufuncs
from stook._swap import install, uninstall
from stook._warn import errstate, seterr

globals().update(ufuncs)
abs = ufuncs.get("absolute", _fallback.function("abs"))


def __getattr__(name: str) -> Any:
    """Return NumPy's own `name`, for our arrays."""
    value = _fallback.function(name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return every public name of NumPy's, and ours."""
    import numpy

    return sorted({*globals(), *dir(numpy)})
