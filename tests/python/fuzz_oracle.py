"""Random programs held to NumPy, and to stook itself.

Each program runs three times. Under NumPy and under stook line by line, every array looked at after
every line: equal bits, or within the rounding that the line allows (then NumPy's array takes
stook's values, so that no difference is carried on). Then under stook as it stands, with calls
pending until the program looks: bit for bit what the second run had.
"""

from __future__ import annotations

import random
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy
import stook
from fuzz_programs import Line, Program, names, program, within
from stook import _stook


@dataclass
class Failure:
    """The program, the line after which it went wrong, and how."""

    program: Program
    at: int
    kind: str
    text: str

    def script(self) -> str:
        """A program for Python that shows both results."""
        lines = [
            f"# program {self.program.seed}, line {self.at}: {self.kind}: {self.text}",
            "import sys",
            "sys.path.insert(0, 'tests/python')",
            "import warnings; warnings.simplefilter('ignore')",
            "import numpy, stook",
            "from fuzz_programs import data",
            "stook._stook.run_at_once(stook._stook.AT_ONCE)"
            if self.program.at_once
            else "stook._stook.run_at_once(0)",
            "for np in (numpy, stook):",
            *(f"    {line.text}" for line in self.program.lines),
        ]
        target = self.program.lines[min(self.at, len(self.program.lines) - 1)].target
        if target:
            lines.append(f"    print(repr({target}))")
        return "\n".join(lines)


def bits(value: Any) -> tuple[Any, ...]:
    """What must be equal: class, type, shape, steps, values; every NaN is the same."""
    if isinstance(value, numpy.generic):
        kind, array = type(value).__name__, numpy.asarray(value)
    elif type(value) is stook.ndarray:
        kind, array = "array", _stook.look(value)
    elif isinstance(value, numpy.ndarray):
        kind, array = "array", value
    else:
        return (type(value).__name__, repr(value))
    contents = array.tobytes()
    if array.dtype.kind in "fc":
        parts = numpy.frombuffer(contents, array.real.dtype)
        strange = parts != parts
        if strange.any():
            parts = parts.copy()
            parts[strange] = numpy.nan
            contents = parts.tobytes()
    lengths = zip(array.strides, array.shape, strict=True)
    steps = tuple(step for step, n in lengths if n > 1 and array.size)
    return (kind, array.dtype.char, (array.shape, steps), contents)


def plain(value: Any) -> Any:
    """An array of NumPy's, by copy."""
    return numpy.array(_stook.look(value)) if type(value) is stook.ndarray else numpy.array(value)


def different(theirs: Any, ours: Any) -> str:
    """In words, how two values differ."""
    a, b = bits(theirs), bits(ours)
    if a[:3] != b[:3]:
        return f"{a[:3]} in NumPy, {b[:3]} in stook"
    x, y = plain(theirs), plain(ours)
    unequal = (x != y) & ~((x != x) & (y != y)) if x.dtype.kind != "b" else x != y
    if not unequal.any():
        return "signs of zero, or parts that are NaN"
    place = tuple(int(k) for k in numpy.argwhere(unequal)[0])
    many = f"{int(unequal.sum())} of {x.size} differ"
    return f"{many}; at {place} {x[place]} in NumPy, {y[place]} in stook"


def allowed(theirs: Any, ours: Any, line: Line, scale: Any) -> bool:
    """Whether values lie as near as the line demands."""
    if bits(theirs)[:3] != bits(ours)[:3]:
        return False
    if line.scale == "any":
        return True
    x, y = plain(theirs), plain(ours)
    real = x.real.dtype
    if real.kind != "f":
        return False
    info = numpy.finfo(real)
    same = (x == y) | ((x != x) & (y != y))
    apart = numpy.abs(x - y)
    if line.scale == "zero":
        return bool(same.all())
    if isinstance(scale, str):
        room = line.units * numpy.abs(numpy.spacing(numpy.where(numpy.isfinite(x), x, info.max)))
        edge = (numpy.abs(x) >= info.max) & (numpy.abs(y) >= info.max)
        return bool((same | (apart <= room) | edge).all())
    scale = numpy.broadcast_to(numpy.asarray(scale, "g"), x.shape)
    room = scale * line.units * info.eps + 4 * float(info.smallest_subnormal)
    far = ~(scale < float(info.max) / 4) | (~numpy.isfinite(x) & ~numpy.isfinite(y))
    return bool((same | far | (apart <= room)).all())


def run(text: str, space: dict[str, Any], code: dict[str, Any]) -> str:
    """Executes a line; the name of the exception it raises, or nothing."""
    if text not in code:
        code[text] = compile(text, "<fuzz>", "exec")
    try:
        exec(code[text], space)
    except Exception as error:
        return type(error).__name__ + ": " + str(error)
    return ""


def arrays(space: dict[str, Any]) -> dict[str, Any]:
    """The variables of a program."""
    return {name: value for name, value in space.items() if name[:1] == "v" and name[1:].isdigit()}


def synchronise(line: Line, theirs: dict[str, Any], ours: dict[str, Any]) -> None:
    """Gives NumPy's array the values of stook's where they may differ."""
    value = eval(line.target, ours)
    if type(value) is stook.ndarray:
        target = eval(line.target, theirs)
        with numpy.errstate(all="ignore"):
            target[...] = plain(value)
    elif line.target.isidentifier():
        theirs[line.target] = value


def step(line: Line, theirs: dict[str, Any], ours: dict[str, Any], code: Any) -> tuple[str, str]:
    """Runs a line on both sides; kind and text of a difference, or two empty strings."""
    scale: Any = line.scale
    if scale not in ("", "spacing", "zero", "any"):
        try:
            scale = eval(scale, {**theirs, "within": within})
        except Exception:
            scale = ""
    raised = run(line.text, theirs, code), run(line.text, ours, code)
    if raised[0].split(":")[0] != raised[1].split(":")[0]:
        return "exception", f"{raised[0] or 'none'} in NumPy, {raised[1] or 'none'} in stook"
    if raised[0] or not line.target:
        return "", ""
    try:
        a, b = eval(line.target, theirs), eval(line.target, ours)
    except Exception:
        return "", ""
    if bits(a) != bits(b):
        if not line.scale or not allowed(a, b, line, scale):
            return "values" if bits(a)[:3] == bits(b)[:3] else "type", different(a, b)
        synchronise(line, theirs, ours)
    return "", ""


def check(chosen: Program) -> Failure | None:
    """Runs a program; what is wrong with it, if anything."""
    _stook.run_at_once(_stook.AT_ONCE if chosen.at_once else 0)
    code: dict[str, Any] = {}
    with warnings.catch_warnings(), numpy.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        theirs, ours = names(numpy), names(stook)
        for k, line in enumerate(chosen.lines):
            kind, text = step(line, theirs, ours, code)
            if kind:
                return Failure(chosen, k, kind, text)
            for name, value in arrays(theirs).items():
                if bits(value) != bits(ours[name]):
                    return Failure(
                        chosen, k, "other values", f"{name}: {different(value, ours[name])}"
                    )
        stepwise = {name: bits(value) for name, value in arrays(ours).items()}
        return pending(chosen, stepwise, code)


def pending(chosen: Program, stepwise: dict[str, Any], code: Any) -> Failure | None:
    """Runs a program without looking, and compares the end with the run that looked."""
    last = len(chosen.lines) - 1
    lazy, _ = leave(chosen, code)
    for name, value in lazy.items():
        if name in stepwise and bits(value) != stepwise[name]:
            return Failure(chosen, last, "pending", f"{name} differs from the run line by line")
    return None


def leave(chosen: Program, code: Any) -> tuple[dict[str, Any], list[str]]:
    """Variables and exceptions of a run under stook, nothing looked at but by the program."""
    space = names(stook)
    raised = [run(line.text, space, code) for line in chosen.lines]
    made = list(arrays(space).items())
    random.Random(chosen.seed).shuffle(made)
    return dict(made), raised


def fingerprint(chosen: Program) -> int:
    """A number that tells results apart, for comparing settings of stook's."""
    _stook.run_at_once(_stook.AT_ONCE if chosen.at_once else 0)
    with warnings.catch_warnings(), numpy.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        made, raised = leave(chosen, {})
        parts = [(name, bits(value)) for name, value in made.items()]
    import zlib

    return zlib.crc32(repr((parts, [text.split(":")[0] for text in raised])).encode())


def shrink(failure: Failure, tries: int = 300) -> Failure:
    """The same failure with as few lines as can be found."""
    k = len(failure.program.lines) - 1
    while k >= 0 and tries:
        tries -= 1
        lines = [line for j, line in enumerate(failure.program.lines) if j != k]
        found = (
            check(Program(failure.program.seed, lines, failure.program.at_once)) if lines else None
        )
        if found is not None and found.kind == failure.kind:
            failure = found
            k = min(k, len(failure.program.lines))
        k -= 1
    return failure


def failures(seeds: Iterable[int]) -> Iterable[Failure]:
    """What is wrong with the programs of these numbers, shrunk."""
    for seed in seeds:
        found = check(program(seed))
        if found is not None:
            yield shrink(found)
