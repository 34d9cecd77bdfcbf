"""Compiled code has names in perf's maps and in the reports of Python's profilers."""

import os
import re
import subprocess
import sys
import textwrap

import pytest

FUNCTION = """
import stook

@stook.jit
def triangles(n):
    total = 0
    for k in range(n):
        total += k * (k % 7)
    return total

triangles(1000)
"""

MAP = """
import os
def perf_map():
    try:
        with open(f"/tmp/perf-{os.getpid()}.map") as file:
            return file.read()
    except FileNotFoundError:
        return ""
    finally:
        if os.path.exists(file_name := f"/tmp/perf-{os.getpid()}.map"):
            os.remove(file_name)
"""

# Whether each piece lies in memory that can be run.
PLACES = """
ranges = []
for line in open("/proc/self/maps"):
    bounds, access = line.split()[:2]
    if "x" in access:
        ranges.append([int(bound, 16) for bound in bounds.split("-")])
for line in perf_map().splitlines():
    start, size, name = line.split(" ", 2)
    start, size = int(start, 16), int(size, 16)
    inside = any(low <= start < start + size <= high for low, high in ranges)
    print(name if inside and size else "nowhere", sep="|")
"""


def run(tmp_path, source, *options, **environment):
    """Return what a script prints."""
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(source))
    kept = {name: value for name, value in os.environ.items() if name != "STOOK_PERF"}
    done = subprocess.run(
        [sys.executable, *options, str(script)],
        env={**kept, "STOOK_CACHE_DIR": str(tmp_path / "cache"), **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_functions_code_has_its_name_and_line(tmp_path):
    said = run(tmp_path, FUNCTION + MAP + PLACES, STOOK_PERF="1").splitlines()
    assert set(said) == {"stook::triangles (script.py:5)"}


def test_code_from_disk_has_its_name_too(tmp_path):
    for _ in range(2):
        said = run(tmp_path, FUNCTION + MAP + PLACES, STOOK_PERF="1").splitlines()
        assert set(said) == {"stook::triangles (script.py:5)"}


def test_rounds_and_functions_that_are_called_have_names_of_their_own(tmp_path):
    source = """
    import numpy, stook

    @stook.jit
    def fibonacci(n):
        return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)

    @stook.jit(parallel=True)
    def several(out):
        for k in stook.prange(out.size):
            out[k] = fibonacci(k)

    several(numpy.zeros(8, int))
    """
    source = textwrap.dedent(source)
    said = run(tmp_path, source + MAP + PLACES, STOOK_PERF="1").splitlines()
    assert set(said) == {"stook::fibonacci (script.py:5)", "stook::several (script.py:9)"}


def test_a_bundles_code_lists_its_operations(tmp_path):
    source = """
    import stook as np
    a = np.arange(200_000.0)
    kept = np.sin(a) * 2 + a
    float(kept[1])
    """
    source = textwrap.dedent(source)
    said = run(tmp_path, source + MAP + PLACES, STOOK_PERF="1", STOOK_TIER="compiled")
    assert "stook::bundle sin,multiply,add" in said.splitlines()


def test_nothing_is_written_unless_asked_for(tmp_path):
    assert run(tmp_path, FUNCTION + MAP + PLACES) == ""
    assert run(tmp_path, FUNCTION + MAP + PLACES, STOOK_PERF="0") == ""


def test_pythons_own_support_of_perf_asks(tmp_path):
    asks = "import sys\nsys.is_stack_trampoline_active = lambda: True\n"
    said = run(tmp_path, asks + FUNCTION + MAP + PLACES).splitlines()
    assert set(said) == {"stook::triangles (script.py:7)"}


def test_a_forked_child_has_a_map_of_its_own(tmp_path):
    source = """
    mine = os.getpid()
    if os.fork() == 0:
        print(set(re.findall("stook::.*", perf_map())), flush=True)
        os._exit(0)
    os.wait()
    perf_map()
    """
    source = "import re\n" + FUNCTION + MAP + textwrap.dedent(source)
    said = run(tmp_path, source, STOOK_PERF="1")
    assert said.strip() == "{'stook::triangles (script.py:6)'}"


@pytest.mark.parametrize("environment", [{}, {"STOOK_PERF": "1"}])
def test_cprofile_shows_calls_under_name_and_line(tmp_path, environment):
    source = FUNCTION + "triangles(n=10)\n" + MAP + "perf_map()\n"
    said = run(tmp_path, source, "-m", "cProfile", **environment)
    calls = re.search(r"^ *(\d+) .*script.py:4\(triangles\)$", said, re.MULTILINE)
    assert calls and calls[1] == "2", said


def test_a_profile_that_begins_later_shows_calls_when_asked_for(tmp_path):
    source = """
    import cProfile
    profile = cProfile.Profile()
    profile.runcall(triangles, 10)
    print([getattr(entry.code, "co_name", None) for entry in profile.getstats()])
    """
    said = run(tmp_path, FUNCTION + textwrap.dedent(source) + MAP + "perf_map()", STOOK_PERF="1")
    assert "triangles" in said


def test_a_framed_call_raises_what_a_plain_one_does(tmp_path):
    source = """
    import numpy, stook, traceback, sys
    sys.setprofile(lambda *told: None)

    @stook.jit
    def item(a, k):
        return a[k]

    sys.setprofile(None)
    try:
        item(numpy.zeros(3), 5)
    except IndexError as error:
        print(error)
        print([frame.line for frame in traceback.extract_tb(error.__traceback__)][-1])
    """
    said = run(tmp_path, source)
    expected = "index 5 is out of bounds for axis 0 with size 3\nreturn a[k]\n"
    assert said == expected
