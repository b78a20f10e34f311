"""The lamp as Home Assistant sees it: its light, its settings, how it is doing."""

import json
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from runtime.config import MqttConfig
from runtime.events import Decided, Event, MicrophoneChanged, Switched
from runtime.mqtt.broker import Broker
from runtime.mqtt.discovery import LEAST_BUDGET, MOST_BUDGET, discovery, discovery_topic
from runtime.mqtt.topics import Topics

_log = logging.getLogger(__name__)

HEALTH_EVERY_S: Final = 60.0
"""Between two looks at the lamp's health; what has not changed is not sent."""

WORDS: Final = {"ON": True, "OFF": False}
"""What Home Assistant sends and wants to see."""

_HEALTH_KEYS = ("state", "utterances", "decisions", "retractions", "dropped_blocks", "memory_mb", "bundle")


@dataclass(frozen=True, slots=True)
class Mute:
    """What lies behind the mute switch. Whoever owns the microphone gives it; without it there is no such switch."""

    muted: Callable[[], bool]
    """Whether the microphone is closed now."""

    mute: Callable[[bool], object]
    """Close it, or open it again; may be called from any thread and must not wait for long."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What lies behind the number of false activations a day."""

    allowed: Callable[[], float]
    """The number in force."""

    allow: Callable[[float], object]
    """Make it another; may raise an error of ours."""


class HomeAssistant:
    """Tells the broker what happens, and takes commands from there: a person stands behind them."""

    def __init__(
        self,
        broker: Broker,
        config: MqttConfig,
        version: str,
        flip: Callable[[bool], object],
        status: Callable[[], Mapping[str, Any]],
        *,
        budget: Budget | None = None,
        mute: Mute | None = None,
        health_every_s: float = HEALTH_EVERY_S,
    ) -> None:
        """`flip` is told what a person wants of the light; `status` is what `foreglow status` tells."""
        self._broker = broker
        self._topics = topics = Topics(config.topic)
        self._flip, self._status = flip, status
        self._budget, self._mute = budget, mute
        self._health_every_s = health_every_s
        self._refused: set[str] = set()
        self._closed = threading.Event()
        if config.discovery is not None:
            told = discovery(topics, config.name, version, mute=mute is not None, budget=budget is not None)
            broker.keep(discovery_topic(config.discovery, topics), json.dumps(told))
        broker.keep(topics.light, "OFF")
        broker.listen(topics.light_set, self._switch)
        if budget is not None:
            broker.listen(topics.budget_set, self._allow)
        if mute is not None:
            broker.listen(topics.muted_set, self._be_mute)
        self._thread = threading.Thread(target=self._watch, name="mqtt health", daemon=True)
        self._thread.start()

    def tell(self, event: Event) -> None:
        """One event of the loop. Returns at once."""
        match event:
            case Switched(on=on):
                self._broker.keep(self._topics.light, "ON" if on else "OFF")
            case Decided(decision=decision):
                told = {
                    "intent": decision.intent,
                    "confidence": round(decision.confidence, 4),
                    "at": datetime.now(UTC).isoformat(timespec="seconds"),
                }
                self._broker.keep(self._topics.last_command, json.dumps(told))
            case MicrophoneChanged() if self._mute is not None:
                self._broker.keep(self._topics.muted, "ON" if self._mute.muted() else "OFF")

    def close(self) -> None:
        """Tell no more. The broker stays open."""
        self._closed.set()
        self._thread.join()

    def tell_state(self) -> None:
        """Tell the settings and the health as they are now."""
        status = self._status()
        health = {key: status.get(key) for key in _HEALTH_KEYS}
        light = status.get("light_device") or {}
        health["light_trouble"] = "ON" if light.get("failure") else "OFF"
        self._broker.keep(self._topics.health, json.dumps(health))
        if self._budget is not None:
            self._broker.keep(self._topics.budget, f"{self._budget.allowed():g}")
        if self._mute is not None:
            self._broker.keep(self._topics.muted, "ON" if self._mute.muted() else "OFF")

    def _watch(self) -> None:
        while True:
            try:
                self.tell_state()
            except Exception:  # noqa: BLE001 - a mistake of ours; the next look may be right
                _log.exception("The health could not be told to the MQTT broker.")
            if self._closed.wait(self._health_every_s):
                return

    def _switch(self, text: str) -> None:
        if text in WORDS:
            self._flip(WORDS[text])
        else:
            self._refuse(self._topics.light_set, "ON or OFF")

    def _be_mute(self, text: str) -> None:
        assert self._mute is not None
        if text in WORDS:
            self._mute.mute(WORDS[text])
            self.tell_state()
        else:
            self._refuse(self._topics.muted_set, "ON or OFF")

    def _allow(self, text: str) -> None:
        assert self._budget is not None
        try:
            number = float(text)
        except ValueError:
            number = -1.0
        if LEAST_BUDGET <= number <= MOST_BUDGET:
            self._budget.allow(number)
        else:
            self._refuse(self._topics.budget_set, f"a number between {LEAST_BUDGET} and {MOST_BUDGET:g}")
        self.tell_state()  # what was refused is shown as it was

    def _refuse(self, topic: str, allowed: str) -> None:
        """Said once for each topic: whoever sends it may send it a thousand times."""
        if topic not in self._refused:
            self._refused.add(topic)
            _log.warning("A message at the MQTT topic %s is left alone: it must be %s.", topic, allowed)
