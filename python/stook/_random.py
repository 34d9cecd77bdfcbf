"""NumPy's random numbers as our arrays.

The classes here are NumPy's own generators by inheritance, so that libraries accept them; their
streams are NumPy's bit for bit. Imported when ``stook.random`` is first asked for, because
NumPy's is slow to import.
"""

from __future__ import annotations

import functools
import threading
from typing import Any

import numpy

from . import _fallback
from ._fallback import NUMBERS, Fallback, are_numbers
from ._stook import call_apart, export


class _Like(type):
    """Lets NumPy's own objects pass for instances of the class that stands for theirs."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, cls.__base__)  # type: ignore[arg-type]


class _Inside(threading.local):
    """Whether a method of NumPy's runs, which calls others of the same object."""

    method = False


_inside = _Inside()


class _Method(Fallback):
    """A method of a random number class; where NumPy calls it, it gives what NumPy expects."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if _inside.method:
            return self._target(*args, **kwargs)
        _inside.method = True
        try:
            return super().__call__(*args, **kwargs)
        finally:
            _inside.method = False


# Methods that do no more with others of their object than return what those give.
_DRAWS = frozenset(
    """
    beta binomial chisquare exponential f gamma geometric gumbel hypergeometric integers
    laplace logistic lognormal logseries negative_binomial noncentral_chisquare noncentral_f
    normal pareto poisson power rand randint randn random random_sample rayleigh
    standard_cauchy standard_exponential standard_gamma standard_normal standard_t triangular
    uniform vonmises wald weibull zipf
    """.split()  # noqa: SIM905
)


def _draw(name: str, target: Any) -> Any:
    """Return a method that draws: with numbers alone it goes straight to NumPy's."""
    general = _Method(name, target)

    sites, calls = _fallback.sites, _fallback.calls

    @functools.wraps(general, updated=())
    def draw(self: Any, *args: Any, **kwargs: Any) -> Any:
        for value in args:
            if type(value) not in NUMBERS:
                return general(self, *args, **kwargs)
        special = sites.strict or sites.wanted or _inside.method
        if special or (kwargs and not are_numbers(kwargs.values())):
            return general(self, *args, **kwargs)
        calls[name] += 1
        return call_apart(target, (self, *args), kwargs or None)

    return draw


def _with_methods(base: type) -> dict[str, Any]:
    """Return every public method of a random number class, its arrays turned into ours."""
    return {
        name: (_draw if name in _DRAWS else _Method)(f"random.{base.__name__}.{name}", value)
        for name, value in vars(base).items()
        if not name.startswith("_") and callable(value)
    }


def _standing_for(base: type) -> Any:
    """Return a subclass of a random number class whose methods give our arrays."""
    body = _with_methods(base) | {"__doc__": base.__doc__, "__reduce__": _reduce}
    return _Like(base.__name__, (base,), body)


def _reduce(generator: Any) -> tuple[Any, ...]:
    if isinstance(generator, numpy.random.RandomState):
        return _random_state, (generator.get_state(legacy=False),)
    return _generator, (generator.bit_generator,)


def _generator(bit_generator: Any) -> Any:
    return Generator(bit_generator)


def _random_state(state: Any) -> Any:
    result = RandomState()
    numpy.random.RandomState.set_state(result, state)
    return result


Generator = _standing_for(numpy.random.Generator)
RandomState = _standing_for(numpy.random.RandomState)


def _taking_seeds(base: type) -> Any:
    """Return a subclass whose seeds may be arrays of ours."""

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        base.__init__(self, *export(args), **export(kwargs))  # type: ignore[misc]

    body = {"__doc__": base.__doc__, "__init__": __init__, "__module__": __name__}
    return _Like(base.__name__, (base,), body)


_SEEDED = ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64", "SeedSequence")
globals().update({name: _taking_seeds(getattr(numpy.random, name)) for name in _SEEDED})


def register() -> None:
    """Make these the classes that ``stook.random`` shows and its functions return."""
    for name in _SEEDED:
        _fallback.native(f"random.{name}", globals()[name])
    _fallback.stand_in(
        "random.Generator",
        numpy.random.Generator,
        Generator,
        lambda value: Generator(value.bit_generator),
    )
    _fallback.stand_in(
        "random.RandomState",
        numpy.random.RandomState,
        RandomState,
        lambda value: _random_state(value.get_state(legacy=False)),
    )
