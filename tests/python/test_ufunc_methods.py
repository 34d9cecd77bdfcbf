"""The methods of ufuncs, and reductions with options: NumPy's values, types and refusals."""

import warnings

import numpy
import pytest
import stook
from compare import equal, outcome, plain
from stook import _fallback

DTYPES = "?bBhHiIlLefdFD"
JOINING = """add multiply maximum minimum fmax fmin logical_and logical_or logical_xor bitwise_and
bitwise_or bitwise_xor gcd hypot logaddexp logaddexp2""".split()  # noqa: SIM905
ORDERED = """subtract divide floor_divide remainder fmod lcm power float_power arctan2 copysign
nextafter heaviside left_shift right_shift""".split()  # noqa: SIM905
TRUTHS = ["equal", "less"]
LAYOUTS = {
    "contiguous": lambda a: a,
    "Fortran": lambda a: a.copy(order="F"),
    "reversed": lambda a: a[::-1, ::-2],
    "broadcast": lambda a: a[:1, :, None],
    "no rows": lambda a: a[:0],
    "no columns": lambda a: a[:, :0],
    "nothing": lambda a: a[:0, :0],
    "line": lambda a: a[0],
    "element": lambda a: a[0, 0, ...],
}
# How far results in the floating type of each may differ: rounding in another order.
CLOSE = dict.fromkeys("?bBe", 4e-3) | dict.fromkeys("hHfF", 1e-5)


def check(program, dtype="d", native=True):
    """Fail unless NumPy and stook give the same, and stook without NumPy where that is a value."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = outcome(program, numpy)
        before = _fallback.calls.copy()
        got = outcome(program, stook)
    assert equal(expected, got, CLOSE.get(dtype, 1e-12)), f"NumPy: {expected}\nstook: {got}"
    if native and expected[0] == "value":
        assert _fallback.calls == before


def numbers(np, dtype, layout="contiguous"):
    """Return some numbers of a type, in an array that lies in memory in a certain way."""
    a = (np.arange(24).reshape(4, 6) * 7 % 11 - 3).astype(dtype)
    return LAYOUTS[layout](a)


def skip_far_powers(name, dtype):
    """Skip powers of complex powers: they leave the range in which those are held to NumPy."""
    if "power" in name and dtype in "FD":
        pytest.skip("beyond the range of complex powers")


def skip_blind_loops(name, dtype):
    """Skip what some of NumPy's vector loops get wrong: their result is an operand as well."""
    skip_far_powers(name, dtype)
    if name == "arctan2" or (name == "power" and dtype in "fd"):
        pytest.skip("a vector loop reads past its own results")


@pytest.mark.parametrize("name", [*JOINING, *ORDERED, *TRUTHS])
@pytest.mark.parametrize("dtype", DTYPES)
def test_reduce_over_axes(name, dtype):
    skip_blind_loops(name, dtype)
    for layout in LAYOUTS:
        for axis in [0, -1, (0, 1), None, (), 7, (1, 1)]:
            for keepdims in [False, True]:

                def program(np, layout=layout, options=(axis, None, None, keepdims)):
                    return getattr(np, name).reduce(numbers(np, dtype, layout), *options)

                check(program, dtype)


@pytest.mark.parametrize("name", [*JOINING, *ORDERED, *TRUTHS])
@pytest.mark.parametrize("dtype", DTYPES)
def test_reduce_with_a_mask_and_an_initial_value(name, dtype):
    skip_blind_loops(name, dtype)
    for layout in LAYOUTS:
        for axis in [0, 1, None]:
            for options in [{"initial": 2}, {"initial": None}, {}]:
                for masked in [False, True]:

                    def program(np, layout=layout, axis=axis, options=options, masked=masked):
                        a = numbers(np, dtype, layout)
                        if masked:
                            options = {**options, "where": a > 2}
                        return getattr(np, name).reduce(a, axis, **options)

                    check(program, dtype)


@pytest.mark.parametrize("name", ["arctan2", "power", "subtract", "divide"])
def test_elements_are_joined_one_after_another(name):
    for dtype in "efd":
        for layout in ["contiguous", "Fortran", "reversed", "broadcast"]:
            for axis in [0, 1]:
                a = numbers(stook, dtype, layout)
                with numpy.errstate(all="ignore"):
                    running = getattr(numpy, name).accumulate(numpy.asarray(a), axis)
                    joined = getattr(stook, name).reduce(a, axis)
                assert equal(plain(joined), running.take(-1, axis), CLOSE.get(dtype, 1e-12))


@pytest.mark.parametrize("name", ["maximum", "minimum", "fmax", "fmin", "add"])
@pytest.mark.parametrize("initial", [0.5, numpy.nan, numpy.inf, -numpy.inf])
def test_nan_is_masked_or_met_as_in_numpy(name, initial):
    for masked in [numpy.nan, 3.0, None]:

        def program(np, masked=masked):
            a = np.array([[1.0, np.nan, 3.0], [np.nan, np.nan, 2.0]])
            where = True if masked is None else a != masked
            fold = getattr(np, name).reduce
            return fold(a, 1, initial=initial, where=where), fold(a, None, initial=initial)

        check(program)


MASKS = [
    [True, False, True],
    [1, 0, 1],
    numpy.array([1, 0, 1]),
    numpy.ones((2, 2, 3), bool),
    numpy.ones((4,), bool),
    numpy.array([[True], [False]]),
    numpy.True_,
    False,
    None,
    "x",
]


@pytest.mark.parametrize("mask", MASKS, ids=repr)
@pytest.mark.parametrize("name", ["sum", "prod", "min", "max", "any", "all"])
def test_masks_of_any_kind(name, mask):
    initial = {"initial": 5} if name in ("min", "max") else {}
    for axis in [None, 0, (0, 1)]:
        check(lambda np, x=axis: getattr(np, name)(numbers(np, int)[:2, :3], x, where=mask))
        check(
            lambda np, x=axis: getattr(np, name)(numbers(np, int)[:2, :3], x, where=mask, **initial)
        )


INITIALS = [2.7, 1j, None, [1, 2], numpy.array([1]), numpy.array(4.5), "x", 300, -1, numpy.nan]


@pytest.mark.parametrize("initial", INITIALS, ids=repr)
@pytest.mark.parametrize("name", ["sum", "max"])
def test_initial_values_of_any_kind(name, initial):
    for dtype in "?Bldf":
        for size in [3, 0]:

            def program(np, dtype=dtype, size=size):
                return getattr(np.ones(size, dtype), name)(initial=initial)

            check(program)


OUTPUTS = {
    "narrower": lambda np: np.zeros(3, "i1"),
    "wider": lambda np: np.zeros(3, "f8"),
    "of another shape": lambda np: np.zeros(4),
    "with an axis too many": lambda np: np.zeros((1, 3)),
    "in a tuple": lambda np: (np.zeros(3),),
    "two": lambda np: (np.zeros(3), np.zeros(3)),
    "a list": lambda np: [1, 2, 3],
    "a view": lambda np: np.zeros((3, 2))[::-1, 1],
    "read-only": lambda np: np.broadcast_to(np.zeros(1), (3,)),
}


@pytest.mark.parametrize("which", OUTPUTS)
@pytest.mark.parametrize("dtype", "blfd")
def test_reduce_into_an_output(which, dtype):
    for options in [{}, {"dtype": "i1"}, {"keepdims": True}, {"initial": 100}]:

        def program(np, options=options):
            a = (np.arange(12).reshape(4, 3) * 30).astype(dtype)
            out = OUTPUTS[which](np)
            made = np.add.reduce(a, out=out, **options)
            return made, out, made is out

        check(program)


def test_reduce_into_the_array_itself():
    def program(np):
        a = np.arange(12.0).reshape(4, 3)
        np.add.reduce(a, out=a[1])
        np.maximum.reduce(a, axis=1, out=a[:, 0], where=a > 3, initial=0)
        return a

    check(program)


CALLS = """
np.add.reduce(); np.add.reduce(a, bogus=1); np.add.reduce(a, 0, None, None, False, 0, True, 1)
np.add.reduce(a, axis=1.5); np.add.reduce(a, axis=[0]); np.add.reduce(a, axis='x')
np.add.reduce(a, axis=(0, 1.5)); np.add.reduce(a, axis=True); np.add.reduce(5, axis=(0,))
np.add.reduce(5); np.add.reduce(a, keepdims=1); np.add.reduce(a, keepdims='x')
np.add.reduce([[1, 2], [3]]); np.add.reduce([[1, 2], [3, 4]]); np.add.reduce('x')
np.sin.reduce(a); np.divmod.reduce(a); np.add.reduce(a, dtype='i1'); np.add.reduce(a, dtype='x')
np.maximum.reduce(a[:0]); np.add.reduce(a[:0], initial=None); np.subtract.reduce(a, axis=None)
np.logical_and.reduce(a, dtype=int); np.less.reduce(a); np.gcd.reduce(a * 1.5)
np.add.reduce(a, dtype='f4', initial=1e300); np.sum(a, keepdims=1); np.sum(a > 3, dtype='i1')
a.sum(keepdims=1); a.sum(axis=True); a.any(where=a > 3); a.max(initial=None); a.sum(dtype='i1')
np.sum(a.astype('i1'), dtype='i1'); np.add.reduce(a[0] > 2, dtype=int); np.subtract.reduce(a > 2)
"""


@pytest.mark.parametrize("expression", CALLS.strip().replace("\n", ";").split(";"))
def test_reduce_call(expression):
    check(lambda np: eval(expression.strip(), {"np": np, "a": numbers(np, int)}))


def test_sums_of_negative_zeros_are_zero():
    def program(np):
        a = np.full((3, 40), -0.0)
        sums = [np.add.reduce(a), np.sum(a), np.sum(a, axis=1), np.sum(a, where=a > 0)]
        return [np.signbit(total) for total in sums]

    check(program)


@pytest.mark.parametrize("dtype", "efdFD")
@pytest.mark.parametrize("where", [True, [False, True, True]])
def test_sums_from_a_negative_zero_stay_negative(dtype, where):
    negative = numpy.dtype(dtype).type(complex(-0.0, -0.0) if dtype in "FD" else -0.0)

    def program(np, n, other, **options):
        a = np.full((2, n), negative)
        a[:, :1] += other
        made = np.sum(a, axis=1, initial=negative, **options)
        return made, np.signbit(made.real), np.signbit(made.imag)

    for n, other in [(0, 0), (1, 0), (3, 0), (3, 1), (3, negative), (150, negative)]:
        options = {"where": where} if n == 3 else {}
        expected, got = (plain(program(np, n, other, **options)) for np in (numpy, stook))
        assert equal(expected, got), (n, other)
    assert numpy.signbit(stook.full(3, negative).sum(initial=negative).real)


def test_a_masked_reduction_runs_as_one_bundle():
    a = stook.arange(100_000.0)
    stook.sync()
    before = stook.counters()["launches"]
    numpy.testing.assert_equal(stook.add.reduce(a, where=a > 5, initial=1.0), 4999949986.0)
    assert stook.counters()["launches"] == before + 1


@pytest.mark.parametrize("name", [*JOINING, *ORDERED, *TRUTHS])
@pytest.mark.parametrize("dtype", DTYPES)
def test_accumulate(name, dtype):
    skip_far_powers(name, dtype)
    for layout in LAYOUTS:
        for axis in [0, -1, (1,), None, 7]:

            def program(np, layout=layout, axis=axis):
                return getattr(np, name).accumulate(numbers(np, dtype, layout), axis)

            check(program, dtype)


@pytest.mark.parametrize("name", ["add", "multiply", "divide", "maximum", "logical_or", "less"])
def test_accumulate_of_special_values(name):
    for dtype in "efdFD":
        for first in [-0.0, numpy.nan, numpy.inf, -numpy.inf]:

            def program(np, dtype=dtype, first=first):
                a = np.array([first, 2.0, numpy.inf, -0.0, numpy.nan, 1.0]).astype(dtype)
                made = getattr(np, name).accumulate(a)
                return made, np.signbit(made.real) & (made == made)

            check(program, dtype)


def test_running_totals_are_exactly_numpys():
    for dtype in "efdFD":

        def program(np, dtype=dtype):
            a = (np.arange(50_000) * 7919 % 10007 / 97).astype(dtype)
            return np.cumsum(a), np.cumsum(a.reshape(500, 100), axis=0), np.cumprod(a % 2 + 0.5)

        with numpy.errstate(over="ignore"):
            assert equal(outcome(program, numpy), outcome(program, stook))


@pytest.mark.parametrize("which", OUTPUTS)
def test_accumulate_into_an_output(which):
    for name in ["add", "subtract", "maximum"]:
        for options in [{}, {"dtype": "f4"}]:

            def program(np, name=name, options=options):
                a = np.array([100, 50, 20])
                out = OUTPUTS[which](np)
                made = getattr(np, name).accumulate(a, out=out, **options)
                return made, out, made is out

            check(program)


INDICES = [
    [0, 2],
    [3, 1, 1, 2],
    [0],
    [],
    [0, 4],
    [-1, 2],
    [[0, 1]],
    [0.5],
    [True, False],
    numpy.array([0, 3, 2], "u1"),
    numpy.array([0, 1], "u8"),
    "x",
]


@pytest.mark.parametrize("name", [*JOINING, *ORDERED, *TRUTHS])
@pytest.mark.parametrize("dtype", DTYPES)
def test_reduceat(name, dtype):
    skip_blind_loops(name, dtype)
    for layout in LAYOUTS:
        for axis in [0, -1, None]:
            for indices in INDICES[:4]:

                def program(np, layout=layout, axis=axis, indices=indices):
                    a = numbers(np, dtype, layout)
                    return getattr(np, name).reduceat(a, np.array(indices, int), axis)

                # NumPy looks for negative powers where there are any negative numbers.
                check(program, dtype, native=name != "power")


@pytest.mark.parametrize("indices", INDICES, ids=repr)
def test_reduceat_at_indices_of_any_kind(indices):
    for dtype in "ld":
        check(lambda np, t=dtype: np.add.reduceat(numbers(np, t), indices))
        check(lambda np, t=dtype: np.subtract.reduceat(numbers(np, t), indices, axis=1))


@pytest.mark.parametrize("which", OUTPUTS)
def test_reduceat_into_an_output(which):
    for options in [{}, {"dtype": "f4"}, {"axis": 7}]:

        def program(np, options=options):
            out = OUTPUTS[which](np)
            made = np.add.reduceat(np.arange(6) * 60, [0, 4, 2], out=out, **options)
            return made, out, made is out

        check(program)


def test_parts_of_negative_zeros_are_negative():
    def program(np):
        a = np.full((6, 3), -0.0)
        at = [0, 1, 3, 3, 4]
        made = [np.add.reduceat(a.astype(t), at) for t in "efdF"]
        return made, [np.signbit(m.real) for m in made]

    check(program)


def test_equal_and_unequal_parts_of_any_axis():
    def program(np):
        k = np.arange(4000)
        a = (k * 7919 % 101 - 50).reshape(40, 100)
        places = [np.arange(0, 40, 4), np.arange(0, 40, 9)[::-1], k[:3000] * k[:3000] % 40]
        names = [np.add, np.subtract, np.maximum]
        return [
            f.reduceat(b, p, 0) for f in names for p in places for b in (a, a.T[:40], a[:, ::3])
        ]

    check(program)


def test_halves_after_an_initial_value_are_rounded_once():
    def program(np):
        a = (np.arange(2000).reshape(100, 20) * 7919 % 997 / 300).astype("e")
        return np.add.reduce(a, axis=1, initial=2), np.sum(a, initial=0.3), np.prod(a[0], initial=2)

    check(program, "d")


def test_parts_lie_in_memory_as_numpys():
    def program(np):
        a = np.arange(360.0).reshape(3, 4, 5, 6)
        views = [a, a.T, a.swapaxes(0, 3), a.transpose(1, 3, 0, 2), a[:, ::-1, ::2]]
        made = [np.add.reduceat(v, [0, 1][:n], k) for v in views for k in range(4) for n in (1, 2)]
        made += [np.subtract.reduceat(v, [0, 2], k) for v in views for k in range(4)]
        return [(m, m.strides) for m in made]

    check(program)


def test_parts_are_summed_as_slices_are():
    a = stook.asarray(numpy.random.default_rng(0).normal(size=200_000))
    starts = [0, 3, 70_000, 50_000, 199_999]
    parts = [a[0:3], a[3:70_000], a[70_000], a[50_000:199_999], a[199_999]]
    expected = [float(part.sum()) if part.ndim else float(part) for part in parts]
    assert stook.add.reduceat(a, starts).tolist() == expected


def test_parts_do_not_depend_on_threads():
    a = stook.asarray(numpy.random.default_rng(1).normal(size=(7, 30_000)))
    starts = numpy.arange(0, 30_000, 7)
    before = stook.get_num_threads()
    made = []
    for threads in [1, 4]:
        stook.set_num_threads(threads)
        made.append(stook.add.reduceat(a, starts, axis=1).tobytes())
    stook.set_num_threads(before)
    assert made[0] == made[1]


UNARY = [
    "negative",
    "absolute",
    "sqrt",
    "square",
    "invert",
    "logical_not",
    "isnan",
    "sign",
    "reciprocal",
]


@pytest.mark.parametrize("name", [*JOINING, *ORDERED, *TRUTHS])
@pytest.mark.parametrize("dtype", DTYPES)
def test_outer(name, dtype):
    skip_far_powers(name, dtype)
    for layout in LAYOUTS:

        def program(np, layout=layout):
            a = numbers(np, dtype, layout)
            return getattr(np, name).outer(a, abs(numbers(np, dtype)[0, :3]))

        # NumPy looks for negative powers where there may be any.
        check(program, dtype, native=name != "power")


OUTERS = """
np.add.outer(a, [1, 2]); np.add.outer(1, 2.5); np.add.outer([], a); np.add.outer(a, a, dtype='f4')
np.divmod.outer(a, [2, 3]); np.less.outer(a[0], a[:, 0]); np.sin.outer(a, a); np.add.outer(a)
np.add.outer(a, a, a); np.add.outer(a, 'x'); np.multiply.outer(np.float32(2), a[0])
np.add.outer(a[0], a[0], out=np.zeros((6, 6))); np.add.outer(a[0], a[0], bogus=1)
np.add.outer(a[0], a[0], where=a[0] > 2, out=np.zeros((6, 6))); np.add.outer(a, b=a)
"""


@pytest.mark.parametrize("expression", OUTERS.strip().replace("\n", ";").split(";"))
def test_outer_call(expression):
    check(lambda np: eval(expression.strip(), {"np": np, "a": numbers(np, int)}))


PLACES = {
    "integer": lambda np: 2,
    "negative": lambda np: -1,
    "slice": lambda np: slice(None, None, -2),
    "ellipsis": lambda np: ...,
    "new axis": lambda np: (None, 1),
    "element": lambda np: (1, 2),
    "list": lambda np: [0, 2, 0, -1, 0],
    "list of none": lambda np: [],
    "array": lambda np: np.array([[3, 1], [1, 1]]),
    "unsigned": lambda np: np.array([3, 1, 3], "u1"),
    "pair": lambda np: (np.array([0, 1, 0, -4]), np.array([2, 2, 2, -4])),
    "pair of shapes": lambda np: (np.array([[0], [1]]), np.array([2, 2])),
    "slice and list": lambda np: (slice(1, None), [0, 0, 5]),
    "list and slice": lambda np: ([0, 0, 3], slice(None, None, 2)),
    "integer and list": lambda np: (1, [4, 4, 4]),
    "mask": lambda np: np.arange(24).reshape(4, 6) % 3 == 0,
    "mask of rows": lambda np: np.array([True, False, True, True]),
    "list of truths": lambda np: [True, False, True, True],
    "truth": lambda np: True,
    "beyond": lambda np: [0, 4],
    "beyond in a pair": lambda np: ([0, 0], [1, -7]),
    "too many": lambda np: (0, 0, 0),
    "mask of another shape": lambda np: np.ones(3, bool),
    "floating": lambda np: [0.5],
    "text": lambda np: "x",
}
VALUES = {
    "number": lambda np: 2,
    "float": lambda np: 1.5,
    "array": lambda np: np.arange(1, 7),
    "column": lambda np: np.array([[1], [2]]),
    "too long": lambda np: np.arange(70),
    "complex": lambda np: 1j,
    "text": lambda np: "x",
}


@pytest.mark.parametrize("places", PLACES)
@pytest.mark.parametrize("values", VALUES)
def test_at_places(places, values):
    for name in ["add", "subtract", "maximum"]:
        for dtype in "bldF":

            def program(np, name=name, dtype=dtype):
                a = numbers(np, dtype)
                try:
                    made = getattr(np, name).at(a, PLACES[places](np), VALUES[values](np))
                except Exception as error:
                    return type(error), str(error), a
                return made, a

            # NumPy warns of imaginary parts that it drops.
            drops = values == "complex" and dtype != "F"
            check(program, dtype, native=not drops and places != "truth")


@pytest.mark.parametrize("name", [*JOINING, *ORDERED, *TRUTHS, *UNARY])
@pytest.mark.parametrize("dtype", DTYPES)
def test_at(name, dtype):
    skip_far_powers(name, dtype)
    values = () if name in UNARY else (2,)
    for layout in LAYOUTS:
        for places in ["integer", "slice", "list", "pair", "list and slice"]:

            def program(np, layout=layout, places=places):
                a = numbers(np, dtype, layout).copy()
                getattr(np, name).at(a, PLACES[places](np), *values)
                return a

            check(program, dtype, native=name != "power")


@pytest.mark.parametrize("bins", [1, 3, 100, 5000])
def test_at_takes_values_in_order(bins):
    def program(np):
        k = np.arange(20_000)
        a, b = np.zeros(bins), np.ones(bins, "f4")
        np.add.at(a, k * 7919 % bins, 1 / (k + 1))
        np.divide.at(b, k[:300] * k[:300] % bins, 1.0 + k[:300] / 1000)
        np.negative.at(b, k % bins)
        return a, b

    check(program)


def test_at_of_views_and_of_what_shares_memory():
    def program(np):
        a = numbers(np, "d")
        k = np.array([0, 1, 1, 0])
        np.add.at(a[::-1, ::2], (k, k), a[0, 1:5])
        np.add.at(a.T, k, a[:, :1].T)
        np.subtract.at(k, k, k)
        return a, k

    check(program)


ATS = """
np.add.at(a); np.add.at(a, 0); np.add.at(a, 0, 1, 2); np.add.at([1, 2], 0, 1); np.sin.at(a, 0, 1)
np.sin.at(a, 0); np.divmod.at(a, 0, 2); np.add.at(a, 0, 1, out=a); np.power.at(a, [0, 1], -1)
np.add.at(np.broadcast_to(a[0], (3, 6)), 0, 1); np.less.at(a, [0, 0], 2); np.isnan.at(a, [0])
"""


@pytest.mark.parametrize("expression", ATS.strip().replace("\n", ";").split(";"))
def test_at_call(expression):
    def program(np):
        a = numbers(np, int)
        return eval(expression.strip(), {"np": np, "a": a}), a

    check(program)
