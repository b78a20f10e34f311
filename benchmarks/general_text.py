"""General text for next-word prediction: overheard talk, whole meetings held out.

An utterance is a line; its words but the first are predicted, and the end token behind them.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from model.context_counts import targets
from model.corpus import read_corpus
from model.examples import Examples, Utterance, encode, word_counts
from model.explicit import Matrix
from model.vocabulary import Vocabulary

LONGEST = 25
"""Words; longer utterances are left out, so that each one's end is really its end."""

KNOWN_WORDS = 1500
"""The end token is one of them."""

HASHED_SLOTS = 32

HELD_OUT = 0.25
"""Share of the meetings that test, and half as many again that choose settings."""

Talk = dict[str, list[Utterance]]


@dataclass(frozen=True)
class Text:
    """Three parts of the talk, no meeting in two of them."""

    vocabulary: Vocabulary
    """The most frequent words of the training part."""

    train: Examples
    """What models are made from."""

    validation: Examples
    """What settings are chosen on."""

    test: Examples
    """What is reported."""

    @property
    def frequencies(self) -> Matrix:
        """How often each id occurs in training, shape (V,); the start token begins every utterance."""
        counted = self.train.counted()
        counts = np.bincount(self.train.ids[counted], minlength=len(self.vocabulary)).astype(np.float64)
        counts[0] = len(self.train)
        return counts

    @property
    def unigrams(self) -> Matrix:
        """Share of each word to be predicted in training, shape (V,), half an occurrence added to each."""
        following = to_be_predicted(self.train)
        counts = np.bincount(following, minlength=len(self.vocabulary)) + 0.5
        shares: Matrix = counts / counts.sum()
        return shares


def read_talk(folder: Path, shortest: int) -> Talk:
    """Return the utterances of each meeting that have `shortest` to LONGEST words."""
    talk = read_corpus(folder).talk
    return {
        meeting: [u for u in said if shortest <= len(u.words) <= LONGEST]
        for meeting, said in sorted(talk.items())
    }


def divide(talk: Talk, seed: int, train: int, held_out: int) -> Text:
    """Return a division by meeting with `train` utterances to train on and `held_out` for each other part."""
    random = np.random.default_rng(seed)
    meetings = [list(talk)[index] for index in random.permutation(len(talk))]
    test = int(HELD_OUT * len(meetings))
    validation = test + test // 2

    def sample(names: list[str], size: int) -> list[Utterance]:
        said = [u for name in names for u in talk[name]]
        return [said[index] for index in random.permutation(len(said))[:size]]

    rest = sample(meetings[validation:], train)
    vocabulary = Vocabulary.from_counts(word_counts(rest), KNOWN_WORDS, HASHED_SLOTS)
    choosing = sample(meetings[test:validation], held_out)
    testing = sample(meetings[:test], held_out)
    parts = [encode(part, vocabulary, LONGEST) for part in (rest, choosing, testing)]
    return Text(vocabulary, *parts)


def to_be_predicted(examples: Examples) -> NDArray[np.int64]:
    """Return the ids that are to be predicted, shape (M,): what follows each word."""
    return targets(examples, "next word")[examples.words()]


def batches(examples: Examples, tokens: int, random: np.random.Generator) -> list[tuple[Tensor, Tensor]]:
    """Return all utterances as batches, in random order; those of a batch are equally long.

    A batch is the ids of words, (n, L), and of what follows each of them, (n, L); n L is at most `tokens`, if n > 1.
    """
    found: list[tuple[Tensor, Tensor]] = []
    for length in np.unique(examples.lengths):
        rows = random.permutation(np.flatnonzero(examples.lengths == length))
        size = max(1, tokens // int(length - 1))
        for first in range(0, len(rows), size):
            ids = torch.from_numpy(examples.ids[rows[first : first + size], :length]).long()
            found.append((ids[:, :-1], ids[:, 1:]))
    return [found[index] for index in random.permutation(len(found))]
