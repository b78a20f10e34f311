"""Everything from sound to decision, put together as the configuration says."""

import math
from dataclasses import dataclass

from capture.gate import SpeechGate
from runtime.brain import Brain, load_brain
from runtime.config import Config, GateConfig
from runtime.pipeline import Pipeline
from runtime.service import Service
from transcribe.recogniser import Recogniser
from transcribe.speech_model import find_speech_model


@dataclass(frozen=True, slots=True)
class Lamp:
    """What listens and decides: the heavy parts are loaded and warm, and shared by all streams in turn."""

    service: Service
    """What decides; it may be exchanged between two utterances."""

    recogniser: Recogniser
    """What writes down speech; one stream at a time."""

    gate: GateConfig
    """How to tell speech from silence."""

    @property
    def brain(self) -> Brain:
        """What decides from the next utterance on."""
        return self.service.brain

    def pipeline(self, pulse_s: float = math.inf) -> Pipeline:
        """A pipeline for one audio stream from its beginning; the one before it must have finished.

        `pulse_s`: see Pipeline.
        """
        gate = SpeechGate(self.gate.threshold, self.gate.pre_roll_ms / 1000, self.gate.hangover_ms / 1000)
        return Pipeline(gate, self.recogniser, self.service.reader(), pulse_s=pulse_s)


def load_lamp(config: Config, service: Service | None = None) -> Lamp:
    """Load and warm up all of it, about two seconds. Raises BundleError, TranscribeError.

    Without a `service` (runtime.service.load_service) the configured or the base bundle decides, whatever was
    promoted in the state folder: that is what measurements need.
    """
    service = service or Service(lambda: load_brain(config.decide))
    recogniser = Recogniser(find_speech_model(config.transcribe.model, config.transcribe.chunk_ms))
    recogniser.warm_up()
    return Lamp(service, recogniser, config.gate)
