"""What the subscripts of `einsum` say: a label for each axis of each operand, and of the result.

Text enters, or lists of axes' numbers; labels leave, one character each, letters or those that
stand for the axes under an ellipsis. What cannot be understood is a `ValueError`.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from typing import Any

from stook._composed import NotNative

__all__ = ["arguments", "read"]


def arguments(operands: tuple[Any, ...]) -> tuple[str, list[Any]]:
    """Return the subscripts as text, and the operands."""
    if not operands:
        raise ValueError("no subscripts")
    if isinstance(operands[0], str):
        return operands[0].replace(" ", ""), list(operands[1:])
    values = list(operands[: len(operands) // 2 * 2 : 2])
    terms = [_letters(entry) for entry in operands[1::2]]
    text = ",".join(terms)
    if len(operands) % 2:
        text += "->" + _letters(operands[-1])
    return text, values


def _letters(axes: Sequence[Any]) -> str:
    """Return the letters that stand for numbers of axes."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    places = [axis if axis is Ellipsis else operator.index(axis) for axis in axes]
    if any(place is not Ellipsis and place < 0 for place in places):
        raise ValueError("an axis has no negative number")
    return "".join("..." if place is Ellipsis else alphabet[place] for place in places)


# Labels of the axes that an ellipsis stands for, counted from the last.
_ELLIPSIS = "".join(chr(0x2460 + k) for k in range(64))


@functools.lru_cache(maxsize=256)
def read(subscripts: str, ndims: tuple[int, ...]) -> tuple[list[str], str]:
    """Return the labels of each operand and of the result."""
    given, arrow, result = subscripts.partition("->")
    terms = given.split(",")
    if len(terms) != len(ndims):
        raise ValueError("another number of operands")
    terms = [_spelled(term, ndim) for term, ndim in zip(terms, ndims, strict=True)]
    together = "".join(terms)
    widest = max((sum(label in _ELLIPSIS for label in term) for term in terms), default=0)
    broadcast = _ELLIPSIS[:widest][::-1]
    if arrow:
        if "..." not in result and widest:
            raise NotNative
        target = _spelled(result, len(result.replace("...", "")) + widest)
    else:
        once = (label for label in set(together) if together.count(label) == 1)
        target = broadcast + "".join(sorted(label for label in once if label not in _ELLIPSIS))
    if len(set(target)) != len(target) or not set(target) <= set(together):
        raise ValueError("labels of the result")
    return terms, target


def _spelled(term: str, ndim: int) -> str:
    """Return labels with those that an ellipsis stands for."""
    before, dots, after = term.partition("...")
    letters = before + after
    missing = ndim - len(letters)
    if (letters and not (letters.isascii() and letters.isalpha())) or missing < 0:
        raise ValueError("letters, one for each axis")
    if missing and not dots:
        raise ValueError("fewer letters than axes")
    return before + _ELLIPSIS[:missing][::-1] + after
