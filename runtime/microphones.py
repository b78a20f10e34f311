"""What `foreglow microphones` lists."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ListedMicrophone:
    """An input device and whether it is ours."""

    name: str
    """What to write in `capture.microphone`."""

    channels: int
    """Most channels it can record."""

    rate_hz: int
    """Hz; its own default rate."""

    default: bool
    """True for the system's default one."""

    used: bool
    """True for the one that `foreglow run` opens with this configuration."""


def list_microphones(configured: str | None) -> list[ListedMicrophone]:
    """Every input device; `configured` is `capture.microphone`. A name that fits none marks none as used.

    Raises MicrophoneError if there is no device or no PortAudio library.
    """
    from capture.errors import MicrophoneError
    from capture.microphone import Microphone, input_devices

    devices = input_devices()
    used = None
    try:
        used = Microphone(configured, queue_s=1.0).device_name  # chooses, but does not open
    except MicrophoneError:
        if not devices:
            raise
    return [
        ListedMicrophone(device.name, device.channels, device.rate_hz, device.default, device.name == used)
        for device in devices
    ]


def microphone_lines(listed: list[ListedMicrophone]) -> list[str]:
    """A line for each device, for people; the one used is marked with an asterisk."""
    width = max((len(device.name) for device in listed), default=0)
    return [
        f"{'*' if device.used else ' '} {device.name:<{width}}  {device.rate_hz} Hz, {device.channels} "
        f"channel{'s' if device.channels > 1 else ''}{', default' if device.default else ''}"
        for device in listed
    ]
