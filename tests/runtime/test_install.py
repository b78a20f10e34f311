"""`foreglow install`: the unit for a configuration, checked by systemd's own tools, and what is refused."""

import os
import shlex
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.cli import main
from runtime.config import Config, load_config
from runtime.errors import ConfigError, ServiceError
from runtime.mqtt.account import CREDENTIAL, account
from runtime.supervision import hidden, install
from runtime.supervision.hidden import check_readable, in_a_home, to_show
from runtime.supervision.install import install_steps, uninstall_steps
from runtime.supervision.needs import needs_of
from runtime.supervision.steps import Remove, Run, Write
from runtime.supervision.unit import FIRST_LINE, unit_text
from tests.conftest import AudioDevice, Require

ROOT = Path(__file__).parent.parent.parent

MQTT = "mqtt: {host: localhost, user: lamp, password_file: secret}"

CONFIGS = {
    "defaults": "",
    "broker": MQTT,
    "pins": "light: {kind: gpio, gpio: {pin: 17}}\nswitch: {gpio: {pin: 27}}",
    "program": "light: {kind: command, command: [/bin/true, '17']}",
    "page": "page: {enabled: true}",
    "program with network": "light: {kind: command, command: [/bin/true], network: true}",
}

LEAST_SAFE = 10
"""Exposure, in tenths, as `systemd-analyze security` counts it, above which the sandbox has a hole."""


@pytest.fixture
def configured(tmp_path: Path):
    """`configured(text)`: that configuration, and its file."""

    def write(text: str) -> tuple[Config, Path]:
        path = tmp_path / "device.yaml"
        path.write_text(text)
        (tmp_path / "secret").write_text("correct horse battery\n")
        return load_config(path), path

    return write


def unit_of(config: Config, path: Path | None) -> dict[str, list[str]]:
    """The values of each key of the unit."""
    found: dict[str, list[str]] = {}
    for line in unit_text(needs_of(config, path)).splitlines():
        if "=" in line and not line.startswith("#"):
            key, value = line.split("=", 1)
            found.setdefault(key, []).append(value)
    return found


@pytest.mark.parametrize("text", CONFIGS.values(), ids=CONFIGS)
def test_systemd_accepts_the_unit_and_finds_it_safe(require: Require, configured, tmp_path, text):
    require("systemd")
    unit = tmp_path / "foreglow.service"
    unit.write_text(unit_text(needs_of(*configured(text))))
    verified = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True)
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")
    exposed = LEAST_SAFE if "PrivateNetwork=yes" in unit.read_text() else 2 * LEAST_SAFE
    judged = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", f"--threshold={exposed}", "--no-pager", unit],
        capture_output=True,
        text=True,
    )
    assert judged.returncode == 0, judged.stdout


@pytest.mark.parametrize(
    ("name", "private", "families"),
    [
        ("defaults", "yes", "AF_UNIX"),
        ("pins", "yes", "AF_UNIX"),
        ("program", "yes", "AF_UNIX"),
        ("broker", "no", "AF_UNIX AF_INET AF_INET6"),
        ("page", "no", "AF_UNIX AF_INET AF_INET6"),
        ("program with network", "no", "AF_UNIX AF_INET AF_INET6"),
    ],
)
def test_there_is_a_network_only_for_what_is_configured_to_use_it(configured, name, private, families):
    unit = unit_of(*configured(CONFIGS[name]))
    assert unit["PrivateNetwork"] == [private]
    assert unit["RestrictAddressFamilies"] == [families]
    assert ("IPAddressDeny" in unit) == (private == "yes")


def test_the_pins_are_open_only_to_a_lamp_that_has_some(configured):
    assert unit_of(*configured(CONFIGS["defaults"]))["DeviceAllow"] == ["char-alsa rw"]
    assert "char-gpiochip rw" in unit_of(*configured(CONFIGS["pins"]))["DeviceAllow"]


def test_the_password_is_handed_over_and_is_not_in_the_unit(configured, tmp_path):
    config, path = configured(MQTT)
    text = unit_text(needs_of(config, path))
    assert f"LoadCredential={CREDENTIAL}:{tmp_path}/secret\n" in text
    assert "correct horse" not in text
    (tmp_path / "secret").unlink()
    (tmp_path / CREDENTIAL).write_text("handed over\n")
    assert account(config.mqtt, {"CREDENTIALS_DIRECTORY": str(tmp_path)}) == ("lamp", "handed over")


def test_what_lies_in_a_home_is_shown_and_nothing_beside_it(tmp_path, monkeypatch):
    monkeypatch.setattr(hidden, "HOMES", (tmp_path / "home",))
    monkeypatch.setattr(hidden, "TEMPORARY", ())
    home = tmp_path / "home" / "pi"
    project = home / "foreglow"
    project.mkdir(parents=True)
    lamp = home / "lamp.sh"
    lamp.touch(0o755)
    files = [project, project / ".venv", lamp, Path("/usr")]
    assert to_show(files) == (project, lamp)
    assert in_a_home(to_show(files))
    home.chmod(0o700)  # as Debian makes it
    check_readable([project, lamp], to_show(files))
    lamp.chmod(0o700)
    with pytest.raises(ServiceError, match=f"may not read {lamp}; allow it with `chmod o\\+rx {lamp}`"):
        check_readable([lamp], to_show(files))


def test_a_whole_home_is_not_shown(tmp_path, monkeypatch):
    monkeypatch.setattr(hidden, "HOMES", (tmp_path,))
    with pytest.raises(ServiceError, match="would have to see all of"):
        check_readable([tmp_path], [tmp_path])


def test_a_path_with_a_space_or_a_percent_sign_reaches_the_program_as_it_is(tmp_path):
    odd = tmp_path / "my 100% lamp"
    odd.mkdir()
    (odd / "device.yaml").touch()
    (command,) = unit_of(Config(), odd / "device.yaml")["ExecStart"]
    assert shlex.split(command.replace("%%", "%"))[-1] == str(odd / "device.yaml")
    with pytest.raises(ServiceError, match="a character that a systemd unit cannot hold"):
        unit_text(needs_of(Config(), tmp_path / 'device".yaml'))


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("state_dir: kept", "state_dir is set to .*kept, but a service keeps its state in /var/lib/foreglow"),
        ("transcribe: {model: ~/model}", "has a path with ~, which a service does not have"),
        ("mqtt: {host: a, password_file: nowhere}", "password_file .*nowhere is not there"),
        ("light: {kind: gpio, gpio: {pin: 17}, network: true}", None),
    ],
)
def test_a_configuration_that_means_something_else_to_a_service_is_refused(configured, text, refusal):
    if refusal is None:
        with pytest.raises(ConfigError, match="has network, which is for the kind command only"):
            configured(text)
        return
    with pytest.raises(ServiceError, match=refusal):
        install_steps(*configured(text))


def test_a_unit_of_somebody_else_is_left_alone(tmp_path, monkeypatch):
    unit = tmp_path / "foreglow.service"
    unit.write_text("[Service]\nExecStart=/bin/true\n")
    monkeypatch.setattr(install, "UNIT", unit)
    for steps in (lambda: install_steps(Config(), None), lambda: uninstall_steps(state=True)):
        with pytest.raises(ServiceError, match="was not written by foreglow, so it is left alone"):
            steps()
    unit.write_text(f"{FIRST_LINE}\n")
    assert Remove(unit) in uninstall_steps(state=False)


def test_a_step_done_twice_says_so(tmp_path):
    path = tmp_path / "unit"
    assert Write(path, "text\n").do() == f"wrote {path}"
    assert Write(path, "text\n").do() == f"{path} is as it should be"
    assert Write(path, "other\n").do() == f"wrote {path}"
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("other\n", 0o644)
    assert [each.name for each in tmp_path.iterdir()] == ["unit"]
    assert Remove(path).do() == f"removed {path}"
    assert Remove(path).do() == f"{path} is not there"


def test_a_command_that_fails_is_told_in_its_own_words_with_what_to_do():
    with pytest.raises(
        ServiceError, match=r"^`ls /nowhere` failed: .*No such file or directory Look again\.$"
    ):
        Run(("ls", "/nowhere"), "Look again.").do()


def foreglow(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "runtime.cli", *arguments]
    return subprocess.run(command, cwd=ROOT, env=os.environ | variables, capture_output=True, text=True)


def test_a_dry_run_shows_the_whole_unit_and_every_command(configured):
    config, path = configured(CONFIGS["program"])
    shown = foreglow("install", "--dry-run", "--config", str(path))
    assert shown.returncode == 0, shown.stderr
    assert unit_text(needs_of(config, path)) in shown.stdout
    assert shown.stdout.splitlines()[-3:] == [
        "would run systemctl daemon-reload",
        "would run systemctl enable foreglow.service",
        "would run systemctl restart foreglow.service",
    ]


def test_where_systemd_does_not_run_it_is_refused_in_a_sentence(configured, capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(install, "RUNNING", tmp_path / "nothing")
    for command in ("install", "uninstall"):
        assert main([command, "--config", str(configured("")[1])]) == 1
        refused = capsys.readouterr()
        assert refused.out == ""
        assert refused.err == (
            f"foreglow: foreglow {command} needs a machine that systemd has started, and this one was not; "
            "have its own init start `foreglow run` instead.\n"
        )


def test_what_the_unit_starts_tells_that_it_is_ready(audio_device: AudioDevice, configured, tmp_path):
    unit = unit_of(*configured(""))
    variables = dict(line.split("=", 1) for line in unit["Environment"])
    del variables["XDG_CACHE_HOME"]  # where this machine has its speech model
    told = str(tmp_path / "notify")
    inherited = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **audio_device.env}
    inherited |= {key: value for key, value in os.environ.items() if key == "XDG_CACHE_HOME"}
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(told)
        supervisor.settimeout(60.0)
        started = subprocess.Popen(
            shlex.split(unit["ExecStart"][0]),
            cwd=tmp_path,
            env=inherited | variables | {"NOTIFY_SOCKET": told, "STATE_DIRECTORY": str(tmp_path / "state")},
            stdout=subprocess.DEVNULL,
        )
        try:
            assert supervisor.recv(4096).decode().startswith("READY=1\n")
        finally:
            started.terminate()
            assert started.wait(timeout=60.0) == 0
