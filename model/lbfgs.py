"""Minimising a smooth convex function of many numbers: L-BFGS (Nocedal and Wright 2006, algorithms 7.4 and 7.5).

The last steps and how the gradient changed over them stand for the curvature; a step is halved until the value
falls enough (Armijo), and its pair is kept only where the gradient shows curvature there.
"""

from collections import deque
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Function = Callable[[Vector], tuple[float, Vector]]
"""A point to its value and gradient."""

KEPT: Final = 10
"""Pairs of steps and gradient changes that are remembered."""

ENOUGH: Final = 1e-4
"""Share of the fall that the gradient promises with which a step is taken."""

HALVINGS: Final = 30
"""Of one step, at most; then no step in this direction helps any more."""


def minimise(function: Function, start: Vector, iterations: int, tolerance: float) -> Vector:
    """Return the lowest point found.

    Args:
        function: value and gradient at a point.
        start: where to begin, shape (n,).
        iterations: at most.
        tolerance: stop when no component of the gradient is larger.
    """
    x, (value, gradient) = start, function(start)
    pairs: deque[tuple[Vector, Vector, float]] = deque(maxlen=KEPT)
    for _ in range(iterations):
        if np.abs(gradient).max(initial=0.0) <= tolerance:
            break
        direction = -_times_inverse_curvature(gradient, pairs)
        slope = float(gradient @ direction)
        length = 1.0 if pairs else min(1.0, 1.0 / float(np.abs(gradient).sum()))
        for _ in range(HALVINGS):
            moved = x + length * direction
            new_value, new_gradient = function(moved)
            if new_value <= value + ENOUGH * length * slope:
                break
            length /= 2
        else:
            break
        step, change = moved - x, new_gradient - gradient
        curvature = float(step @ change)
        if curvature > 1e-10 * float(change @ change):
            pairs.append((step, change, 1 / curvature))
        x, value, gradient = moved, new_value, new_gradient
    return x


def _times_inverse_curvature(gradient: Vector, pairs: deque[tuple[Vector, Vector, float]]) -> Vector:
    """Return H g, H being the inverse curvature that the pairs show (the two-loop recursion)."""
    q = gradient.copy()
    shares = []
    for step, change, rho in reversed(pairs):
        share = rho * float(step @ q)
        q -= share * change
        shares.append(share)
    if pairs:
        step, change, rho = pairs[-1]
        q /= rho * float(change @ change)
    for (step, change, rho), share in zip(pairs, reversed(shares), strict=True):
        q += (share - rho * float(change @ q)) * step
    return q
