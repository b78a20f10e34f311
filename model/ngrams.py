"""n-grams as whole numbers, and what their words are besides themselves: negations, or written for a key word."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.sounds_alike import ALIKE
from model.vocabulary import Vocabulary

Ids = NDArray[np.int32] | NDArray[np.int64]

ORDER: Final = 3
"""Words of the longest n-gram."""

ID_BITS: Final = 12
"""Bits of a word's place in the number of an n-gram."""

MOST_IDS: Final = (1 << ID_BITS) - 1
"""Ids there may be: each is kept plus one, so that nothing before a word differs from the start token."""

NEGATORS: Final = (
    "not no never nobody without nor neither stop don't didn't doesn't won't wouldn't isn't aren't wasn't weren't "
    "shouldn't needn't mustn't haven't hasn't"
).split()
"""Words that turn what follows into something else. Not "can't": "i can't see" is a reason to ask, not a refusal."""

SCOPE: Final = 6
"""Words after a negation that it turns."""

NEGATED: Final = 1 << ORDER * ID_BITS
"""Bit of an n-gram that ends within the scope of a negation."""

SOUNDS: Final = NEGATED << 1
"""Bit of an n-gram in which a key word stands for one that sounds like it."""

STEP: Final = 1 / 128
"""Of the weights of n-grams in a bundle, which are whole numbers of steps."""

NO_NGRAM: Final = -1
"""In place of an n-gram that would begin before the start token, or that has nothing in it that sounds alike."""


@dataclass(frozen=True)
class Lexicon:
    """What is known of some ids."""

    negators: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    """Ids of negations."""

    alike: NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 2), np.int64))
    """Ids that sound like a key word, and the id of that word, shape (K, 2), the first ascending."""

    def valid(self) -> bool:
        """Return whether shapes, types and order are as told above."""
        return (
            self.negators.dtype == self.alike.dtype == np.int64
            and self.negators.ndim == 1
            and self.alike.ndim == 2
            and self.alike.shape[1] == 2
            and bool((self.alike >= 0).all() and (np.diff(self.alike[:, 0]) > 0).all())
        )

    def keys(self, ids: Ids) -> NDArray[np.int64]:
        """Return ids with those of key words in place of what sounds like them, of the same shape."""
        if not len(self.alike):
            return ids.astype(np.int64)
        place = np.minimum(np.searchsorted(self.alike[:, 0], ids), len(self.alike) - 1)
        keys: NDArray[np.int64] = np.where(self.alike[place, 0] == ids, self.alike[place, 1], ids)
        return keys

    def grown(self, place: int, like: Sequence[int]) -> "Lexicon":
        """Return the lexicon after ids were put in before the id `place`, each known for what that in `like` is."""
        keys = dict(self.alike.tolist())

        def moved(word: int) -> int:
            return word + len(like) if word >= place else word

        negators = [moved(word) for word in self.negators.tolist()]
        pairs = [(moved(word), moved(key)) for word, key in self.alike.tolist()]
        pairs += [(place + n, moved(keys[word])) for n, word in enumerate(like) if word in keys]
        return Lexicon(np.array(sorted(negators), np.int64), np.array(sorted(pairs), np.int64).reshape(-1, 2))

    @classmethod
    def of(cls, vocabulary: Vocabulary) -> "Lexicon":
        """Return what is known of the words of a vocabulary."""
        known = {*vocabulary.words}
        negators = np.array(sorted(vocabulary.id(word) for word in NEGATORS if word in known), np.int64)
        pairs: dict[int, int] = {}
        for key, text in ALIKE.items():
            if key in known:
                words = text.split()
                pairs |= {vocabulary.id(word): vocabulary.id(key) for word in words if word in known}
                if (slot := vocabulary.sound_slot(words[0])) is not None:
                    pairs[slot] = vocabulary.id(key)
        return cls(negators, np.array(sorted(pairs.items()), np.int64).reshape(-1, 2))


def ngrams(ids: Ids, lexicon: Lexicon) -> NDArray[np.int64]:
    """Return the n-grams that end in each word, shape (utterances, longest, 2 ORDER): as written, the shortest first,
    then with key words in place of what sounds like them.

    Args:
        ids: padded, shape (utterances, longest); the start token (0) stands before the first word.
        lexicon: which ids are negations, or sound like a key word.
    """
    written, heard = plain_ngrams(ids.astype(np.int64)), plain_ngrams(lexicon.keys(ids))
    heard = np.where(heard == written, NO_NGRAM, heard | SOUNDS)
    turned = np.where(within(np.isin(ids, lexicon.negators), SCOPE), NEGATED, 0)
    keys: NDArray[np.int64] = np.bitwise_or(np.concatenate([written, heard], axis=-1), turned[..., None])
    return keys


def within(begins: NDArray[np.bool_], scope: int) -> NDArray[np.bool_]:
    """Return which words come at most `scope` words after one that begins something, shape (utterances, longest)."""
    place, never = np.arange(begins.shape[1]), -scope - 1
    latest = np.maximum.accumulate(np.where(begins, place, never), axis=1)
    last = np.pad(latest, ((0, 0), (1, 0)), constant_values=never)[:, :-1]  # before this word
    inside: NDArray[np.bool_] = place - last <= scope
    return inside


def plain_ngrams(newest: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the n-grams that end in each id, the shortest first, shape (utterances, longest, ORDER)."""
    one = np.pad(newest, ((0, 0), (1, 0)))[:, :-1] + 1  # the word before, and 1 for the start token
    two = np.pad(one, ((0, 0), (1, 0)))[:, :-1]  # the one before that; 0 where there is none
    pair = one << ID_BITS | newest
    triple = np.where(two > 0, two << 2 * ID_BITS | pair, NO_NGRAM)
    return np.stack([newest, pair, triple], axis=-1)


def of_words(words: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which n-grams consist of such words, shape (utterances, longest, ORDER), for which words are such.

    The start token is; before it there is nothing.
    """
    one_before = np.pad(words, ((0, 0), (1, 0)), constant_values=True)[:, :-1]
    two_before = np.pad(one_before, ((0, 0), (1, 0)), constant_values=True)[:, :-1]
    pair = words & one_before
    consisting = np.stack([words, pair, pair & two_before], axis=-1)
    consisting[:, 0, ORDER - 1] = False
    return consisting


def ngrams_at(word: int, last: int, earlier: int, scope: int, alike: Mapping[int, int]) -> tuple[int, ...]:
    """Return the n-grams that end in one word, as `ngrams` does for whole utterances, without those there are not.

    Args:
        word: its id.
        last: id of the word before, plus one; 1 for the start token.
        earlier: of the one before that; 0 where there is none.
        scope: how many words, this one included, a negation still turns.
        alike: id of the key word by that of what sounds like it.
    """
    turned = NEGATED if scope else 0
    written = _ngrams_at(word, last, earlier, turned)
    before, two_before = last - 1, earlier - 1
    if word not in alike and before not in alike and two_before not in alike:
        return written  # nearly always
    key, key_before, key_earlier = (alike.get(each, each) for each in (word, before, two_before))
    heard = _ngrams_at(key, key_before + 1, key_earlier + 1, turned)
    differing = (ngram | SOUNDS for ngram, other in zip(heard, written, strict=True) if ngram != other)
    return *written, *differing


def _ngrams_at(word: int, last: int, earlier: int, turned: int) -> tuple[int, ...]:
    pair = last << ID_BITS | word
    if not earlier:
        return word | turned, pair | turned
    return word | turned, pair | turned, earlier << 2 * ID_BITS | pair | turned
