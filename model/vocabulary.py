"""Words to ids, with a few shared slots for words never seen in training."""

import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from model.errors import ModelError
from model.sounds_alike import KEYS, key_of

START = "<s>"
"""Begins every utterance; its id is 0 and it also fills the context before the first word."""

END = "</s>"
"""What the model hears when an utterance is over: a word like any other, which no one can say."""

_APOSTROPHES = str.maketrans("\u2018\u2019\u02bc`", "''''")
_NOT_A_WORD = re.compile(r"[^\w']+|_+")
_CLITICS = frozenset(["'s", "'t", "'re", "'ve", "'ll", "'d", "'m", "n't"])


def split_words(text: str) -> tuple[str, ...]:
    """Return the words of a text as the recogniser would write them.

    Lower case, apostrophes kept inside words (`don't`), every other mark taken as a space. A clitic that a
    transcriber set apart (`it 's`, `don 't`) is joined to its word.
    """
    words: list[str] = []
    for piece in _NOT_A_WORD.sub(" ", text.translate(_APOSTROPHES).lower()).split():
        if piece in _CLITICS and words:
            words[-1] += piece
        elif stripped := piece.strip("'"):
            words.append(stripped)
    return tuple(words)


class Numbering(Protocol):
    """Gives words their ids."""

    def ids(self, words: Iterable[str]) -> list[int]:
        """Return the ids of several words."""


@dataclass(frozen=True)
class Vocabulary:
    """Ids 0 (start), 1 … len(words) (known words, most frequent first), the hashed slots, the sound slots."""

    words: tuple[str, ...]
    """Known words in order of falling frequency; the word at index i has id i + 1."""

    hashed_slots: int
    """How many ids unseen words share. A word always falls into the same slot, on every machine."""

    sound_slots: int = 0
    """How many of KEYS (model/sounds_alike.py), from the first on, have a slot for unseen words that sound alike."""

    beside: tuple[str, ...] = ()
    """Words that only the evidence of n-grams tells apart; for the network they are unseen."""

    _ids: dict[str, int] = field(init=False, repr=False, compare=False)

    _beside_ids: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        ids = {word: index + 1 for index, word in enumerate(self.words)}
        if len({*ids, *self.beside}) != len(self.words) + len(self.beside) or START in {*ids, *self.beside}:
            raise ModelError(f"A vocabulary must list every word once and must not contain {START}.")
        if self.hashed_slots < 1:
            raise ModelError("A vocabulary needs at least one hashed slot for words it has never seen.")
        if not 0 <= self.sound_slots <= len(KEYS):
            raise ModelError(f"A vocabulary has 0 to {len(KEYS)} sound slots, not {self.sound_slots}.")
        object.__setattr__(self, "_ids", ids)
        beside = {word: len(self) + index for index, word in enumerate(self.beside)}
        object.__setattr__(self, "_beside_ids", beside)

    def __len__(self) -> int:
        return 1 + len(self.words) + self.hashed_slots + self.sound_slots

    def id(self, word: str) -> int:
        """Return the id of a word; an unseen one gets its sound slot, or else its hashed one (CRC-32 of its bytes)."""
        known = self._ids.get(word)
        if known is not None:
            return known
        if (slot := self.sound_slot(word)) is not None:
            return slot
        return 1 + len(self.words) + zlib.crc32(word.encode()) % self.hashed_slots

    def sound_slot(self, word: str) -> int | None:
        """Return the slot of unseen words that sound like the same key word as this one; None when there is none."""
        key = key_of(word)
        if key is None or (place := KEYS.index(key)) >= self.sound_slots:
            return None
        return 1 + len(self.words) + self.hashed_slots + place

    def ids(self, words: Iterable[str]) -> list[int]:
        """Return the ids of several words, without the start token."""
        return [self.id(word) for word in words]

    def evidence_id(self, word: str) -> int:
        """Return the id of a word in n-grams: behind all others, from `len` on, for those beside."""
        beside = self._beside_ids.get(word)
        return self.id(word) if beside is None else beside

    @classmethod
    def from_counts(
        cls, counts: Mapping[str, float], size: int, hashed_slots: int, sound_slots: int = 0
    ) -> "Vocabulary":
        """Return the vocabulary of the `size` most frequent words; equal counts are ordered by spelling."""
        ranked = sorted(counts, key=lambda word: (-counts[word], word))
        return cls(tuple(ranked[:size]), hashed_slots, sound_slots)


@dataclass(frozen=True)
class EvidenceNumbering:
    """The ids that words of a vocabulary have in n-grams."""

    vocabulary: Vocabulary
    """Whose words."""

    def ids(self, words: Iterable[str]) -> list[int]:
        """Return the ids of several words in n-grams."""
        return [self.vocabulary.evidence_id(word) for word in words]
