"""The lamp in Home Assistant, over a real broker: it appears, shows its state, and a person may command it."""

import json
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from runtime.config import Config
from runtime.devices import Devices
from runtime.errors import ForeglowError
from runtime.events import Switched
from runtime.health import Health
from runtime.learning.budget import FILE, allow_a_day, allowed_a_day
from runtime.learning.lessons import Windows
from runtime.learning.loop import Loop
from runtime.mqtt.discovery import discovery
from runtime.mqtt.home_assistant import Mute
from runtime.mqtt.switch import Echoes
from runtime.mqtt.topics import Topics
from tests.conftest import Require
from tests.runtime.house import House, Pupil
from tests.runtime.mosquitto import PATIENCE_S, Guest, Mosquitto

TOPICS = Topics("foreglow")


class Home(House):
    """A lamp with its devices at a real broker, and Home Assistant, which hears everything."""

    def __init__(self, config: Config, broker: Mosquitto, stack: ExitStack, mute: Mute | None = None) -> None:
        self.health, self.told = Health(), []
        self.devices = Devices(config, lambda _: None, stack)
        self.devices.watched_by(self.health)
        self.loop = Loop(
            *(None, Pupil(), Windows(), lambda: "base 1"), light=self.devices.light, tell=self._tell
        )
        self.guest = stack.enter_context(closing(Guest(broker.port)))
        stack.enter_context(
            self.devices.switched_by_hand(self.loop, lambda: 100.0, self.health.snapshot, mute)
        )
        self.guest.until(TOPICS.availability, "online")

    def _tell(self, event: object) -> None:
        self.told.append(event)
        self.health.count(event)  # type: ignore[arg-type]
        self.devices.tell(event)  # type: ignore[arg-type]

    @property
    def flips(self) -> list[bool]:
        """What a person did."""
        return [event.on for event in self.told if isinstance(event, Switched) and event.who == "switch"]


@pytest.fixture
def broker(require: Require, tmp_path: Path) -> Iterator[Mosquitto]:
    require("mosquitto")
    broker = Mosquitto(tmp_path)
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def home(broker: Mosquitto, tmp_path: Path) -> Iterator[Callable[..., Home]]:
    with ExitStack() as stack:

        def make(mute: Mute | None = None, **sections: object) -> Home:
            mqtt = {"host": "127.0.0.1", "port": broker.port}
            config = Config.model_validate({"mqtt": mqtt, "state_dir": tmp_path, **sections})
            return Home(config, broker, stack, mute)

        yield make


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)


def kept(broker: Mosquitto, topic: str) -> str:
    """What somebody who comes only now is told."""
    with closing(Guest(broker.port, topic)) as late:
        return late.until(topic)


def test_home_assistant_finds_the_lamp_with_its_entities(
    home: Callable[..., Home], broker: Mosquitto
) -> None:
    home()
    told = json.loads(kept(broker, "homeassistant/device/foreglow/config"))
    assert told["dev"]["identifiers"] == ["foreglow"]
    assert told["o"]["name"] == "foreglow"
    assert told["availability_topic"] == TOPICS.availability
    entities = told["cmps"]
    assert {name: entity["p"] for name, entity in entities.items()} == {
        "light": "light", "last_command": "sensor", "state": "sensor", "utterances": "sensor",
        "decisions": "sensor", "dropped_blocks": "sensor", "memory": "sensor",
        "light_trouble": "binary_sensor", "budget": "number",
    }  # fmt: skip
    assert len({entity["unique_id"] for entity in entities.values()}) == len(entities)
    assert all("state_topic" in entity for entity in entities.values())
    assert entities["light"]["command_topic"] == "foreglow/light/set"
    health = json.loads(kept(broker, TOPICS.health))
    assert (health["state"], health["light_trouble"]) == ("starting", "OFF")
    shown = [
        entity["value_template"] for entity in entities.values() if entity["state_topic"] == TOPICS.health
    ]
    assert {
        template.removeprefix("{{ value_json.").removesuffix(" }}") for template in shown
    } <= health.keys()


def test_a_command_from_there_is_a_persons_flip_and_the_state_comes_back(
    home: Callable[..., Home], broker: Mosquitto
) -> None:
    lamp = home()
    assert kept(broker, TOPICS.light) == "OFF"
    lamp.guest.say(TOPICS.light_set, "ON")
    lamp.guest.until(TOPICS.light, "ON")
    assert lamp.loop.lit
    lamp.guest.say(TOPICS.light_set, "OFF")
    lamp.guest.until(TOPICS.light, "OFF")
    assert lamp.flips == [True, False]


def test_what_the_lamp_does_itself_is_shown_and_never_taken_for_a_person(
    home: Callable[..., Home], broker: Mosquitto
) -> None:
    lamp = home(light={"kind": "mqtt"})
    lamp.say(10.0, "some light please", act="light_on")
    lamp.guest.until(TOPICS.light, "ON")
    told = kept(broker, TOPICS.last_command)
    assert json.loads(told) | {"at": ""} == {"intent": "light_on", "confidence": 0.97, "at": ""}
    assert "please" not in told
    lamp.say(20.0, "dark please", act="light_off")
    lamp.guest.until(TOPICS.light, "OFF")
    lamp.guest.say(TOPICS.light_set, "ON")  # whatever the broker sent back to us came before this
    wait_for(lambda: lamp.flips)
    assert lamp.flips == [True]


def test_a_bulb_that_reports_what_it_was_told_is_an_echo_and_its_own_switch_a_person(
    home: Callable[..., Home],
) -> None:
    switch = {"mqtt": {"topic": "bulb/state"}}
    lamp = home(light={"kind": "mqtt", "mqtt": {"topic": "bulb/set"}}, switch=switch, learn={"echo_s": 10.0})
    lamp.say(10.0, "some light please", act="light_on")
    lamp.guest.until("bulb/set", "ON")
    lamp.say(11.0, "dark please", act="light_off")
    lamp.guest.until("bulb/set", "OFF")
    for report in ("ON", "OFF"):  # late: the lamp has gone on since
        lamp.guest.say("bulb/state", report)
    assert not lamp.loop.lit
    lamp.guest.say("bulb/state", "on")  # somebody at the bulb
    lamp.guest.until("bulb/set", "ON")
    assert lamp.flips == [True]
    lamp.guest.say("bulb/state", "ON")  # the echo of that
    lamp.guest.say("bulb/state", "toggle")
    lamp.guest.until("bulb/set", "OFF")
    assert lamp.flips == [True, False]


def test_an_echo_may_come_once_in_any_order_and_not_for_ever() -> None:
    now_s = 0.0
    echoes = Echoes(1.0, lambda: now_s)
    assert not echoes.is_echo(True)
    echoes.commanded(True)
    assert [echoes.is_echo(True), echoes.is_echo(True)] == [True, False]
    echoes.commanded(True)
    echoes.commanded(False)
    assert echoes.is_echo(False)
    assert not echoes.is_echo(True)
    echoes.commanded(True)
    now_s = 1.1
    assert not echoes.is_echo(True)
    for _ in range(1000):
        echoes.commanded(True)
    assert len(echoes._commands) <= 20


def test_nonsense_is_left_alone_and_told_once(
    home: Callable[..., Home], caplog: pytest.LogCaptureFixture
) -> None:
    lamp = home(switch={"mqtt": {"topic": "wall"}})
    for _ in range(3):
        for topic in (TOPICS.light_set, TOPICS.budget_set, "wall"):
            lamp.guest.say(topic, "banana")
    for number in ("nan", "inf", "0", "-3", "1e9"):
        lamp.guest.say(TOPICS.budget_set, number)
    lamp.guest.say("wall", "PRESS")
    lamp.guest.until(TOPICS.light, "ON")
    warned = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warned) == 3
    assert all("is left alone" in sentence for sentence in warned)
    assert lamp.flips == [True]


def test_the_budget_is_shown_set_and_kept(
    home: Callable[..., Home], broker: Mosquitto, tmp_path: Path
) -> None:
    lamp = home()
    assert kept(broker, TOPICS.budget) == "0.5"
    lamp.guest.say(TOPICS.budget_set, "0.25")
    lamp.guest.until(TOPICS.budget, "0.25")
    assert kept(broker, TOPICS.budget) == "0.25"
    assert allowed_a_day(Config(state_dir=tmp_path)) == 0.25


def test_of_the_file_and_home_assistant_the_later_word_counts(tmp_path: Path) -> None:
    def config(number: float) -> Config:
        return Config.model_validate({"state_dir": tmp_path, "learn": {"false_activations_a_day": number}})

    allow_a_day(config(0.5), 2.0)
    assert allowed_a_day(config(0.5)) == 2.0
    assert allowed_a_day(config(1.0)) == 1.0  # the file was changed since
    for spoilt in ("", "[]", '{"allowed": "x", "configured": 0.5}', '{"allowed": 1e9, "configured": 0.5}'):
        (tmp_path / FILE).write_text(spoilt)
        assert allowed_a_day(config(0.5)) == 0.5
    with pytest.raises(ForeglowError, match="cannot be kept"):
        allow_a_day(Config(state_dir=tmp_path / FILE), 1.0)


def test_muting_is_offered_only_where_something_closes_the_microphone(
    home: Callable[..., Home], broker: Mosquitto
) -> None:
    muted: list[bool] = [False]
    lamp = home(Mute(lambda: muted[-1], muted.append))
    entity = json.loads(kept(broker, "homeassistant/device/foreglow/config"))["cmps"]["mute"]
    assert (entity["p"], entity["command_topic"]) == ("switch", TOPICS.muted_set)
    assert kept(broker, TOPICS.muted) == "OFF"
    lamp.guest.say(TOPICS.muted_set, "ON")
    lamp.guest.until(TOPICS.muted, "ON")
    assert muted == [False, True]
    assert "mute" not in discovery(TOPICS, "Lamp", "1", mute=False, budget=False)["cmps"]


def test_light_in_trouble_is_told_there_and_in_the_status(
    home: Callable[..., Home], broker: Mosquitto, tmp_path: Path
) -> None:
    lamp = home(light={"kind": "command", "command": [str(tmp_path / "no-such-program")]})
    lamp.guest.say(TOPICS.light_set, "ON")
    wait_for(lambda: lamp.health.snapshot()["light_device"]["failure"])
    status = lamp.health.snapshot()
    assert status["light_device"]["failure"] == "cannot be run: No such file or directory"
    assert status["mqtt"] == {"broker": f"127.0.0.1:{broker.port}", "connected": True, "failure": None}
    assert lamp.devices._home is not None
    lamp.devices._home.tell_state()
    wait_for(lambda: json.loads(kept(broker, TOPICS.health))["light_trouble"] == "ON")


def test_without_a_broker_nothing_of_it_is_loaded() -> None:
    with ExitStack() as stack:
        devices = Devices(Config(), lambda _: None, stack)
        devices.tell(Switched(1.0, True))
        health = Health()
        devices.watched_by(health)
        assert "mqtt" not in health.snapshot()
