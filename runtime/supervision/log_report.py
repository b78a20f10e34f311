"""What a service tells of its work: what it did and why, never what was said."""

import logging

from runtime.events import Decided, End, Event, Labelled, Retracted, Switched

_log = logging.getLogger(__name__)


class LogReport:
    """A line of the log for each act, at INFO; talk that asks for nothing leaves none."""

    def begin(self, source: str) -> None:
        """The microphone is told by who opens it."""

    def show(self, event: Event) -> None:
        match event:
            case Decided(_, decision):
                sure = f"{decision.confidence:.0%} sure after word {decision.word}"
                _log.info("Decided: %s, %s.", decision.intent, sure)
            case Retracted(_, retraction):
                _log.info("Taken back: %s.", retraction.decision.intent)
            case Switched(_, on, who) if who != "lamp":
                _log.info("Switched %s by hand (%s).", "on" if on else "off", who)
            case Labelled(_, utterance, intent, source, _):
                _log.info("Utterance %d meant %s (%s).", utterance, intent or "what is not known", source)
            case End(duration, compute, dropped):
                _log.info(
                    "Heard %.0f s in %.0f s of computing, %d blocks dropped.", duration, compute, dropped
                )
            case _:
                pass

    def note(self, line: str) -> None:
        _log.info("%s", line)

    def close(self) -> None:
        """Every line is out already."""
