"""Frequencies of Fourier transforms, and their order."""

import pytest
import stook
from compare import check, falling_back

EXPRESSIONS = """
fft.fftfreq(8)
fft.fftfreq(9, 0.1)
fft.fftfreq(1)
fft.fftfreq(0)
fft.fftfreq(-2)
fft.fftfreq(4.0)
fft.fftfreq("x")
fft.fftfreq(4, 0)
fft.fftfreq(4, np.float32(0.5))
fft.fftfreq(4, [1, 2, 4, 8])
fft.fftfreq(np.int64(6), 2)
fft.fftfreq(4, device="gpu")
fft.rfftfreq(8)
fft.rfftfreq(9, d=0.1)
fft.rfftfreq(0)
fft.rfftfreq(2.5)
fft.rfftfreq(4, device="cpu")
fft.fftshift(v)
fft.fftshift(a)
fft.fftshift(a, 0)
fft.fftshift(a, axes=(1,))
fft.fftshift(a, [0, -1])
fft.fftshift(a, (1, 1))
fft.fftshift(a, ())
fft.fftshift(a, 2)
fft.fftshift(3)
fft.fftshift(["a", "b", "c"])
fft.ifftshift(v)
fft.ifftshift(a)
fft.ifftshift(a, 1)
fft.ifftshift(fft.fftshift(a))
"""


def run(expression, np):
    return eval(
        expression, {"np": np, "fft": np.fft, "v": np.arange(5), "a": np.arange(12.0).reshape(3, 4)}
    )


@pytest.mark.parametrize("expression", EXPRESSIONS.strip().split("\n"))
def test_values_and_errors(expression):
    check(lambda np: run(expression, np))


def test_frequencies_do_not_leave_stook():
    with falling_back():
        run("fft.fftfreq(5), fft.rfftfreq(5), fft.fftshift(a), fft.ifftshift(a, 0)", stook)
