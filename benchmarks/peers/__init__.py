"""What Foreglow's language model is compared with: one file a peer, each with its recipe and a `fit`.

A peer reads an utterance word by word, and says after every word, and once more after the end, how likely the
lamp's turns are. `hear_all` is the fast way to have many utterances judged; `stream` does it as a lamp would have
to, one word at a time with what it remembers. Both give the same numbers; a test holds them to it.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

from model.calibrate import Trace
from model.examples import Utterance

Words = tuple[str, ...]


class Peer(Protocol):
    """A trained model."""

    @property
    def parameters(self) -> int:
        """How many numbers were trained or counted."""

    @property
    def bytes(self) -> int:
        """Size as it would be stored: 4 bytes a number, and the text of its words."""

    def hear_all(self, sentences: Sequence[Words]) -> list[Trace]:
        """Return P(lamp) after every word and after the end of each utterance."""

    def stream(self, words: Words) -> Trace:
        """Return the trace of one utterance, computed a word at a time with what a lamp would remember."""


@dataclass(frozen=True)
class Kind:
    """A peer before training."""

    title: str
    """What the tables call it."""

    module: str
    """File of this package that holds it."""

    recipe: str
    """Name of its recipe in that file."""

    sources: tuple[str, ...] = ()
    """Files that it is made with besides its own, as patterns from the top of the project."""

    graded: bool = True
    """Whether it gives probabilities; without them there is no threshold to choose."""


_MODEL = ("model/*.py",)
_NETWORK = ("benchmarks/peers/prefix_training.py",)

KINDS = {
    "saffu": Kind("SAFFU language model (ours)", "saffu", "WARM", _MODEL),
    "saffu_cold": Kind("ours, random start", "saffu", "COLD", _MODEL),
    "saffu_explicit": Kind("ours, counts only", "saffu", "EXPLICIT", _MODEL),
    "logistic": Kind("logistic regression, sentences", "logistic", "SENTENCES"),
    "logistic_prefix": Kind("logistic regression, prefixes", "logistic", "PREFIXES"),
    "kneser_ney": Kind("Kneser-Ney trigrams", "kneser_ney", "TRIGRAMS"),
    "hassil": Kind("hassil templates", "household", "HOUSEHOLD", ("model/phrases_home_assistant.py",), False),
    "gru": Kind("GRU", "gru", "GRU", _NETWORK),
    "transformer": Kind("transformer", "transformer", "TRANSFORMER", _NETWORK),
}
"""Every peer by the name used on the command line, in the order of the tables."""


def recipe_of(name: str) -> Any:
    """Return the recipe of a peer; only now is what it needs imported."""
    return getattr(import_module(f"benchmarks.peers.{KINDS[name].module}"), KINDS[name].recipe)


def fit(name: str, utterances: Sequence[Utterance], seed: int) -> Peer:
    """Return the peer, trained."""
    peer: Peer = recipe_of(name).fit(utterances, seed)
    return peer


def step_us(peer: Peer, sentences: Sequence[Words]) -> float:
    """Return the mean time of a step in microseconds, over all words and ends, after a little practice."""
    for words in sentences[: 1 + len(sentences) // 10]:
        peer.stream(words)
    begun = time.perf_counter()
    for words in sentences:
        peer.stream(words)
    return (time.perf_counter() - begun) * 1e6 / sum(len(words) + 1 for words in sentences)
