"""Signatures: compiled at once, arguments and results converted."""

import io
import threading

import numpy as np
import pytest
import stook
from stook import CompileError, jit
from stook.compat import numba
from stook.compat.numba import boolean, float32, float64, int32, int64, types, void


def test_a_signature_compiles_at_once_and_converts():
    @jit("f8(f8, i8[:])")
    def scaled(a, b):
        return a * b[0]

    assert len(scaled.versions()) == 1
    found = scaled(2, np.array([3, 4]))
    assert (type(found), found) == (float, 6.0)
    assert scaled(np.float32(2), np.arange(6)[1::2]) == 2.0
    assert scaled(True, np.array([3])) == 3.0
    assert len(scaled.versions()) == 1
    assert scaled.interpret(2, np.array([3, 4])) == 6.0


def test_results_have_the_declared_type():
    assert jit("i8(f8)")(lambda x: x * 0.75)(4) == 3
    whole = jit(int32(float64))(lambda x: x)
    assert (type(whole(2.9)), whole(2.9)) == (np.int32, 2)
    assert jit("void(f8[:])")(lambda a: None)(np.ones(2)) is None
    with pytest.raises(CompileError, match=r"this returns float, the signature None"):
        jit(void(float64))(lambda x: x)
    assert jit("Tuple((f8, i8))(i8)")(lambda x: (x, x))(3) == (3.0, 3)


def test_objects_strings_and_lists_of_signatures():
    @numba.njit([int64(int64), float64(float64), "c16(c16)"])
    def double(x):
        return x + x

    assert [type(double(x)) for x in (1, 1.5, 1j, np.float32(1))] == [int, float, complex, float]
    assert double.signatures == [(int64,), (float64,), (types.complex128,)]
    assert double.nopython_signatures[1].return_type == float64
    assert list(double.overloads) == double.signatures
    inferred = numba.jit((int64, float64), nopython=True, cache=True)(lambda a, b: a + b)
    assert inferred(1, 2) == 3.0


def test_what_no_signature_takes_is_named():
    @jit("f8(f8, f8[:, ::1])")
    def first(scale, table):
        return scale * table[0, 0]

    assert first(2, np.ones((2, 2))) == 2.0
    with pytest.raises(TypeError, match=r"first\(\): the argument 'table' is .* not contiguous"):
        first(2, np.ones((2, 4))[:, ::2])
    with pytest.raises(TypeError, match=r"'table' is array of float32"):
        first(2, np.ones((2, 2), "f"))
    with pytest.raises(TypeError, match=r"'scale' is complex"):
        first(2j, np.ones((2, 2)))
    with pytest.raises(OverflowError, match="300 out of bounds for int8"):
        jit("i1(i1)")(lambda x: x)(300)
    with pytest.raises(TypeError, match="takes 1 arguments, not"):
        jit("f8(f8, f8)")(lambda x: x)
    with pytest.raises(TypeError, match=r"the signature .* cannot be read: name 'oops' is not"):
        jit("f8(oops)")


def test_calls_between_compiled_functions_convert_too():
    @jit("f8(f8)")
    def half(x):
        return x / 2

    @jit
    def quarter(k):
        return half(k) / 2

    assert quarter(3) == 0.75

    @jit("i8(i8)")
    def factorial(n):
        return n * factorial(n - 1) if n > 1 else 1

    assert factorial(10) == 3628800


def test_types_convert_numbers_in_and_out_of_compiled_code():
    @jit
    def narrow(x):
        return float32(x), int32(7), types.boolean(x)

    found = narrow(0.1)
    assert found == (np.float32(0.1), 7, True)
    assert [type(item) for item in found] == [np.float32, np.int32, bool]
    assert float64(3) == 3.0 and int32(3.7) == 3


def test_types_have_names_of_numbas():
    assert float64[:, ::1] == types.Array(float64, 2, "C")
    assert (
        str(float64(int64, float64[:]))
        == "(int64, Array(float64, 1, 'A', False, aligned=True)) -> float64"
    )
    assert numba.typeof(1.5) == float64 and numba.typeof(True) == boolean
    assert str(float64[:, ::1]) == "array(float64, 2d, C)"
    assert numba.typeof(np.ones((2, 3))) == types.Array(float64, 2, "C")
    assert numba.typeof((1, 2)) == types.UniTuple(int64, 2)
    assert numba.from_dtype(np.dtype("f4")) == float32
    assert isinstance(numba.typeof(np.arange(3)), types.Array)


def test_inspection_shows_lines_types_and_code():
    @jit
    def total(a):
        s = 0.0
        for x in a:
            s += x
        return s

    total(np.ones(3))
    text = io.StringIO()
    total.inspect_types(text)
    lines = [line.strip() for line in text.getvalue().splitlines()]
    assert lines[lines.index("s = 0.0") + 1] == "#   s: float"
    assert lines[lines.index("s += x") + 1] == "#   s: float64"
    (args,) = total.signatures
    assert "define" in total.inspect_llvm(args)
    assert "ret" in total.inspect_asm()[args]
    total.compile("(f4[:],)")
    assert len(total.signatures) == 2


def test_other_threads_go_on_beside_a_function_without_the_lock():
    @jit(nogil=True)
    def wait(flag):
        rounds = 0
        while flag[rounds % 2] == 0 and rounds < 10**9:
            rounds += 1
            flag[2] = rounds
        return flag[0]

    flag = np.zeros(3, "i8")
    wait(np.ones(3, "i8"))
    started = threading.Event()

    def set_flag():
        started.wait()
        flag[:2] = 1

    other = threading.Thread(target=set_flag)
    other.start()
    started.set()
    wait(flag)
    other.join()
    assert flag[2] < 10**9


def test_fastmath_takes_flags_by_name():
    assert numba.njit(fastmath={"reassoc", "nsz"})(lambda a, b: a + b)(1.0, 2.0) == 3.0
    assert stook.jit(fastmath=set())(lambda a: a)(1.0) == 1.0


def test_a_function_may_have_any_name():
    def kernel(x):
        return x + 1

    def floor(x):
        return kernel(x) * 2

    kernel = jit(kernel)
    assert kernel(1) == 2
    assert jit(floor)(1.5) == 5.0


def test_lambdas_that_share_a_line_are_told_apart():
    first, second = jit(lambda x: x + 1), jit(lambda x: x + 2)
    assert (first(1), second(1)) == (2, 3)
    made = (lambda make: make(lambda x: x * 10))(jit)
    assert made(2) == 20


def test_explain_tells_what_was_compiled():
    @jit(parallel=True)
    def scaled(a):
        out = np.empty(a.size)
        for k in numba.prange(a.size):
            out[k] = 2 * a[k]
        return np.sort(out)

    report = stook.explain(scaled, np.arange(4.0))
    assert report.result.tolist() == [0, 2, 4, 6]
    (version,) = report.versions
    assert (version["parallel"], version["calls"]) == (1, 1)
    assert version["loops"] >= 1 and version["vectors"] >= 1
    assert "compiled for 1 lists of types" in str(stook.explain(scaled))


def test_a_function_calls_itself_on_one_way_of_what_it_returns():
    @jit
    def fibonacci(n):
        return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)

    assert fibonacci(15) == 610
