"""`foreglow run`: from the microphone to the light, for ever."""

import logging
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import ExitStack
from pathlib import Path

from capture.steady import SteadyMicrophone
from capture.stream import by_name
from runtime.config import Config
from runtime.control_server import ControlServer, Handler
from runtime.day_keeper import DayKeeper
from runtime.devices import Devices
from runtime.errors import StateDiskError
from runtime.events import Event, Ready
from runtime.health import Health
from runtime.journal.comeback import Comeback
from runtime.journal.housekeeping import Housekeeping, open_journal
from runtime.journal.recent_sound import RecentSound
from runtime.journal.requests import journal_handlers
from runtime.lamp import load_lamp
from runtime.learning.assembly import begin_learning, forget_hook, make_nightly
from runtime.learning.lessons import windows_of
from runtime.learning.loop import Loop
from runtime.learning.record import retraining_handlers
from runtime.learning.worker import Worker
from runtime.listening import Listening
from runtime.live_clock import LiveClock
from runtime.memory import MemoryKeeper, give_back_code
from runtime.mqtt.home_assistant import Mute
from runtime.muting import Muting, is_muted
from runtime.page.child import PageProcess, check_installed
from runtime.report import Report
from runtime.service import open_service
from runtime.stopwatch import Stopwatch
from runtime.supervision.heart import Heart, usual_watchdog_s
from runtime.supervision.notify import Notifier
from runtime.supervision.stop import stop_signals
from runtime.supervision.threads import Threads
from runtime.switches.request import switch_handler
from runtime.watchers import Watchers

_log = logging.getLogger(__name__)


def listen(config: Config, report: Report, path: Path | None = None) -> None:
    """Listen until SIGTERM or SIGINT; then end in order and return.

    `path` is the file of the configuration, for retraining, which reads it again.

    Raises CaptureError, TranscribeError, BundleError, ControlError, ConfigError, MqttError, StageError, StateBackError.
    """
    health, notifier, watch = Health(), Notifier(), Stopwatch(light=True)
    health.parts["latency"] = lambda: watch.summary().as_json()
    sound = RecentSound(config.state_folder, config.privacy.audio_megabytes)
    if config.page.enabled:
        check_installed()
    with ExitStack() as stack:
        stop = stack.enter_context(stop_signals())
        threads = stack.enter_context(Threads(stop.wish))
        stack.callback(notifier.stopping)
        handlers: dict[str, Handler] = {"status": lambda _: health.snapshot()}
        watchers = Watchers()
        control = ControlServer(config.state_folder, handlers, {"watch": watchers.take})
        held = _hold(control, stack)
        stack.callback(watchers.close)
        with stop.at_once():
            service = open_service(config, _log.warning)
            give_back_code()  # before the recogniser comes on top
            lamp = load_lamp(config, service)
        clock = LiveClock()
        journal = open_journal(config.state_folder, stack) if held else None
        comeback = Comeback(config.state_folder, stop.wish, held=held)
        learner, teacher = begin_learning(config, service, journal)
        nightly = make_nightly(config, path, journal)
        worker = stack.enter_context(Worker())
        devices = Devices(config, report.note, stack, watch.reached)
        devices.watched_by(health)

        def tell(event: Event) -> None:
            health.count(event)
            if isinstance(event, Ready):
                report.begin(event.microphone)
            report.show(event)
            devices.tell(event)
            nightly.heard(event)
            watchers.tell(event)

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
        microphone = stack.enter_context(
            SteadyMicrophone(
                by_name(config.capture.microphone, config.capture.queue_s),
                clock.now_s,
                muted=is_muted(config.state_folder),
            )
        )
        stop.by(microphone.close)
        muting = Muting(config.state_folder, microphone)
        handlers |= muting.handlers()
        stack.callback(handlers.clear)  # nothing can be asked of what is being taken down
        stack.enter_context(nightly)
        mute = Mute(muting.muted, muting.mute_or_warn)
        stack.enter_context(devices.switched_by_hand(loop, clock.now_s, health.snapshot, mute))
        if config.page.enabled:
            stack.enter_context(PageProcess(path))
        health.bundle = service.brain.bundle.version
        keeper = MemoryKeeper(lamp.recogniser)
        days = DayKeeper(journal, watch.summary)
        stack.callback(days.close)
        give_back_code()
        listening = Listening(
            *(microphone, lamp, loop, health, clock, tell),
            notifier=notifier,
            heart=Heart(notifier, usual_watchdog_s()),
            chores=_chores(
                Housekeeping(journal, config),
                None if journal else comeback,
                worker,
                threads,
                lambda: keeper.look(clock.now_s()),
                days,
            ),
            sound=sound if config.privacy.keep_audio else None,
            watch=watch,
        )
        health.parts["since_sound_s"] = listening.since_sound_s
        health.parts["threads"] = threads.alive
        threads.watch()
        listening.run()
        threads.check()
    comeback.check()


def _hold(server: ControlServer, stack: ExitStack) -> bool:
    """Hold the state folder and answer there; False, and a sentence in the log, while its disk refuses.

    Raises ControlError for any other reason: that is a mistake which the person who starts the lamp can mend.
    """
    try:
        stack.enter_context(server)
    except StateDiskError as error:
        _log.warning(
            "%s Until then the lamp listens, but keeps and learns nothing and cannot be asked.", error
        )
        return False
    return True


def _chores(
    housekeeping: Housekeeping,
    comeback: Comeback | None,
    worker: Executor,
    threads: Threads,
    mind_memory: Callable[[], None],
    days: DayKeeper,
) -> Callable[[], None]:
    """What the listening thread looks after between two blocks."""

    def look() -> None:
        threads.check()
        mind_memory()
        if housekeeping.due:
            worker.submit(housekeeping.tidy).add_done_callback(_say_failure)
        if days.due:
            worker.submit(days.look).add_done_callback(_say_failure)
        if comeback is not None and comeback.due:
            worker.submit(comeback.look)

    return look


def _say_failure(done: "Future[None]") -> None:
    error = done.exception()
    if error is not None:
        _log.error("The journal could not be put in order; it is tried again tomorrow.", exc_info=error)
