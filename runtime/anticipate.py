"""`foreglow anticipate`: text in, decision out, word by word as partial transcripts come."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from model.intent import INTENTS, Intent
from model.vocabulary import split_words
from runtime.anticipator import Anticipator
from runtime.decision import Decision, Probabilities
from runtime.errors import ForeglowError
from runtime.trace import State
from transcribe.hypothesis import Hypothesis

LONGEST_TEXT = 10_000
"""Characters in one utterance; nobody speaks that long, so a longer line is not what it should be."""


class TextError(ForeglowError):
    """A line of text that is no utterance; the next one may be."""


class EncodingError(ForeglowError):
    """The input is not UTF-8 text; nothing after this can be trusted."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the lamp makes of one utterance."""

    text: str
    """As given, without the line end."""

    words: tuple[str, ...]
    """As the recogniser would write them."""

    trace: tuple[Probabilities, ...]
    """The probabilities after each word."""

    decision: Decision | None
    """What stands after the last word."""

    retracted: bool
    """Whether an earlier decision was taken back at the end."""

    @property
    def intent(self) -> Intent:
        """The decision, or `none`."""
        return "none" if self.decision is None else self.decision.intent

    @property
    def confidence(self) -> float:
        """Of the decision when it was made; P(none) after the last word for none, 1 when nothing was said."""
        if self.decision is not None:
            return self.decision.confidence
        return self.trace[-1][INTENTS.index("none")] if self.trace else 1.0

    def as_json(self) -> dict[str, object]:
        """As `foreglow anticipate --json` prints it."""
        return {
            "text": self.text,
            "decision": self.intent,
            "confidence": round(self.confidence, 4),
            "word": None if self.decision is None else self.decision.word,
            "words": len(self.words),
            "retracted": self.retracted,
            "trace": [
                {"word": word, **{i: round(p, 4) for i, p in zip(INTENTS, probabilities, strict=True)}}
                for word, probabilities in zip(self.words, self.trace, strict=True)
            ],
        }

    def as_line(self) -> str:
        """For people: what, how surely, after which word (marked with a bar)."""
        marked = list(self.words)
        after = ""
        if self.decision is not None:
            marked.insert(self.decision.word, "|")
            after = f"after word {self.decision.word} of {len(self.words)}"
        return f'{self.intent:<9}  {self.confidence:>4.0%}  {after:<21}  "{" ".join(marked)}"'


def answer(anticipator: Anticipator[State], text: str) -> Answer:
    """Hear the text as a stream of partials and a final, on a fresh audio clock."""
    anticipator.reset()
    words = split_words(text)
    for count in range(1, len(words) + 1):
        # A spoken word lasts longer than it takes to confirm a hypothesis, so each arrives often enough.
        for _ in range(anticipator.policy.consecutive):
            anticipator.hear(Hypothesis(words[:count], False, 0.0, 0.0))
    held = anticipator.decision
    anticipator.hear(Hypothesis(words, True, 0.0, 0.0))
    stands = anticipator.decision
    return Answer(text, words, anticipator.trace, stands, retracted=held is not None and stands is not held)


def read_lines(stream: BinaryIO) -> Iterator[str | TextError]:
    """The lines of a stream without their ends; a TextError in place of one that is too long.

    Memory stays bounded however long a line is. Raises EncodingError at the first line that is not UTF-8.
    """
    longest_bytes = 4 * LONGEST_TEXT + 1
    number = 0
    while raw := stream.readline(longest_bytes):
        number += 1
        cut = not raw.endswith(b"\n") and len(raw) == longest_bytes
        rest = raw
        while cut and rest and not rest.endswith(b"\n"):
            rest = stream.readline(1 << 16)
        if cut:
            yield _too_long(number)
            continue
        try:
            text = raw.decode().rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise EncodingError(
                f"line {number} of the input is not UTF-8 text (byte {error.start + 1}); save it as UTF-8. "
                "The lines before it were answered."
            ) from None
        yield text if len(text) <= LONGEST_TEXT else _too_long(number)


def check_text(text: str) -> str:
    """The text of the command line as it is, when it is an utterance. Raises TextError."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise TextError("the text is not UTF-8; give it in UTF-8.")
    if len(text) > LONGEST_TEXT:
        raise TextError(f"the text is longer than {LONGEST_TEXT:,} characters; give one utterance.")
    return text


def _too_long(number: int) -> TextError:
    return TextError(
        f"line {number} of the input is longer than {LONGEST_TEXT:,} characters; give one utterance a line."
    )
