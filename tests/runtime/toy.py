"""Step models small enough to reason about: the anticipator's logic is under test, not a language model."""

import zlib

from model.vocabulary import END
from runtime.decision import Policy, Probabilities

SURE_ON: Probabilities = (0.96, 0.01, 0.03)
SURE_OFF: Probabilities = (0.01, 0.96, 0.03)
SURE_NONE: Probabilities = (0.01, 0.01, 0.98)
LEANING_ON: Probabilities = (0.55, 0.05, 0.40)
TIE: Probabilities = (0.5, 0.5, 0.0)

SHAPES = (SURE_ON, SURE_OFF, SURE_NONE, LEANING_ON, TIE)

POLICY = Policy(
    thresholds={"light_on": 0.9, "light_off": 0.8},
    final_thresholds={"light_on": 0.5, "light_off": 0.8},
    margin=0.2,
    consecutive=2,
    refractory_s=1.0,
)


class HashedModel:
    """Every prefix has arbitrary probabilities of its own; counts its steps."""

    def __init__(self) -> None:
        self.steps = 0

    def start(self) -> str:
        return ""

    def step(self, state: str, word: str) -> tuple[Probabilities, str]:
        self.steps += 1
        prefix = f"{state} {word}"
        return SHAPES[zlib.crc32(prefix.encode()) % len(SHAPES)], prefix


class ScriptedModel:
    """Probabilities by the word alone: `on`, `off`, `maybe`, `tie`; any other word is surely none.

    The end of the utterance changes nothing unless `END` is among the words given.
    """

    def __init__(self, **more: Probabilities) -> None:
        self.words = {"on": SURE_ON, "off": SURE_OFF, "maybe": LEANING_ON, "tie": TIE, **more}

    def start(self) -> Probabilities:
        return SURE_NONE

    def step(self, state: Probabilities, word: str) -> tuple[Probabilities, Probabilities]:
        probabilities = state if word == END and END not in self.words else self.words.get(word, SURE_NONE)
        return probabilities, probabilities
