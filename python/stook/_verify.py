"""Every bundle held to NumPy, operation by operation: `stook.verify`.

While somebody verifies, the native module records every call, small ones too, keeps a trace of each
run (`set_tracing`), and calls `check` after the look that ran it. What a trace is held to stands in
`_traces`; here are who verifies, what is counted, and how a difference is told.
"""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Callable
from typing import Any

import numpy

from stook import _warn
from stook._stook import run_at_once, set_tracing, sync, traces

__all__ = ["Verification", "VerifyError", "verify"]


class VerifyError(RuntimeError):
    """An operation whose result differs from NumPy's.

    Attributes
    ----------
    operation : str
        Its name in NumPy, such as ``sin`` or ``add.reduce``.
    file, line : str, int
        Where the program called it.
    dtype, shape
        Of its result.
    index : tuple of int
        The first element that differs.
    expected, got
        NumPy's value of that element, and stook's.
    """

    operation: str
    file: str
    line: int
    dtype: numpy.dtype[Any]
    shape: tuple[int, ...]
    index: tuple[int, ...]
    expected: Any
    got: Any


class Verification:
    """What was verified inside a ``with`` block.

    Attributes
    ----------
    bundles : int
        Bundles run.
    operations : int
        Operations run again in NumPy.
    differences : list of VerifyError
        Those that differ, each raised at the look that ran it.
    result
        What the verified function returned.
    """

    def __init__(self) -> None:
        self.bundles = 0
        self.operations = 0
        self.differences: list[VerifyError] = []
        self.result: Any = None

    def __enter__(self) -> Verification:
        sync()
        if not _active:
            set_tracing(True)
            _at_once.append(run_at_once(0))
        _active.append(self)
        return self

    def __exit__(self, *error: Any) -> None:
        try:
            sync()
        finally:
            _active.remove(self)
            if not _active:
                set_tracing(False)
                run_at_once(_at_once.pop())

    def __str__(self) -> str:
        said = f"stook verify: {self.operations:,} operations in {self.bundles:,} bundles"
        if not self.differences:
            return f"{said}, nothing differs from NumPy"
        return f"{said}, {len(self.differences):,} differ from NumPy"

    __repr__ = __str__


_active: list[Verification] = []
# How many elements ran at once before every call was recorded.
_at_once: list[int] = []


def verify(function: Callable[..., Any] | None = None, *args: Any, **kwargs: Any) -> Verification:
    """Hold every bundle to NumPy, operation by operation.

    Parameters
    ----------
    function : callable, optional
        Called with the other arguments; what it returns is the ``result`` of what this returns.
        Without it, use that in a ``with`` statement.
    *args, **kwargs
        For `function`.

    Returns
    -------
    Verification
        Counts; prints as one line.

    Raises
    ------
    VerifyError
        At the look that ran it, for the first operation whose result differs: in any bit, or by
        more than the operation's error bound where it is rounded in another way than NumPy's.

    Notes
    -----
    Programs run many times slower meanwhile, with several copies of the memory that they work on.
    Small calls, which usually run at once, are recorded too. Indexing by arrays and masks is not
    verified, nor of course what runs in NumPy.

    Examples
    --------
    >>> import stook as np
    >>> with np.verify() as checked:
    ...     total = (np.arange(100000.0) * 2 + 1).sum()
    >>> print(checked)
    stook verify: 3 operations in 1 bundles, nothing differs from NumPy
    """
    verification = Verification()
    if function is not None:
        with verification:
            verification.result = function(*args, **kwargs)
    return verification


def at_exit() -> None:
    """Verify from now on; say at exit what came of it, and fail there if anything differs."""
    if not _active:
        atexit.register(_finish, Verification().__enter__())


def _finish(verification: Verification) -> None:
    try:
        verification.__exit__()
    except VerifyError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
    print(verification, file=sys.stderr)
    if verification.differences:
        sys.stdout.flush()
        sys.stderr.flush()
        # The program may have caught the error, and this late an exception changes no exit status.
        os._exit(1)


def check() -> None:
    """Verify the runs since the last call; the native module calls this after each look."""
    from stook._traces import difference

    found = []
    for trace in traces():
        with _warn.quiet():
            error = difference(trace)
        for verification in _active:
            verification.bundles += trace.bundles
            verification.operations += len(trace)
        if error is not None:
            found.append(error)
    for verification in _active:
        verification.differences += found
    if found:
        raise found[0]
