"""Lines that write into arrays: by slices, masks and indices, where they are read as well."""

from __future__ import annotations

import numpy

from ..program import Line
from ..writer import Writer
from .reads import chosen, gathered, indices


def assign(w: Writer) -> Line:
    out = w.operand()
    if not out.endswith("]") or w.chance(0.1):
        out = f"{out}[...]"
    target = w.value(out)
    if w.chance(0.3):  # which NumPy casts, and warns, even where there is no element
        return Line(f"{out} = {w.number()}", out, warns=numpy.size(target) > 0)
    text = w.partner(out)
    value = numpy.asarray(w.value(text))
    if value.ndim and numpy.may_share_memory(value, target):
        text = f"{text}.copy()"  # NumPy overwrites what it has yet to read, along one axis
    # NumPy casts a scalar, and warns, even where there is no element.
    return Line(f"{out} = {text}", out, _near(w, text, target), warns=numpy.size(target) > 0)


def _near(w: Writer, text: str, target: object) -> str:
    dtype = numpy.asarray(target).dtype
    lossy = dtype.kind in "iu" and w.kind(text) in "fc"
    return f"cast({text}, {dtype.char!r})" if lossy else ""


def overlap(w: Writer) -> Line:
    """A write into an array that is read at other places."""
    a = w.array()
    array = w.value(a)
    if array.ndim == 0:
        return assign(w)
    axis = w.below(array.ndim)
    lead, n = ":, " * axis, array.shape[axis]
    k = w.pick([1, 1, 2, 3, max(1, n // 2)])
    here, there = f"{a}[{lead}{k}:]", f"{a}[{lead}:-{k}]"
    if w.chance(0.5):
        here, there = there, here
    forms = [
        f"{here} += {there}",
        f"{here}[...] *= {there}",
        f"{here} = {there}",
        f"{a}[...] = {a}[{lead}::-1]",
        f"{a} += {a}[{lead}::-1]",
        f"{a}[...] = {a}.T",
        f"{a} += {a}.T",
        f"{a}.T[...] -= {a}",
        f"{a} -= {a}[{lead}:1]",
        f"{a}[...] += {a}[{lead}-1:]",
        f"{a}[{lead}::2] = {a}[{lead}:{(n + 1) // 2}] + 0",
        f"{here} = {there}[..., ::-1] + {here}",
        f"{here}[..., 1:] -= {there}[..., :-1]",
        f"np.add({here}, {there}, out={there})",
        f"np.subtract({there}, {a}[{lead}:1], out={here})",
        f"{here} = {there} + {here}",
        f"np.maximum({there}, {here}, out={here}, where={there} > 0)",
        f"np.copyto({here}, {there}, where={here} > 0)",
    ]
    text = w.pick(forms)
    near = f"product({here}, {there})" if "*=" in text and array.dtype.kind == "c" else ""
    if w.chance(0.2) and not near:
        text = f"for _ in range({w.pick([2, 4, 6])}): {text}"
    return Line(text, here if near else a, near)


def by_mask(w: Writer) -> Line | None:
    a = w.operand()
    place, whole = f"{a}[{chosen(w, a)}]", w.random.random()
    if whole < 0.4:
        return Line(f"{place} = {_element(w)}", a)
    if whole < 0.6:
        return Line(f"{place} = {place}[::-1]", a)
    if whole < 0.8:
        return Line(f"{place} {w.pick(['+=', '-='])} {_element(w)}", a)
    name = w.pick(["place({}, {}, [1, 2, 3])", "putmask({}, {}, 2)", "copyto({}, 2, where={})"])
    return Line(f"np.{name.format(a, w.mask(a))}", a)


def by_index(w: Writer) -> Line | None:
    a = w.operand()
    index = indices(w, a)
    if index is None:
        return None
    place, whole = f"{a}[{index}]", w.random.random()
    if whole < 0.35:
        return Line(f"{place} = {_element(w)}", a)
    if whole < 0.6:
        return Line(f"{place} = {place}[::-1] + 1", a)
    if whole < 0.8:
        return Line(f"{place} += {_element(w)}", a)
    # NumPy warns in the name of the ufunc or of `at`, by the way it takes.
    if w.chance(0.2):
        name = w.pick(["negative", "conjugate", "logical_not"])  # exact in every type
        return Line(f"np.{name}.at({a}, ({index},))", a, warns=False)
    name = w.pick(["add", "maximum", "subtract", "fmin", "less_equal", "logical_xor"])
    near = "either_zero()" if name in ("maximum", "fmin") else ""
    return Line(f"np.{name}.at({a}, ({index},), {_element(w)})", a, near, warns=False)


def by_place(w: Writer) -> Line | None:
    """Functions that write where an array says."""
    a = w.operand()
    array = w.value(a)
    if not array.size:
        return None
    if array.ndim and w.chance(0.4):
        n, axis = array.shape[-1], -1
        at = gathered(w, n, (*array.shape[:-1], 1))
        return Line(f"np.put_along_axis({a}, {at}, {_element(w)}, {axis})", a)
    at = gathered(w, array.size, (w.below(6),))
    mode = w.pick(["", ", mode='wrap'", ", mode='clip'"])
    form = w.pick(["np.put({}, {}, [1, 0]{})", "{}.put({}, 3{})"])
    return Line(form.format(a, at, mode), a)


def part(w: Writer) -> Line:
    """The parts of complex numbers, and whole arrays at once."""
    a = w.array()
    array = w.value(a)
    if array.dtype.kind == "c":
        return Line(f"{a}.{w.pick(['real', 'imag'])} = {w.pick(['2', f'{a}.imag + 1'])}", a)
    return Line(f"{a}.fill({w.pick(['0', '1', '7'])})", a)


def share(w: Writer) -> Line:
    """An array of NumPy's over the memory of one of ours, or a write through one."""
    shared = w.shared()
    if not shared or w.chance(0.4):
        w.count += 1
        return Line(f"s{w.count} = numpy.asarray({w.operand()})", f"s{w.count}")
    text = w.pick(shared)
    place = f"{text}[{w.index(w.value(text).shape)}]"
    return Line(f"{place} {w.pick(['=', '=', '+='])} {_element(w)}", text)


def _element(w: Writer) -> str:
    """A number that every type can hold, so that its cast is exact; or an element."""
    return w.pick(["0", "1", "3", "True", "np.int8(2)", "[1]"])


LINES = {assign: 9, overlap: 10, by_mask: 4, by_index: 4, by_place: 2, part: 2, share: 2}
