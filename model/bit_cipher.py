"""Bit cipher vectors: the most frequent tokens are the easiest to tell apart.

Every token type gets a distinct pattern of `bits` zeros and ones. The most frequent types get one bit, the
next ones two, and so on, in an order that keeps neighbours in rank different from each other. The vectors
carry no similarity of meaning by design. Source: arXiv 2311.07510, appendix C and section 2.5; where its
figure and the author's public code differ, the code is followed.
"""

import numpy as np
from numpy.typing import NDArray

from model.errors import ModelError


def cipher_bits(tokens: int, bits: int) -> NDArray[np.uint8]:
    """Return Z, shape (tokens, bits): row n is the 0/1 pattern of the token of frequency rank n.

    Level 1 is the standard basis e_1 … e_b. From then on the basis is walked in reverse, the list of the
    level before is reversed too, and level d takes each new |v - e| that has d bits set.

    Raises:
        ModelError: fewer than ceil(log2(tokens + 1)) bits cannot tell the tokens apart.
    """
    if bits < 1 or 2**bits <= tokens:
        raise ModelError(
            f"A bit cipher of {bits} bits cannot tell {tokens} tokens apart; "
            f"use at least {tokens.bit_length()} bits."
        )
    basis = [1 << (bits - 1 - d) for d in range(bits)]  # one integer a pattern, most significant bit first
    level = list(basis)
    patterns = list(level)
    taken = set(patterns)
    basis.reverse()
    for weight in range(2, bits + 1):
        if len(patterns) >= tokens:
            break
        level.reverse()
        next_level: list[int] = []
        for e in basis:
            for v in level:
                pattern = v ^ e  # |v - e| on zeros and ones
                if pattern.bit_count() == weight and pattern not in taken:
                    taken.add(pattern)
                    next_level.append(pattern)
        patterns += next_level
        level = next_level
    rows = [[(p >> (bits - 1 - d)) & 1 for d in range(bits)] for p in patterns[:tokens]]
    return np.array(rows, dtype=np.uint8).reshape(tokens, bits)


def cipher_vectors(tokens: int, bits: int) -> NDArray[np.float64]:
    """Return E = Z / ||Z||_1, shape (tokens, bits): non-negative rows of unit 1-norm."""
    Z = cipher_bits(tokens, bits).astype(np.float64)
    norms: NDArray[np.float64] = Z.sum(axis=1, keepdims=True)
    return Z / norms


def densify(E: NDArray[np.float64], counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Blend every row with a noise vector, the more the rarer its token, so that no entry stays zero.

    With counts f_n, M = sum f_n, mean vector e = sum_n f_n E_n / M, q_n = f_n / (f_n + 1) and
    p = (1 - e) / ||1 - e||_1 the result is q_n E_n + (1 - q_n) p (arXiv 2311.07510, section 2.5).

    Args:
        E: shape (tokens, bits), rows of unit 1-norm.
        counts: shape (tokens,), how often each token was seen; not all zero.
    """
    mean = counts @ E / counts.sum()
    noise = (1.0 - mean) / np.abs(1.0 - mean).sum()
    q = (counts / (counts + 1.0))[:, None]
    blended: NDArray[np.float64] = q * E + (1.0 - q) * noise
    return blended
