"""Utterances to prefix examples: every prefix predicts the next word and the lamp's turn."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from model.intent import INTENTS, Intent
from model.vocabulary import END, Numbering

Ids = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Utterance:
    """What was said and what the lamp should have done about it."""

    words: tuple[str, ...]
    """At least one word."""

    intent: Intent
    """The lamp's right turn."""

    weight: float = 1.0
    """How many examples it counts for."""

    since: int = 0
    """Leading words whose prefixes are no examples: talk before a command says nothing about what follows."""

    finished: bool = True
    """Whether the speaker was silent after the last word, so that the end token follows."""


@dataclass(frozen=True)
class Examples:
    """Utterances as padded ids, sorted by length so that a slice of neighbours wastes little."""

    ids: Ids
    """Shape (utterances, longest): word ids, zero beyond the end."""

    lengths: Ids
    """Ids of each utterance, the end token included, shape (utterances,)."""

    intents: Ids
    """Index into INTENTS of each utterance, shape (utterances,)."""

    weights: NDArray[np.float32]
    """Weight of each utterance, shape (utterances,)."""

    since: Ids
    """Leading ids of each utterance whose prefixes are no examples, shape (utterances,)."""

    finished: NDArray[np.bool_]
    """Whether the last id of each utterance is the end token, shape (utterances,)."""

    def __len__(self) -> int:
        return len(self.lengths)

    def batches(self, size: int) -> Iterator["Examples"]:
        """Yield slices of at most `size` utterances, each cut to its own longest."""
        for first in range(0, len(self), size):
            part = slice(first, first + size)
            longest = int(self.lengths[part].max())
            sliced = Examples(*(getattr(self, field.name)[part] for field in fields(self)))
            yield replace(sliced, ids=sliced.ids[:, :longest])

    def equal_lengths(self, size: int) -> Iterator["Examples"]:
        """Yield slices of at most `size` utterances of one length, so that none is padded."""
        bounds = [0, *(np.flatnonzero(np.diff(self.lengths)) + 1).tolist(), len(self)]
        for first, last in pairwise(bounds):
            same = Examples(*(getattr(self, field.name)[first:last] for field in fields(self)))
            yield from same.batches(size)

    def at_ends(self) -> "Examples":
        """Return the same utterances with one example each: all of it, up to where it ends or was cut off."""
        return replace(self, since=np.maximum(self.lengths - 1, 0))

    def counted(self) -> NDArray[np.bool_]:
        """Return which prefixes are examples, shape (utterances, longest): no padding, no talk before a command."""
        position = np.arange(self.ids.shape[1])
        return (position < self.lengths[:, None]) & (position >= self.since[:, None])

    def followed(self) -> NDArray[np.bool_]:
        """Return which examples tell what follows, same shape: not the last prefix of what was cut or broken off.

        What follows the end token is the start token of the next utterance, id 0.
        """
        position = np.arange(self.ids.shape[1])
        return self.counted() & (position < (self.lengths - ~self.finished)[:, None])

    def words(self) -> NDArray[np.bool_]:
        """Return which ids are words, same shape: no padding and no end token."""
        return np.arange(self.ids.shape[1]) < (self.lengths - self.finished)[:, None]


def encode(utterances: Iterable[Utterance], vocabulary: Numbering, longest: int) -> Examples:
    """Return the utterances as ids, each finished one with the end token behind its last word.

    Words past `longest` are cut off; such an utterance has no end token, since its end was not heard.
    """
    encoded = sorted(
        ((vocabulary.ids(_heard(u, longest)), u) for u in utterances),
        key=lambda pair: len(pair[0]),
    )
    lengths = np.array([len(ids) for ids, _ in encoded], np.int32)
    padded = np.zeros((len(encoded), max(1, lengths.max(initial=0))), np.int32)
    for row, (ids, _) in zip(padded, encoded, strict=True):
        row[: len(ids)] = ids
    return Examples(
        padded,
        lengths,
        np.array([INTENTS.index(u.intent) for _, u in encoded], np.int32),
        np.array([u.weight for _, u in encoded], np.float32),
        np.array([u.since for _, u in encoded], np.int32),
        np.array([_is_heard_to_end(u, longest) for _, u in encoded], np.bool_),
    )


def _heard(utterance: Utterance, longest: int) -> tuple[str, ...]:
    if _is_heard_to_end(utterance, longest):
        return (*utterance.words, END)
    return utterance.words[:longest]


def _is_heard_to_end(utterance: Utterance, longest: int) -> bool:
    return utterance.finished and len(utterance.words) <= longest


def windows(ids: Ids, radius: int) -> Ids:
    """Return the radial context of every prefix: shape (utterances, longest, radius), newest word first.

    Before the first word the start token (0) fills the window.
    """
    padded = np.pad(ids, ((0, 0), (radius - 1, 0)))
    longest = ids.shape[1]
    return np.stack([padded[:, radius - 1 - k : radius - 1 - k + longest] for k in range(radius)], axis=-1)


def word_counts(utterances: Iterable[Utterance]) -> dict[str, float]:
    """Return how often each word and the end token occur, by weight."""
    counts: dict[str, float] = {}
    for utterance in utterances:
        for word in (*utterance.words, *([END] if utterance.finished else [])):
            counts[word] = counts.get(word, 0.0) + utterance.weight
    return counts


def split(
    utterances: Sequence[Utterance], share: float, seed: int
) -> tuple[list[Utterance], list[Utterance]]:
    """Return two parts, the second with about `share` of the utterances; equal texts stay together."""
    random = np.random.default_rng(seed)
    texts = sorted({u.words for u in utterances})
    held_out = {text for text, draw in zip(texts, random.random(len(texts)), strict=True) if draw < share}
    return [u for u in utterances if u.words not in held_out], [u for u in utterances if u.words in held_out]
