"""Holds a module's outcomes to the list of known failures."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from conformance import lists
from conformance.running import Outcomes

__all__ = ["Verdict", "judged", "without_passed"]


@dataclass
class Verdict:
    """How many of a module's tests count and pass, and where the lists are wrong."""

    counted: int
    passed: int
    new: dict[str, str]
    cured: list[str]
    handed_over: Counter[str]

    @property
    def complaints(self) -> list[str]:
        """One line for each test that is not as the lists say."""
        new = [f"fails: {name}: {message}" for name, message in sorted(self.new.items())]
        return new + [f"passes, but is listed: {name}" for name in sorted(self.cured)]


def without_passed(found: Outcomes) -> dict[str, str]:
    """Return the list of known failures less the tests that passed in a module."""
    listed = lists.read(lists.KNOWN)
    known = lists.expanded(listed, found.counted)
    kept = {name: reason for name, reason in known.items() if name not in found.passed}
    module = found.counted[0].partition("::")[0] + "::"
    others = {name: reason for name, reason in listed.items() if not name.startswith(module)}
    return {**others, **lists.collapsed(kept, found.counted)}


def judged(found: Outcomes) -> Verdict:
    """Return how a module's outcomes compare with the list of known failures."""
    known = set(lists.expanded(lists.read(lists.KNOWN), found.counted))
    failed = set(found.counted) - found.passed
    new = {name: found.messages.get(name, "no outcome") for name in failed - known}
    passed = len(found.counted) - len(failed)
    return Verdict(len(found.counted), passed, new, list(known - failed), found.handed_over)
