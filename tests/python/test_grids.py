"""Grids and joined pieces written as index expressions."""

import numpy
import pytest
import stook
from compare import check
from held import within

GRIDS = """
np.mgrid[0:3, 0:4]
np.mgrid[:3, 1:4:2]
np.mgrid[0:3]
np.mgrid[3:0:-1]
np.mgrid[-1:1:5j]
np.mgrid[-1:1:5j, 0:2]
np.mgrid[-1:1:5j, -2:2:3j, 0:1:1j]
np.mgrid[0:1:.1]
np.mgrid[0:1:.1, 0:2]
np.mgrid[3:0, 0:2]
np.mgrid[0:0]
np.mgrid[0:2,]
np.mgrid[numpy.float32(0):numpy.float32(1):numpy.float32(.25), 0:2]
np.mgrid[0:1:3j, 0:1:numpy.complex64(3j)]
np.mgrid[1j:3]
np.mgrid[True:3, 0:2]
np.ogrid[0:3, 0:4]
np.ogrid[-1:1:5j, 0:4]
np.ogrid[-1:1:5j]
np.ogrid[0:3]
np.ogrid[0:3, 0:4, 2:3]
np.ogrid[3:0, 0:2]
np.ogrid[numpy.float32(0):numpy.float32(1):numpy.float32(.25), 0:2]
"""

JOINED = """
np.r_[1, 2, 3]
np.r_[1, 2.5]
np.r_[v, 0, 0, v]
np.r_[v, i]
np.r_[0:5]
np.r_[5:0:-2]
np.r_[0:1:5j, 3]
np.r_[v, 1j]
np.r_[[1, 2], (3, 4)]
np.r_[i.astype("b"), 3]
np.r_[i.astype("b"), 3.0]
np.r_[i.astype("f"), 3.0]
np.r_[i.astype("f"), numpy.float64(3)]
np.r_[a, a]
np.r_[a]
np.r_["-1", a, a]
np.r_["0", a, a]
np.r_["0,2", v, v]
np.r_["1,2", v, v]
np.r_["0,2,0", v, v]
np.r_["1,2,0", v, v]
np.r_["1,3,1", a, a]
np.r_["0,3,-1", v, v]
np.r_["-1,3,-2", v, 0:5]
np.r_["0,2", 1, 2]
np.r_[True, False]
np.r_[v[:0], 1]
np.r_[()]
np.r_[1:3, a]
np.c_[v, v]
np.c_[v, i[:5]]
np.c_[a, a]
np.c_[a, v[:3]]
np.c_[0:3, 1:4]
np.c_[1, 2]
np.c_[[1, 2, 3]]
np.c_[v, 1]
np.c_[v[None], 1, 2.5]
np.c_[a.T, v[:4]]
np.c_["0", v, v]
len(np.r_), len(np.c_)
"""

OUTSIDE = """
np.r_["r", 1, 2]
np.r_["c", 1, 2]
np.r_["a", 1]
np.r_[1, "0"]
np.r_["0,2,9", [1], [2]]
np.mgrid[1]
np.mgrid[0:"a"]
np.r_[numpy.array(["a"]), numpy.array(["b"])]
"""


def names(np):
    a = np.arange(12.0).reshape(3, 4)
    return {"a": a, "v": np.arange(5.0), "i": np.arange(12), "numpy": numpy}


@pytest.mark.parametrize("expression", GRIDS.strip().split("\n"))
def test_grids(expression):
    within(expression, names)


@pytest.mark.parametrize("expression", JOINED.strip().split("\n"))
def test_joined_pieces(expression):
    within(expression, names)


@pytest.mark.parametrize("expression", OUTSIDE.strip().split("\n"))
@pytest.mark.filterwarnings("ignore")
def test_what_numpy_alone_makes(expression):
    check(lambda np: eval(expression, {"np": np, **names(np)}))


def test_results_are_arrays_of_ours():
    assert type(stook.r_[1, 2]) is type(stook.mgrid[0:2]) is stook.ndarray
