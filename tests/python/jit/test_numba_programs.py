"""Programs in the manner of Numba's guide run with only the import changed.

Each is written for Numba; what it computes is compared with NumPy or plain Python.
"""

import math
import subprocess
import sys
import textwrap

import numpy as np
import pytest
from stook.compat import numba
from stook.compat.numba import (
    cfunc,
    guvectorize,
    jit,
    njit,
    objmode,
    prange,
    stencil,
    types,
    vectorize,
)


def test_mandelbrot():
    @njit
    def escapes(x, y, most):
        c, z = complex(x, y), 0j
        for k in range(most):
            z = z * z + c
            if z.real * z.real + z.imag * z.imag >= 4:
                return k
        return most

    @njit(parallel=True)
    def picture(low, high, bottom, top, image, most):
        height, width = image.shape
        for i in prange(width):
            x = low + i * (high - low) / width
            for j in range(height):
                image[j, i] = escapes(x, bottom + j * (top - bottom) / height, most)
        return image

    image = picture(-2.0, 1.0, -1.0, 1.0, np.zeros((20, 30), np.uint8), 20)
    expected = np.zeros_like(image)
    for j in range(20):
        for i in range(30):
            expected[j, i] = escapes.py_func(-2 + i * 0.1, -1 + j * 0.1, 20)
    assert (image == expected).mean() > 0.99


def test_trace_of_hyperbolic_tangents():
    @jit(nopython=True, cache=True)
    def go_fast(a):
        trace = 0.0
        for i in range(a.shape[0]):
            trace += np.tanh(a[i, i])
        return a + trace

    x = np.arange(100).reshape(10, 10)
    assert np.allclose(go_fast(x), x + np.tanh(np.diag(x)).sum())


def test_darts_for_pi():
    @njit(nogil=True, fastmath=True)
    def share(points):
        inside = 0
        for k in range(len(points)):
            inside += math.hypot(points[k, 0], points[k, 1]) < 1
        return 4.0 * inside / len(points)

    points = np.random.default_rng(0).random((20000, 2))
    assert share(points) == 4 * (np.hypot(*points.T) < 1).mean()


def test_bubble_sort_with_a_signature():
    @jit("void(f4[:])")
    def bubble(values):
        for end in range(len(values), 1, -1):
            for k in range(end - 1):
                if values[k] > values[k + 1]:
                    values[k], values[k + 1] = values[k + 1], values[k]

    values = np.random.default_rng(1).random(50).astype("f4")
    expected = np.sort(values)
    bubble(values)
    assert np.array_equal(values, expected)


def test_ufuncs_by_signatures_and_methods():
    @vectorize(
        [
            "int32(int32, int32)",
            "int64(int64, int64)",
            "float32(float32, float32)",
            "float64(float64, float64)",
        ]
    )
    def f(x, y):
        return x + y

    a = np.arange(12).reshape(3, 4)
    assert np.array_equal(f.reduce(a, axis=0), a.sum(0))
    assert np.array_equal(f.accumulate(a, axis=1), a.cumsum(1))
    assert f(np.linspace(0, 1, 4), np.ones(4)).dtype == np.float64
    assert f(a.astype("f4"), a.astype("f4")).dtype == np.float32


def test_moving_mean_by_a_layout():
    @guvectorize(["void(float64[:], intp[:], float64[:])"], "(n),()->(n)", target="parallel")
    def move_mean(a, window, out):
        width = window[0]
        total, count = 0.0, 0
        for i in range(width):
            total += a[i]
            count += 1
            out[i] = total / count
        for i in range(width, len(a)):
            total += a[i] - a[i - width]
            out[i] = total / count

    found = move_mean(np.arange(20, dtype=np.float64).reshape(2, 10), 3)
    expected = [np.convolve(row, np.ones(3) / 3, "valid") for row in np.arange(20.0).reshape(2, 10)]
    assert np.allclose(found[:, 2:], expected)


def test_heat_flows_by_a_stencil():
    @stencil
    def step(u):
        return 0.2 * (u[0, 0] + u[0, 1] + u[1, 0] + u[0, -1] + u[-1, 0])

    @njit
    def flow(u, rounds):
        for _ in range(rounds):
            u = step(u)
        return u

    u = np.zeros((9, 9))
    u[4, 4] = 1.0
    found = flow(u, 2)
    assert np.isclose(found.sum(), 1.0) and np.array_equal(found, found.T)
    assert np.isclose(found[4, 4], 0.2)


def test_integrals_of_compiled_integrands():
    integrate = pytest.importorskip("scipy.integrate")
    import scipy

    @cfunc("float64(float64)")
    def integrand(t):
        return np.exp(-t) / t**2

    def plain(t):
        return np.exp(-t) / t**2

    found = integrate.quad(scipy.LowLevelCallable(integrand.ctypes), 1, np.inf)[0]
    assert np.isclose(found, integrate.quad(plain, 1, np.inf)[0])


def test_a_callback_on_memory_of_c():
    signature = types.void(
        types.CPointer(types.double), types.CPointer(types.double), types.intc, types.intc
    )

    @cfunc(signature)
    def add_rows(source, target, m, n):
        rows = numba.carray(source, (m, n))
        out = numba.carray(target, (n,))
        for i in range(m):
            for j in range(n):
                out[j] += rows[i, j]

    a, out = np.arange(6.0).reshape(2, 3), np.zeros(3)
    pointer = add_rows.ctypes.argtypes[0]
    add_rows.ctypes(a.ctypes.data_as(pointer), out.ctypes.data_as(pointer), 2, 3)
    assert np.array_equal(out, a.sum(0))


def test_a_block_in_python():
    @njit
    def shout(n):
        total = 0
        for k in range(n):
            total += k
        with objmode(length="intp"):
            length = len(f"{total:,}")
        return length

    assert shout(1000) == len("499,500")


PROGRAM = """
import numba
import numba as nb
import numpy as np
from numba import njit, prange, types, float64
from numba.extending import overload
from numba.typed import List
import numba.typed

try:
    import numba.cuda
except ModuleNotFoundError as error:
    assert error.name == "stook.compat.numba.cuda", error

assert numba.__name__ == "stook.compat.numba", numba.__name__

@njit(float64(float64[:]), parallel=True)
def total(a):
    s = 0.0
    for k in prange(a.size):
        s += a[k]
    return s

@nb.vectorize
def twice(x):
    return 2 * x

assert numba.typed.List is List and List.__module__ == "stook.typed"
print(total(np.arange(5.0)), twice(np.arange(3)).tolist(), types.int64 is nb.int64)
"""


@pytest.mark.parametrize("option", [["--swap", "numpy,numba"], ["--swap=numba"]])
def test_the_runner_swaps_numba(tmp_path, option):
    (tmp_path / "program.py").write_text(PROGRAM)
    command = [sys.executable, "-m", "stook", *option, "program.py"]
    made = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (made.stdout, made.stderr) == ("10.0 [0, 2, 4] True\n", "")


def test_install_swaps_numba_for_the_callers_folder(tmp_path):
    lines = ["import stook", "stook.install(swap=['numba'])", "import importlib", PROGRAM]
    lines.append("print(importlib.import_module('numba.types').__name__, np.__name__)")
    lines.append("import other\nprint(other.name)")
    (tmp_path / "program.py").write_text(textwrap.dedent("\n".join(lines)))
    (tmp_path / "other.py").write_text("from numba import errors, njit\nname = errors.__name__\n")
    command = [sys.executable, "program.py"]
    made = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    expected = [
        "10.0 [0, 2, 4] True",
        "stook.compat.numba.types numpy",
        "stook.compat.numba.errors",
    ]
    assert (made.stdout.splitlines(), made.stderr) == (expected, "")


def test_the_runner_refuses_other_packages(tmp_path):
    command = [sys.executable, "-m", "stook", "--swap", "scipy", "program.py"]
    made = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert made.returncode == 2 and "--swap needs numpy, numba or both" in made.stderr


# -- modules and settings -------------------------------------------------------------------------


def run_swapped(folder, program):
    (folder / "program.py").write_text(textwrap.dedent(program))
    command = [sys.executable, "-m", "stook", "--swap", "numba", "program.py"]
    made = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr


def test_modules_are_there_under_their_names(tmp_path):
    program = """
        import numba
        from numba import config, literal_unroll, literally, njit, threading_layer
        from numba.core import errors, types
        from numba.core.errors import NumbaPerformanceWarning, TypingError
        from numba.core.types import float64, intp
        from numba.typed import Dict, List, Set
        assert types is numba.types and errors is numba.errors
        assert TypingError is numba.core.errors.TypingError
        assert issubclass(NumbaPerformanceWarning, Warning)
        config.THREADING_LAYER = "threadsafe"
        assert config.THREADING_LAYER == "threadsafe"
        assert config.NUMBA_NUM_THREADS == numba.get_num_threads()
        assert isinstance(threading_layer(), str)
        d = Dict.empty(key_type=types.int64, value_type=types.ListType(float64))
        d[3] = [1.5]

        @njit
        def f(d, s, n):
            total = 0.0
            for item in literal_unroll((1, 2.5, n)):
                total += item
            s.add(7)
            for value in d[3]:
                total += value
            return total + literally(n)

        s = Set.empty(intp)
        assert f(d, s, 4) == 13.0
        assert s == {7} and type(s) is Set
    """
    run_swapped(tmp_path, program)


def test_a_module_is_compiled_at_once(tmp_path):
    program = """
        from numba import jit, jit_module

        def inc(x):
            return x + 1

        def add(x, y):
            return x + inc(y)

        @jit(nogil=True)
        def mul(x, y):
            return x * y

        kept = mul
        jit_module(error_model="numpy")
        assert mul is kept
        assert add(3, 4) == 8 and add.signatures and inc.py_func(1) == 2
    """
    run_swapped(tmp_path, program)


def test_diagnostics_are_printed(capsys):
    @njit(parallel=True)
    def total(x):
        found = 0
        for i in prange(x.size):
            found += x[i]
        return found

    assert total(np.arange(10)) == 45
    total.parallel_diagnostics(level=4)
    assert "on all threads: 1" in capsys.readouterr().out


def test_a_body_may_be_dots():
    @guvectorize(["void(f8[:,:], f8[:,:], f8[:,:])"], "(m,n),(n,p)->(m,p)")
    def f(a, b, result):
        """Fill `result`."""
        ...

    assert f(np.ones((2, 3)), np.ones((3, 4))).shape == (2, 4)
