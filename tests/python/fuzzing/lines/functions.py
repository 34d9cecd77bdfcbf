"""Lines that call NumPy's longer functions: on order, sets, places, polynomials, windows of data.

A form's fields are an operand, an axis, another operand, and the operand's elements as a vector.
"""

from __future__ import annotations

from ..program import Line
from ..writer import Writer

ORDER = """
    np.sort({0},{1}) np.argsort({0},{1},kind='stable') np.median({0},axis={1}) np.median({0})
    np.percentile({0},[25,70],axis={1}) np.quantile({0},0.3,axis={1},method='lower')
    np.searchsorted(np.sort({3}),{2}) np.digitize({0},[-1,0,2]) np.histogram({0},5)[0]
    np.histogram({0},5)[1] np.partition({0},0,{1}).min(axis={1}) np.lexsort(({3},{3}))
    np.apply_along_axis(np.sort,{1},{0})
""".split()  # noqa: SIM905
# By a line's length NumPy takes one way or another to these: how results lie in memory, calls warn
# and which of several complex NaN is left follows. Its median of the greatest float64 overflows.
NAN = """
    np.ravel(np.nanmedian(np.clip({0},-9,9),axis={1})) np.ravel(np.nanpercentile({0},40,axis={1}))
    np.nanargmax({0},axis={1}) np.ravel(np.nanquantile({0},[0,0.9],axis={1}))
""".split()  # noqa: SIM905
SETS = """
    np.isin({0},{2}) np.union1d({0},{2}) np.intersect1d({0},{2}) np.setdiff1d({0},{2})
    np.setxor1d({0},{2}) np.isclose({0},{2}) np.allclose({0},{2}) np.array_equiv({0},{2})
    np.unique({0}) np.unique({0},return_counts=True)[1] np.unique({0},return_inverse=True)[1]
    np.isclose({0},{2},equal_nan=True) np.array_equal({0},{2},equal_nan=True)
""".split()  # noqa: SIM905
KINDS = """
    np.fix({0}) np.isneginf({0}) np.isposinf({0}) np.isreal({0}) np.iscomplex({0}) np.real({0})
    np.iscomplexobj({0}) np.real_if_close({0}) np.imag({0}) np.conj({0}) np.isrealobj({0})
    np.shape({0}) np.ndim({0}) np.size({0},{1}) np.result_type({0},{2}) np.can_cast({0}.dtype,'f')
    np.iterable({0}) np.isfortran({0}) np.common_type({0})
""".split()  # noqa: SIM905
PIECES = """
    np.delete({0},0,{1}) np.delete({0},[0,-1],{1}) np.insert({0},1,7,{1}) np.insert({0},[0,1],3)
    np.pad({0},1) np.pad({0},(2,1),'edge') np.pad({0},1,'reflect') np.pad({0},2,'wrap')
    np.pad({0},1,constant_values=2) np.resize({0},(3,4)) np.block([[{0},{0}],[{0},{0}]])
    np.trim_zeros({3}) np.unstack({0},axis={1})[0] np.permute_dims({0}) np.rollaxis({0},{1})
    np.matrix_transpose({0}) np.vsplit({0},1)[0] np.concat([{0},{2}],axis={1}) {0}.swapaxes(0,{1})
    np.diagflat({0}) np.ravel({0},'A') np.lib.stride_tricks.sliding_window_view({0},2,{1}).copy()
    np.cumulative_sum({0},axis={1}) np.choose({0}>0,[{0},0]) np.array_split({0},[1],{1})[1]
    np.piecewise({0},[{0}>1],[2,3]) np.argwhere({0}>1)
    np.squeeze({0},{1}) np.flip({0},{1}) np.roll({0},(1,2),({1},{1}))
""".split()  # noqa: SIM905
REAL = """
    np.polyval({3}[:4],{0}) np.polyadd({3},{3}[:3]) np.polysub({3}[:5],{3}[1:3]) np.polyder({3}[:6])
    np.polymul({3}[:3],{3}[:1]) np.vander({3}[:5],3) np.kron({0},[1,2]) np.cross({3}[:3],{3}[-3:])
    np.trapezoid({3}[:2]) np.cumulative_prod({0},axis={1}) np.interp({0},[-1,0,2],[3,1,4])
    np.nancumprod({0},axis={1}) np.unwrap({0},axis={1}) np.convolve({3},[2])
    np.bincount(np.abs({3}.astype('b').astype('l'))) np.outer({3}[:9],{3}[:5]) np.polyint({3}[:4])
""".split()  # noqa: SIM905
GROWING = ("diagflat", "block", "kron")


def function(w: Writer) -> Line | None:
    """A function of one or two arrays."""
    forms = w.pick([ORDER, NAN, SETS, KINDS, PIECES, REAL])
    form = w.pick(forms)
    text = w.small(100 if any(name in form for name in GROWING) else 4000)
    if text is None or (forms in (NAN, REAL) and w.kind(text) == "c"):
        return None
    other = w.small() or text
    if "np.sort" in form and w.value(text).dtype.char == "e":
        return None  # NumPy's sort of halves leaves zeros of two signs among lesser numbers
    if forms is SETS and "e" in (w.value(text).dtype.char, w.value(other).dtype.char):
        return None  # NumPy's sets of halves have signalling NaN, of which later lines warn
    ndim = w.value(text).ndim
    axis = w.axis(ndim) if ndim else 0
    called = form.format(text, axis, other, f"np.ravel({text})")
    line = w.new(called, "either_zero()" if forms in (ORDER, NAN, SETS) else "")
    # NumPy's vector loops for the size of complex numbers do not tell of overflow.
    unheard = "close" in form and "c" in w.kind(text) + w.kind(other)
    line.warns = forms is not NAN and not unheard
    return line


LINES = {function: 8}
