"""A language model as one .npz file, no pickle inside."""

from dataclasses import fields
from pathlib import Path

import numpy as np

from model import buried as last_words
from model import evidence as whole
from model.arrays import read_arrays
from model.buried import NO_BURIED
from model.errors import ModelError
from model.evidence import NO_EVIDENCE
from model.language_model import LanguageModel, Sizes, Weights

MOST_BYTES = 64_000_000
"""Of a model's file, unpacked; fifty times what the base model has."""


def save_model(model: LanguageModel, path: Path) -> None:
    """Write sizes, weights, evidence and buried commands to one .npz file, no pickle inside."""
    arrays = {field.name: getattr(model.weights, field.name) for field in fields(Weights)}
    sizes = {f"sizes_{field.name}": np.array(getattr(model.sizes, field.name)) for field in fields(Sizes)}
    evidence = {f"evidence_{name}": array for name, array in whole.to_arrays(model.evidence).items()}
    buried = {f"buried_{name}": array for name, array in last_words.to_arrays(model.buried).items()}
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays, **sizes, **evidence, **buried)


def load_model(path: Path) -> LanguageModel:
    """Read what `save_model` wrote.

    Raises:
        ModelError: the file is missing, is not such a file, or its arrays do not fit its sizes.
    """
    try:
        arrays = read_arrays(path, MOST_BYTES)
        weights = Weights(**{field.name: arrays[field.name] for field in fields(Weights)})
        numbers = {field.name: arrays[f"sizes_{field.name}"].item() for field in fields(Sizes)}
        evidence = whole.from_arrays(
            {name: arrays[f"evidence_{name}"] for name in whole.to_arrays(NO_EVIDENCE)}
        )
        last = {name: arrays[f"buried_{name}"] for name in last_words.to_arrays(NO_BURIED)}
        buried = last_words.from_arrays(last)
    except (OSError, ValueError, TypeError, KeyError, OverflowError) as error:
        raise ModelError(f"{path} holds no language model ({error}); build it with `make base`.") from error
    return LanguageModel(Sizes(**numbers), weights, evidence, buried)
