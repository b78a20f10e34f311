"""Our own language model, as `model.training.train` makes it, from any start."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from benchmarks.peers.peer import Words
from model.calibrate import Trace
from model.examples import Utterance
from model.language_model import LanguageModel
from model.recipe import EvidenceRecipe, Recipe
from model.training import hear, train
from model.vocabulary import END, Vocabulary


@dataclass(frozen=True)
class Saffu:
    """The language model with its vocabulary."""

    model: LanguageModel
    """Not calibrated: no peer is."""

    vocabulary: Vocabulary
    """What it was trained with."""

    @property
    def parameters(self) -> int:
        """The next-word decoder included."""
        return self.model.parameters

    @property
    def bytes(self) -> int:
        """Numbers as float32, keys of n-grams, and the words; exported it is smaller."""
        words = sum(len(word.encode()) + 1 for word in self.vocabulary.words)
        return 4 * self.parameters + self.model.evidence.keys.nbytes + words

    def hear_all(self, sentences: Sequence[Words]) -> list[Trace]:
        """Return P(lamp) after every word and after the end of each utterance."""
        return [hear(self.model, self.vocabulary, words) for words in sentences]

    def stream(self, words: Words) -> Trace:
        """Return the same, stepping; the next word is predicted on the way, as the lamp does."""
        _, state, _ = self.model.step(0, self.model.initial_state())
        rows = []
        for word in self.vocabulary.ids((*words, END)):
            lamp, state, _ = self.model.step(word, state)
            rows.append(lamp)
        return np.stack(rows)


@dataclass(frozen=True)
class SaffuRecipe:
    """How ours is trained."""

    recipe: Recipe = field(default_factory=Recipe)
    """The one the base model is built with, or a variant."""

    from_counts: bool = True
    """Whether descent starts from counts, or at random."""

    def fit(self, utterances: Sequence[Utterance], seed: int, pool: Sequence[Utterance] = ()) -> Saffu:
        """Train on utterances, and on the hardest of the pool."""
        recipe = self.recipe if self.from_counts else cold(self.recipe)
        return Saffu(*train(utterances, recipe.seeded(seed), pool=pool))


def cold(recipe: Recipe) -> Recipe:
    """Return the recipe that starts at random instead of from counts."""
    return replace(recipe, start=None)


WARM = SaffuRecipe()
COLD = SaffuRecipe(from_counts=False)
EXPLICIT = SaffuRecipe(Recipe(tuning=None, evidence=EvidenceRecipe(iterations=0)))
