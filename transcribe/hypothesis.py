"""What the recogniser believes was said so far."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """The words of one utterance as heard up to a moment."""

    words: tuple[str, ...]
    """As the recogniser writes them: lower case, no punctuation. The next hypothesis may revise them."""

    final: bool
    """True for the last hypothesis of an utterance; it is not revised any more."""

    time: float
    """Seconds on the audio clock up to which sound has been heard for this hypothesis."""

    start: float
    """Seconds on the audio clock at which the utterance's sound began (pre-roll included)."""

    ends: tuple[float, ...] = ()
    """Seconds on the audio clock at which each word ended; of a final only, and empty where that is not known."""

    @property
    def text(self) -> str:
        """The words joined by single spaces."""
        return " ".join(self.words)
