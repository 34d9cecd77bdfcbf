"""NumPy's own tests, the quick selection."""

from __future__ import annotations

import pytest

from conformance.running import run
from conformance.selection import QUICK
from conformance.verdict import judged


@pytest.mark.parametrize("module", QUICK)
def test_stook_passes_what_numpy_passes(module):
    complaints = judged(run(module)).complaints
    assert not complaints, "\n".join(complaints)
