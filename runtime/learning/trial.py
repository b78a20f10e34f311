"""Candidate against incumbent on the same utterances, and whether the candidate may go into service."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from model.examples import Utterance
from runtime.anticipate import answer
from runtime.brain import Brain


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a brain did with utterances whose meaning is known."""

    commands: int
    """Utterances that asked for light or dark."""

    missed: int
    """How many of these did not have their way in the end."""

    others: int
    """Utterances that asked for nothing."""

    false_activations: int
    """How many of these switched the light at any word, taken back or not."""

    def as_json(self) -> dict[str, int]:
        """For the journal, the release and the command line; no words."""
        return asdict(self)


def try_out(brain: Brain, utterances: Iterable[Utterance]) -> Outcome:
    """Let a brain hear utterances word by word, each afresh."""
    anticipator = brain.anticipator()
    commands = missed = others = fired = 0
    for utterance in utterances:
        found = answer(anticipator, " ".join(utterance.words))
        if utterance.intent == "none":
            others += 1
            fired += found.intent != "none" or found.retracted
        else:
            commands += 1
            missed += found.intent != utterance.intent
    return Outcome(commands, missed, others, fired)


def objection(candidate: Outcome, incumbent: Outcome) -> str | None:
    """Why the candidate may not go into service: false activations first, then misses. None when it may."""
    if candidate.false_activations > incumbent.false_activations:
        return (
            f"it switched on {candidate.false_activations} of {candidate.others} utterances that ask for nothing, "
            f"the model in service on {incumbent.false_activations}"
        )
    if candidate.missed > incumbent.missed:
        return (
            f"it missed {candidate.missed} of {candidate.commands} commands, "
            f"the model in service {incumbent.missed}"
        )
    return None
