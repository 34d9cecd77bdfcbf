"""Lines as people write programs: loops over rows, error states, flags, shapes set in place, the
many ways to say an index and an output."""

from __future__ import annotations

from ..program import Line
from ..writer import Writer
from .calls import IN_PLACE, PLAIN_ONE, PLAIN_TWO, near

EXACT = "1 2 -1 True np.int8(3)".split()  # noqa: SIM905
INDICES = """
    True False None np.newaxis,... [True]+[False]*(len({0})-1) [[0,-1],[-1,0]] np.int64(0)
    np.s_[1:] slice(None,2) ...,np.int8(-1) [],... [0,-1],None np.asarray(0) np.ix_([0,-1])
    np.asarray([0,0,-1]),... numpy.array([-1,0]) (0,)
""".split()  # noqa: SIM905


def loop(w: Writer) -> Line | None:
    """A loop over the first axis, which writes views or reads them."""
    a = w.operand()
    shape = w.value(a).shape
    if not shape or shape[0] > 40 or len(shape) == 1:
        return None
    kind = w.value(a).dtype.kind
    steps = ["+=", "-=", "*="] if kind in "iuf" else ["|="] if kind == "b" else ["+="]
    step = f"row[...] {w.pick(steps)} {w.pick(['1', '3', f'{a}[-1]'])}"
    whole = w.random.random()
    if whole < 0.5:
        return Line(f"for row in {a}: {step}", a)
    if whole < 0.7:
        return Line(f"for k in range(len({a}) - 1): {a}[k + 1] = {a}[k] + {a}[k + 1]", a)
    if whole < 0.85:
        return w.new(f"np.stack([row * 2 for row in {a}])")
    return w.new(f"[row for row in {a} if (row > 0).any()][-1]")


def guarded(w: Writer) -> Line | None:
    """A call under an error state, which may make an exception of a condition."""
    first = w.operand()
    state = w.pick(["all='raise'", "divide='raise'", "over='raise',invalid='ignore'"])
    name = w.pick(["add", "subtract", "divide", "sqrt", "square", "reciprocal", "log"])
    second = f", {w.partner(first)}" if name in ("add", "subtract", "divide") else ""
    if w.kind(first) == "c" or (second and w.kind(second[2:]) == "c"):
        return None
    under = ",under='ignore'"
    target = w.name()
    allowed = near(w, name, [first])
    text = f"with np.errstate({state}{under}): {target} = np.{name}({first}{second})"
    return Line(text, target, allowed)


def indexed(w: Writer) -> Line | None:
    """An index in other words, read or written."""
    a = w.operand()
    place = f"{a}[{w.pick(INDICES).format(a)}]"
    if w.chance(0.6):
        return w.new(place)
    return Line(f"{place} {w.pick(['=', '+='])} {w.pick(EXACT)}", a)


def flat(w: Writer) -> Line | None:
    """Elements in C order, through `flat`."""
    a = w.operand()
    size = w.value(a).size
    place = f"{a}.flat[{w.pick([w.slice(size), '0', '-1', '[0, -1]', ':'])}]"
    if w.chance(0.4):
        return w.new(place)
    return Line(w.pick([f"{place} = {w.pick(EXACT)}", f"{place} = [1, 2, 3]", f"{a}.flat = 2"]), a)


def outputs(w: Writer) -> Line | None:
    """Outputs by position, in tuples, and of functions with two results."""
    a = w.operand()
    whole, letter = w.random.random(), w.value(a).dtype.char
    w.count += 2
    out, other = f"v{w.count - 1}", f"v{w.count}"
    if whole < 0.7:
        two = w.chance(0.5)
        name = w.pick(PLAIN_TWO if two else PLAIN_ONE)
        args = [a, w.pick(EXACT)] if two else [a]
        form = w.pick([out, f"out=({out},)"])
        made = f"{out} = np.zeros({w.value(a).shape}, {letter!r})"
        return Line(f"{made}; np.{name}({', '.join([*args, form])})", out, near(w, name, args))
    name = w.pick(["modf", "frexp", "divmod"])
    made = f"{out}, {other} = np.ones_like({a}), np.ones_like({a})"
    second = f", {w.pick(EXACT)}" if name == "divmod" else ""
    form = w.pick([f"out=({out}, {other})", f"out=(None, {other})"])
    return Line(f"{made}; np.{name}({a}{second}, {form})", out)


def settings(w: Writer) -> Line | None:
    """What an array says of itself, or is told."""
    a = w.array()
    shape = w.value(a).shape
    whole = w.random.random()
    if whole < 0.35 and w.shared():
        return None  # of what `numpy.asarray` gives, ours is another object
    if whole < 0.1:
        return Line(f"{a}.flags.writeable = False", a)
    if whole < 0.2:
        return Line(f"{a}.setflags(write={w.pick(['True', 'False'])})", a)
    if whole < 0.35:
        return Line(f"{a}.shape = {w.pick([shape[::-1], (-1,), (1, *shape)])}", a)
    if whole < 0.45:
        return w.new(f"{a}.byteswap().byteswap()") if w.kind(a) in "iu" else None
    looks = ["nbytes", "itemsize", "size", "ndim", "flags.c_contiguous", "flags.writeable"]
    looks += ["flags.f_contiguous", "dtype.name", "T.shape", "mT.shape"]
    return Line(f"seen = {a}.{w.pick(looks)}", "seen")


def doubled(w: Writer) -> Line | None:
    """Two writes, of which the later one reads or covers what the earlier one wrote."""
    a = w.operand()
    if not w.value(a).ndim:
        return None
    view = w.view(a)
    op = w.pick([op for op in IN_PLACE if op[0] in "+-|&"])
    return Line(f"x = {view}; x {op} {w.pick(EXACT)}; {a}[...] {op} {w.pick(EXACT)}", a)


LINES = {loop: 3, guarded: 2, indexed: 4, flat: 3, outputs: 3, settings: 3, doubled: 3}
