"""The lamp of `foreglow run`, with a day of sound from a pipe in place of the microphone and of the clock.

Everything else is what runs at home: gate, Vosk, language model, loop, journal with kept sound, light program, control
socket, the learning worker, housekeeping, and the retraining by night in a process of its own.
"""

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from subprocess import PIPE, Popen
from typing import IO, Any, Final

import numpy as np

from benchmarks.endurance.day import BEGINS_AT
from benchmarks.endurance.household import Counted, Household
from capture.block import BLOCK_SAMPLES, SAMPLE_RATE, Block
from runtime.config import Config, load_config
from runtime.control import ask
from runtime.control_server import ControlServer, Handler
from runtime.devices import Devices
from runtime.events import Event
from runtime.health import Health, resident_mb
from runtime.journal.housekeeping import Housekeeping, open_journal
from runtime.journal.recent_sound import RecentSound
from runtime.journal.requests import journal_handlers
from runtime.lamp import load_lamp
from runtime.learning.assembly import begin_learning, forget_hook
from runtime.learning.child import Child
from runtime.learning.lessons import windows_of
from runtime.learning.loop import Loop
from runtime.learning.nightly import Nightly
from runtime.learning.record import lessons_since_retraining, retraining_handlers
from runtime.learning.worker import Worker
from runtime.listening import Listening
from runtime.live_clock import LiveClock
from runtime.memory import MemoryKeeper, give_back_code
from runtime.service import open_service
from runtime.supervision.heart import Heart
from runtime.supervision.notify import Notifier

SAMPLED_S: Final = 900
"""Seconds of the day between two looks at the process."""

TIDIED_S: Final = 3_600
"""Seconds of the day between two turns of housekeeping, which at home come once a day."""

SETTINGS: Final = """
state_dir: {folder}/state
light: {{kind: command, command: [{folder}/light.sh]}}
keep: {{megabytes: 1}}
privacy: {{keep_audio: true, audio_megabytes: 10}}
"""
"""Small limits, so that they are reached within the day."""

WITHOUT_TORCH: Final = (
    "import sys, runtime.learning.retrain as retrain; from runtime.cli import main; "
    "retrain.can_train = lambda: False; sys.exit(main(['retrain', '--json', '--config', sys.argv[1]]))"
)
"""Retrains as a board does, which has no training packages."""


@dataclass(frozen=True)
class Sample:
    """The process at one moment of the day."""

    at_s: float
    """Seconds since the beginning of the day."""

    memory_mb: float
    """Resident, in MB (10^6 bytes)."""

    handles: int
    """Open file descriptors."""

    threads: int
    """Threads."""

    state_mb: float
    """All files of the state folder, in MB."""

    compute_s: float
    """Processor time since the beginning of the day, all threads."""


@dataclass(frozen=True)
class Soaked:
    """What came of a day."""

    samples: list[Sample]
    """From the beginning to the end, SAMPLED_S apart."""

    counted: Counted
    """Commands and false acts."""

    talk_s: float
    """Seconds of speech in the day."""

    utterances: int
    """Heard to their end."""

    retrainings: int
    """That came to a result."""

    threads: list[str]
    """Names of Python's threads at the end."""


def live(seed: int, hours: float, folder: Path, advance: Callable[[float, Sample], object]) -> Soaked:
    """Let the lamp live through a day, as fast as it goes; `advance` is told the time and the latest sample."""
    config = _settings(folder)
    day = Popen(
        [sys.executable, "-m", "benchmarks.endurance.day", str(seed), str(hours)],
        stdout=PIPE,
        bufsize=1 << 18,
    )
    assert day.stdout is not None
    with day, day.stdout as sound:
        said = json.loads(sound.readline())["said"]
        soaked = _live(config, folder / "device.yaml", said, _blocks(sound), seed, advance)
    if day.returncode != 0:
        raise RuntimeError(f"the maker of the day ended with status {day.returncode}")
    return soaked


def _settings(folder: Path) -> Config:
    light = folder / "light.sh"
    light.write_text(f'#!/bin/sh\necho "$1" > {folder}/light\n', encoding="utf-8")
    light.chmod(0o755)
    (folder / "device.yaml").write_text(SETTINGS.format(folder=folder), encoding="utf-8")
    return load_config(folder / "device.yaml")


def _blocks(sound: IO[bytes]) -> Iterator[Block]:
    number = 0
    while len(data := sound.read(2 * BLOCK_SAMPLES)) == 2 * BLOCK_SAMPLES:
        yield Block(np.frombuffer(data, "<i2"), number * BLOCK_SAMPLES / SAMPLE_RATE)
        number += 1


class _DayMicrophone:
    """The day in place of a SteadyMicrophone."""

    device_name, dropped_blocks, overflows, reopenings = "a day", 0, 0, 0

    def __init__(self, blocks: Iterator[Block]) -> None:
        self._blocks = blocks

    def sound(self) -> Iterator[Block]:
        return self._blocks


def _live(
    config: Config,
    path: Path,
    said: Sequence[Mapping[str, Any]],
    blocks: Iterator[Block],
    seed: int,
    advance: Callable[[float, Sample], object],
) -> Soaked:
    """As runtime/live.py puts it together, but for the clock and the waiting for the learning worker."""
    health, household, samples = Health(), Household(said, seed), list[Sample]()
    clock, begin = LiveClock(lambda: 0.0), _evening()  # goes on with the sound alone
    sound = RecentSound(config.state_folder, config.privacy.audio_megabytes)
    with ExitStack() as stack:
        handlers: dict[str, Handler] = {"status": lambda _: health.snapshot()}
        stack.enter_context(ControlServer(config.state_folder, handlers))
        service = open_service(config, print)
        give_back_code()
        lamp = load_lamp(config, service)
        journal = open_journal(config.state_folder, stack)
        assert journal is not None
        learner, teacher = begin_learning(config, service, journal)
        worker = stack.enter_context(Worker())
        devices = Devices(config, print, stack)
        devices.watched_by(health)
        children: list[Child] = []

        def retrain() -> Child:
            children.append(Child([sys.executable, "-c", WITHOUT_TORCH, str(path)]))
            return children[-1]

        def wall() -> float:
            return begin + clock.now_s()

        nightly = Nightly(
            *(config.learn.retraining_time, config.learn.retrain_after),
            *(lambda: lessons_since_retraining(journal), retrain),
            wall=wall,
            steady=clock.now_s,
        )
        news: list[Event] = []

        def tell(event: Event) -> None:
            for each in (health.count, devices.tell, nightly.heard, household.hear, news.append):
                each(event)

        loop = Loop(
            *(journal, teacher, windows_of(config.learn), lambda: service.reading),
            light=devices.light,
            tell=tell,
            wall=wall,
            worker=worker,
            clip=sound.keep,
        )
        forgets = [nightly.forget, forget_hook(config, journal, service, learner)]
        handlers |= retraining_handlers(journal, service) | journal_handlers(journal, loop.correct, forgets)
        housekeeping = Housekeeping(journal, config, monotonic=lambda: clock.now_s() * 86_400 / TIDIED_S)
        began_s, looked_s = time.process_time(), 0.0
        memory = MemoryKeeper(lamp.recogniser)
        give_back_code()
        samples.append(_sample(config, 0.0, 0.0))

        def chores() -> None:
            nonlocal looked_s
            now_s = clock.now_s()
            memory.look(now_s)
            household.pass_time(now_s, loop)
            if housekeeping.due:
                worker.submit(housekeeping.tidy)
            if now_s >= looked_s:
                looked_s = now_s + 1
                nightly.look()
                while children and children[-1].status() is None:
                    time.sleep(0.05)  # or it would take hours of the day
            if news:
                news.clear()
                worker.submit(int).result()  # what was to be learned is in service, as it would be at home
            if now_s >= samples[-1].at_s + SAMPLED_S:
                ask(config.state_folder, {"do": "status"})
                ask(config.state_folder, {"do": "history", "limit": 50})
                samples.append(_sample(config, now_s, time.process_time() - began_s))
                advance(now_s, samples[-1])

        notifier = Notifier()
        listening = Listening(
            *(_DayMicrophone(blocks), lamp, loop, health, clock, tell),  # type: ignore[arg-type]
            notifier=notifier,
            heart=Heart(notifier, None),
            chores=chores,
            sound=sound,
            monotonic=clock.now_s,
        )
        listening.run()
        nightly.end()
        retrainings = len(journal.retrainings())
        threads = sorted(thread.name for thread in threading.enumerate())
    talk_s = sum(each["end_s"] - each["at_s"] for each in said)
    return Soaked(samples, household.counted, talk_s, health.utterances, retrainings, threads)


def _evening() -> float:
    """The latest evening from which a day is over by now, in seconds since 1970."""
    day_ago = datetime.now() - timedelta(days=1)
    evening = day_ago.replace(hour=BEGINS_AT, minute=0, second=0, microsecond=0)
    return (evening if evening <= day_ago else evening - timedelta(days=1)).timestamp()


def _count(what: str) -> int:
    return len(list(Path(f"/proc/self/{what}").iterdir()))


def _sample(config: Config, at_s: float, compute_s: float) -> Sample:
    files = [path for path in config.state_folder.rglob("*") if path.is_file()]
    return Sample(
        at_s,
        resident_mb() or 0.0,
        _count("fd"),
        _count("task"),
        sum(path.stat().st_size for path in files) / 1e6,
        compute_s,
    )
