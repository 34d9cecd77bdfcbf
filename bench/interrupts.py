"""Measures how soon Ctrl-C is raised inside long work.

Run: python bench/interrupts.py [--only TEXT] [--quick] [--times N]

Each program of `cases` whose call takes over five milliseconds runs again and again while another
thread sends SIGINT at a moment of its own; shown is the time from the signal to KeyboardInterrupt,
in milliseconds. The promise is 200. After each interrupt the program runs once more, and its
arguments must have the values that they had.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import statistics
import threading
import time
from collections.abc import Callable
from typing import Any

import cases
import numpy
import stook
from suite import arguments

LEAST = 5e-3
"""Seconds that a call takes, at least: shorter ones end before anybody waits."""


def main() -> None:
    """Measure the cases that the command line names, and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="run cases whose name contains this text")
    parser.add_argument("--quick", action="store_true", help="an eighth of the size")
    parser.add_argument("--times", type=int, default=20, help="interrupts of each case")
    given = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    random.seed(0)
    print(f"{'case':30} {'a call':>9} {'median':>9} {'longest':>9}   ms to KeyboardInterrupt")
    worst = 0.0
    for case in cases.CASES:
        if given.only.lower() not in case.name.lower():
            continue
        data = arguments("stook", case.data(cases.divisor(case, given.quick)))
        call = timed(lambda case=case, data=data: run(case, data))
        if call < LEAST:
            continue
        took = [interrupted(case, data, call) for _ in range(given.times)]
        worst = max(worst, *took)
        shown = [call, statistics.median(took), max(took)]
        print(f"{case.name:30} " + " ".join(f"{1e3 * s:9.1f}" for s in shown))
    print(f"the longest of all: {1e3 * worst:.1f} ms")


def run(case: Any, data: tuple[Any, ...]) -> None:
    """Call a case's program, and wait for all that it recorded."""
    result = case.run(stook, *data)
    stook.sync()
    del result


def timed(call: Callable[[], None]) -> float:
    """Return how long the third call takes."""
    for _ in range(3):
        begun = time.perf_counter()
        call()
        took = time.perf_counter() - begun
    return took


def interrupted(case: Any, data: tuple[Any, ...], call: float) -> float:
    """Send an interrupt at any moment of a program's calls; return how long it took to arrive."""
    kept = None if writes(case) else [numpy.array(x) for x in data]
    sent: list[float] = []

    def send() -> None:
        time.sleep(random.uniform(0, 3 * call))
        sent.append(time.perf_counter())
        os.kill(os.getpid(), signal.SIGINT)

    sender = threading.Thread(target=send)
    try:
        sender.start()
        while True:
            run(case, data)
    except KeyboardInterrupt:
        took = time.perf_counter() - sent[0]
    sender.join()
    run(case, data)
    if kept is not None and not all(map(numpy.array_equal, kept, data)):
        raise AssertionError(f"{case.name}: an interrupt changed an argument")
    return took


def writes(case: Any) -> bool:
    """Whether a program writes its arguments."""
    return "stencil" in case.name or "steps" in case.name


if __name__ == "__main__":
    main()
