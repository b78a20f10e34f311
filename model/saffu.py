"""The SAFFU family in torch: every part that was tried, with the shape of every tensor.

n utterances of at most L ids, D bits a vector, radius r, B hidden units, V ids, K positions of attention.

    X_m = E[id_m]                                  vectors; non-negative, 1-norm one, at the start         (D,)
    radial_m = [X_m, X_m-1, ..., X_m-r+1]          the last r words, newest first                       (r D,)
    Q_mk = X_m . X_k, k <= m                       comparisons of raw vectors                             (K,)
    A_m = softmax(Q_m W)                           position weights; W is K x K and comes after the comparison
    attended_m = sum_k A_mk X_k                    block context of the paper                             (D,)
    document_m = mean of X_1 ... X_m               document context                                       (D,)
    x_m = [radial_m, attended_m, document_m]       features                                               (F,)
    h_m = max(0, x_m U + b) or softmax(x_m U + b)  hidden layer                                           (B,)
    g_m = max(h_1, ..., h_m)                       block context in service                               (B,)
    lamp_m = softmax(x_m A + h_m C + g_m G + a)    the lamp's turn                                        (3,)
    word_m = softmax(h_m / |h_m| W' + w)           next word                                              (V,)

Attention follows arXiv 2311.07510, section 2.1, with softmax where it has -log softmax (docs/attention.md tells why).
With W = 0 all words weigh the same and attended = document. A sentence shorter than K uses the leading block of
W: nothing is packed, nothing padded to K. `Saffu.of` a LanguageModel computes what model/language_model.py does.
"""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn

from model.bit_cipher import cipher_bits, cipher_vectors, densify
from model.co_occurrence import co_occurrence_vectors, neighbour_sums
from model.context_counts import GRID, targets
from model.examples import Examples
from model.explicit import Counts, Matrix, explicit_weights
from model.language_model import LITTLE, LanguageModel, Sizes
from model.parts import Parts
from model.warm_start import WarmStart

BATCH = 1024
"""Utterances counted at once; bounds memory."""

NEIGHBOURS = 2
"""Words to each side that make a co-occurrence vector."""

IDENTITY = 0.5
"""How much of a co-occurrence vector is the word's own cipher vector."""


class Saffu(nn.Module):
    """A language model of the human-lamp dialogue with some of the family's parts."""

    comparisons: Tensor | None

    def __init__(self, sizes: Sizes, parts: Parts) -> None:
        """Begin cold: random weights, from torch's generator, and uniform attention."""
        super().__init__()
        self.sizes, self.parts = sizes, parts
        V, D, B = sizes.vocabulary, sizes.bits, sizes.hidden
        F = parts.contexts(sizes.radius) * D
        self.vectors = nn.Parameter(torch.randn(V, D))  # E, (V, D)
        self.positions = nn.Parameter(torch.zeros(parts.attention, parts.attention))  # W, (K, K)
        self.hidden = _random(F, B)  # U, (F, B)
        self.hidden_bias = nn.Parameter(torch.zeros(B))  # b, (B,)
        self.direct = _random(F, 3)  # A, (F, 3)
        self.lamp = _random(B, 3)  # C, (B, 3)
        self.block = _random(B if parts.block else 0, 3)  # G, (B, 3)
        self.lamp_bias = nn.Parameter(torch.zeros(3))  # a, (3,)
        # At 1-norm one the hidden layer is small, so the decoder begins larger than a linear layer does.
        self.words = nn.Parameter(2 * torch.rand(B, V) - 1)  # W', (B, V)
        self.words_bias = nn.Parameter(torch.zeros(V))  # w, (V,)
        self.register_buffer("comparisons", None)  # E E^T, (V, V), while the vectors are frozen

    @classmethod
    def of(cls, model: LanguageModel) -> "Saffu":
        """Return the model in service as the member of the family that it is."""
        saffu = cls(model.sizes, Parts())
        with torch.no_grad():
            for name, tensor in saffu.named_parameters():
                if name != "positions":
                    tensor.copy_(torch.from_numpy(getattr(model.weights, name)))
        return saffu

    def freeze_vectors(self) -> None:
        """Keep the vectors as they are; then every comparison is a number known beforehand, looked up in a table."""
        self.vectors.requires_grad_(False)
        self.comparisons = self.vectors @ self.vectors.T  # (V, V)

    def thaw_vectors(self) -> None:
        """Let the vectors move again; comparisons are computed anew each time."""
        self.vectors.requires_grad_(True)
        self.comparisons = None

    def forward(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logits of the lamp's turn (n, L, 3) and of the next word (n, L, V) after every word."""
        x = self.features(ids)
        h = self.hidden_layer(x)
        return self.lamp_logits(x, h), self.word_logits(h)

    def features(self, ids: Tensor) -> Tensor:
        """Return x, (n, L, F), for ids (n, L): radial, attended and document context, as far as they are parts."""
        X = self.vectors[ids]  # (n, L, D)
        contexts = [self.radial(X)]
        if self.parts.attention:
            contexts.append(self.attended(ids, X))
        if self.parts.document:
            contexts.append(X.cumsum(dim=1) / torch.arange(1, ids.shape[1] + 1)[:, None])
        return torch.cat(contexts, dim=-1)

    def radial(self, X: Tensor) -> Tensor:
        """Return the last r vectors side by side, (n, L, r D); `<s>` stands before the first word."""
        n, L, D = X.shape
        r = self.sizes.radius
        padded = torch.cat([self.vectors[0].expand(n, r - 1, D), X], dim=1)  # (n, r - 1 + L, D)
        return torch.cat([padded[:, r - 1 - k : r - 1 - k + L] for k in range(r)], dim=-1)

    def attended(self, ids: Tensor, X: Tensor) -> Tensor:
        """Return the attended vectors, (n, L, D)."""
        A, index = self.position_weights(ids, X)
        n, L, K = A.shape
        # Weights go to where their words stand in the utterance, so that no vector is copied.
        weights = A.new_zeros(n, L, L).scatter_add(2, index.expand(n, L, K), A)  # (n, L, L)
        return weights @ X

    def position_weights(self, ids: Tensor, X: Tensor) -> tuple[Tensor, Tensor]:
        """Return A, (n, L, k), k the smaller of K and L, and where each attended word stands, (L, k)."""
        n, L = ids.shape
        k = min(self.parts.attention, L)
        newest = torch.arange(L)[:, None]
        index = (newest - k + 1).clamp(min=0) + torch.arange(k)  # (L, k), oldest word first
        there = index <= newest  # (L, k)
        index = index.clamp(max=L - 1)
        if self.comparisons is None:
            compared = X @ X.transpose(1, 2)  # (n, L, L)
        else:
            compared = self.comparisons[ids[:, :, None], ids[:, None, :]]  # (n, L, L)
        Q = compared.gather(2, index.expand(n, L, k)) * there  # (n, L, k)
        logits = Q @ self.positions[:k, :k]  # (n, L, k)
        return logits.masked_fill(~there, -torch.inf).softmax(dim=-1), index

    def hidden_layer(self, x: Tensor) -> Tensor:
        """Return h, (n, L, B), for features x, (n, L, F)."""
        sums = x @ self.hidden + self.hidden_bias
        return sums.softmax(dim=-1) if self.parts.hidden == "softmax" else sums.relu()

    def lamp_logits(self, x: Tensor, h: Tensor) -> Tensor:
        """Return the logits of the lamp's turn, (n, L, 3), for features and hidden layer of whole utterances."""
        logits = x @ self.direct + h @ self.lamp + self.lamp_bias
        return logits + h.cummax(dim=1).values @ self.block if self.parts.block else logits

    def word_logits(self, h: Tensor) -> Tensor:
        """Return the logits of the next word, (..., V), for hidden layers h, (..., B)."""
        return h / (h.sum(dim=-1, keepdim=True) + LITTLE) @ self.words + self.words_bias


def _random(inputs: int, outputs: int) -> nn.Parameter:
    """Return uniform weights within 1 / sqrt(inputs), torch's own choice for a linear layer."""
    return nn.Parameter((2 * torch.rand(inputs, outputs) - 1) / max(inputs, 1) ** 0.5)


def start_vectors(sizes: Sizes, parts: Parts, frequencies: Matrix, examples: Examples) -> Matrix:
    """Return E of the explicit start, shape (V, D): positive rows of 1-norm one, on the grid of the counts."""
    if parts.vectors == "random":
        E = np.random.default_rng(0).dirichlet(np.ones(sizes.bits), sizes.vocabulary) + GRID
    elif parts.vectors == "co-occurrence":
        sums = neighbour_sums(examples, sizes.vocabulary, sizes.bits, NEIGHBOURS)
        E = co_occurrence_vectors(sums, frequencies + 1.0, IDENTITY)
    else:
        E = densify(cipher_vectors(sizes.vocabulary, sizes.bits), frequencies + 1.0)
    return np.round(E / GRID) * GRID


@torch.no_grad()
def solve(
    model: Saffu, frequencies: Matrix, examples: Examples, start: WarmStart, attention: Matrix | None = None
) -> None:
    """Begin warm: give every layer its explicit solution, bottom up; model/warm_start.py for any member.

    Args:
        model: changed in place.
        frequencies: how often each id occurs, shape (V,).
        examples: encoded with the same vocabulary.
        start: smoothing and temperatures.
        attention: W, shape (K, K), as model/attention_start.py makes it; none leaves attention uniform.
    """
    s = model.sizes
    model.vectors.copy_(torch.from_numpy(start_vectors(s, model.parts, frequencies, examples)))
    model.positions.zero_()
    if attention is not None:
        model.positions.copy_(torch.from_numpy(attention))
    bits = torch.from_numpy(cipher_bits(s.vocabulary, s.hidden).astype(np.float64))  # (V, B)

    F = len(model.hidden)
    hidden, bit_counts = (
        torch.zeros(F, s.hidden, dtype=torch.float64),
        torch.zeros(s.hidden, dtype=torch.float64),
    )
    lamp = Counts.zeros(F, 3)
    for part, counted, following, weights in _prefixes(examples):
        x = model.features(torch.from_numpy(part.ids).long())[counted].double()  # (M, F)
        Z = bits[following] * weights[:, None]  # (M, B)
        hidden, bit_counts = hidden + x.T @ Z, bit_counts + Z.sum(dim=0)
        turns = targets(part, "intent")[counted.numpy()]
        lamp = lamp.add(x.numpy(), turns, weights.numpy())
    U, b = explicit_weights(Counts(hidden.numpy(), bit_counts.numpy()), start.smoothing)
    if (
        model.parts.hidden == "relu"
    ):  # centred, the rectifier passes the bits that are likelier than the average one
        U, b = U - U.mean(axis=1, keepdims=True), b - b.mean()
    model.hidden.copy_(torch.from_numpy(U))
    model.hidden_bias.copy_(torch.from_numpy(b))
    A, a = explicit_weights(lamp, start.smoothing)
    model.direct.copy_(torch.from_numpy(A * start.lamp_temperature))
    model.lamp_bias.copy_(torch.from_numpy(a * start.lamp_temperature))
    model.lamp.zero_()
    model.block.zero_()
    _solve_words(model, examples, start)


def _solve_words(model: Saffu, examples: Examples, start: WarmStart) -> None:
    """Solve the next-word decoder from counts of the hidden layer as it is now, 1-norm one."""
    V, B = model.sizes.vocabulary, model.sizes.hidden
    F = torch.zeros(V, B, dtype=torch.float64)
    n = torch.zeros(V, dtype=torch.float64)
    for part, counted, following, weights in _prefixes(examples):
        h = model.hidden_layer(model.features(torch.from_numpy(part.ids).long()))[counted].double()  # (M, B)
        F.index_add_(0, following, h / (h.sum(dim=1, keepdim=True) + LITTLE) * weights[:, None])
        n.index_add_(0, following, weights)
    # Smoothing here is one example spread over the decoder's inputs, so that rare words stay rare.
    counts = Counts(F.T.numpy() + start.smoothing / B, n.numpy() + start.smoothing)
    W, w = explicit_weights(counts, 0.0)
    model.words.copy_(torch.from_numpy(W))
    model.words_bias.copy_(torch.from_numpy(w))


def _prefixes(examples: Examples) -> Iterator[tuple[Examples, Tensor, Tensor, Tensor]]:
    """Yield batches: utterances, which prefixes count (n, L), their next words (M,) and weights (M,)."""
    for part in examples.batches(BATCH):
        counted = part.counted()
        following = torch.from_numpy(targets(part, "next word")[counted])
        weights = np.repeat(part.weights.astype(np.float64), counted.sum(axis=1))
        yield part, torch.from_numpy(counted), following, torch.from_numpy(weights)
