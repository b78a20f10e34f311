"""Warm start: every layer solved from counts, bottom up, in one pass over the examples a layer.

Vectors come from the bit cipher. The hidden layer predicts the bit pattern of the next word, the decoders read
what they read in service; each is the explicit solution of model/explicit.py. Numpy only, no gradient.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from model.bit_cipher import cipher_bits, cipher_vectors, densify
from model.examples import Examples, windows
from model.explicit import Counts, Matrix, explicit_weights
from model.language_model import LanguageModel, Sizes, Weights, unit_norm

GRID = 2.0**-20
"""Vectors are rounded to this grid, so that counts built from them add and subtract without rounding."""

BATCH = 512
"""Utterances handled at once; bounds memory."""


@dataclass(frozen=True)
class WarmStart:
    """What may be chosen on held-out data."""

    smoothing: float = 0.5
    """Added to every count, in examples."""

    lamp_temperature: float = 0.5
    """Multiplies the lamp's logits; below one because overlapping contexts make them over-confident."""


@dataclass(frozen=True)
class PrefixBatch:
    """Every prefix of a batch of utterances, one row each."""

    x: Matrix
    """Features, shape (M, F)."""

    next_words: np.ndarray
    """Id of the word that follows, shape (M,); 0 where the utterance ends."""

    intents: np.ndarray
    """Index into INTENTS, shape (M,)."""

    weights: Matrix
    """Shape (M,)."""


def prefix_batches(examples: Examples, vectors: Matrix, radius: int) -> Iterator[PrefixBatch]:
    """Yield features and targets of every prefix with at least one word.

    The document context is the mean over the utterance so far, as in service when nothing was heard before.
    """
    for part in examples.batches(BATCH):
        ids = part.ids
        longest = ids.shape[1]
        real = np.arange(longest) < part.lengths[:, None]
        radial = vectors[windows(ids, radius)].reshape(*ids.shape, -1)
        document = np.cumsum(vectors[ids], axis=1) / np.arange(1, longest + 1)[:, None]
        following = np.pad(ids, ((0, 0), (0, 1)))[:, 1:]
        following[np.arange(len(ids)), part.lengths - 1] = 0
        yield PrefixBatch(
            np.concatenate([radial, document], axis=-1)[real],
            following[real],
            np.repeat(part.intents, part.lengths),
            np.repeat(part.weights.astype(np.float64), part.lengths),
        )


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

    hidden = Counts.zeros(sizes.features, sizes.hidden)
    lamp = Counts.zeros(sizes.features, 3)
    for batch in prefix_batches(examples, E, sizes.radius):
        Z = bits[batch.next_words] * batch.weights[:, None]
        hidden = hidden + Counts(batch.x.T @ Z, Z.sum(axis=0))
        lamp = lamp.add(batch.x, batch.intents, batch.weights)
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


def with_word_decoder(model: LanguageModel, examples: Examples, smoothing: float) -> LanguageModel:
    """Return the model with its next-word decoder solved from counts of the hidden layer as it is now.

    The decoder reads the hidden layer at 1-norm one (K = 1), where the explicit solution is least over-confident.
    """
    w, sizes = model.weights, model.sizes
    F = np.zeros((sizes.vocabulary, sizes.hidden))
    n = np.zeros(sizes.vocabulary)
    for batch in prefix_batches(examples, w.vectors.astype(np.float64), sizes.radius):
        h = unit_norm(model.hidden_layer(batch.x.astype(np.float32)))
        np.add.at(F, batch.next_words, h * batch.weights[:, None])
        n += np.bincount(batch.next_words, batch.weights, sizes.vocabulary)
    # Smoothing here is one example spread over the decoder's inputs, so that rare words stay rare.
    W, c = explicit_weights(Counts(F.T + smoothing / sizes.hidden, n + smoothing), 0.0)
    weights = replace(w, words=W.astype(np.float32), words_bias=c.astype(np.float32))
    return LanguageModel(sizes, weights)
