"""The minimiser finds the minimum of convex functions."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from model.lbfgs import minimise


@given(st.integers(0, 10_000), st.integers(1, 30))
def test_a_quadratic_is_minimised_wherever_it_begins(seed, size):
    random = np.random.default_rng(seed)
    curvature = np.exp(random.normal(0, 1.5, size))
    lowest, start = random.normal(0, 3, (2, size))

    def bowl(x):
        return float((curvature * (x - lowest) ** 2).sum() / 2), curvature * (x - lowest)

    assert np.allclose(minimise(bowl, start, 500, 1e-9), lowest, atol=1e-6)


def test_a_logistic_loss_ends_with_no_gradient():
    random = np.random.default_rng(1)
    X, y = random.normal(0, 1, (200, 5)), random.integers(0, 2, 200)

    def loss(v):
        z = X @ v
        p = 1 / (1 + np.exp(-z))
        return float(np.logaddexp(0, z).sum() - z[y == 1].sum() + v @ v / 2), X.T @ (p - y) + v

    assert np.abs(loss(minimise(loss, np.full(5, 4.0), 100, 1e-8))[1]).max() < 1e-8


def test_no_step_is_taken_that_raises_the_value():
    values = []

    def steep(x):
        values.append(float((x**4).sum()))
        return values[-1], 4 * x**3

    best = minimise(steep, np.array([50.0, -3.0]), 5, 0.0)
    assert float((best**4).sum()) < values[0]
    assert float((best**4).sum()) == min(values)


def test_without_iterations_the_start_is_given_back():
    start = np.array([1.0, 2.0])
    assert (minimise(lambda x: (float(x @ x), 2 * x), start, 0, 0.0) == start).all()
