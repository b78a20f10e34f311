"""The configuration of learning: how the switch is read, what is kept and for how long."""

from datetime import time

from pydantic import Field

from runtime.config.types import Flag, Number, Section, TimeOfDay, Whole


class LearnConfig(Section):
    """How the lamp learns from its switch."""

    objection_s: Number = Field(default=10.0, ge=1.0, le=120.0)
    """Seconds after an act of the lamp in which flipping it back means that it was wrong."""

    claim_s: Number = Field(default=8.0, ge=1.0, le=120.0)
    """Seconds after speech in which flipping the switch means that the speech had asked for it."""

    bounce_s: Number = Field(default=0.3, ge=0.0, le=2.0)
    """Seconds within which contacts that open and close again are one flip."""

    echo_s: Number = Field(default=1.0, ge=0.0, le=10.0)
    """Seconds after a command of the lamp in which a switch that reports the same state only echoes it."""

    from_zero: Flag = False
    """Whether the lamp begins without the base model: with nothing but words and the switch."""

    false_activations_a_day: Number = Field(default=0.5, ge=0.01, le=100.0)
    """How many times a day the lamp may switch though nobody asked; retraining sets the thresholds for it."""

    retrain_at: TimeOfDay | None = "03:30"
    """Time of day at which the lamp retrains by itself, in quotes and by the clock of the machine; null for never."""

    retrain_after: Whole = Field(default=5, ge=1, le=100_000)
    """Lessons since the last retraining without which it waits for another night."""

    keep_bundles: Whole = Field(default=5, ge=1, le=100)
    """Number of learned bundles that are kept to go back to."""

    @property
    def retraining_time(self) -> time | None:
        """`retrain_at` as a time of day."""
        return None if self.retrain_at is None else time.fromisoformat(self.retrain_at)


class KeepConfig(Section):
    """How long the journal keeps what was heard and done."""

    days: Whole = Field(default=90, ge=1, le=3650)
    """Days after which an utterance is removed, unless a person's label made it a lesson; a lesson stays
    until the space is needed or it is forgotten."""

    megabytes: Whole = Field(default=50, ge=1, le=10_000)
    """Size of the journal above which the oldest utterances are removed, those that are no lessons first."""


class PrivacyConfig(Section):
    """What is kept beside text."""

    keep_audio: Flag = False
    """Whether the sound of each utterance is kept too, as FLAC files in the state folder."""

    audio_megabytes: Whole = Field(default=200, ge=1, le=100_000)
    """Size of all kept sound above which the oldest is removed."""
