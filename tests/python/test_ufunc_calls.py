"""What a call of a ufunc says beyond its operands: NumPy's values, layouts and refusals."""

import warnings

import numpy
import pytest
import stook
from compare import equal, outcome
from stook import _fallback

CALLS = """
np.less(a, a, dtype=bool); np.less([2**53 + 1], [2**53], dtype=bool); np.isnan(f, dtype=bool)
np.logical_and(a, f, dtype=bool); np.add(a, a, dtype='f4')
np.add(f, f, dtype='i4', casting='unsafe')
np.add(a, a, signature='dd->d'); np.add(a, a, signature=('f8', None, None)); np.sqrt(a, dtype='f4')
np.add(a, a, sig=(None, None, 'f4')); np.greater(a, a, sig='ll->?'); np.frexp(f, sig='f->fi')
np.add(a, a, subok=False); np.add(a, a, f); np.add(a, a, out=(f,)); np.add(a, a, out=None)
np.add(a, a, None); np.add(a, a, out=(None,)); np.divmod(a, 2, f); np.divmod(a, 2, out=(f, None))
np.divmod(a, 2, f, f.copy()); np.add(a, a, casting='no')
np.add(a, a, where=[True, False, True], out=f)
np.add(1, 2, dtype='f4'); np.multiply(1.5, a, dtype='c8'); np.modf(f, dtype='e')
np.add(f.astype('f4'), 0.1, dtype='f8'); np.add(f.astype('f4'), 0.1, sig='dd->d')
np.add(a, a, order='K'); np.add(a, a, order=None); np.multiply(0.1, f.astype('f2'), dtype='f4')
np.add(np.int8([100]), 100, dtype='i8'); np.add(f, 1, dtype='f4'); np.maximum(a, 1.5, dtype='f4')
np.minimum(a, True, dtype='i1', casting='unsafe'); np.logical_or(a, 5, dtype=bool)
np.abs(f * 1j, dtype='f8')
np.add(a, a, sig=(None, None, None)); np.add(f, f, sig='ff->f')
"""
REFUSED = """
np.less(a, f, dtype=int); np.add(f, f, dtype='i4'); np.add(a, a, sig='d'); np.add(a, a, order='x')
np.add(a, a, sig='dd->d', signature='d'); np.add(a, a, dtype='d', sig='d'); np.add(a, a, subok=1)
np.add(a, a, subok='x'); np.add(a, a, bogus=1); np.add(a, a, extobj=[1]); np.add(a, a, f, out=f)
np.add(a, a, f, out=None); np.add(a, a, out=(f, f)); np.add(a, a, out=()); np.add(a, a, out=[f])
np.add(a); np.add(a, a, a, a); np.divmod(a, 2, out=f); np.add(a, f, casting='no')
np.add(a, f, casting='equiv'); np.add(a, f, casting='bogus'); np.add(a, f, casting=None)
np.sqrt(a, dtype='i4'); np.sqrt(a, dtype='f4', casting='safe'); np.logical_and(a, f, dtype=int)
np.add(a, a, sig=()); np.add(a, a, sig='xx->x'); np.add(a, a, sig='d->d')
np.add(a, 300, dtype='i1')
np.add(a, 1.5, dtype='i8'); np.power(a, -1, dtype=int); np.left_shift(a, 1, dtype='u1')
np.frexp(f, dtype='f4'); np.ldexp(f, a, dtype='f4'); np.add(a, a, out=np.zeros(2))
np.add(f, f, out=a); np.add(a, a, dtype='x'); np.add(1j, f, dtype='f4')
np.add(f, f, out=a, casting='safe'); np.add(a, a, dtype=object, sig='d'); np.add(a, a, sig=5)
np.add(a, a, dtype=None, sig='d'); np.abs(f * 1j, dtype='f4'); np.add(f, f, a[:2])
np.add(f, 2, sig=(None, 'f4', 'f8')); np.positive(a > 1, order='A'); np.sign(a > 1, casting='no')
np.subtract(a > 1, a > 1, order='C'); np.negative(a > 1, out=a)
np.subtract(a > 1, a > 2, dtype=bool)
"""


def check(program, native):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = outcome(program, numpy)
        before = _fallback.calls.copy()
        got = outcome(program, stook)
    assert equal(expected, got, 1e-6), f"NumPy: {expected}\nstook: {got}"
    assert (expected[0] == "value") == native
    assert _fallback.calls == before


def expressions(text):
    return [part.strip() for part in text.strip().replace("\n", ";").split(";")]


@pytest.mark.parametrize("expression", expressions(CALLS))
def test_call(expression):
    def program(np):
        a, f = np.array([1, 2, 3]), np.array([1.5, 2.5, -1])
        return eval(expression, {"np": np, "a": a, "f": f}), f

    check(program, native=True)


@pytest.mark.parametrize("expression", expressions(REFUSED))
def test_what_numpy_refuses(expression):
    def program(np):
        a, f = np.array([1, 2, 3]), np.array([1.5, 2.5, -1])
        return eval(expression, {"np": np, "a": a, "f": f})

    check(program, native=False)


LAYOUTS = {
    "C": lambda a: a,
    "Fortran": lambda a: a.copy(order="F"),
    "transposed": lambda a: a.transpose(1, 0, 2),
    "reversed": lambda a: a[:, ::-1],
    "line": lambda a: a[0, 0],
    "element": lambda a: a[0, 0, 0, ...],
    "nothing": lambda a: a[:, :0],
}


@pytest.mark.parametrize("order", ["C", "F", "A", "K", "f", None])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_results_lie_in_the_order_asked_for(order, layout):
    for name in ["add", "less", "divmod", "negative"]:
        for other in ["C", "Fortran", "line"]:

            def program(np, name=name, other=other):
                a = np.arange(24.0).reshape(2, 3, 4)
                args = [LAYOUTS[layout](a)]
                if name != "negative":
                    args.append(
                        LAYOUTS["line" if layout in ("transposed", "nothing") else other](a)
                    )
                made = getattr(np, name)(*args, order=order, dtype=None)
                results = made if name == "divmod" else (made,)
                return [(r, r.size and getattr(r, "strides", None)) for r in results]

            with numpy.errstate(all="ignore"):
                check(program, native=True)


@pytest.mark.parametrize("n", [5, 8192, 8193])
@pytest.mark.parametrize("dtype", ["h", "d"])
def test_a_short_operand_that_is_cast_lies_in_any_order(n, dtype):
    def program(np):
        spread = np.zeros(2 * n, dtype)[::2]
        return np.multiply(spread, np.ones((3, 1)), order="A").strides

    check(program, native=True)


def test_a_ufunc_equals_numpys_which_other_classes_are_asked_for():
    class Other:
        def __array_ufunc__(self, ufunc, method, *inputs, **options):
            return {stook.multiply: "multiply", stook.add: "add"}[ufunc]

    assert stook.multiply(stook.ones(3), Other()) == "multiply"
    assert stook.add == numpy.add and numpy.add == stook.add
    assert stook.add != stook.multiply and stook.add != numpy.multiply and stook.add != 1


def test_array_ufunc_may_be_called_by_name():
    for np in (numpy, stook):
        a = np.arange(3)
        assert a.__array_ufunc__(np.add, "__call__", a, a).tolist() == [0, 2, 4]
        for wrong in [(), (1, 2)]:
            with pytest.raises(TypeError):
                a.__array_ufunc__(*wrong)
