"""A device that comes and goes, on a clock of the test's own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from capture.block import BLOCK_SAMPLES, Block
from capture.errors import MicrophoneAway, MicrophoneLost
from capture.microphone import STALL_S
from capture.no_sound import NoSound
from capture.steady import SteadyMicrophone

BLOCK_S = 0.032
EPSILON = 1e-6

Heard = list[tuple[float, Block | NoSound]]
"""What was given, each with the time at which it came."""


class World:
    """A clock, and what happens at which of its times: the device comes and goes, somebody mutes."""

    def __init__(self, *happenings: tuple[float, Callable[["World"], object]], present: bool = True) -> None:
        self.now_s = 0.0
        self.happenings = sorted(happenings, key=lambda happening: happening[0])
        self.present = present
        self.plugged = 0
        self.open: list[Stream] = []
        self.opened: list[Stream] = []
        self.finds_s: list[float] = []
        self.error: Exception | None = None
        self.microphone = SteadyMicrophone(
            self.find, lambda: self.now_s, pause=self.pass_time, errand=lambda work, _: Done(work)
        )

    def find(self, again: bool) -> "Stream":
        assert again == bool(self.finds_s), "devices are looked for anew at each attempt but the first"
        self.finds_s.append(self.now_s)
        if self.error is not None:
            raise self.error
        if not self.present:
            raise MicrophoneAway("there is no microphone.")
        assert not self.open, "only one device is held at a time"
        self.opened.append(Stream(self, self.plugged))
        self.open.append(self.opened[-1])
        return self.opened[-1]

    def pass_time(self, seconds: float) -> None:
        """What happens on the way happens, and ends the waiting as a wake does."""
        until_s = self.now_s + seconds
        if self.happenings and self.happenings[0][0] <= until_s:
            at_s, happening = self.happenings.pop(0)
            self.now_s = max(self.now_s, at_s)
            happening(self)
        else:
            self.now_s = until_s

    def hear(self, until_s: float) -> Heard:
        """Everything heard until the clock says so, and then the end; each with the time at which it came."""
        self.happenings.append((until_s, lambda world: world.microphone.close()))
        self.happenings.sort(key=lambda happening: happening[0])
        heard: Heard = []
        for item in self.microphone.sound():
            heard.append((self.now_s, item))
            assert len(heard) < 1_000_000
        self.microphone.__exit__(None, None, None)
        return heard


class Done:
    """An errand that is done at once."""

    def __init__(self, work: Callable[[], object]) -> None:
        self.done = True
        self.error: Exception | None = None
        try:
            work()
        except Exception as error:  # noqa: BLE001 - as the real one
            self.error = error

    def result(self) -> None:
        if self.error is not None:
            raise self.error


@dataclass
class Stream:
    """An opened device whose own clock begins at 0."""

    world: World
    plugged: int
    device_name: str = "USB"
    dropped_blocks: int = 3
    overflows: int = 2
    closed: bool = False
    given: int = 0
    samples: np.ndarray = field(default_factory=lambda: np.zeros(BLOCK_SAMPLES, np.int16))

    def blocks(self) -> Iterator[Block]:
        while not self.closed:
            if not self.world.present or self.world.plugged != self.plugged:
                self.world.pass_time(STALL_S)
                if not self.closed:
                    raise MicrophoneLost("the microphone 'USB' has given no sound.")
                return
            before_s = self.world.now_s
            while self.world.now_s < before_s + BLOCK_S - EPSILON:
                self.world.pass_time(before_s + BLOCK_S - self.world.now_s)
            if self.closed:
                return
            yield Block(self.samples, self.given * BLOCK_S)
            self.given += 1

    def close(self) -> None:
        self.closed = True

    def release(self) -> None:
        assert self.closed
        self.world.open.remove(self)


def pull(world: World) -> None:
    world.present = False


def plug(world: World) -> None:
    world.present = True
    world.plugged += 1


def mute(world: World) -> None:
    world.microphone.mute(True)


def unmute(world: World) -> None:
    world.microphone.mute(False)


def blocks_of(heard: Heard) -> list[tuple[float, Block]]:
    return [(at_s, item) for at_s, item in heard if isinstance(item, Block)]


def states_of(heard: Heard) -> list[str]:
    """How it was, one after the other."""
    states = ["listening" if isinstance(item, Block) else item.state for _, item in heard]
    return [state for before, state in zip([None, *states], states, strict=False) if state != before]
