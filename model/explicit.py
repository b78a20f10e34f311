"""The explicit solution of one softmax layer: weights from counts, without a gradient.

For non-negative inputs H (M x D), one-hot targets Y (M x N; patterns of several bits for the hidden layer, each bit
then a target of its own) and prediction softmax(H U + b) the counts
F = H^T Y (D x N, "generalized co-occurrence", arXiv 2311.07510 eq. 2) and n_i = sum_m Y_mi give

    U_di = log(F_di / sum_d F_di),    b_i = log n_i                              (bias form)

This is multinomial naive Bayes. When every input has 1-norm K it equals the paper's eq. 3,
U_di = log F_di - ((K - 1) / K) log sum_d F_di, and it stays right when norms differ. For K = 1 (one-hot
inputs) it is the exact optimum. Features that say the same thing twice make it over-confident, hence one
temperature.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.errors import ModelError

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Counts:
    """Sums over examples; adding, removing and merging are exact while inputs lie on a grid.

    Every update is an addition of h (outer) y. With inputs rounded to multiples of 2^-k and sums below
    2^(53-k), floating point addition does not round, so removing an example gives back the very bits.
    """

    features: Matrix
    """F, shape (D, N): weighted sum of inputs for each class."""

    classes: Matrix
    """n, shape (N,): weighted number of examples of each class."""

    @classmethod
    def zeros(cls, inputs: int, outputs: int) -> "Counts":
        """Return empty counts for D inputs and N classes."""
        return cls(np.zeros((inputs, outputs)), np.zeros(outputs))

    def add(self, H: Matrix, targets: NDArray[np.intp], weights: Matrix) -> "Counts":
        """Return the counts with M examples more.

        Args:
            H: inputs, shape (M, D), non-negative.
            targets: class index of each example, shape (M,).
            weights: shape (M,); a negative weight takes the example out again.
        """
        M, N = len(targets), len(self.classes)
        if H.shape != (M, len(self.features)) or weights.shape != (M,):
            raise ModelError(
                f"Inputs {H.shape}, targets {targets.shape} and weights {weights.shape} do not fit."
            )
        Y = np.zeros((M, N))
        Y[np.arange(M), targets] = weights
        return Counts(self.features + H.T @ Y, self.classes + Y.sum(axis=0))

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.features + other.features, self.classes + other.classes)

    def __sub__(self, other: "Counts") -> "Counts":
        return Counts(self.features - other.features, self.classes - other.classes)


def explicit_weights(counts: Counts, smoothing: float) -> tuple[Matrix, Matrix]:
    """Return U, shape (D, N), and b, shape (N,), of the bias form with `smoothing` added to every count.

    Args:
        counts: F and n.
        smoothing: added to every entry of F and of n, in the units of F, of which an example whose input has
            1-norm K brings K; must be positive where a count is zero.

    Raises:
        ModelError: a count plus smoothing is not positive, so its logarithm does not exist.
    """
    F = counts.features + smoothing
    n = counts.classes + smoothing
    if F.min() <= 0 or n.min() <= 0:
        raise ModelError("Counts plus smoothing must be positive everywhere; use a smoothing above zero.")
    return np.log(F) - np.log(F.sum(axis=0)), np.log(n)
