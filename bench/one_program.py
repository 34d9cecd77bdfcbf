"""One of NPBench's programs, called again and again: a user's script, as `programs.py` runs it."""

import copy
import importlib
import json
import pickle
import sys
import time

import numpy as np

SECONDS = 2.0
LEAST, MOST = 4, 40


def main(info):
    """Time calls, and keep the times and what the last one made."""
    np.random.seed(0)
    values = dict(info["parameters"][info["preset"]])
    folder = "npbench.benchmarks." + info["relative_path"].replace("/", ".")
    if info.get("init"):
        module = importlib.import_module(f"{folder}.{info['module_name']}")
        initialize = getattr(module, info["init"]["func_name"])
        made = initialize(*[values[name] for name in info["init"]["input_args"]])
        names = info["init"]["output_args"]
        values.update(zip(names, made if len(names) > 1 else (made,), strict=True))
    module = importlib.import_module(f"{folder}.{info['module_name']}_numpy")
    function = getattr(module, info["func_name"])
    times, begin = [], time.perf_counter()
    while len(times) < LEAST or (len(times) < MOST and time.perf_counter() - begin < SECONDS):
        args = [copy.deepcopy(values[name]) for name in info["input_args"]]
        for array in filter(is_array, args):
            array.item(0)  # the copies are made, whoever puts them off
        start = time.perf_counter()
        made = function(*args)
        results = [
            x for x in (*(made if isinstance(made, tuple) else (made,)), *args) if is_array(x)
        ]
        for array in results:
            array.sum()  # whatever was put off is done
        times.append(time.perf_counter() - start)
    # As bytes, which mean the same to every process.
    kept = [(array.tobytes(), str(array.dtype), array.shape) for array in results]
    with open(info["out"], "wb") as file:
        pickle.dump((times, kept), file)


def is_array(value):
    """Whether a result or an argument has elements to be compared."""
    return isinstance(value, np.ndarray | np.generic) and value.size > 0


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
