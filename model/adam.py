"""Adam (Kingma and Ba 2015, algorithm 1), written out. Needs torch.

    m <- B1 m + (1 - B1) g              v <- B2 v + (1 - B2) g²            of the gradient g
    p <- p - rate m' / (sqrt(v') + EPSILON)
    m' = m / (1 - B1^t),  v' = v / (1 - B2^t)                              step t = 1, 2, …

m, v, g and p have one shape, and all is done number by number. torch's own gives the same floats, but its first use
loads a compiler: some 75 MB, which a board that retrains does not have to spare.
"""

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor

B1: Final = 0.9
"""What the running mean of the gradients keeps of itself at every step."""

B2: Final = 0.999
"""The same of their squares."""

EPSILON: Final = 1e-8
"""Keeps a number whose gradient was always next to zero from being divided by it."""


class Adam:
    """The running means of some parameters, and the step that follows from them."""

    def __init__(self, parameters: Sequence[Tensor], shares: Sequence[float] | None = None) -> None:
        """Begin with means of zero.

        Args:
            parameters: of any shapes; they are moved in place.
            shares: of the rate, one for each parameter; None gives each the whole.
        """
        self.parameters = parameters
        self.shares = shares or [1.0] * len(parameters)
        self.first = [torch.zeros_like(p, requires_grad=False) for p in parameters]  # m of each
        self.second = [torch.zeros_like(p, requires_grad=False) for p in parameters]  # v of each
        self.steps = [0] * len(parameters)  # t of each

    @torch.no_grad()
    def step(self, gradients: Sequence[Tensor | None], rate: float) -> None:
        """Move every parameter; one without a gradient stays as it is, its means and its count too."""
        for n, (p, g) in enumerate(zip(self.parameters, gradients, strict=True)):
            if g is None:
                continue
            self.steps[n] += 1
            m, v, t = self.first[n], self.second[n], self.steps[n]
            # The order of the operations is torch's, so that the last bit is too.
            m.lerp_(g, 1 - B1)
            v.mul_(B2).addcmul_(g, g, value=1 - B2)
            root = (v.sqrt() / (1 - B2**t) ** 0.5).add_(EPSILON)
            p.addcdiv_(m, root, value=-rate * self.shares[n] / (1 - B1**t))
