"""The configuration of the light and the switches, and of the MQTT broker that may lie between."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from runtime.config.types import ConfiguredPath, Flag, Number, Section, Text, Whole, beside_the_file


def _topic(topic: str) -> str:
    if re.search(r"[+#]|^\$", topic):
        raise PydanticCustomError("text", "must be one MQTT topic, without + and # and not beginning with $")
    return topic


def _base(topic: str) -> str:
    if not re.fullmatch(r"[\w-]+(/[\w-]+)*", topic, re.ASCII):
        raise PydanticCustomError(
            "text",
            "must be of the letters a to z, digits, _ and -, with / between parts, such as home/foreglow",
        )
    return topic


def _led(name: str) -> str:
    if "/" in name or name in (".", ".."):
        raise PydanticCustomError("text", "must be the name of a folder in /sys/class/leds, not a path")
    return name


def _host(host: str) -> str:
    # Not quoted: where a user stands before an @, there may be a password between.
    if re.search(r"[@/\s]", host):
        raise PydanticCustomError(
            "text",
            "must be a name or an address alone; the user belongs in mqtt.user, the password in mqtt.password_file",
        )
    return host


Host = Annotated[Text, AfterValidator(_host)]
"""Name or address of a machine."""

Topic = Annotated[Text, AfterValidator(_topic)]
"""An MQTT topic to send to or listen at."""

Base = Annotated[Text, AfterValidator(_base)]
"""The beginning of topics, and an identifier."""


class GpioLightConfig(Section):
    """A relay or an LED on a pin of a Raspberry Pi."""

    pin: Whole | None = Field(default=None, ge=0, le=27)
    """BCM number of the pin: 17 is GPIO17, which is pin 11 of the header."""

    active_low: Flag = False
    """Whether 0 V switches the light on, as with most relay boards."""


class LedsConfig(Section):
    """A light of the Linux kernel's LED class."""

    name: Annotated[Text, AfterValidator(_led)] | None = None
    """Name of its folder in /sys/class/leds, such as ACT."""


class MqttLightConfig(Section):
    """A light that listens to an MQTT topic."""

    topic: Topic | None = None
    """Where to send what is wanted; null only keeps the lamp's own state topic, for automations to follow."""

    payload_on: Text = "ON"
    """What to send to switch it on; in quotes."""

    payload_off: Text = "OFF"
    """What to send to switch it off; in quotes."""


class LightConfig(Section):
    """The light."""

    kind: Literal["console", "command", "gpio", "leds", "mqtt"] = "console"
    """`console` writes the state to the terminal; `command` runs a program; `gpio` drives a pin, `leds` an LED of
    the board; `mqtt` sends a message."""

    command: tuple[Text, ...] = ()
    """The program and its arguments; the wanted state, `on` or `off`, is added as the last argument.
    A program with a slash in its name is taken from the folder of this file, any other from PATH."""

    network: Flag = False
    """Whether the program may use the network when the lamp runs as a service."""

    timeout_s: Number = Field(default=5.0, ge=0.1, le=60.0)
    """Seconds after which an attempt to switch has failed, and a program that has not ended is killed."""

    gpio: GpioLightConfig = GpioLightConfig()
    """A relay or an LED on a pin of a Raspberry Pi."""

    leds: LedsConfig = LedsConfig()
    """A light of the Linux kernel's LED class."""

    mqtt: MqttLightConfig = MqttLightConfig()
    """A light that listens to an MQTT topic."""

    @field_validator("command")
    @classmethod
    def _program_beside_the_file(cls, command: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if not command or "/" not in command[0]:
            return command
        return (str(beside_the_file(command[0], info)), *command[1:])

    @model_validator(mode="after")
    def _kind_has_what_it_needs(self) -> Self:
        if self.kind == "command" and not self.command:
            raise PydanticCustomError("program", "has the kind command, so light.command must name a program")
        if self.network and self.kind != "command":
            raise PydanticCustomError("program", "has network, which is for the kind command only")
        if self.kind == "gpio" and self.gpio.pin is None:
            raise PydanticCustomError("program", "has the kind gpio, so light.gpio.pin must name a pin")
        if self.kind == "leds" and self.leds.name is None:
            raise PydanticCustomError("program", "has the kind leds, so light.leds.name must name an LED")
        return self


class GpioSwitchConfig(Section):
    """A push button on a pin of a Raspberry Pi."""

    pin: Whole | None = Field(default=None, ge=0, le=27)
    """BCM number of the pin; null is no button."""

    active_low: Flag = True
    """Whether the button connects the pin to ground, as it should; false is to 3.3 V."""

    debounce_ms: Whole = Field(default=50, ge=0, le=1000)
    """Milliseconds for which the contacts must have been still before a press is a new one."""


class MqttSwitchConfig(Section):
    """A switch somewhere in the house that sends to an MQTT topic."""

    topic: Topic | None = None
    """Where it says ON, OFF or TOGGLE; null is no such switch. Home Assistant needs none."""


class SwitchConfig(Section):
    """Switches beside the lamp; all that are named work."""

    gpio: GpioSwitchConfig = GpioSwitchConfig()
    """A push button on a pin of a Raspberry Pi."""

    mqtt: MqttSwitchConfig = MqttSwitchConfig()
    """A switch somewhere in the house that sends to an MQTT topic."""


class MqttConfig(Section):
    """The MQTT broker, and how the lamp appears in Home Assistant."""

    host: Host | None = None
    """Name or address of the broker; null uses no network at all."""

    port: Whole | None = Field(default=None, ge=1, le=65535)
    """Port of the broker; null is 1883, or 8883 with TLS."""

    user: Text | None = None
    """User of the broker; null is $FOREGLOW_MQTT_USER, if that is set."""

    password_file: ConfiguredPath | None = None
    """File with the password in its first line; null is $FOREGLOW_MQTT_PASSWORD, if that is set."""

    tls: Flag = False
    """Whether the connection is encrypted and the broker's certificate checked."""

    ca_file: ConfiguredPath | None = None
    """Certificate of the authority that signed the broker's; null trusts those of the system."""

    topic: Base = "foreglow"
    """Beginning of the lamp's own topics, and its name among devices: another one for each lamp."""

    name: Text = "Foreglow"
    """The lamp's name in Home Assistant."""

    discovery: Base | None = "homeassistant"
    """Beginning of the topics at which Home Assistant looks for devices; null does not tell it."""


def check_together(light: LightConfig, switch: SwitchConfig, mqtt: MqttConfig) -> None:
    """What no section can see alone. Raises PydanticCustomError with the whole sentence."""
    if mqtt.host is None:
        for used, by in (
            (light.kind == "mqtt", "light.kind is mqtt"),
            (switch.mqtt.topic, "switch.mqtt.topic is set"),
        ):
            if used:
                raise PydanticCustomError("whole", f"{by}, so mqtt.host must name the broker")
    if light.kind == "gpio" and light.gpio.pin == switch.gpio.pin:
        raise PydanticCustomError("whole", "light.gpio.pin and switch.gpio.pin must be two different pins")
    heard = switch.mqtt.topic
    if heard is not None and (heard == light.mqtt.topic or f"{heard}/".startswith(f"{mqtt.topic}/")):
        raise PydanticCustomError(
            "whole", "switch.mqtt.topic is one of the lamp's own topics; the lamp would hear itself"
        )
    if mqtt.ca_file is not None and not mqtt.tls:
        raise PydanticCustomError("whole", "mqtt.ca_file is given, but mqtt.tls is false; set it to true")
