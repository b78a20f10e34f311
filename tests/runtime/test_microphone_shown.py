"""What people and programs see of the microphone's state."""

from itertools import accumulate

from rich.console import Console

from runtime.events import MicrophoneChanged, Ready, event_json
from runtime.scene import Scene, advance
from runtime.view import draw


def drawn(scene):
    console = Console(width=80, color_system=None)
    with console.capture() as capture:
        console.print(draw(scene, ""))
    return capture.get()


def test_a_lamp_that_is_muted_or_has_no_microphone_shows_it():
    changes = [MicrophoneChanged(1.0, "muted", None), MicrophoneChanged(2.0, "no microphone", "it is gone.")]
    shown = [
        drawn(scene)
        for scene in list(accumulate([*changes, Ready("USB", "1")], advance, initial=Scene()))[1:]
    ]
    for text, state in zip(shown, ["muted", "no microphone", "listening"], strict=True):
        assert state in text


def test_a_change_of_the_microphone_is_one_line_of_json():
    line = event_json(MicrophoneChanged(2.0, "no microphone", "it is gone."))
    assert line == {"event": "microphone", "time": 2.0, "state": "no microphone", "trouble": "it is gone."}
    assert "trouble" not in event_json(MicrophoneChanged(1.0, "muted", None))
