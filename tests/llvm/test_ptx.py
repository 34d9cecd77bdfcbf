"""The PTX of every ufunc's kernels is taken by NVIDIA's assembler, for each generation of GPUs.

``ptxas`` comes from requirements-dev.txt, or from PATH; no GPU is needed.
"""

import os
import shutil
import subprocess
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GENERATIONS = (75, 80, 90, 100, 120)


def ptxas():
    """Return the assembler's path, or None."""
    installed = Path(sysconfig.get_path("purelib")).glob("nvidia/*/bin/ptxas")
    return next((str(path) for path in installed), shutil.which("ptxas"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with the PTX of all ufuncs for each generation."""
    if ptxas() is None:
        pytest.skip("ptxas is neither installed (PyPI: nvidia-cuda-nvcc) nor on PATH")
    place = tmp_path_factory.mktemp("ptx")
    command = ["cargo", "run", "-q", "--locked", "-p", "stook-llvm", "--example", "ptx", "--"]
    subprocess.run([*command, place, *map(str, GENERATIONS)], cwd=ROOT, check=True)
    return place


def complaint(path, generation):
    """Return what the assembler says against a file, or None."""
    command = [ptxas(), f"-arch=sm_{generation}", "-O1", path, "-o", f"{path}.cubin"]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return f"{path.name}: {result.stdout}" if result.returncode else None


@pytest.mark.parametrize("generation", GENERATIONS)
def test_every_ufunc_is_assembled(folder, generation):
    paths = sorted(folder.glob(f"*.{generation}.ptx"))
    assert sum(path.read_text().count(".entry ") for path in paths) > 700
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        found = list(threads.map(complaint, paths, [generation] * len(paths)))
    assert not [text for text in found if text]
