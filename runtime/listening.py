"""What the listening thread does for as long as the lamp runs: sound in, events out, and chores in between."""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from capture.block import BLOCK_SAMPLES, SAMPLE_RATE, Block
from capture.no_sound import NoSound, State
from capture.steady import SteadyMicrophone
from runtime.errors import OURS
from runtime.events import End, Event, MicrophoneChanged, Ready
from runtime.health import Health
from runtime.journal.recent_sound import RecentSound
from runtime.lamp import Lamp
from runtime.learning.loop import Loop
from runtime.live_clock import LiveClock
from runtime.pipeline import Pipeline
from runtime.stopwatch import Stopwatch
from runtime.supervision.heart import Heart
from runtime.supervision.notify import Notifier
from runtime.supervision.restarts import Restarts

PULSE_S: Final = 5.0
"""Seconds of silence after which a block goes through the recogniser to show that it works (docs/capture.md)."""

_BLOCK_S: Final = BLOCK_SAMPLES / SAMPLE_RATE

_FORESEEN: Final = (OSError, *OURS)
"""What ends the lamp with a sentence: a closed standard output, say. All else begins the pipeline afresh."""


class Listening:
    """The stage from sound to decisions. One instance, run once."""

    def __init__(
        self,
        microphone: SteadyMicrophone,
        lamp: Lamp,
        loop: Loop,
        health: Health,
        clock: LiveClock,
        tell: Callable[[Event], object],
        *,
        notifier: Notifier,
        heart: Heart,
        chores: Callable[[], object],
        sound: RecentSound | None = None,
        watch: Stopwatch | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is heard before `run()`.

        Args:
            tell: told how the microphone is; the loop tells the rest.
            chores: done about once for each block, whatever has to be looked after; must be quick.
            sound: keeps what is heard; None keeps nothing.
            watch: times the decisions; None has one of its own, without the light.
            monotonic: steady seconds.
        """
        self._microphone, self._lamp, self._loop = microphone, lamp, loop
        self._health, self._clock, self._tell = health, clock, tell
        self._watch = watch or Stopwatch(light=False)
        self._notifier, self._heart, self._chores = notifier, heart, chores
        self._sound = sound
        self._monotonic = monotonic
        self._restarts = Restarts("what hears and decides", monotonic)
        self._pipeline = self._fresh()
        self._computed_s = 0.0  # by the pipelines before
        self._started = False
        self._ready = False
        self._broken_off = True
        self._heard_at: float | None = None

    def run(self) -> None:
        """Until the microphone is closed. Raises what it and the loop raise, StageError when all is in vain."""
        for heard in self._microphone.sound():
            if isinstance(heard, Block):
                self._guarded(lambda block=heard: self._hear(block))  # type: ignore[misc]
            else:
                self._guarded(lambda quiet=heard: self._miss(quiet))  # type: ignore[misc]
            self._count()
            self._chores()
        self._guarded(lambda: self._take(self._pipeline.finish()))
        self._loop.end(self._clock.now_s())
        end = End(self._health.blocks * _BLOCK_S, self._compute_s(), self._microphone.dropped_blocks)
        self._watch.hear(end)
        self._loop.hear(replace(end, latency=self._watch.summary()))

    def since_sound_s(self) -> float | None:
        """Seconds since the last block was heard; None before the first."""
        return None if self._heard_at is None else round(self._monotonic() - self._heard_at, 1)

    def _hear(self, block: Block) -> None:
        self._become("listening", None)
        self._broken_off = False
        self._heard_at = self._monotonic()
        self._health.blocks += 1
        self._clock.heard(block.end)
        if self._sound is not None:
            self._sound.hear(block)
        decoded_s = self._pipeline.decoded_until_s
        self._take(self._pipeline.hear(block))
        if self._pipeline.decoded_until_s != decoded_s:
            self._heart.beat()
        self._loop.tick(self._clock.now_s())

    def _miss(self, quiet: NoSound) -> None:
        if not self._broken_off:
            self._broken_off = True
            self._take(self._pipeline.cut())
        if quiet.state == "muted":
            self._heart.beat()
        else:
            self._heart.miss()
        if quiet.state != "listening":
            self._become(quiet.state, quiet.trouble)
        self._loop.tick(self._clock.now_s())

    def _take(self, events: Sequence[Event]) -> None:
        for event in events:
            self._watch.hear(event)
            self._loop.hear(event)

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except _FORESEEN:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the lamp is to listen on
            self._restarts.failed(error)
            self._computed_s = self._compute_s()
            self._watch.break_off()
            self._loop.break_off(self._clock.now_s())
            self._lamp.recogniser.begin_afresh()
            self._pipeline = self._fresh()

    def _fresh(self) -> Pipeline:
        return self._lamp.pipeline(PULSE_S)

    def _compute_s(self) -> float:
        return self._computed_s + self._pipeline.compute_s

    def _count(self) -> None:
        health, microphone = self._health, self._microphone
        health.dropped_blocks, health.overflows = microphone.dropped_blocks, microphone.overflows
        health.reopenings, health.pipeline_restarts = microphone.reopenings, self._restarts.count
        health.compute_ratio = round(self._compute_s() / max(_BLOCK_S, health.blocks * _BLOCK_S), 4)
        health.bundle = self._lamp.service.reading

    def _become(self, state: State, trouble: str | None) -> None:
        """Tell how the microphone is, once for each change."""
        self._health.microphone_trouble = trouble
        if state == self._health.state:
            return
        name = self._microphone.device_name
        self._health.state, self._health.microphone = state, name
        if state == "starting":
            return
        line = _line(state, name, trouble)
        print(line, file=sys.stderr, flush=True)
        # To systemd the start is over when the lamp can but wait as well: the switch and the light work.
        (self._notifier.status if self._started else self._notifier.ready)(line)
        self._started = True
        if state == "listening" and not self._ready:
            self._ready = True
            self._tell(Ready(name or "", self._lamp.service.brain.bundle.version))
        else:
            self._tell(MicrophoneChanged(self._clock.now_s(), state, trouble))


def _line(state: State, name: str | None, trouble: str | None) -> str:
    if state == "listening":
        return f"listening on {name}"
    if state == "no microphone":
        return f"no microphone: {trouble} The lamp goes on without it, and opens it as soon as it can."
    return state
