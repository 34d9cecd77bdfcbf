"""How many rounds of `prange` run one after another on a thread.

A loop's rounds are cut into at most 64 parts, whatever the number of threads. Where rounds take
times that differ much, or where many of them are short, a program may say how long a part is; the
setting belongs to the thread of Python's that calls.
"""

from __future__ import annotations

from typing import Any

from stook._extern import Extern
from stook._number_types import NAMES
from stook._stook import chunk_functions, chunk_size, set_chunk_size

__all__ = ["get_parallel_chunksize", "parallel_chunksize", "set_parallel_chunksize"]

_INT = NAMES["int64"]
_GET, _SET = chunk_functions()


class _Get(Extern):
    def __call__(self) -> int:  # type: ignore[override]
        """Return how many rounds a part has; 0 where the loop chooses."""
        return chunk_size()


class _Set(Extern):
    def __call__(self, chunksize: int) -> int:  # type: ignore[override]
        """Set how many rounds a part has, 0 for the loop's choice; return what it was.

        Raises
        ------
        ValueError
            If it is below 0.
        """
        if chunksize < 0:
            raise ValueError("the chunk size is a number of rounds, at least 0")
        return set_chunk_size(chunksize)


get_parallel_chunksize = _Get("get_parallel_chunksize", _GET, (), _INT, None)
set_parallel_chunksize = _Set("set_parallel_chunksize", _SET, (_INT,), _INT, None)


class parallel_chunksize:
    """Run a block with a number of rounds in a part.

    Parameters
    ----------
    chunksize : int
        How many rounds of `prange` run one after another; 0 where the loop chooses.

    Raises
    ------
    ValueError
        If it is below 0.

    Examples
    --------
    >>> import stook
    >>> from stook.compat.numba import parallel_chunksize
    >>> @stook.jit(parallel=True)
    ... def total(n):
    ...     found = 0
    ...     for k in stook.prange(n):
    ...         found += k
    ...     return found
    >>> with parallel_chunksize(100):
    ...     total(1000)
    499500
    """

    # What compiled functions call before the block and, with what that gave, after it.
    __stook_with__ = set_parallel_chunksize, set_parallel_chunksize

    def __init__(self, chunksize: int) -> None:
        self._chunksize = chunksize
        self._before = 0

    def __enter__(self) -> None:
        self._before = set_parallel_chunksize(self._chunksize)

    def __exit__(self, *error: Any) -> None:
        set_parallel_chunksize(self._before)
