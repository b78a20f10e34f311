"""A standard causal transformer (normalised before each part, learned positions) of about our size."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.peers.peer import Words
from benchmarks.peers.prefix_training import (
    Descent,
    descend,
    hear_in_batches,
    parameter_count,
    stored_bytes,
    without_some,
)
from model.calibrate import Trace
from model.examples import Utterance
from model.known_words import vocabulary_of
from model.vocabulary import END, Vocabulary

Array = NDArray[np.float32]


class Layer(nn.Module):
    """Causal self-attention, then two dense layers, each added to what came in."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm_attention = nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.mix = nn.Linear(width, width)
        self.norm_dense = nn.LayerNorm(width)
        self.up = nn.Linear(width, 4 * width)
        self.down = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Return (utterances, longest, width) for the same."""
        n, longest, width = x.shape
        parts = self.query_key_value(self.norm_attention(x)).view(n, longest, 3, self.heads, -1)
        q, k, v = parts.permute(2, 0, 3, 1, 4)  # each (utterances, heads, longest, width / heads)
        attended = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.mix(attended.transpose(1, 2).reshape(n, longest, width))
        dense = functional.gelu(self.up(self.norm_dense(x)), approximate="tanh")
        return cast(Tensor, x + self.down(dense))


class Network(nn.Module):
    """Word and position vectors, layers, the lamp's logits."""

    def __init__(self, words: int, width: int, heads: int, layers: int, positions: int) -> None:
        super().__init__()
        self.vectors = nn.Embedding(words, width)
        self.positions = nn.Embedding(positions, width)
        self.layers = nn.ModuleList(Layer(width, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.lamp = nn.Linear(width, 3)
        for table in (self.vectors, self.positions):
            nn.init.normal_(table.weight, std=0.1)

    def forward(self, ids: Tensor) -> Tensor:
        """Return logits (utterances, longest, 3) for ids (utterances, longest).

        Words beyond those trained on share the last position.
        """
        position = torch.arange(ids.shape[1]).clamp(max=self.positions.num_embeddings - 1)
        x = self.vectors(ids) + self.positions(position)
        for layer in self.layers:
            x = layer(x)
        return cast(Tensor, self.lamp(without_some(self.norm(x), self.training)))


@dataclass(frozen=True)
class Transformer:
    """A trained network with its vocabulary."""

    network: Network
    """The weights."""

    vocabulary: Vocabulary
    """What it was trained with."""

    @property
    def parameters(self) -> int:
        """Everything that was trained."""
        return parameter_count(self.network)

    @property
    def bytes(self) -> int:
        """As float32, with the vocabulary."""
        return stored_bytes(self.network, self.vocabulary)

    def hear_all(self, sentences: Sequence[Words]) -> list[Trace]:
        """Return P(lamp) after every word and after the end of each utterance."""
        return hear_in_batches(self.network, self.vocabulary, sentences)

    def stream(self, words: Words) -> Trace:
        """Return the same in plain numpy; what is remembered is every layer's keys and values."""
        w = {name: tensor.numpy() for name, tensor in self.network.state_dict().items()}
        ids = self.vocabulary.ids((*words, END))
        layers = [
            {name.split(".", 2)[2]: array for name, array in w.items() if name.startswith(f"layers.{i}.")}
            for i in range(len(self.network.layers))
        ]
        heads = cast(Layer, self.network.layers[0]).heads
        width = w["vectors.weight"].shape[1]
        cache = np.zeros((len(layers), 2, len(ids), heads, width // heads), np.float32)
        last = len(w["positions.weight"]) - 1
        rows = []
        for t, word in enumerate(ids):
            x = w["vectors.weight"][word] + w["positions.weight"][min(t, last)]
            for layer, memory in zip(layers, cache, strict=True):
                x = _step(layer, x, memory, t)
            z = _dense(w, "lamp", _normalised(w, "norm", x))
            e = np.exp(z - z.max())
            rows.append(e / e.sum())
        return np.stack(rows)


def _step(layer: dict[str, Array], x: Array, memory: Array, t: int) -> Array:
    """Return what a layer makes of the word at position t; its key and value are added to the memory."""
    heads, size = memory.shape[2:]
    parts = _dense(layer, "query_key_value", _normalised(layer, "norm_attention", x))
    query, key, value = parts.reshape(3, heads, size)
    memory[0, t], memory[1, t] = key, value
    scores = np.einsum("hd,thd->ht", query, memory[0, : t + 1]) / np.float32(np.sqrt(size))
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    x = x + _dense(layer, "mix", np.einsum("ht,thd->hd", weights, memory[1, : t + 1]).ravel())
    u = _dense(layer, "up", _normalised(layer, "norm_dense", x))
    u = u * (1 + np.tanh(np.float32(np.sqrt(2 / np.pi)) * (u + np.float32(0.044715) * u**3))) / 2
    return x + _dense(layer, "down", u)


def _dense(w: dict[str, Array], name: str, x: Array) -> Array:
    y: Array = w[f"{name}.weight"] @ x + w[f"{name}.bias"]
    return y


def _normalised(w: dict[str, Array], name: str, x: Array) -> Array:
    centred = x - x.mean()
    scaled = centred / np.sqrt((centred * centred).mean() + np.float32(1e-5))
    y: Array = scaled * w[f"{name}.weight"] + w[f"{name}.bias"]
    return y


@dataclass(frozen=True)
class TransformerRecipe:
    """How the network is made."""

    width: int = 56
    """Length of a word's vector and of what flows between layers."""

    heads: int = 4
    """Attention heads a layer."""

    layers: int = 2
    """Layers."""

    descent: Descent = field(default_factory=lambda: Descent(learning_rate=0.002))
    """How it is trained."""

    def fit(self, utterances: Sequence[Utterance], seed: int) -> Transformer:
        """Train on utterances."""
        vocabulary = vocabulary_of(utterances, self.descent.known_words, self.descent.hashed_slots)
        torch.manual_seed(seed)
        network = Network(len(vocabulary), self.width, self.heads, self.layers, self.descent.longest + 1)
        descend(network, vocabulary, utterances, self.descent, seed)
        return Transformer(network, vocabulary)


TRANSFORMER = TransformerRecipe()
