"""Silero's voice activity detector, version 6.2 at 16 kHz, computed with numpy.

The network is small, and the lamp asks it thirty times a second, day and night: what it costs is what silence costs.
The usual ways to run it spend twenty times its arithmetic on getting to it, and threads besides
(docs/budget.md has the figures). `python -m capture.silero_weights` made its weights; a test holds the
probabilities to those of the package they came from.
"""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from capture.block import BLOCK_SAMPLES

WEIGHTS_FILE: Final = Path(__file__).parent / "silero_vad.npz"

_FULL_SCALE: Final = np.float32(32767)
_WINDOW, _HOP = 256, 128
"""Samples of one spectrum, and from one to the next: four spectra a block."""
_MIRRORED: Final = 64
"""Samples by which a block is continued on both sides, as a mirror shows them."""
_STRIDES: Final = (1, 2, 2, 1)
"""Of the four convolutions over time: four spectra become one vector."""
_UNITS: Final = 128
"""Of the recurrent layer."""

_Array = NDArray[np.float32]


class SpeechDetector:
    """Tells of each block of one stream how probably it is speech. Not for use from several threads."""

    def __init__(self) -> None:
        with np.load(WEIGHTS_FILE) as file:
            weights = {name: file[name].astype(np.float32) for name in file.files}
        self._basis = np.ascontiguousarray(weights["stft"].T)
        # Three neighbours in time lie in one row, so each convolution is one product of matrices.
        self._convolutions = [
            (
                np.ascontiguousarray(weights[f"encoder_{n}"].transpose(2, 1, 0)).reshape(
                    -1, weights[f"encoder_{n}"].shape[0]
                ),
                weights[f"encoder_{n}_bias"],
            )
            for n in range(len(_STRIDES))
        ]
        both = np.concatenate([weights["lstm_input"], weights["lstm_hidden"]], axis=1)
        self._lstm = np.ascontiguousarray(both.T), weights["lstm_input_bias"] + weights["lstm_hidden_bias"]
        self._output = weights["output"], float(weights["output_bias"])
        self.reset()

    def reset(self) -> None:
        """Forget what was heard."""
        self._hidden = np.zeros(_UNITS, np.float32)
        self._cell = np.zeros(_UNITS, np.float32)

    def probability(self, samples: NDArray[np.int16]) -> float:
        """The probability, from 0 to 1, that somebody speaks in these samples, after those before.

        `samples`: shape (BLOCK_SAMPLES,), mono, 16 kHz.
        """
        assert samples.shape == (BLOCK_SAMPLES,), "the network knows no other length"
        vectors = self._spectra(samples)
        for (kernel, bias), stride in zip(self._convolutions, _STRIDES, strict=True):
            vectors = np.maximum(_neighbourhoods(vectors, stride) @ kernel + bias, 0)
        hidden = self._recur(vectors[0])
        weights, bias = self._output
        return float(_sigmoid(np.maximum(hidden, 0) @ weights + bias))

    def _spectra(self, samples: NDArray[np.int16]) -> _Array:
        """Magnitudes, shape (4, 129)."""
        sound = samples.astype(np.float32) / _FULL_SCALE
        sound = np.concatenate([sound[_MIRRORED:0:-1], sound, sound[-2 : -2 - _MIRRORED : -1]])
        frames = np.concatenate([sound[at : at + _WINDOW] for at in range(0, len(sound) - _WINDOW + 1, _HOP)])
        parts = frames.reshape(-1, _WINDOW) @ self._basis
        real, imaginary = parts[:, : _WINDOW // 2 + 1], parts[:, _WINDOW // 2 + 1 :]
        magnitudes: _Array = np.sqrt(real * real + imaginary * imaginary)
        return magnitudes

    def _recur(self, vector: _Array) -> _Array:
        """One step of the recurrent layer (LSTM): the new hidden state, shape (128,)."""
        weights, bias = self._lstm
        gates = np.concatenate([vector, self._hidden]) @ weights + bias
        let_in, keep, new, let_out = gates.reshape(4, _UNITS)
        self._cell = _sigmoid(keep) * self._cell + _sigmoid(let_in) * np.tanh(new)
        self._hidden = _sigmoid(let_out) * np.tanh(self._cell)
        return self._hidden


def _neighbourhoods(vectors: _Array, stride: int) -> _Array:
    """Every `stride`-th vector with the one before and after it in one row; beyond the ends there are zeros."""
    count, width = vectors.shape
    padded = np.zeros((count + 2, width), np.float32)
    padded[1:-1] = vectors
    return np.concatenate([padded[at : at + 3] for at in range(0, count, stride)]).reshape(-1, 3 * width)


def _sigmoid(values: _Array) -> _Array:
    # By way of tanh, which cannot overflow.
    squashed: _Array = np.float32(0.5) * (np.float32(1) + np.tanh(np.float32(0.5) * values))
    return squashed
