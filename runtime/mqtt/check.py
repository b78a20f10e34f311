"""What `foreglow doctor` says of the MQTT broker."""

import stat
import threading
from pathlib import Path

from runtime.check import Check, bad, good
from runtime.config import Config
from runtime.errors import ConfigError, MqttError
from runtime.mqtt.broker import Broker

PATIENCE_S = 6.0
"""For the broker to answer."""

_NAME = "MQTT"


def check_broker(config: Config, patience_s: float = PATIENCE_S) -> Check:
    """The broker answers and takes the account. Nothing is sent to it."""
    secret = config.mqtt.password_file
    answered = threading.Event()
    try:
        broker = Broker(config.mqtt, guest=True)
    except ConfigError as error:
        return bad(_NAME, str(error), "run `pip install 'foreglow[mqtt]'`")
    except MqttError as error:
        return bad(_NAME, str(error), "correct the section mqtt of the configuration")
    broker.when_connected(answered.set)
    broker.start()
    answered.wait(patience_s)
    health = broker.health()
    broker.close()
    if not answered.is_set():
        mend = "start the broker, or correct the section mqtt of the configuration"
        return bad(_NAME, f"{health['failure']}", mend, required=config.light.kind == "mqtt")
    if secret is not None and _readable_for_others(secret):
        return bad(_NAME, f"{secret} may be read by others", f"run `chmod 600 {secret}`", required=False)
    return good(_NAME, f"{health['broker']}{'' if config.mqtt.tls else ', not encrypted'}")


def _readable_for_others(path: Path) -> bool:
    return bool(path.stat().st_mode & (stat.S_IROTH | stat.S_IRGRP))
