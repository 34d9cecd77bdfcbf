"""Shapes that no array has: too many axes, lengths that overflow, truths for lengths."""

import pytest
from compare import check

MANY = "(1,) * 65"
CALLS = f"""
np.zeros({MANY}); np.empty({MANY}); np.full({MANY}, 1); np.ones(1).reshape({MANY})
np.ones(1)[(None,) * 64]; np.ones((1,) * 64)[[0], None]; np.ones(1)[(None,) * 63].ndim
np.broadcast_to(np.ones(1), {MANY}); np.expand_dims(np.ones((1,) * 64), 0)
np.add.outer(np.ones((1,) * 40), np.ones((1,) * 30)); np.ones((1,) * 64)[([0],) * 64]
np.add.outer(np.ones((1,) * 32), np.ones((1,) * 32)).ndim; np.ones((1,) * 64)[([0],) * 63]
np.ones(20)[::2].reshape(2, 13, 419, 691, 823, 2977518503)
np.ones((0, 4)).reshape(2**40, 2**40, 0); np.ones((0, 4)).reshape(2**40, 2**40, -1)
np.zeros(True); np.zeros((True, 2))
np.ones(1).reshape(True); np.ones(1).reshape(True, -1); np.broadcast_to(1., (True,))
np.take(np.ones((1, 1)), [0], False); np.repeat(np.ones(1), 2, axis=False)
"""


@pytest.mark.parametrize("expression", CALLS.strip().replace("\n", ";").split(";"))
def test_shapes(expression):
    check(lambda np: eval(expression.strip(), {"np": np}))


def test_a_shape_that_is_set():
    def program(np):
        a = np.ones(10)
        a.shape = (2, 13, 419, 691, 823, 2977518503)

    check(program)
