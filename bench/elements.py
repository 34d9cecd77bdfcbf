"""Measures `vectorize`, `guvectorize` and `stencil` beside Numba's, interleaved in one run.

Run: python bench/elements.py [--only TEXT] [--quick]

Each case is written once, for the module of either, and has 10 million elements. Both run on all
threads; Numba by ``target="parallel"`` or, for a stencil, inside a parallel function. Ratios are
Numba's time over stook's. Results are compared before anything is timed.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from compiled import in_turns
from show import duration, mean
from stook.compat import numba as ours
from suite import difference


def relative(library: Any, n: int) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """A ufunc with branches."""

    @library.vectorize(["f8(f8, f8)"], target="parallel")
    def relative(a: Any, b: Any) -> Any:
        return 0.0 if a == b else (a - b) / max(abs(a), abs(b))

    random = np.random.default_rng(0)
    return relative, (random.random(n), random.random(n))


def squares(library: Any, n: int) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """A ufunc of two products."""

    @library.vectorize(["f8(f8, f8)"], target="parallel")
    def squares(a: Any, b: Any) -> Any:
        return a * a + b * b

    random = np.random.default_rng(0)
    return squares, (random.random(n), random.random(n))


def distances(library: Any, n: int) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """Rows of eight, to a number each."""

    @library.guvectorize(["void(f8[:], f8[:], f8[:])"], "(n),(n)->()", target="parallel")
    def distances(a: Any, b: Any, out: Any) -> None:
        total = 0.0
        for k in range(a.size):
            total += (a[k] - b[k]) ** 2
        out[0] = total

    random = np.random.default_rng(0)
    return distances, (random.random((n // 8, 8)), random.random(8))


def cross(library: Any, n: int) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """Neighbours in two axes."""

    @library.stencil
    def kernel(a: Any) -> Any:
        return 0.25 * (a[0, 1] + a[1, 0] + a[0, -1] + a[-1, 0])

    side = int(n**0.5)
    data = (np.random.default_rng(0).random((side, side)),)
    if library is ours:
        return kernel, data
    return library.njit(parallel=True)(lambda a: kernel(a)), data


CASES = [relative, squares, distances, cross]


def main() -> None:
    """Run the cases."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", default="", help="run cases whose name contains this text")
    parser.add_argument("--quick", action="store_true", help="small arrays, few rounds")
    given = parser.parse_args()
    ratios = []
    print(f"{'case':<12}{'numba':>12}{'stook':>12}{'ratio':>8}{'difference':>12}")
    for case in CASES:
        if given.only.lower() not in case.__name__:
            continue
        n = 100_000 if given.quick else 10_000_000
        made = {"numba": case(numba, n)[0], "stook": case(ours, n)[0]}
        data = case(ours, n)[1]
        apart = difference(made["numba"](*data), made["stook"](*data))
        times = in_turns(made, data, 5 if given.quick else 15)
        ratios.append(times["numba"] / times["stook"])
        shown = "".join(f"{duration(times[name]):>12}" for name in ("numba", "stook"))
        print(f"{case.__name__:<12}{shown}{ratios[-1]:>8.2f}{apart:>12.1e}", flush=True)
    if ratios:
        print(f"geometric mean {mean(ratios):.2f}, least {min(ratios):.2f}")


if __name__ == "__main__":
    main()
