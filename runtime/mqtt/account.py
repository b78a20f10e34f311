"""User and password for the broker: from a file or the environment, and never anywhere else."""

import os
from collections.abc import Mapping
from pathlib import Path

from runtime.config import MqttConfig
from runtime.environment import PASSWORD_VARIABLE
from runtime.errors import MqttError

USER_VARIABLE = "FOREGLOW_MQTT_USER"
"""In place of `mqtt.user`."""

CREDENTIAL = "mqtt-password"
"""Name under which systemd hands the file of `mqtt.password_file` to a service, which may not read the file itself."""

_MOST_BYTES = 65_535
"""MQTT allows no longer password."""


class Password(str):
    """A text that does not show itself, however it is printed; only `encode` gives its bytes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Password(...)"

    __str__ = __repr__

    def __format__(self, _spec: str) -> str:
        return repr(self)


def account(
    config: MqttConfig, environment: Mapping[str, str] = os.environ
) -> tuple[str | None, Password | None]:
    """The user and the password; None for neither. Raises MqttError, which never quotes a secret."""
    user = config.user or environment.get(USER_VARIABLE) or None
    given = environment.get(PASSWORD_VARIABLE)
    password = Password(given) if given else None
    if config.password_file is not None:
        handed = Path(environment.get("CREDENTIALS_DIRECTORY", "")) / CREDENTIAL
        password = _read(handed if handed.is_absolute() and handed.exists() else config.password_file)
    if password is not None and user is None:
        raise MqttError(f"MQTT has a password but no user; set mqtt.user or {USER_VARIABLE}.")
    return user, password


def _read(path: Path) -> Password:
    """The first line of a file."""
    try:
        with path.open("rb") as file:
            line = file.read(_MOST_BYTES + 1).split(b"\n")[0].removesuffix(b"\r")
        password = Password(line.decode())
    except OSError as error:
        raise MqttError(f"mqtt.password_file {path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise MqttError(f"mqtt.password_file {path} is not UTF-8 text.") from None
    if not password or len(line) > _MOST_BYTES:
        raise MqttError(f"mqtt.password_file {path} must hold a password in its first line.")
    return password
