"""Check the newest wheel of a folder, and run the Python tests against it.

The wheel must be one abi3 wheel below 30 MB that needs neither a compiler nor LLVM: it is
installed into a fresh environment beside pytest and the test data's libraries, and the tests run
from a folder where the repository's own package cannot be imported.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIMIT = 30_000_000


def main(folder: Path) -> int:
    """Check the newest wheel in `folder`; the exit status is that of the tests."""
    wheels = sorted(folder.glob("stook-*.whl"), key=lambda path: path.stat().st_mtime)
    if not wheels:
        print(f"no wheel in {folder}", file=sys.stderr)
        return 1
    wheel = wheels[-1].resolve()
    problem = fault(wheel)
    if problem:
        print(problem, file=sys.stderr)
        return 1
    print(f"{wheel.name}: {wheel.stat().st_size / 1e6:.1f} MB")
    with tempfile.TemporaryDirectory() as place:
        return run_tests(wheel, Path(place))


def fault(wheel: Path) -> str | None:
    """Return what is wrong with the file itself."""
    if "-abi3-" not in wheel.name:
        return f"{wheel.name} is not an abi3 wheel"
    if wheel.stat().st_size >= LIMIT:
        return f"{wheel.name} has {wheel.stat().st_size / 1e6:.1f} MB, the limit is 30 MB"
    return None


def run_tests(wheel: Path, place: Path) -> int:
    """Install the wheel into an environment at `place` and run the tests there."""
    environment = place / "environment"
    venv.create(environment, with_pip=True)
    python = environment / "bin" / "python"
    pins = ROOT / "requirements-dev.txt"
    wanted = ["numpy", "pytest", "hypothesis", "scipy", "pandas", "matplotlib", "mypy"]
    install = [str(python), "-m", "pip", "install", "--quiet", "-c", str(pins), *wanted, str(wheel)]
    subprocess.run(install, check=True)
    shutil.copytree(ROOT / "tests" / "python", place / "tests" / "python")
    shutil.copytree(ROOT / "bench", place / "bench")
    shutil.copy(ROOT / "tests" / "conftest.py", place / "tests")
    return subprocess.run([str(python), "-m", "pytest", "-q", "tests"], cwd=place).returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "dist")))
