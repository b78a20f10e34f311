"""Small real bundles to promote, made once."""

from functools import cache
from pathlib import Path

import numpy as np

from export.bundle import write_bundle
from model.language_model import LanguageModel, Sizes, Weights
from model.vocabulary import Vocabulary

THRESHOLDS = {"light_on": 0.9, "light_off": 0.9}


@cache
def small_model(seed: int) -> tuple[LanguageModel, Vocabulary]:
    """A model with wild weights; of its words only `lumos<seed>` is no word of the base bundle."""
    random = np.random.default_rng(seed)
    words = ("light", "on", "off", "the", f"lumos{seed}")
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
    return LanguageModel(s, weights), Vocabulary(words, 3)


def make_bundle(folder: Path, seed: int) -> tuple[Path, str]:
    """A bundle in `folder`, and its version; each seed has its own."""
    model, vocabulary = small_model(seed)
    bundle = write_bundle(
        folder / f"candidate{seed}", model, vocabulary, THRESHOLDS, THRESHOLDS, {"seed": seed}
    )
    return bundle.folder, bundle.version
