"""Fixtures that modules of tests share."""

from __future__ import annotations

import pytest
from compare import falling_back
from stook import _stook


@pytest.fixture
def nothing_runs_in_numpy(request):
    """Fail where something runs in NumPy, but in tests that take `may_ask_numpy`."""
    with falling_back(unchecked="may_ask_numpy" in request.fixturenames):
        yield


@pytest.fixture
def may_ask_numpy():
    """Let a test call what only NumPy can do or refuse."""


@pytest.fixture(params=[0, _stook.AT_ONCE], ids=["recorded", "at once"])
def tier(request):
    """Run small calls recorded, then at once."""
    _stook.run_at_once(request.param)
    yield
    _stook.run_at_once(_stook.AT_ONCE)
