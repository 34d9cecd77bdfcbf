"""Calls of native functions in less common forms, which run natively and as NumPy's."""

from typing import Any

import pytest
import stook
from compare import check_told, falling_back

CALLS = """
np.sort(a, kind="quick"); np.sort(a, kind="Stable"); np.argsort(a, kind="m"); np.sort(a, kind="x")
np.sort(a, kind=""); np.sort(a, kind=0); np.sort(a, kind="q", stable=True)
np.unique(m, axis=0); np.unique(m, axis=1); np.unique(s, axis=2); np.unique(m[:, :0], axis=0)
np.unique(m, True, True, True, axis=0); np.unique(m[:0], True, True, True, axis=0)
np.unique(np.array([[nan, 1], [nan, 0], [nan, 1], [0, 1]]), True, True, True, axis=0)
np.unique(m, axis=2); np.unique(m * 1j, axis=-1)
np.ones(3, "B") == -1; np.ones(3, "B") != -1; np.ones(3, "B") < 2**70; 300 < np.ones(3, "b")
np.less(-1, np.ones(3, "B")); np.greater_equal(np.ones((2, 1), "b"), 300, order="F")
np.less(np.ones(3, "b"), 300, dtype="b")
np.not_equal(np.ones(3, "b"), [300]); np.ones(0, "b") < 300
np.power(2, i); np.power(i, i); np.power(i, -i); np.power(2, i[:0]); i**i
np.repeat(a, [1, 0, 2]); m.repeat([1, 2, 3], axis=0); np.repeat(a, np.array([2])); m.repeat([2], 1)
np.repeat(a, i.astype("B")); np.repeat(a, [1, -1, 2]); np.repeat(a, [1, 2]); np.repeat(a, [1.5] * 3)
np.repeat(m, [1, 2]); np.repeat(a, [[1, 2, 3]]); np.repeat(a[:0], []); np.repeat(a, np.array(2))
np.repeat(a, -1); np.repeat(a, [-1]); np.repeat(a, i.astype("Q"))
written(np.putmask, [1, 0, 2], [1, 2]); written(np.putmask, a > 1, []); written(np.putmask, m, 1)
written(np.putmask, [1, 0, 2], a); written(np.putmask, [1, 0, 2], np.array([1, 2], "b"))
written(np.putmask, a > 1, 300); written(np.putmask, a > 1, 2.5)
written(np.copyto, 3); written(np.copyto, 300); written(np.copyto, 3.5)
written(np.copyto, [1, 2, 3]); np.zeros((3, 0)).take([0, -1], 0); np.zeros((0, 3)).take([[1]], 1)
written(np.copyto, 3, where=a > 1); written(np.copyto, 3, "no"); written(np.copyto, [300, 1, 1])
written(np.copyto, True); written(np.copyto, 1j, "unsafe")
put_all(np, [1, 2], 9); put_all(np, [[1], [2]], 9); put_all(np, [0.5], 9)
put_all(np, [-1, 0], [7, 8])
np.select([True], [0], default=[0]); np.select([True], [1]); np.select([False, True], [1, 2.5])
np.meshgrid(a, i, copy=False); np.meshgrid(a, i, sparse=True, copy=False)
np.gradient(a, np.array(2.0)); np.gradient(m, np.array(1.5)); np.gradient(a, np.array(2))
np.argwhere(np.array(3.0)); np.argwhere(np.array(0)); np.argwhere(5)
np.concatenate([np.float32(1), 1.0], axis=None); np.concatenate([i, 1.5], axis=None)
"""


def _written(np: Any) -> Any:
    def written(function: Any, *args: Any, **options: Any) -> Any:
        a = np.arange(3).astype("b")
        function(a, *args, **options)
        return a

    return written


def _put_all(np: Any, places: Any, values: Any) -> Any:
    a = np.arange(6).reshape(2, 3)
    np.put_along_axis(a, np.array(places), values, axis=None)
    return a


@pytest.mark.parametrize("call", [call for line in CALLS.split("\n") for call in line.split(";")])
def test_calls_are_native_and_numpys(call):
    def program(np: Any) -> Any:
        names = {"a": np.array([3.0, 1, 2]), "i": np.array([3, 1, 2]), "nan": np.nan}
        names |= {
            "m": np.array([[1.0, 2], [0, 5], [1, 2]]),
            "s": np.arange(24).reshape(2, 3, 4) % 2,
        }
        return eval(call.strip() or "None", names | _helpers(np))

    with falling_back():
        check_told(program)


def test_comparisons_with_large_numbers_are_written_to_outputs():
    """NumPy 2.4.6 ends the process here."""
    out, mask = stook.zeros(3), stook.array([True, False, True])
    with falling_back():
        assert stook.not_equal(stook.ones(3, "b"), 300, out=out, where=mask) is out
    assert out.tolist() == [1, 0, 1]


def _helpers(np: Any) -> dict[str, Any]:
    return {"np": np, "written": _written(np), "put_all": _put_all}
