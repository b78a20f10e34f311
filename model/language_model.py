"""The causal language model of the human-lamp dialogue: one word in, two predictions out.

After every word it predicts the next word and the lamp's turn (`light_on`, `light_off`, `none`). This file is the
reference: plain numpy, no torch. export/ writes the same step as an ONNX graph, and a test holds the two equal.

    X     vector of the word just heard; at the warm start non-negative, of 1-norm one      (D,)
    x     features, the radial context: X of the last r words, newest first,
          `<s>` before the first word                                                     (F,), F = r D
    h     max(0, x U + b)            hidden layer; its warm start has bit cipher targets   (B,)
    g     max of h over the words of the utterance so far: the block context              (B,)
    z     x A + h C + g G + a          logits of the lamp's turn                              (3,)
    e     evidence of the n-grams so far (model/evidence.py)                               (3,)
    lamp  softmax(tau ((1 - s) z + s e) + d)   P(light_on), P(light_off), P(none)          (3,)
          or what the last words of long talk say by themselves (model/buried.py)
    word  softmax(h/|h| W' + w)      P(next word); |h| is the 1-norm, plus a little          (V,)

The radial context and the hidden targets follow arXiv 2311.07510, section 3. Ours are the direct path x A, the
rectified hidden layer (softmax there) and the running maximum as block context (max-over-time pooling of Collobert et
al. 2011, arXiv 1103.0398; a sum weighted by attention there). The document context of the papers, the mean of X over
the utterance, brought nothing beside it and is left out (docs/benchmarks/ablations.md); model/saffu.py has it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from model.buried import LONG, NO_BURIED, NOTHING, RECENT, Buried, surer
from model.calibrate import Calibration
from model.errors import ModelError
from model.evidence import NO_EVIDENCE, Evidence, softmax, with_none
from model.ngrams import SCOPE, ngrams_at

Array = NDArray[np.float32]

LITTLE = 1e-6
"""Added to a 1-norm before dividing by it."""


@dataclass(frozen=True)
class Sizes:
    """Everything that fixes the shapes of the weights."""

    known_words: int = 1110
    """Words with an id of their own."""

    hashed_slots: int = 32
    """Ids shared by all other words."""

    sound_slots: int = 4
    """Ids shared by other words that sound like a key word (model/sounds_alike.py), one for each key word."""

    bits: int = 48
    """D: length of a word's vector."""

    radius: int = 5
    """r: words in the radial context."""

    hidden: int = 64
    """B: length of the hidden layer."""

    @property
    def vocabulary(self) -> int:
        """V: ids, the start token included."""
        return 1 + self.known_words + self.hashed_slots + self.sound_slots

    @property
    def features(self) -> int:
        """F: length of the features x."""
        return self.radius * self.bits

    @property
    def state(self) -> int:
        """Length of the state: r vectors, how many words were heard, the block, the two words heard last, how many
        more a negation turns, the evidence so far for light_on and light_off, the words that may be read as buried,
        and P(lamp) of the best such reading."""
        return self.radius * self.bits + 1 + self.hidden + 5 + RECENT + 3


@dataclass(frozen=True)
class Weights:
    """The parameters; every array is float32."""

    vectors: Array
    """E, shape (V, D)."""

    hidden: Array
    """U, shape (F, B)."""

    hidden_bias: Array
    """b, shape (B,)."""

    direct: Array
    """A, shape (F, 3)."""

    lamp: Array
    """C, shape (B, 3)."""

    block: Array
    """G, shape (B, 3)."""

    lamp_bias: Array
    """a, shape (3,)."""

    words: Array
    """W', shape (B, V)."""

    words_bias: Array
    """w, shape (V,)."""


@dataclass(frozen=True)
class LanguageModel:
    """Sizes and weights that fit each other."""

    sizes: Sizes
    """Shapes."""

    weights: Weights
    """Parameters of the network."""

    evidence: Evidence = NO_EVIDENCE
    """What n-grams say by themselves."""

    buried: Buried = NO_BURIED
    """What the last words of long talk say by themselves."""

    def __post_init__(self) -> None:
        s = self.sizes
        shapes = {
            "vectors": (s.vocabulary, s.bits),
            "hidden": (s.features, s.hidden),
            "hidden_bias": (s.hidden,),
            "direct": (s.features, 3),
            "lamp": (s.hidden, 3),
            "block": (s.hidden, 3),
            "lamp_bias": (3,),
            "words": (s.hidden, s.vocabulary),
            "words_bias": (s.vocabulary,),
        }
        for name, shape in shapes.items():
            array = getattr(self.weights, name)
            if array.shape != shape or array.dtype != np.float32:
                raise ModelError(
                    f"Weights `{name}` are {array.dtype} {array.shape}, but must be float32 {shape}."
                )

    @property
    def parameters(self) -> int:
        """How many numbers were trained or counted."""
        network: int = sum(getattr(self.weights, field.name).size for field in fields(Weights))
        return network + self.evidence.parameters + self.buried.parameters

    def calibrated(self, calibration: Calibration) -> "LanguageModel":
        """Return the model whose probabilities are as `calibration` corrects them."""
        speaking, at_end = (
            mix.calibrated(correction.temperature, correction.offset)
            for mix, correction in (
                (self.evidence.speaking, calibration.speaking),
                (self.evidence.at_end, calibration.at_end),
            )
        )
        return replace(self, evidence=replace(self.evidence, speaking=speaking, at_end=at_end))

    def initial_state(self) -> Array:
        """Return the state before anything was heard, shape (state,); feed the start token (id 0) to it first."""
        return np.zeros(self.sizes.state, np.float32)

    def step(self, word: int, state: Array) -> tuple[Array, Array, Array]:
        """Hear one word.

        Args:
            word: id; 0 begins an utterance.
            state: shape (state,), as returned by the step before.

        Returns:
            P(lamp) of shape (3,) in the order of INTENTS, the new state, P(next word) of shape (V,).
        """
        E, s = self.weights.vectors, self.sizes
        parts = np.cumsum([s.features, 1, s.hidden, 3, 2, RECENT])
        x, heard, block, before, evidence, recent, reading = np.split(state, parts)
        if word == 0:
            x, heard = np.tile(E[0], s.radius), np.zeros_like(heard)
        else:
            x, heard = np.concatenate([E[word], x[: -s.bits]]), heard + np.float32(1)
        h = self.hidden_layer(x)
        block = np.zeros_like(h) if word == 0 else np.maximum(block, h)
        words = softmax(unit_norm(h) @ self.weights.words + self.weights.words_bias)
        if word == 0:
            before, evidence = np.array([1, 0, 0], np.float32), self.evidence.bias
            recent, reading = np.zeros_like(recent), NOTHING
        else:
            last, earlier, scope = before.astype(int).tolist()
            lexicon = self.evidence.lexicon
            keys = np.array(ngrams_at(word, last, earlier, scope, dict(lexicon.alike.tolist())))
            scope = SCOPE if word in lexicon.negators else max(scope - 1, 0)
            before, evidence = (
                np.array([word + 1, last, scope], np.float32),
                evidence + self.evidence.added(keys),
            )
            recent = np.append(recent[1:], np.float32(word))
            if word != self.evidence.end and heard >= LONG:
                reading = surer(reading, self.buried.read(recent.astype(np.int32)))
        lamp = self.evidence.mixed(np.array(word), self.logits(x, h, block), with_none(evidence))
        state = np.concatenate([x, heard, block, before, evidence, recent, reading])
        return surer(lamp, reading), state, words

    def hidden_states(self, ids: NDArray[np.int32]) -> Array:
        """Return h after every word of utterances heard afresh, shape (utterances, longest, B), for padded ids."""
        w = self.weights
        hidden: Array = np.maximum(self._contexts(ids, w.hidden) + w.hidden_bias, np.float32(0))
        return hidden

    def read_all(self, ids: NDArray[np.int32]) -> Array:
        """Return P(lamp) after every word of utterances heard afresh, shape (utterances, longest, 3).

        The same as `read`, for many utterances at once; `ids` are padded, and so is what is returned.
        """
        w = self.weights
        h = self.hidden_states(ids)
        block = np.maximum.accumulate(h, axis=1)
        network = self._contexts(ids, w.direct) + h @ w.lamp + block @ w.block + w.lamp_bias
        lamp = self.evidence.mixed(ids, network, self.evidence.logits(ids))
        return surer(lamp, self.buried.read_all(ids, self.evidence.end))

    def _contexts(self, ids: NDArray[np.int32], matrix: Array) -> Array:
        """Return x M, shape (utterances, longest, N), for M of shape (F, N).

        A vector times its rows of M is looked up in a table (V, N) made once for each place.
        """
        E, r = self.weights.vectors, self.sizes.radius
        tables = E @ matrix.reshape(r, self.sizes.bits, -1)  # (r, V, N)
        longest = ids.shape[1]
        padded = np.pad(ids, ((0, 0), (r - 1, 0)))
        total: Array = tables[0][ids]
        for k in range(1, r):
            total += tables[k][padded[:, r - 1 - k : r - 1 - k + longest]]
        return total

    def hidden_layer(self, x: Array) -> Array:
        """Return h, shape (…, B), for features x of shape (…, F)."""
        hidden: Array = np.maximum(x @ self.weights.hidden + self.weights.hidden_bias, np.float32(0))
        return hidden

    def logits(self, x: Array, h: Array, block: Array) -> Array:
        """Return z, shape (…, 3), for features x, hidden layer h and block context."""
        w = self.weights
        z: Array = x @ w.direct + h @ w.lamp + block @ w.block + w.lamp_bias
        return z

    def read(self, ids: Sequence[int]) -> Array:
        """Return P(lamp) after each word of one utterance heard afresh, shape (words, 3).

        The same as stepping through it, all prefixes at once.
        """
        s, E = self.sizes, self.weights.vectors
        padded = [0] * (s.radius - 1) + list(ids)
        newest_first = range(s.radius - 1, -1, -1)
        x = np.concatenate([E[padded[k : k + len(ids)]] for k in newest_first], axis=1)
        h = self.hidden_layer(x)
        network = self.logits(x, h, np.maximum.accumulate(h, axis=0))
        heard = np.array([ids], np.int32)
        lamp = self.evidence.mixed(heard[0], network, self.evidence.logits(heard)[0])
        return surer(lamp, self.buried.read_all(heard, self.evidence.end)[0])


def unit_norm(h: Array) -> Array:
    """Return h, shape (…, B), divided by its 1-norm; a hidden layer that is all zero stays zero."""
    normed: Array = h / (h.sum(axis=-1, keepdims=True) + np.float32(LITTLE))
    return normed
