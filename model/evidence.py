"""Evidence from n-grams: what each group of one to three words, by itself, says for the lamp's turn.

It stands beside the network (model/language_model.py), which shares a few hidden units among all that is said. Here
every n-gram has weights of its own, so that "lights off" is not unlearned with "turn off the", and one layer whose
best weights are the only best ones (model/evidence_fit.py). For the words w_1 … w_m of an utterance

    e_m = a + sum_{k <= m} ( V[w_k] + V[w_{k-1} w_k] + V[w_{k-2} w_{k-1} w_k] )              (3,)

with `<s>` as w_0, the end token as last word, and V = 0 for an n-gram that was not chosen. The two are mixed as a
product of experts (Hinton 2002), with network logits z_m:

    P(lamp) = softmax(tau ((1 - s) z_m + s e_m) + d (1, 1, 0))

with share s, temperature tau and offset d of their own while somebody speaks and at the end; tau and d are calibrated
(model/calibrate.py).

An n-gram is a number made of the ids of its words; unknown words are in none. Within SCOPE words after a negation
n-grams are other ones (Das and Chen 2001): "turn off the light" is one thing, and what follows "don't" another.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from model.errors import ModelError
from model.intent import ACTIONS
from model.vocabulary import Vocabulary

Array = NDArray[np.float32]
Ids = NDArray[np.int32]
Float = TypeVar("Float", np.float32, np.float64)

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

NO_NGRAM: Final = -1
"""In place of an n-gram that would begin before the start token."""


@dataclass(frozen=True)
class Mix:
    """How network and evidence are mixed."""

    share: float
    """s: of the evidence, 0 to 1."""

    temperature: float = 1.0
    """tau: multiplies the logits."""

    offset: float = 0.0
    """d: added to the logits of light_on and light_off."""

    def calibrated(self, temperature: float, offset: float) -> "Mix":
        """Return the mix whose logits are multiplied and added to once more."""
        return replace(
            self, temperature=temperature * self.temperature, offset=temperature * self.offset + offset
        )


SPEAKING: Final = Mix(0.5)
"""While somebody speaks. Shares of 0.3 to 0.5 found equally many commands in cross-validation."""

AT_END: Final = Mix(0.8)
"""Whole sentences are what the evidence was fitted to."""

NETWORK_ALONE: Final = Mix(0.0)


@dataclass(frozen=True)
class Evidence:
    """Chosen n-grams and their weights. A Reader of its own (model/reader.py)."""

    keys: NDArray[np.int64]
    """Numbers of the n-grams, ascending, shape (N,)."""

    weights: Array
    """V for light_on and light_off, shape (N, 2); that for none is minus their sum."""

    bias: Array
    """a, likewise, shape (2,)."""

    end: int
    """Id of the end token."""

    negators: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    """Ids of the negations that are known words."""

    speaking: Mix = SPEAKING
    """While somebody speaks."""

    at_end: Mix = AT_END
    """After the end token."""

    def __post_init__(self) -> None:
        fits = (
            self.keys.dtype == np.int64
            and self.keys.ndim == 1
            and bool((np.diff(self.keys) > 0).all())
            and self.weights.dtype == self.bias.dtype == np.float32
            and self.weights.shape == (len(self.keys), 2)
            and self.bias.shape == (2,)
            and self.negators.dtype == np.int64
            and self.negators.ndim == 1
            and all(0 <= mix.share <= 1 and mix.temperature > 0 for mix in (self.speaking, self.at_end))
        )
        if not fits:
            raise ModelError(
                "Evidence needs ascending n-grams, two weights for each, a bias, shares from 0 to 1 and temperatures "
                "above 0."
            )

    @property
    def parameters(self) -> int:
        """How many numbers were fitted."""
        return self.weights.size + self.bias.size

    def logits(self, ids: Ids) -> Array:
        """Return e after every word of utterances heard afresh, shape (utterances, longest, 3), for padded ids."""
        return with_none(
            self.bias + np.cumsum(self.added(ngrams(ids, self.negators)), axis=1, dtype=np.float32)
        )

    def added(self, keys: NDArray[np.int64]) -> Array:
        """Return what n-grams add for light_on and light_off, shape (…, 2), for keys of shape (…, ORDER)."""
        if not len(self.keys):
            return np.zeros((*keys.shape[:-1], 2), np.float32)
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        found = self.keys[place] == keys
        added: Array = (self.weights[place] * found[..., None]).sum(axis=-2)
        return added

    def mixed(self, ids: Ids, network: Array, evidence: Array) -> Array:
        """Return P(lamp), shape (…, 3).

        Args:
            ids: the word just heard, shape (…).
            network: logits z, shape (…, 3).
            evidence: logits e, shape (…, 3).
        """
        at_end = (ids == self.end)[..., None]

        def choose(speaking: float, end: float) -> Array:
            return np.where(at_end, np.float32(end), np.float32(speaking))

        a, b = self.speaking, self.at_end
        share, tau = choose(a.share, b.share), choose(a.temperature, b.temperature)
        logits = tau * ((1 - share) * network + share * evidence)
        logits[..., : len(ACTIONS)] += choose(a.offset, b.offset)
        return softmax(logits.astype(np.float32))

    def read_all(self, ids: Ids) -> Array:
        """Return P(lamp) by the evidence alone, shape (utterances, longest, 3), for padded ids."""
        return softmax(self.logits(ids))

    def read(self, ids: Sequence[int]) -> Array:
        """Return the same for one utterance, shape (words, 3)."""
        alone: Array = self.read_all(np.array([ids], np.int32))[0]
        return alone

    def table(self) -> dict[int, tuple[float, float]]:
        """Return the weights by n-gram, for reading one word at a time without numpy."""
        pairs = ((float(on), float(off)) for on, off in self.weights)
        return dict(zip(self.keys.tolist(), pairs, strict=True))


NO_EVIDENCE: Final = Evidence(
    np.zeros(0, np.int64),
    np.zeros((0, 2), np.float32),
    np.zeros(2, np.float32),
    end=-1,
    speaking=NETWORK_ALONE,
    at_end=NETWORK_ALONE,
)
"""Leaves everything to the network."""


def negations(vocabulary: Vocabulary) -> NDArray[np.int64]:
    """Return the ids of the negations that are known words, ascending."""
    known = {*vocabulary.words}
    return np.array(sorted(vocabulary.id(word) for word in NEGATORS if word in known), np.int64)


def ngrams(ids: Ids, negators: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the n-grams that end in each word, shape (utterances, longest, ORDER), the shortest first.

    Args:
        ids: padded, shape (utterances, longest); the start token (0) stands before the first word.
        negators: ids of negations.
    """
    newest = ids.astype(np.int64)
    one = np.pad(newest, ((0, 0), (1, 0)))[:, :-1] + 1  # the word before, and 1 for the start token
    two = np.pad(one, ((0, 0), (1, 0)))[:, :-1]  # the one before that; 0 where there is none
    pair = one << ID_BITS | newest
    triple = np.where(two > 0, two << 2 * ID_BITS | pair, NO_NGRAM)
    place = np.arange(ids.shape[1])
    negation = np.maximum.accumulate(np.where(np.isin(ids, negators), place, -SCOPE - 1), axis=1)
    last = np.pad(negation, ((0, 0), (1, 0)), constant_values=-SCOPE - 1)[:, :-1]  # before this word
    turned = np.where(place - last <= SCOPE, NEGATED, 0)
    keys: NDArray[np.int64] = np.bitwise_or(np.stack([newest, pair, triple], axis=-1), turned[..., None])
    return keys


def ngrams_at(word: int, last: int, earlier: int, scope: int) -> tuple[int, int, int]:
    """Return the n-grams that end in one word, the shortest first, as `ngrams` does for whole utterances.

    Args:
        word: its id.
        last: id of the word before, plus one; 1 for the start token.
        earlier: of the one before that; 0 where there is none.
        scope: how many words, this one included, a negation still turns.
    """
    pair = last << ID_BITS | word
    triple = earlier << 2 * ID_BITS | pair if earlier else NO_NGRAM
    turned = NEGATED if scope else 0
    return word | turned, pair | turned, triple | turned


def softmax(logits: NDArray[Float]) -> NDArray[Float]:
    """Return probabilities over the last axis."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probabilities: NDArray[Float] = shifted / shifted.sum(axis=-1, keepdims=True)
    return probabilities


def with_none(actions: Array) -> Array:
    """Return logits of all three turns, shape (…, 3), for those of light_on and light_off: they sum to zero."""
    return np.concatenate([actions, -actions.sum(axis=-1, keepdims=True)], axis=-1)


def to_arrays(evidence: Evidence) -> dict[str, NDArray[Any]]:
    """Return the evidence as plain arrays by name, for .npz files."""
    mixes = [[mix.share, mix.temperature, mix.offset] for mix in (evidence.speaking, evidence.at_end)]
    return {
        "keys": evidence.keys,
        "weights": evidence.weights,
        "bias": evidence.bias,
        "end": np.array(evidence.end),
        "negators": evidence.negators,
        "mixes": np.array(mixes, np.float64),
    }


def from_arrays(arrays: Mapping[str, NDArray[Any]]) -> Evidence:
    """Return what `to_arrays` was given; raises KeyError, TypeError, ValueError or ModelError for anything else."""
    speaking, at_end = (Mix(*row) for row in arrays["mixes"].tolist())
    return Evidence(
        arrays["keys"],
        arrays["weights"],
        arrays["bias"],
        int(arrays["end"].item()),
        arrays["negators"],
        speaking,
        at_end,
    )
