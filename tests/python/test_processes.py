"""Forks, spawned processes and threads over shared arrays."""

import subprocess
import sys
import textwrap
import threading

import numpy
import pytest
import stook


def run(source, folder=None):
    """Run a program of its own and return what it printed."""
    command = [sys.executable, "-c", textwrap.dedent(source)]
    if folder is not None:
        script = folder / "program.py"
        script.write_text(textwrap.dedent(source))
        command = [sys.executable, "-m", "stook", str(script)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_fork_with_pending_work_and_a_used_pool():
    source = """
    import os
    import stook as np

    a = np.arange(300_000.0)
    used = float((a * 2).sum())
    pending = np.sin(a) + 1
    child = os.fork()
    total = float(pending.sum())
    again = float((a * 2).sum())
    assert again == used
    if child == 0:
        os._exit(int(total) % 200)
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status) == int(total) % 200)
    """
    assert run(source) == "True\n"


def test_fork_while_other_threads_compute():
    source = """
    import os, threading
    import stook as np

    a = np.arange(200_000.0)
    done = threading.Event()

    def work():
        while not done.is_set():
            float((np.cos(a) * a + a).sum())

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    codes = []
    for _ in range(8):
        child = os.fork()
        if child == 0:
            ok = float((np.sqrt(a) * 2).sum()) > 0
            os._exit(0 if ok else 1)
        codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    done.set()
    for thread in threads:
        thread.join()
    print(codes)
    """
    assert run(source) == f"{[0] * 8}\n"


def test_fork_while_another_thread_makes_its_first_calls():
    source = """
    import os, signal, sys, threading, warnings
    import stook as np

    sys.setswitchinterval(1e-6)
    warnings.simplefilter("ignore", DeprecationWarning)

    def compute():
        a = np.arange(5_000.0)
        return float((np.sqrt(a) * 2 + a).sum()) > 0

    def fork_beside_a_thread():
        thread = threading.Thread(target=compute)
        thread.start()
        child = os.fork()
        if child == 0:
            signal.alarm(20)
            os._exit(0 if compute() else 1)
        thread.join()
        return os.waitpid(child, 0)[1]

    # Each in a process that has made no call yet.
    statuses = set()
    for _ in range(300):
        fresh = os.fork()
        if fresh == 0:
            os._exit(1 if fork_beside_a_thread() else 0)
        statuses.add(os.waitpid(fresh, 0)[1])
    print(statuses)
    """
    assert run(source) == "{0}\n"


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_multiprocessing(method, tmp_path):
    source = f"""
    import multiprocessing
    import numpy as np

    def work(a):
        return (np.sin(a) * 2).sum(axis=0)

    if __name__ == "__main__":
        a = np.arange(100_000.0).reshape(1000, 100)
        expected = work(a)
        with multiprocessing.get_context("{method}").Pool(2) as pool:
            results = pool.map(work, [a, a, a])
        print(type(a).__module__, all((r == expected).all() for r in results))
    """
    assert run(source, tmp_path) == "stook True\n"


def test_threads_record_and_look_at_shared_arrays():
    shared = stook.arange(50_000.0)
    plain = numpy.arange(50_000.0)
    failures = []

    def work(seed):
        try:
            for k in range(30):
                ours = stook.sin(shared) * (seed + k) + shared[::-1]
                theirs = numpy.sin(plain) * (seed + k) + plain[::-1]
                numpy.testing.assert_allclose(numpy.asarray(ours), theirs, rtol=1e-12)
                assert float(ours[:10].sum()) == pytest.approx(float(theirs[:10].sum()))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_threads_write_in_place_to_arrays_of_their_own():
    totals = {}

    def work(seed):
        ours = stook.arange(60_000.0) * seed
        for k in range(40):
            ours += stook.sqrt(ours) * 0.5
            ours[1:] -= ours[:-1] * 0.25
            if k % 7 == 0:
                float(ours[k])
        totals[seed] = ours.tobytes()

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed, found in list(totals.items()):
        work(seed)
        assert totals[seed] == found


def test_our_threads_rest_while_blas_computes():
    source = """
    import os, threading
    import numpy
    import stook as np

    def ticks():
        # Of our own threads, in hundredths of a second.
        used = 0
        for task in os.listdir("/proc/self/task"):
            with open(f"/proc/self/task/{task}/stat") as file:
                name, fields = file.read().rsplit(")", 1)
            if name.rpartition("(stook-")[2].isdigit():
                used += sum(int(field) for field in fields.split()[11:13])
        return used

    a = np.asarray(numpy.random.default_rng(0).random((900, 900)))
    b = a[::-1] + 1
    float((np.sin(a) + a).sum())
    np.linalg.solve(a, a)
    while ticks() != ticks():
        pass
    before = ticks()
    for _ in range(12):
        solved = np.linalg.solve(a, b)
    during = ticks() - before
    numpy.testing.assert_allclose(np.dot(a, solved), b, atol=1e-6)

    # And at the same time, from several threads.
    def work(k):
        for _ in range(10):
            c = np.linalg.solve(a, b) * k
            float((np.sin(c) + c).sum())

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(during <= 1)
    """
    assert run(source) == "True\n"


def test_blas_computes_in_a_forked_child():
    source = """
    import os
    import numpy
    import stook as np

    a = np.asarray(numpy.random.default_rng(0).random((400, 400)))
    expected = float(np.dot(a, a).sum())
    child = os.fork()
    same = float(np.dot(a, a).sum()) == expected and float((np.sin(a) * 2).sum()) > 0
    if child == 0:
        os._exit(0 if same else 1)
    print(same, os.waitpid(child, 0)[1])
    """
    assert run(source) == "True 0\n"


def test_a_pending_array_is_seen_whole_by_every_thread():
    for _ in range(10):
        a = stook.arange(200_000.0)
        pending = stook.sqrt(a) * 2
        totals = []
        threads = [
            threading.Thread(target=lambda p=pending, t=totals: t.append(float(p.sum())))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(set(totals)) == 1


def test_errstate_is_a_threads_own():
    found = []

    def other():
        found.append((1 / stook.zeros(100_000))[0])

    with stook.errstate(divide="raise"):
        thread = threading.Thread(target=other)
        with pytest.warns(RuntimeWarning, match="divide by zero"):
            thread.start()
            thread.join()
    assert found == [numpy.inf]
