"""A light that listens to a topic of an MQTT broker."""

from runtime.errors import LightError, MqttError
from runtime.mqtt.broker import Broker


class MqttDevice:
    """Sends a word to a topic; the broker says when it has it."""

    def __init__(self, broker: Broker, topic: str, on: str, off: str, *, retain: bool) -> None:
        """`on`, `off`: what to send. `retain`: whether the broker keeps it for who comes later."""
        self._broker = broker
        self._topic = topic
        self._words = {True: on, False: off}
        self._retain = retain
        self.name = f"The light at the MQTT topic {topic}"

    def set(self, on: bool, timeout_s: float) -> None:
        """Raises LightError when the broker does not have it in time."""
        try:
            self._broker.send(self._topic, self._words[on], timeout_s, retain=self._retain)
        except MqttError as error:
            raise LightError(f"cannot be reached: {error}") from None

    def close(self) -> None:
        """The broker is not ours to close."""
