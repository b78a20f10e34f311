"""What a person sees of the lamp at one moment, and what became of each utterance."""

from dataclasses import dataclass, replace

from runtime.decision import Probabilities
from runtime.events import (
    Decided,
    End,
    Event,
    Heard,
    MicrophoneChanged,
    Ready,
    Retracted,
    SpeechEnded,
    Switched,
)


@dataclass(frozen=True, slots=True)
class Utterance:
    """One utterance and what the lamp did about it."""

    words: tuple[str, ...]
    """As heard so far."""

    final_s: float | None = None
    """Audio time, in seconds, up to which the final transcript heard; None while it is being spoken."""

    decided: Decided | None = None
    """The act that stands."""

    retracted: Retracted | None = None
    """The act that was taken back."""

    lead_s: float | None = None
    """Seconds from the act to the end of speech, negative when it came after; None while not known."""


@dataclass(frozen=True, slots=True)
class Scene:
    """The lamp, what it hears, and what it heard since the speech gate opened."""

    lit: bool = False
    """Whether the light is on."""

    hearing: str = "listening"
    """How the microphone is: shown while nothing is being said."""

    lit_before: bool = False
    """Whether the light was on before the last act."""

    probabilities: Probabilities | None = None
    """What the last word heard leaves likely."""

    open: tuple[Utterance, ...] = ()
    """At most two utterances whose end of speech is not known yet; the last one may still be spoken."""

    closed: tuple[Utterance, ...] = ()
    """Utterances that the last event brought to their end."""


def advance(scene: Scene, event: Event) -> Scene:
    """The scene after an event."""
    match event:
        case Heard(_, hypothesis, probabilities):
            final_s = hypothesis.time if hypothesis.final else None
            *done, current = scene.open or (Utterance(()),)
            closed: tuple[Utterance, ...] = ()
            if current.final_s is not None:
                # The one before may have ended with the speech, if this one is but a noise; none earlier can.
                closed, done, current = tuple(done), [current], Utterance(())
            current = replace(current, words=hypothesis.words, final_s=final_s)
            return replace(scene, probabilities=probabilities, open=(*done, current), closed=closed)
        case Decided(_, decision):
            *done, current = scene.open
            current = replace(current, decided=event)
            lit = decision.intent == "light_on"
            return replace(scene, lit=lit, lit_before=scene.lit, open=(*done, current), closed=())
        case Retracted():
            *done, current = scene.open
            current = replace(current, decided=None, retracted=event)
            return replace(scene, lit=scene.lit_before, open=(*done, current), closed=())
        case Switched(on=on):
            # After an act of the lamp this is nothing new; a person's flip is.
            return replace(scene, lit=on, closed=())
        case MicrophoneChanged(state=state):
            return replace(scene, hearing=state, closed=())
        case Ready():
            return replace(scene, hearing="listening", closed=())
        case SpeechEnded(_, last_speech):
            closed = tuple(_with_lead(utterance, last_speech) for utterance in scene.open)
            return replace(scene, open=(), closed=closed, probabilities=None)
        case End():
            return replace(scene, open=(), closed=scene.open, probabilities=None)
        case _:
            return replace(scene, closed=())


def _with_lead(utterance: Utterance, last_speech: float) -> Utterance:
    """Only an utterance that lasted up to the last speech is known to have ended with it."""
    if utterance.decided is None or utterance.final_s is None or utterance.final_s < last_speech:
        return utterance
    return replace(utterance, lead_s=last_speech - utterance.decided.time)
