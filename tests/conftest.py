"""Options of the random programs: `--programs` how many, `--seed` the number of the first."""

from __future__ import annotations


def pytest_addoption(parser):
    parser.addoption("--programs", type=int, default=400, help="random programs to run")
    parser.addoption("--seed", type=int, default=0, help="the number of the first program")
