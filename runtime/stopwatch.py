"""Follows each decision from its deciding word to the light."""

import threading
from dataclasses import dataclass

from runtime.events import Decided, End, Event, Heard, Retracted, SpeechEnded
from runtime.latency import Latencies, Reservoir, Timing, latency
from transcribe.hypothesis import Hypothesis


@dataclass(slots=True)
class _Run:
    """A decision that stands so far."""

    decided: Decided
    """What was decided."""

    timing: Timing
    """How that came about."""

    before_final: bool
    """Whether it was decided on a partial."""

    lit_at: float | None = None
    """When the light was as wanted, in seconds of the steady clock."""

    word_end_s: float | None = None
    """When the deciding word ended, in seconds on the audio clock; known once its utterance is over."""

    @property
    def on(self) -> bool:
        """What is wanted of the light."""
        return self.decided.decision.intent == "light_on"


class Stopwatch:
    """Hears the events of one pipeline after the other, each before the light is told. Safe in several threads.

    When the deciding word ended is told by the final of its utterance, which has the times of its words. A decision
    that is taken back is not counted.
    """

    def __init__(self, *, light: bool) -> None:
        """`light`: there is one, and `reached` will be called."""
        self._light = light
        self._lock = threading.Lock()
        self._kept = Reservoir()
        self._open: _Run | None = None
        self._final: Hypothesis | None = None
        self._unlit: _Run | None = None  # its utterance is over, its light is not as wanted yet

    def hear(self, event: Event) -> None:
        """The next event, in order."""
        with self._lock:
            match event:
                case Heard(hypothesis=hypothesis):
                    if self._final is not None:
                        self._settle()
                    self._final = hypothesis if hypothesis.final else None
                case Decided(timing=timing) if timing is not None:
                    self._open = _Run(event, timing, before_final=self._final is None)
                case Retracted():
                    self._open = None
                case SpeechEnded() | End():
                    self._settle()

    def break_off(self) -> None:
        """The utterance will not be heard to its end: what was decided in it cannot be measured."""
        with self._lock:
            self._open = self._final = None

    def reached(self, on: bool, at: float) -> None:
        """The light has just been switched; `at` is in seconds of the steady clock (`time.perf_counter`)."""
        with self._lock:
            for run in (self._open, self._unlit):
                if run is not None and run.lit_at is None and run.on == on and at >= run.timing.decided_at:
                    run.lit_at = at
            if self._unlit is not None and self._unlit.lit_at is not None:
                self._measure(self._unlit)
                self._unlit = None

    def summary(self) -> Latencies:
        """All decisions so far."""
        with self._lock:
            return self._kept.summary()

    def _settle(self) -> None:
        """The utterance is over: what was decided stands."""
        run, final = self._open, self._final
        self._open = self._final = None
        if run is None or final is None:
            return
        self._kept.decisions += 1
        self._kept.before_final += run.before_final
        run.word_end_s = word_end(run.decided, final)
        if run.word_end_s is None:
            self._kept.unmatched += 1
        elif not self._light or run.lit_at is not None:
            self._measure(run)
        else:
            if self._unlit is not None:
                self._kept.unlit += 1
            self._unlit = run

    def _measure(self, run: _Run) -> None:
        assert run.word_end_s is not None
        self._kept.add(latency(run.timing, run.word_end_s, run.lit_at))


def word_end(decided: Decided, final: Hypothesis) -> float | None:
    """When the deciding word ended, in seconds on the audio clock; None when the final has another one there."""
    at = decided.decision.word - 1
    if len(final.ends) != len(final.words) or final.words[at : at + 1] != decided.decision.words[at : at + 1]:
        return None
    return final.ends[at]
