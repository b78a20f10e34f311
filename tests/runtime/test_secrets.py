"""Neither the password of the broker nor what was heard is told to anybody who reads a log."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from runtime.config import MqttConfig, load_config
from runtime.errors import ConfigError
from runtime.journal.journal import Journal
from runtime.mqtt.account import account
from tests.conftest import AudioDevice, Require
from tests.runtime.mosquitto import wait_for
from tests.runtime.test_live import PATIENCE_S
from tests.watched import ROOT

SECRET = "correct-horse-battery"

RECORDING = "its_getting_dark_can_you_put_the_lights_on.wav"

TALKATIVE = """
import logging, sys
from runtime import cli
begin_log = cli.begin_log
cli.begin_log = lambda: (begin_log(), logging.getLogger().setLevel(logging.DEBUG))
sys.exit(cli.main(sys.argv[1:]))
"""
"""foreglow with every word that it, or a library, may log."""

CURIOUS = """#!/bin/sh
env >> {folder}/environment
echo "$1 did not work" >&2
exit 1
"""
"""A light that fails, and writes down all that it is given."""


class Talk:
    """A lamp that heard something and could not get into a broker: everything that it said meanwhile."""

    def __init__(self, folder: Path, audio: AudioDevice, port: int) -> None:
        self.state = folder / "state"
        light = folder / "light.sh"
        light.write_text(CURIOUS.format(folder=folder))
        light.chmod(0o755)
        config = folder / "device.yaml"
        config.write_text(
            f"state_dir: {self.state}\nlight: {{kind: command, command: [{light}]}}\n"
            f"mqtt: {{host: 127.0.0.1, port: {port}, user: lamp}}\n"
        )
        command = [sys.executable, "-c", TALKATIVE, "run", "--config", str(config)]
        secret = {"FOREGLOW_MQTT_PASSWORD": SECRET}
        self.lines: list[str] = []
        with subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            env=os.environ | audio.env | secret,
        ) as lamp:  # fmt: skip
            try:
                threading.Thread(target=lambda: self.lines.extend(lamp.stderr), daemon=True).start()
                wait_for(lambda: any("listening on" in line for line in self.lines))
                wait_for(lambda: any("refuses the connection" in line for line in self.lines))
                audio.play(ROOT / "recordings" / RECORDING)
                wait_for(lambda: (folder / "environment").exists())
                asked = [sys.executable, "-m", "runtime.cli", "status", "--json", "--config", str(config)]
                self.status = subprocess.run(
                    asked, cwd=ROOT, capture_output=True, text=True, check=True
                ).stdout
                lamp.send_signal(signal.SIGTERM)
                assert lamp.wait(PATIENCE_S) == 0
            finally:
                lamp.kill()
        self.environment = (folder / "environment").read_text()
        with Journal.open(self.state) as journal:
            (heard,) = journal.utterances()
        self.words = set(heard.words)


@pytest.fixture(scope="module")
def talk(require: Require, audio_device: AudioDevice, tmp_path_factory) -> Talk:
    from tests.runtime.mosquitto import Mosquitto

    require("mosquitto")
    folder = tmp_path_factory.mktemp("t")
    broker = Mosquitto(folder, accounts={"lamp": "another"})
    broker.start()
    try:
        return Talk(folder, audio_device, broker.port)
    finally:
        broker.stop()


def test_a_password_is_not_in_the_log_nor_in_the_status_even_when_it_is_refused(talk):
    assert SECRET not in "".join(talk.lines) + talk.status
    assert json.loads(talk.status)["mqtt"]["connected"] is False


def test_a_password_is_not_given_to_the_program_of_a_light_nor_kept(talk):
    assert "PATH=" in talk.environment
    assert SECRET not in talk.environment
    assert [
        path for path in talk.state.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()
    ] == []


def test_what_was_heard_is_in_the_journal_and_not_in_the_log(talk):
    assert {"getting", "dark"} <= talk.words
    told = [line for line in talk.lines for word in ("getting", "dark") if re.search(rf"\b{word}\b", line)]
    assert told == []
    assert any("did not work" in line for line in talk.lines)  # there is a log


def test_a_password_shows_itself_to_nobody_who_prints_it():
    user, password = account(MqttConfig(user="lamp"), {"FOREGLOW_MQTT_PASSWORD": SECRET})
    shown = [
        f"{password}",
        f"{password!r}",
        str(password),
        f"{password} {password!r}",
        f"{(user, password)}",
    ]
    assert SECRET not in "".join(shown)
    assert password is not None
    assert password.encode() == SECRET.encode()


@pytest.mark.parametrize("host", [f"lamp:{SECRET}@broker", f"mqtt://lamp:{SECRET}@broker:1883"])
def test_a_password_written_in_a_wrong_place_is_refused_without_quoting_it(tmp_path, host):
    (tmp_path / "device.yaml").write_text(f"mqtt: {{host: '{host}', password: {SECRET}}}\n")
    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path / "device.yaml")
    assert "mqtt.host must be a name or an address alone" in str(caught.value)
    assert "mqtt.password is not a known key; did you mean mqtt.password_file?" in str(caught.value)
    assert SECRET not in str(caught.value)
