"""The array API standard's tests, from a checkout.

The checkout is of `data-apis/array-api-tests`, at 55fcc60 or later, whose folder ``array-api``
holds `data-apis/array-api` at 5f847a3. `array_api_failures.txt` lists what may fail, with reasons:
where NumPy and the standard differ, stook does as NumPy does.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from conformance import lists

__all__ = ["run"]

_VERSION = "2024.12"
_EXAMPLES = 5
_UNSTABLE = "unstable"


def run(checkout: str) -> int:
    """Run the suite of a checkout against stook; return 0 if all is as the list says."""
    listed = lists.read(lists.ARRAY_API)
    unstable = {name for name, reason in listed.items() if reason.startswith(_UNSTABLE)}
    with tempfile.TemporaryDirectory() as folder:
        skipped, expected = Path(folder, "skipped.txt"), Path(folder, "expected.txt")
        skipped.write_text("\n".join(unstable) + "\n")
        expected.write_text("\n".join(set(listed) - unstable) + "\n")
        options = ["--skips-file", str(skipped), "--xfails-file", str(expected)]
        return subprocess.run(_command(options), env=_environment(), cwd=checkout).returncode


def _command(options: list[str]) -> list[str]:
    suite = ["array_api_tests", "-q", "-p", "no:cacheprovider", "--tb=line", "-rfE"]
    suite += ["-o", "xfail_strict=true"]
    examples = ["--derandomize", "--disable-deadline", f"--max-examples={_EXAMPLES}"]
    return [sys.executable, "-m", "pytest", *suite, *examples, *options]


def _environment() -> dict[str, str]:
    return {
        **os.environ,
        "ARRAY_API_TESTS_MODULE": "stook",
        "ARRAY_API_TESTS_VERSION": _VERSION,
    }
