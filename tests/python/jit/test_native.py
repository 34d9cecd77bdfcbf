"""Functions that C calls, and functions of other languages that compiled code calls."""

import ctypes
import shutil
import subprocess
import sys

import numpy as np
import pytest
import stook
from stook import CompileError, jit
from stook.compat import numba
from stook.compat.numba import carray, types

LIBM = "libm.so.6"


@pytest.fixture(scope="module")
def cbrt():
    return stook.extern(LIBM, "cbrt", "f8(f8)")


def compiled_by(tmp_path, compiler, name, source, *flags):
    """Return a shared library made of a few lines of a language."""
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is absent")
    file = tmp_path / name
    file.write_text(source)
    library = tmp_path / f"{file.stem}.so"
    subprocess.run([compiler, "-shared", "-fPIC", *flags, "-o", library, file], check=True)
    return str(library)


# -- functions that C calls -----------------------------------------------------------------------


def test_c_calls_a_compiled_function():
    @numba.cfunc("f8(f8, f8)")
    def distance(x, y):
        return (x * x + y * y) ** 0.5

    assert distance.ctypes(3, 4) == 5.0
    assert distance(3.0, 4.0) == 5.0
    assert distance.native_name.startswith("cfunc.")
    called = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double, ctypes.c_double)(distance.address)
    assert called(6, 8) == 10.0
    assert "define" in distance.inspect_llvm()


def test_narrow_numbers_cross_in_their_width():
    for name, value in [("i1", -3), ("u1", 200), ("i2", -300), ("u4", 2**31), ("i8", -(2**40))]:
        assert numba.cfunc(f"{name}({name})")(lambda x: x).ctypes(value) == value
    assert numba.cfunc("b1(i4)")(lambda x: x > 3).ctypes(4) is True
    assert numba.cfunc("f4(f4)")(lambda x: x / 3).ctypes(1) == np.float32(1) / np.float32(3)


def test_pointers_are_arrays_of_a_shape():
    @numba.cfunc(types.void(types.CPointer(types.double), types.CPointer(types.double), types.intc))
    def running(values, out, n):
        a, b = carray(values, (n,)), carray(out, n)
        total = 0.0
        for k in range(n):
            total += a[k]
            b[k] = total
        values[0] = -values[1]

    a, out = np.arange(1.0, 6), np.zeros(5)
    pointer = ctypes.POINTER(ctypes.c_double)
    assert running.ctypes(a.ctypes.data_as(pointer), out.ctypes.data_as(pointer), 5) is None
    assert out.tolist() == [1, 3, 6, 10, 15]
    assert a[0] == -2

    @numba.cfunc("f8(voidptr, i8, i8)")
    def corner(data, rows, columns):
        by_columns = numba.farray(data, (rows, columns), np.float32)
        return by_columns[1, 0] + 10 * by_columns[0, 1]

    table = np.array([[1, 2], [3, 4]], "f4")
    assert corner.ctypes(table.ctypes.data, 2, 2) == 2 + 30


def test_c_sorts_by_a_compiled_order():
    @numba.cfunc("i4(f8*, f8*)")
    def order(a, b):
        return (a[0] > b[0]) - (a[0] < b[0])

    values = np.random.default_rng(0).random(100)
    qsort = ctypes.CDLL(None).qsort
    qsort.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t, ctypes.c_void_p]
    qsort.restype = None
    qsort(values.ctypes.data, values.size, values.itemsize, order.address)
    assert np.array_equal(values, np.sort(values))


def test_exceptions_and_output_of_a_function_that_c_calls(capsys):
    @numba.cfunc("f8(i8)")
    def item(k):
        print("item", k)
        a = np.zeros(3)
        a[k] = 2.0
        return a[k] + 1

    with pytest.MonkeyPatch.context() as patch:
        caught = []
        patch.setattr(sys, "unraisablehook", lambda hook: caught.append(hook.exc_value))
        assert item.ctypes(2) == 3.0
        assert item.ctypes(5) == 0.0
    assert capsys.readouterr().out == "item 2\nitem 5\n"
    assert [type(error) for error in caught] == [IndexError]


def test_what_c_has_not_is_refused():
    with pytest.raises(TypeError, match="C passes no array"):
        numba.cfunc("f8(f8[:])")(lambda a: a[0])
    with pytest.raises(TypeError, match="C's functions return no complex"):
        numba.cfunc("c16(f8)")(lambda a: a * 1j)
    with pytest.raises(TypeError, match="does not say what it returns"):
        numba.cfunc("(f8,)")(lambda a: a)
    with pytest.raises(TypeError, match="cannot make calls outside"):
        numba.cfunc("f8(f8)")(lambda a: np.linalg.det(np.eye(2)) + a)


def test_scipy_integrates_compiled_functions():
    integrate = pytest.importorskip("scipy.integrate")
    from scipy import LowLevelCallable

    square = numba.cfunc("f8(f8)")(lambda x: x * x)
    assert np.isclose(integrate.quad(LowLevelCallable(square.ctypes), 0, 3)[0], 9)

    @numba.cfunc(types.float64(types.intc, types.CPointer(types.float64)))
    def plane(n, xx):
        x = carray(xx, (n,))
        return x[0] + 2 * x[1]

    found = integrate.dblquad(LowLevelCallable(plane.ctypes), 0, 1, 0, 1)[0]
    assert np.isclose(found, 1.5)


def test_a_function_for_c_is_called_by_compiled_code_too():
    half = numba.cfunc("f8(f8)")(lambda x: x / 2)
    assert jit(lambda x: half(x) + 1)(3) == 2.5


# -- functions of other languages -----------------------------------------------------------------


def test_a_function_of_c_in_compiled_code(cbrt):
    @jit
    def total(a):
        s = 0.0
        for x in a:
            s += cbrt(x)
        return s

    a = np.arange(10.0)
    assert np.isclose(total(a), np.cbrt(a).sum())
    assert np.isclose(total.interpret(a), np.cbrt(a).sum())
    assert str(cbrt.address) not in total.text(0, "asm") + total.text(0, "llvm")
    whole = jit(lambda a: cbrt(a) + 1)
    assert np.allclose(whole(a), np.cbrt(a) + 1)
    assert np.allclose(jit(lambda a: cbrt(2 * a))(a.reshape(2, 5)), np.cbrt(2 * a).reshape(2, 5))


def test_a_function_of_c_is_a_ufunc(cbrt):
    a = np.linspace(-5, 5, 40000)
    assert np.allclose(cbrt(a), np.cbrt(a))
    assert np.allclose(cbrt(a[::2].reshape(2, -1).T), np.cbrt(a[::2].reshape(2, -1).T))
    assert isinstance(cbrt(stook.asarray(a)), stook.ndarray)
    assert cbrt(8) == 2.0
    out = np.empty(3)
    assert cbrt(np.array([1.0, 8, 27]), out=out) is out
    hypot = stook.extern(LIBM, "hypot", "f8(f8, f8)")
    assert np.allclose(hypot(a[:3], a[:2, None]), np.hypot(a[:3], a[:2, None]))
    assert stook.extern(hypot.address, "f8(f8, f8)")(3.0, 4.0) == 5.0


def test_functions_of_ctypes():
    libm = ctypes.CDLL(LIBM)
    ldexp = libm.ldexp
    ldexp.argtypes, ldexp.restype = [ctypes.c_double, ctypes.c_int], ctypes.c_double
    assert jit(lambda x, k: ldexp(x, k))(0.75, 4) == 12.0
    with pytest.raises(CompileError, match=r"ldexp\(\) takes int32, not complex"):
        jit(lambda x: ldexp(0.5, x))(1j)
    with pytest.raises(OverflowError, match="out of bounds for int32"):
        jit(lambda k: ldexp(0.5, k))(2**40)
    undeclared = libm.cos
    with pytest.raises(TypeError, match="argtypes are not set"):
        stook.extern(undeclared)


C_SOURCE = """
#include <stdint.h>
double sum(const double *a, int64_t n, int64_t by) {
    double s = 0;
    for (int64_t k = 0; k < n; k++) s += a[k * by];
    return s;
}
void fill(float *a, int n, float x) { for (int k = 0; k < n; k++) a[k] = x; }
int8_t narrow(int8_t a, uint8_t b, int16_t c) { return a + b - c; }
_Bool odd(unsigned k) { return k & 1; }
double many(int a, double b, int c, double d, int e, int f, int g, int h, long i, long j, float k) {
    return a + 2*b + 3*c + 4*d + 5*e + 6*f + 7*g + 8*h + 9*i + 10*j + 11*k;
}
"""


def test_pointers_and_narrow_numbers_of_c(tmp_path):
    library = compiled_by(tmp_path, "gcc", "parts.c", C_SOURCE)
    total = stook.extern(library, "sum", "f8(f8*, i8, i8)")
    fill = stook.extern(library, "fill", "void(f4*, i4, f4)")
    narrow = stook.extern(library, "narrow", "i1(i1, u1, i2)")
    odd = stook.extern(library, "odd", "b1(u4)")

    @jit
    def both(a):
        fill(a, a.size, 1.5)
        return narrow(-100, 40, -10), odd(3), odd(4)

    a = np.zeros(4, "f4")
    assert both(a) == (-50, True, False)
    assert a.tolist() == [1.5] * 4
    assert both.interpret(a) == (-50, True, False)
    assert total(np.arange(6.0), 3, 2) == 6.0
    with pytest.raises(CompileError, match=r"sum\(\) takes a pointer to float64, not array"):
        total(a, 4, 1)
    with pytest.raises(CompileError, match=r"takes 3 arguments, 1 were given"):
        jit(lambda a: total(a))(np.zeros(2))
    many = stook.extern(library, "many", "f8(i4, f8, i4, f8, i4, i4, i4, i4, i8, i8, f4)")
    call = jit(lambda x: many(1, x, 3, 4.0, 5, 6, 7, 8, 9, 10, 0.5))
    assert call(2.0) == call.interpret(2.0) == 1 + 4 + 9 + 16 + 25 + 36 + 49 + 64 + 81 + 100 + 5.5


def test_rounds_at_the_same_time_call_functions_of_c(tmp_path):
    library = compiled_by(tmp_path, "gcc", "parts.c", C_SOURCE)
    total = stook.extern(library, "sum", "f8(f8*, i8, i8)")

    @jit(parallel=True)
    def rows(a):
        out = np.empty(a.shape[0])
        for k in numba.prange(a.shape[0]):
            out[k] = total(a[k], a.shape[1], 1)
        return out

    a = np.arange(200.0).reshape(50, 4)
    assert np.array_equal(rows(a), a.sum(1))


def test_other_languages(tmp_path):
    cpp = compiled_by(
        tmp_path,
        "g++",
        "f.cpp",
        "template <class T> T twice(T x) { return x + x; }\n"
        'extern "C" double twice_of(double x) { return twice(x); }\n',
    )
    assert stook.extern(cpp, "twice_of", "f8(f8)")(1.5) == 3.0
    assembly = compiled_by(
        tmp_path,
        "gcc",
        "g.s",
        ".globl add\n.type add, @function\nadd: lea (%rdi,%rsi), %rax\nret\n"
        '.section .note.GNU-stack,"",@progbits\n',
    )
    add = stook.extern(assembly, "add", "i8(i8, i8)")
    assert add(np.arange(3), 4).tolist() == [4, 5, 6]


def test_fortran(tmp_path):
    library = compiled_by(
        tmp_path,
        "gfortran",
        "f.f90",
        "subroutine scale(n, x, by) bind(c)\n use iso_c_binding\n integer(c_int), value :: n\n"
        " real(c_double) :: x(n)\n real(c_double), value :: by\n x = x * by\nend subroutine\n",
    )
    scale = stook.extern(library, "scale", "void(i4, f8*, f8)")
    a = np.arange(3.0)
    scale(3, a, 2.0)
    assert a.tolist() == [0, 2, 4]


def test_functions_of_cython():
    special = pytest.importorskip("scipy.special.cython_special")
    address = numba.extending.get_cython_function_address("scipy.special.cython_special", "j0")
    j0 = stook.extern(address, "f8(f8)")
    assert np.isclose(jit(lambda x: j0(x))(1.0), 0.7651976865579666)
    capsules = [c for n, c in special.__pyx_capi__.items() if n == "j0"]
    assert np.isclose(stook.extern(capsules[0])(1.0), 0.7651976865579666)


def test_functions_of_cffi():
    cffi = pytest.importorskip("cffi")
    ffi = cffi.FFI()
    ffi.cdef("double cbrt(double x);")
    cbrt = ffi.dlopen(LIBM).cbrt
    assert jit(lambda x: cbrt(x))(8.0) == 2.0
