"""The big matrices in a quarter of their bytes: int8 with scales, symmetric around zero."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from model.language_model import Array, LanguageModel
from model.ngrams import STEP

LARGEST = 127
"""Of int8; -128 is left out, so that a number and its negative are rounded alike."""


@dataclass(frozen=True)
class Int8:
    """A matrix as whole numbers times one scale for each row or column."""

    values: NDArray[np.int8]
    """Whole numbers from -127 to 127, shape of the matrix."""

    scales: Array
    """float32, shape (rows, 1) or (1, columns)."""

    def floats(self) -> Array:
        """Return the matrix they stand for."""
        product: Array = self.values.astype(np.float32) * self.scales
        return product


def quantised(matrix: Array, axis: int) -> Int8:
    """Return the matrix in int8, with one scale over `axis`: 1 for every row its own, 0 for every column."""
    largest = np.abs(matrix).max(axis=axis, keepdims=True, initial=0)
    scales = np.where(largest > 0, largest, 1).astype(np.float32) / np.float32(LARGEST)
    return Int8(np.rint(matrix / scales).astype(np.int8), scales)


def whole_steps(weights: Array) -> NDArray[np.int16]:
    """Return weights of n-grams as whole numbers of STEP, each rounded by itself."""
    most = np.iinfo(np.int16).max
    numbers: NDArray[np.int16] = np.rint(np.clip(weights / STEP, -most, most)).astype(np.int16)
    return numbers


def stepped(weights: Array) -> Array:
    """Return the weights that these whole numbers stand for."""
    numbers: Array = whole_steps(weights) * np.float32(STEP)
    return numbers


def int8_vectors(model: LanguageModel) -> Int8:
    """Return E, shape (V, D), with a scale for each word, as float16 holds it."""
    return _half_scales(quantised(model.weights.vectors, axis=1))


def int8_words(model: LanguageModel) -> Int8:
    """Return W, shape (B, V), with a scale for each next word, as float16 holds it."""
    return _half_scales(quantised(model.weights.words, axis=0))


def _half_scales(matrix: Int8) -> Int8:
    return replace(matrix, scales=half(matrix.scales))


def half(matrix: Array) -> Array:
    """Return the matrix as float16 holds it, in float32: each number by itself, whatever the others are."""
    numbers: Array = matrix.astype(np.float16).astype(np.float32)
    return numbers


def rounded(model: LanguageModel) -> LanguageModel:
    """Return the model that a bundle computes: its big matrices as int8 and float16 hold them, n-grams in steps."""
    w = model.weights
    weights = replace(
        w,
        vectors=int8_vectors(model).floats(),
        words=int8_words(model).floats(),
        words_bias=half(w.words_bias),
        hidden=half(w.hidden),
        direct=half(w.direct),
    )
    evidence = replace(model.evidence, weights=stepped(model.evidence.weights))
    buried = replace(model.buried, weights=stepped(model.buried.weights))
    return LanguageModel(model.sizes, weights, evidence, buried)
