"""What every peer can do: it reads an utterance word by word, and says how likely the lamp's turns are.

After every word, and once more after the end. `hear_all` is the fast way to have many utterances judged; `stream` does
it as a lamp would have to, one word at a time with what it remembers. Both give the same numbers; a test holds them
to it.
"""

import time
from collections.abc import Sequence
from typing import Protocol

from model.calibrate import Trace

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


def step_us(peer: Peer, sentences: Sequence[Words]) -> float:
    """Return the mean time of a step in microseconds, over all words and ends, after a little practice."""
    for words in sentences[: 1 + len(sentences) // 10]:
        peer.stream(words)
    begun = time.perf_counter()
    for words in sentences:
        peer.stream(words)
    return (time.perf_counter() - begun) * 1e6 / sum(len(words) + 1 for words in sentences)
