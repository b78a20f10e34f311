"""How long the lamp takes from the deciding word to the decision, and what a user could assemble instead.

    python -m benchmarks.latency --sounds build/sounds --data FOLDER --write

Plays recordings through the real pipeline, as `foreglow simulate` does, and the same sound to the untouched
recogniser, whose finals are looked up in home-assistant-intents by hassil (needs the `train` extra, and is left out
without). It measures wall time, so nothing else should run meanwhile. docs/latency.md explains the columns.
"""

import argparse
import importlib.util
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import vosk
from rich.console import Console
from rich.progress import track

from benchmarks.tables import markdown
from benchmarks.takes import Take, own_takes, people_takes, spoken_takes
from capture.block import SAMPLE_RATE
from capture.errors import CaptureError
from capture.recording import read_recording
from model.intent import INTENTS, Intent
from runtime.config import Config
from runtime.events import Decided, End, Retracted
from runtime.lamp import Lamp, load_lamp
from runtime.latency import PERCENTILES, Latencies, percentile
from runtime.readme import filled
from runtime.stopwatch import Stopwatch
from transcribe.fetch import ensure_speech_model

PAGE: Final = Path(__file__).parents[1] / "docs" / "latency.md"

PEER: Final = "Vosk as it comes, hassil on its final"

LAMP_HEADINGS: Final = (
    *("recordings", "commands", "obeyed", "before final", "measured", "whole, s", "wait, ms", "decode, ms"),
    *("model, ms", "others", "false"),
)

PEER_HEADINGS: Final = (
    "recordings",
    "who",
    "commands",
    "obeyed",
    "after the end of the words, s",
    "others",
    "false",
)

Ask = Callable[[tuple[str, ...]], Intent]
"""What a whole sentence asks for."""


@dataclass(frozen=True)
class Outcome:
    """What became of one recording."""

    take: Take
    decided: tuple[Intent, ...]
    standing: tuple[Intent, ...]
    after_words_s: float | None
    """From the end of the words to the last decision that stands; None without one."""
    timed: Latencies | None = None

    @property
    def obeyed(self) -> bool:
        """Whether a command was done, and nothing else."""
        return self.take.intent != "none" and set(self.standing) == {self.take.intent}


def of_lamp(take: Take, lamp: Lamp) -> Outcome:
    """What the lamp makes of a recording, heard afresh. Raises CaptureError."""
    blocks = list(read_recording(take.path))
    pipeline, watch = lamp.pipeline(), Stopwatch(light=False)
    events = [event for block in blocks for event in pipeline.hear(block)]
    events += [*pipeline.finish(), End(pipeline.heard_until_s, pipeline.compute_s, 0)]
    for event in events:
        watch.hear(event)
    decided = [event for event in events if isinstance(event, Decided)]
    back = [event.retraction.decision for event in events if isinstance(event, Retracted)]
    standing = [event for event in decided if event.decision not in back]
    return Outcome(
        take,
        tuple(event.decision.intent for event in decided),
        tuple(event.decision.intent for event in standing),
        standing[-1].time - take.end_of_speech_s() if standing else None,
        watch.summary(),
    )


class Assembled:
    """What a user could put together: the recogniser as it comes, and templates asked about each of its finals."""

    def __init__(self, model: Path, ask: Ask) -> None:
        toolkit: Any = vosk  # untyped
        toolkit.SetLogLevel(-1)
        self._vosk = toolkit.KaldiRecognizer(toolkit.Model(str(model)), SAMPLE_RATE)
        self._ask = ask

    def outcome(self, take: Take) -> Outcome:
        """What it makes of a recording. Raises CaptureError."""
        blocks = list(read_recording(take.path))
        found: list[tuple[Intent, float]] = []
        clock_s = 0.0
        for block in blocks:
            clock_s = max(clock_s, block.end)
            begun = time.perf_counter()
            if self._vosk.AcceptWaveform(block.samples.tobytes()):
                intent = self._said(self._vosk.Result())
                clock_s += time.perf_counter() - begun
                found += [] if intent == "none" else [(intent, clock_s)]
            else:
                clock_s += time.perf_counter() - begun
        begun = time.perf_counter()
        intent = self._said(self._vosk.FinalResult())
        found += [] if intent == "none" else [(intent, clock_s + time.perf_counter() - begun)]
        intents = tuple(intent for intent, _ in found)
        return Outcome(take, intents, intents, found[-1][1] - take.end_of_speech_s() if found else None)

    def _said(self, result: str) -> Intent:
        words = tuple(json.loads(result)["text"].split())
        return self._ask(words) if words else "none"


def lamp_row(name: str, of: Sequence[Outcome]) -> list[str]:
    """A line of the lamp's own table."""
    commands, others, obeyed = parts(of)
    timed = [one.timed for one in obeyed if one.timed is not None]
    measured = [latency for each in timed for latency in each.measured]
    share = sum(each.before_final == each.decisions for each in timed) / max(1, len(timed))
    return [
        *(
            name,
            str(len(commands)),
            share_of(obeyed, commands),
            f"{share:.1%}" if timed else "",
            str(len(measured)),
        ),
        _three([latency.whole for latency in measured], 1, "{:.2f}"),
        *(_three([getattr(latency, part) for latency in measured], 1000, "{:.0f}") for part in _PARTS),
        *(str(len(others)), str(sum(bool(one.decided) for one in others))),
    ]


_PARTS: Final = ("wait", "decode", "model")


def peer_row(name: str, who: str, of: Sequence[Outcome]) -> list[str]:
    """A line of the comparison."""
    commands, others, obeyed = parts(of)
    after = [one.after_words_s for one in obeyed if one.after_words_s is not None]
    false = sum(bool(one.decided) for one in others)
    return [
        *(name, who, str(len(commands)), share_of(obeyed, commands)),
        *(_three(after, 1, "{:+.2f}"), str(len(others)), str(false)),
    ]


def parts(of: Sequence[Outcome]) -> tuple[list[Outcome], list[Outcome], list[Outcome]]:
    """The commands, the others, and the commands that were obeyed."""
    commands = [one for one in of if one.take.intent != "none"]
    return commands, [one for one in of if one.take.intent == "none"], [one for one in commands if one.obeyed]


def share_of(some: Sequence[object], whole: Sequence[object]) -> str:
    """In per cent; empty of nothing."""
    return f"{len(some) / len(whole):.1%}" if whole else ""


def _three(seconds: Sequence[float], scale: float, style: str) -> str:
    return " / ".join(style.format(scale * percentile(seconds, p)) for p in PERCENTILES) if seconds else ""


def templates() -> Ask | None:
    """What home-assistant-intents makes of a whole sentence; None where the packages are missing."""
    if not all(importlib.util.find_spec(name) for name in ("hassil", "home_assistant_intents")):
        return None
    from benchmarks import peers

    home = peers.fit("hassil", [], 0)

    def ask(words: tuple[str, ...]) -> Intent:
        end = home.stream(words)[-1]
        return INTENTS[int(end.argmax())] if end.any() else "none"

    return ask


def heard_by(name: str, takes: Sequence[Take], hear: Callable[[Take], Outcome]) -> list[Outcome]:
    """Every take, with a bar on standard error."""
    return [hear(take) for take in track(takes, name, console=Console(stderr=True), transient=True)]


def report(lamp: Sequence[Outcome], peer: Sequence[Outcome]) -> str:
    """Both tables in Markdown."""
    names = list(dict.fromkeys(one.take.condition for one in lamp))

    def named(of: Sequence[Outcome], name: str) -> list[Outcome]:
        return [one for one in of if one.take.condition == name]

    own = [lamp_row(name, named(lamp, name)) for name in names]
    own.append(lamp_row("all", lamp))
    text = markdown(LAMP_HEADINGS, own)
    if peer:
        rows = [
            peer_row(name, who, named(of, name))
            for name in names
            for who, of in (("foreglow", lamp), (PEER, peer))
        ]
        text += "\n\n" + markdown(PEER_HEADINGS, rows)
    return text


def main() -> int:
    """Print the tables, or write them into the page."""
    parser = argparse.ArgumentParser(description="From the deciding word to the decision.")
    parser.add_argument("--sounds", type=Path, metavar="FOLDER", help="made by recordings/sounds.py")
    parser.add_argument(
        "--data", type=Path, metavar="FOLDER", help="recordings of people who ask for nothing"
    )
    parser.add_argument("--write", action="store_true", help=f"write the tables into {PAGE.name}")
    arguments = parser.parse_args()
    try:
        takes = own_takes()
        takes += spoken_takes(arguments.sounds) if arguments.sounds else []
        takes += people_takes(arguments.data) if arguments.data else []
        loaded = load_lamp(Config())
        lamp = heard_by("the lamp", takes, lambda take: of_lamp(take, loaded))
        ask = templates()
        assembled = Assembled(ensure_speech_model(), ask) if ask else None
        peer = heard_by("the other", takes, assembled.outcome) if assembled else []
    except (OSError, ValueError, KeyError, CaptureError) as error:
        print(f"benchmarks.latency: {error}", file=sys.stderr)
        return 1
    text = report(lamp, peer)
    if arguments.write:
        PAGE.write_text(filled(PAGE.read_text("utf-8"), {"latencies": text}), encoding="utf-8")
    else:
        print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
