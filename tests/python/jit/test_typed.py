"""Typed containers by Numba's names, in Python and in compiled functions."""

import stook
from stook.compat import numba
from stook.typed import Dict, List


def test_lists_are_taken_changed_and_made():
    @stook.jit
    def change(values):
        values.append(4)
        made = List()
        for x in values:
            made.append(x * 0.5)
        return made, numba.typed.List.empty_list(numba.int64)

    values = List([1, 2])
    assert change(values) == ([0.5, 1.0, 2.0], [])
    assert values == [1, 2, 4] and isinstance(values, List)
    assert List.empty_list(numba.int64) == []


def test_dicts_are_taken_changed_and_made():
    @stook.jit
    def change(counts):
        counts[3] = 0.5
        made = numba.typed.Dict.empty(numba.float64, numba.int64)
        other = Dict()
        for k, v in counts.items():
            made[v] = k
            other[k] = 1
        return made, other

    counts = Dict.empty(numba.int64, numba.float64)
    counts[1] = 2.5
    assert change(counts) == ({2.5: 1, 0.5: 3}, {1: 1, 3: 1})
    assert counts == {1: 2.5, 3: 0.5}
