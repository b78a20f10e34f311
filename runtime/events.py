"""What happens while listening, as values; and the JSON line of each."""

import os
from dataclasses import dataclass

from runtime.decision import Decision, Probabilities, Retraction
from transcribe.hypothesis import Hypothesis


@dataclass(frozen=True, slots=True)
class Heard:
    """Words were heard that differ from what was heard before, or an utterance ended."""

    time: float
    """Seconds on the audio clock at which this was known, compute delay included."""

    hypothesis: Hypothesis
    """The words so far."""

    probabilities: Probabilities | None
    """What the last word leaves likely; None before the first word."""


@dataclass(frozen=True, slots=True)
class Decided:
    """The light is to be switched."""

    time: float
    """Seconds on the audio clock at which this was known, compute delay included."""

    decision: Decision
    """To what, on which words, how surely."""


@dataclass(frozen=True, slots=True)
class Retracted:
    """The light is to go back to what it was before a decision."""

    time: float
    """Seconds on the audio clock at which this was known, compute delay included."""

    retraction: Retraction
    """Which decision, and the final words against it."""


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """The speech gate has closed: only now is it known when speech ended."""

    time: float
    """Seconds on the audio clock at which this was known, compute delay included."""

    last_speech: float
    """Seconds on the audio clock at which the last speech ended."""


@dataclass(frozen=True, slots=True)
class Switched:
    """The light was told to change; only where there is a light."""

    time: float
    """Seconds on the audio clock, compute delay included."""

    on: bool
    """What it was told to be."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A microphone is open and everything is loaded: speech is heard from here on."""

    microphone: str
    """Name of the device."""

    bundle: str
    """Version of the language model in service."""


@dataclass(frozen=True, slots=True)
class End:
    """The audio is over."""

    duration: float
    """Seconds of audio heard."""

    compute: float
    """Seconds spent computing on it."""

    dropped_blocks: int
    """Blocks of audio lost because computing did not keep up."""


Event = Heard | Decided | Retracted | SpeechEnded | Switched | Ready | End


def event_json(event: Event) -> dict[str, object]:
    """The event as one JSON object; times in seconds, three decimals."""
    match event:
        case Heard(time, hypothesis, probabilities):
            line: dict[str, object] = {"event": "heard", "time": round(time, 3), "text": hypothesis.text}
            line["final"] = hypothesis.final
            if probabilities is not None:
                line["probabilities"] = [round(probability, 4) for probability in probabilities]
            return line
        case Decided(time, decision):
            return {
                "event": "decision",
                "time": round(time, 3),
                "intent": decision.intent,
                "confidence": round(decision.confidence, 4),
                "text": " ".join(decision.words),
                "word": decision.word,
            }
        case Retracted(time, retraction):
            return {
                "event": "retracted",
                "time": round(time, 3),
                "intent": retraction.decision.intent,
                "text": " ".join(retraction.words),
            }
        case SpeechEnded(time, last_speech):
            return {"event": "speech_end", "time": round(time, 3), "last_speech": round(last_speech, 3)}
        case Switched(time, on):
            return {"event": "light", "time": round(time, 3), "on": on}
        case Ready(microphone, bundle):
            return {"event": "ready", "microphone": microphone, "bundle": bundle, "pid": os.getpid()}
        case End(duration, compute, dropped_blocks):
            return {
                "event": "end",
                "duration": round(duration, 3),
                "compute": round(compute, 3),
                "dropped_blocks": dropped_blocks,
            }
