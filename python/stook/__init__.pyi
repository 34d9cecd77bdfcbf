# NumPy's names have NumPy's own types, so a program may say `import stook as np` and be checked as
# before; to a checker, an array of ours is one of NumPy's. Below are the names that NumPy lacks.

from numpy import *
from numpy import ufunc

from stook._cfunc import carray as carray
from stook._cfunc import cfunc as cfunc
from stook._cfunc import farray as farray
from stook._explain import explain as explain
from stook._extern import extern as extern
from stook._fallback import FallbackError as FallbackError
from stook._guvectorize import guvectorize as guvectorize
from stook._ipython import load_ipython_extension as load_ipython_extension
from stook._ipython import unload_ipython_extension as unload_ipython_extension
from stook._jit import CompileError as CompileError
from stook._jit import RaceError as RaceError
from stook._jit import jit as jit
from stook._jit import njit as njit
from stook._jit import prange as prange
from stook._jitclass import jitclass as jitclass
from stook._meanings import overload as overload
from stook._objmode import objmode as objmode
from stook._report import report as report
from stook._stencil import stencil as stencil
from stook._swap import install as install
from stook._swap import uninstall as uninstall
from stook._verify import VerifyError as VerifyError
from stook._verify import verify as verify

ufuncs: dict[str, ufunc]
"""The native ufuncs by name; `where`, `clip`, `real` and `imag` are among them."""

def counters() -> dict[str, int]: ...
def get_num_threads() -> int: ...
def set_num_threads(count: int) -> None: ...
def sync() -> None: ...
