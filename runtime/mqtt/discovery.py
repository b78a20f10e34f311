"""What Home Assistant is told, so that the lamp appears there by itself: one device with its entities.

The format is device-based discovery, in Home Assistant since 2024.11: one retained JSON message at
`<prefix>/device/<id>/config`, with `dev` the device, `o` what sends it, `cmps` the entities by a name of ours,
each with its platform `p` (https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload).
"""

from typing import Any

from runtime.mqtt.topics import Topics

LEAST_BUDGET, MOST_BUDGET = 0.01, 100.0
"""False activations a day that may be allowed, as `learn.false_activations_a_day`."""


def discovery_topic(prefix: str, topics: Topics) -> str:
    """Where the message goes."""
    return f"{prefix}/device/{topics.name}/config"


def discovery(topics: Topics, name: str, version: str, *, mute: bool, budget: bool) -> dict[str, Any]:
    """The message. `mute`, `budget`: whether the lamp has something behind these two entities."""
    entities = {"light": _light(topics), "last_command": _last_command(topics), **_health(topics)}
    if mute:
        entities["mute"] = _mute(topics)
    if budget:
        entities["budget"] = _budget(topics)
    for key, entity in entities.items():
        entity["unique_id"] = f"{topics.name}_{key}"
    return {
        "dev": {
            "identifiers": [topics.name],
            "name": name,
            "manufacturer": "Foreglow",
            "model": "Lamp that listens",
            "sw_version": version,
        },
        "o": {"name": "foreglow", "sw_version": version},
        "cmps": entities,
        "availability_topic": topics.availability,
        "qos": 1,
    }


def _light(topics: Topics) -> dict[str, Any]:
    # The name null makes the entity bear the device's name.
    return {"p": "light", "name": None, "state_topic": topics.light, "command_topic": topics.light_set}


def _mute(topics: Topics) -> dict[str, Any]:
    return {
        "p": "switch",
        "name": "Mute",
        "icon": "mdi:microphone-off",
        "state_topic": topics.muted,
        "command_topic": topics.muted_set,
    }


def _budget(topics: Topics) -> dict[str, Any]:
    return {
        "p": "number",
        "name": "False activations a day",
        "entity_category": "config",
        "icon": "mdi:bullseye-arrow",
        "min": LEAST_BUDGET,
        "max": MOST_BUDGET,
        "step": 0.01,
        "mode": "box",
        "state_topic": topics.budget,
        "command_topic": topics.budget_set,
    }


def _last_command(topics: Topics) -> dict[str, Any]:
    return {
        "p": "sensor",
        "name": "Last command",
        "icon": "mdi:account-voice",
        "state_topic": topics.last_command,
        "value_template": "{{ value_json.intent }}",
        "json_attributes_topic": topics.last_command,
    }


def _health(topics: Topics) -> dict[str, dict[str, Any]]:
    def sensor(name: str, key: str, **more: object) -> dict[str, Any]:
        template = f"{{{{ value_json.{key} }}}}"
        common = {"p": "sensor", "name": name, "entity_category": "diagnostic"}
        return {**common, "state_topic": topics.health, "value_template": template, **more}

    counts = {"state_class": "total_increasing"}
    memory = {"device_class": "data_size", "unit_of_measurement": "MB", "state_class": "measurement"}
    return {
        "state": sensor("State", "state"),
        "utterances": sensor("Utterances", "utterances", **counts),
        "decisions": sensor("Decisions", "decisions", **counts),
        "dropped_blocks": sensor("Dropped blocks", "dropped_blocks", **counts),
        "memory": sensor("Memory", "memory_mb", **memory),
        "light_trouble": {
            **sensor("Light trouble", "light_trouble"),
            "p": "binary_sensor",
            "device_class": "problem",
        },
    }
