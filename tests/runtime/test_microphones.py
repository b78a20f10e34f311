"""The list of microphones shows what to write in the configuration, and what is used."""

import pytest

from capture.errors import MicrophoneError
from runtime.microphones import ListedMicrophone, list_microphones, microphone_lines
from tests.conftest import AudioDevice


def test_the_one_that_would_be_opened_is_marked(audio_device: AudioDevice) -> None:
    assert audio_device.env
    listed = list_microphones(None)
    (used,) = [device for device in listed if device.used]
    assert [device.name for device in list_microphones(used.name) if device.used] == [used.name]


def test_a_wrong_name_still_lists_what_there_is(audio_device: AudioDevice) -> None:
    assert audio_device.env
    listed = list_microphones("no such thing")
    assert listed
    assert not any(device.used for device in listed)


def test_no_device_at_all_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("capture.microphone.input_devices", list)
    with pytest.raises(MicrophoneError, match="no microphone"):
        list_microphones(None)


def test_people_read_a_line_a_device() -> None:
    listed = [
        ListedMicrophone("USB", 1, 44100, True, True),
        ListedMicrophone("default", 2, 48000, False, False),
    ]
    assert microphone_lines(listed) == [
        "* USB      44100 Hz, 1 channel, default",
        "  default  48000 Hz, 2 channels",
    ]
