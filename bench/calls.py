"""A call of every native function and method, to be timed beside NumPy's.

What enters is the number of elements; what leaves are operands by name, and expressions over them.
A ufunc without a line here is called with `a` and `b`, or with integers `i` and `j`.
"""

from __future__ import annotations

import math
import os
from typing import Any

import numpy

FUNCTIONS = """
all(m)
allclose(a, a)
amax(a)
amin(a)
angle(c)
any(~m)
append(a, b)
apply_along_axis(np.sum, 1, A[:50])
apply_over_axes(np.sum, A, [0, 1])
arange(n)
arccosh(b)
acosh(b)
argmax(a)
argmin(a)
argpartition(a, n // 2)
argsort(a)
argwhere(m)
around(a, 1)
array(a)
array_equal(a, a)
array_equiv(a, a)
array_split(a, 3)
asanyarray(a)
asarray(a)
asarray_chkfinite(a)
ascontiguousarray(a)
asfortranarray(a)
astype(a, 'f4')
atleast_1d(a)
atleast_2d(a)
atleast_3d(a)
average(a, weights=b)
bartlett(n)
bincount(j)
blackman(n)
block([[A, A], [A, A]])
broadcast_arrays(A, v)
broadcast_shapes(a.shape, (1,))
broadcast_to(a, (2, n))
choose(k, [a, b])
clip(a, 0.2, 0.5)
column_stack([a, b])
common_type(a, b)
compress(m, a)
concat([a, b])
concatenate([a, b])
convolve(a, p)
copy(a)
copyto(h, a)
corrcoef(a, b)
correlate(a, p)
count_nonzero(m)
cov(a, b)
cross(t, t)
cumprod(a)
cumsum(a)
cumulative_prod(a)
cumulative_sum(a)
delete(a, 1)
diag(A)
diag_indices(r)
diag_indices_from(A)
diagflat(v)
diagonal(A)
diff(a)
digitize(a, p)
dot(a, b)
dsplit(w, 2)
dstack([a, b])
ediff1d(a)
einsum('ij,j->i', A, v)
empty(n)
empty_like(a)
expand_dims(a, 0)
extract(m, a)
eye(r)
fill_diagonal(H, 1.0)
fix(a)
flatnonzero(m)
flip(a)
fliplr(A)
flipud(A)
from_dlpack(a)
fromfunction(lambda x, y: x + y, (r, r))
fromiter(L, float)
full(n, 2.0)
full_like(a, 2.0)
geomspace(1, 9, n)
gradient(a)
hamming(n)
hanning(n)
histogram(a)
histogram2d(a, b)
histogram_bin_edges(a)
histogramdd((a, b))
hsplit(A, [1])
hstack([a, b])
i0(a)
identity(r)
imag(c)
indices((r, r))
inner(a, b)
insert(a, 1, 0.5)
interp(a, p, p)
intersect1d(i, j)
isclose(a, b)
iscomplex(c)
iscomplexobj(a)
isfortran(a)
isin(i, [1, 2, 3])
isneginf(a)
isposinf(a)
isreal(c)
isrealobj(a)
iterable(a)
ix_(k[:r], k[:r])
kaiser(n, 2.0)
kron(v, v)
ldexp(a, j)
lexsort((a, b))
linspace(0, 1, n)
logspace(0, 1, n)
mask_indices(r, np.triu)
matmul(A, A)
matrix_transpose(A)
matvec(A, v)
max(a)
mean(a)
median(a)
meshgrid(v, v)
min(a)
moveaxis(A, 0, 1)
nan_to_num(d)
nanargmax(d)
nanargmin(d)
nancumprod(d)
nancumsum(d)
nanmax(d)
nanmean(d)
nanmedian(d)
nanmin(d)
nanpercentile(d, 30)
nanprod(d)
nanquantile(d, 0.3)
nanstd(d)
nansum(d)
nanvar(d)
ndim(a)
nonzero(m)
ones(n)
ones_like(a)
outer(v, v)
packbits(m)
pad(a, 2)
partition(a, n // 2)
percentile(a, 30)
permute_dims(A)
piecewise(a, [m, ~m], [0.0, 1.0])
place(h, m, p)
poly(p)
polyadd(a, b)
polyder(a)
polydiv(a[:100], p)
polyfit(a, b, 2)
polyint(a)
polymul(a, p)
polysub(a, b)
polyval(p, a)
prod(a)
ptp(a)
put(h, i, a)
put_along_axis(h, i, a, 0)
putmask(h, m, a)
quantile(a, 0.3)
ravel(A)
ravel_multi_index((k[:r], k[:r]), (n, n))
real(c)
real_if_close(c)
repeat(a, 2)
require(a)
reshape(a, (1, n))
resize(a, 2 * n)
roll(a, 2)
rollaxis(A, 1)
roots(p)
rot90(A)
round(a, 1)
row_stack([a, b])
searchsorted(p, a)
select([m], [a], 0.5)
setdiff1d(i, [1, 2])
setxor1d(i, j)
shape(a)
sinc(a)
size(a)
sort(a)
sort_complex(c)
split(a, [1, 2])
squeeze(a)
stack([a, b])
std(a)
sum(a)
swapaxes(A, 0, 1)
take(a, i)
take_along_axis(a, i, 0)
tensordot(A, A)
tile(a, 2)
trace(A)
transpose(A)
trapezoid(a)
tri(r)
tril(A)
tril_indices(r)
tril_indices_from(A)
trim_zeros(a)
triu(A)
triu_indices(r)
triu_indices_from(A)
union1d(i, j)
unique(i)
unique_all(i)
unique_counts(i)
unique_inverse(i)
unique_values(i)
unpackbits(y)
unravel_index(i, (n, 2))
unstack(A)
unwrap(a)
vander(a, 4)
var(a)
vdot(a, b)
vecdot(A, v)
vecmat(v, A)
vsplit(A, [1])
vstack([a, b])
where(m, a, b)
zeros(n)
zeros_like(a)
linalg.cross(t, t)
linalg.diagonal(A)
linalg.matmul(A, A)
linalg.matrix_norm(A)
linalg.matrix_power(A, 3)
linalg.matrix_transpose(A)
linalg.multi_dot([A, A, v])
linalg.norm(a)
linalg.outer(v, v)
linalg.tensordot(A, A)
linalg.trace(A)
linalg.vecdot(a, b)
linalg.vector_norm(a)
"""

METHODS = """
A.T
m.all()
m.any()
a.argmax()
a.argmin()
a.argpartition(n // 2)
a.argsort()
a.astype('f4')
a.base
k.choose([a, b])
a.clip(0.2, 0.5)
a.compress(m)
c.conj()
c.conjugate()
a.copy()
s.ctypes
a.cumprod()
a.cumsum()
a.data
a.device
A.diagonal()
a.dot(b)
a.dtype
a.dump(N)
a.dumps()
h.fill(0.5)
a.flags
a.flat
A.flatten()
c.imag
a.item(1)
a.itemsize
A.mT
a.max()
a.mean()
a.min()
a.nbytes
a.ndim
m.nonzero()
h.partition(n // 2)
a.prod()
h.put(i, a)
A.ravel()
c.real
a.repeat(2)
a.reshape(1, n)
a.copy().resize(2 * n, refcheck=False)
a.round(1)
p.searchsorted(a)
a.setflags(write=True)
a.shape
a.size
h.sort()
a.squeeze()
a.std()
a.strides
a.sum()
A.swapaxes(0, 1)
a.take(i)
a.to_device('cpu')
a.tobytes()
a.tolist()
A.trace()
A.transpose()
a.var()
a.view('i8')
"""


def expressions() -> dict[str, str]:
    """Return the call of each name below ``numpy``, as an expression over `np` and operands."""
    found = {line.partition("(")[0]: f"np.{line}" for line in FUNCTIONS.split("\n") if line}
    for line in METHODS.strip().split("\n"):
        method = line.replace("a.copy().", "a.").partition(".")[2].partition("(")[0]
        found[f"ndarray.{method}"] = line
    for name, value in vars(numpy).items():
        if isinstance(value, numpy.ufunc) and name not in found:
            pair = ("a", "b") if any("d" in loop for loop in value.types) else ("i", "j")
            found[name] = f"np.{name}({', '.join(pair[: value.nin])})"
    return found


def operands(n: int) -> dict[str, Any]:
    """Return NumPy's arrays of about `n` elements, and numbers."""
    random = numpy.random.default_rng(0)
    r = max(3, math.isqrt(n))
    a, square = random.uniform(0.1, 0.9, n), random.random((r, r))
    holes = random.random(n)
    holes[::10] = numpy.nan
    return {
        "n": n,
        "r": r,
        "a": a,
        "b": random.uniform(1, 2, n),
        "c": random.random(n) + 1j * random.random(n),
        "d": holes,
        "h": random.random(n),
        "i": random.integers(0, n, n),
        "j": random.integers(1, 9, n),
        "k": random.integers(0, 2, n),
        "m": random.random(n) < 0.5,
        "p": numpy.linspace(0.1, 0.9, 8),
        "s": random.random(n),
        "t": random.random((max(1, n // 3), 3)),
        "v": random.random(r),
        "w": random.random((1, max(1, n // 2), 2)),
        "y": random.integers(0, 256, n, numpy.uint8),
        "A": square,
        "H": square.copy(),
        "L": a.tolist(),
        "N": os.devnull,
    }
