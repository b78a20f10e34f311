"""When probabilities become an act: the rules, as plain functions of a trace."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from model.intent import ACTIONS, INTENTS, Intent

Probabilities = tuple[float, float, float]
"""P(light_on), P(light_off), P(none) after a word, in the order of INTENTS."""

_NONE = INTENTS.index("none")


@dataclass(frozen=True, slots=True)
class Policy:
    """How sure the lamp must be before it acts."""

    thresholds: Mapping[Intent, float]
    """For light_on and light_off: the least probability, 0.5 to 1, at which the intent may act."""

    margin: float
    """How far the intent's probability must lie above that of `none`, 0 to 1."""

    consecutive: int
    """How many hypotheses in a row must support the same intent; at least 1."""

    refractory_s: float
    """Seconds of audio after an act in which nothing is decided."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The lamp switches."""

    intent: Intent
    """light_on or light_off."""

    confidence: float
    """P(intent) after `word`, 0 to 1."""

    words: tuple[str, ...]
    """What had been heard when it was decided."""

    word: int
    """The word after which it was decided; the first word is 1."""

    time: float
    """Seconds on the audio clock up to which sound had been heard."""


@dataclass(frozen=True, slots=True)
class Retraction:
    """The final transcript contradicts a decision: the light goes back to what it was before."""

    decision: Decision
    """What is taken back."""

    words: tuple[str, ...]
    """The final transcript."""

    time: float
    """Seconds on the audio clock up to which sound had been heard."""


def supported(probabilities: Probabilities, policy: Policy) -> Intent:
    """The intent that these probabilities are enough for; `none` when there is no such intent.

    An intent must pass its threshold, stand at least `margin` above `none`, and be the one largest:
    a tie is none.
    """
    for intent in ACTIONS:
        index = INTENTS.index(intent)
        own = probabilities[index]
        largest = all(own > other for at, other in enumerate(probabilities) if at != index)
        if largest and own >= policy.thresholds[intent] and own - probabilities[_NONE] >= policy.margin:
            return intent
    return "none"


def verdict(trace: Sequence[Probabilities], policy: Policy) -> tuple[Intent, int] | None:
    """What a final transcript says on its own: the intent and the first word (from 1) that supports it.

    The last word has the last say. If it supports nothing, the first earlier prefix that supports an
    intent counts, since partials may skip words, but only while that intent is still likelier than `none`
    at the end: "turn on the light" inside "turn on the light show on channel four" is no command.

    Args:
        trace: the probabilities after each word of the final transcript.

    Returns:
        None when nothing is asked of the lamp.
    """
    supports = [supported(probabilities, policy) for probabilities in trace]
    for intent in (*supports[-1:], *supports):
        if intent != "none" and trace[-1][INTENTS.index(intent)] > trace[-1][_NONE]:
            return intent, supports.index(intent) + 1
    return None
