"""Programs under ``python -m stook`` behave as under plain Python, to the byte.

Each program runs twice, and standard output, standard error and exit status must be equal. So a
program here prints nothing that tells whose array it holds, except where that is the point.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
import zipfile
from pathlib import Path

import pytest

Outcome = tuple[int, str, str]


def run(folder: Path, *arguments: str, stook: bool, **options) -> Outcome:
    runner = ["-m", "stook"] if stook else []
    result = subprocess.run(
        [sys.executable, *runner, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        **options,
    )
    return result.returncode, result.stdout, result.stderr


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / (name.replace("__in__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))


def assert_same(folder: Path, *arguments: str, **options) -> Outcome:
    plain = run(folder, *arguments, stook=False, **options)
    ours = run(folder, *arguments, stook=True, **options)
    assert ours == plain
    return plain


def under_stook(folder: Path, text: str, *arguments: str) -> str:
    write(folder, program=text)
    status, output, errors = run(folder, *arguments, "program.py", stook=True)
    assert status == 0, errors
    return output


# -- the same behaviour ---------------------------------------------------------------------------

PROGRAMS = {
    "arguments and path": """
        import sys
        print(sys.argv, sys.path[0], __file__, __name__, __spec__, __package__)
        print(sorted(globals()), type(__loader__).__name__)
        print(sys.modules["__main__"].__dict__ is globals())
        """,
    "exit status": "import sys; sys.exit(7)",
    "exit message": "raise SystemExit('no more')",
    "uncaught exception": """
        import numpy as np
        def inner():
            return np.zeros(3).tolist()[5]
        inner()
        """,
    "chained exception": """
        try:
            {}["a"]
        except KeyError as error:
            raise RuntimeError("while looking") from error
        """,
    "interrupt": "raise KeyboardInterrupt",
    "syntax error": "x = (1,\ny = 2\n",
    "missing module": """
        def load():
            import there_is_no_such_module
        load()
        """,
    "missing name": "from numpy import there_is_no_such_name",
    "missing submodule": "import numpy.there_is_none",
    "missing name of a submodule": "from numpy.linalg import there_is_none",
    "missing module by name": "import importlib; importlib.import_module('there.is.none')",
    "caught import errors": """
        import importlib, traceback
        for text in ["import nope", "from numpy import nope", "import numpy.nope"]:
            try:
                exec(text)
            except ImportError:
                traceback.print_exc()
        """,
    "own excepthook": """
        import sys, traceback
        def hook(kind, value, trace):
            print(kind.__name__, value, [f.name for f in traceback.extract_tb(trace)])
        sys.excepthook = hook
        1 / 0
        """,
    "atexit": """
        import atexit
        atexit.register(print, "last")
        raise ValueError("first")
        """,
    "a thread that fails": """
        import threading
        def work():
            raise ValueError("in a thread")
        thread = threading.Thread(target=work, name="worker")
        thread.start()
        thread.join()
        print("done")
        """,
    "pickled class": """
        import pickle
        import numpy as np
        class Point:
            def __init__(self, x):
                self.x = x
        copy = pickle.loads(pickle.dumps(Point(np.float64(2.5))))
        print(type(copy) is Point, copy.x, Point.__module__)
        """,
    "annotations and docstring": '''
        """About this."""
        number: int = 3
        print(__doc__, __annotations__ if "__annotations__" in globals() else None)
        ''',
    "version": "import numpy as np; print(np.__version__, np.__name__)",
    "unknown attribute": """
        import numpy as np
        try:
            np.there_is_no_such_name
        except AttributeError as error:
            print(error)
        """,
}


@pytest.mark.parametrize("text", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_script_behaves_as_under_python(tmp_path, text):
    write(tmp_path, program=text)
    assert_same(tmp_path, "program.py", "one", "--two")


@pytest.mark.parametrize("text", ["1/0", "import sys; print(sys.argv, repr(sys.path[0]))", "x = ("])
def test_code_behaves_as_under_python(tmp_path, text):
    assert_same(tmp_path, "-c", text, "one", "-m")


@pytest.mark.parametrize("name", ["tool", "package", "package.part", "nothing", "fails"])
def test_module_behaves_as_under_python(tmp_path, name):
    shown = "import sys; print(sys.argv, sys.path[0], __name__, __spec__.name, __package__)\n"
    write(
        tmp_path,
        tool=shown,
        package__in____init__="",
        package__in____main__=shown,
        package__in__part=shown + "from . import near; print(near.__name__)",
        package__in__near="",
        fails="1/0",
    )
    assert_same(tmp_path, "-m", name, "one")


def test_missing_script_is_reported_as_by_python(tmp_path):
    assert assert_same(tmp_path, "nothing.py")[0] == 2


def test_script_from_standard_input(tmp_path):
    assert_same(tmp_path, "-", "one", input="import sys\nprint(sys.argv, __name__)\n1/0\n")


def test_folder_and_archive(tmp_path):
    text = "import sys, near; print(sys.argv, __name__, near.__name__)"
    write(tmp_path, app__in____main__=text, app__in__near="")
    with zipfile.ZipFile(tmp_path / "app.zip", "w") as archive:
        archive.write(tmp_path / "app" / "__main__.py", "__main__.py")
        archive.write(tmp_path / "app" / "near.py", "near.py")
    assert_same(tmp_path, "app", "one")
    assert_same(tmp_path, "app.zip", "one")


def test_script_reached_by_a_link_finds_its_neighbours(tmp_path):
    write(tmp_path, real__in__program="import near; print(near.where)", real__in__near="where = 1")
    (tmp_path / "link.py").symlink_to(tmp_path / "real" / "program.py")
    assert_same(tmp_path, "link.py")


def test_module_beside_the_script_that_fails(tmp_path):
    write(tmp_path, program="import near", near="import numpy as np\nnp.zeros(2).tolist()[9]\n")
    assert_same(tmp_path, "program.py")


def test_interrupt_from_outside(tmp_path):
    write(tmp_path, program="import time\nprint('up', flush=True)\ntime.sleep(60)\n")
    outcomes = []
    for runner in ([], ["-m", "stook"]):
        command = [sys.executable, *runner, "program.py"]
        with subprocess.Popen(
            command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(0.5)
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=60)
            outcomes.append((process.returncode, errors))
    assert outcomes[0] == outcomes[1]


# -- whose import ---------------------------------------------------------------------------------

WHOSE = "def whose(array): return type(array).__module__.partition('.')[0]\n"


@pytest.mark.parametrize(
    "text",
    [
        "import numpy as np; a = np.ones(2)",
        "import numpy; a = numpy.ones(2)",
        "from numpy import ones; a = ones(2)",
        "from numpy import *; a = ones(2)",
        "import numpy.linalg, numpy as np; a = numpy.linalg.inv(np.eye(2))",
        "import numpy.linalg as la, numpy as np; a = la.inv(np.eye(2))",
        "from numpy.linalg import inv; import numpy as np; a = inv(np.eye(2))",
        "from numpy import linalg; import numpy as np; a = linalg.inv(np.eye(2))",
        "import importlib; a = importlib.import_module('numpy').ones(2)",
        "import importlib, numpy as np; a = importlib.import_module('numpy.fft').fft(np.ones(2))",
        "a = __import__('numpy').ones(2)",
        "exec('import numpy as np'); a = np.ones(2)",
        "scope = {}; exec('import numpy as np; a = np.ones(2)', scope); a = scope['a']",
        "def f():\n    import numpy as np\n    return np.ones(2)\na = f()",
        "import numpy as np; a = np.random.default_rng(0).normal(size=3)",
        "import near; a = near.a",
        "from below.deep import a",
    ],
)
def test_users_import_gives_stook(tmp_path, text):
    near = "import numpy as np\na = np.ones(2)\n"
    write(tmp_path, near=near, below__in__deep=near)
    assert under_stook(tmp_path, WHOSE + text + "\nprint(whose(a))\n") == "stook\n"


def test_many_names_do_not_hide_the_import(tmp_path):
    names = "\n".join(f"name_{index} = {index}" for index in range(400))
    text = WHOSE + names + "\nimport numpy as np\nprint(whose(np.ones(2)))\n"
    assert under_stook(tmp_path, text) == "stook\n"


def test_installed_packages_keep_numpy(tmp_path):
    library = "import numpy as np\na = np.ones(2)\n"
    (tmp_path / "env").mkdir()
    (tmp_path / "env" / "pyvenv.cfg").touch()
    write(tmp_path, site_packages__in__one=library, env__in__two=library)
    (tmp_path / "site_packages").rename(tmp_path / "site-packages")
    text = WHOSE + (
        "import sys; sys.path += ['site-packages', 'env']\n"
        "import one, two, sys\n"
        "print(whose(one.a), whose(two.a), sys.modules['numpy'].__file__ == one.np.__file__)\n"
    )
    assert under_stook(tmp_path, text) == "numpy numpy True\n"


def test_relative_module_called_numpy_is_the_users_own(tmp_path):
    write(
        tmp_path, pack__in____init__="", pack__in__numpy="x = 1", pack__in__a="from . import numpy"
    )
    assert under_stook(tmp_path, "from pack.a import numpy; print(numpy.x)") == "1\n"


@pytest.mark.parametrize("name", ["scipy.linalg", "pandas", "matplotlib.colors"])
def test_library_computes_with_numpy(tmp_path, name):
    pytest.importorskip(name)
    module = name.partition(".")[0]
    text = f"import {name}, sys, numpy\nm = sys.modules[{name!r}]\n"
    text += "np = getattr(m, 'np', None) or sys.modules['numpy']\n"
    text += f"print(np is sys.modules['numpy'], {module}.__name__)\n"
    assert under_stook(tmp_path, text) == f"True {module}\n"


def test_uninstall_gives_numpy_back(tmp_path):
    text = WHOSE + (
        "import stook, sys\n"
        "stook.uninstall()\n"
        "import numpy as np\n"
        "print(np is sys.modules['numpy'])\n"
        "stook.install()\n"
        "import numpy as np\n"
        "print(whose(np.ones(1)))\n"
    )
    assert under_stook(tmp_path, text) == "True\nstook\n"


def test_install_serves_the_callers_folder(tmp_path):
    text = WHOSE + "import stook; stook.install()\nimport numpy as np\nprint(whose(np.ones(1)))\n"
    write(tmp_path, program=text)
    assert run(tmp_path, "program.py", stook=False) == (0, "stook\n", "")


# -- processes ------------------------------------------------------------------------------------

CHILDREN = """
    import multiprocessing, sys
    import numpy as np

    class Job:
        def __init__(self, n):
            self.n = n

    def work(job):
        array = np.arange(job.n)
        return type(array).__module__.partition(".")[0], __name__ != "__main__", int(array.sum())

    if __name__ == "__main__":
        context = multiprocessing.get_context(sys.argv[1])
        with context.Pool(1) as pool:
            print(pool.map(work, [Job(3), Job(4)]))
    """


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_children_run_under_stook(tmp_path, method):
    write(tmp_path, program=CHILDREN)
    plain = run(tmp_path, "program.py", method, stook=False)
    ours = run(tmp_path, "program.py", method, stook=True)
    assert ours == (plain[0], plain[1].replace("'numpy'", "'stook'"), plain[2])
    assert "stook" in ours[1]


# -- options --------------------------------------------------------------------------------------


def test_options_end_where_the_program_begins(tmp_path):
    write(tmp_path, program="import sys; print(sys.argv)")
    status, output, _ = run(tmp_path, "--eager", "program.py", "--strict", stook=True)
    assert (status, output) == (0, "['program.py', '--strict']\n")


@pytest.mark.parametrize(
    "arguments", [["--nonsense", "x.py"], [], ["--threads", "none", "x.py"], ["-m"]]
)
def test_unusable_command_line_ends_with_status_2(tmp_path, arguments):
    status, _, errors = run(tmp_path, *arguments, stook=True)
    assert status == 2
    assert "usage: python -m stook" in errors


def test_report_names_function_and_line(tmp_path):
    write(
        tmp_path, program="import numpy as np\nfor _ in range(3):\n    np.linalg.det(np.eye(2))\n"
    )
    status, _, errors = run(tmp_path, "--report", "program.py", stook=True)
    assert status == 0
    row = next(line for line in errors.splitlines() if "linalg.det" in line)
    assert row.split()[1] == "3"
    assert row.endswith("program.py:3")


def test_strict_names_function_and_line(tmp_path):
    write(tmp_path, program="import numpy as np\nx = np.array([[1.0]])\nnp.linalg.det(x)\n")
    status, _, errors = run(tmp_path, "--strict", "program.py", stook=True)
    assert status == 1
    assert "FallbackError: numpy.linalg.det is not native" in errors
    assert f"{tmp_path}{os.sep}program.py:3" in errors


# -- notebooks ------------------------------------------------------------------------------------


def test_extension_swaps_what_the_namespace_means_by_numpy():
    import types

    import numpy
    import stook

    shell = types.SimpleNamespace(user_ns={"np": numpy, "x": 1, "_np": numpy})
    stook.load_ipython_extension(shell)
    try:
        assert type(shell.user_ns["np"].ones(2)) is stook.ndarray
        assert shell.user_ns["_np"] is numpy
    finally:
        stook.unload_ipython_extension(shell)
    assert shell.user_ns == {"np": numpy, "x": 1, "_np": numpy}
