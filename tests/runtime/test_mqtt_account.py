"""Who may connect to a real MQTT broker: passwords, certificates, what the doctor says."""

import json
import logging
import ssl
import stat
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest

from runtime.config import Config, MqttConfig
from runtime.errors import ConfigError, MqttError
from runtime.mqtt.account import Password, account
from runtime.mqtt.broker import Broker
from runtime.mqtt.check import check_broker
from runtime.mqtt.topics import Topics
from tests.conftest import Require
from tests.runtime.mosquitto import Connect, Guest, Start, told, wait_for

SECRET = "correct horse battery"
TOPICS = Topics("foreglow")


def test_a_wrong_password_is_told_once_and_never_shown(
    mosquitto: Start, connect: Connect, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    server = mosquitto(accounts={"lamp": "another"})
    file = tmp_path / "password"
    file.write_text(f"{SECRET}\n")
    ours = connect(server.port, user="lamp", password_file=file)
    wait_for(lambda: "refuses" in str(ours.health()["failure"]))
    time.sleep(0.5)  # several attempts
    assert told(caplog) == [
        f"The MQTT broker 127.0.0.1:{server.port} refuses the connection: not authorized; it is tried again, less "
        "and less often."
    ]
    assert SECRET not in caplog.text + json.dumps(ours.health()) + repr(vars(ours))
    assert not ours.health()["connected"]


def test_the_right_password_lets_it_in(
    mosquitto: Start, connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = mosquitto(accounts={"lamp": SECRET})
    file = tmp_path / "password"
    file.write_text(f"{SECRET}\n")
    ours = connect(server.port, user="lamp", password_file=file)
    wait_for(lambda: ours.health()["connected"])
    ours.close()
    monkeypatch.setenv("FOREGLOW_MQTT_USER", "lamp")
    monkeypatch.setenv("FOREGLOW_MQTT_PASSWORD", SECRET)
    ours = connect(server.port)
    wait_for(lambda: ours.health()["connected"])


@pytest.fixture
def certificates(require: Require, tmp_path: Path) -> Path:
    """ca.pem, and server.pem with server.key for 127.0.0.1."""
    require("openssl")

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=tmp_path, check=True, capture_output=True)

    new = (
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
    )
    openssl(*new, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=The test's authority")
    signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2")
    request = ("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    openssl(*request, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=127.0.0.1")
    (tmp_path / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    openssl("x509", "-req", "-in", "server.csr", *signed, "-extfile", "names", "-out", "server.pem")
    return tmp_path


def test_tls_is_used_and_a_certificate_that_is_not_trusted_refused(
    mosquitto: Start, connect: Connect, certificates: Path
) -> None:
    server = mosquitto(f"certfile {certificates}/server.pem", f"keyfile {certificates}/server.key")
    trusting = connect(server.port, tls=True, ca_file=certificates / "ca.pem", topic="one")
    wait_for(lambda: trusting.health()["connected"])
    with closing(Guest(server.port, tls=ssl.create_default_context(cafile=certificates / "ca.pem"))) as guest:
        guest.until("one/availability", "online")
    strange = connect(server.port, tls=True, topic="two")
    wait_for(lambda: "its certificate is not trusted" in str(strange.health()["failure"]))
    plain = connect(server.port, topic="three")
    wait_for(lambda: "has not answered" not in str(plain.health()["failure"]))
    assert not strange.health()["connected"]
    assert not plain.health()["connected"]


def test_what_the_account_and_the_certificates_may_be(tmp_path: Path) -> None:
    def refused(**config: object) -> str:
        with pytest.raises(MqttError) as error:
            Broker(MqttConfig.model_validate({"host": "localhost", **config}))
        return str(error.value)

    (tmp_path / "empty").touch()
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\n")
    (tmp_path / "fine").write_text("fine\r\nsecond line\n")
    assert "cannot be read: No such file" in refused(user="lamp", password_file=tmp_path / "nowhere")
    assert "must hold a password" in refused(user="lamp", password_file=tmp_path / "empty")
    assert "is not UTF-8" in refused(user="lamp", password_file=tmp_path / "bytes")
    assert "a password but no user" in refused(password_file=tmp_path / "fine")
    assert "holds no certificate" in refused(tls=True, ca_file=tmp_path / "fine")
    assert "No such file" in refused(tls=True, ca_file=tmp_path / "nowhere")
    assert account(MqttConfig(user="me", password_file=tmp_path / "fine"), {}) == ("me", "fine")
    assert account(MqttConfig(), {}) == (None, None)
    assert repr(Password("fine")) == "Password(...)"


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "paho.mqtt.client", None)
    with pytest.raises(ConfigError, match=r"pip install 'foreglow\[mqtt\]'"):
        Broker(MqttConfig(host="localhost"))


def test_doctor_asks_the_broker_and_disturbs_nobody(
    mosquitto: Start, connect: Connect, tmp_path: Path
) -> None:
    server = mosquitto(accounts={"lamp": SECRET})
    file = tmp_path / "password"
    file.write_text(SECRET)
    file.chmod(0o640)
    ours = connect(server.port, user="lamp", password_file=file)
    wait_for(lambda: ours.health()["connected"])
    with closing(Guest(server.port, account=("lamp", SECRET))) as guest:
        guest.until(TOPICS.availability, "online")
        mqtt = MqttConfig(host="127.0.0.1", port=server.port, user="lamp", password_file=file)
        assert check_broker(Config(mqtt=mqtt)).mend == f"run `chmod 600 {file}`"
        file.chmod(stat.S_IRUSR)
        assert check_broker(Config(mqtt=mqtt)).ok
        assert ours.health()["connected"]
        assert guest.so_far() == []
    wrong = check_broker(Config(mqtt=MqttConfig(host="127.0.0.1", port=server.port)), 1.0)
    assert not wrong.ok
    assert not wrong.required
    assert "refuses the connection" in wrong.detail
