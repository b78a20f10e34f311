"""The SAFFU family in torch: every part that was tried, with the shape of every tensor.

n utterances of at most L ids, D bits a vector, radius r, B hidden units, V ids, K positions of attention.

    X_m = E[id_m]                                  vectors; non-negative, 1-norm one, at the start         (D,)
    radial_m = [X_m, X_m-1, ..., X_m-r+1]          the last r words, newest first                       (r D,)
    Q_mk = X_m . X_k, k <= m                       comparisons of raw vectors                             (K,)
    P_m = softmax(Q_m W) or -log softmax(Q_m W)    position weights; W is K x K and comes after the comparison
    attended_m = sum_k P_mk X_k                    block context of the paper                             (D,)
    document_m = mean of X_1 ... X_m               document context, not in service                       (D,)
    x_m = [radial_m, attended_m, document_m]       features                                               (F,)
    h_m = max(0, x_m U + b) or softmax(x_m U + b)  hidden layer                                           (B,)
    g_m = max(h_1, ..., h_m)                       block context in service                               (B,)
    lamp_m = softmax(x_m A + h_m C + g_m G + a)    the lamp's turn                                        (3,)
    word_m = softmax(h_m / |h_m| W' + w)           next word                                              (V,)

Attention follows arXiv 2311.07510, section 2.1, which has -log softmax; softmax is better once W is trained
(docs/attention.md). With W = 0 all words weigh the same, and up to K words attended = document. A sentence shorter
than K uses the leading block of W: nothing is packed, nothing padded to K. `Saffu.of` a LanguageModel computes what
the network of that file does (model/language_model.py), and `in_service` leads back.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from model.errors import ModelError
from model.language_model import LITTLE, Array, LanguageModel, Sizes, Weights
from model.parts import Parts


class Saffu(nn.Module):
    """A language model of the human-lamp dialogue with some of the family's parts."""

    comparisons: Tensor | None

    def __init__(self, sizes: Sizes, parts: Parts) -> None:
        """Begin cold: random vectors and hidden layer from torch's generator, all classes and positions alike.

        Normal numbers of variance 1 / D for the vectors and 2 D / F for the hidden layer. A feature has the mean
        square 1 / D, a sum of F of them so weighted 2, and a rectified unit, which passes half of it, 1: the reasoning
        of He et al. (2015, arXiv 1502.01852), with the scale of the vectors taken into account.
        """
        super().__init__()
        self.sizes, self.parts = sizes, parts
        V, D, B = sizes.vocabulary, sizes.bits, sizes.hidden
        F = parts.contexts(sizes.radius) * D
        self.vectors = nn.Parameter(torch.randn(V, D) / D**0.5)  # E, (V, D)
        self.positions = nn.Parameter(torch.zeros(parts.attention, parts.attention))  # W, (K, K)
        self.hidden = nn.Parameter(torch.randn(F, B) * (2 * D / F) ** 0.5)  # U, (F, B)
        self.hidden_bias = nn.Parameter(torch.zeros(B))  # b, (B,)
        self.direct = nn.Parameter(torch.zeros(F, 3))  # A, (F, 3)
        self.lamp = nn.Parameter(torch.zeros(B, 3))  # C, (B, 3)
        self.block = nn.Parameter(torch.zeros(B if parts.block else 0, 3))  # G, (B, 3)
        self.lamp_bias = nn.Parameter(torch.zeros(3))  # a, (3,)
        self.words = nn.Parameter(torch.zeros(B, V))  # W', (B, V)
        self.words_bias = nn.Parameter(torch.zeros(V))  # w, (V,)
        self.register_buffer("comparisons", None)  # E E^T, (V, V), while the vectors are frozen

    @classmethod
    def of(cls, model: LanguageModel) -> "Saffu":
        """Return the network of the model in service as the member of the family that it is; no evidence."""
        saffu = cls(model.sizes, Parts())
        with torch.no_grad():
            for name, tensor in saffu.named_parameters():
                if name != "positions":
                    tensor.copy_(torch.from_numpy(getattr(model.weights, name)))
        return saffu

    def in_service(self) -> LanguageModel:
        """Return the same network as a model that can be shipped.

        Raises:
            ModelError: it has other parts than the model in service.
        """
        if not self.parts.served:
            raise ModelError(f"Only a network with the parts in service can be shipped, not {self.parts}.")
        arrays = {name: tensor.detach().numpy().copy() for name, tensor in self.named_parameters()}
        del arrays["positions"]
        return LanguageModel(self.sizes, Weights(**arrays))

    def freeze_vectors(self) -> None:
        """Keep the vectors as they are; then every comparison is a number known beforehand, looked up in a table."""
        self.vectors.requires_grad_(False)
        if self.parts.attention:
            self.comparisons = self.vectors @ self.vectors.T  # (V, V)

    def thaw_vectors(self) -> None:
        """Let the vectors move again; comparisons are computed anew each time."""
        self.vectors.requires_grad_(True)
        self.comparisons = None

    def forward(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logits of the lamp's turn (n, L, 3) and of the next word (n, L, V) after every word."""
        lamp, h = self._lamp(ids)
        return lamp, self.word_logits(h)

    def lamp_logits(self, ids: Tensor, kept: Tensor | None = None) -> Tensor:
        """Return the logits of the lamp's turn after every word, (n, L, 3), for ids (n, L) of whole utterances.

        `kept`, (n, 1, B), multiplies the hidden units of each utterance: dropout.
        """
        return self._lamp(ids, kept)[0]

    def _lamp(self, ids: Tensor, kept: Tensor | None = None) -> tuple[Tensor, Tensor]:
        sums = self.through(ids, torch.cat([self.hidden, self.direct], dim=1))  # (n, L, B + 3)
        h = self._units(sums[..., :-3] + self.hidden_bias)  # (n, L, B)
        if kept is not None:
            h = h * kept
        logits = sums[..., -3:] + h @ self.lamp
        if self.parts.block:
            logits = logits + h.cummax(dim=1).values @ self.block
        return logits + self.lamp_bias, h

    @torch.no_grad()
    def read_all(self, ids: NDArray[np.int32]) -> Array:
        """Return P(lamp) after every word of utterances heard afresh, shape (n, L, 3), for padded ids."""
        read: Array = self.lamp_logits(torch.from_numpy(ids).long()).softmax(dim=-1).numpy()
        return read

    def read(self, ids: Sequence[int]) -> Array:
        """Return P(lamp) after each word of one utterance heard afresh, shape (words, 3)."""
        read: Array = self.read_all(np.array([ids], np.int32))[0]
        return read

    def through(self, ids: Tensor, M: Tensor) -> Tensor:
        """Return x M, (n, L, N), for the features x of ids (n, L) and M (F, N).

        The same sums as `features(ids) @ M`, in another order: each vector is multiplied once by the rows of all
        places, and the products are shifted to where they belong, instead of being computed again for every prefix.
        """
        n, L = ids.shape
        r = self.sizes.radius
        rows = M.view(-1, self.sizes.bits, M.shape[1])  # (contexts, D, N)
        X = self.vectors[torch.cat([ids.new_zeros(n, r - 1), ids], dim=1)]  # (n, r - 1 + L, D)
        Y = X @ rows[:r].transpose(0, 1).flatten(1)  # (n, r - 1 + L, r N)
        newest, *others = Y.chunk(r, dim=2)  # (n, r - 1 + L, N) each
        total = newest[:, r - 1 :]
        for k, part in enumerate(others, start=1):
            total = total + part[:, r - 1 - k : r - 1 - k + L]
        for context, of_context in zip(self.whole_contexts(ids, X[:, r - 1 :]), rows[r:], strict=True):
            total = total + context @ of_context
        return total

    def features(self, ids: Tensor) -> Tensor:
        """Return x, (n, L, F), for ids (n, L): radial, attended and document context, as far as they are parts."""
        X = self.vectors[ids]  # (n, L, D)
        return torch.cat([self.radial(X), *self.whole_contexts(ids, X)], dim=-1)

    def whole_contexts(self, ids: Tensor, X: Tensor) -> Iterator[Tensor]:
        """Yield the contexts made of the whole sentence so far, each (n, L, D), for ids and their vectors."""
        if self.parts.attention:
            yield self.attended(ids, X)
        if self.parts.document:
            yield X.cumsum(dim=1) / torch.arange(1, ids.shape[1] + 1)[:, None]

    def radial(self, X: Tensor) -> Tensor:
        """Return the last r vectors side by side, (n, L, r D); `<s>` stands before the first word."""
        n, L, D = X.shape
        r = self.sizes.radius
        padded = torch.cat([self.vectors[0].expand(n, r - 1, D), X], dim=1)  # (n, r - 1 + L, D)
        return torch.cat([padded[:, r - 1 - k : r - 1 - k + L] for k in range(r)], dim=-1)

    def attended(self, ids: Tensor, X: Tensor) -> Tensor:
        """Return the attended vectors, (n, L, D)."""
        P, index = self.position_weights(ids, X)
        n, L, K = P.shape
        # Weights go to where their words stand in the utterance, so that no vector is copied.
        weights = P.new_zeros(n, L, L).scatter_add(2, index.expand(n, L, K), P)  # (n, L, L)
        return weights @ X

    def position_weights(self, ids: Tensor, X: Tensor) -> tuple[Tensor, Tensor]:
        """Return P, (n, L, k), k the smaller of K and L, and where each attended word stands, (L, k)."""
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
        logits = logits.masked_fill(~there, -torch.inf)
        if self.parts.weighting == "softmax":
            return logits.softmax(dim=-1), index
        return -logits.log_softmax(dim=-1).masked_fill(~there, 0.0), index

    def hidden_layer(self, x: Tensor) -> Tensor:
        """Return h, (n, L, B), for features x, (n, L, F)."""
        return self._units(x @ self.hidden + self.hidden_bias)

    def _units(self, sums: Tensor) -> Tensor:
        return sums.softmax(dim=-1) if self.parts.hidden == "softmax" else sums.relu()

    def word_logits(self, h: Tensor) -> Tensor:
        """Return the logits of the next word, (..., V), for hidden layers h, (..., B)."""
        return h / (h.sum(dim=-1, keepdim=True) + LITTLE) @ self.words + self.words_bias
