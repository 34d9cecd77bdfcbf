"""Suites that were written elsewhere, held against stook.

NumPy's own tests come with the installed NumPy. They are collected as they are; then every name of
NumPy's in them is exchanged for stook's (`swap.py`). A test counts if NumPy passes it and an empty
module does not: `uncounted.txt` lists the others. `known_failures.txt` lists what stook does not
pass yet, with the reason; a new failure is an error, and so is a listed test that passes, which
`--tidy` takes out of the list.

    python -m conformance quick|core     NumPy's tests, in a quick and in a long selection
    python -m conformance lib/test_io    the named ones of NumPy's test modules
    python -m conformance array-api DIR  the array API standard's tests, from a checkout
    python -m conformance count          write `uncounted.txt` anew, after an update of NumPy

A function that hands its work to NumPy passes here as well; each run prints what was handed over.
"""
