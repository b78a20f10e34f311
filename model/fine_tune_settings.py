"""How long and how fast to fine-tune; apart from model/fine_tune.py, so that naming it does not load torch."""

from collections.abc import Callable
from dataclasses import dataclass

Progress = Callable[[int, int], None]
"""Called with steps done and steps in all."""


def no_progress(_done: int, _total: int) -> None:
    """Show nothing."""


@dataclass(frozen=True)
class FineTune:
    """How to descend."""

    epochs: int = 5
    """Passes over the examples, at most."""

    frozen_epochs: int = 0
    """The first passes, in which the vectors stay as they are."""

    learning_rate: float = 0.005
    """Adam's step at the beginning; it falls linearly to a fiftieth."""

    vector_rate: float = 1.0
    """The vectors' share of the learning rate once they move."""

    batch: int = 128
    """Utterances a step, at most; all of one length."""

    unknown_rate: float = 0.1
    """Share of words replaced by a random hashed slot, so that unseen words do not decide."""

    dropout: float = 0.5
    """Share of the hidden units that an utterance has to do without, all of it the same ones (Gal and Ghahramani
    2016). Without it the network learns the phrases, not the language."""

    final_weight: float = 3.0
    """How many times a whole utterance counts compared with a prefix of it."""

    patience: int = 2
    """Passes without a lower held-out loss after which it stops; the best pass is kept."""

    seed: int = 0
    """Fixes order and replaced words; the same seed gives the same weights on the same machine."""
