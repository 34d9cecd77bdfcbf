"""What functions and classes declare, where annotations name what is not there yet.

From Python 3.14 on an annotation is evaluated when somebody looks at it. Compiled code asks for the
parameters of functions, whose annotations it leaves alone, and for the types of fields, which it
needs as far as their names are known.
"""

from __future__ import annotations

import inspect
import sys
import typing
from collections.abc import Callable
from typing import Any


def signature(function: Callable[..., Any]) -> inspect.Signature:
    """Return the parameters of a function, as `inspect.signature` does."""
    if sys.version_info >= (3, 14):
        import annotationlib

        return inspect.signature(function, annotation_format=annotationlib.Format.STRING)
    return inspect.signature(function)


def fields(class_: type) -> dict[str, Any]:
    """Return what a class and its bases annotate; its own alone where a name is unknown."""
    try:
        return typing.get_type_hints(class_)
    except NameError:
        if sys.version_info >= (3, 14):
            import annotationlib

            known = annotationlib.Format.FORWARDREF
            return annotationlib.get_annotations(class_, format=known)
        return dict(class_.__annotations__)
