"""A command buried in talk: "… and then we watched the news oh and turn off the lamp would you because …".

What goes before such a command is no part of it, yet network and evidence hear the utterance from its first word on,
and both were fitted to utterances that are one thing. So when many words have been heard and the last few name a lamp,
a verb that switches and a particle, these few are read by themselves: for the words up to w_m

    b_m = a + sum_g V[g],    q_m = softmax(b_m)                                              (3,)

over the n-grams g of one to three words that end within the last READ words, and from BEFORE words before the lamp on,
with V = 0 for an n-gram that was not chosen. Those within SCOPE words after a negation are other n-grams (as in
model/evidence.py), and so are those within TOLD_SCOPE words after a word that begins what is told or asked: of "he told
me to turn off the light" the last five words are a command. model/buried_fit.py fits a and V.

A reading counts when its q for an action is at least LEAST. Then P(lamp) is softmax(log q + d (1, 1, 0)), where that
is surer of an action than network and evidence are: from this word on to the end of the utterance, since what follows a
command does not unsay it. The offset d puts LEAST to where partials are acted on; there is too little real speech of
the kind to calibrate it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from model.errors import ModelError
from model.evidence import Array, softmax, with_none
from model.intent import ACTIONS
from model.ngrams import (
    NEGATED,
    NEGATORS,
    NO_NGRAM,
    SCOPE,
    SOUNDS,
    Ids,
    of_words,
    plain_ngrams,
    within,
)
from model.unfinished import LAMPS, PARTICLES
from model.vocabulary import Vocabulary

LONG: Final = 9
"""Words heard from which on anything is taken for buried."""

READ: Final = 8
"""Words that are read."""

RECENT: Final = READ + SCOPE
"""Words that matter: those that are read, and those whose scope reaches into them."""

BEFORE: Final = 5
"""Words before the lamp that are read."""

AFTER: Final = 3
"""Words after the lamp within which a particle may come."""

LEAST: Final = 0.2
"""q of an action from which on a reading counts."""

VERBS: Final = frozenset("turn switch shut put flip flick click power kill cut pop get knock snap".split())
"""What switches, with a particle."""

ALONE: Final = frozenset("kill extinguish activate deactivate enable disable".split())
"""What switches without one."""

TELLERS: Final = frozenset(
    "he she they we i'd he'd she'd they'd said says told asked was were had used if when whenever who remember forgot "
    "always did does why how have has".split()
)
"""Words that begin what is told or asked."""

TOLD_SCOPE: Final = 5
"""Words after one of them that are told."""

TOLD: Final = SOUNDS << 1
"""Bit of an n-gram that ends within what is told; the others are those of model/ngrams.py."""

KINDS: Final = (LAMPS, PARTICLES, VERBS, ALONE, TELLERS, frozenset(NEGATORS))
LAMP, PARTICLE, VERB, VERB_ALONE, TELLER, NEGATOR = (1 << n for n in range(len(KINDS)))
"""Bits that tell what a word is in all this."""

NOTHING: Final = np.array([0, 0, 1], np.float32)
"""P(lamp) of a reading that does not count."""


@dataclass(frozen=True)
class Buried:
    """What the last words of long talk say by themselves."""

    keys: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    """Numbers of the n-grams, ascending, shape (N,)."""

    weights: Array = field(default_factory=lambda: np.zeros((0, 2), np.float32))
    """V for light_on and light_off, shape (N, 2); that for none is minus their sum."""

    bias: Array = field(default_factory=lambda: np.zeros(2, np.float32))
    """a, likewise, shape (2,)."""

    kinds: NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 2), np.int64))
    """Ids of words that are something in this, ascending, and the bits of what they are, shape (K, 2)."""

    offset: float = 0.0
    """d: added to the logits of light_on and light_off."""

    def __post_init__(self) -> None:
        fits = (
            self.keys.dtype == self.kinds.dtype == np.int64
            and self.keys.ndim == 1
            and bool((np.diff(self.keys) > 0).all())
            and self.weights.dtype == self.bias.dtype == np.float32
            and self.weights.shape == (len(self.keys), 2)
            and self.bias.shape == (2,)
            and self.kinds.ndim == 2
            and self.kinds.shape[1] == 2
            and bool((self.kinds > 0).all() and (np.diff(self.kinds[:, 0]) > 0).all())
            and bool(np.isfinite(self.offset))
        )
        if not fits:
            raise ModelError(
                "Buried commands need ascending n-grams and ids, two weights for each n-gram, a bias and an offset."
            )

    @property
    def parameters(self) -> int:
        """How many numbers were fitted."""
        return self.weights.size + self.bias.size if len(self.keys) else 0

    def aligned(self, threshold: float) -> "Buried":
        """Return the same with the offset that makes LEAST of one action a probability of `threshold`, the other being
        all but out of the question; where it is not, the probability is smaller."""
        return replace(self, offset=float(np.log(threshold / (1 - threshold)) - np.log(LEAST / (1 - LEAST))))

    def kinds_of(self, ids: Ids) -> NDArray[np.int64]:
        """Return what each word is, of the same shape; 0 for most."""
        if not len(self.kinds):
            return np.zeros(ids.shape, np.int64)
        place = np.minimum(np.searchsorted(self.kinds[:, 0], ids), len(self.kinds) - 1)
        kinds: NDArray[np.int64] = np.where(self.kinds[place, 0] == ids, self.kinds[place, 1], 0)
        return kinds

    def logits(self, recent: Ids) -> Array:
        """Return b, shape (readings, 3), for the last words of each, shape (readings, RECENT), 0 before the first."""
        if not len(self.keys):
            return with_none(np.tile(self.bias, (len(recent), 1)))
        keys = recent_ngrams(recent, self.kinds_of(recent))
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        found = self.keys[place] == keys
        return with_none(self.bias + (self.weights[place] * found[..., None]).sum(axis=1))

    def counting(self, recent: Ids) -> Array:
        """Return P(lamp) of readings, shape (readings, 3), for words as `logits` takes them."""
        b = self.logits(recent)
        counts = softmax(b)[:, : len(ACTIONS)].max(axis=1) >= LEAST
        b[:, : len(ACTIONS)] += np.float32(self.offset)
        return np.where(counts[:, None], softmax(b), NOTHING)

    def read(self, recent: Ids) -> Array:
        """Return P(lamp) of the reading after the last of RECENT words, 0 before the first, shape (3,)."""
        if not passes(self.kinds_of(recent)[-READ:].tolist()):
            return NOTHING
        reading: Array = self.counting(recent[None])[0]
        return reading

    def read_all(self, ids: Ids, end: int) -> Array:
        """Return P(lamp) of the reading so far that is surest of an action, shape (utterances, longest, 3).

        Args:
            ids: padded, shape (utterances, longest).
            end: id of the end token, at which nothing is read anew.
        """
        readings = np.tile(NOTHING, (*ids.shape, 1))
        kinds = self.kinds_of(ids)
        places = [
            (row, at)
            for row in np.flatnonzero((kinds & LAMP).any(axis=1)).tolist()
            for at in passing(kinds[row].tolist())
            if ids[row, at] != end
        ]
        if places:
            rows, at = np.array(places).T
            padded = np.pad(ids, ((0, 0), (RECENT, 0)))
            readings[rows, at] = self.counting(padded[rows[:, None], at[:, None] + np.arange(1, RECENT + 1)])
        return surest(readings)


NO_BURIED: Final = Buried()
"""Finds nothing."""


def passing(kinds: Sequence[int]) -> Iterator[int]:
    """Yield the places of an utterance at which its last words are read, given what its words are."""
    for at in range(LONG - 1, len(kinds)):
        if passes(kinds[max(0, at + 1 - READ) : at + 1]):
            yield at


def passes(kinds: Sequence[int]) -> bool:
    """Return whether the last READ words name a lamp, not long ago, and before it a verb that switches, with a particle
    behind that where it needs one."""
    lamp = last_lamp(kinds)
    if lamp < 0:
        return False
    before = range(max(0, lamp - BEFORE), lamp)
    if any(kinds[at] & VERB_ALONE for at in before):
        return True
    verb = next((at for at in before if kinds[at] & VERB), len(kinds))
    return any(kind & PARTICLE for kind in kinds[verb + 1 :])


def last_lamp(kinds: Sequence[int]) -> int:
    """Return the place of the last lamp, if no more than AFTER words come after it; else -1."""
    for at in range(len(kinds) - 1, max(len(kinds) - AFTER - 2, -1), -1):
        if kinds[at] & LAMP:
            return at
    return -1


def recent_ngrams(recent: Ids, kinds: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the n-grams that are read, shape (readings, READ ORDER), NO_NGRAM in place of those that are not.

    Args:
        recent: ids of the last words, 0 before the first, shape (readings, RECENT).
        kinds: what they are, of the same shape.
    """
    keys = plain_ngrams(recent.astype(np.int64))
    keys |= np.where(within(kinds & NEGATOR > 0, SCOPE), NEGATED, 0)[..., None]
    keys |= np.where(within(kinds & TELLER > 0, TOLD_SCOPE), TOLD, 0)[..., None]
    place = np.arange(RECENT)
    lamp = np.where(kinds & LAMP > 0, place, -1).max(axis=1)
    read = place >= np.maximum(lamp - BEFORE, RECENT - READ)[:, None]
    there = read[..., None] & of_words(recent > 0)
    return np.where(there, keys, NO_NGRAM)[:, -READ:].reshape(len(recent), -1)


def surest(readings: Array) -> Array:
    """Return of each reading and those before it the one surest of an action, shape (utterances, longest, 3)."""
    sure = _sureness(readings)
    place = np.arange(sure.shape[1])
    when = np.maximum.accumulate(np.where(sure == np.maximum.accumulate(sure, axis=1), place, 0), axis=1)
    best: Array = np.take_along_axis(readings, when[..., None], axis=1)
    return best


def surer(lamp: Array, reading: Array) -> Array:
    """Return P(lamp) of a reading where it is surer of an action than `lamp`, both of shape (…, 3)."""
    return np.where((_sureness(reading) > _sureness(lamp))[..., None], reading, lamp)


def _sureness(lamp: Array) -> Array:
    sure: Array = lamp[..., : len(ACTIONS)].max(axis=-1)
    return sure


def kinds_in(vocabulary: Vocabulary) -> NDArray[np.int64]:
    """Return the ids of a vocabulary's words that are something in this, and what they are, as in `Buried`."""
    kinds = [
        (vocabulary.id(word), sum(1 << n for n, words in enumerate(KINDS) if word in words))
        for word in vocabulary.words
    ]
    return np.array(sorted(pair for pair in kinds if pair[1]), np.int64).reshape(-1, 2)


def to_arrays(buried: Buried) -> dict[str, NDArray[Any]]:
    """Return it as plain arrays by name, for .npz files."""
    return {each.name: np.array(getattr(buried, each.name)) for each in fields(Buried)}


def from_arrays(arrays: Mapping[str, NDArray[Any]]) -> Buried:
    """Return what `to_arrays` was given; raises KeyError, TypeError, ValueError or ModelError for anything else."""
    offset = float(arrays["offset"].item())
    return Buried(arrays["keys"], arrays["weights"], arrays["bias"], arrays["kinds"], offset)
