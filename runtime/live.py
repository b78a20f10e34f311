"""`foreglow run`: from the microphone to the light, for ever."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType

from capture.microphone import Microphone
from runtime.config import Config
from runtime.events import Decided, End, Event, Ready, Retracted, Switched
from runtime.health import Health
from runtime.lamp import load_lamp
from runtime.light import Light, make_light
from runtime.pipeline import Pipeline
from runtime.report import Report
from runtime.scene import Scene, advance
from runtime.status import StatusServer


def listen(config: Config, report: Report) -> None:
    """Listen until SIGTERM or SIGINT; then end in order and return.

    Raises CaptureError, TranscribeError, BundleError, StatusError.
    """
    health = Health()
    with ExitStack() as stack:
        stop = stack.enter_context(_stop_signals())
        stack.enter_context(StatusServer(config.state_folder, health.snapshot))
        with stop.at_once():
            lamp = load_lamp(config)
        light = make_light(config.light, report.note)
        stack.callback(light.close)
        microphone = stack.enter_context(Microphone(config.capture.microphone, config.capture.queue_s))
        stop.by(microphone.close)
        health.state, health.microphone = "listening", microphone.device_name
        health.bundle = lamp.brain.bundle.version
        print(f"listening on {microphone.device_name}", file=sys.stderr, flush=True)
        report.begin(microphone.device_name)
        report.show(Ready(microphone.device_name, lamp.brain.bundle.version))
        _listen(microphone, lamp.pipeline(), light, health, report)


def _listen(microphone: Microphone, pipeline: Pipeline, light: Light, health: Health, report: Report) -> None:
    scene = Scene()

    def act(events: list[Event]) -> None:
        nonlocal scene
        for event in events:
            scene = advance(scene, event)
            told = [event]
            if isinstance(event, Decided | Retracted):
                light.switch(scene.lit)  # before anything is written: the person waits for this one
                told.append(Switched(event.time, scene.lit))
            for each in told:
                health.count(each)
                report.show(each)

    for block in microphone.blocks():
        act(pipeline.hear(block))
        health.blocks += 1
        health.dropped_blocks, health.overflows = microphone.dropped_blocks, microphone.overflows
        health.compute_ratio = round(pipeline.compute_s / pipeline.heard_until_s, 4)
    act(pipeline.finish())
    report.show(End(pipeline.heard_until_s, pipeline.compute_s, microphone.dropped_blocks))


class _Stop:
    """A wish to end, from a signal: at once while loading, in order when listening, else kept until then."""

    def __init__(self) -> None:
        self._wished = False
        self._do: Callable[[], object] | None = None

    def handle(self, _number: int, _frame: FrameType | None) -> None:
        self._wished = True
        if self._do is not None:
            self._do()

    def by(self, do: Callable[[], object]) -> None:
        """From now on the wish is granted by calling `do`, at once if it was wished before."""
        self._do = do
        if self._wished:
            do()

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Within this, the wish raises SystemExit(0): loading may take long, and leaves nothing half done."""
        try:
            self.by(lambda: sys.exit(0))
            yield
        finally:
            self._do = None


@contextmanager
def _stop_signals() -> Iterator[_Stop]:
    stop = _Stop()
    before = {number: signal.signal(number, stop.handle) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
