"""The sanity set: phrases that a lamp must go on to understand whatever its household teaches it.

They come from the project's own templates (docs/phrases.md) and are written beside the base model, so that a board
without the training packages has them.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from model.errors import ModelError
from model.examples import Utterance
from model.intent import INTENTS, Intent
from model.limited import parse_json, read_limited
from model.vocabulary import split_words

SANITY_FILE: Final = "sanity.jsonl"

_MOST_BYTES: Final = 1_000_000

SEED: Final = 977
"""Not one that anything is trained with."""

LEFT_OUT: Final = frozenset({"misheard"})
"""Groups that a household may well teach otherwise: who says "turn on the like" and means it is told so."""

EACH: Final[dict[Intent, int]] = {"light_on": 100, "light_off": 100, "none": 300}
"""Phrases of each intent."""


def choose_sanity() -> list[Utterance]:
    """Sample the sanity set from the templates; needs the training packages."""
    from model.phrases import sample_phrases, without_prefixes  # hassil, which a board does not have

    random = np.random.default_rng(SEED)
    phrases = [p for p in without_prefixes(sample_phrases(SEED, 4)) if p.group not in LEFT_OUT]
    chosen: list[Utterance] = []
    for intent, count in EACH.items():
        texts = sorted({phrase.text for phrase in phrases if phrase.intent == intent})
        picked = random.permutation(len(texts))[:count]
        chosen += [Utterance(split_words(texts[index]), intent) for index in sorted(picked)]
    return chosen


def save_sanity(sanity: Sequence[Utterance], folder: Path) -> None:
    """Write the sanity set beside the base model."""
    lines = (json.dumps({"text": " ".join(u.words), "intent": u.intent}) for u in sanity)
    (folder / SANITY_FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")


def load_sanity(folder: Path) -> list[Utterance]:
    """Read what `save_sanity` wrote. Raises ModelError if it is missing or is not such a file."""
    path = folder / SANITY_FILE
    try:
        entries = [parse_json(line) for line in read_limited(path, _MOST_BYTES).splitlines()]
        sanity = [Utterance(split_words(entry["text"]), entry["intent"]) for entry in entries]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path} holds no sanity set ({error}); build it with `make base`.") from error
    if not all(u.words and u.intent in INTENTS for u in sanity):
        raise ModelError(
            f"{path} holds an entry without words or with an unknown intent; build it with `make base`."
        )
    return sanity
