"""Small language models with wild weights."""

from collections.abc import Sequence

import numpy as np

from model.language_model import LanguageModel, Sizes, Weights
from model.vocabulary import Vocabulary


def random_model(
    seed: int, words: Sequence[str] = tuple(f"w{n}" for n in range(20))
) -> tuple[LanguageModel, Vocabulary]:
    """A model that knows these words."""
    random = np.random.default_rng(seed)
    s = Sizes(known_words=len(words), hashed_slots=3, bits=6, radius=3, hidden=5)

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
    return LanguageModel(s, weights), Vocabulary(tuple(words), 3)
