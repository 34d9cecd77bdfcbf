"""Programs that random testing found to differ from NumPy, each with every call recorded first."""

from __future__ import annotations

import numpy
import pytest
import stook
from stook import _stook

PROGRAMS = {
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
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_results_lie_in_memory_as_they_do_in_numpy(name, threshold):
    values = numpy.arange(24.0).reshape(2, 3, 4)
    theirs = eval(LAYOUTS[name], {"np": numpy, "a": values})
    ours = eval(LAYOUTS[name], {"np": stook, "a": stook.asarray(values)})
    assert ours.strides == theirs.strides
    assert ours.tolist() == theirs.tolist()


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
