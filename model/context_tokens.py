"""Context tokens: told before an utterance, what its words do not say. Is the light on, and what part of the day is it?

"Lights" may ask for opposite things in the dark and in the light. A token is a word that no one can say, put before the
first word, so nothing in the model changes: the radial context sees it as long as little was said, the block context
remembers it, and n-grams of the first words have it in them.

Not in what is shipped: no data tells what the light was when people asked. docs/model.md has what they cost.
"""

from dataclasses import dataclass, replace
from typing import Final

from model.errors import ModelError
from model.examples import Utterance

LIGHT: Final = {True: "<light on>", False: "<light off>", None: "<light unknown>"}
"""By whether it is on; None where nothing tells."""

PARTS_OF_DAY: Final = ("<night>", "<morning>", "<afternoon>", "<evening>")
"""Of six hours each, from midnight on."""

ANY_TIME: Final = "<any time>"
"""Where no clock tells."""


@dataclass(frozen=True)
class Context:
    """What is known besides words."""

    light: bool | None = None
    """Whether the light is on; None where nothing tells."""

    hour: int | None = None
    """Of the local day, 0 to 23; None where no clock tells."""

    def __post_init__(self) -> None:
        if self.hour is not None and not 0 <= self.hour < 24:
            raise ModelError(f"A context has an hour of 0 to 23, not {self.hour}.")

    @property
    def tokens(self) -> tuple[str, str]:
        """The token of the light, and that of the part of the day."""
        return LIGHT[self.light], ANY_TIME if self.hour is None else PARTS_OF_DAY[self.hour // 6]


def with_context(utterance: Utterance, context: Context) -> Utterance:
    """Return the utterance with its tokens before it.

    The tokens alone are learned from like every other prefix, so that the model knows how likely each turn is before a
    word was said; but not where talk comes first that is no example (`Utterance.since`).
    """
    tokens = context.tokens
    since = utterance.since and utterance.since + len(tokens)
    return replace(utterance, words=(*tokens, *utterance.words), since=since)
