"""The base model as committed: weights.npz and model.json in model/base."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from model.errors import ModelError
from model.intent import ACTIONS, Intent
from model.language_model import LanguageModel
from model.limited import read_json
from model.model_file import load_model, save_model
from model.vocabulary import Vocabulary

BASE_FOLDER: Final = Path(__file__).parent / "base"
WEIGHTS_FILE: Final = "weights.npz"
ABOUT_FILE: Final = "model.json"

_MOST_BYTES: Final = 1_000_000
"""Of that file; ours has fifteen thousand."""


@dataclass(frozen=True)
class BaseModel:
    """A trained and calibrated language model with what belongs to it."""

    model: LanguageModel
    """Sizes and weights, calibrated."""

    vocabulary: Vocabulary
    """Words and ids."""

    thresholds: Mapping[Intent, float]
    """Calibrated for partials, for light_on and light_off."""

    final_thresholds: Mapping[Intent, float]
    """The same for finals."""

    metrics: Mapping[str, Any]
    """Figures measured when it was built."""

    curve: Sequence[Mapping[str, float]] = ()
    """What each false-activation budget would buy; rows of model/curve.py."""


def save_base(base: BaseModel, folder: Path) -> None:
    """Write the base model into a folder, which is made when needed."""
    folder.mkdir(parents=True, exist_ok=True)
    save_model(base.model, folder / WEIGHTS_FILE)
    about = {
        "thresholds": dict(base.thresholds),
        "final_thresholds": dict(base.final_thresholds),
        "metrics": dict(base.metrics),
        "curve": [dict(point) for point in base.curve],
        "words": list(base.vocabulary.words),
    }
    (folder / ABOUT_FILE).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


def load_base(folder: Path) -> BaseModel:
    """Read what `save_base` wrote.

    Raises:
        ModelError: a file is missing, or does not hold what it should.
    """
    model = load_model(folder / WEIGHTS_FILE)
    try:
        about = read_json(folder / ABOUT_FILE, _MOST_BYTES)
        vocabulary = Vocabulary(tuple(about["words"]), model.sizes.hashed_slots, model.sizes.sound_slots)
        thresholds, final_thresholds = (
            {intent: float(about[name][intent]) for intent in ACTIONS}
            for name in ("thresholds", "final_thresholds")
        )
        metrics, curve = dict(about["metrics"]), [dict(point) for point in about["curve"]]
        return BaseModel(model, vocabulary, thresholds, final_thresholds, metrics, curve)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{folder / ABOUT_FILE} cannot be used ({error}); build it with `make base`."
        ) from error
