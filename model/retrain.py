"""Retraining on what a household said. With torch, or without it for the evidence alone.

Beside a base model, only words that it does not know are learned: each gets a place of its own in the vocabulary,
a short descent on the household's utterances moves the vectors of these words, and their n-grams get evidence
(model/evidence_fit.py); nothing else moves. The text of the
base model is not on the board, and a descent of all weights without it forgets what talk is like: on 37,592 utterances
that ask for nothing it raised false activations from 15 to 87, this raises them by none.
Without torch only the n-grams of the new words are learned; for the network they stay unknown words.
What is said in words that the base model knows is learned by the household's counts (model/household.py).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from model.base_model import BaseModel
from model.calibrate import Calibration
from model.evidence import Evidence
from model.evidence_fit import with_new_words, without_words
from model.examples import Utterance, encode, split
from model.intent import Intent
from model.language_model import Array, LanguageModel, Sizes
from model.progress import Progress, no_progress
from model.recipe import EvidenceRecipe, FineTune, Recipe
from model.training import calibrate, train
from model.vocabulary import END, EvidenceNumbering, Vocabulary

Words = tuple[str, ...]

PER_TEMPLATE: Final = 25
"""Phrases of each template from which strange sentences are made."""

STRANGE: Final = 3
"""Strange sentences for each time that a new word was taught in a command: a phrase that asks for nothing, with the
word in the place of another. Without them one word soon decides, whatever stands around it."""

MOST_STRANGE: Final = 100
"""Strange sentences for one word, at most."""

DESCENT: Final = FineTune(epochs=10, learning_rate=0.03, batch=64, dropout=0.0)
"""How far the vectors move."""

NEW_NGRAMS: Final = EvidenceRecipe(prior=0.3)
"""How n-grams of new words get their weights: held to zero less firmly than those of the base text, since a word is
taught a few times only, and the network, which may not know it, has its share against them."""

OFTEN: Final = 3
"""Times that a word must have been in commands that were taught to get a place of its own in the vocabulary."""

HELD_OUT: Final = 0.2
"""Share of the household's utterances that calibrate a model which begins from zero."""

ZERO: Final = Recipe(sizes=Sizes(known_words=600), hard_negatives=0)
"""From zero, words and layers are as many as the little text can fill."""


def new_words(vocabulary: Vocabulary, taught: Iterable[Utterance]) -> dict[str, int]:
    """Return the words that have no id of their own yet, the most frequent first, and how many commands had each."""
    counts = Counter(word for u in taught if u.intent != "none" for word in dict.fromkeys(u.words))
    known = {*vocabulary.words}
    return {word: count for word, count in counts.most_common() if count >= OFTEN and word not in known}


def grown(
    model: LanguageModel, vocabulary: Vocabulary, words: Sequence[str]
) -> tuple[LanguageModel, Vocabulary]:
    """Return a model that says just the same, with ids for more words: each begins as the slot it shared before."""
    if not words:
        return model, vocabulary
    s, w = model.sizes, model.weights
    slots = [vocabulary.id(word) for word in words]
    place = 1 + s.known_words  # behind the known words, before the hashed slots

    def with_rows(rows: Array) -> Array:
        return np.insert(rows, place, rows[slots], axis=0)

    weights = replace(
        w,
        vectors=with_rows(w.vectors),
        words=np.ascontiguousarray(with_rows(w.words.T).T),
        words_bias=with_rows(w.words_bias),
    )
    more = replace(vocabulary, words=(*vocabulary.words, *words))
    grown_sizes = replace(s, known_words=s.known_words + len(words))
    evidence = replace(model.evidence, lexicon=model.evidence.lexicon.grown(place, slots))
    if evidence.end == vocabulary.id(END):  # a hashed slot where the end token is no known word
        evidence = replace(evidence, end=more.id(END))
    return LanguageModel(grown_sizes, weights, evidence, model.buried), more


def retrained(
    base: BaseModel, household: Sequence[Utterance], seed: int = 0, progress: Progress = no_progress
) -> tuple[LanguageModel, Vocabulary]:
    """Return the base model with the new words of the household; without any, the base model.

    Args:
        base: where to begin; it stays as it is.
        household: utterances with what they meant, each weighted by how surely that is known.
        seed: of sentences and descent.
        progress: called with steps done and steps in all.
    """
    words = new_words(base.vocabulary, household)
    model, vocabulary = grown(base.model, base.vocabulary, list(words))
    if not words:
        return model, vocabulary
    from model.word_vectors import learn_vectors  # torch, only where there is something to learn

    told = _holding(household, words)
    strange = strange_sentences(words, _phrases(seed), seed)
    examples = encode([*told, *strange], vocabulary, Recipe().longest)
    first = 1 + base.model.sizes.known_words
    model = learn_vectors(model, first, examples, replace(DESCENT, seed=seed), progress)
    new = range(first, first + len(words))
    heard = encode([*told, *_balanced(strange)], vocabulary, Recipe().longest)
    evidence = with_new_words(model.evidence, first, new, heard, NEW_NGRAMS)
    return replace(model, evidence=evidence), vocabulary


def with_words_beside(
    evidence: Evidence,
    vocabulary: Vocabulary,
    household: Sequence[Utterance],
    phrases: Sequence[Words],
    seed: int = 0,
) -> tuple[Evidence, Vocabulary]:
    """Return evidence that knows the new words of a household, and the vocabulary with them beside. Numpy only.

    The network goes on to hear them as unknown words, so its graph stays as it is.

    Args:
        evidence: where to begin.
        vocabulary: its words; those beside it are found again from what the household said.
        household: utterances with what they meant, each weighted by how surely that is known.
        phrases: of two words or more that ask for nothing, for strange sentences.
        seed: of these sentences.
    """
    alone = replace(vocabulary, beside=())
    evidence = without_words(evidence, len(alone))
    words = new_words(alone, household)
    if not words:
        return evidence, alone
    more = replace(alone, beside=tuple(words))
    new = range(len(alone), len(alone) + len(words))
    strange = strange_sentences(words, phrases, seed)
    numbering = EvidenceNumbering(more)
    heard = encode([*_holding(household, words), *_balanced(strange)], numbering, Recipe().longest)
    # A word that sounds like "light" goes on to do so, though it has left the slot of such words.
    lexicon = evidence.lexicon.grown(len(alone), alone.ids(words))
    evidence = replace(evidence, lexicon=lexicon)
    return with_new_words(evidence, 1 + len(alone.words), new, heard, NEW_NGRAMS), more


def _holding(household: Iterable[Utterance], words: Iterable[str]) -> list[Utterance]:
    wanted = {*words}
    return [utterance for utterance in household if not wanted.isdisjoint(utterance.words)]


def _balanced(strange: Iterable[Utterance]) -> list[Utterance]:
    """Of an n-gram there is hardly more than the word itself, so once told must weigh as much as STRANGE sentences."""
    return [replace(u, weight=u.weight / STRANGE) for u in strange]


def _phrases(seed: int) -> list[Words]:
    """Return phrases from the templates that ask for nothing."""
    from model.phrases import sample_phrases  # hassil, which a board may not have

    texts = (tuple(p.text.split()) for p in sample_phrases(seed, PER_TEMPLATE) if p.intent == "none")
    return [words for words in texts if len(words) > 1]


def strange_sentences(words: Mapping[str, int], phrases: Sequence[Words], seed: int) -> list[Utterance]:
    """Return phrases that ask for nothing, each with one of the words in the place of another.

    Args:
        words: with how many commands had each.
        phrases: of two words or more.
        seed: of what takes which place.
    """
    random = np.random.default_rng(seed)
    sentences = []
    for word, count in words.items():
        for index in random.choice(len(phrases), min(MOST_STRANGE, STRANGE * count)):
            said = list(phrases[index])
            said[random.integers(len(said))] = word
            sentences.append(Utterance(tuple(said), "none"))
    return sentences


def from_nothing(
    household: Sequence[Utterance], seed: int = 0, progress: Progress = no_progress
) -> tuple[LanguageModel, Vocabulary, Calibration]:
    """Return a model that knows nothing but what the household said, calibrated on a part of it held out."""
    rest, held_out = _divided(household, seed)
    model, vocabulary = train(rest, ZERO, progress)
    model, calibration = calibrate(model, vocabulary, held_out, [], ZERO.budget)
    return model, vocabulary, calibration


def _divided(household: Sequence[Utterance], seed: int) -> tuple[list[Utterance], list[Utterance]]:
    """Return what is learned from and what is held out: other texts, if there are enough for each intent in both."""
    by_text = split(household, HELD_OUT, seed)
    intents = {u.intent for u in household}
    if all({u.intent for u in part} == intents for part in by_text):
        return by_text
    # Somebody says the same few words again and again: of each intent every so manieth is held out.
    parts: tuple[list[Utterance], list[Utterance]] = [], []
    said: Counter[Intent] = Counter()
    for utterance in household:
        said[utterance.intent] += 1
        parts[said[utterance.intent] % round(1 / HELD_OUT) == 0].append(utterance)
    return parts
