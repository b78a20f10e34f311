"""The evidence of a text: n-grams chosen from counts, and their weights. Numpy only.

Weights begin with the explicit solution of one softmax layer over the n-grams (model/explicit.py), which takes them for
independent, though "turn off" never comes without "turn". So descent over whole utterances follows
(model/ngram_fit.py).
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from model.errors import ModelError
from model.evidence import Evidence
from model.examples import Examples, Utterance, encode
from model.explicit import Counts, Matrix, explicit_weights
from model.hard_negatives import hardest
from model.ngram_fit import CLASSES, Occurrences, descended, for_actions, located, most_telling
from model.ngrams import ID_BITS, MOST_IDS, ORDER, Lexicon, ngrams, of_words
from model.recipe import EvidenceRecipe
from model.vocabulary import END, Vocabulary

FIRM = 1e9
"""Holds a weight where it is."""


def fit_evidence(
    utterances: Sequence[Utterance],
    examples: Examples,
    vocabulary: Vocabulary,
    recipe: EvidenceRecipe,
    pool: Sequence[Utterance] = (),
    hard_negatives: int = 0,
    longest: int = 25,
) -> Evidence:
    """Return evidence fitted to utterances, and then once more with those of a pool that come closest to firing.

    Args:
        utterances: what it learns from.
        examples: the same, encoded.
        vocabulary: with which they were.
        recipe: how.
        pool: more that asks for nothing.
        hard_negatives: how many of it are learned from.
        longest: words of an utterance that are read.

    Raises:
        ModelError: the vocabulary is too large for n-grams to be numbered.
    """
    _check(len(vocabulary))
    lexicon = Lexicon.of(vocabulary)
    if not recipe.sounds:
        lexicon = Lexicon(lexicon.negators)
    keys, counts = chosen_ngrams(examples, 1 + len(vocabulary.words), lexicon, recipe)
    U, b = explicit_weights(counts, recipe.smoothing)
    start = recipe.temperature * np.concatenate([U, b[None]])
    V = fitted(keys, start, examples, lexicon, recipe)
    evidence = _evidence(keys, V, vocabulary, lexicon)
    heard = {u.words for u in utterances}
    unheard = [u for u in pool if u.words not in heard]
    if unheard and hard_negatives:
        found = hardest(evidence, vocabulary, unheard, longest, hard_negatives)
        more = encode([*utterances, *found], vocabulary, longest)
        evidence = _evidence(keys, fitted(keys, V, more, lexicon, recipe), vocabulary, lexicon)
    return evidence


def chosen_ngrams(
    examples: Examples, known: int, lexicon: Lexicon, recipe: EvidenceRecipe, new: range = range(0)
) -> tuple[NDArray[np.int64], Counts]:
    """Return the n-grams kept, ascending, and in how many utterances of each class they occur.

    Args:
        examples: encoded utterances.
        known: ids from this one on are hashed slots, whose words are unknown.
        lexicon: which ids are negations, or sound like a key word.
        recipe: how many, and how rare.
        new: ids beyond, of words that are known all the same.
    """
    rows, keys = _present(examples, known, lexicon, new)
    return most_telling(keys, rows, examples.intents, examples.weights, recipe.ngrams, recipe.fewest)


def with_new_words(
    evidence: Evidence, known: int, new: range, examples: Examples, recipe: EvidenceRecipe
) -> Evidence:
    """Return the evidence with n-grams of new words as well, fitted to examples; no other weight moves.

    Args:
        evidence: that has none of them; what it says of an example is taken for granted.
        known: ids below it are of words that it knows.
        new: ids of the new words.
        examples: with these words, encoded.
        recipe: how.

    Raises:
        ModelError: there are too many words for n-grams to be numbered.
    """
    _check(new.stop)
    every = replace(recipe, fewest=1, ngrams=examples.ids.size * 2 * ORDER)
    keys, _ = chosen_ngrams(examples, known, evidence.lexicon, every, new)
    ids = _ids_in(keys)
    keys = keys[((ids >= new.start) & (ids < new.stop)).any(axis=0)]
    ends = (np.arange(len(examples)), examples.lengths - 1)
    said = evidence.logits(examples.ids)[ends].astype(np.float64)
    V = fitted(keys, np.zeros((len(keys) + 1, CLASSES)), examples, evidence.lexicon, recipe, said)[:-1]
    actions = for_actions(V)
    all_keys = np.concatenate([evidence.keys, keys])
    order = np.argsort(all_keys)
    return replace(evidence, keys=all_keys[order], weights=np.concatenate([evidence.weights, actions])[order])


def without_words(evidence: Evidence, first: int) -> Evidence:
    """Return the evidence as it was before it knew the words whose ids are `first` and above."""
    kept = (_ids_in(evidence.keys) < first).all(axis=0)
    alike = evidence.lexicon.alike
    lexicon = replace(evidence.lexicon, alike=alike[alike[:, 0] < first])
    return replace(evidence, keys=evidence.keys[kept], weights=evidence.weights[kept], lexicon=lexicon)


def _ids_in(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the ids of the words of n-grams, the last word first, shape (ORDER, N); below zero where there is none."""
    ids = np.stack([keys >> place * ID_BITS & MOST_IDS for place in range(ORDER)])
    ids[1:] -= 1  # only the last word of an n-gram is numbered as it is
    return ids


def fitted(
    keys: NDArray[np.int64],
    start: Matrix,
    examples: Examples,
    lexicon: Lexicon,
    recipe: EvidenceRecipe,
    said: Matrix | None = None,
) -> Matrix:
    """Return V and, as last row, a: shape (N + 1, 3), the minimum reached from `start`.

    With `said`, logits of shape (utterances, 3) that are there already, V comes on top of them and a stays zero.
    """
    X = occurrences(keys, examples, lexicon)
    prior = np.full((X.size, 1), recipe.prior)
    prior[-1] = 0 if said is None else FIRM  # how often something is asked for is no matter of belief
    weights = examples.weights.astype(np.float64)
    return descended(X, examples.intents, weights, start, prior, recipe.iterations, recipe.tolerance, said)


def occurrences(keys: NDArray[np.int64], examples: Examples, lexicon: Lexicon) -> Occurrences:
    """Return where the chosen n-grams stand in utterances, each as often as it does."""
    rows, found = _present(examples, MOST_IDS, lexicon)
    return located(keys, found, rows, len(examples))


def _present(
    examples: Examples, known: int, lexicon: Lexicon, new: range = range(0)
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return utterance and number of every n-gram of known words."""
    ids = examples.ids
    there = np.arange(ids.shape[1]) < examples.lengths[:, None]
    parts = [
        of_words(there & ((written < known) | ((written >= new.start) & (written < new.stop))))
        for written in (ids, lexicon.keys(ids))
    ]
    usable = np.concatenate(parts, axis=-1)
    keys = ngrams(ids, lexicon)
    usable &= keys >= 0
    return np.nonzero(usable)[0].astype(np.int64), keys[usable]


def _check(ids: int) -> None:
    if ids > MOST_IDS:
        raise ModelError(f"Evidence numbers n-grams of at most {MOST_IDS:,} ids, not {ids:,}.")


def _evidence(keys: NDArray[np.int64], V: Matrix, vocabulary: Vocabulary, lexicon: Lexicon) -> Evidence:
    actions = for_actions(V)
    (end,) = vocabulary.ids([END])
    return Evidence(keys, actions[:-1], actions[-1], end, lexicon)
