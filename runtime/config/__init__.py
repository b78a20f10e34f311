"""The configuration of one lamp, from `device.yaml` (docs/configuration.md)."""

from runtime.config.config import (
    Config,
    DecideConfig,
    GateConfig,
    LightConfig,
    TranscribeConfig,
    load_config,
)
from runtime.config.learning import KeepConfig, LearnConfig, PrivacyConfig

__all__ = [
    "Config",
    "DecideConfig",
    "GateConfig",
    "KeepConfig",
    "LearnConfig",
    "LightConfig",
    "PrivacyConfig",
    "TranscribeConfig",
    "load_config",
]
