"""Which words are worth an id of their own.

Words without one share a few slots (model/vocabulary.py), so that all of them say the same of the lamp's turn. A word
w that is said n times, n_c of them in utterances of intent c, loses by that

    sum_c n_c log(P(c | w) / P(c | unknown)),         P(c | w) = (n_c + PRIOR P(c | unknown)) / (n + PRIOR)

the log-likelihood by which the turn is told better when w is told apart (half of the G² of Dunning 1993). Chosen by how
often they are said, "transactions" would be known and "extinguish" would not.

Words say something in company too: "not" is said as often of lamps as of anything, and turns an order round. So most of
the room is for frequent words, as in any language model; and what is said about lamps or switching counts more than the
rest, of which there is far more: "weren't" and "router" are known rather than "deposit".
"""

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.buried import KINDS
from model.examples import Utterance, word_counts
from model.intent import INTENTS
from model.recipe import FineTune, Recipe
from model.unfinished import LAMPS, PARTICLES, REMARKS
from model.vocabulary import END, Vocabulary

ELSEWHERE: Final = 0.1
"""How many times an utterance counts that names no lamp, says neither on nor off, and is no remark on the dark."""

PRIOR: Final = 20.0
"""How many times a word counts as if it had been said as an unknown one is."""

ABOUT: Final = LAMPS | PARTICLES | REMARKS
"""Words of what is said about lamps or switching."""

ALWAYS: Final = frozenset().union(*KINDS)
"""Words that are asked for by name when commands buried in talk are read (model/buried.py)."""

REPEATS: Final = 10
"""Times, at most, that the words are chosen anew for what the others would then say; six are enough as a rule."""


def vocabulary_of(
    utterances: Iterable[Utterance],
    size: int,
    hashed_slots: int,
    sound_slots: int = 0,
    frequent: float = Recipe.frequent_words,
) -> Vocabulary:
    """Return the vocabulary of at most `size` known words, the end token among them, for a model of the lamp's turn."""
    said = list(utterances)
    known, counts = {END, *known_words(said, size - 1, frequent)}, word_counts(said)
    return Vocabulary.from_counts(
        {word: counts.get(word, 0.0) for word in known}, size, hashed_slots, sound_slots
    )


def known_words(
    utterances: Iterable[Utterance], size: int, frequent: float = Recipe.frequent_words
) -> list[str]:
    """Return the words to be known, at most `size`, in the order of their spelling.

    Leading words that are no examples (`Utterance.since`) are not counted.

    Args:
        utterances: with their labels.
        size: how many words there is room for.
        frequent: share of the room that is for the most frequent words, 0 to 1.
    """
    counts: dict[str, NDArray[np.float64]] = {}
    for utterance in utterances:
        intent = INTENTS.index(utterance.intent)
        weight = utterance.weight * (ELSEWHERE if ABOUT.isdisjoint(utterance.words) else 1)
        for word in utterance.words[utterance.since :]:
            counts.setdefault(word, np.zeros(len(INTENTS)))[intent] += weight
    words = sorted(counts)
    if len(words) <= size:
        return words
    n = np.stack([counts[word] for word in words])  # (words, 3)
    often = np.where([word in ALWAYS for word in words], np.inf, n.sum(axis=1))
    chosen = np.argsort(-often, kind="stable")[:size]
    always = chosen[: round(frequent * size)]
    for _ in range(REPEATS):
        lost = _lost(n, chosen)
        lost[always] = np.inf
        before, chosen = set(chosen), np.argsort(-lost, kind="stable")[:size]
        if before == set(chosen):
            break
    return sorted(words[index] for index in chosen)


def _lost(n: NDArray[np.float64], known: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return what each word loses when it is not told from all that are not in `known`, shape (words,).

    Training puts some of all words into the slots of unknown ones, so these speak for them too.
    """
    every = n.sum(axis=0)  # (3,)
    unknown = every - n[known].sum(axis=0) + FineTune.unknown_rate * every + 1e-9  # an intent may be missing
    unknown /= unknown.sum()
    P = (n + PRIOR * unknown) / (n.sum(axis=1, keepdims=True) + PRIOR)  # (words, 3)
    lost: NDArray[np.float64] = (n * np.log(P / unknown)).sum(axis=1)
    return lost
