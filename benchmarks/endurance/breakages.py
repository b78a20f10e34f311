"""What can break in a house: each fault is a context, broken when it begins and mended when it ends."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from benchmarks.endurance.house import DISK_MB, House
from export.bundle import BASE_BUNDLE, load_bundle, write_recalibrated
from runtime.control import ask
from runtime.errors import ControlError
from runtime.releases.listing import in_service
from runtime.releases.promotion import promote

Break = Callable[[House, Random], AbstractContextManager[None]]


@dataclass(frozen=True)
class Fault:
    """One kind of fault."""

    what: str
    """What is done, for the page."""

    broken: Break
    """Does it."""

    listens: bool
    """Whether spoken commands must be obeyed while it lasts."""

    needs: str = ""
    """`disk` or `clock`: what must be there to do it."""

    dies: bool = False
    """Whether the process is killed."""


@contextmanager
def _kill(house: House, _: Random) -> Iterator[None]:
    with house.killed():
        pass
    yield


@contextmanager
def _source_gone(house: House, _: Random) -> Iterator[None]:
    house.server.pull()
    try:
        yield
    finally:
        house.server.give_back()


@contextmanager
def _server_gone(house: House, _: Random) -> Iterator[None]:
    house.server.kill()
    try:
        yield
    finally:
        house.server.start()


@contextmanager
def _server_dumb(house: House, _: Random) -> Iterator[None]:
    house.server.server.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        house.server.server.send_signal(signal.SIGCONT)


@contextmanager
def _full(house: House, _: Random) -> Iterator[None]:
    filler = house.disk / "filler"
    descriptor = os.open(filler, os.O_WRONLY | os.O_CREAT)
    with contextlib.suppress(OSError):
        for _number in range(DISK_MB * 256 + 1):
            os.write(descriptor, bytes(4_096))
    os.close(descriptor)
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def _full_at_start(house: House, random: Random) -> Iterator[None]:
    with _full(house, random):
        with house.killed():
            pass
        yield
        house.promises.unkept.add(house.lamp.pid)


@contextmanager
def _read_only_at_start(house: House, _: Random) -> Iterator[None]:
    # The kernel refuses this while a file is open for writing; a card that failed is read-only after the next start.
    with house.killed():
        _remount(house.disk, "ro")
    try:
        yield
        house.promises.unkept.add(house.lamp.pid)
    finally:
        _remount(house.disk, "rw")


def _remount(disk: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(disk)], check=True, capture_output=True)


@contextmanager
def _clock_jumps(house: House, random: Random) -> Iterator[None]:
    hours = random.choice((-96, -24, -3, 3, 24, 96, 24 * 400))
    house.clock_ahead(3_600 * hours)
    try:
        yield
    finally:
        house.clock_ahead(0)


def _light(mode: str) -> Break:
    @contextmanager
    def broken(house: House, _: Random) -> Iterator[None]:
        house.light_mode(mode)
        try:
            yield
        finally:
            house.light_mode("works")

    return broken


@contextmanager
def _broker_gone(house: House, _: Random) -> Iterator[None]:
    house.broker.stop()
    try:
        yield
    finally:
        house.broker.start()


@contextmanager
def _broker_frozen(house: House, _: Random) -> Iterator[None]:
    house.broker.freeze()
    try:
        yield
    finally:
        house.broker.thaw()


def _corrupt(*, restart: bool) -> Break:
    @contextmanager
    def broken(house: House, random: Random) -> Iterator[None]:
        _promote(house, random)
        model = in_service(house.state) / "model.onnx"
        content = bytearray(model.read_bytes())
        for _number in range(8):
            content[random.randrange(len(content))] ^= 1 << random.randrange(8)
        model.write_bytes(content)
        if restart:
            with house.killed():
                pass
        else:
            with contextlib.suppress(ControlError):
                ask(house.state, {"do": "reload"})
        yield

    return broken


def _promote(house: House, random: Random) -> None:
    """Put a bundle into service that is the base model with slightly other thresholds."""
    base = load_bundle(BASE_BUNDLE)
    thresholds = {intent: value - random.uniform(0, 0.001) for intent, value in base.thresholds.items()}
    folder = house.folder / f"candidate{time.monotonic_ns()}"
    write_recalibrated(folder, base, thresholds, base.final_thresholds, {})
    promote(house.state, folder, {})
    ask(house.state, {"do": "reload"})


FAULTS: Final[dict[str, Fault]] = {
    "kill -9": Fault("the process is killed", _kill, listens=True, dies=True),
    "microphone pulled": Fault("the source is taken from the sound server", _source_gone, listens=False),
    "sound server killed": Fault("the sound server is killed and started again", _server_gone, listens=False),
    "microphone dumb": Fault("the sound server is stopped and goes on", _server_dumb, listens=False),
    "disk full": Fault("the disk with the state folder is filled up", _full, listens=True, needs="disk"),
    "disk full at the start": Fault(
        "the same, and the process killed", _full_at_start, listens=True, needs="disk", dies=True
    ),
    "disk read-only": Fault(
        "the process is killed, and starts on a disk mounted read-only",
        *(_read_only_at_start, True, "disk", True),
    ),
    "clock set": Fault(
        "the wall clock jumps ahead or back, by hours, days or a year",
        _clock_jumps,
        listens=True,
        needs="clock",
    ),
    "light fails": Fault("the light program ends with status 1", _light("fails"), listens=True),
    "light hangs": Fault("the light program does not end", _light("hangs"), listens=True),
    "broker killed": Fault("mosquitto is killed and started again", _broker_gone, listens=True),
    "broker frozen": Fault("mosquitto is stopped and goes on", _broker_frozen, listens=True),
    "bundle corrupt, reloaded": Fault(
        "bits of the promoted bundle are flipped, then the lamp is to reload",
        _corrupt(restart=False),
        listens=True,
    ),
    "bundle corrupt, restarted": Fault(
        "the same, and the process killed", _corrupt(restart=True), listens=True, dies=True
    ),
}
"""Every kind."""
