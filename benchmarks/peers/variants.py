"""Our own model with one thing changed, for benchmarks/ablations.py."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.peer import Words
from benchmarks.peers.saffu import Saffu
from model import saffu
from model.calibrate import Trace
from model.evidence import Evidence
from model.examples import Utterance
from model.language_model import Array, Sizes
from model.parts import Parts
from model.recipe import EvidenceRecipe, FineTune, Recipe
from model.training import Text, evidence_of, hear, train
from model.variants import train_variant
from model.vocabulary import END, Vocabulary


@dataclass(frozen=True)
class Variant:
    """A network with other parts, the evidence beside it, and their vocabulary."""

    network: saffu.Saffu
    """In torch; not calibrated, as no peer is."""

    evidence: Evidence
    """Of n-grams."""

    vocabulary: Vocabulary
    """What it was trained with."""

    @property
    def parameters(self) -> int:
        """The next-word decoder included."""
        return sum(parameter.numel() for parameter in self.network.parameters()) + self.evidence.parameters

    @property
    def bytes(self) -> int:
        """Numbers as float32, keys of n-grams, and the words."""
        words = sum(len(word.encode()) + 1 for word in self.vocabulary.words)
        return 4 * self.parameters + self.evidence.keys.nbytes + words

    def hear_all(self, sentences: Sequence[Words]) -> list[Trace]:
        """Return P(lamp) after every word and after the end of each utterance."""
        return [hear(self, self.vocabulary, words) for words in sentences]

    def stream(self, words: Words) -> Trace:
        """Return the same, with the sentence so far read anew after every word: there is no step for every part."""
        ids = self.vocabulary.ids((*words, END))
        return np.stack([self.read(ids[: m + 1])[-1] for m in range(len(ids))])

    def read(self, ids: Sequence[int]) -> Array:
        """Return P(lamp) after each word of one utterance heard afresh, shape (words, 3)."""
        alone: Array = self.read_all(np.array([ids], np.int32))[0]
        return alone

    def read_all(self, ids: NDArray[np.int32]) -> Array:
        """Return the same for many, shape (utterances, longest, 3); log P is a logit less what all three share."""
        network = np.log(self.network.read_all(ids) + np.float32(1e-30))
        return self.evidence.mixed(ids, network, self.evidence.logits(ids))


@dataclass(frozen=True)
class VariantRecipe:
    """How a variant is trained."""

    recipe: Recipe = field(default_factory=Recipe)
    """The shipped one but for one thing."""

    def fit(
        self, utterances: Sequence[Utterance], seed: int, pool: Sequence[Utterance] = ()
    ) -> Saffu | Variant:
        """Train on utterances, and on the hardest of the pool; as what is shipped, where it is the same network."""
        recipe = self.recipe.seeded(seed)
        if recipe.parts == Parts() and recipe.prefixes:
            return Saffu(*train(utterances, recipe, pool=pool))
        network, vocabulary = train_variant(utterances, recipe, pool=pool)
        return Variant(network, evidence_of(Text.of(utterances, recipe), recipe, pool), vocabulary)


def _with_parts(parts: Parts) -> VariantRecipe:
    return VariantRecipe(Recipe(parts=parts))


def _with_sizes(sizes: Sizes) -> VariantRecipe:
    return VariantRecipe(Recipe(sizes=sizes))


def _frozen(tuning: FineTune) -> FineTune:
    return replace(tuning, frozen_epochs=tuning.epochs)


def _slowly(tuning: FineTune) -> FineTune:
    return replace(tuning, frozen_epochs=2, vector_rate=0.1)


def _long(tuning: FineTune) -> FineTune:
    return replace(tuning, epochs=2 * tuning.epochs)


def _even(tuning: FineTune) -> FineTune:
    return replace(tuning, final_weight=1.0)


_FIRST, _SECOND = FineTune(), Recipe().second_tuning

SHIPPED = VariantRecipe()
CO_OCCURRENCE = _with_parts(Parts(vectors="co-occurrence"))
RANDOM_VECTORS = _with_parts(Parts(vectors="random"))
FROZEN_VECTORS = VariantRecipe(Recipe(tuning=_frozen(_FIRST), second_tuning=_frozen(_SECOND)))
SLOW_VECTORS = VariantRecipe(Recipe(tuning=_slowly(_FIRST), second_tuning=_slowly(_SECOND)))
STOPPED_EARLY = VariantRecipe(Recipe(tuning=_long(_FIRST), second_tuning=_long(_SECOND), stop_by=0.05))
DOCUMENT = _with_parts(Parts(document=True))
NO_BLOCK = _with_parts(Parts(block=False))
ATTENTION = _with_parts(Parts(attention=16))
PUBLISHED = _with_parts(
    Parts(attention=16, weighting="-log softmax", document=True, hidden="softmax", block=False)
)
SOFTMAX_HIDDEN = _with_parts(Parts(hidden="softmax"))
HIDDEN_24 = _with_sizes(Sizes(hidden=24))
HIDDEN_96 = _with_sizes(Sizes(hidden=96))
RADIUS_3 = _with_sizes(Sizes(radius=3))
RADIUS_8 = _with_sizes(Sizes(radius=8))
WORDS_700 = _with_sizes(Sizes(known_words=700))
WORDS_3000 = _with_sizes(Sizes(known_words=3000))
WORDS_BY_FREQUENCY = VariantRecipe(Recipe(frequent_words=1.0))
NO_HARD_NEGATIVES = VariantRecipe(Recipe(hard_negatives=0))
ENDS_ONLY = VariantRecipe(Recipe(tuning=_even(_FIRST), second_tuning=_even(_SECOND), prefixes=False))
NO_EVIDENCE = VariantRecipe(Recipe(evidence=None))
NO_DROPOUT = VariantRecipe(
    Recipe(tuning=replace(_FIRST, dropout=0.0), second_tuning=replace(_SECOND, dropout=0.0))
)
NO_SOUNDS = VariantRecipe(Recipe(sizes=Sizes(sound_slots=0), evidence=EvidenceRecipe(sounds=False)))
NGRAMS_3000 = VariantRecipe(Recipe(evidence=EvidenceRecipe(ngrams=3_000)))
NGRAMS_30000 = VariantRecipe(Recipe(evidence=EvidenceRecipe(ngrams=30_000)))
EVIDENCE_COUNTED = VariantRecipe(Recipe(evidence=EvidenceRecipe(iterations=0)))
