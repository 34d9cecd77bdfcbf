//! Python's operators on arrays; every one is a call of `number`.

use crate::array::NdArray;
use crate::number::*;
use pyo3::basic::CompareOp;
use pyo3::prelude::*;

type Object<'py> = Bound<'py, PyAny>;

#[pymethods]
impl NdArray {
    fn __add__<'py>(slf: &Bound<'py, Self>, other: &Object<'py>) -> PyResult<Object<'py>> {
        binary(slf, other, ADD, false)
    }

    fn __radd__<'py>(slf: &Bound<'py, Self>, other: &Object<'py>) -> PyResult<Object<'py>> {
        binary(slf, other, ADD, true)
    }

    fn __iadd__(slf: &Bound<'_, Self>, other: &Object<'_>) -> PyResult<()> {
        in_place(slf, other, ADD)
    }

    fn __sub__<'py>(slf: &Bound<'py, Self>, other: &Object<'py>) -> PyResult<Object<'py>> {
        binary(slf, other, SUB, false)
    }

    fn __rsub__<'py>(slf: &Bound<'py, Self>, other: &Object<'py>) -> PyResult<Object<'py>> {
        binary(slf, other, SUB, true)
    }

    fn __isub__(slf: &Bound<'_, Self>, other: &Object<'_>) -> PyResult<()> {
        in_place(slf, other, SUB)
    }

    fn __mul__<'py>(slf: &Bound<'py, Self>, other: &Object<'py>) -> PyResult<Object<'py>> {
        binary(slf, other, MUL, false)
    }

    fn __rmul__<'py>(slf: &Bound<'py, Self>, other: &Object<'py>) -> PyResult<Object<'py>> {
        binary(slf, other, MUL, true)
    }

    fn __imul__(slf: &Bound<'_, Self>, other: &Object<'_>) -> PyResult<()> {
        in_place(slf, other, MUL)
    }

    fn __truediv__<'py>(slf: &Bound<'py, Self>, other: &Object<'py>) -> PyResult<Object<'py>> {
        binary(slf, other, DIV, false)
    }

    fn __rtruediv__<'py>(slf: &Bound<'py, Self>, other: &Object<'py>) -> PyResult<Object<'py>> {
        binary(slf, other, DIV, true)
    }

    fn __itruediv__(slf: &Bound<'_, Self>, other: &Object<'_>) -> PyResult<()> {
        in_place(slf, other, DIV)
    }

    fn __floordiv__<'py>(slf: &Bound<'py, Self>, other: &Object<'py>) -> PyResult<Object<'py>> {
        binary(slf, other, FLOOR_DIV, false)
    }

    fn __rfloordiv__<'py>(slf: &Bound<'py, Self>, other: &Object<'py>) -> PyResult<Object<'py>> {
        binary(slf, other, FLOOR_DIV, true)
    }

    fn __ifloordiv__(slf: &Bound<'_, Self>, other: &Object<'_>) -> PyResult<()> {
        in_place(slf, other, FLOOR_DIV)
    }

    fn __mod__<'py>(slf: &Bound<'py, Self>, other: &Object<'py>) -> PyResult<Object<'py>> {
        binary(slf, other, MOD, false)
    }

    fn __rmod__<'py>(slf: &Bound<'py, Self>, other: &Object<'py>) -> PyResult<Object<'py>> {
        binary(slf, other, MOD, true)
    }

    fn __imod__(slf: &Bound<'_, Self>, other: &Object<'_>) -> PyResult<()> {
        in_place(slf, other, MOD)
    }

    fn __lshift__<'py>(slf: &Bound<'py, Self>, other: &Object<'py>) -> PyResult<Object<'py>> {
        binary(slf, other, SHL, false)
    }

    fn __rlshift__<'py>(slf: &Bound<'py, Self>, other: &Object<'py>) -> PyResult<Object<'py>> {
        binary(slf, other, SHL, true)
    }

    fn __ilshift__(slf: &Bound<'_, Self>, other: &Object<'_>) -> PyResult<()> {
        in_place(slf, other, SHL)
    }

    fn __rshift__<'py>(slf: &Bound<'py, Self>, other: &Object<'py>) -> PyResult<Object<'py>> {
        binary(slf, other, SHR, false)
    }

    fn __rrshift__<'py>(slf: &Bound<'py, Self>, other: &Object<'py>) -> PyResult<Object<'py>> {
        binary(slf, other, SHR, true)
    }

    fn __irshift__(slf: &Bound<'_, Self>, other: &Object<'_>) -> PyResult<()> {
        in_place(slf, other, SHR)
    }

    fn __and__<'py>(slf: &Bound<'py, Self>, other: &Object<'py>) -> PyResult<Object<'py>> {
        binary(slf, other, AND, false)
    }

    fn __rand__<'py>(slf: &Bound<'py, Self>, other: &Object<'py>) -> PyResult<Object<'py>> {
        binary(slf, other, AND, true)
    }

    fn __iand__(slf: &Bound<'_, Self>, other: &Object<'_>) -> PyResult<()> {
        in_place(slf, other, AND)
    }

    fn __or__<'py>(slf: &Bound<'py, Self>, other: &Object<'py>) -> PyResult<Object<'py>> {
        binary(slf, other, OR, false)
    }

    fn __ror__<'py>(slf: &Bound<'py, Self>, other: &Object<'py>) -> PyResult<Object<'py>> {
        binary(slf, other, OR, true)
    }

    fn __ior__(slf: &Bound<'_, Self>, other: &Object<'_>) -> PyResult<()> {
        in_place(slf, other, OR)
    }

    fn __xor__<'py>(slf: &Bound<'py, Self>, other: &Object<'py>) -> PyResult<Object<'py>> {
        binary(slf, other, XOR, false)
    }

    fn __rxor__<'py>(slf: &Bound<'py, Self>, other: &Object<'py>) -> PyResult<Object<'py>> {
        binary(slf, other, XOR, true)
    }

    fn __ixor__(slf: &Bound<'_, Self>, other: &Object<'_>) -> PyResult<()> {
        in_place(slf, other, XOR)
    }

    fn __matmul__<'py>(slf: &Bound<'py, Self>, other: &Object<'py>) -> PyResult<Object<'py>> {
        binary(slf, other, MATMUL, false)
    }

    fn __rmatmul__<'py>(slf: &Bound<'py, Self>, other: &Object<'py>) -> PyResult<Object<'py>> {
        binary(slf, other, MATMUL, true)
    }

    fn __imatmul__(slf: &Bound<'_, Self>, other: &Object<'_>) -> PyResult<()> {
        in_place(slf, other, MATMUL)
    }

    fn __neg__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        unary(slf, NEG)
    }

    fn __pos__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        unary(slf, POS)
    }

    fn __abs__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        unary(slf, ABS)
    }

    fn __invert__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        unary(slf, INVERT)
    }

    fn __richcmp__<'py>(
        slf: &Bound<'py, Self>,
        other: &Bound<'py, PyAny>,
        op: CompareOp,
    ) -> PyResult<Bound<'py, PyAny>> {
        let which = match op {
            CompareOp::Lt => LT,
            CompareOp::Le => LE,
            CompareOp::Eq => EQ,
            CompareOp::Ne => NE,
            CompareOp::Gt => GT,
            CompareOp::Ge => GE,
        };
        binary(slf, other, which, false)
    }
}
