"""Blocks of sound in, events out: gate, recogniser and anticipator on one clock.

The clock is the audio clock plus the delay of computing: sound is heard at the end of its block, and whatever
is worked out from it is known only after the seconds that this took. When computing falls behind, the delay
carries over to the next block, as it does on a device.
"""

import math
import time
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from capture.block import Block
from capture.gate import SpeechEnd
from runtime.decision import Decision, Probabilities, Retraction
from runtime.events import Decided, Event, Heard, Retracted, SpeechEnded
from runtime.latency import Timing
from transcribe.hypothesis import Hypothesis

Result = TypeVar("Result")

PAUSE_S = 0.25
"""Seconds without speech after which the words so far may be all there is."""


class Gate(Protocol):
    """Lets speech pass (capture.gate.SpeechGate)."""

    @property
    def quiet_s(self) -> float: ...
    def push(self, block: Block) -> list[Block | SpeechEnd]: ...
    def flush(self) -> list[SpeechEnd]: ...


class Listener(Protocol):
    """Writes down what it hears (transcribe.recogniser.Recogniser)."""

    def accept(self, samples: NDArray[np.int16], end_s: float) -> Hypothesis | None: ...
    def finish(self, end_s: float) -> Hypothesis | None: ...
    def pulse(self, samples: NDArray[np.int16]) -> None: ...


class Reader(Protocol):
    """Decides on what is written (runtime.anticipator.Anticipator)."""

    @property
    def trace(self) -> tuple[Probabilities, ...]: ...
    @property
    def ended(self) -> Probabilities | None: ...
    def hear(self, hypothesis: Hypothesis, *, paused: bool) -> list[Decision | Retraction]: ...


class Pipeline:
    """One audio stream's way from blocks to events. Not for use from several threads."""

    def __init__(
        self,
        gate: Gate,
        recogniser: Listener,
        anticipator: Reader,
        *,
        timer: Callable[[], float] = time.perf_counter,
        pulse_s: float = math.inf,
    ) -> None:
        """All three parts must be fresh or reset: the clock starts with the first block.

        `pulse_s`: seconds of silence after which a block goes through the recogniser all the same, and is forgotten.
        """
        self._gate = gate
        self._recogniser = recogniser
        self._anticipator = anticipator
        self._timer = timer
        self._pulse_s = pulse_s
        self._clock = 0.0
        self._heard: tuple[str, ...] = ()
        self.heard_until_s = 0.0
        """Seconds on the audio clock at which the last block ended."""
        self.decoded_until_s = 0.0
        """Seconds on the audio clock at which the last block ended that went through the recogniser."""
        self.compute_s = 0.0
        """Seconds spent computing so far."""

    def hear(self, block: Block) -> list[Event]:
        """What follows from the next block, in order."""
        self.heard_until_s = block.end
        self._clock = max(self._clock, block.end)
        events: list[Event] = []
        speech = self._timed(lambda: self._gate.push(block))
        for passed in speech:
            events += self._close(passed) if isinstance(passed, SpeechEnd) else self._decode(passed)
        if not speech and block.end - self.decoded_until_s >= self._pulse_s:
            self._timed(lambda: self._recogniser.pulse(block.samples))
            self.decoded_until_s = block.end
        return events

    def finish(self) -> list[Event]:
        """What follows from the end of the stream; the recogniser is left ready for another one."""
        events: list[Event] = []
        for ended in self._timed(self._gate.flush):
            events += self._close(ended)
        return events or self._conclude(self.heard_until_s)

    def cut(self) -> list[Event]:
        """The same where the sound broke off: half a sentence may be the opposite of the whole, so nothing is decided.

        What was decided on its partials may still be taken back by what its end, so far as it was heard, says.
        """
        return [event for event in self.finish() if not isinstance(event, Decided)]

    def _close(self, ended: SpeechEnd) -> list[Event]:
        return [*self._conclude(ended.time), SpeechEnded(self._clock, ended.last_speech)]

    def _decode(self, block: Block) -> list[Event]:
        hypothesis = self._timed(lambda: self._recogniser.accept(block.samples, block.end))
        self.decoded_until_s = block.end
        return self._read(hypothesis)

    def _conclude(self, end_s: float) -> list[Event]:
        return self._read(self._timed(lambda: self._recogniser.finish(end_s)))

    def _read(self, hypothesis: Hypothesis | None) -> list[Event]:
        if hypothesis is None:
            return []
        paused = self._gate.quiet_s >= PAUSE_S
        known_s = self._clock
        changes = self._timed(lambda: self._anticipator.hear(hypothesis, paused=paused))
        # Unchanged words confirm a decision but are no news.
        news = hypothesis.final or hypothesis.words != self._heard
        self._heard = () if hypothesis.final else hypothesis.words
        at_hand_s = self.heard_until_s
        timing = Timing(at_hand_s, known_s - at_hand_s, self._clock - known_s, self._timer())
        reader = self._anticipator
        return told(hypothesis if news else None, reader.trace, reader.ended, changes, self._clock, timing)

    def _timed(self, work: Callable[[], Result]) -> Result:
        begin = self._timer()
        result = work()
        spent = self._timer() - begin
        self._clock += spent
        self.compute_s += spent
        return result


def told(
    hypothesis: Hypothesis | None,
    trace: tuple[Probabilities, ...],
    ended: Probabilities | None,
    changes: Sequence[Decision | Retraction],
    time_s: float,
    timing: Timing | None = None,
) -> list[Event]:
    """The events of what was read just now: what was heard, None when that is no news, and what follows.

    `timing` is that of the decisions; None where text was read.
    """
    events: list[Event] = []
    if hypothesis is not None:
        events.append(Heard(time_s, hypothesis, trace[-1] if trace else None, trace, ended))
    for change in changes:
        if isinstance(change, Decision):
            events.append(Decided(time_s, change, timing))
        else:
            events.append(Retracted(time_s, change))
    return events
