"""The lamp as a service of a real systemd, in its sandbox, from a home that only its owner may enter."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import AudioDevice, cannot_run
from tests.systemd import Machine, why_no_machine
from transcribe.cache import cache_folder
from transcribe.fetch import ensure_speech_model

ROOT = Path(__file__).parent.parent.parent
HOME = Path("/home/pi")
PROJECT = HOME / "foreglow"
PATIENCE_S = 60.0
CONFIG = ("--config", str(HOME / "device.yaml"))
STATE = "/var/lib/private/foreglow"


class Board:
    """A machine with the project in somebody's home, and a microphone."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def foreglow(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command of ours, given by root in the project's folder."""
        command = [sys.executable, "-m", "runtime.cli", *arguments]
        return self.machine.run("env", "-C", str(PROJECT), *command, env={"PYTHONPATH": str(PROJECT)})

    def shown(self, *names: str) -> list[str]:
        """Properties of the service."""
        options = [f"--property={name}" for name in names]
        told = self.machine.run("systemctl", "show", "foreglow", *options).stdout
        values = dict(line.split("=", 1) for line in told.splitlines())
        return [values[name] for name in names]

    def log(self) -> str:
        """What the service has logged."""
        return self.machine.run("journalctl", "--unit=foreglow", "--output=cat", "--no-pager").stdout


def wait_for(condition: Callable[[], bool], board: Board) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, board.log()
        time.sleep(0.2)


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory, audio_device: AudioDevice) -> Iterator[Board]:
    reason = why_no_machine()
    if reason is not None:
        cannot_run(reason)
    ensure_speech_model()
    folder = tmp_path_factory.mktemp("machine")
    (folder / "room").mkdir()
    home = folder / "home"
    home.mkdir(mode=0o700)
    light = home / "lamp.sh"
    light.write_text('#!/bin/sh\necho "$1" >> "$STATE_DIRECTORY/light"\n')
    light.chmod(0o755)
    (home / "device.yaml").write_text(f"light: {{kind: command, command: [{HOME}/lamp.sh]}}\n")
    sound = Path(audio_device.env["ALSA_CONFIG_PATH"]).parent
    sound.chmod(0o755)
    try:
        machine = Machine(
            folder / "room",
            [
                (home, HOME),
                (ROOT, PROJECT),
                (ROOT, ROOT),  # its interpreter is called by this path
                (sound, sound),
                (cache_folder(), Path("/root") / ".cache" / "foreglow"),
            ],
        )
    except OSError as error:
        cannot_run(str(error))
    try:
        lines = [f'Environment="{name}={value}"' for name, value in audio_device.env.items()]
        drop_in = "\n".join(["[Service]", *lines, f"BindReadOnlyPaths={sound}"])
        there = "/etc/systemd/system/foreglow.service.d"
        machine.run("mkdir", "-p", there)
        machine.run("sh", "-c", f"cat > {there}/sound.conf <<'X'\n{drop_in}\nX\n")
        yield Board(machine)
    finally:
        machine.stop()
        shutil.rmtree(folder, ignore_errors=True)


def history(board: Board) -> list[dict]:
    return [json.loads(line) for line in board.foreglow("history", "--json").stdout.splitlines()]


def test_the_service_listens_in_its_sandbox_and_comes_back_when_killed(
    board: Board, audio_device: AudioDevice, light_on_recording: Path
) -> None:
    installed = board.foreglow(*CONFIG, "install")
    assert installed.returncode == 0, installed.stderr + board.log()
    assert board.shown("ActiveState", "SubState", "UnitFileState") == ["active", "running", "enabled"]

    audio_device.play(light_on_recording)
    wait_for(lambda: board.machine.run("cat", f"{STATE}/light").stdout.endswith("on\n"), board)
    wait_for(lambda: history(board) != [], board)
    (heard,) = history(board)
    assert heard["text"].split()[0] == "turn"
    log = board.log()
    assert "Decided: light_on" in log
    assert not any(word in log for word in ("turn", "please"))

    # Root writes as the service's user, so that the service can read it.
    assert board.foreglow("correct", str(heard["id"]), "none").returncode == 0
    assert json.loads(board.foreglow("status", "--json").stdout)["state"] == "listening"
    assert board.machine.run("find", STATE, "-user", "root").stdout == ""

    (before,) = board.shown("MainPID")
    board.machine.run("kill", "-KILL", before)
    wait_for(lambda: board.shown("ActiveState", "NRestarts") == ["active", "1"], board)
    assert board.shown("MainPID") != [before]

    assert board.foreglow("uninstall").returncode == 0
    assert board.shown("LoadState", "ActiveState") == ["not-found", "inactive"]
    assert board.machine.run("ls", STATE).stdout.split() != []
    assert board.machine.run("ls", "/var/cache/private/foreglow").returncode != 0
    assert [each["id"] for each in history(board)] == [heard["id"]]

    assert board.foreglow("uninstall", "--state").returncode == 0
    left = board.machine.run(
        "find", "/var", "/etc/systemd/system", "-name", "foreglow*", "-not", "-name", "*.d"
    )
    assert left.stdout == ""
    assert "not installed" in board.foreglow("uninstall").stdout
