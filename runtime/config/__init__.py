"""The configuration of one lamp, from `device.yaml` (docs/configuration.md)."""

from runtime.config.config import (
    Config,
    DecideConfig,
    GateConfig,
    TranscribeConfig,
    load_config,
)
from runtime.config.learning import KeepConfig, LearnConfig, PrivacyConfig
from runtime.config.lights import GpioSwitchConfig, LightConfig, MqttConfig, SwitchConfig
from runtime.config.page import PageConfig

__all__ = [
    "Config",
    "DecideConfig",
    "GateConfig",
    "GpioSwitchConfig",
    "KeepConfig",
    "LearnConfig",
    "LightConfig",
    "MqttConfig",
    "PageConfig",
    "PrivacyConfig",
    "SwitchConfig",
    "TranscribeConfig",
    "load_config",
]
