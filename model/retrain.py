"""Retraining on what a household said: the base model, gone on with. Needs torch.

The text of the base model is not on the board. So the project's own phrases stand for it, with the household's
utterances among them, and the descent is short and slow: what the base model knows of talk must stay.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from model.base_model import BaseModel
from model.calibrate import Calibration
from model.corpus import Mixture, training_utterances
from model.examples import Utterance, encode, split
from model.fine_tune_settings import FineTune, Progress, no_progress
from model.language_model import Array, LanguageModel, Sizes
from model.training import Recipe, calibrate, train
from model.vocabulary import Vocabulary

PHRASES: Final = Mixture(command_cap=8, look_alike_cap=25, home_assistant_cap=2, unfinished=0.3)
"""What stands for the text of the base model."""

DESCENT: Final = FineTune(epochs=2, learning_rate=0.001, batch=64)
"""How to go on."""

OFTEN: Final = 2
"""Times that a word must have been in what was taught to get a place of its own in the vocabulary."""

HELD_OUT: Final = 0.2
"""Share of the household's utterances that calibrate a model which begins from zero."""

ZERO: Final = Recipe(sizes=Sizes(known_words=600), hard_negatives=0)
"""From zero, words and layers are as many as the little text can fill."""


def new_words(vocabulary: Vocabulary, taught: Iterable[Utterance]) -> list[str]:
    """Return the words of commands that have no id of their own yet, the most frequent first."""
    counts = Counter(word for u in taught if u.intent != "none" for word in u.words)
    known = {*vocabulary.words}
    return [word for word, count in counts.most_common() if count >= OFTEN and word not in known]


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
    more = Vocabulary((*vocabulary.words, *words), vocabulary.hashed_slots)
    return LanguageModel(replace(s, known_words=s.known_words + len(words)), weights), more


def retrained(
    base: BaseModel, household: Sequence[Utterance], seed: int = 0, progress: Progress = no_progress
) -> tuple[LanguageModel, Vocabulary]:
    """Return the base model after a short descent on the household's utterances and the project's phrases.

    Args:
        base: where to begin; it stays as it is.
        household: utterances with what they meant, each weighted by how surely that is known.
        seed: of phrases and descent.
        progress: called with steps done and steps in all.
    """
    from model.fine_tune import fine_tune
    from model.saffu import Saffu

    model, vocabulary = grown(base.model, base.vocabulary, new_words(base.vocabulary, household))
    text = [*training_utterances(PHRASES, seed, [], [], []), *household]
    examples = encode(text, vocabulary, Recipe().longest)
    tuned = fine_tune(Saffu.of(model), examples, replace(DESCENT, seed=seed), progress)
    return tuned.model.in_service(), vocabulary


def from_nothing(
    household: Sequence[Utterance], seed: int = 0, progress: Progress = no_progress
) -> tuple[LanguageModel, Vocabulary, Calibration]:
    """Return a model that knows nothing but what the household said, calibrated on a part of it held out."""
    rest, held_out = split(household, HELD_OUT, seed)
    model, vocabulary = train(rest, ZERO, progress)
    model, calibration = calibrate(model, vocabulary, held_out, [], ZERO.budget)
    return model, vocabulary, calibration
