"""A lamp on a disk that refuses: it listens all the same, and ends to be started again once the disk takes writes."""

import os
import signal
import subprocess
import sys
import time
from contextlib import closing

import pytest

from runtime.control_server import ControlServer
from runtime.errors import ControlError, StateBackError, StateDiskError
from runtime.journal.comeback import LOOK_S, Comeback
from runtime.journal.file import FILE_NAME
from runtime.journal.journal import Journal
from runtime.state_lock import state_lock, unusable
from tests.conftest import cannot_run
from tests.runtime.running_lamp import PATIENCE_S, ROOT


def test_it_looks_now_and_then_and_ends_the_lamp_once_the_journal_can_be_opened(tmp_path):
    now_s, ends = 0.0, []
    (tmp_path / FILE_NAME).mkdir()
    comeback = Comeback(tmp_path, lambda: ends.append(1), held=False, monotonic=lambda: now_s)
    assert not comeback.due
    now_s = LOOK_S
    assert comeback.due
    assert not comeback.due
    comeback.look()
    comeback.check()
    assert ends == []
    (tmp_path / FILE_NAME).rmdir()
    comeback.look()
    assert ends == [1]
    with pytest.raises(StateBackError, match=r"can be used again; the lamp ends to be started with it\.$"):
        comeback.check()


def test_while_another_lamp_holds_the_folder_it_stays_away(tmp_path):
    ends = []
    comeback = Comeback(tmp_path, lambda: ends.append(1), held=False)
    with state_lock(tmp_path):
        comeback.look()
    assert ends == []
    assert not (tmp_path / FILE_NAME).exists()


def test_holding_the_folder_itself_it_does_not_stand_in_its_own_way(tmp_path):
    ends = []
    with ControlServer(tmp_path, {}):
        Comeback(tmp_path, lambda: ends.append(1), held=True).look()
    assert ends == [1]


def test_only_what_is_the_fault_of_the_disk_is_borne(tmp_path):
    assert type(unusable(tmp_path, OSError(30, os.strerror(30)))) is StateDiskError
    assert type(unusable(tmp_path, OSError(13, os.strerror(13)))) is ControlError


@pytest.fixture
def disk(tmp_path):
    """A small disk of one's own."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", place], capture_output=True)
    if mounted.returncode != 0:
        cannot_run(f"no disk can be mounted here: {mounted.stderr.decode()}")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


def remount(disk, how):
    subprocess.run(["mount", "-o", f"remount,{how}", disk], check=True)


PROGRAM = (
    "import runtime.journal.comeback as comeback, runtime.cli as cli, sys; comeback.LOOK_S = 0.5; "
    "sys.exit(cli.main(['run', '--config', sys.argv[1]]))"
)


@pytest.mark.parametrize("trouble", ["read-only", "full"])
def test_on_a_disk_that_refuses_it_obeys_and_ends_when_the_disk_is_well(
    audio_device, light_on_recording, disk, tmp_path, trouble
):
    light = tmp_path / "light.sh"
    light.write_text(f'#!/bin/sh\necho "$1" >> {tmp_path}/light\n')
    light.chmod(0o755)
    config = tmp_path / "device.yaml"
    config.write_text(f"state_dir: {disk}/state\nlight: {{kind: command, command: [{light}]}}\n")
    filler = disk / "filler"
    if trouble == "full":
        with closing(os.fdopen(os.open(filler, os.O_WRONLY | os.O_CREAT), "wb", buffering=0)) as file:
            while True:
                try:
                    file.write(bytes(4096))
                except OSError:
                    break
    else:
        remount(disk, "ro")
    lamp = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(config)], cwd=ROOT, stderr=subprocess.PIPE, text=True
    )
    try:
        for line in lamp.stderr:
            if line.startswith("listening"):
                break
            assert "keeps and learns nothing" in line
        audio_device.play(light_on_recording)
        deadline = time.monotonic() + PATIENCE_S
        while not (tmp_path / "light").exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        if trouble == "full":
            filler.unlink()
        else:
            remount(disk, "rw")
        assert lamp.wait(PATIENCE_S) == 1
        assert lamp.stderr.read().endswith("can be used again; the lamp ends to be started with it.\n")
    finally:
        lamp.send_signal(signal.SIGKILL)
        lamp.communicate()
    with Journal.open(disk / "state") as journal:
        assert journal.set_aside is None
