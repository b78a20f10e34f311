"""Whether the lamp has become worse since a promotion: the test behind the automatic fall-back.

A person who flips the light back after the lamp acted objects to that act. Such objections come one by one and
independently, so their number in a time is taken as Poisson distributed. Given n objections in all, of which k
after the promotion, and equal rates before and after, k is binomial with

    p = days since / (days before + days since)

(Przyborowski and Wilenski 1940, the conditional test of two Poisson rates). The lamp is worse when as many as k
or more would come by chance with a probability below ALPHA.
"""

from dataclasses import dataclass
from math import exp, fsum, lgamma, log
from typing import Final

ALPHA: Final = 0.01
"""Chance of falling back from a bundle that is no worse, in one comparison. The comparison is made after each
objection, so over a bundle's life the chance is some times as large; falling back only costs what was learned last."""

LEAST_OBJECTIONS: Final = 3
"""Objections since the promotion below which there is no case, however short the time."""


@dataclass(frozen=True, slots=True)
class Objections:
    """How often somebody objected to an act of the lamp while one bundle was in service."""

    count: int
    """Acts that a person took back."""

    days: float
    """Days of listening in which they came."""


def worse_in_service(before: Objections, since: Objections) -> bool:
    """Whether objections come more often since the promotion than before, beyond chance.

    Without a time before it there is nothing to compare with, and the answer is no.
    """
    if since.count < LEAST_OBJECTIONS or before.days <= 0 or since.days <= 0:
        return False
    share = since.days / (before.days + since.days)
    return upper_tail(before.count + since.count, since.count, share) < ALPHA


def upper_tail(n: int, k: int, p: float) -> float:
    """P(X >= k) for X ~ Binomial(n, p), 0 < p < 1.

    sum over j from k to n of  n! / (j! (n-j)!) p^j (1-p)^(n-j), each term by its logarithm.
    """
    return fsum(
        exp(lgamma(n + 1) - lgamma(j + 1) - lgamma(n - j + 1) + j * log(p) + (n - j) * log(1 - p))
        for j in range(k, n + 1)
    )
