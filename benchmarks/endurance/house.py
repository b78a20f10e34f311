"""A house for the faults: a lamp under a supervisor, with real sound, a light program, a broker and a small disk."""

import contextlib
import logging
import math
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from ctypes.util import find_library
from itertools import cycle
from pathlib import Path
from typing import Final

import paho.mqtt.publish

from benchmarks.endurance.broker import Mosquitto
from benchmarks.endurance.promises import Promises
from benchmarks.endurance.sound_server import SoundServer
from benchmarks.endurance.supervised import RESTART_S, ROOT, Supervised
from runtime.control import ask
from runtime.errors import ControlError

logging.getLogger("paho").addHandler(
    logging.NullHandler()
)  # it warns of each connection that it closes itself

RECORDINGS: Final = ROOT / "recordings"

COMMANDS: Final = (
    ("turn_on_the_light_please", "light_on"),
    ("please_switch_off_the_lamp_in_the_kitchen", "light_off"),
)
"""Said in turn, so that the light has something to do each time."""

LESSONS: Final = (
    ("turn_on_the_heater", "light_on"),
    ("remind_me_to_buy_light_bulbs", "light_on"),
    ("there_will_be_light_rain_tonight", "light_off"),
    ("she_turned_the_light_off_and_left", "light_off"),
)
"""What is taught in the beginning and must not be forgotten; the first that can be taught at once is taken."""

DISK_MB: Final = 32

LATE_S: Final = 1.5
"""Seconds after a command was said to its end within which the lamp must have decided."""

PAUSE_S: Final = 1.0
"""Seconds between two commands: the gate closes meanwhile, so that each is an utterance of its own."""

LOADED_S: Final = 60.0
"""Seconds after which a lamp that does not listen never will."""

LIGHT: Final = """#!/bin/sh
case "$(cat {folder}/mode)" in
    fails) echo "no answer from the bulb" >&2; exit 1 ;;
    hangs) exec sleep 600 ;;
esac
echo "$1" >> {folder}/light
"""

SLEEP: Final = """
import select, time
time.sleep = lambda seconds: select.select([], [], [], seconds)
"""
"""For Python under libfaketime 0.9.10, which refuses to sleep by the steady clock while it leaves that be."""

SETTINGS: Final = """
state_dir: {folder}/disk/state
light: {{kind: command, command: [{folder}/light.sh], timeout_s: 2.0}}
mqtt: {{host: 127.0.0.1, port: {port}}}
learn: {{retrain_at: null}}
"""


class House:
    """Everything around the lamp, and ways to ask whether it still does what it is for."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        """Start it all; it ends with `stack`. Raises RuntimeError when something does not start."""
        self.folder = folder
        self.disk = folder / "disk"
        self.disk.mkdir()
        self.has_disk = os.geteuid() == 0 and stack.enter_context(_small_disk(self.disk))
        self.state = self.disk / "state"
        self.promises = Promises()
        self._commands = cycle(COMMANDS)
        self.wanted = "light_off"
        """What the light was last asked to be."""
        self.server = SoundServer(folder)
        self.server.start()
        stack.callback(self.server.stop)
        self.broker = Mosquitto(folder)
        self.broker.start()
        stack.callback(self.broker.stop)
        self.light_mode("works")
        (folder / "light").touch()
        light = folder / "light.sh"
        light.write_text(LIGHT.format(folder=folder), encoding="utf-8")
        light.chmod(0o755)
        config = folder / "device.yaml"
        config.write_text(SETTINGS.format(folder=folder, port=self.broker.port), encoding="utf-8")
        self.clock_ahead(0)
        self.has_clock = _faketime() is not None
        self.lamp = Supervised(config, self.server.env | self._clock_env(), folder / "lamp.log", RESTART_S)
        stack.enter_context(self.lamp)
        if self.lamp.until(0.0, "ready", LOADED_S) is None:
            raise RuntimeError(f"the lamp did not start: {self.log()}")
        self.lesson = self._teach()

    def log(self) -> str:
        """What the lamp said on standard error so far."""
        return (self.folder / "lamp.log").read_text(encoding="utf-8", errors="replace")

    def light_mode(self, mode: str) -> None:
        """`works`, `fails` or `hangs`: what the light program does from now on."""
        (self.folder / "mode").write_text(mode, encoding="utf-8")

    def clock_ahead(self, seconds: int) -> None:
        """Set the lamp's wall clock ahead of the real one, or with a negative number behind."""
        fresh = self.folder / "clock.new"
        fresh.write_text(f"{seconds:+d}\n", encoding="utf-8")
        fresh.replace(self.folder / "clock")

    @staticmethod
    def _let_end(playing: "subprocess.Popen[bytes]") -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            playing.wait(15)
        playing.kill()  # the sound server may have gone meanwhile
        playing.wait()

    def next_command(self) -> tuple[str, str]:
        """A recording, and what it asks for."""
        name, self.wanted = next(self._commands)
        return name, self.wanted

    def say(self, name: str) -> None:
        """Play a recording to its end, or for as long as there is somebody to play it to."""
        self._let_end(self.server.start_playing(RECORDINGS / f"{name}.wav"))

    def obeys(self, patience_s: float) -> float | None:
        """Seconds until a command, said again and again, has switched the light; None if none did."""
        begin, switched = time.monotonic(), self.switched()
        found: float | None = None
        while found is None and time.monotonic() < begin + patience_s:
            playing = self.server.start_playing(RECORDINGS / f"{self.next_command()[0]}.wav")
            said_s = math.inf
            while found is None and time.monotonic() < min(said_s + PAUSE_S, begin + patience_s):
                if playing.poll() is not None:
                    said_s = min(said_s, time.monotonic())
                if self.switched() > switched:
                    found = time.monotonic()
                time.sleep(0.02)
            self._let_end(playing)
        time.sleep(PAUSE_S)
        return None if found is None else found - begin

    def decides(self, name: str, intent: str) -> bool:
        """Whether the lamp decides so on a recording, whatever the light then does."""
        begin = time.monotonic()
        self.say(name)
        found = self.lamp.until(begin, "decision", LATE_S)
        time.sleep(PAUSE_S)
        return found is not None and found.event["intent"] == intent

    def home_obeys(self, patience_s: float) -> float | None:
        """Seconds until the light follows Home Assistant, which asks once a second."""
        begin = time.monotonic()
        while time.monotonic() < begin + patience_s:
            intent = self.next_command()[1]
            switched = self.switched()
            payload = "ON" if intent == "light_on" else "OFF"
            with contextlib.suppress(OSError):
                paho.mqtt.publish.single(
                    "foreglow/light/set", payload, 1, hostname="127.0.0.1", port=self.broker.port
                )
            if (at_s := self._wait_for_light(switched, intent, 1.0)) is not None:
                return at_s - begin
        return None

    def reaches(self, intent: str, switched: int, patience_s: float) -> bool:
        """Whether the light is switched so in so many seconds, with nothing said; `switched` is what it was before."""
        return self._wait_for_light(switched, intent, patience_s) is not None

    @contextmanager
    def killed(self) -> Iterator[None]:
        """Kill the lamp; it may start again when the block is over."""
        self.promises.taken.append((self.lamp.pid, time.monotonic()))
        with self.lamp.killed():
            yield

    def is_told(self) -> bool:
        """Say that the newest command was understood rightly; whether the lamp confirms that it is kept."""
        try:
            newest = ask(self.state, {"do": "history", "limit": 20, "only": "decided"}, 10)["utterances"][0]
            intent = newest["label"] or newest["decided"]
            ask(self.state, {"do": "correct", "id": newest["id"], "intent": intent}, 10)
        except (ControlError, IndexError):
            return False
        self.promises.labels[newest["id"]] = intent
        return True

    def keeps_again(self, patience_s: float) -> bool:
        """Whether within so many seconds a process listens that did not say that it keeps nothing."""
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            if any(
                each.pid not in self.promises.unkept
                for each in self.lamp.told_since(deadline - patience_s, "ready")
            ):
                return True
            time.sleep(0.1)
        return False

    def _teach(self) -> tuple[str, str]:
        """Teach something that the lamp would not do by itself; the recording, and what it means now."""
        if self.obeys(LOADED_S) is None:
            raise RuntimeError(f"the lamp does not obey even while nothing is broken: {self.log()}")
        for name, intent in LESSONS:
            begin = time.monotonic()
            self.say(name)
            if self.lamp.until(begin, "speech_end", 5) is None:
                continue
            (newest,) = ask(self.state, {"do": "history", "limit": 1})["utterances"]
            told = ask(self.state, {"do": "correct", "id": newest["id"], "intent": intent})
            self.promises.labels[newest["id"]] = intent
            if told["waits"] is None and self.decides(name, intent):
                return name, intent
        raise RuntimeError("none of the lessons could be taught")

    def switched(self) -> int:
        """How often the light program has switched."""
        return len((self.folder / "light").read_text(encoding="utf-8").split())

    def _wait_for_light(self, switched: int, intent: str, patience_s: float) -> float | None:
        """When, in steady seconds, the program switched so after it had switched so often; None if it did not."""
        wanted = intent.removeprefix("light_")
        deadline = time.monotonic() + patience_s
        while True:
            if wanted in (self.folder / "light").read_text(encoding="utf-8").split()[switched:]:
                return time.monotonic()
            if time.monotonic() > deadline:
                return None
            time.sleep(0.02)

    def _clock_env(self) -> dict[str, str]:
        library = _faketime()
        if library is None:
            return {}
        shim = self.folder / "shim"
        shim.mkdir()
        (shim / "sitecustomize.py").write_text(SLEEP, encoding="utf-8")
        return {
            "PYTHONPATH": os.pathsep.join([str(shim), *filter(None, [os.environ.get("PYTHONPATH")])]),
            "LD_PRELOAD": library,
            "FAKETIME_TIMESTAMP_FILE": str(self.folder / "clock"),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",  # as a clock that is set, the steady one goes on
        }


@contextmanager
def moved_in() -> Iterator[House]:
    """A house in a folder that is removed in the end. Raises RuntimeError when something does not start."""
    # Its path must be short: that of a socket has 107 bytes at most.
    with tempfile.TemporaryDirectory(prefix="foreglow-") as folder, ExitStack() as stack:
        yield House(Path(folder), stack)


def _faketime() -> str | None:
    """The library of the Debian package libfaketime; None where it is not installed."""
    found = [*Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")]
    return str(found[0]) if found else find_library("faketimeMT")


@contextmanager
def _small_disk(place: Path) -> Iterator[bool]:
    """A file system of DISK_MB in memory at this place; False where none can be mounted."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m,mode=0755", "tmpfs", str(place)]
    if subprocess.run(command, capture_output=True).returncode != 0:
        yield False
        return
    try:
        yield True
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=False)
