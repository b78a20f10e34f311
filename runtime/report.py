"""Telling what happens: JSON lines for programs, plain lines for people and logs."""

import json
import sys
from typing import Protocol, TextIO

from runtime.decision import Decision
from runtime.events import End, Event, Labelled, Retrained, event_json
from runtime.lesson import Source
from runtime.scene import Scene, Utterance, advance
from runtime.tally import Tally


class Report(Protocol):
    """Somewhere to tell what happens."""

    def begin(self, source: str) -> None:
        """A recording, or the microphone, begins; its events follow."""
        ...

    def show(self, event: Event) -> None:
        """Tell one event."""
        ...

    def note(self, line: str) -> None:
        """Tell what is no event: a line of the console light."""
        ...

    def close(self) -> None:
        """Nothing more will come."""
        ...


class JsonReport:
    """One JSON object a line, flushed at once: a program may wait for it."""

    def __init__(self, stream: TextIO, *, recordings: bool) -> None:
        """`recordings`: the sources are recordings, and each line names its `file`."""
        self._stream = stream
        self._recordings = recordings
        self._source: dict[str, object] = {}

    def begin(self, source: str) -> None:
        if self._recordings:
            self._source = {"file": source}

    def show(self, event: Event) -> None:
        line = event_json(event)
        kind = line.pop("event")
        print(json.dumps({"event": kind, **self._source, **line}), file=self._stream, flush=True)

    def note(self, line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    def close(self) -> None:
        """Every line is out already."""


class PlainReport:
    """A line for each utterance once its end is known."""

    def __init__(self, stream: TextIO, *, recordings: bool) -> None:
        """`recordings`: the sources are recordings; they are named, and counted at the end."""
        self._stream = stream
        self._recordings = recordings
        self._scene = Scene()
        self._tally = Tally()
        self._timed = ""

    def begin(self, source: str) -> None:
        self._tally.begin()
        if self._recordings:
            print(source, file=self._stream, flush=True)

    def show(self, event: Event) -> None:
        self._scene = advance(self._scene, event)
        for utterance in self._scene.closed:
            if self._recordings:  # else it would go on for a year, and nobody asks
                self._tally.count(utterance)
            print(f"  {utterance_line(utterance)}", file=self._stream, flush=True)
        if isinstance(event, Labelled):
            print(f"  {label_line(event)}", file=self._stream, flush=True)
        if isinstance(event, End) and event.latency is not None:
            self._timed = event.latency.sentence()
        if isinstance(event, Retrained):
            print(f"  retrained: {event.result['reason']}", file=self._stream, flush=True)

    def note(self, line: str) -> None:
        print(line, file=self._stream, flush=True)

    def close(self) -> None:
        if self._timed:
            print(self._timed, file=self._stream, flush=True)
        if self._recordings and (account := self._tally.sentence()):
            print(account, file=self._stream, flush=True)


def utterance_line(utterance: Utterance) -> str:
    """What became of an utterance, in columns: when, what, how surely, what was said."""
    if utterance.decided is not None:
        decision = utterance.decided.decision
        when = lead_text(utterance.lead_s)
        if utterance.retracted is not None:
            when = f"put right, {when}"
        said = marked_text(decision, utterance.words)
        return f'{when:<22}  {decision.intent:<9}  {decision.confidence:>4.0%}  "{said}"'
    if utterance.retracted is not None:
        decision = utterance.retracted.retraction.decision
        said = marked_text(decision, utterance.words)
        return f'{"taken back":<22}  {decision.intent:<9}  {decision.confidence:>4.0%}  "{said}"'
    return f'{"left alone":<22}  {"none":<9}        "{" ".join(utterance.words)}"'


_LEARNED: dict[Source, str] = {
    "unobjected": "learned, no objection",
    "objected": "learned, switched back",
    "claimed": "learned, done by hand",
    "corrected": "learned, as told",
}


def label_line(label: Labelled) -> str:
    """What the lamp learned, in the columns of an utterance: why, what, what was said."""
    why = "unlearned" if label.intent is None else _LEARNED[label.source]
    return f'{why:<22}  {label.intent or "":<9}        "{label.text}"'


def lead_text(lead_s: float | None) -> str:
    """How long before or after the end of speech an act came."""
    if lead_s is None:
        return "while speech went on"
    return f"{abs(lead_s):.2f} s {'before' if lead_s >= 0 else 'after'} the end"


def marked_text(decision: Decision, words: tuple[str, ...]) -> str:
    """What was said, with a bar after the word at which the lamp decided."""
    return " ".join((*decision.words[: decision.word], "|", *words[decision.word :]))
