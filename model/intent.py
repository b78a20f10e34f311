"""What the lamp may do about an utterance."""

from collections.abc import Sequence
from typing import Final, Literal, get_args

Intent = Literal["light_on", "light_off", "none"]
"""The lamp's turn in the dialogue. Never `on` or `off`: YAML reads those as booleans."""

INTENTS: Final[tuple[Intent, ...]] = get_args(Intent)
"""In the order of the model's three action probabilities."""

ACTIONS: Final[tuple[Intent, ...]] = ("light_on", "light_off")
"""The intents that switch the light."""

TAKE_BACK: Final = 0.8
"""P(none) at the end of an utterance from which what was done on a partial is taken back. That partial had passed a
threshold which hardly anything passes that asks for nothing, so a mere majority against it is not enough."""


def stands(intent: Intent, ended: Sequence[float]) -> bool:
    """Whether what a partial asked for is left as it is, given the probabilities at the end in the order of INTENTS.

    It is taken back when the end is sure of `none`, or holds the opposite likelier.
    """
    opposite = max(ended[INTENTS.index(other)] for other in ACTIONS if other != intent)
    return bool(ended[INTENTS.index("none")] < TAKE_BACK and ended[INTENTS.index(intent)] > opposite)
