"""A gated recurrent network over word vectors, of about our size."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

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


class Network(nn.Module):
    """Word vector, one GRU layer, the lamp's logits."""

    def __init__(self, words: int, width: int, hidden: int) -> None:
        super().__init__()
        self.vectors = nn.Embedding(words, width)
        self.recurrent = nn.GRU(width, hidden, batch_first=True)
        self.lamp = nn.Linear(hidden, 3)

    def forward(self, ids: Tensor) -> Tensor:
        """Return logits (utterances, longest, 3) for ids (utterances, longest)."""
        hidden, _ = self.recurrent(self.vectors(ids))
        return cast(Tensor, self.lamp(without_some(hidden, self.training)))


@dataclass(frozen=True)
class Gru:
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
        """Return the same in plain numpy; what is remembered is the hidden state."""
        w = {name: tensor.numpy() for name, tensor in self.network.state_dict().items()}
        size = self.network.recurrent.hidden_size
        h = np.zeros(size, np.float32)
        rows = []
        for word in self.vocabulary.ids((*words, END)):
            x = w["recurrent.weight_ih_l0"] @ w["vectors.weight"][word] + w["recurrent.bias_ih_l0"]
            y = w["recurrent.weight_hh_l0"] @ h + w["recurrent.bias_hh_l0"]
            reset, update = np.split(1 / (1 + np.exp(-(x + y)[: 2 * size])), 2)
            h = (1 - update) * np.tanh(x[2 * size :] + reset * y[2 * size :]) + update * h
            z = w["lamp.weight"] @ h + w["lamp.bias"]
            e = np.exp(z - z.max())
            rows.append(e / e.sum())
        return np.stack(rows)


@dataclass(frozen=True)
class GruRecipe:
    """How the network is made."""

    width: int = 80
    """Length of a word's vector."""

    hidden: int = 104
    """Length of the hidden state."""

    descent: Descent = field(default_factory=lambda: Descent(learning_rate=0.004))
    """How it is trained."""

    def fit(self, utterances: Sequence[Utterance], seed: int) -> Gru:
        """Train on utterances."""
        vocabulary = vocabulary_of(utterances, self.descent.known_words, self.descent.hashed_slots)
        torch.manual_seed(seed)
        network = Network(len(vocabulary), self.width, self.hidden)
        descend(network, vocabulary, utterances, self.descent, seed)
        return Gru(network, vocabulary)


GRU = GruRecipe()
