"""Numba's `jitclass`, by way of `stook.jitclass`."""

from __future__ import annotations

from stook._jitclass import jitclass

__all__ = ["jitclass"]
