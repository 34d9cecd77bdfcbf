"""Floating-point conditions: NumPy's words, from the user's line, as errstate says."""

import io
import warnings

import numpy
import pytest
import stook
from compare import equal, outcome

LARGE = 100_000


def caught(np, program):
    """Return category, text and line of every warning of a program, line by line."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        program(np)
    return [(w.category, str(w.message), w.lineno, w.filename) for w in found]


def large(np):
    zeros = np.zeros(LARGE)
    np.log(zeros)
    keep = [
        np.log(zeros),
        zeros / zeros,
        1 / zeros,
    ]
    keep.append(np.sqrt(zeros - 1))
    keep.append(np.exp(zeros + 1000))
    return [k[0] for k in keep]


def small(np):
    zeros = np.zeros(3)
    np.log(zeros)
    keep = np.sqrt(zeros - 1)
    return keep[0]


@pytest.mark.parametrize("program", [large, small])
def test_warnings_are_numpys_and_come_from_the_users_line(program):
    ours, theirs = caught(stook, program), caught(numpy, program)
    # A result that nobody keeps is not computed, and so does not warn.
    assert set(ours) <= set(theirs)
    kept = {entry for entry in theirs if entry[2] != large.__code__.co_firstlineno + 2}
    assert kept <= set(ours)


def test_a_warning_is_shown_once_per_line():
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("default")
        for _ in range(3):
            float(stook.log(stook.zeros(LARGE))[0])
    assert len(found) == 1


@pytest.mark.parametrize("size", [3, LARGE])
def test_code_in_a_namespace_without_a_name_warns(size):
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        exec("keep = stook.log(zeros); keep[0]", {"stook": stook, "zeros": stook.zeros(size)})
    assert [str(w.message) for w in found] == ["divide by zero encountered in log"]


def test_the_largest_less_the_smallest_integer_wraps_in_silence():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert stook.ptp(stook.asarray([-(2**63), 2**63 - 1])) == -1


@pytest.mark.parametrize("size", [3, LARGE])
@pytest.mark.parametrize("function", ["add", "reciprocal"])
def test_casts_of_a_call_warn_once_in_its_name(size, function):
    a = stook.asarray(numpy.resize([1e-300, 1e300, 0.0], size))
    args = (a, a) if function == "add" else (a,)
    out = stook.zeros(size, "f")
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        getattr(stook, function)(*args, out=out)
        stook.sync()
    texts = [str(w.message) for w in found]
    assert f"overflow encountered in {function}" in texts
    assert len(texts) == len(set(texts)) and not any("cast" in text for text in texts)


HALF_POWERS = {
    "operator": lambda np, a: a**0.5,
    "number": lambda np, a: np.power(a, 0.5),
    "scalar": lambda np, a: np.power(a, np.float64(0.5)),
    "array": lambda np, a: np.power(a, np.zeros(a.size) + 0.5),
}


@pytest.mark.parametrize("size", [3, LARGE])
@pytest.mark.parametrize("form", HALF_POWERS)
def test_half_a_power_warns_in_the_name_that_numpy_gives(form, size):
    def program(np):
        return HALF_POWERS[form](np, np.zeros(size) - 1)[0]

    ours, theirs = caught(stook, program), caught(numpy, program)
    assert [text for _, text, *_ in ours] == [text for _, text, *_ in theirs]


SQUARE_POWERS = {
    "operator": lambda np, a: a**2.0,
    "whole number": lambda np, a: np.power(a, 2),
    "number": lambda np, a: np.power(a, 2.0),
    "scalar": lambda np, a: np.power(a, np.float64(2)),
}


@pytest.mark.parametrize("size", [3, LARGE])
@pytest.mark.parametrize("form", SQUARE_POWERS)
def test_the_power_of_two_is_the_square_and_warns_in_the_name_that_numpy_gives(form, size):
    def program(np):
        values = np.asarray(numpy.resize([1.1, 1e300, -0.3], size))
        return numpy.asarray(SQUARE_POWERS[form](np, values))

    ours, theirs = caught(stook, program), caught(numpy, program)
    assert [text for _, text, *_ in ours] == [text for _, text, *_ in theirs]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert numpy.array_equal(program(stook), program(numpy))


MASKED = {
    "divide": lambda np, a, out, mask: np.divide(1.0, a, out=out, where=mask),
    "log": lambda np, a, out, mask: np.log(a, out=out, where=mask),
    "inverse tangent": lambda np, a, out, mask: np.arctanh(a + 1, out=out, where=mask),
    "inverse hyperbolic cosine": lambda np, a, out, mask: np.arccosh(a, out=out, where=mask),
    "integers": lambda np, a, out, mask: np.floor_divide(
        a.astype(int), a.astype(int), out=out, where=mask, casting="unsafe"
    ),
    "cast of the input": lambda np, a, out, mask: np.add(
        a * 1e300, 1, out=out.astype("f"), where=mask, casting="unsafe", dtype="f"
    ),
    "copy": lambda np, a, out, mask: np.copyto(out.astype("f"), a * 1e300, "unsafe", mask),
}


@pytest.mark.parametrize("size", [6, LARGE])
@pytest.mark.parametrize("name", MASKED)
def test_elements_that_a_mask_leaves_out_do_not_warn(name, size):
    a = stook.asarray(numpy.resize([0.0, -1.0, 2.0], size))
    out, mask = stook.zeros(size), stook.zeros(size, bool)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        MASKED[name](stook, a, out, mask)
        stook.sync()


@pytest.mark.parametrize("size", [6, LARGE])
def test_elements_that_a_mask_lets_through_warn(size):
    a = stook.asarray(numpy.resize([0.0, -1.0, 2.0], size))
    out = stook.zeros(size)
    with pytest.warns(RuntimeWarning, match="divide by zero encountered in log"):
        stook.log(a, out=out, where=a == 0)
        stook.sync()


@pytest.mark.parametrize("size", [3, LARGE])
@pytest.mark.parametrize("source", [stook, numpy])
def test_ignored_conditions_do_not_warn(size, source):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with source.errstate(all="ignore"):
            quotient = stook.ones(size) / 0
        assert quotient[0] == numpy.inf


@pytest.mark.parametrize("size", [3, LARGE])
@pytest.mark.parametrize("source", [stook, numpy])
def test_raise_acts_at_the_call(size, source):
    a = stook.ones(size)
    with source.errstate(divide="raise"), pytest.raises(FloatingPointError) as error:
        a / 0
    assert str(error.value) == "divide by zero encountered in divide"


@pytest.mark.parametrize("size", [3, LARGE])
def test_warnings_that_are_errors_act_at_the_call(size):
    a = stook.zeros(size)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(RuntimeWarning, match="divide by zero encountered in log"):
            stook.log(a)


@pytest.mark.parametrize("size", [3, LARGE])
def test_call_log_and_print(size, capsys):
    a = stook.zeros(size)
    seen = []
    with stook.errstate(divide="call", call=lambda *args: seen.append(args)):
        keep = 1 / a
        assert seen == [("divide by zero", 1)]
    log = io.StringIO()
    with stook.errstate(divide="log", call=log):
        keep = 1 / a
        assert log.getvalue() == "Warning: divide by zero encountered in divide\n"
    with stook.errstate(divide="print"):
        keep = 1 / a
    assert capsys.readouterr().err == "Warning: divide by zero encountered in divide\n"
    assert keep[0] == numpy.inf


def test_leaving_a_block_reports_by_its_state():
    a = stook.zeros(LARGE)
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        with stook.errstate(divide="ignore"):
            one = 1 / a
        assert not found
        two = 1 / a
    assert len(found) == 1
    assert one[0] == two[0]


def test_seterr_returns_the_state_before():
    before = numpy.geterr()
    assert stook.seterr(divide="ignore") == before
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert (1 / stook.zeros(LARGE))[0] == numpy.inf
    stook.seterr(**before)
    assert numpy.geterr() == before


def test_decorator_form():
    @stook.errstate(all="ignore")
    def quotient():
        return 1 / stook.zeros(LARGE)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert quotient()[0] == numpy.inf


WITHIN_FOLDS = """
np.sum([1e308, 1e308]); np.sum([inf, -inf]); np.sum([inf, 1]); np.sum([nan, 1]); np.sum([1e308, 1])
np.prod([1e308, 1e308]); np.mean([1e308, 1e308]); np.array([1e308, 1e308]).sum(); np.max([inf, nan])
np.sum([60000, 60000], dtype="f2"); np.sum(np.array([3e38, 3e38], "f4"))
np.prod([1e308 + 1j, 1e308])
np.sum([[1e308, 1], [1e308, 1]]); np.add.reduce([1e308, 1e308]); np.multiply.reduce([1e308, 1e308])
np.subtract.reduce([1e308, -1e308]); np.subtract.reduce([[1e308, 1], [-1e308, 1]], axis=0)
np.divide.reduce([1, 0.0]); np.divide.reduce([0.0, 0.0]); np.hypot.reduce([1.7e308, 1.7e308])
np.maximum.reduce([1, inf]); np.cumsum([1e308, 1e308]); np.cumsum([inf, -inf]); np.cumsum([1, inf])
np.cumprod([1e308, 1e308]); np.divide.accumulate([1, 0.0]); np.subtract.accumulate([inf, inf])
np.add.reduceat([1e308, 1e308, 1], [0, 2]); np.add.reduceat([1e308, 1, 1e308], [0, 2])
np.subtract.reduceat([[1e308, 1, inf], [inf, 1, inf]], [0, 2], axis=1); np.sum([1e308, -1e308])
np.divide.reduceat([1, 0.0, 1], [0, 2]); np.floor_divide.reduce([1, 0, 2])
np.floor_divide.reduce([[1, 0, 2]] * 3, axis=1); np.floor_divide.accumulate([1, 0, 2])
np.floor_divide.accumulate([[1, 0, 2]] * 3, axis=1); np.floor_divide.reduceat([1, 0, 2], [0, 1])
np.floor_divide.reduceat([1, 2, 1, 0], [0, 2]); np.remainder.reduce([1, 0, 2])
np.fmod.accumulate([1, 0, 2]); np.floor_divide.reduce([1, 0], initial=5)
np.floor_divide.reduce(np.array([-128, -1, 2], "i1")); np.floor_divide.reduce([8, 4, 2])
"""


@pytest.mark.parametrize(
    "expression", [e.strip() for e in WITHIN_FOLDS.strip().replace("\n", ";").split(";")]
)
@pytest.mark.parametrize("state", ["warn", "raise", "ignore"])
def test_what_is_met_within_a_fold(expression, state):
    def program(np):
        space = {"np": np, "inf": numpy.inf, "nan": numpy.nan}
        with numpy.errstate(all=state, under="ignore"), warnings.catch_warnings(record=True) as met:
            warnings.simplefilter("always")
            made = outcome(lambda np: eval(expression, space), np)
        return made, [str(w.message) for w in met]

    assert equal(program(numpy), program(stook), 1e-12)


CASTS = """
np.asarray(big, "f4"); big.astype("i4"); np.array(big, "u1"); big.astype("f2"); big.astype(bool)
(big + 1j).astype("i4"); (big + 1j).astype("f4"); (big + 1j).astype("c8"); np.array(big, "F")
np.full(3, 1e300, "f4"); np.full(3, nan, "i4"); np.full(3, [1e300, 1, 2], "f2")
np.full((5, 5, 5), 1e300)[:, ::2, :].astype("f4"); np.array([70000]).astype("f2")
np.ascontiguousarray(big, "i4"); np.full_like(big, inf, "i8"); big.T.astype("f4", order="F")
"""


@pytest.mark.parametrize(
    "expression", [e.strip() for e in CASTS.strip().replace("\n", ";").split(";")]
)
@pytest.mark.parametrize("state", ["warn", "raise", "ignore"])
def test_a_cast_of_few_elements_warns_at_the_call(expression, state):
    def program(np):
        space = {"np": np, "inf": numpy.inf, "nan": numpy.nan}
        space["big"] = np.array([1e300, numpy.inf, 1.0])
        with numpy.errstate(all=state, under="ignore"), warnings.catch_warnings(record=True) as met:
            warnings.simplefilter("always")
            made = outcome(lambda np: eval(expression, space) is None, np)
            told = [str(w.message) for w in met]
        return made, told

    assert program(numpy) == program(stook)


def test_a_sum_of_finite_elements_looks_at_them_once():
    a = stook.ones(100_000)
    stook.sync()
    before = stook.counters()["launches"]
    a.sum()
    assert stook.counters()["launches"] == before + 1


def test_what_waits_warns_in_its_own_name_beside_a_fold():
    def program(np):
        waiting = np.log(np.zeros(LARGE))
        np.sum(np.array([1e308, 1e308]))
        waiting[0]

    assert sorted(w[1] for w in caught(stook, program)) == [
        "divide by zero encountered in log",
        "overflow encountered in reduce",
    ]
