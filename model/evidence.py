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

An n-gram is a number made of the ids of its words; unknown words are in none. Words that sound like a key word
(model/sounds_alike.py) are in a second set of n-grams besides, with weights of their own, in which the key word
stands in their place: what is learned of "turn on the like" is learned of "turn on the lite" too. Within SCOPE words
after a negation n-grams are other ones (Das and Chen 2001): "turn off the light" is one thing, and what follows "don't"
another.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from model.errors import ModelError
from model.intent import ACTIONS
from model.ngrams import Lexicon, ngrams

Array = NDArray[np.float32]
Ids = NDArray[np.int32]
Float = TypeVar("Float", np.float32, np.float64)


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

AT_END: Final = Mix(0.65)
"""Whole sentences are what the evidence was fitted to. With a share of 0.8 cross-validation found fewer commands at
as few false activations, and with 0.5 more of what was decided rightly was taken back."""

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

    lexicon: Lexicon = field(default_factory=Lexicon)
    """Which ids are negations, or sound like a key word."""

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
            and self.lexicon.valid()
            and all(0 <= mix.share <= 1 and mix.temperature > 0 for mix in (self.speaking, self.at_end))
        )
        if not fits:
            raise ModelError(
                "Evidence needs ascending n-grams and ids, two weights for each n-gram, a bias, shares from 0 to 1 and "
                "temperatures above 0."
            )

    @property
    def parameters(self) -> int:
        """How many numbers were fitted."""
        return self.weights.size + self.bias.size

    def logits(self, ids: Ids) -> Array:
        """Return e after every word of utterances heard afresh, shape (utterances, longest, 3), for padded ids."""
        return with_none(
            self.bias + np.cumsum(self.added(ngrams(ids, self.lexicon)), axis=1, dtype=np.float32)
        )

    def added(self, keys: NDArray[np.int64]) -> Array:
        """Return what n-grams add for light_on and light_off, shape (…, 2), for keys of shape (…, K)."""
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
        "negators": evidence.lexicon.negators,
        "alike": evidence.lexicon.alike,
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
        Lexicon(arrays["negators"], arrays["alike"]),
        speaking,
        at_end,
    )
