"""Lines that multiply matrices and contract axes."""

from __future__ import annotations

import numpy

from ..program import Line
from ..writer import Writer

FORMS = """
    {0}@{1} np.matmul({0},{1}) np.dot({0},{1}) np.inner({0},{1}) np.vdot({0},{1})
    np.tensordot({0},{1},1) np.einsum('...i,i...->...',{0},{1}) np.einsum('ij,jk',{0},{1})
    np.einsum('ij,ij->i',{0},{1}) np.vecdot({0},{1}) np.tensordot({0},{1},([-1],[0]))
    np.einsum('i,i',{0},{1}) np.einsum('ij->ji',{0}) {0}.dot({1}) np.matvec({0},{1})
    np.einsum('ij,j->',{0},{1}) np.einsum('ij,kj->ik',{0},{1})
""".split()  # noqa: SIM905


def product(w: Writer) -> Line | None:
    """A product of arrays as they are, or of one and what fits it."""
    text = w.small(2500)
    if text is None:
        return None
    shape, other = w.value(text).shape, w.small(2500) or text
    whole = w.random.random()
    if whole < 0.4:
        other = f"{text}.T"
    elif whole < 0.8 and shape:
        made = [shape[-1], w.pick([1, 2, 3, 8])][: w.pick([1, 2, 2])]
        other = f"np.asarray(data({w.below(2000)}, {w.dtype()!r}, {tuple(made)}))"
    form = w.pick(FORMS)
    if numpy.size(w.value(text)) * numpy.size(w.value(other)) > 100_000:
        return None
    if "einsum" in form and 0 in (numpy.size(w.value(text)), numpy.size(w.value(other))):
        return None  # NumPy's iterator lays a result of nothing by steps of zero
    called = form.format(text, other)
    return w.new(called, f"contracted({form.format('x', 'y')!r}, {text}, {other})")


LINES = {product: 6}
