"""The benchmark of names has a call of every native one, which gives what NumPy gives."""

import io
import sys
from pathlib import Path

import numpy
import pytest
import stook
from compare import check, falling_back

sys.path.append(str(Path(__file__).resolve().parents[2] / "bench"))
import calls
import names

NATIVE = names.native()
# Results that show whatever was in memory, an address, an object of ours, or no order.
WITHOUT_VALUE = {
    "empty", "empty_like", "ndarray.base", "ndarray.ctypes", "ndarray.data", "ndarray.dumps",
    "ndarray.flags", "ndarray.flat", "unique_values",
}  # fmt: skip
# What native functions ask of NumPy within, and count.
ASKED = [
    "bincount", "linalg.eigvals", "linalg.inv",
    "linalg.lstsq", "ndarray.argsort", "ndarray.partition", "ndarray.searchsorted",
    "ndarray.sort", "sort",
]  # fmt: skip


# What stands on either side of the element that is in its place has no order.
PARTITIONS = {"partition", "ndarray.partition"}


def run(call, np):
    """Return what a call gives, and the arrays that it may have written."""
    made = {
        name: np.asarray(value) if isinstance(value, numpy.ndarray) else value
        for name, value in calls.operands(100).items()
    }
    return eval(call, made | {"np": np, "N": io.BytesIO()}), made["h"], made["H"]


def sides(np, partitioned):
    """Return the middle element, and those before and after it in order."""
    k = partitioned.size // 2
    return partitioned[k], np.sort(partitioned[:k]), np.sort(partitioned[k + 1 :])


@pytest.mark.parametrize("name", NATIVE)
@pytest.mark.filterwarnings("ignore")
def test_benchmarked_call_is_numpys_and_native(name):
    call = NATIVE[name]
    with falling_back(*ASKED):
        if name in WITHOUT_VALUE:
            run(call, stook)
        elif name in PARTITIONS:
            check(lambda np: [sides(np, made) for made in run(call, np)[:2] if made is not None])
        else:
            check(lambda np: run(call, np), rtol=1e-9)
