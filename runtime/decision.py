"""When probabilities become an act: the rules, as plain functions of a trace."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from model.intent import ACTIONS, INTENTS, Intent, stands

Probabilities = tuple[float, float, float]
"""P(light_on), P(light_off), P(none) after a word, in the order of INTENTS."""

_NONE = INTENTS.index("none")


@dataclass(frozen=True, slots=True)
class Policy:
    """How sure the lamp must be before it acts."""

    thresholds: Mapping[Intent, float]
    """For light_on and light_off: the least probability, 0.5 to 1, at which the intent may act on a partial."""

    final_thresholds: Mapping[Intent, float]
    """The same once the utterance is over, when less can still change."""

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


def supported(probabilities: Probabilities, policy: Policy, *, final: bool = False) -> Intent:
    """The intent that these probabilities are enough for; `none` when there is no such intent.

    An intent must pass its threshold, stand at least `margin` above `none`, and be the one largest:
    a tie is none.
    """
    thresholds = policy.final_thresholds if final else policy.thresholds
    for intent in ACTIONS:
        index = INTENTS.index(intent)
        own = probabilities[index]
        largest = all(own > other for at, other in enumerate(probabilities) if at != index)
        if largest and own >= thresholds[intent] and own - probabilities[_NONE] >= policy.margin:
            return intent
    return "none"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a final transcript asks for."""

    intent: Intent
    """light_on or light_off."""

    word: int
    """The first word that supports it, from 1; the last word when only the whole utterance does."""

    confidence: float
    """P(intent) after that word, or after the end of the utterance when no word supports it."""


def verdict(trace: Sequence[Probabilities], ended: Probabilities, policy: Policy) -> Verdict | None:
    """What a final transcript says on its own.

    The whole utterance has the last say. If it supports nothing, the first prefix that supports an intent
    counts, since partials may skip words, unless the end is sure that it does not stand: "turn on the light"
    inside "turn on the light show on channel four" is no command.

    Args:
        trace: the probabilities after each word of the final transcript.
        ended: the probabilities once the model has heard that the utterance is over.

    Returns:
        None when nothing is asked of the lamp.
    """
    supports = [supported(probabilities, policy) for probabilities in trace]
    for intent in (supported(ended, policy, final=True), *supports):
        if not trace or intent == "none" or not stands(intent, ended):
            continue
        if intent in supports:
            word = supports.index(intent) + 1
            return Verdict(intent, word, trace[word - 1][INTENTS.index(intent)])
        return Verdict(intent, len(trace), ended[INTENTS.index(intent)])
    return None
