"""The blank bundle: `python -m export.blank` writes export/blank, for a lamp that learns from zero.

It holds a language model of the smallest sizes that says the same after every word: hardly anything is meant for the
lamp. All that such a lamp knows is in its household's counts (model/household.py).
"""

import sys
from dataclasses import fields

import numpy as np

from export.bundle import BLANK_BUNDLE, write_bundle
from export.errors import BundleError
from model.intent import ACTIONS, INTENTS
from model.language_model import LanguageModel, Sizes, Weights
from model.vocabulary import Vocabulary

ASKED = 0.01
"""P(light_on) and P(light_off), whatever is said."""

THRESHOLD = 0.9
"""For partials: what a household's counts reach when a few lessons agree and nothing speaks against them."""

FINAL_THRESHOLD = 0.6
"""For finals."""


def blank_model() -> tuple[LanguageModel, Vocabulary]:
    """Return the model and its vocabulary of no words."""
    sizes = Sizes(known_words=0, hashed_slots=1, sound_slots=0, bits=1, radius=1, hidden=1)
    shapes = {
        "vectors": (sizes.vocabulary, 1),
        "hidden": (sizes.features, 1),
        "hidden_bias": (1,),
        "direct": (sizes.features, 3),
        "lamp": (1, 3),
        "block": (1, 3),
        "lamp_bias": (3,),
        "words": (1, sizes.vocabulary),
        "words_bias": (sizes.vocabulary,),
    }
    weights = {field.name: np.zeros(shapes[field.name], np.float32) for field in fields(Weights)}
    probabilities = [ASKED if intent in ACTIONS else 1 - len(ACTIONS) * ASKED for intent in INTENTS]
    weights["lamp_bias"] = np.log(probabilities).astype(np.float32)
    return LanguageModel(sizes, Weights(**weights)), Vocabulary((), sizes.hashed_slots)


def main() -> int:
    """Run the command line."""
    partial, final = dict.fromkeys(ACTIONS, THRESHOLD), dict.fromkeys(ACTIONS, FINAL_THRESHOLD)
    try:
        bundle = write_bundle(BLANK_BUNDLE, *blank_model(), partial, final, {}, sentences=[("lumos",)])
    except BundleError as error:
        print(f"export.blank: {error}", file=sys.stderr)
        return 1
    print(f"Bundle {bundle.version} in {bundle.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
