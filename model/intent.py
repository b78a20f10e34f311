"""What the lamp may do about an utterance."""

from typing import Final, Literal, get_args

Intent = Literal["light_on", "light_off", "none"]
"""The lamp's turn in the dialogue. Never `on` or `off`: YAML reads those as booleans."""

INTENTS: Final[tuple[Intent, ...]] = get_args(Intent)
"""In the order of the model's three action probabilities."""

ACTIONS: Final[tuple[Intent, ...]] = ("light_on", "light_off")
"""The intents that switch the light."""
