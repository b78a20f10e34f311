"""What happens while listening, as values; and the JSON line of each."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from capture.no_sound import State
from model.intent import Intent
from runtime.decision import Decision, Probabilities, Retraction
from runtime.latency import Latencies, Timing
from runtime.lesson import Source, Who
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

    trace: tuple[Probabilities, ...] = ()
    """What each word leaves likely."""

    ended: Probabilities | None = None
    """What the end of the utterance leaves likely; None for a partial."""


@dataclass(frozen=True, slots=True)
class Decided:
    """The light is to be switched."""

    time: float
    """Seconds on the audio clock at which this was known, compute delay included."""

    decision: Decision
    """To what, on which words, how surely."""

    timing: Timing | None = None
    """How it came about; None where no sound was heard but text read."""


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

    who: Who = "lamp"
    """By whom."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """What an utterance meant is known now, or, with no intent, is not known after all."""

    time: float
    """Seconds on the audio clock."""

    utterance: int
    """Its number in the journal."""

    intent: Intent | None
    """What was meant; None when an earlier label is undone."""

    source: Source
    """How that is known, or was thought to be."""

    text: str
    """What was said."""


@dataclass(frozen=True, slots=True)
class Retrained:
    """A retraining is over."""

    time: float
    """Seconds on the audio clock."""

    result: Mapping[str, object]
    """What came of it, as `foreglow retrain --json` tells it."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A microphone is open and everything is loaded: speech is heard from here on."""

    microphone: str
    """Name of the device."""

    bundle: str
    """Version of the language model in service."""


@dataclass(frozen=True, slots=True)
class MicrophoneChanged:
    """The microphone was closed, lost, or is heard again; the first time it is heard is told by Ready."""

    time: float
    """Seconds on the audio clock."""

    state: State
    """How it is now."""

    trouble: str | None
    """Why there is none, when it is lost."""


@dataclass(frozen=True, slots=True)
class End:
    """The audio is over."""

    duration: float
    """Seconds of audio heard."""

    compute: float
    """Seconds spent computing on it."""

    dropped_blocks: int
    """Blocks of audio lost because computing did not keep up."""

    latency: Latencies | None = None
    """How long decisions took so far, in this and in earlier recordings of the same run; None for a script."""


Event = (
    Heard
    | Decided
    | Retracted
    | SpeechEnded
    | Switched
    | Labelled
    | Retrained
    | Ready
    | MicrophoneChanged
    | End
)


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
        case Switched(time, on, who):
            return {"event": "light", "time": round(time, 3), "on": on, "who": who}
        case Labelled(time, utterance, intent, source, text):
            line = {"event": "label", "time": round(time, 3), "utterance": utterance}
            return line | {"intent": intent, "source": source, "text": text}
        case Retrained(time, result):
            return {**result, "time": round(time, 3)}
        case Ready(microphone, bundle):
            return {"event": "ready", "microphone": microphone, "bundle": bundle, "pid": os.getpid()}
        case MicrophoneChanged(time, state, trouble):
            line = {"event": "microphone", "time": round(time, 3), "state": state}
            return line if trouble is None else {**line, "trouble": trouble}
        case End(duration, compute, dropped_blocks, latency):
            line = {"event": "end", "duration": round(duration, 3), "compute": round(compute, 3)}
            line["dropped_blocks"] = dropped_blocks
            return line if latency is None else line | {"latency": latency.as_json()}
