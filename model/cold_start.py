"""A model that knows nothing: where a cold start begins, for comparison with the warm start."""

import numpy as np

from model.language_model import LanguageModel, Sizes, Weights


def random_model(sizes: Sizes, seed: int) -> LanguageModel:
    """Return a model with random vectors and hidden layer, and decoders that predict every class alike.

    Normal numbers of variance 1 / D for the vectors and 2 D / F for the hidden layer: a feature then has variance
    1 / D, and rectified units keep the variance of what they read (He et al. 2015, arXiv 1502.01852).
    """
    random = np.random.default_rng(seed)

    def normal(rows: int, columns: int, variance: float) -> np.ndarray:
        return random.normal(0, variance**0.5, (rows, columns)).astype(np.float32)

    def zeros(*shape: int) -> np.ndarray:
        return np.zeros(shape, np.float32)

    V, D, F, B = sizes.vocabulary, sizes.bits, sizes.features, sizes.hidden
    weights = Weights(
        vectors=normal(V, D, 1 / D),
        hidden=normal(F, B, 2 / F * D),
        hidden_bias=zeros(B),
        direct=zeros(F, 3),
        lamp=zeros(B, 3),
        block=zeros(B, 3),
        lamp_bias=zeros(3),
        words=zeros(B, V),
        words_bias=zeros(V),
    )
    return LanguageModel(sizes, weights)
