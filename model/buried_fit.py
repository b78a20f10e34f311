"""The weights of `Buried`: fitted to readings of composed talk, and then once more with the hardest narrations.

The fit is that of the evidence (model/ngram_fit.py), from zero. Numpy only.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.buried import READ, RECENT, Buried, kinds_in, recent_ngrams
from model.buried_text import Composer, Reading, Words
from model.evidence import softmax
from model.examples import Utterance
from model.explicit import Matrix
from model.intent import ACTIONS, INTENTS
from model.ngram_fit import CLASSES, descended, for_actions, located, most_telling
from model.ngrams import STEP, of_words
from model.unfinished import LAMPS
from model.vocabulary import Vocabulary

Ids = NDArray[np.int32]

COARSE: Final = 4 * STEP
"""Weights are rounded to this: a reading counts or does not, so it must be just the same in a bundle, where weights are
whole steps; and rounded like this they take less room there."""


@dataclass(frozen=True)
class BuriedRecipe:
    """How it is fitted."""

    ngrams: int = 8_000
    """N-grams that are kept, at most."""

    fewest: int = 2
    """Readings that an n-gram must occur in."""

    prior: float = 1.0
    """How firmly weights are held to zero, in readings."""

    iterations: int = 150
    """Of each descent, at most."""

    tolerance: float = 0.05
    """Largest component of the gradient, in readings, at which a descent stops."""

    narrations: int = 20_000
    """Commands told, asked or forbidden among which the hardest are searched for after the first descent."""

    hardest: int = 2_000
    """Readings of them that the second descent has besides."""


def fit_buried(
    training: Sequence[Utterance],
    talk: Sequence[Utterance],
    pool: Sequence[Utterance],
    vocabulary: Vocabulary,
    recipe: BuriedRecipe,
    seed: int = 0,
) -> Buried:
    """Return what long talk is read with.

    Args:
        training: utterances with their labels.
        talk: overheard, all of it none.
        pool: more that asks for nothing; only what names a lamp is learned from.
        vocabulary: of the model that it is for.
        recipe: how.
        seed: of what is composed.
    """
    heard = {u.words for u in training}
    named = [u for u in pool if u.words not in heard and not LAMPS.isdisjoint(u.words)]
    composer = Composer([*training, *named], talk, seed)
    readings = composer.readings()
    keys, V = _fitted(readings, None, vocabulary, recipe)
    known = {reading.words for reading in readings}
    narrations = [words for words in composer.narrations(recipe.narrations) if words not in known]
    if narrations:
        said = _as_buried(keys, V, vocabulary).logits(_ids(narrations, vocabulary))
        order = np.argsort(-softmax(said)[:, : len(ACTIONS)].max(axis=1), kind="stable")
        readings += [Reading(narrations[n], "none") for n in order[: recipe.hardest]]
        keys, V = _fitted(readings, (keys, V), vocabulary, recipe)
    buried = _as_buried(keys, V, vocabulary)
    return replace(buried, weights=(COARSE * np.rint(buried.weights / COARSE)).astype(np.float32))


def _fitted(
    readings: Sequence[Reading],
    start: tuple[NDArray[np.int64], Matrix] | None,
    vocabulary: Vocabulary,
    recipe: BuriedRecipe,
) -> tuple[NDArray[np.int64], Matrix]:
    """Return n-grams and their weights, shape (N + 1, 3); with a start its n-grams, else those that tell most."""
    ids = _ids([reading.words for reading in readings], vocabulary)
    intents = np.array([INTENTS.index(reading.intent) for reading in readings], np.int32)
    weights = np.array([reading.weight for reading in readings], np.float32)
    buried = Buried(kinds=kinds_in(vocabulary))
    found = recent_ngrams(ids, buried.kinds_of(ids))
    known = of_words(ids <= len(vocabulary.words))[:, -READ:].reshape(found.shape)
    rows, columns = np.nonzero(known & (found >= 0))
    keys = found[rows, columns]
    if start is None:
        kept, _ = most_telling(keys, rows, intents, weights, recipe.ngrams, recipe.fewest)
        V = np.zeros((len(kept) + 1, CLASSES))
    else:
        kept, V = start
    X = located(kept, keys, rows, len(readings))
    prior = np.full((X.size, 1), recipe.prior)
    prior[-1] = 0
    wide = weights.astype(np.float64)
    return kept, descended(X, intents, wide, V, prior, recipe.iterations, recipe.tolerance)


def _ids(readings: Sequence[Words], vocabulary: Vocabulary) -> Ids:
    """Return ids, shape (readings, RECENT), 0 before the first word."""
    ids = np.zeros((len(readings), RECENT), np.int32)
    for row, words in zip(ids, readings, strict=True):
        row[RECENT - len(words) :] = vocabulary.ids(words)
    return ids


def _as_buried(keys: NDArray[np.int64], V: Matrix, vocabulary: Vocabulary) -> Buried:
    actions = for_actions(V)
    return Buried(keys, actions[:-1], actions[-1], kinds_in(vocabulary))
