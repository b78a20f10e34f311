"""The real lamp, loaded once: speech model, language model, gate. And a real MQTT broker."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runtime.config import Config, MqttConfig
from runtime.lamp import Lamp, load_lamp
from runtime.mqtt.broker import Broker
from tests.conftest import Require
from tests.runtime.bundles import make_bundle
from tests.runtime.mosquitto import Connect, Mosquitto, Start
from tests.runtime.running_lamp import RunningLamp

RECORDINGS = Path(__file__).parent.parent.parent / "recordings"


@pytest.fixture(scope="session")
def lamp() -> Lamp:
    return load_lamp(Config())


@pytest.fixture(scope="session")
def light_on_recording() -> Path:
    """Somebody says to turn on the light."""
    return RECORDINGS / "turn_on_the_light_please.wav"


@pytest.fixture
def mosquitto(require: Require, tmp_path: Path) -> Iterator[Start]:
    """Starts a broker with these lines of configuration."""
    require("mosquitto")
    brokers: list[Mosquitto] = []

    def start(*lines: str, accounts: dict[str, str] | None = None) -> Mosquitto:
        brokers.append(Mosquitto(tmp_path, *lines, accounts=accounts))
        brokers[-1].start()
        return brokers[-1]

    yield start
    for broker in brokers:
        broker.stop()


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Begins a connection of ours that is impatient to connect again."""
    ours: list[Broker] = []

    def begin(port: int, *listeners: tuple[str, Callable[[str], object]], **config: object) -> Broker:
        settings = MqttConfig.model_validate({"host": "127.0.0.1", "port": port, **config})
        ours.append(Broker(settings, first_retry_s=0.05, last_retry_s=0.2))
        for topic, take in listeners:
            ours[-1].listen(topic, take)
        ours[-1].start()
        return ours[-1]

    yield begin
    for broker in ours:
        broker.close()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A lamp whose light is a program that writes down the state it is given."""
    light = tmp_path / "light.sh"
    light.write_text(f'#!/bin/sh\necho "$1" >> {tmp_path}/light\n')
    light.chmod(0o755)
    path = tmp_path / "device.yaml"
    path.write_text(f"state_dir: {tmp_path}/state\nlight: {{kind: command, command: [{light}]}}\n")
    return path


@pytest.fixture
def start(config: Path) -> Iterator[Callable[..., RunningLamp]]:
    """Starts the lamp of `config`; what is still running at the end is killed."""
    lamps: list[RunningLamp] = []

    def start_one(env: dict[str, str] | None = None, mischief: str = "") -> RunningLamp:
        lamps.append(RunningLamp(config, env, mischief))
        return lamps[-1]

    yield start_one
    for lamp in lamps:
        lamp.process.kill()
        lamp.process.wait()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, str]]:
    """Two candidates: folder and version of each."""
    folder = tmp_path_factory.mktemp("candidates")
    return [make_bundle(folder, seed) for seed in range(2)]
