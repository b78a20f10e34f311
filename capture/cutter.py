"""Sound of any rate cut into blocks: the one way from a device or a file to the audio clock."""

import numpy as np
import soxr
from numpy.typing import NDArray

from capture.block import BLOCK_SAMPLES, SAMPLE_RATE, Block

_FULL_SCALE = 32768.0


class BlockCutter:
    """Resamples one unbroken run of mono sound to 16 kHz and cuts it into blocks.

    The first sample pushed is heard at `start_s` on the audio clock; block n of the run starts at
    `start_s + n * 0.032`. The resampler looks ahead, so a block may come about 20 ms (at 44.1 or
    48 kHz) after its last sample was pushed; its time is not shifted by that.
    """

    def __init__(self, rate_hz: int, start_s: float = 0.0) -> None:
        self._start_s = start_s
        self._cut = 0
        self._rest: NDArray[np.float32] = np.zeros(0, np.float32)
        self._resampler = None if rate_hz == SAMPLE_RATE else soxr.ResampleStream(rate_hz, SAMPLE_RATE, 1)

    def push(self, samples: NDArray[np.float32]) -> list[Block]:
        """Blocks completed by `samples`: shape (n,), full scale is 1.0, at the rate of the run."""
        return self._take(samples, last=False)

    def finish(self) -> list[Block]:
        """The rest of the run, the last block padded with zeros. The cutter is used up afterwards."""
        blocks = self._take(np.zeros(0, np.float32), last=True)
        if len(self._rest):
            padding = np.zeros(BLOCK_SAMPLES - len(self._rest), np.float32)
            blocks.append(self._block(np.concatenate([self._rest, padding])))
            self._rest = padding[:0]
        return blocks

    def _take(self, samples: NDArray[np.float32], *, last: bool) -> list[Block]:
        if self._resampler is not None:
            samples = self._resampler.resample_chunk(samples, last=last)
        samples = np.concatenate([self._rest, samples])
        whole = len(samples) // BLOCK_SAMPLES * BLOCK_SAMPLES
        self._rest = samples[whole:]
        return [self._block(part) for part in samples[:whole].reshape(-1, BLOCK_SAMPLES)]

    def _block(self, samples: NDArray[np.float32]) -> Block:
        time = self._start_s + self._cut * BLOCK_SAMPLES / SAMPLE_RATE
        self._cut += 1
        # Float recordings may go past full scale or hold NaN; either would wrap into a loud click as int16.
        scaled = np.nan_to_num(np.rint(samples * _FULL_SCALE), posinf=_FULL_SCALE, neginf=-_FULL_SCALE)
        return Block(np.clip(scaled, -_FULL_SCALE, _FULL_SCALE - 1).astype(np.int16), time)
