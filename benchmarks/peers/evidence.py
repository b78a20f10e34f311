"""The evidence of n-grams that stands beside our network, by itself: numpy only, no gradient but that of one layer."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.peers.peer import Words
from model.calibrate import Trace
from model.evidence import Evidence, ngrams, softmax, with_none
from model.examples import Utterance
from model.recipe import Recipe
from model.training import Text, evidence_of, hear
from model.vocabulary import END, Vocabulary


@dataclass(frozen=True)
class EvidenceAlone:
    """Evidence with its vocabulary."""

    evidence: Evidence
    """Not calibrated."""

    vocabulary: Vocabulary
    """What it was fitted with."""

    @property
    def parameters(self) -> int:
        """What was fitted."""
        return self.evidence.parameters

    @property
    def bytes(self) -> int:
        """As float32, with the numbers of the n-grams and the vocabulary."""
        words = sum(len(word.encode()) + 1 for word in self.vocabulary.words)
        return 4 * self.parameters + self.evidence.keys.nbytes + words

    def hear_all(self, sentences: Sequence[Words]) -> list[Trace]:
        """Return P(lamp) after every word and after the end of each utterance."""
        return [hear(self.evidence, self.vocabulary, words) for words in sentences]

    def stream(self, words: Words) -> Trace:
        """Return the same, one word after another."""
        said, rows = self.evidence.bias, []
        for row in ngrams(np.array([self.vocabulary.ids((*words, END))], np.int32), self.evidence.lexicon)[0]:
            said = said + self.evidence.added(row)
            rows.append(softmax(with_none(said)))
        return np.stack(rows)


@dataclass(frozen=True)
class EvidenceAloneRecipe:
    """How it is fitted: as that of the shipped recipe."""

    recipe: Recipe = field(default_factory=Recipe)
    """The shipped one."""

    def fit(
        self,
        utterances: Sequence[Utterance],
        seed: int,  # noqa: ARG002 - nothing is left to chance
        pool: Sequence[Utterance] = (),
    ) -> EvidenceAlone:
        """Fit to utterances, and to the hardest of the pool."""
        text = Text.of(utterances, self.recipe)
        return EvidenceAlone(evidence_of(text, self.recipe, pool), text.vocabulary)


EVIDENCE = EvidenceAloneRecipe()
