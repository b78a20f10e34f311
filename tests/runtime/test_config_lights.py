"""The sections of light, switches and MQTT are whole, or refused with the place and the cure."""

from pathlib import Path

import pytest

from runtime.config import load_config
from runtime.errors import ConfigError

NO_BROKER = "so mqtt.host must name the broker."


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("light: {kind: gpio}", "line 1: light has the kind gpio, so light.gpio.pin must name a pin."),
        ("light: {kind: leds}", "line 1: light has the kind leds, so light.leds.name must name an LED."),
        ("light: {kind: mqtt}", f"line 1: light.kind is mqtt, {NO_BROKER}"),
        ("switch:\n  mqtt:\n    topic: wall", f"line 1: switch.mqtt.topic is set, {NO_BROKER}"),
        (
            "light: {gpio: {pin: 40}}",
            "light.gpio.pin is 40, but must be a whole number between 0 and 27.",
        ),
        ("light: {gpio: {pin: GPIO17}}", "light.gpio.pin is 'GPIO17', but must be a whole number"),
        (
            "light: {leds: {name: ../../etc}}",
            "light.leds.name must be the name of a folder in /sys/class/leds,",
        ),
        ("light: {mqtt: {payload_on: ON}}", 'YAML reads an unquoted ON as true; write "ON".'),
        ("light: {mqtt: {topic: 'lamp/#'}}", "light.mqtt.topic must be one MQTT topic, without + and #"),
        ("mqtt: {topic: 'living room'}", "mqtt.topic must be of the letters a to z, digits, _ and -,"),
        ("mqtt: {topic: a//b}", "mqtt.topic must be of the letters a to z"),
        ("mqtt: {password: geheim}", "mqtt.password is not a known key; did you mean mqtt.password_file?"),
        (
            "mqtt: {port: 70000}",
            "mqtt.port is 70000, but must be a whole number between 1 and 65535.",
        ),
        ("mqtt: {host: h, ca_file: x.pem}", "mqtt.ca_file is given, but mqtt.tls is false; set it to true."),
        (
            "mqtt: {host: h, topic: home/lamp}\nswitch: {mqtt: {topic: home/lamp/light/state}}",
            "switch.mqtt.topic is one of the lamp's own topics; the lamp would hear itself.",
        ),
        (
            "mqtt: {host: h}\nlight: {mqtt: {topic: bulb}}\nswitch: {mqtt: {topic: bulb}}",
            "switch.mqtt.topic is one of the lamp's own topics; the lamp would hear itself.",
        ),
        (
            "light: {kind: gpio, gpio: {pin: 17}}\nswitch: {gpio: {pin: 17}}",
            "light.gpio.pin and switch.gpio.pin must be two different pins.",
        ),
    ],
)
def test_what_cannot_work_is_refused(tmp_path: Path, content: str, sentence: str) -> None:
    file = tmp_path / "device.yaml"
    file.write_text(content)
    with pytest.raises(ConfigError) as error:
        load_config(file)
    assert sentence in str(error.value)
    assert len(str(error.value).splitlines()) == 1
    assert "geheim" not in str(error.value)


def test_files_are_beside_the_configuration_and_topics_may_be_near_each_other(tmp_path: Path) -> None:
    file = tmp_path / "device.yaml"
    file.write_text(
        "mqtt: {host: h, tls: true, ca_file: ca.pem, password_file: secret, topic: home/lamp, discovery: null}\n"
        "switch: {mqtt: {topic: home/lamp2/state}, gpio: {pin: 27}}\nlight: {kind: gpio, gpio: {pin: 17}}\n"
    )
    mqtt = load_config(file).mqtt
    assert (mqtt.ca_file, mqtt.password_file) == (tmp_path / "ca.pem", tmp_path / "secret")
    assert mqtt.discovery is None
