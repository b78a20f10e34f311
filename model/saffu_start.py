"""The explicit start of any member of the SAFFU family: model/warm_start.py for all parts. Needs torch.

Layers are solved bottom up from counts of their real inputs, which attention can change, so one pass over the examples
a layer and no table of words.
"""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from torch.distributions import Dirichlet

from model.bit_cipher import cipher_bits, cipher_vectors, densify
from model.co_occurrence import co_occurrence_vectors, neighbour_sums
from model.context_counts import GRID, Target, targets, telling
from model.examples import Examples
from model.explicit import Counts, Matrix, explicit_weights
from model.language_model import LITTLE, Sizes
from model.parts import Parts
from model.recipe import WarmStart
from model.saffu import Saffu

BATCH = 1024
"""Utterances counted at once; bounds memory."""

NEIGHBOURS = 2
"""Words to each side that make a co-occurrence vector."""

IDENTITY = 0.5
"""How much of a co-occurrence vector is the word's own cipher vector."""


def start_vectors(sizes: Sizes, parts: Parts, frequencies: Matrix, examples: Examples) -> Matrix:
    """Return E of the explicit start, shape (V, D): positive rows of 1-norm one, on the grid of the counts.

    Random ones are drawn evenly from all such rows, by torch's generator.
    """
    if parts.vectors == "random":
        rows = Dirichlet(torch.ones(sizes.bits, dtype=torch.float64)).sample((sizes.vocabulary,))
        E = rows.numpy() + GRID
    elif parts.vectors == "co-occurrence":
        sums = neighbour_sums(examples, sizes.vocabulary, sizes.bits, NEIGHBOURS)
        E = co_occurrence_vectors(sums, frequencies + 1.0, IDENTITY)
    else:
        E = densify(cipher_vectors(sizes.vocabulary, sizes.bits), frequencies + 1.0)
    return np.round(E / GRID) * GRID


@torch.no_grad()
def solve(
    model: Saffu,
    frequencies: Matrix,
    examples: Examples,
    start: WarmStart,
    attention: Matrix | None = None,
    turns: Examples | None = None,
) -> None:
    """Begin warm: give every layer its explicit solution, bottom up; model/warm_start.py for any member.

    Args:
        model: changed in place.
        frequencies: how often each id occurs, shape (V,).
        examples: encoded with the same vocabulary.
        start: smoothing and temperatures.
        attention: W, shape (K, K), as model/attention_start.py makes it; none leaves attention uniform.
        turns: examples of the lamp's turn, if they are others than those of the next word.
    """
    s = model.sizes
    model.vectors.copy_(torch.from_numpy(start_vectors(s, model.parts, frequencies, examples)))
    model.positions.zero_()
    if attention is not None:
        model.positions.copy_(torch.from_numpy(attention))
    _solve_hidden(model, examples, start)
    _solve_lamp(model, turns or examples, start)
    solve_words(model, examples, start)


def _solve_hidden(model: Saffu, examples: Examples, start: WarmStart) -> None:
    """Solve the hidden layer from counts of the bits of the next word's cipher vector."""
    V, B = model.sizes.vocabulary, model.sizes.hidden
    bits = torch.from_numpy(cipher_bits(V, B).astype(np.float64))  # (V, B)
    F = torch.zeros(len(model.hidden), B, dtype=torch.float64)
    n = torch.zeros(B, dtype=torch.float64)
    for part, counted, following, weights in _prefixes(examples, "next word"):
        x = model.features(torch.from_numpy(part.ids).long())[counted].double()  # (M, F)
        Z = bits[following] * weights[:, None]  # (M, B)
        F, n = F + x.T @ Z, n + Z.sum(dim=0)
    U, b = explicit_weights(Counts(F.numpy(), n.numpy()), start.smoothing)
    if model.parts.hidden == "relu":
        # Centred, the rectifier passes the bits that are likelier than the average one.
        U, b = U - U.mean(axis=1, keepdims=True), b - b.mean()
    model.hidden.copy_(torch.from_numpy(U))
    model.hidden_bias.copy_(torch.from_numpy(b))


def _solve_lamp(model: Saffu, examples: Examples, start: WarmStart) -> None:
    """Solve the direct path from counts of the lamp's turn; hidden layer and block join in with fine-tuning."""
    lamp = Counts.zeros(len(model.direct), 3)
    for part, counted, turns, weights in _prefixes(examples, "intent"):
        x = model.features(torch.from_numpy(part.ids).long())[counted].double()  # (M, F)
        lamp = lamp.add(x.numpy(), turns.numpy(), weights.numpy())
    A, a = explicit_weights(lamp, start.smoothing)
    model.direct.copy_(torch.from_numpy(A * start.lamp_temperature))
    model.lamp_bias.copy_(torch.from_numpy(a * start.lamp_temperature))
    model.lamp.zero_()
    model.block.zero_()


@torch.no_grad()
def solve_words(model: Saffu, examples: Examples, start: WarmStart) -> None:
    """Solve the next-word decoder from counts of the hidden layer as it is now, 1-norm one."""
    V, B = model.sizes.vocabulary, model.sizes.hidden
    F = torch.zeros(V, B, dtype=torch.float64)
    n = torch.zeros(V, dtype=torch.float64)
    for part, counted, following, weights in _prefixes(examples, "next word"):
        h = model.hidden_layer(model.features(torch.from_numpy(part.ids).long()))[counted].double()  # (M, B)
        F.index_add_(0, following, h / (h.sum(dim=1, keepdim=True) + LITTLE) * weights[:, None])
        n.index_add_(0, following, weights)
    # Smoothing here is one example spread over the decoder's inputs, so that rare words stay rare.
    W, w = explicit_weights(Counts(F.T.numpy() + start.smoothing / B, n.numpy() + start.smoothing), 0.0)
    model.words.copy_(torch.from_numpy(W))
    model.words_bias.copy_(torch.from_numpy(w))


def _prefixes(examples: Examples, target: Target) -> Iterator[tuple[Examples, Tensor, Tensor, Tensor]]:
    """Yield batches: utterances, which prefixes tell the target (n, L), their targets (M,) and weights (M,)."""
    for part in examples.batches(BATCH):
        counted = telling(part, target)
        wanted = torch.from_numpy(targets(part, target)[counted])
        weights = np.repeat(part.weights.astype(np.float64), counted.sum(axis=1))
        yield part, torch.from_numpy(counted), wanted, torch.from_numpy(weights)
