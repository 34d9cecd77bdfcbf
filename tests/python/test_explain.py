"""What stook.explain and STOOK_SHOW say of a program."""

import os
import subprocess
import sys
import textwrap

import stook


def program(np):
    a = np.arange(200_000.0)
    b = np.sin(a) * 2
    c = b + a
    return c


def test_one_bundle_with_its_lines_bytes_and_temporaries():
    with stook.explain() as report:
        kept = program(stook)
    (bundle,) = report.bundles
    first = program.__code__.co_firstlineno
    lines = [(name, line - first) for name, _, _, file, line in bundle["operations"]]
    assert lines == [("sin", 2), ("multiply", 2), ("add", 3)]
    assert all(entry[3] == __file__ for entry in bundle["operations"])
    assert bundle["read"] == bundle["written"] == kept.nbytes
    assert bundle["minimum"] == 2 * kept.nbytes
    assert bundle["unfused"] == 7 * kept.nbytes
    assert (bundle["removed"], bundle["removed_bytes"]) == (2, 2 * kept.nbytes)
    assert bundle["runs"] == 1
    assert bundle["seconds"] > 0


def test_a_cut_has_its_reason():
    with stook.explain() as report:
        a = stook.arange(200_000.0)
        b = (a - a.mean(axis=0, keepdims=True)) * 2
    assert b.size
    assert len(report.bundles) > 1
    assert {"first", "needs a finished fold"} <= {bundle["cut"] for bundle in report.bundles}


def test_a_loop_adds_up():
    with stook.explain() as report:
        for _ in range(10):
            program(stook).sum()
    assert sum(bundle["runs"] for bundle in report.bundles) == 10
    assert len(report.bundles) == 1


def test_an_inner_report_has_its_own_part():
    with stook.explain() as outer:
        one = program(stook)
        with stook.explain() as inner:
            two = program(stook)
    assert one[0] == two[0]
    count = [sum(bundle["runs"] for bundle in report.bundles) for report in (outer, inner)]
    assert count[0] > count[1] == 1


def test_a_function_is_called_and_its_result_kept():
    report = stook.explain(program, stook)
    assert report.result[1] > 1
    assert len(report.bundles) == 1


def test_text_and_page_say_the_same():
    report = stook.explain(program, stook)
    text, page = str(report), report._repr_html_()
    for word in ("bundle 0", "sin", "test_explain.py:", "temporaries removed", "GB/s", "first"):
        assert word in text
        assert word in page


def run(tmp_path, *options, **environment):
    """Run a script of three operations and return its stderr."""
    script = tmp_path / "script.py"
    source = """
    import numpy as np
    a = np.arange(200_000.0)
    print((np.sin(a) * 2 + a)[1] > 0)
    """
    script.write_text(textwrap.dedent(source))
    done = subprocess.run(
        [sys.executable, "-m", "stook", *options, str(script)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "True\n"
    return done.stderr


def test_the_command_line_explains_at_exit(tmp_path):
    said = run(tmp_path, "--explain")
    assert "stook explain: 3 operations in 1 runs of 1 bundles" in said
    assert "script.py:4  sin" in said


def test_every_station_is_shown(tmp_path):
    said = run(tmp_path, STOOK_SHOW="graph,plan,kernel,llvm,asm,ptx")
    for station in ("graph", "plan", "kernel", "llvm", "asm", "ptx"):
        assert f"-- {station} of plan 0 --" in said
    for word in ("= sin(s0:", "bundle 0: Map", "define", "vmulpd", ".target sm_80"):
        assert word in said
