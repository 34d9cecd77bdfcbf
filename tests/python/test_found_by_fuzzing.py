"""Programs that random testing found to differ from NumPy, each with every call recorded first."""

from __future__ import annotations

import warnings

import numpy
import pytest
import stook
from compare import check
from stook import _stook

PROGRAMS = {
    "a part without elements says how joined arrays lie": """
        row = np.arange(4.0)[::2]
        empty = row[np.newaxis, ...][1:-1:3]
        made = np.concatenate([row.reshape(1, -1), empty, row.reshape(1, -1)])
        result = np.asarray(made.strides)
    """,
    "an array without axes of length one is squeezed to itself": """
        a = np.zeros((2, 3))
        a.squeeze().shape = -1
        result = a
    """,
    "a choice of numbers is a number": """
        result = np.choose(np.asarray(1), [np.asarray(5), np.asarray(6.0)])
    """,
    "a fold over no axes is the element": """
        a = np.arange(6).reshape(2, 3)
        result = a.sum(axis=())
    """,
    "a fold of an array without axes is its element": """
        result = np.asarray(7.0)[...].sum(keepdims=True)
    """,
    "a value stored after a fold of its neighbour is kept until then": """
        a = np.arange(9000)
        less = a < a[::-1]
        any_ = a.any(keepdims=True)
        other = np.arctan2(a, any_)
        result = less
    """,
    "ravel copies what has gaps": """
        a = np.arange(24.0).reshape(2, 3, 4)
        line = a[:, :, ::2].ravel()
        a += 1
        result = line
    """,
    "a power of one half is a root": """
        result = np.asarray([-np.inf, -0.0, 4.0]) ** np.float64(0.5)
    """,
    "the logarithm of the greatest complex number": """
        result = np.log(np.asarray([complex(np.finfo(float).max, 0)]))
    """,
    "where gives arrays without axes": """
        result = np.where(np.asarray(1.0) > 0, np.asarray(2.0), 3)
    """,
    "ravel in the order of memory": """
        a = np.asfortranarray(np.arange(12.0).reshape(3, 4))[:, ::-1]
        result = np.stack([a.ravel("K"), a.flatten("K"), a[::-1].T.ravel("K")])
    """,
    "an array without axes gets one in Fortran order": """
        result = np.asfortranarray(np.asarray(7.0))
    """,
    "a short axis between others is folded row by row": """
        a = np.asarray(np.arange(41 * 13 * 8) * 37 % 101).reshape(41, 13, 8)
        result = np.stack([a.max(axis=1), a.min(axis=1), a.sum(axis=1)])
    """,
    "the default of select is cast as an array": """
        a = np.arange(3, dtype="B")
        result = np.select([a > 1], [a], -1)
    """,
    "a power of one half of any type is a root": """
        a = np.asarray([-np.inf, -0.0, 4.0], "f")
        result = np.stack([a ** np.float16(0.5), a ** np.float64(0.5)])
    """,
    "a power of one half in place is a root": """
        result = np.asarray([-np.inf, -0.0, 4.0])
        result **= np.float64(0.5)
    """,
    "a sum into an output is computed in the type of both": """
        result = np.zeros(3, "f")
        np.full((2, 3), -(2**63)).sum(axis=0, out=result)
    """,
}


@pytest.fixture(params=[0, _stook.AT_ONCE], ids=["recorded", "at once"])
def threshold(request):
    _stook.run_at_once(request.param)
    yield
    _stook.run_at_once(_stook.AT_ONCE)


def run(text: str, module):
    space = {"np": module}
    exec("\n".join(line.strip() for line in text.splitlines()), space)
    return space["result"]


@pytest.mark.parametrize("name", PROGRAMS)
def test_program_equals_numpy(name, threshold):
    theirs, ours = run(PROGRAMS[name], numpy), run(PROGRAMS[name], stook)
    assert isinstance(ours, stook.ndarray) == isinstance(theirs, numpy.ndarray)
    values = numpy.asarray(ours)
    assert (values.dtype, values.shape) == (theirs.dtype, theirs.shape)
    assert values.tobytes() == theirs.tobytes()


LAYOUTS = {
    "call": "np.sqrt(a.T)",
    "floats rounded to wholes": "np.round(np.rot90(a))",
    "integers rounded to wholes": "np.round(a.astype(int).diagonal())",
    "complex numbers rounded": "np.round(a.transpose(1, 0, 2) * 1j, 1)",
    "where numbers are real": "np.isreal(a.transpose(1, 0, 2))",
    "polynomial of a repeated array": "np.polyval([2, 1], np.broadcast_to(a, (2, 2, 3, 4)))",
    "choice beside an array that NumPy repeats": "np.where(a > 0, a, repeated)",
    "sums of products that broadcast": "np.einsum('...i,i...', a[:, :, :1, None], a[..., :1].T)",
    "integers rounded to tenths": "np.round(a.astype(int)[..., ::-1].T, 1)",
    "product with a number": "np.dot(a.T, 2)",
    "product of vectors with a number": "np.inner(a[:, 0].T, np.float64(2))",
    "close, NaN too": "np.isclose(*[np.broadcast_to(a[0, 0] > 1, (2, 4))] * 2, equal_nan=True)",
    "pair": "a.T + a.reshape(4, 3, 2)",
    "permuted": "a.transpose(1, 0, 2) * 2",
    "reversed": "a.transpose(1, 0, 2)[::-1] * 2",
    "fold": "a.T.sum(axis=0)",
    "index of the greatest": "a.T.argmax(axis=0)",
    "running": "a.transpose(2, 0, 1).cumsum(1)",
    "copy": "np.copy(a.transpose(1, 0, 2))",
    "cast": "a.transpose(1, 0, 2).astype('f')",
    "zeros": "np.zeros_like(a.transpose(1, 0, 2))",
    "imaginary": "a.T.imag",
    "choice": "np.where(a.T > 0, a.T, 0)",
    "order asked for": "np.add(a.T, 1, order='C')",
    "selection": "np.select([a.T > 3], [a.T], 0)",
    "places on the last axis": "a[..., [0, 2, 1]]",
    "places on the first axis of a transpose": "a.T[[0, 2]]",
    "places on an inner axis": "a[:, [[0, 2], [1, 1]]]",
    "places on all axes": "a[[0, 1], [2, 1], [3, 0]]",
    "places in Fortran order": "np.ravel(a)[np.asfortranarray(np.arange(6).reshape(2, 3))]",
    "taken places": "np.take(a, [0, 2], axis=2)",
    "mask on the first axis of a transpose": "a.T[a[0, 0] > 1]",
    "joined": "np.concatenate([a.transpose(1, 0, 2), a.transpose(1, 0, 2)[:, :1]], 1)",
    "joined, of different types": "np.concatenate([a.transpose(1, 0, 2)] * 2, dtype='f')",
    "stacked": "np.stack([a.transpose(1, 0, 2), a.transpose(1, 0, 2)], 1)",
    "rounded to a decimal": "np.round(a.transpose(1, 0, 2), 1)",
    "slopes": "np.gradient(a.T, axis=0)",
    "count beside a repeated axis": "np.count_nonzero(np.broadcast_to(a, (2, 2, 3, 4)), axis=-1)",
    "cast to its own type in another order": "a.T.astype('d', order='C', copy=False)",
    "sum without NaN over a repeated array": "np.nansum(np.broadcast_to(a, (2, 2, 3, 4)), 1)",
    "running sum of a repeated array": "np.nancumsum(np.broadcast_to(a, (2, 2, 3, 4)), 1)",
    "deviation of a repeated array": "np.nanstd(np.broadcast_to(a, (2, 2, 3, 4)), 3)",
    "no elements": "np.zeros((2, 0, 3), order='F')",
    "no elements of an index": "a[[]]",
    "sum of no elements": "np.zeros((2, 0, 3, 4), order='F').sum(1)",
    "sum of a slice without elements": "np.copy(a, order='F')[:, 1:1].sum(1)",
    "sum of no elements in another type": "np.copy(a, order='F')[:, 1:1].sum(1, 'f')",
    "sum without NaN of a slice without elements": "np.nansum(np.copy(a, 'F')[:, 1:1], 1)",
    "start of a slice without elements": "np.add.reduce(np.copy(a, 'F')[:, 1:1], 1, initial=2)",
    "tiled by once each": "np.tile(a.T, 1)",
    "count in a slice without elements": "np.count_nonzero(np.copy(a, order='F')[:, 1:1], 1)",
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_results_lie_in_memory_as_they_do_in_numpy(name, threshold):
    values = numpy.arange(24.0).reshape(2, 3, 4)
    repeated = numpy.broadcast_to(values[:, :1], values.shape)
    theirs = eval(LAYOUTS[name], {"np": numpy, "a": values, "repeated": repeated})
    ours = eval(LAYOUTS[name], {"np": stook, "a": stook.asarray(values), "repeated": repeated})
    assert ours.strides == theirs.strides
    assert ours.tolist() == theirs.tolist()


FOREIGN = [">f8", "m8[s]", "S5"]


@pytest.mark.parametrize("dtype", FOREIGN)
def test_arrays_of_foreign_types_stay_what_they_are(dtype):
    a = numpy.arange(6).reshape(2, 3).astype(dtype)
    assert stook.asarray(a) is a
    assert stook.array(a) is not a
    stook.moveaxis(a, 0, 1)[...] = a[0, 1]
    assert (a == a[0, 1]).all()
    for make in ("ones", "zeros", "empty"):
        made = getattr(stook, make)((2, 3), dtype, order="F")
        assert made.flags.f_contiguous, make


@pytest.mark.parametrize("value", [numpy.uint8(200), numpy.int64(-129), numpy.int64(-5)])
def test_scalars_outside_a_type_are_refused_as_in_numpy(value, threshold):
    theirs, ours = numpy.zeros(3, "b"), stook.zeros(3, "b")
    if -128 <= int(value) < 128:
        ours[...] = value
        assert ours.tolist() == [int(value)] * 3
        return
    with pytest.raises(OverflowError):
        theirs[...] = value
    with pytest.raises(OverflowError):
        ours[...] = value


REFUSED = {
    "places of an output that is no integer": "np.arange(3).argmin(out=np.zeros(()))",
    "square of bools in place": "np.zeros(3, bool).__ipow__(2)",
    "an exponent that no loop takes": "np.ldexp(np.ones(3, int), 3, dtype='e')",
    "two results of one type": "np.frexp(np.ones(3), dtype='d')",
    "a shape in the order of memory": "np.ones(3).reshape(-1, order='K')",
    "no such place of a read-only array": "np.zeros(2, 'i').imag.__setitem__(7, 1)",
    "tiles of no elements, read-only": "np.tile(np.zeros((0, 2)).diagonal(), 2).__iadd__(1)",
    "places of a read-only array, none written": "np.place(np.zeros(2, 'i').imag, [0, 0], [1])",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_numpy_refuses_is_refused(name, threshold):
    with pytest.raises((TypeError, ValueError)) as theirs:
        eval(REFUSED[name], {"np": numpy})
    with pytest.raises(theirs.type) as ours:
        eval(REFUSED[name], {"np": stook})
    assert str(ours.value) == str(theirs.value)


WARNINGS = {
    "a scalar cast where there is no element": "a[:0].__setitem__(..., np.float64(1e300))",
    "a size that overflows beside no tolerance": "np.isclose(c, 1.5 * c, rtol=0)",
    "a scalar cast for no element": "np.add(a[:0], np.float64(1e300), dtype='e')",
    "an output by position": "np.minimum([1.0], 2, np.ones(1))",
    "a square by a power": "(np.asarray([1e200]) ** 2.0).tolist()",
    "a sum of halves with a start": "np.full(9000, 60, 'e').sum(initial=2)",
    "a sum cast to its output": "np.sum([1.0, np.inf], out=whole)",
    "a mean cast to its output": "np.mean([1e30, 1e30], axis=0, out=half)",
    "a smallest element cast to its output": "np.min([np.inf, np.inf], out=whole)",
    "a sum without its imaginary part": "np.sum(c, axis=0, out=real)",
    "a size that overflows beside a tolerance": "np.isclose(c, 1.5 * c)",
}


@pytest.mark.parametrize("name", WARNINGS)
def test_warnings_are_those_of_numpy_but_for_reductions(name, threshold):
    found = []
    for module in (numpy, stook):
        space = {"np": module, "a": module.ones(3, "e"), "c": module.asarray([1e308 + 1e308j])}
        space |= {"whole": module.zeros((), int), "half": module.zeros((), "e")}
        space["real"] = module.zeros(())
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            eval(WARNINGS[name], space)
            stook.sync()
        found.append({str(warning.message) for warning in caught})
    assert found[1] == {text for text in found[0] if not text.endswith("in reduce")}


@pytest.mark.parametrize("start", [3, 1])
@pytest.mark.parametrize("step", [2, -1, -2])
def test_slices_of_no_elements_step_by_one(start, step):
    """What is joined with them lies in memory after their steps."""

    def run(np):
        a = np.asfortranarray(np.ones((4, 3, 2)))
        part = a[start : 4 - start : step]
        joined = np.vstack([a, part])
        return part.strides, joined.strides, a[..., [0, 1], start:1:step].strides

    check(run)


@pytest.mark.parametrize("chosen", [0.0, 1.0])
def test_a_number_too_large_to_be_selected_is_told_of_where_it_is_chosen(chosen):
    def run(np):
        half = np.asarray([chosen], "e")
        with warnings.catch_warnings(record=True) as met:
            warnings.simplefilter("always")
            made = np.select([half == 0, half > 0], [half, 1e10], 0)
            repr(made)
        return made, len(met)

    check(run)


def test_what_is_stored_once_a_row_is_read_before_any_of_it_is_written():
    def run(np):
        total = np.asarray(np.arange(12.0)).sum(keepdims=True)
        kept = total[None].astype("d")
        mean = kept.mean(axis=0)
        total -= total[:1]
        return np.append(kept, kept[::2].real, 0), mean, total

    before = _stook.run_at_once(0)
    try:
        check(run)
    finally:
        _stook.run_at_once(before)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_axes_of_length_one_lie_where_numpys_do(place):
    def steps(np):
        turned = np.expand_dims(np.arange(20.0).reshape(5, 4).T, place) + 0
        results = [turned, turned * 2, -turned, turned * turned, turned.astype("f"), turned == 1]
        return [result.strides for result in results]

    assert steps(stook) == steps(numpy)
