"""`foreglow run`: from the microphone to the light, for ever."""

import logging
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

from capture.microphone import Microphone
from runtime.config import Config
from runtime.control_server import ControlServer, Handler
from runtime.devices import Devices
from runtime.events import End, Event, Ready
from runtime.health import Health
from runtime.journal.housekeeping import Housekeeping, open_journal
from runtime.journal.recent_sound import RecentSound
from runtime.journal.requests import journal_handlers
from runtime.lamp import Lamp, load_lamp
from runtime.learning.assembly import begin_learning, forget_hook, make_nightly
from runtime.learning.lessons import windows_of
from runtime.learning.loop import Loop
from runtime.learning.record import retraining_handlers
from runtime.live_clock import LiveClock
from runtime.report import Report
from runtime.service import open_service
from runtime.switches.request import switch_handler

_log = logging.getLogger(__name__)


def listen(config: Config, report: Report, path: Path | None = None) -> None:
    """Listen until SIGTERM or SIGINT; then end in order and return.

    `path` is the file of the configuration, for retraining, which reads it again.

    Raises CaptureError, TranscribeError, BundleError, ControlError, ConfigError, MqttError.
    """
    health, clock = Health(), LiveClock()
    sound = RecentSound(config.state_folder, config.privacy.audio_megabytes)
    with ExitStack() as stack:
        stop = stack.enter_context(_stop_signals())
        handlers: dict[str, Handler] = {"status": lambda _: health.snapshot()}
        stack.enter_context(ControlServer(config.state_folder, handlers))
        with stop.at_once():
            service = open_service(config, _log.warning)
            lamp = load_lamp(config, service)
        journal = open_journal(config.state_folder, stack)
        learner, teacher = begin_learning(config, service, journal)
        nightly = make_nightly(config, path, journal)
        worker = stack.enter_context(ThreadPoolExecutor(1, "learning"))
        devices = Devices(config, report.note, stack)
        devices.watched_by(health)

        def tell(event: Event) -> None:
            health.count(event)
            report.show(event)
            devices.tell(event)
            nightly.heard(event)

        loop = Loop(
            *(journal, teacher, windows_of(config.learn), lambda: service.reading),
            light=devices.light,
            tell=tell,
            worker=worker,
            clip=sound.keep if config.privacy.keep_audio else None,
        )
        handlers |= retraining_handlers(journal, service)
        handlers["switch"] = switch_handler(loop, clock.now_s)
        if journal is not None:
            forgets = [nightly.forget, forget_hook(config, journal, service, learner)]
            handlers |= journal_handlers(journal, loop.correct, forgets)
        stack.callback(handlers.clear)  # nothing can be asked of what is being taken down
        microphone = stack.enter_context(Microphone(config.capture.microphone, config.capture.queue_s))
        stop.by(microphone.close)
        stack.enter_context(nightly)
        stack.enter_context(devices.switched_by_hand(loop, clock.now_s, health.snapshot))
        health.state, health.microphone = "listening", microphone.device_name
        health.bundle = service.brain.bundle.version
        print(f"listening on {microphone.device_name}", file=sys.stderr, flush=True)
        report.begin(microphone.device_name)
        tell(Ready(microphone.device_name, service.brain.bundle.version))
        keeping = sound if config.privacy.keep_audio else None
        _listen(microphone, lamp, loop, health, clock, keeping, Housekeeping(journal, config), worker)


def _listen(
    microphone: Microphone,
    lamp: Lamp,
    loop: Loop,
    health: Health,
    clock: LiveClock,
    sound: RecentSound | None,
    housekeeping: Housekeeping,
    worker: Executor,
) -> None:
    pipeline = lamp.pipeline()
    for block in microphone.blocks():
        clock.heard(block.end)
        if sound is not None:
            sound.hear(block)
        for event in pipeline.hear(block):
            loop.hear(event)
        loop.tick(clock.now_s())
        health.blocks += 1
        health.dropped_blocks, health.overflows = microphone.dropped_blocks, microphone.overflows
        health.compute_ratio = round(pipeline.compute_s / pipeline.heard_until_s, 4)
        health.bundle = lamp.service.reading
        if housekeeping.due:
            worker.submit(housekeeping.tidy)
    for event in pipeline.finish():
        loop.hear(event)
    loop.end(clock.now_s())
    loop.hear(End(pipeline.heard_until_s, pipeline.compute_s, microphone.dropped_blocks))


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
