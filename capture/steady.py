"""A microphone that survives: lost, it is looked for again and again for ever; muted, it is let go.

Everything that may hang or wait for the sound system is done in a thread beside, so that whoever listens is always
free for something else, and a wish to end is heard at once.
"""

import contextlib
import logging
import queue
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from types import TracebackType
from typing import Any, Final, Self

from capture.block import Block
from capture.errand import Errand
from capture.errors import CaptureError, MicrophoneAway, MicrophoneLost, MicrophoneStuck
from capture.microphone import forget_at_exit
from capture.no_sound import NoSound, State
from capture.stream import Stream

_log = logging.getLogger(__name__)

FIRST_RETRY_S: Final = 0.5
"""Between the loss and the first attempt to open it again; twice as long after each further one."""

LAST_RETRY_S: Final = 5.0
"""The longest pause between two attempts: one that is plugged in again is heard that soon."""

STEADY_S: Final = 5.0
"""Seconds of sound after which a device is trusted again, and the pauses begin anew."""

TURN_S: Final = 0.5
"""How often whoever listens gets to do something else while there is no sound."""

STUCK_S: Final = 60.0
"""How long a call into the sound system may take before it is given up, and the process with it."""

_FAREWELL_S: Final = 2.0


class SteadyMicrophone:
    """The microphone for as long as the lamp runs, whatever becomes of the device.

        with SteadyMicrophone(by_name("USB", queue_s=2.0), clock.now_s) as microphone:
            for heard in microphone.sound():
                ...

    The audio clock goes on while there is no sound: after a gap the next block's time jumps by what was lost.
    """

    def __init__(
        self,
        find: Callable[[bool], Stream],
        now_s: Callable[[], float],
        *,
        muted: bool = False,
        pause: Callable[[float], object] | None = None,
        errand: Callable[[Callable[[], object], Callable[[], object]], Errand[Any]] = Errand,
    ) -> None:
        """Nothing is opened before `sound()`.

        Args:
            find: opens the device, with True after having looked for devices anew.
            now_s: seconds on the audio clock, which goes on between blocks and without any.
            muted: begin without a microphone until `mute(False)`.
            pause: waits for so many seconds at most, for the tests' clock.
            errand: begins a call that may hang, for the same.
        """
        self._find = find
        self._now_s = now_s
        # As in Microphone: of the queues only this one may be put into by a signal handler.
        self._wakes: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._pause = pause or self._wait_for_wake
        self._begin = errand
        self._closed = False
        self._muted = muted
        self._state: State = "starting"
        self._trouble: str | None = None
        self._stream: Stream | None = None
        self._pending: Errand[Any] | None = None
        self._tries = 0
        self._retry_s = FIRST_RETRY_S
        self._offset_s: float | None = None  # of the stream's clock; None before its first block
        self._began_s = 0.0  # of the stream's sound
        self._until_s = 0.0  # of all sound
        self._lost = False
        self._unforeseen: set[str] = set()
        self._dropped_blocks = self._overflows = 0  # of the devices before
        self.device_name: str | None = None
        """The name of the device heard last."""
        self.reopenings = 0
        """Times it was lost and heard again."""

    @property
    def state(self) -> State:
        """How it is."""
        return self._state

    @property
    def muted(self) -> bool:
        """Whether a person wants it closed; `state` says when it is."""
        return self._muted

    @property
    def trouble(self) -> str | None:
        """Why there is no microphone: a sentence."""
        return self._trouble

    @property
    def dropped_blocks(self) -> int:
        """Of all devices so far: see Microphone."""
        return self._dropped_blocks + (0 if self._stream is None else self._stream.dropped_blocks)

    @property
    def overflows(self) -> int:
        """Of all devices so far: see Microphone."""
        return self._overflows + (0 if self._stream is None else self._stream.overflows)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let go of the device, or, where the sound system hangs, of the sound system."""
        self.close()
        if self._pending is not None and self._pending.wait(_FAREWELL_S):
            self._pending = None
        if self._pending is None and self._stream is not None:
            release = Errand(self._stream.release, self._wake)
            self._pending = None if release.wait(_FAREWELL_S) else release
        if self._pending is not None:
            forget_at_exit()

    def close(self) -> None:
        """End `sound()` at once; from any thread or signal handler, any number of times."""
        self._closed = True
        self._break_off()

    def mute(self, muted: bool) -> None:
        """Close the device and let go of it, or open it again. From any thread; returns at once."""
        if muted != self._muted:
            self._muted = muted
            self._break_off()

    def sound(self) -> Iterator[Block | NoSound]:
        """Blocks as they are heard, and while there are none NoSound, until closed.

        Raises MicrophoneError when at the first attempt waiting would be in vain: no PortAudio library, a name that
        could be several devices; MicrophoneStuck, at any time, when the sound system hangs for good.
        """
        while not self._closed:
            if self._muted:
                self._become("muted")
                yield self._no_sound()
                self._pause(TURN_S)
                continue
            if self._state == "muted":
                self._become("starting")
            try:
                yield from self._hear()
            except MicrophoneStuck:
                raise
            except (MicrophoneAway, MicrophoneLost) as error:
                self._miss(str(error))
            except CaptureError as error:
                if self.device_name is None:
                    raise  # later on, a second microphone that is plugged in is no reason to end
                self._miss(str(error))
            except Exception as error:  # noqa: BLE001 - a mistake of ours or of a library: opened again all the same
                self._miss(self._said_once(error))
            if self._closed:
                return
            yield from self._let_go()
            if self._state == "listening":
                self._become("muted" if self._muted else "starting")
            yield self._no_sound()  # always once between two devices, however fast it goes
            if self._state == "no microphone":
                yield from self._rest()

    def _hear(self) -> Generator[Block | NoSound, None, None]:
        """One device, from its opening until it is lost, muted or closed."""
        self._tries += 1
        again = self._tries > 1
        self._offset_s = None
        yield from self._apart(lambda: self._open(again))
        stream = self._stream
        if stream is None:
            return  # closed while the sound system hangs
        if self._muted or self._closed:
            stream.close()
        for block in stream.blocks():
            if self._muted or self._closed:
                return
            yield self._placed(block)

    def _open(self, again: bool) -> None:
        # Kept from within the errand: should nobody wait for its end any more, `__exit__` still finds the device.
        self._stream = self._find(again)

    def _let_go(self) -> Generator[NoSound, None, None]:
        stream = self._stream
        if stream is not None:
            stream.close()
            try:
                yield from self._apart(stream.release)
            except MicrophoneStuck:
                raise
            except Exception:  # noqa: BLE001 - it is not used any more, and the next attempt says what is wrong
                _log.exception("The microphone could not be closed.")
            if self._pending is None:
                self._dropped_blocks, self._overflows = self.dropped_blocks, self.overflows
                self._stream = None

    def _rest(self) -> Generator[NoSound, None, None]:
        """Wait before the next attempt, unless something else is wished meanwhile."""
        until_s = self._now_s() + self._retry_s
        self._retry_s = min(2 * self._retry_s, LAST_RETRY_S)
        while not self._closed and not self._muted and (left_s := until_s - self._now_s()) > 0:
            yield self._no_sound()
            self._pause(min(left_s, TURN_S))

    def _apart(self, work: Callable[[], object]) -> Generator[NoSound, None, None]:
        """Do it in a thread beside, and wait for its end unless closed."""
        self._pending = errand = self._begin(work, self._wake)
        began_s = self._now_s()
        while not errand.done:
            if self._closed:
                return
            self._pause(TURN_S)
            if self._now_s() - began_s >= STUCK_S:
                raise MicrophoneStuck(
                    f"the sound system has not answered for {STUCK_S:g} s; restart it, and the lamp after it."
                )
            if not errand.done:
                yield self._no_sound()
        self._pending = None
        errand.result()

    def _placed(self, block: Block) -> Block:
        """The block at its place on the audio clock, which went on before this device was heard."""
        if self._offset_s is None:
            begins_s = max(self._until_s, self._now_s() - (block.end - block.time))
            self._offset_s, self._began_s = begins_s - block.time, begins_s
            assert self._stream is not None
            self.device_name = self._stream.device_name
            if self._lost:
                self._lost = False
                self.reopenings += 1
            self._become("listening")
        block = replace(block, time=block.time + self._offset_s)
        self._until_s = block.end
        if block.end - self._began_s >= STEADY_S:
            self._retry_s = FIRST_RETRY_S
        return block

    def _miss(self, trouble: str) -> None:
        self._lost = self.device_name is not None
        self._become("no microphone", trouble)

    def _said_once(self, error: Exception) -> str:
        kind = type(error).__name__
        if kind not in self._unforeseen:
            self._unforeseen.add(kind)
            _log.error("The microphone failed in an unforeseen way.", exc_info=error)
        return f"the microphone failed in an unforeseen way ({kind})."

    def _become(self, state: State, trouble: str | None = None) -> None:
        self._state, self._trouble = state, trouble

    def _no_sound(self) -> NoSound:
        return NoSound(self._state, self._trouble)

    def _break_off(self) -> None:
        if (stream := self._stream) is not None:
            stream.close()
        self._wake()

    def _wake(self) -> None:
        self._wakes.put(None)

    def _wait_for_wake(self, seconds: float) -> None:
        with contextlib.suppress(queue.Empty):
            self._wakes.get(timeout=seconds)
