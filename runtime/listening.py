"""What the listening thread does for as long as the lamp runs: sound in, events out, and chores in between."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from capture.block import BLOCK_SAMPLES, SAMPLE_RATE, Block
from capture.steady import NoSound, State, SteadyMicrophone
from runtime.errors import OURS
from runtime.events import End, Event, MicrophoneChanged, Ready
from runtime.health import Health
from runtime.journal.recent_sound import RecentSound
from runtime.lamp import Lamp
from runtime.learning.loop import Loop
from runtime.live_clock import LiveClock
from runtime.pipeline import Pipeline
from runtime.supervision.heart import Heart
from runtime.supervision.notify import Notifier
from runtime.supervision.restarts import Restarts

PULSE_S: Final = 5.0
"""Seconds of silence after which a block goes through the recogniser to show that it works (docs/capture.md)."""

_BLOCK_S: Final = BLOCK_SAMPLES / SAMPLE_RATE

_FORESEEN: Final = (OSError, *OURS)
"""What ends the lamp with a sentence: a closed standard output, say. All else begins the pipeline afresh."""


@dataclass(slots=True)
class Listening:
    """The stage from sound to decisions. One instance, run once."""

    microphone: SteadyMicrophone
    lamp: Lamp
    loop: Loop
    health: Health
    clock: LiveClock
    tell: Callable[[Event], object]
    """Told how the microphone is; the loop tells the rest."""

    notifier: Notifier
    heart: Heart
    chores: Callable[[], object]
    """Done about once for each block: whatever has to be looked after. Must be quick."""

    sound: RecentSound | None = None
    """Keeps what is heard; None keeps nothing."""

    monotonic: Callable[[], float] = time.monotonic
    """Steady seconds."""

    _pipeline: Pipeline = field(init=False)
    _restarts: Restarts = field(init=False)
    _computed_s: float = 0.0
    _started: bool = False
    _ready: bool = False
    _broken_off: bool = True
    _heard_at: float | None = None

    def run(self) -> None:
        """Until the microphone is closed. Raises what it and the loop raise, StageError when all is in vain."""
        self._restarts = Restarts("what hears and decides", self.monotonic)
        self._pipeline = self._fresh()
        for heard in self.microphone.sound():
            if isinstance(heard, Block):
                self._guarded(lambda block=heard: self._hear(block))  # type: ignore[misc]
            else:
                self._guarded(lambda quiet=heard: self._miss(quiet))  # type: ignore[misc]
            self._count()
            self.chores()
        self._guarded(self._finish)
        self.loop.end(self.clock.now_s())
        self.loop.hear(End(self.health.blocks * _BLOCK_S, self._compute_s(), self.microphone.dropped_blocks))

    def since_sound_s(self) -> float | None:
        """Seconds since the last block was heard; None before the first."""
        return None if self._heard_at is None else round(self.monotonic() - self._heard_at, 1)

    def _hear(self, block: Block) -> None:
        self._become("listening", None)
        self._broken_off = False
        self._heard_at = self.monotonic()
        self.health.blocks += 1
        self.clock.heard(block.end)
        if self.sound is not None:
            self.sound.hear(block)
        decoded_s = self._pipeline.decoded_until_s
        for event in self._pipeline.hear(block):
            self.loop.hear(event)
        if self._pipeline.decoded_until_s != decoded_s:
            self.heart.beat()
        self.loop.tick(self.clock.now_s())

    def _miss(self, quiet: NoSound) -> None:
        if not self._broken_off:
            self._broken_off = True
            for event in self._pipeline.cut():
                self.loop.hear(event)
        if quiet.state == "muted":
            self.heart.beat()
        else:
            self.heart.miss()
        if quiet.state != "listening":
            self._become(quiet.state, quiet.trouble)
        self.loop.tick(self.clock.now_s())

    def _finish(self) -> None:
        for event in self._pipeline.finish():
            self.loop.hear(event)

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except _FORESEEN:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the lamp is to listen on
            self._restarts.failed(error)
            self._computed_s = self._compute_s()
            self.loop.break_off(self.clock.now_s())
            self.lamp.recogniser.begin_afresh()
            self._pipeline = self._fresh()

    def _fresh(self) -> Pipeline:
        return self.lamp.pipeline(PULSE_S)

    def _compute_s(self) -> float:
        return self._computed_s + self._pipeline.compute_s

    def _count(self) -> None:
        health, microphone = self.health, self.microphone
        health.dropped_blocks, health.overflows = microphone.dropped_blocks, microphone.overflows
        health.reopenings, health.pipeline_restarts = microphone.reopenings, self._restarts.count
        health.compute_ratio = round(self._compute_s() / max(_BLOCK_S, health.blocks * _BLOCK_S), 4)
        health.bundle = self.lamp.service.reading

    def _become(self, state: State, trouble: str | None) -> None:
        """Tell how the microphone is, once for each change."""
        self.health.microphone_trouble = trouble
        if state == self.health.state:
            return
        name = self.microphone.device_name
        self.health.state, self.health.microphone = state, name
        if state == "starting":
            return
        line = _line(state, name, trouble)
        print(line, file=sys.stderr, flush=True)
        # To systemd the start is over when the lamp can but wait as well: the switch and the light work.
        (self.notifier.status if self._started else self.notifier.ready)(line)
        self._started = True
        if state == "listening" and not self._ready:
            self._ready = True
            self.tell(Ready(name or "", self.lamp.service.brain.bundle.version))
        else:
            self.tell(MicrophoneChanged(self.clock.now_s(), state, trouble))


def _line(state: State, name: str | None, trouble: str | None) -> str:
    if state == "listening":
        return f"listening on {name}"
    if state == "no microphone":
        return f"no microphone: {trouble} The lamp goes on without it, and opens it as soon as it can."
    return state
