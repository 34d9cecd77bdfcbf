"""Lines that choose elements: by masks, by indices, by condition, and looks at single ones."""

from __future__ import annotations

from ..program import Line
from ..writer import Writer

# Columns of one array in NumPy, arrays of their own in stook: what is compared is a copy.
NONZERO = ["np.nonzero({})[0].copy()", "np.flatnonzero({})", "np.argwhere({})"]
NONZERO += ["{}.nonzero()[-1].copy()", "np.where({})[0].copy()"]


def gathered(w: Writer, n: int, shape: tuple[int, ...]) -> str:
    """An array of indices into an axis of `n` elements, now and then one of them too large."""
    letter = w.pick("llllbhiBHIL") if n < 100 else w.pick("lliL")
    text = f"np.asarray(places({w.below(2000)}, {max(1, n)}, {shape}, {letter!r}))"
    return f"{text} + {n // 2}" if w.chance(0.03) else text


def indices(w: Writer, text: str) -> str | None:
    """What stands between brackets, an array of integers in it."""
    shape = w.value(text).shape
    if not shape:
        return None
    whole, n = w.random.random(), shape[0]
    many = (w.below(5),) if w.chance(0.8) else (2, w.below(4))
    if whole < 0.4:
        items = [gathered(w, n, many)]
    elif whole < 0.5:
        items = [str([w.random.randrange(-n, n) for _ in range(3)] if n else [])]
    elif whole < 0.65:
        items = [w.slice(n), gathered(w, shape[1], many)] if len(shape) > 1 else ["::-1", "None"]
    elif whole < 0.75:
        items = ["...", gathered(w, shape[-1], many)]
    elif whole < 0.95:
        items = [gathered(w, m, many) for m in shape[:2]]
        if w.chance(0.3):
            items.insert(1, w.pick([":", "None", "..."]))
    else:
        items = [gathered(w, n, many), w.slice(shape[-1])]
    return ", ".join(items)


def chosen(w: Writer, text: str) -> str:
    """What stands between brackets, a mask in it."""
    shape = w.value(text).shape
    if len(shape) > 1 and w.chance(0.3):
        lead = w.below(len(shape) - 1) + 1
        return f"np.asarray(data({w.below(2000)}, '?', {shape[:lead]}))"
    if len(shape) > 1 and w.chance(0.15):
        return f":, np.asarray(data({w.below(2000)}, '?', {shape[1:2]}))"
    return w.mask(text)


def by_mask(w: Writer) -> Line:
    text = w.operand()
    return w.new(f"{text}[{chosen(w, text)}]")


def by_index(w: Writer) -> Line | None:
    text = w.operand()
    index = indices(w, text)
    return None if index is None else w.new(f"{text}[{index}]")


def take(w: Writer) -> Line | None:
    """Functions that gather."""
    text = w.operand()
    shape = w.value(text).shape
    if not shape:
        return None
    axis, whole = w.axis(len(shape)), w.random.random()
    n = shape[axis]
    if whole < 0.3:
        modes = ["", "", ", mode='wrap'", ", mode='clip'"]
        mode = w.pick(modes) if n else ""  # NumPy would go around an empty axis for ever
        at = gathered(w, n, (w.below(6),))
        return w.new(f"np.take({text}, {at}, axis={axis}{mode})")
    if whole < 0.4:
        return w.new(f"{text}.take({gathered(w, w.value(text).size, (2, 3))})")
    if whole < 0.55:
        mask = f"np.asarray(data({w.below(2000)}, '?', ({n},)))"
        return w.new(f"np.compress({mask}, {text}, axis={axis})")
    if whole < 0.7:
        at = gathered(w, shape[-1], (*shape[:-1], 2))
        return w.new(f"np.take_along_axis({text}, {at}, -1)")
    if whole < 0.8:
        return w.new(f"np.extract({w.mask(text)}, {text})")
    return w.new(w.pick(NONZERO).format(w.pick([text, w.mask(text)])))


def choose(w: Writer) -> Line:
    """One of several values for each element."""
    first = w.operand()
    other, whole = w.partner(first), w.random.random()
    if whole < 0.5:
        pair = [first, other]
        w.random.shuffle(pair)
        return w.new(f"np.where({w.mask(first)}, {', '.join(pair)})")
    if whole < 0.75:
        conditions = f"{w.mask(first)}, {w.mask(first)}"
        return w.new(f"np.select([{conditions}], [{first}, {other}], {w.pick(['0', '-1'])})")
    low, high = w.pick([("-1", "2"), ("None", "1"), ("0", "None"), ("0.5", other)])
    out = f", out={w.operand()}" if w.chance(0.1) else ""
    target = out.removeprefix(", out=")
    text = f"np.clip({first}, {low}, {high}{out})"
    return Line(text, target, "either_zero()") if out else w.new(text, "either_zero()")


def item(w: Writer) -> Line:
    """A single element, or the truth of one."""
    text = w.array()
    shape = w.value(text).shape
    if 0 in shape or not shape:
        return Line(f"seen = bool({text})", "seen")
    index = ", ".join(str(w.random.randrange(-n, n)) for n in shape)
    name = w.name()
    if w.chance(0.3):
        return Line(f"{name} = {text}[{index}].item()", name)
    return Line(f"{name} = {text}[{index}]", name)


LOOKS = ["{}.tolist()", "str({})", "({} == {}).all()", "[*{}.flat][:3]", "len({})", "repr({})"]
LOOKS += ["np.sort({}, axis=None)[:9] != 0", "np.array_equal({}, {})", "[str(x) for x in {}][:9]"]


def look(w: Writer) -> Line:
    """What reads a whole array, or a long one in part."""
    text = w.array()
    if w.value(text).size > 3000 or w.chance(0.2):
        return Line(w.pick(["{}.tobytes()", "np.asarray({})", "memoryview({})"]).format(text))
    return Line("seen = " + w.pick(LOOKS).replace("{}", text), "seen")


LINES = {by_mask: 3, by_index: 4, take: 4, choose: 6, item: 2, look: 4}
