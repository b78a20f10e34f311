"""The real lamp, loaded once: speech model, language model, gate. And a real MQTT broker."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runtime.config import Config, MqttConfig
from runtime.lamp import Lamp, load_lamp
from runtime.mqtt.broker import Broker
from tests.conftest import Require
from tests.runtime.mosquitto import Connect, Mosquitto, Start

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
