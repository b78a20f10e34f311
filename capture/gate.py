"""The speech gate: only speech goes on to the recogniser, with the moment before it."""

from collections import deque
from dataclasses import dataclass

from capture.block import Block
from capture.detector import SpeechDetector

_HYSTERESIS = 0.15
"""Once speech is on, it stays on down to this much below the threshold, as in Silero's own examples."""

_RESET_SILENCE_S = 10.0
"""Seconds of a closed gate after which the detector forgets what it heard. After a long hum it hears
the start of speech up to four blocks later otherwise (docs/capture.md has the figures)."""


@dataclass(frozen=True, slots=True)
class SpeechEnd:
    """The gate closed."""

    time: float
    """Seconds on the audio clock at which it closed: the end of the last block passed."""

    last_speech: float
    """Seconds on the audio clock at which the last block judged speech ended."""


class SpeechGate:
    """Passes blocks while somebody speaks.

    Closed, it holds back the last `pre_roll_s` seconds. A block that is speech with probability
    `threshold` or more opens it: the held blocks pass first, then every block, until `hangover_s`
    seconds have gone by without speech. No block passes twice, and blocks pass in order.
    """

    def __init__(self, threshold: float = 0.5, pre_roll_s: float = 0.4, hangover_s: float = 0.7) -> None:
        self._threshold = threshold
        self._pre_roll_s = pre_roll_s
        self._hangover_s = hangover_s
        self._detector = SpeechDetector()
        self._held: deque[Block] = deque()
        self._open = False
        self._last_speech = 0.0
        self._quiet_since = 0.0
        self._end = 0.0

    @property
    def quiet_s(self) -> float:
        """Seconds since the last block judged speech, while the gate is open; 0 when it is closed."""
        return self._end - self._last_speech if self._open else 0.0

    def push(self, block: Block) -> list[Block | SpeechEnd]:
        """What passes because of `block`: nothing, blocks, or the last block and a SpeechEnd."""
        return self._step(block, self._detector.probability(block.samples))

    def flush(self) -> list[SpeechEnd]:
        """End the sound here: closes an open gate, forgets the blocks held back, starts afresh."""
        ends = [self._close()] if self._open else []
        self._held.clear()
        self._detector.reset()
        self._quiet_since = 0.0
        return ends

    def _step(self, block: Block, probability: float) -> list[Block | SpeechEnd]:
        self._end = block.end
        if not self._open:
            return self._push_closed(block, probability)
        if probability >= self._threshold - _HYSTERESIS:
            self._last_speech = block.end
        if block.end - self._last_speech < self._hangover_s:
            return [block]
        return [block, self._close()]

    def _push_closed(self, block: Block, probability: float) -> list[Block | SpeechEnd]:
        # By the clock, not by count: blocks from before a gap in the sound are too old to be pre-roll.
        while self._held and self._held[0].end <= block.time - self._pre_roll_s:
            self._held.popleft()
        self._held.append(block)
        if probability >= self._threshold:
            passed: list[Block | SpeechEnd] = [*self._held]
            self._held.clear()
            self._open = True
            self._last_speech = block.end
            return passed
        if block.end - self._quiet_since >= _RESET_SILENCE_S:
            self._detector.reset()
            self._quiet_since = block.end
        return []

    def _close(self) -> SpeechEnd:
        self._open = False
        self._quiet_since = self._end
        return SpeechEnd(time=self._end, last_speech=self._last_speech)
