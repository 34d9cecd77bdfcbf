"""Runs the suites from the command line; see the package's description."""

from __future__ import annotations

import argparse
import sys
from collections import Counter

from conformance import array_api, lists
from conformance.running import run
from conformance.selection import CORE, QUICK
from conformance.verdict import judged, without_passed

_HANDED_OVER = 40


def main() -> int:
    """Do what the command line says; return 0 if all is as the lists say."""
    parser = argparse.ArgumentParser(prog="conformance")
    parser.add_argument("what", nargs="+", help="quick, core, count, array-api DIR, or modules")
    parser.add_argument("--tidy", action="store_true", help="take what passes out of the list")
    options = parser.parse_args()
    what, *more = options.what
    if what == "array-api":
        return array_api.run(more[0])
    if what == "count":
        return _count()
    return _held({"quick": QUICK, "core": CORE}.get(what, [what, *more]), options.tidy)


def _held(modules: list[str], tidies: bool) -> int:
    """Hold NumPy's tests to the lists, and print a table."""
    passed = counted = 0
    complaints: list[str] = []
    handed_over: Counter[str] = Counter()
    for module in modules:
        found = run(module)
        if tidies:
            lists.write(lists.KNOWN, without_passed(found))
        verdict = judged(found)
        print(f"{module:44} {verdict.passed:6} of {verdict.counted:6}", flush=True)
        passed, counted = passed + verdict.passed, counted + verdict.counted
        complaints += verdict.complaints
        handed_over.update(verdict.handed_over)
    print(f"{'in all':44} {passed:6} of {counted:6}  {passed / counted:.1%}")
    shown = ", ".join(f"{name} {n}" for name, n in handed_over.most_common(_HANDED_OVER))
    print(f"\nhanded to NumPy {handed_over.total()} times: {shown}\n")
    print("\n".join(complaints) or "all as listed")
    return 1 if complaints else 0


def _count() -> int:
    """List what NumPy does not pass or an empty module does, beside what is listed by hand."""
    by_hand = {name: reason for name, reason in lists.read(lists.UNCOUNTED).items() if reason}
    uncounted = dict(by_hand)
    for module in CORE:
        known, empty = run(module, "numpy"), run(module, "empty")
        counted = known.passed - empty.passed - set(lists.expanded(by_hand, known.counted))
        left_out = dict.fromkeys(set(known.counted) - counted, "")
        left_out.update(lists.expanded(by_hand, known.counted))
        uncounted.update(lists.collapsed(left_out, known.counted))
        print(f"{module:44} {len(counted):6} count of {len(known.counted):6}", flush=True)
    lists.write(lists.UNCOUNTED, uncounted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
