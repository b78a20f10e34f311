"""Somebody else who listens and speaks at a real MQTT broker."""

import logging
import queue
import time
from collections.abc import Callable
from typing import Any

import paho.mqtt.client as paho
import pytest

from benchmarks.endurance.broker import PATIENCE_S, Mosquitto
from runtime.mqtt.broker import Broker


class Guest:
    """Another client of the broker: what Home Assistant, a bulb or a wall switch would see and send."""

    def __init__(
        self, port: int, topics: str = "#", tls: Any = None, account: tuple[str, str] | None = None
    ) -> None:
        """`topics`: what to listen to."""
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2)
        if tls is not None:
            self._client.tls_set_context(tls)
        if account is not None:
            self._client.username_pw_set(*account)
        self.heard: queue.Queue[tuple[str, str, bool]] = queue.Queue()
        subscribed: queue.Queue[bool] = queue.Queue()
        self._client.on_connect = lambda *_: self._client.subscribe(topics, 1)
        self._client.on_subscribe = lambda *_: subscribed.put(True)
        self._client.on_message = lambda _c, _d, message: self.heard.put(
            (message.topic, message.payload.decode(), bool(message.retain))
        )
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        subscribed.get(timeout=PATIENCE_S)

    def say(self, topic: str, text: str, *, retain: bool = False) -> None:
        """Send it; the broker has it when this returns."""
        self._client.publish(topic, text, 1, retain=retain).wait_for_publish(PATIENCE_S)

    def until(self, topic: str, text: str | None = None) -> str:
        """The next message at a topic, or the next of this text."""
        seen = []
        while True:
            try:
                heard = self.heard.get(timeout=PATIENCE_S)
            except queue.Empty:
                raise AssertionError(f"{topic} {text} did not come; these did: {seen}") from None
            seen.append(heard)
            if heard[0] == topic and text in (None, heard[1]):
                return heard[1]

    def so_far(self) -> list[tuple[str, str, bool]]:
        """Everything heard that was not asked for yet: topic, text, whether it had been kept."""
        return [self.heard.get_nowait() for _ in range(self.heard.qsize())]

    def close(self) -> None:
        """Go."""
        self._client.disconnect()
        self._client.loop_stop()


Connect = Callable[..., Broker]
"""Begins a connection of ours."""

Start = Callable[..., Mosquitto]
"""Starts a broker with these lines of configuration."""


def wait_for(condition: Callable[[], object]) -> None:
    """Until it is true, or fail."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Warnings and worse in the log."""
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
