"""Bundles are held to NumPy: what agrees is not reported, and what differs is named.

A wrong result is made on NumPy's side, by giving the checker another function for one ufunc; a
bundle that differs from its own operations by spoiling what a trace says it left.
"""

import os
import pickle
import subprocess
import sys
import textwrap
import warnings

import numpy
import pytest
import stook
from fuzzing.lines import program
from fuzzing.values import DTYPES, data, names
from stook import _reference, _stook, _verify

FILE = __file__
REDUCTIONS = """
    sum prod min max any all argmin argmax cumsum cumprod count_nonzero mean var
    nansum nanprod nanmax nanmean nanvar average
""".split()  # noqa: SIM905


def verified(work, *args):
    """Run some work, which must agree with NumPy, and return what was verified."""
    report = stook.verify(work, *args)
    assert not report.differences
    return report


def difference(work, *args):
    """Run some work, which must differ from NumPy, and return the error."""
    with pytest.raises(stook.VerifyError) as caught:
        stook.verify(work, *args)
    return caught.value


def off(name, amount, where=...):
    """Return NumPy's function with an error added to some elements of its result."""

    def wrong(*args, **keywords):
        result = numpy.array(getattr(numpy, name)(*args, **keywords))
        result[where] += amount
        return result

    return wrong


def nudged(name, steps):
    """Return NumPy's function with results moved by units in the last place."""

    def wrong(*args, **keywords):
        result = getattr(numpy, name)(*args, **keywords)
        for _ in range(steps):
            result = numpy.nextafter(result, numpy.inf)
        return result

    return wrong


def waves(n=5000):
    a = stook.arange(float(n))
    return float((stook.sin(a) * 2 + a)[3])


# -- what agrees ----------------------------------------------------------------------------------


def test_operations_and_bundles_are_counted():
    report = verified(waves)
    assert (report.operations, report.bundles) == (3, 1)
    assert report.result == waves()
    assert str(report) == ("stook verify: 3 operations in 1 bundles, nothing differs from NumPy")


def test_small_calls_are_verified_and_run_at_once_again_afterwards():
    _stook.run_at_once(_stook.AT_ONCE)
    a = stook.ones(3)
    assert verified(lambda: (a + a)[0]).operations == 1
    before = stook.counters()["at_once"]
    assert (a + a)[0] == 2
    assert stook.counters()["at_once"] > before


def test_an_inner_block_counts_its_own_part():
    with stook.verify() as outer:
        waves()
        with stook.verify() as inner:
            waves()
        waves()
    assert (outer.operations, inner.operations) == (9, 3)


def test_the_order_of_a_sum_is_no_difference():
    a = stook.asarray(numpy.random.default_rng(0).normal(size=(300, 700)).astype("f"))
    verified(lambda: [a.sum(), a.sum(axis=0)[0], a.sum(axis=1)[0], a.mean(), a.std(axis=0)[0]])


def test_rounding_within_the_bound_is_no_difference(monkeypatch):
    monkeypatch.setitem(_reference.FUNCTIONS, "sin", nudged("sin", 2))
    verified(waves)


def test_memory_that_was_never_written_is_no_difference():
    def partly():
        a = stook.empty(50_000)
        a[:100] = 1
        return (a + 1)[0]

    for _ in range(3):
        stook.full(50_000, 7.0).tobytes()
        verified(partly)


def test_warnings_come_as_without_verifying():
    with pytest.warns(RuntimeWarning, match="divide by zero encountered in divide"):
        verified(lambda: (1 / stook.zeros(5000))[0])


@pytest.mark.parametrize("name", sorted(stook.ufuncs))
def test_every_loop_agrees(name):
    """Values at the edges of each type, their NaN, infinities and zeros."""
    ufunc = stook.ufuncs[name]
    done = 0
    for letter in DTYPES:
        arrays = [data(seed, letter, (40,), wild=1) for seed in (3, 700, 9)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                done += verified(lambda a=arrays: list(ufunc(*a[: ufunc.nin]))).operations
            except (TypeError, ValueError):
                continue
    assert done


@pytest.mark.parametrize("name", REDUCTIONS)
def test_every_reduction_agrees(name):
    function = getattr(stook, name)
    for letter in DTYPES:
        a = stook.asarray(data(5, letter, (30, 40), wild=1))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            verified(lambda a=a: [function(a, axis=axis).tolist() for axis in (0, 1)])


@pytest.mark.parametrize(("name", "result"), [("nansum", 7.0), ("nanprod", 10.0)])
def test_reductions_without_nan_leave_it_out(name, result):
    whole, one = _reference.Place(0, 0, (3,), (8,), "d"), _reference.Place(1, 0, (), (), "d")
    operation = _reference.Operation(
        "reduce", name, "d", "d", 0.0, (0,), (whole,), None, (one,), "", 0
    )
    values = numpy.array([2.0, numpy.nan, 5.0])
    memory = _reference.Memory([values.view("B"), numpy.zeros(1).view("B")])
    (answer,) = _reference.answers(operation, memory)
    assert answer.values == result


def test_random_programs_agree():
    def run(chosen):
        space = names(stook)
        for line in chosen.lines:
            try:
                exec(line.text, space)
            except stook.VerifyError:
                raise
            except Exception:
                continue

    with warnings.catch_warnings(), numpy.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        assert sum(verified(run, program(seed)).operations for seed in range(300)) > 1000


# -- what differs ---------------------------------------------------------------------------------


def test_a_difference_is_named_with_its_line_and_first_element(monkeypatch):
    monkeypatch.setitem(_reference.FUNCTIONS, "sin", off("sin", 1e-9, [17, 300]))
    error = difference(waves)
    assert (error.operation, error.file) == ("sin", FILE)
    assert error.line == waves.__code__.co_firstlineno + 2
    assert (error.dtype, error.shape, error.index) == (numpy.float64, (5000,), (17,))
    assert error.expected == numpy.sin(17.0) + 1e-9
    assert abs(error.got - numpy.sin(17.0)) < 1e-15
    assert str(error) == (
        f"sin differs from NumPy at {FILE}:{error.line}: float64 of shape (5000,), element [17]: "
        f"{error.expected} in NumPy, {error.got} in stook"
    )


def test_the_first_of_several_is_named(monkeypatch):
    for name in ("add", "multiply"):
        monkeypatch.setitem(_reference.FUNCTIONS, name, off(name, 1))
    assert difference(waves).operation == "multiply"


def test_one_unit_is_a_difference_where_nothing_is_rounded_otherwise(monkeypatch):
    monkeypatch.setitem(_reference.FUNCTIONS, "add", nudged("add", 1))
    assert difference(waves).operation == "add"


def test_a_sum_without_one_element_is_a_difference(monkeypatch):
    right = _reference._TOTALS["add"]
    monkeypatch.setitem(_reference._TOTALS, "add", lambda x, *rest: right(x[..., 1:], *rest))
    assert difference(lambda: stook.ones(5000).sum()).operation == "add.reduce"


def test_a_difference_of_one_element_has_no_index(monkeypatch):
    monkeypatch.setitem(_reference.FUNCTIONS, "negative", off("negative", 1))
    a = stook.asarray(2.0)
    error = difference(lambda: float(stook.negative(a, out=stook.empty(()))))
    assert error.index == ()
    assert "its one element: -1.0 in NumPy, -2.0 in stook" in str(error)


def test_a_program_goes_on_after_a_difference(monkeypatch):
    monkeypatch.setitem(_reference.FUNCTIONS, "sin", off("sin", 1))
    with stook.verify() as report:
        for _ in range(2):
            with pytest.raises(stook.VerifyError):
                waves()
    assert len(report.differences) == 2
    assert str(report).endswith("2 differ from NumPy")


def test_an_error_can_be_sent_between_processes(monkeypatch):
    monkeypatch.setitem(_reference.FUNCTIONS, "sin", off("sin", 1))
    error = difference(waves)
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.index) == (str(error), error.index)


class Spoiled:
    """A trace with another value in the second element of what bundles of some length left."""

    def __init__(self, trace, lengths):
        self.trace = trace
        self.lengths = lengths

    def __getattr__(self, name):
        return getattr(self.trace, name)

    def __len__(self):
        return len(self.trace)

    def after(self):
        return self.spoil(self.trace.after(), len(self))

    def bundled(self, count):
        return self.spoil(self.trace.bundled(count), count)

    def spoil(self, parts, length):
        # Storages are numbered by first use, so what is written last is last.
        written = [part for part in parts if part is not None]
        if length in self.lengths:
            written[-1].view("d")[1] += 1
        return parts


@pytest.mark.parametrize(("lengths", "named"), [((2, 3), "multiply"), ((3,), "add")])
def test_a_bundle_that_differs_from_its_operations_is_found(monkeypatch, lengths, named):
    right = _verify.traces
    monkeypatch.setattr(_verify, "traces", lambda: [Spoiled(t, lengths) for t in right()])
    error = difference(waves)
    assert (error.operation, error.index) == (named, (1,))
    assert f"{named}, bundled with {lengths[0] - 1} others, differs from NumPy" in str(error)
    assert error.got == error.expected + 1


class SpoiledAtTheEnd(Spoiled):
    """A trace whose shorter parts, run again, are right."""

    def bundled(self, count):
        return self.trace.bundled(count)


def test_a_difference_that_only_the_whole_run_has_is_found(monkeypatch):
    right = _verify.traces
    monkeypatch.setattr(_verify, "traces", lambda: [SpoiledAtTheEnd(t, (3,)) for t in right()])
    assert difference(waves).operation == "add"


def test_a_write_where_no_operation_writes_is_found(monkeypatch):
    def part():
        a = stook.zeros(5000)
        a[2:] += 1
        return a[2]

    right = _verify.traces
    monkeypatch.setattr(_verify, "traces", lambda: [SpoiledAtTheEnd(t, (1, 2)) for t in right()])
    assert difference(part).dtype == numpy.uint8


# -- from the command line ------------------------------------------------------------------------

WRONG = """
from stook import _reference
_reference.FUNCTIONS["sin"] = lambda x, **keywords: x + 7
"""


def run(tmp_path, source, *options, faulty=False, **environment):
    """Run a script; return its exit status, stdout and stderr."""
    script = tmp_path / "script.py"
    script.write_text((WRONG if faulty else "") + textwrap.dedent(source))
    done = subprocess.run(
        [sys.executable, "-m", "stook", *options, str(script)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout, done.stderr


PROGRAM = "import numpy as np\na = np.sin(np.arange(5000.0)) + 1\nprint(a[0] > 100)\n"


def test_the_command_line_says_what_was_verified(tmp_path):
    status, out, err = run(tmp_path, PROGRAM, "--verify")
    assert (status, out) == (0, "False\n")
    assert err == "stook verify: 2 operations in 1 bundles, nothing differs from NumPy\n"


def test_a_difference_ends_the_program_with_status_one(tmp_path):
    status, out, err = run(tmp_path, PROGRAM, "--verify", faulty=True)
    assert (status, out) == (1, "")
    assert "VerifyError: sin differs from NumPy at" in err
    assert "script.py:5: float64 of shape (5000,), element [0]: 7.0 in NumPy, 0.0 in stook" in err
    assert err.endswith("stook verify: 2 operations in 1 bundles, 1 differ from NumPy\n")


def test_a_difference_that_the_program_catches_still_fails_it(tmp_path):
    source = PROGRAM.replace("print(a[0] > 100)", "try: a[0]\nexcept Exception: print('on')")
    status, out, err = run(tmp_path, source, "--verify", faulty=True)
    assert (status, out) == (1, "on\n")
    assert "1 differ from NumPy" in err


def test_what_nobody_looked_at_is_verified_at_exit(tmp_path):
    source = PROGRAM.replace("print(a[0] > 100)", "print('end')")
    status, out, err = run(tmp_path, source, "--verify", faulty=True)
    assert (status, out) == (1, "end\n")
    assert err.startswith("VerifyError: sin differs from NumPy")


def test_the_environment_asks_too():
    source = "import stook as np\nprint((np.arange(5000.0) + 1)[0])"
    done = subprocess.run(
        [sys.executable, "-c", source],
        env={**os.environ, "STOOK_VERIFY": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stdout) == (0, "1.0\n")
    assert done.stderr == "stook verify: 1 operations in 1 bundles, nothing differs from NumPy\n"
