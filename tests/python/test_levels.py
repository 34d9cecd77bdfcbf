"""Without kernels (`STOOK_LEVEL=none`) everything is NumPy's own; v3 and v4 give the same bits."""

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from stook import _stook


def run(*arguments, level="none", status=0, **environment):
    """Run Python with these arguments; what it printed, and what it said to stderr."""
    done = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "STOOK_LEVEL": level, **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == status, done.stderr
    return done.stdout, done.stderr


def code(source):
    """Return the arguments that run a program."""
    return "-c", textwrap.dedent(source)


# -- a processor without kernels ------------------------------------------------------------------

SAYS = "stook: STOOK_LEVEL is none, so everything runs in NumPy"


def test_every_name_of_numpys_is_numpys_own():
    source = """
    import numpy, stook, stook.linalg
    from stook.random import default_rng
    names = [*numpy.__all__, "ndarray", "exceptions", "lib"]
    print([name for name in names if getattr(stook, name) is not getattr(numpy, name)])
    print(stook.linalg is numpy.linalg, default_rng is numpy.random.default_rng)
    print(numpy.linalg.__spec__.name, stook.ufuncs["add"] is numpy.add)
    """
    output, _ = run(*code(source))
    assert output.splitlines() == ["[]", "True True", "numpy.linalg True"]


def test_it_is_said_once_from_the_line_that_imports(tmp_path):
    script = tmp_path / "program.py"
    script.write_text("import numpy\n\nimport stook as np\nimport stook.linalg\nnp.ones(9).sum()\n")
    output, errors = run(str(script))
    assert output == ""
    assert errors.splitlines()[0] == f"{script}:3: RuntimeWarning: {SAYS}"
    assert errors.count(SAYS) == 1


def test_what_is_stooks_own_still_answers():
    source = """
    import stook
    stook.sync()
    with stook.explain():
        stook.arange(5) * 2
    stook.install()
    stook.uninstall()
    print(stook.counters()["operations"], stook.get_num_threads() > 0)
    print(stook.report())
    """
    output, _ = run(*code(source))
    assert output.splitlines() == [
        "0 True",
        "stook report",
        "  everything ran in NumPy: STOOK_LEVEL is none",
    ]


def test_nothing_of_numpys_or_pythons_is_changed():
    source = """
    import contextvars, warnings
    before = warnings.catch_warnings.__enter__, warnings.simplefilter
    import stook
    from numpy._core import _ufunc_config
    print((warnings.catch_warnings.__enter__, warnings.simplefilter) == before)
    print(type(_ufunc_config._extobj_contextvar) is contextvars.ContextVar)
    """
    assert run(*code(source))[0] == "True\nTrue\n"


def test_the_runner_leaves_numpy_and_reports_why(tmp_path):
    script = tmp_path / "program.py"
    script.write_text(
        "import numpy as np\nprint(type(np.arange(3) * 2).__module__, np.__spec__.name)\n"
    )
    output, errors = run("-m", "stook", "--report", str(script))
    assert output == "numpy numpy\n"
    assert SAYS in errors
    assert "everything ran in NumPy: STOOK_LEVEL is none" in errors


@pytest.mark.skipif(shutil.which("qemu-x86_64") is None, reason="qemu-user is not installed")
def test_a_processor_without_avx2_leaves_all_to_numpy_and_says_so_once(tmp_path):
    script = tmp_path / "program.py"
    script.write_text(
        "import numpy\nimport stook as np\n"
        "a = np.sqrt(np.arange(9.0))\nprint(type(a).__module__, np.sqrt is numpy.sqrt)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    environment.pop("STOOK_LEVEL", None)
    python = os.path.realpath(sys.executable)
    done = subprocess.run(
        ["qemu-x86_64", "-cpu", "Nehalem", python, str(script)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert (done.returncode, done.stdout) == (0, "numpy True\n"), done.stderr
    said = "program.py:2: RuntimeWarning: stook: this processor lacks AVX2 or FMA"
    assert done.stderr.count("lacks AVX2 or FMA") == done.stderr.count(said) == 1


@pytest.mark.parametrize("way", ["variable", "option"])
def test_a_strict_session_refuses(way):
    if way == "variable":
        _, errors = run("-c", "import stook", status=1, STOOK_STRICT="1")
    else:
        _, errors = run("-m", "stook", "--strict", "-c", "print(1)", status=1)
    expected = "FallbackError: STOOK_LEVEL is none, so everything would run in NumPy"
    assert errors.splitlines()[-1].endswith(expected)


# -- processors with kernels ----------------------------------------------------------------------

FINGERPRINTS = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from every_call import calls
from fuzzing.lines import program
from fuzzing.oracle import fingerprint
from stook import _stook
print(_stook.level(), file=sys.stderr)
for name, value in calls():
    print(name, value)
for seed in range(100):
    print(seed, fingerprint(program(seed)))
"""


@pytest.mark.skipif(_stook.level() != "v4", reason="the machine has no AVX-512")
@pytest.mark.parametrize("tier", ["shipped", "compiled"])
def test_avx2_and_avx512_have_the_same_bits(tier):
    outputs = []
    for level in ("v3", "v4"):
        output, errors = run("-c", FINGERPRINTS, level=level, STOOK_TIER=tier)
        assert errors == f"{level}\n"
        outputs.append(output.splitlines())
    unequal = [a for a, b in zip(*outputs, strict=True) if a != b]
    assert not unequal
