"""Small language models with wild weights."""

from collections.abc import Sequence

import numpy as np

from model.buried import LAMP, NEGATOR, PARTICLE, RECENT, TELLER, VERB, VERB_ALONE, Buried, recent_ngrams
from model.evidence import Evidence, Mix
from model.language_model import LanguageModel, Sizes, Weights
from model.ngrams import Lexicon, ngrams
from model.vocabulary import END, Vocabulary


def random_model(
    seed: int, words: Sequence[str] = tuple(f"w{n}" for n in range(20))
) -> tuple[LanguageModel, Vocabulary]:
    """A model that knows these words."""
    random = np.random.default_rng(seed)
    s = Sizes(known_words=len(words), hashed_slots=3, sound_slots=0, bits=6, radius=3, hidden=5)

    def draw(*shape: int) -> np.ndarray:
        return random.normal(0, 2, shape).astype(np.float32)

    weights = Weights(
        vectors=random.dirichlet(np.ones(s.bits), s.vocabulary).astype(np.float32),
        hidden=draw(s.features, s.hidden),
        hidden_bias=draw(s.hidden),
        direct=draw(s.features, 3),
        lamp=draw(s.hidden, 3),
        block=draw(s.hidden, 3),
        lamp_bias=draw(3),
        words=draw(s.hidden, s.vocabulary),
        words_bias=draw(s.vocabulary),
    )
    vocabulary = Vocabulary(tuple(words), 3)
    evidence = random_evidence(random, len(words), vocabulary.id(END))
    return LanguageModel(s, weights, evidence, random_buried(random, len(words))), vocabulary


def random_evidence(random: np.random.Generator, known: int, end: int) -> Evidence:
    """Evidence of some of all n-grams of the ids 0 to `known`."""
    texts = random.integers(1, known + 1, (20, 6), dtype=np.int32)
    lexicon = Lexicon(np.array([2, 5], np.int64), np.array([[3, 1], [6, 4]], np.int64))
    keys = np.unique(ngrams(texts, lexicon))
    keys = random.permutation(keys[keys >= 0])[: len(keys) // 2]
    weights = random.normal(0, 1, (len(keys), 2)).astype(np.float32)
    bias = random.normal(0, 1, 2).astype(np.float32)
    return Evidence(np.sort(keys), weights, bias, end, lexicon, Mix(0.5, 1.2, 0.3), Mix(0.8, 0.7, -0.2))


def random_buried(random: np.random.Generator, known: int) -> Buried:
    """Buried commands of the ids 1 to `known`, with every kind of word among them."""
    kinds = np.array([LAMP, PARTICLE, VERB, VERB_ALONE, TELLER, NEGATOR, LAMP, PARTICLE | VERB], np.int64)
    ids = np.sort(random.permutation(known)[: len(kinds)] + 1)
    words = Buried(kinds=np.stack([ids, kinds[: len(ids)]], axis=1))
    texts = random.integers(1, known + 1, (200, RECENT), dtype=np.int32)
    keys = np.unique(recent_ngrams(texts, words.kinds_of(texts)))
    keys = np.sort(random.permutation(keys[keys >= 0])[: len(keys) // 2])
    weights = random.normal(0, 1, (len(keys), 2)).astype(np.float32)
    bias = random.normal(0, 1, 2).astype(np.float32)
    return Buried(keys, weights, bias, words.kinds, 1.5)
