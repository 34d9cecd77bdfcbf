"""Lines that join, repeat and shift arrays, and take differences."""

from __future__ import annotations

from ..program import Line
from ..writer import Writer

ONE = """
    np.atleast_1d({0}) np.atleast_2d({0}) np.atleast_3d({0}) np.rot90({0}) np.rot90({0},-1)
    np.roll({0},1) np.roll({0},-2,{1}) np.repeat({0},2,{1}) np.repeat({0},3) np.tile({0},2)
    np.tile({0},(2,1)) np.tril({0}) np.triu({0},1) np.diag({0}) np.round({0}) np.round({0},1)
    np.nan_to_num({0}) np.broadcast_arrays({0},{0})[1].copy() np.fliplr({0}) np.flipud({0})
    {0}.round() np.full_like({0},3) np.ascontiguousarray({0}) np.asfortranarray({0})
    np.transpose({0})
""".split()  # noqa: SIM905
DIFFERENCES = """
    np.diff({0}) np.diff({0},axis={1}) np.diff({0},2,{1}) np.diff({0},prepend=0) np.ediff1d({0})
    np.gradient({0},axis={1})
""".split()  # noqa: SIM905
PARTS = """
    np.split({0},[1,2],{1})[1] np.array_split({0},3,{1})[0] np.array_split({0},2)[-1]
""".split()  # noqa: SIM905
TWO = """
    np.concatenate([{0},{2}],{1}) np.concatenate([{0},{2},{0}]) np.stack([{0},{2}],{1})
    np.vstack([{0},{2}]) np.hstack([{0},{2}]) np.dstack([{0},{2}]) np.column_stack([{0},{2}])
    np.append({0},{2}) np.append({0},{2},{1}) np.concatenate([{0},{2}],axis=None)
    np.meshgrid({0},{2})[0] np.broadcast_arrays({0},{2})[0].copy() np.array([{0},{2}])
""".split()  # noqa: SIM905


def alone(w: Writer) -> Line | None:
    """Shapes and parts of one array."""
    form = w.pick(w.pick([ONE, ONE, DIFFERENCES, PARTS]))
    text = w.small(200 if "diag" in form else 20_000)  # a diagonal becomes a square
    if text is None:
        return None
    ndim = w.value(text).ndim
    line = w.new(form.format(text, w.axis(ndim) if ndim else 0))
    line.warns = "gradient" not in form  # of scalars in NumPy, where there is one axis
    return line


def together(w: Writer) -> Line | None:
    """Several arrays to one."""
    text = w.small(20_000)
    if text is None:
        return None
    form, ndim = w.pick(TWO), w.value(text).ndim
    other = text
    for _ in range(3):
        other = w.small(20_000) or text
        if w.value(other).ndim == ndim:
            break
    size = w.value(text).size * max(1, w.value(other).size)
    if "meshgrid" in form and size > 20_000:
        return None
    return w.new(form.format(text, w.axis(ndim) if ndim else 0, other))


LINES = {alone: 6, together: 5}
