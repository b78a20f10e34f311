"""The configuration of one lamp: `device.yaml`, checked at the border and trusted from there on."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from pydantic import Field, ValidationError, model_validator

from runtime.config.learning import KeepConfig, LearnConfig, PrivacyConfig
from runtime.config.lights import LightConfig, MqttConfig, SwitchConfig, check_together
from runtime.config.located_yaml import read_yaml
from runtime.config.page import PageConfig
from runtime.config.refusal import refusals
from runtime.config.types import ConfiguredPath, Number, Section, Text, Whole
from runtime.errors import ConfigError

DEFAULT_PATH = Path("device.yaml")
"""Read from the current folder when no other is named; it need not exist."""


MOST_TOLD = 50
"""Mistakes in a file that are told one by one."""


class CaptureConfig(Section):
    """The microphone."""

    microphone: Text | None = None
    """Name of the input device, or a part of it, as `foreglow microphones` lists it;
    null is the system's default one."""

    queue_s: Number = Field(default=2.0, ge=0.25, le=30.0)
    """Seconds of sound kept while the recogniser is behind; what comes beyond is dropped and counted."""


class GateConfig(Section):
    """The speech gate, which lets the recogniser sleep in silence."""

    threshold: Number = Field(default=0.5, ge=0.05, le=0.95)
    """Probability of speech from which a block of sound counts as speech."""

    pre_roll_ms: Whole = Field(default=400, ge=0, le=2000)
    """Milliseconds of sound before speech that are transcribed too, so that no first syllable is lost."""

    hangover_ms: Whole = Field(default=700, ge=100, le=5000)
    """Milliseconds without speech after which the utterance is closed."""


class TranscribeConfig(Section):
    """The recogniser."""

    model: ConfiguredPath | None = None
    """Folder of the Vosk speech model; null is the verified copy in the cache."""

    chunk_ms: Whole = Field(default=60, ge=30, le=240, multiple_of=30)
    """Milliseconds between two partial transcripts; less is sooner and costs more of the processor."""


class Thresholds(Section):
    """Probability from which the lamp acts, for each intent."""

    light_on: Number | None = Field(default=None, ge=0.5, le=1.0)
    """Probability from which the light is switched on; null is the one calibrated in the bundle."""

    light_off: Number | None = Field(default=None, ge=0.5, le=1.0)
    """Probability from which the light is switched off; null is the one calibrated in the bundle."""


class DecideConfig(Section):
    """When the lamp acts on what it hears."""

    bundle: ConfiguredPath | None = None
    """Folder of the language model bundle; null is the base bundle that comes with foreglow."""

    thresholds: Thresholds = Thresholds()
    """Probability from which the lamp acts, for each intent."""

    margin: Number = Field(default=0.2, ge=0.0, le=1.0)
    """How far the intent's probability must be above that of `none`."""

    consecutive: Whole = Field(default=2, ge=1, le=10)
    """Number of hypotheses in a row that must agree before the lamp acts."""

    refractory_s: Number = Field(default=1.0, ge=0.0, le=60.0)
    """Seconds after an action in which nothing is decided."""


class Config(Section):
    """All settings; `Config()` is the built-in default."""

    capture: CaptureConfig = CaptureConfig()
    """The microphone."""

    gate: GateConfig = GateConfig()
    """The speech gate."""

    transcribe: TranscribeConfig = TranscribeConfig()
    """The recogniser."""

    decide: DecideConfig = DecideConfig()
    """When the lamp acts."""

    light: LightConfig = LightConfig()
    """The light."""

    switch: SwitchConfig = SwitchConfig()
    """Switches beside the lamp; all that are named work."""

    mqtt: MqttConfig = MqttConfig()
    """The MQTT broker, and how the lamp appears in Home Assistant."""

    learn: LearnConfig = LearnConfig()
    """How the lamp learns from its switch."""

    keep: KeepConfig = KeepConfig()
    """How long the journal keeps what was heard and done."""

    privacy: PrivacyConfig = PrivacyConfig()
    """What is kept beside text."""

    page: PageConfig = PageConfig()
    """The web page."""

    state_dir: ConfiguredPath | None = None
    """Folder for what a running lamp keeps; null is $STATE_DIRECTORY, else $XDG_STATE_HOME/foreglow,
    else ~/.local/state/foreglow."""

    @model_validator(mode="after")
    def _sections_fit_together(self) -> Self:
        check_together(self.light, self.switch, self.mqtt)
        return self

    @property
    def state_folder(self) -> Path:
        """`state_dir`, or this process's default one. Raises ConfigError if there is no home folder."""
        return self.state_dir or _default_state_folder(os.environ)


def load_config(path: Path | None = None) -> Config:
    """The configuration in `path`; with None, that in ./device.yaml or, without such a file, the defaults.

    Raises ConfigError with one sentence a line for everything that is wrong.
    """
    wanted = path or DEFAULT_PATH
    try:
        located = read_yaml(wanted)
    except FileNotFoundError:
        if path is None and not wanted.is_symlink():
            return Config()
        raise ConfigError(f"{wanted} does not exist; give the path of a configuration file.") from None
    problems = list(located.problems)
    try:
        config = Config.model_validate(located.value, context={"folder": wanted.absolute().parent})
    except ValidationError as error:
        problems += refusals(error, Config, located)
    if problems:
        told = [f"{wanted}, line {line}: {why}" for line, why in sorted(set(problems))]
        if len(told) > MOST_TOLD:
            told[MOST_TOLD:] = [
                f"{wanted}: {len(told) - MOST_TOLD} more; is this a configuration of foreglow?"
            ]
        raise ConfigError("\n".join(told))
    return config


def _default_state_folder(environment: Mapping[str, str]) -> Path:
    """Where systemd says, else where the XDG base directory specification says."""
    given = environment.get("STATE_DIRECTORY", "").split(":")[0]  # systemd lists several with colons
    if given:
        return Path(given)
    state_home = Path(environment.get("XDG_STATE_HOME", ""))
    if not state_home.is_absolute():  # the specification: a relative one is to be ignored
        try:
            state_home = Path.home() / ".local" / "state"
        except RuntimeError:
            raise ConfigError("There is no home folder to keep the state in; set state_dir.") from None
    return state_home / "foreglow"
