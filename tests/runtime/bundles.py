"""Small real bundles to promote, made once."""

from functools import cache
from pathlib import Path

from export.bundle import write_bundle
from model.language_model import LanguageModel
from model.vocabulary import END, Vocabulary
from tests.random_models import random_model

THRESHOLDS = {"light_on": 0.9, "light_off": 0.9}


@cache
def small_model(seed: int) -> tuple[LanguageModel, Vocabulary]:
    """Of its words only `lumos<seed>` is no word of the base bundle."""
    return random_model(seed, ("light", "on", "off", "the", f"lumos{seed}", END))


def make_bundle(folder: Path, seed: int) -> tuple[Path, str]:
    """A bundle in `folder`, and its version; each seed has its own."""
    model, vocabulary = small_model(seed)
    bundle = write_bundle(
        folder / f"candidate{seed}", model, vocabulary, THRESHOLDS, THRESHOLDS, {"seed": seed}
    )
    return bundle.folder, bundle.version
