"""The cache of compiled kernels is a convenience: whatever is wrong with it, results are right.

Each program runs on its own, on compiled code only, with a cache folder of the test's.
"""

import os
import resource
import subprocess
import sys
import textwrap

import pytest

PROGRAM = """
import numpy
import stook as np

held = numpy.arange(40_000.0)
a = np.asarray(held)
found = [np.sqrt(np.sqrt(a) + 1) * 2, (a * 0.5 + a).sum(axis=0), np.cumsum(a * a)]
expected = [numpy.sqrt(numpy.sqrt(held) + 1) * 2, (held * 1.5).sum(), numpy.cumsum(held * held)]
for ours, theirs in zip(found, expected):
    numpy.testing.assert_allclose(numpy.asarray(ours), theirs, rtol=1e-13)
counts = np.counters()
print(counts["compilations"], counts["disk_hits"], counts["failures"])
"""


def start(folder, source=PROGRAM, tier="compiled", **options):
    """Start a program of its own that uses a cache folder."""
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(source)],
        env={**os.environ, "STOOK_CACHE_DIR": str(folder), "STOOK_TIER": tier},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def counts(process):
    """Return how many kernels a program compiled, found on disk and could not compile."""
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert errors == ""
    return tuple(int(word) for word in output.split())


def run(folder, **options):
    """Run the program; how many kernels it compiled and found."""
    compiled, found, failures = counts(start(folder, **options))
    assert failures == 0
    return compiled, found


@pytest.fixture
def cache(tmp_path):
    """Return a cache folder that holds the program's kernels, and how many they are."""
    folder = tmp_path / "cache"
    compiled, found = run(folder)
    assert found == 0
    assert len(list(folder.iterdir())) == compiled
    return folder, compiled


def damage_each(folder, change):
    """Change the bytes of every entry."""
    for path in folder.iterdir():
        path.write_bytes(change(path.read_bytes()))


def test_the_next_process_compiles_nothing(cache):
    folder, kernels = cache
    assert run(folder) == (0, kernels)


def test_what_is_on_disk_runs_compiled_the_first_time(cache):
    folder, kernels = cache
    source = textwrap.dedent(PROGRAM) + 'print(counts["launches"] - counts["compiled"])'
    assert counts(start(folder, source, tier="adaptive")) == (0, kernels, 0, 0)


DAMAGES = {
    "a changed byte of code": lambda old: old[:-9] + bytes([old[-9] ^ 1]) + old[-8:],
    "a changed header": lambda old: b"X" + old[1:],
    "cut in half": lambda old: old[: len(old) // 2],
    "nothing in it": lambda old: b"",
    "something behind it": lambda old: old + b"more",
    "other code of the same length": lambda old: old[:80] + b"\xcc" * (len(old) - 80),
}


@pytest.mark.parametrize("change", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_entry_is_compiled_again_and_replaced(cache, change):
    folder, kernels = cache
    damage_each(folder, change)
    assert run(folder) == (kernels, 0)
    assert run(folder) == (0, kernels)


def test_entries_under_each_others_names_are_compiled_again(cache):
    folder, kernels = cache
    paths = sorted(folder.iterdir())
    contents = [path.read_bytes() for path in paths]
    for path, content in zip(paths, contents[1:] + contents[:1], strict=True):
        path.write_bytes(content)
    assert run(folder) == (kernels, 0)


def test_an_entry_that_others_can_write_is_compiled_again(cache):
    folder, kernels = cache
    for path in folder.iterdir():
        path.chmod(0o666)
    assert run(folder) == (kernels, 0)
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in folder.iterdir())


def test_a_folder_that_others_can_write_is_not_used(cache):
    folder, kernels = cache
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    folder.chmod(0o777)
    assert run(folder) == (kernels, 0)
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make files of another user")
@pytest.mark.parametrize("what", ["entries", "folder"])
def test_what_belongs_to_another_user_is_not_used(cache, what):
    folder, kernels = cache
    for path in [folder] if what == "folder" else list(folder.iterdir()):
        os.chown(path, 65534, 65534)
    assert run(folder) == (kernels, 0)


def test_links_to_entries_are_not_followed(cache, tmp_path):
    folder, kernels = cache
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for path in list(folder.iterdir()):
        moved = path.rename(elsewhere / path.name)
        path.symlink_to(moved)
    assert run(folder) == (kernels, 0)


def test_a_folder_that_cannot_be_written_is_no_cache(tmp_path):
    # Root may write anywhere, and so becomes somebody else once all that it imports is there.
    lose_rights = "import os, stook, numpy.testing\nif os.getuid() == 0: os.seteuid(65534)\n"
    folder = tmp_path / "cache"
    folder.mkdir(mode=0o500)
    compiled, found = run(folder, source=lose_rights + textwrap.dedent(PROGRAM))
    assert (compiled > 0, found) == (True, 0)
    assert not list(folder.iterdir())


def test_no_place_for_a_folder_is_no_cache(tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    compiled, found = run(file / "cache")
    assert (compiled > 0, found) == (True, 0)


def test_a_full_disk_is_no_cache(tmp_path):
    def limit():
        # As on a full disk, files end early; unlike there, a signal says so as well.
        resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512))

    folder = tmp_path / "cache"
    compiled, found = run(folder, preexec_fn=limit)
    assert (compiled > 0, found) == (True, 0)
    assert not list(folder.iterdir())
    assert run(folder) == (compiled, 0)


def test_processes_share_a_cache_at_the_same_time(tmp_path):
    folder = tmp_path / "cache"
    processes = [start(folder) for _ in range(6)]
    for process in processes:
        compiled, found, failures = counts(process)
        assert failures == 0
        kernels = compiled + found
    assert run(folder) == (0, kernels)
    assert len(list(folder.iterdir())) == kernels


def test_a_cache_that_is_emptied_meanwhile_is_filled_again(cache):
    folder, kernels = cache
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    assert run(folder) == (kernels, 0)
