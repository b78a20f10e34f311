"""Muting: what is answered, and what a restart finds."""

from pathlib import Path

import pytest

from runtime.errors import ControlError
from runtime.muting import Muting, is_muted


class Microphone:
    """Does what it is told, as far as `obeys`."""

    def __init__(self, obeys: bool = True) -> None:
        self.obeys, self.muted, self.state = obeys, False, "listening"
        self.trouble = None

    def mute(self, muted: bool) -> None:
        self.muted = muted
        if self.obeys:
            self.state = "muted" if muted else "listening"


def test_a_wish_outlives_a_restart_until_it_is_undone(tmp_path: Path) -> None:
    answers = Muting(tmp_path, Microphone()).handlers()
    assert not is_muted(tmp_path)
    expected = {"muted": True, "microphone": "muted", "trouble": None, "warning": None}
    assert answers["mute"]({}) == answers["mute"]({}) == expected
    assert is_muted(tmp_path)
    assert answers["unmute"]({})["microphone"] == "listening"
    assert answers["unmute"]({})["muted"] is False
    assert not is_muted(tmp_path)


def test_what_cannot_be_written_down_is_done_all_the_same_and_said(tmp_path: Path) -> None:
    microphone = Microphone()
    answer = Muting(tmp_path / "gone", microphone).handlers()["mute"]({})
    assert microphone.muted
    assert "this does not outlive a restart" in answer["warning"]


def test_a_device_that_is_not_let_go_is_said(tmp_path: Path) -> None:
    now_s = iter(range(100))
    muting = Muting(tmp_path, Microphone(obeys=False), lambda: float(next(now_s)))
    with pytest.raises(ControlError, match="does not let go of the device"):
        muting.handlers()["mute"]({})
