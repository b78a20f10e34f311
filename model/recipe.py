"""Every setting of a training run; apart from what trains, so that naming them loads neither that nor torch."""

from dataclasses import dataclass, field, replace

from model.language_model import Sizes
from model.parts import Parts


@dataclass(frozen=True)
class WarmStart:
    """How the explicit solution of the network is made."""

    smoothing: float = 0.5
    """Added to every count, in examples."""

    lamp_temperature: float = 0.5
    """Multiplies the lamp's logits; below one because overlapping contexts make them over-confident."""


@dataclass(frozen=True)
class FineTune:
    """How to descend."""

    epochs: int = 5
    """Passes over the examples, at most."""

    frozen_epochs: int = 0
    """The first passes, in which the vectors stay as they are."""

    learning_rate: float = 0.005
    """Adam's step at the beginning; it falls linearly to a fiftieth."""

    vector_rate: float = 1.0
    """The vectors' share of the learning rate once they move."""

    batch: int = 128
    """Utterances a step, at most; all of one length."""

    unknown_rate: float = 0.1
    """Share of words replaced by a random hashed slot, so that unseen words do not decide."""

    dropout: float = 0.5
    """Share of the hidden units that an utterance has to do without, all of it the same ones (Gal and Ghahramani
    2016). Without it the network learns the phrases, not the language."""

    final_weight: float = 3.0
    """How many times a whole utterance counts compared with a prefix of it."""

    patience: int = 2
    """Passes without a lower held-out loss after which it stops; the best pass is kept."""

    seed: int = 0
    """Fixes order and replaced words; the same seed gives the same weights on the same machine."""


@dataclass(frozen=True)
class EvidenceRecipe:
    """How evidence is chosen and fitted."""

    ngrams: int = 10_000
    """N-grams that are kept, at most."""

    fewest: int = 2
    """Utterances that an n-gram must occur in."""

    sounds: bool = True
    """Whether words that sound like a key word are in n-grams with that word in their place besides."""

    smoothing: float = 0.5
    """Added to every count of the explicit solution."""

    temperature: float = 0.3
    """Multiplies the explicit solution; below one because n-grams overlap."""

    prior: float = 1.0
    """PRIOR: how firmly weights are held to zero, in utterances."""

    iterations: int = 80
    """Of the descent, at most; 0 leaves the explicit solution as it is."""

    tolerance: float = 0.05
    """Largest component of the gradient, in utterances, at which the descent stops."""


@dataclass(frozen=True)
class Recipe:
    """Everything a training run is made with."""

    sizes: Sizes = field(default_factory=Sizes)
    """Shapes of the model."""

    parts: Parts = field(default_factory=Parts)
    """What the network is made of; only the parts in service can be shipped, model/variants.py trains others."""

    frequent_words: float = 0.8
    """Share of the known words that are chosen by how often they are said, the rest by how much they tell."""

    prefixes: bool = True
    """Whether the lamp's turn is learned after every word, or only at the end, for comparison."""

    start: WarmStart | None = field(default_factory=WarmStart)
    """Smoothing and temperatures of the explicit solution; None begins to tune at random, for comparison."""

    tuning: FineTune | None = field(default_factory=FineTune)
    """Gradient descent after the explicit solution; None leaves it out (and torch with it)."""

    evidence: EvidenceRecipe | None = field(default_factory=EvidenceRecipe)
    """Of the n-grams beside the network; None leaves them out."""

    hard_negatives: int = 6000
    """Utterances of the pool, those closest to firing, that a second descent has besides; network and evidence each
    search for their own."""

    second_tuning: FineTune = field(default_factory=lambda: FineTune(epochs=4, learning_rate=0.003))
    """The second descent."""

    stop_by: float = 0.0
    """Share of the utterances that is held out, and says after every pass whether a descent has gone far enough."""

    longest: int = 25
    """Words of an utterance that are trained on."""

    budget: float = 0.0003
    """Share of utterances that ask for nothing which may fire when thresholds are chosen."""

    def seeded(self, seed: int) -> "Recipe":
        """Return the recipe with a seed for both descents."""
        tuning = self.tuning and replace(self.tuning, seed=seed)
        return replace(self, tuning=tuning, second_tuning=replace(self.second_tuning, seed=seed))
