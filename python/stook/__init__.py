"""NumPy programs, bundled into compiled calls.

`import stook as np` and go on as before: calls on arrays are recorded and run in bundles when a
value is asked for. Names that are not native yet are NumPy's, on the same memory, and counted
(see `stook.report`). On a processor without kernels every name is NumPy's own.
"""

import importlib as _importlib
import os as _os
from typing import Any as _Any

import numpy as _numpy

from stook import (
    _einops,
    _fallback,
    _libraries,
    _plain,
    _signatures,
    _stook,
    _ufunc_methods,
    _verify,
    _warn,
)
from stook._applying import *
from stook._array import *
from stook._bits import *
from stook._blocks import *
from stook._closeness import *
from stook._complex_branches import *
from stook._contractions import *
from stook._convolution import *
from stook._cores import *
from stook._covariance import *
from stook._creation import *
from stook._diagonals import *
from stook._differences import *
from stook._explain import explain
from stook._extern import *
from stook._fallback import FallbackError
from stook._flat_places import *
from stook._frequencies import *
from stook._gradient import *
from stook._grids import *
from stook._histograms import *
from stook._index_tricks import *
from stook._interchange import *
from stook._ipython import load_ipython_extension, unload_ipython_extension
from stook._jit import *
from stook._joining import *
from stook._kinds import *
from stook._likes import *
from stook._linear import *
from stook._matrices import *
from stook._medians import *
from stook._moments import *
from stook._nan_quantiles import *
from stook._nan_statistics import *
from stook._norms import *
from stook._outer_products import *
from stook._padding import *
from stook._parts import *
from stook._pickling import *
from stook._pieces import *
from stook._polynomials import *
from stook._products import *
from stook._quantiles import *
from stook._report import report
from stook._searching import *
from stook._selecting import *
from stook._sequences import *
from stook._sets import *
from stook._shape import *
from stook._sorting import *
from stook._statistics import *
from stook._stook import (
    counters,
    flatiter,
    get_num_threads,
    ndarray,
    set_num_threads,
    sync,
    ufunc,
    ufuncs,
)
from stook._swap import install, uninstall
from stook._verify import VerifyError, verify
from stook._windows import *

if _os.environ.get("STOOK_VERIFY", "0") not in ("", "0"):
    _verify.at_exit()


def _ufuncs() -> dict[str, _Any]:
    """Return ufuncs under each of NumPy's names for them, such as `mod` for `remainder`."""
    found = dict(ufuncs)
    for name, value in vars(_numpy).items():
        if isinstance(value, _numpy.ufunc) and value.__name__ in ufuncs:
            found[name] = ufuncs[value.__name__]
    return found


# A function composed around a ufunc stands before it.
globals().update({name: row for name, row in _ufuncs().items() if name not in globals()})

if _plain.reason() is None:
    _stook.begin()
    _warn.watch()
    _einops.watch()
    _libraries.watch()
    _signatures.show_numpys(globals())
else:
    _plain.take_over(globals())


_LATER = {
    "carray": "_cfunc",
    "cfunc": "_cfunc",
    "farray": "_cfunc",
    "guvectorize": "_guvectorize",
    "jitclass": "_jitclass",
    "objmode": "_objmode",
    "overload": "_meanings",
    "stencil": "_stencil",
}
"""Names of ours that few programs use, by the modules that are imported for them."""


def __getattr__(name: str) -> _Any:
    """Return a name of ours that is imported when it is used, or NumPy's own, for our arrays."""
    if name in _LATER:
        value = getattr(_importlib.import_module(f"stook.{_LATER[name]}"), name)
    else:
        value = _fallback.function(name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return every public name of NumPy's, and ours."""
    return sorted({*globals(), *_LATER, *dir(_numpy)})
