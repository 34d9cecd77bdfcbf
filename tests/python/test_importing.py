"""What `import stook` brings in beyond NumPy: little, as every program pays for it."""

import subprocess
import sys


def test_an_import_leaves_out_what_few_programs_need() -> None:
    code = (
        "import numpy, sys; before = set(sys.modules); import stook\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    brought_in = set(shown.stdout.split())
    assert "stook" in brought_in
    later = {"ast", "html", "importlib.abc", "importlib.resources", "inspect", "tempfile"}
    assert not brought_in & (later | {"stook._jitclass", "stook.compat"})
