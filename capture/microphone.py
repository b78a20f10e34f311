"""The microphone as blocks, at whatever rate the device likes."""

import atexit
import queue
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from capture.block import BLOCK_SAMPLES, SAMPLE_RATE, Block
from capture.cutter import BlockCutter
from capture.errors import MicrophoneAway, MicrophoneError, MicrophoneLost
from capture.hush import hushed_stderr

STALL_S = 1.5
"""Seconds without a sample after which an open microphone counts as lost."""

START_S = 5.0
"""Seconds granted to the first sample: some devices take a while to wake."""

_CHECK = "Plug one in and check it with `arecord -l`."


@dataclass(frozen=True, slots=True)
class InputDevice:
    """A device that can record."""

    index: int
    """PortAudio's number of the device; changes when devices come and go."""

    name: str
    """What the configuration calls it."""

    channels: int
    """Most channels it can record; the first one is used."""

    rate_hz: int
    """Hz at which it is opened: the device's own default."""

    default: bool
    """True for the one used when no name is configured."""


def input_devices() -> list[InputDevice]:
    """Every device that can record, in PortAudio's order; empty when there is none.

    Raises MicrophoneError when the PortAudio library is missing.
    """
    sounddevice = _sounddevice()
    default = sounddevice.default.device[0]
    return [
        InputDevice(
            index=device["index"],
            name=device["name"],
            channels=device["max_input_channels"],
            rate_hz=round(device["default_samplerate"]),
            default=device["index"] == default,
        )
        for device in sounddevice.query_devices()
        if device["max_input_channels"] > 0
    ]


def look_again() -> None:
    """Have PortAudio find out anew which devices there are; no microphone may be open.

    It looks once, when it is loaded, and never sees what comes later; numbers are given anew as well. Raises
    MicrophoneError when the library is missing, MicrophoneAway when it finds no sound system that answers.
    """
    sounddevice = _sounddevice()
    try:
        with hushed_stderr():
            while sounddevice._initialized:
                sounddevice._terminate()
            sounddevice._initialize()
    except sounddevice.PortAudioError as error:
        raise MicrophoneAway(f"the sound system does not answer ({error.args[0]}).") from error


def forget_at_exit() -> None:
    """Leave the library as it is when the process ends: it hangs in a call, and would hang at the exit as well."""
    atexit.unregister(_sounddevice()._exit_handler)


class Microphone:
    """One input device, heard from `with` to the end of it.

        with Microphone(None, queue_s=2.0) as microphone:
            for block in microphone.blocks():
                ...

    The audio clock starts at 0 with the first sample and counts every sample the device gave, those
    dropped as well: after a drop the next block's time jumps, and no later time is wrong.
    """

    def __init__(self, name: str | None, queue_s: float) -> None:
        """Choose the device called `name` (or holding it in its name, case ignored), or the default.

        `queue_s`: seconds of sound kept for a reader that falls behind; what comes beyond is dropped.
        Raises MicrophoneError: no PortAudio library, more than one such device; MicrophoneAway: none.
        """
        self._device = _choose(name, input_devices())
        # A buffer is a block's time, rounded up: a gap is then never shorter than a padded block.
        self._buffer_frames = -(-self._device.rate_hz * BLOCK_SAMPLES // SAMPLE_RATE)
        self._queue_buffers = max(1, round(queue_s * self._device.rate_hz / self._buffer_frames))
        # SimpleQueue.put may run in a signal handler that interrupted a get; Queue.put would deadlock there.
        self._queue: queue.SimpleQueue[tuple[int, NDArray[np.int16]] | None] = queue.SimpleQueue()
        self._captured_frames = 0
        self._closed = False
        self._stream: Any = None
        self._dropped_blocks = 0
        self._overflows = 0

    @property
    def device_name(self) -> str:
        """The name of the device chosen."""
        return self._device.name

    @property
    def dropped_blocks(self) -> int:
        """Device buffers (32 ms each) thrown away because the queue was full."""
        return self._dropped_blocks

    @property
    def overflows(self) -> int:
        """Times the device itself lost sound before handing it over; how much is unknown."""
        return self._overflows

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
        self.release()

    def open(self) -> None:
        """Open the device and start to hear. Raises MicrophoneAway when it cannot be opened."""
        sounddevice = _sounddevice()
        try:
            with hushed_stderr():
                self._stream = sounddevice.InputStream(
                    device=self._device.index,
                    samplerate=self._device.rate_hz,
                    blocksize=self._buffer_frames,
                    channels=1,
                    dtype="int16",
                    callback=self._hear,
                    finished_callback=self._end,
                )
                self._stream.start()
        except sounddevice.PortAudioError as error:
            if self._stream is not None:
                self._stream.close()
            raise MicrophoneAway(
                f"the microphone '{self.device_name}' cannot be opened ({error.args[0]}); "
                "see that it is plugged in and that no other program holds it."
            ) from error

    def release(self) -> None:
        """Give the device back, after `close()`. Hangs for as long as a sound server that was opened hangs."""
        self._stream.close()

    def close(self) -> None:
        """End `blocks()` at once; from any thread or signal handler, any number of times."""
        self._closed = True
        self._queue.put(None)

    def blocks(self) -> Iterator[Block]:
        """Blocks as they are heard, until closed.

        Raises MicrophoneLost as soon as the device is known to be gone, or after STALL_S seconds without sound
        (START_S before the first).
        """
        rate_hz = self._device.rate_hz
        cutter = BlockCutter(rate_hz)
        next_frame = 0
        while True:
            patience_s = STALL_S if next_frame else START_S
            try:
                heard = self._queue.get(timeout=patience_s)
            except queue.Empty:
                raise MicrophoneLost(
                    f"the microphone '{self.device_name}' has given no sound for {patience_s:g} s; "
                    "see that it is still plugged in."
                ) from None
            if self._closed:
                return
            if heard is None:
                raise MicrophoneLost(
                    f"the microphone '{self.device_name}' has stopped; see that it is still plugged in."
                )
            first_frame, samples = heard
            if first_frame != next_frame:
                yield from cutter.finish()
                cutter = BlockCutter(rate_hz, start_s=first_frame / rate_hz)
            next_frame = first_frame + len(samples)
            yield from cutter.push(samples.astype(np.float32) / np.float32(32768))

    def _hear(self, samples: NDArray[np.int16], frames: int, _time: Any, status: Any) -> None:
        # Runs on PortAudio's thread: whatever takes long here makes the device lose sound.
        if status.input_overflow:
            self._overflows += 1
        if self._queue.qsize() < self._queue_buffers:
            self._queue.put((self._captured_frames, samples[:, 0].copy()))
        else:
            self._dropped_blocks += 1
        self._captured_frames += frames

    def _end(self) -> None:
        # PortAudio's thread gives up: the device is gone, or _hear has failed. Nothing more will come.
        self._queue.put(None)


def _choose(name: str | None, devices: list[InputDevice]) -> InputDevice:
    if not devices:
        raise MicrophoneAway(f"there is no microphone. {_CHECK}")
    if name is None:
        return next((device for device in devices if device.default), devices[0])
    exact = [device for device in devices if device.name == name]
    found = exact or [device for device in devices if name.casefold() in device.name.casefold()]
    if found[1:] and not exact:
        raise MicrophoneError(
            f"'{name}' could be any of these microphones: {_names(found)}; give more of the name."
        )
    if not found:
        raise MicrophoneAway(f"there is no microphone '{name}'; there are: {_names(devices)}.")
    return found[0]


def _names(devices: list[InputDevice]) -> str:
    return ", ".join(f"'{device.name}'" for device in devices)


def _sounddevice() -> Any:
    # Imported when first needed: it loads PortAudio, which recordings do without.
    try:
        with hushed_stderr():
            import sounddevice
    except OSError as error:
        raise MicrophoneError(
            "no microphone can be used: the PortAudio library is missing; install the package libportaudio2 "
            "(`sudo apt install libportaudio2`)."
        ) from error
    return sounddevice
