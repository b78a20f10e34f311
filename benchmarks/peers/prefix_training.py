"""Training shared by the recurrent and the attention network: the lamp's turn after every prefix.

What is not architecture is as for our own model: the vocabulary (without slots for words that sound alike), the words
replaced by hashed slots, the weight of whole utterances, the hidden units that are silent, batches of similar length,
the passes of its first descent over the text.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.peers.peer import Words
from model.calibrate import Trace
from model.examples import Examples, Utterance, encode
from model.language_model import Sizes
from model.recipe import FineTune, Recipe
from model.vocabulary import END, Vocabulary


@dataclass(frozen=True)
class Descent:
    """How a network is trained."""

    learning_rate: float
    """Adam's step at its highest, after the first twentieth of all steps; it falls linearly to nothing."""

    epochs: int = 5
    """Passes over the examples."""

    batch: int = 96
    """Utterances a step."""

    known_words: int = Sizes().known_words
    """Words with an id of their own."""

    hashed_slots: int = Sizes().hashed_slots
    """Ids shared by all other words."""

    longest: int = Recipe().longest
    """Words of an utterance that are trained on."""

    unknown_rate: float = FineTune().unknown_rate
    """Share of words replaced by a random hashed slot."""

    final_weight: float = FineTune().final_weight
    """How many times a whole utterance counts compared with a prefix of it."""


def descend(
    network: nn.Module, vocabulary: Vocabulary, utterances: Sequence[Utterance], descent: Descent, seed: int
) -> None:
    """Train a network that maps ids (utterances, longest) to logits (utterances, longest, 3)."""
    examples = encode(utterances, vocabulary, descent.longest)
    batches = list(examples.batches(descent.batch))
    optimiser = torch.optim.Adam(network.parameters(), lr=descent.learning_rate, fused=True)
    total = descent.epochs * len(batches)
    order = np.random.default_rng(seed)
    torch.manual_seed(seed)
    network.train()
    indices = np.concatenate([order.permutation(len(batches)) for _ in range(descent.epochs)])
    for done, index in enumerate(indices):
        for group in optimiser.param_groups:
            group["lr"] = descent.learning_rate * min((done + 1) / (0.05 * total), 1 - done / total)
        loss = _loss(network, vocabulary, batches[index], descent)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
    network.eval()


def _loss(network: nn.Module, vocabulary: Vocabulary, batch: Examples, descent: Descent) -> Tensor:
    ids = torch.from_numpy(batch.ids.astype(np.int64))
    unknown = (torch.rand(ids.shape) < descent.unknown_rate) & torch.from_numpy(batch.words())
    slots = torch.randint(1 + len(vocabulary.words), len(vocabulary), ids.shape)
    logits = network(torch.where(unknown, slots, ids))
    targets = torch.from_numpy(batch.intents.astype(np.int64))[:, None].expand(ids.shape)
    losses = functional.cross_entropy(logits.transpose(1, 2), targets, reduction="none")
    position = torch.arange(ids.shape[1])
    lengths = torch.from_numpy(batch.lengths.astype(np.int64))[:, None]
    weights = torch.from_numpy(batch.counted()) * torch.from_numpy(batch.weights)[:, None]
    weights = weights * torch.where(position == lengths - 1, descent.final_weight, 1.0)
    return (losses * weights).sum() / weights.sum()


def without_some(hidden: Tensor, training: bool) -> Tensor:
    """Return hidden units, (utterances, longest, units), as many silent in each utterance as in ours, in training."""
    if not training:
        return hidden
    dropout = FineTune().dropout
    return hidden * (torch.rand(len(hidden), 1, hidden.shape[2]) >= dropout) / (1 - dropout)


def hear_in_batches(
    network: nn.Module, vocabulary: Vocabulary, sentences: Sequence[Words], size: int = 128
) -> list[Trace]:
    """Return P(lamp) after every word and after the end of each utterance, whatever its length."""
    traces: list[Trace] = [np.empty((0, 3), np.float32)] * len(sentences)
    order = sorted(range(len(sentences)), key=lambda index: len(sentences[index]))
    for first in range(0, len(order), size):
        chosen = order[first : first + size]
        ids = torch.zeros(len(chosen), len(sentences[chosen[-1]]) + 1, dtype=torch.int64)
        for row, index in enumerate(chosen):
            known = vocabulary.ids((*sentences[index], END))
            ids[row, : len(known)] = torch.tensor(known)
        with torch.no_grad():
            lamp = network(ids).softmax(dim=-1).numpy()
        for row, index in enumerate(chosen):
            traces[index] = lamp[row, : len(sentences[index]) + 1]
    return traces


def stored_bytes(network: nn.Module, vocabulary: Vocabulary) -> int:
    """Return 4 bytes a parameter and the text of the vocabulary."""
    return 4 * parameter_count(network) + sum(len(word.encode()) + 1 for word in vocabulary.words)


def parameter_count(network: nn.Module) -> int:
    """Return how many numbers are trained."""
    return sum(parameter.numel() for parameter in network.parameters())
