"""A pytest plugin: NumPy's tests with another module in NumPy's place, results to a file.

`CONFORMANCE_TARGET` names the module (`empty` for none at all), `CONFORMANCE_RESULTS` the file. Its
lines are JSON: the tests that count, each one's outcome, and at the end what stook handed to NumPy.
For `numpy` and `empty` all tests count, as their outcomes tell which do.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from conformance import lists
from conformance.swap import Swap

_SECONDS = 60
_target = os.environ["CONFORMANCE_TARGET"]
_results = open(os.environ["CONFORMANCE_RESULTS"], "w", buffering=1)  # noqa: SIM115
_is_held = _target not in ("numpy", "empty")
_loaded = None if _target == "empty" else importlib.import_module(_target)


class TooLong(Exception):
    """A test took longer than any should."""


def _write(**line: Any) -> None:
    _results.write(json.dumps(line) + "\n")


def _name(item: Any) -> str:
    """Return a test's name, the same on every machine: ``lib/test_mixins::TestClass::test``."""
    package = item.path.parent.parent.name
    return f"{package}/{item.path.stem}::{item.nodeid.partition('::')[2]}"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Note the tests, then exchange the names in them."""
    if _is_held:
        uncounted = lists.expanded(lists.read(lists.UNCOUNTED), [_name(item) for item in items])
        items[:] = [item for item in items if _name(item) not in uncounted]
    names = [_name(item) for item in items]
    _write(counted=names)
    if _is_held:
        known = lists.expanded(lists.read(lists.KNOWN), names)
        items[:] = [item for item in items if known.get(_name(item)) != lists.ENDS_THE_PROCESS]
    if _target == "numpy":
        return
    swap = Swap(_loaded)
    for module in {item.module for item in items}:
        swap.module(module)
    for item in items:
        params = item.callspec.params if hasattr(item, "callspec") else {}
        params.update({key: swap.value(value) for key, value in params.items()})


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: Any) -> Iterator[None]:
    """Begin a test without young garbage, and end one that hangs.

    Some count references to a dtype, which go away when the collector finds arrays of other tests.
    """

    def stop(number: int, frame: Any) -> None:
        raise TooLong(f"longer than {_SECONDS} seconds")

    gc.collect(0)
    signal.signal(signal.SIGALRM, stop)
    signal.alarm(_SECONDS)
    try:
        return (yield)
    finally:
        signal.alarm(0)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: Any, call: Any) -> Iterator[None]:
    """Write a test's outcome; an expected failure of NumPy's is no pass."""
    report: Any = yield
    if report.when == "call" or (report.when == "setup" and report.outcome != "passed"):
        crash = getattr(report.longrepr, "reprcrash", None) if report.failed else None
        message = getattr(crash, "message", "").partition("\n")[0]
        outcome = "xfailed" if hasattr(report, "wasxfail") else report.outcome
        _write(name=_name(item), outcome=outcome, message=message[:200])
    return report


def pytest_sessionfinish() -> None:
    """Write which functions ran in NumPy in stook's place."""
    fallback = sys.modules.get("stook._fallback")
    _write(handed_over=dict(fallback.calls) if fallback else {})
