"""General text for next-word prediction: overheard talk, whole meetings held out.

An utterance is a line; its words but the first are predicted, and that it ends (id 0, which never occurs inside).
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from model.context_counts import targets
from model.corpus import read_corpus
from model.examples import Examples, Utterance, encode, word_counts
from model.explicit import Matrix
from model.vocabulary import Vocabulary

LONGEST = 25
"""Words; longer utterances are left out, so that each one's end is really its end."""

KNOWN_WORDS = 1500
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
        """Share of each next word in training, shape (V,), half an occurrence added to each."""
        following = targets(self.train, "next word")[self.train.counted()]
        counts = np.bincount(following, minlength=len(self.vocabulary)) + 0.5
        shares: Matrix = counts / counts.sum()
        return shares


def read_talk(folder: Path, shortest: int) -> Talk:
    """Return the utterances of each meeting that have `shortest` to LONGEST words."""
    talk = read_corpus(folder).talk
    return {
        meeting: [replace(u, finished=False) for u in said if shortest <= len(u.words) <= LONGEST]
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


def batches(examples: Examples, tokens: int, random: np.random.Generator) -> list[Tensor]:
    """Return all utterances as batches of ids, (n, L), in random order; those of a batch are equally long."""
    found: list[Tensor] = []
    for length in np.unique(examples.lengths):
        rows = random.permutation(np.flatnonzero(examples.lengths == length))
        size = max(1, tokens // int(length))
        for first in range(0, len(rows), size):
            found.append(torch.from_numpy(examples.ids[rows[first : first + size], :length]).long())
    return [found[index] for index in random.permutation(len(found))]


def next_words(ids: Tensor) -> Tensor:
    """Return the target of every prefix, (n, L): the word that follows, 0 at the end."""
    return functional.pad(ids, (0, 1))[:, 1:]
