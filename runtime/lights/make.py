"""The configured light."""

from collections.abc import Callable

from runtime.config import LightConfig
from runtime.lights.command import CommandDevice
from runtime.lights.console import ConsoleLight, print_line
from runtime.lights.gpio import GpioDevice
from runtime.lights.leds import LedDevice
from runtime.lights.light import Device, Reached, not_told
from runtime.lights.mqtt import MqttDevice
from runtime.lights.steady import SteadyLight
from runtime.mqtt.broker import Broker
from runtime.mqtt.topics import Topics


def make_light(
    config: LightConfig,
    write: Callable[[str], object] = print_line,
    mqtt: tuple[Broker, Topics] | None = None,
    reached: Reached = not_told,
) -> ConsoleLight | SteadyLight:
    """A light of the configured kind.

    Args:
        write: takes the lines of a console light.
        mqtt: the broker and our topics there; needed for the kind mqtt alone.
        reached: told whenever the light has been switched.

    Raises ConfigError when a package is missing for it.
    """
    if config.kind == "console":
        return ConsoleLight(write, reached)
    light = SteadyLight(_device(config, mqtt), config.timeout_s, reached=reached)
    if config.kind == "mqtt" and mqtt is not None:
        mqtt[0].when_connected(light.retry)
    if config.kind in ("gpio", "leds"):
        light.switch(False)  # a lamp that was killed may have left it on, and the loop begins with off
    return light


def _device(config: LightConfig, mqtt: tuple[Broker, Topics] | None) -> Device:
    if config.kind == "command":
        return CommandDevice(config.command)
    if config.kind == "gpio":
        assert config.gpio.pin is not None, "checked where the configuration was read"
        return GpioDevice(config.gpio.pin, active_low=config.gpio.active_low)
    if config.kind == "leds":
        assert config.leds.name is not None, "checked where the configuration was read"
        return LedDevice(config.leds.name)
    assert mqtt is not None, "checked where the configuration was read"
    broker, topics = mqtt
    if config.mqtt.topic is None:
        return MqttDevice(broker, topics.light, config.mqtt.payload_on, config.mqtt.payload_off, retain=True)
    return MqttDevice(
        broker, config.mqtt.topic, config.mqtt.payload_on, config.mqtt.payload_off, retain=False
    )
