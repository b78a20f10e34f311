"""From utterances to a calibrated language model: vocabulary, warm start, fine-tune, calibration."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from model.calibrate import Calibration, Trace, calibration_of
from model.errors import ModelError
from model.evidence import NO_EVIDENCE, Evidence
from model.evidence_fit import fit_evidence
from model.examples import Examples, Utterance, encode
from model.explicit import Matrix
from model.known_words import vocabulary_of
from model.language_model import LanguageModel, Sizes
from model.parts import Parts
from model.progress import Progress, no_progress
from model.reader import Reader
from model.recipe import Recipe, WarmStart
from model.vocabulary import END, Vocabulary
from model.warm_start import explicit_model, with_word_decoder


@dataclass(frozen=True)
class Text:
    """Utterances made ready for training."""

    utterances: Sequence[Utterance]
    """As they were said."""

    vocabulary: Vocabulary
    """Of their words."""

    sizes: Sizes
    """The recipe's; little text has fewer words than there is room for."""

    examples: Examples
    """The utterances, encoded."""

    frequencies: Matrix
    """How often each id occurs, shape (V,); the start token begins each utterance."""

    @classmethod
    def of(cls, utterances: Sequence[Utterance], recipe: Recipe) -> "Text":
        """Count words and encode."""
        room = recipe.sizes
        vocabulary = vocabulary_of(
            utterances, room.known_words, room.hashed_slots, room.sound_slots, recipe.frequent_words
        )
        sizes = replace(room, known_words=len(vocabulary.words))
        examples = encode(utterances, vocabulary, recipe.longest)
        frequencies = np.bincount(examples.ids.ravel(), minlength=sizes.vocabulary).astype(np.float64)
        frequencies[0] = len(utterances)  # zeros in `ids` are padding
        return cls(utterances, vocabulary, sizes, examples, frequencies)


def train(
    utterances: Sequence[Utterance],
    recipe: Recipe,
    progress: Progress = no_progress,
    pool: Sequence[Utterance] = (),
    checkpoints: Path | None = None,
) -> tuple[LanguageModel, Vocabulary]:
    """Return the language model, not yet calibrated, and the vocabulary it was trained with.

    Args:
        utterances: what it learns from.
        recipe: how.
        progress: called with steps done and steps in all, anew for each descent.
        pool: more utterances that ask for nothing, of which the hardest are learned from too.
        checkpoints: folder in which every descent keeps its state, so that one that was killed goes on from there.

    Raises:
        ModelError: the recipe is that of a variant.
    """
    if recipe.parts != Parts() or not recipe.prefixes:
        raise ModelError("This recipe is a variant's and cannot be shipped; `train_variant` trains it.")
    text = Text.of(utterances, recipe)
    sizes, vocabulary, examples = text.sizes, text.vocabulary, text.examples
    if recipe.tuning is None:
        model = explicit_model(sizes, text.frequencies, examples, recipe.start or WarmStart())
    else:
        from model.saffu import Saffu  # torch, only where there is something to tune
        from model.variants import begin, descend

        if recipe.start is None:
            start = begin(text, recipe)
        else:
            start = Saffu.of(explicit_model(sizes, text.frequencies, examples, recipe.start))
        tuned, examples = descend(start, text, recipe, progress, pool, checkpoints)
        model = with_word_decoder(tuned.in_service(), examples, (recipe.start or WarmStart()).smoothing)
    return replace(model, evidence=evidence_of(text, recipe, pool)), vocabulary


def evidence_of(text: Text, recipe: Recipe, pool: Sequence[Utterance]) -> Evidence:
    """Return the n-grams' evidence, as the recipe wants it."""
    if recipe.evidence is None:
        return replace(NO_EVIDENCE, end=text.vocabulary.id(END))
    found = recipe.hard_negatives if recipe.tuning else 0
    return fit_evidence(
        text.utterances, text.examples, text.vocabulary, recipe.evidence, pool, found, recipe.longest
    )


def calibrate(
    model: LanguageModel,
    vocabulary: Vocabulary,
    requests: Sequence[Utterance],
    talk: Sequence[Utterance],
    budget: float,
) -> tuple[LanguageModel, Calibration]:
    """Return the calibrated model, and the calibration.

    Args:
        model: trained without the utterances given here.
        vocabulary: the model's.
        requests: real requests; they choose temperatures and offsets, and with the talk the thresholds.
        talk: overheard talk, all of it none.
        budget: share of the utterances that ask for nothing which may fire.
    """
    traces = [hear(model, vocabulary, u.words) for u in requests]
    overheard = [hear(model, vocabulary, u.words) for u in talk]
    found = calibration_of(traces, [u.intent for u in requests], overheard, budget)
    return model.calibrated(found), found


def hear(model: Reader, vocabulary: Vocabulary, words: Sequence[str]) -> Trace:
    """Return P(lamp) after every word and after the end of an utterance, shape (words + 1, 3)."""
    return model.read(vocabulary.ids((*words, END)))
