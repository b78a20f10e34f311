"""What the environment may hold that is nobody else's business."""

from collections.abc import Mapping

PASSWORD_VARIABLE = "FOREGLOW_MQTT_PASSWORD"
"""In place of `mqtt.password_file`."""


def without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for a program that we run: a light's program needs no password, nor does a retraining."""
    return {name: value for name, value in environment.items() if name != PASSWORD_VARIABLE}
