"""Warm start: every layer solved from counts, bottom up, in one pass over the examples a layer.

Vectors come from the bit cipher. The hidden layer predicts the bit pattern of the next word, the decoders read
what they read in service; each is the explicit solution of model/explicit.py. Numpy only, no gradient.
"""

from dataclasses import replace

import numpy as np

from model.bit_cipher import cipher_bits, cipher_vectors, densify
from model.context_counts import BATCH, GRID, Target, class_counts, context_tables, targets, telling
from model.examples import Examples
from model.explicit import Counts, Matrix, explicit_weights
from model.language_model import LanguageModel, Sizes, Weights, unit_norm
from model.recipe import WarmStart


def explicit_model(sizes: Sizes, frequencies: Matrix, examples: Examples, start: WarmStart) -> LanguageModel:
    """Return the language model that counts alone give.

    Args:
        sizes: shapes.
        frequencies: how often each id occurs, shape (V,), in the order of the vocabulary's ids.
        examples: encoded with the same vocabulary.
        start: smoothing and temperatures.
    """
    bits = cipher_bits(sizes.vocabulary, sizes.hidden).astype(np.float64)
    E = densify(cipher_vectors(sizes.vocabulary, sizes.bits), frequencies + 1.0)
    E = np.round(E / GRID) * GRID

    hidden = _counts(E, examples, sizes, "next word", bits)
    lamp = _counts(E, examples, sizes, "intent", np.eye(3))
    U, b = explicit_weights(hidden, start.smoothing)
    # Adding the same number to every logit changes no softmax; centred, the rectifier passes the bits that are
    # likelier than the average one.
    U, b = U - U.mean(axis=1, keepdims=True), b - b.mean()
    A, a = explicit_weights(lamp, start.smoothing)
    A, a = A * start.lamp_temperature, a * start.lamp_temperature

    weights = Weights(
        vectors=E.astype(np.float32),
        hidden=U.astype(np.float32),
        hidden_bias=b.astype(np.float32),
        direct=A.astype(np.float32),
        # The hidden layer and what it remembers join in with fine-tuning.
        lamp=np.zeros((sizes.hidden, 3), np.float32),
        block=np.zeros((sizes.hidden, 3), np.float32),
        lamp_bias=a.astype(np.float32),
        words=np.zeros((sizes.hidden, sizes.vocabulary), np.float32),
        words_bias=np.zeros(sizes.vocabulary, np.float32),
    )
    return with_word_decoder(LanguageModel(sizes, weights), examples, start.smoothing)


def _counts(E: Matrix, examples: Examples, sizes: Sizes, target: Target, codes: Matrix) -> Counts:
    """Return the counts of features and targets; class i adds row i of `codes`, shape (classes, N)."""
    tables = context_tables(examples, len(E), sizes.radius, target, len(codes))
    F = np.concatenate([E.T @ (table @ codes) for table in tables])
    return Counts(F, class_counts(examples, target, len(codes)) @ codes)


def with_word_decoder(model: LanguageModel, examples: Examples, smoothing: float) -> LanguageModel:
    """Return the model with its next-word decoder solved from counts of the hidden layer as it is now.

    The decoder reads the hidden layer at 1-norm one (K = 1), where the explicit solution is least over-confident.
    """
    w, sizes = model.weights, model.sizes
    F = np.zeros((sizes.vocabulary, sizes.hidden))
    n = np.zeros(sizes.vocabulary)
    for part in examples.batches(BATCH):
        counted = telling(part, "next word")
        following = targets(part, "next word")[counted]
        weight = np.repeat(part.weights.astype(np.float64), counted.sum(axis=1))
        h = unit_norm(model.hidden_states(part.ids))[counted] * weight[:, None]
        order = np.argsort(following, kind="stable")
        words, first = np.unique(following[order], return_index=True)
        F[words] += np.add.reduceat(h[order], first)
        n += np.bincount(following, weight, sizes.vocabulary)
    # Smoothing here is one example spread over the decoder's inputs, so that rare words stay rare.
    W, c = explicit_weights(Counts(F.T + smoothing / sizes.hidden, n + smoothing), 0.0)
    weights = replace(w, words=W.astype(np.float32), words_bias=c.astype(np.float32))
    return LanguageModel(sizes, weights)
