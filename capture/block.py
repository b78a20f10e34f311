"""The unit of sound: a short run of mono samples with its place on the audio clock."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 16_000
"""Hz; the one rate used past the border of this room."""

BLOCK_SAMPLES = 512
"""Samples in every block (32 ms): the step of the voice activity detector."""


@dataclass(frozen=True, slots=True)
class Block:
    """32 ms of sound."""

    samples: NDArray[np.int16]
    """Shape (BLOCK_SAMPLES,), mono, 16 kHz."""

    time: float
    """Seconds on the audio clock at which the first sample was heard."""

    @property
    def end(self) -> float:
        """Seconds on the audio clock just after the last sample."""
        return self.time + len(self.samples) / SAMPLE_RATE
