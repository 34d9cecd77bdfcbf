"""Lines that make arrays: from data, by type, as views and as copies, or take names away."""

from __future__ import annotations

from ..program import Line
from ..writer import Writer

ORDERS = ["C", "F", "A", "K"]
FOREIGN = [">f8", ">i4", "m8[s]", "M8[s]", "S5", "U5"]
"""Types that only NumPy knows."""


def create(w: Writer) -> Line:
    letter, shape = w.dtype(), w.shape()
    whole = w.random.random()
    if whole < 0.7 or not w.arrays():
        order, wild = "F" if w.chance(0.2) else "C", int(w.chance(0.35))
        made = f"data({w.below(2000)}, {letter!r}, {shape}, {order!r}, {wild})"
        turned = w.pick([".T", "[::-1]", "[..., ::-1]"]) if shape and w.chance(0.15) else ""
        return w.new(f"np.asarray({made}){turned}")
    if whole < 0.85:
        order = ", order='F'" if w.chance(0.2) else ""
        return w.new(f"np.{w.pick(['zeros', 'ones'])}({shape}, {letter!r}{order})")
    if whole < 0.9:
        return w.new(f"np.full({shape}, {w.pick(['0', '1', '7'])}, {letter!r})")
    if whole < 0.93:
        n = w.below(12)
        form = w.pick(["arange({}, dtype={!r})", "eye({}, dtype={!r})", "tri({}, 3, dtype={!r})"])
        return w.new(f"np.{form.format(n, letter)}")
    name = w.pick(["zeros_like", "ones_like", "copy"])
    order = f", order={w.pick(ORDERS)!r}" if w.chance(0.3) else ""
    return w.new(f"np.{name}({w.operand()}{order})")


def cast(w: Writer) -> Line:
    text, letter = w.operand(), w.dtype()
    if w.chance(0.1):
        return w.new(f"{text}.copy({w.pick(ORDERS)!r})")
    order = f", order={w.pick(ORDERS)!r}" if w.chance(0.1) else ""
    keep = ", copy=False" if w.chance(0.1) else ""
    lossy = w.kind(text) in "fc" and letter in "bBhHiIlL"
    near = f"cast({text}, {letter!r})" if lossy else ""
    return w.new(f"{text}.astype({letter!r}{order}{keep})", near)


def see(w: Writer) -> Line | None:
    text = w.operand()
    if w.chance(0.8):
        name = w.name()
        return Line(f"{name} = {w.view(text)}", name)
    if w.kind(text) in "fc":
        return None  # NaN has many patterns of bits
    # Bytes of bools are not written as other numbers than 0 and 1: our copies do not keep those.
    apart = ".copy()" if w.kind(text) == "b" else ""
    return w.new(f"{text}.view({w.pick(['np.int64', 'np.uint8', 'np.int32'])}){apart}")


def drop(w: Writer) -> Line | None:
    return Line(f"del {w.array()}") if len(w.arrays()) > 2 else None


def foreign(w: Writer) -> Line:
    """An array of a type that only NumPy knows, which stays NumPy's."""
    w.count += 1
    text = f"data({w.below(2000)}, 'l', {w.shape()}).astype({w.pick(FOREIGN)!r})"
    return Line(f"s{w.count} = np.asarray({text})", f"s{w.count}")


LINES = {create: 6, cast: 7, see: 12, drop: 4, foreign: 1}
