"""Training for any parts: what model/training.py does, with a network in torch. Needs torch.

A variant answers the same questions as the language model in service (model/reader.py), so it can be judged beside it;
it cannot be exported.
"""

from collections.abc import Sequence
from pathlib import Path

import torch

from model.examples import Examples, Utterance, encode, split
from model.fine_tune import fine_tune
from model.hard_negatives import hardest
from model.progress import Progress, no_progress
from model.recipe import FineTune, Recipe, WarmStart
from model.saffu import Saffu
from model.saffu_start import solve, solve_words
from model.training import Text
from model.vocabulary import Vocabulary


def train_variant(
    utterances: Sequence[Utterance],
    recipe: Recipe,
    progress: Progress = no_progress,
    pool: Sequence[Utterance] = (),
) -> tuple[Saffu, Vocabulary]:
    """Return a network with the recipe's parts, and its vocabulary; arguments as for `model.training.train`."""
    text = Text.of(utterances, recipe)
    model, examples = begin(text, recipe), text.examples
    if recipe.tuning is not None:
        model, examples = descend(model, text, recipe, progress, pool)
        solve_words(model, examples, recipe.start or WarmStart())
    return model, text.vocabulary


def begin(text: Text, recipe: Recipe) -> Saffu:
    """Return the network before descent: solved from counts, or random if the recipe has no start."""
    torch.manual_seed(recipe.tuning.seed if recipe.tuning else 0)
    model = Saffu(text.sizes, recipe.parts)
    if recipe.start is not None:
        solve(
            model, text.frequencies, text.examples, recipe.start, turns=_learned_from(text.examples, recipe)
        )
    return model


def descend(
    model: Saffu,
    text: Text,
    recipe: Recipe,
    progress: Progress,
    pool: Sequence[Utterance],
    checkpoints: Path | None = None,
) -> tuple[Saffu, Examples]:
    """Return the network after fine-tuning and, if there is a pool, a second descent with its hardest utterances.

    The examples given back are those of the last descent.
    """

    def tuned(model: Saffu, said: Sequence[Utterance], examples: Examples, tuning: FineTune) -> Saffu:
        judge = None
        if recipe.stop_by:
            parts = split(said, recipe.stop_by, tuning.seed)
            examples, judge = (encode(part, text.vocabulary, recipe.longest) for part in parts)
        learned = _learned_from(examples, recipe)
        return fine_tune(model, learned, tuning, progress, judge, checkpoints).model

    assert recipe.tuning is not None
    said, examples = text.utterances, text.examples
    model = tuned(model, said, examples, recipe.tuning)
    heard = {u.words for u in said}
    if unheard := [u for u in pool if u.words not in heard]:
        # What can be shipped searches with the reference, as it would judge in service.
        reader = model.in_service() if model.parts.served else model
        said = [*said, *hardest(reader, text.vocabulary, unheard, recipe.longest, recipe.hard_negatives)]
        examples = encode(said, text.vocabulary, recipe.longest)
        model = tuned(model, said, examples, recipe.second_tuning)
    return model, examples


def _learned_from(examples: Examples, recipe: Recipe) -> Examples:
    """Return what the lamp's turn is learned from."""
    return examples if recipe.prefixes else examples.at_ends()
