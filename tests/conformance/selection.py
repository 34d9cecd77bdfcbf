"""Which of NumPy's test modules are run."""

from __future__ import annotations

__all__ = ["CORE", "QUICK", "importable"]

QUICK = """
_core/test_numeric _core/test_indexing _core/test_einsum _core/test_shape_base
_core/test_item_selection _core/test_dlpack lib/test_function_base lib/test_shape_base
lib/test_twodim_base lib/test_index_tricks lib/test_arraysetops lib/test_nanfunctions
lib/test_histograms linalg/test_linalg fft/test_helper fft/test_pocketfft
""".split()  # noqa: SIM905

CORE = [
    *QUICK,
    *"""
_core/test_abc _core/test_array_api_info _core/test_array_coercion
_core/test_arrayobject _core/test_arrayprint _core/test_casting_floatingpoint_errors
_core/test_dtype _core/test_errstate _core/test_finfo _core/test_function_base
_core/test_getlimits _core/test_half _core/test_indexerrors _core/test_mem_overlap
_core/test_multiarray _core/test_nep50_promotions _core/test_numerictypes _core/test_overrides
_core/test_print _core/test_protocols _core/test_regression _core/test_scalar_ctors
_core/test_scalar_methods _core/test_scalarmath _core/test_ufunc _core/test_umath
_core/test_umath_complex lib/test_array_utils lib/test_arraypad lib/test_mixins
lib/test_packbits lib/test_polynomial lib/test_regression lib/test_stride_tricks
lib/test_type_check lib/test_ufunclike linalg/test_regression random/test_direct
random/test_generator_mt19937 random/test_generator_mt19937_regressions random/test_random
random/test_randomstate random/test_randomstate_regression random/test_regression
random/test_seed_sequence random/test_smoke
""".split(),  # noqa: SIM905
]


def importable(name: str) -> str:
    """Return the dotted name of a test module: ``lib/test_mixins`` is in ``numpy.lib.tests``."""
    package, module = name.split("/")
    return f"numpy.{package}.tests.{module}"
