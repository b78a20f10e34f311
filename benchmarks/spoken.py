"""What the lamp makes of spoken phrases, as the recogniser wrote them.

    python -m benchmarks.spoken                  # voices that no model trained on
    python -m benchmarks.spoken --real FOLDER    # and recordings of people who ask for nothing

Replays every partial and every final of model/phrases/spoken.jsonl.xz through the lamp's own anticipator
(docs/spoken.md tells where they come from). Recordings of --real go through the whole lamp, recogniser included.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Generic

from rich.console import Console
from rich.progress import Progress, track
from rich.table import Table

from capture.errors import CaptureError
from capture.recording import read_recording
from export.errors import BundleError
from model.errors import ModelError
from model.intent import Intent
from model.spoken import Spoken, read_spoken
from runtime.anticipator import Anticipator
from runtime.brain import load_brain
from runtime.config import Config, DecideConfig
from runtime.decision import Decision, Policy
from runtime.errors import ForeglowError
from runtime.events import Decided, Retracted
from runtime.lamp import Lamp, load_lamp
from runtime.trace import State, StepModel
from transcribe.errors import TranscribeError
from transcribe.hypothesis import Hypothesis

BETWEEN_S = Config().transcribe.chunk_ms / 1000
"""Seconds between two hypotheses of an utterance: the file tells how many there were, not when."""
HEADINGS = ("commands", "right", "early", "wrong", "back", "none, h", "false", "per h", "stood")
SOUND = {".flac", ".wav", ".ogg", ".mp3"}


@dataclass(frozen=True)
class Outcome:
    """What became of one recording of a phrase."""

    intent: Intent
    """What was asked for."""

    condition: str
    """Clean, echo, noise12 and so on."""

    voice: str
    """Who spoke."""

    seconds: float
    """How long the recording was."""

    decided: tuple[Intent, ...]
    """Every decision, in order."""

    standing: tuple[Intent, ...]
    """The decisions that were not taken back."""

    early: bool
    """Whether one that stands was made on a partial."""


@dataclass(frozen=True)
class Figures:
    """Sums over outcomes."""

    commands: int
    """Recordings of commands."""

    right: int
    """Commands decided rightly, and not taken back."""

    early: int
    """Of these, decided on a partial."""

    wrong_intent: int
    """Commands decided as the opposite, whether or not that was taken back."""

    taken_back: int
    """Commands decided rightly and then wrongly taken back."""

    others_h: float
    """Hours of recordings that ask for nothing."""

    false_activations: int
    """How many of these fired, whether or not that was taken back."""

    stood: int
    """How many of those were not taken back."""


class Replay(Generic[State]):
    """Reads what was heard to the lamp's anticipator."""

    def __init__(self, model: StepModel[State], policy: Policy) -> None:
        self._anticipator = Anticipator(model, policy)

    def outcome(self, recording: Sequence[Spoken]) -> Outcome:
        """What becomes of the utterances of one recording."""
        self._anticipator.reset()
        time = 0.0
        decisions: list[Decision] = []
        standing: list[Decision] = []
        on_partial: list[Decision] = []
        for one in recording:
            partials = [partial.words for partial in one.partials for _ in range(partial.repeats)]
            for words in partials:
                time += BETWEEN_S
                changes = self._anticipator.hear(Hypothesis(words, False, time, 0.0))
                on_partial += [change for change in changes if isinstance(change, Decision)]
            if not partials and not one.final:
                continue  # nothing was heard at all
            time += BETWEEN_S
            changes = self._anticipator.hear(Hypothesis(one.final, True, time, 0.0))
            decisions += [change for change in changes if isinstance(change, Decision)]
            if self._anticipator.decision is not None:
                standing.append(self._anticipator.decision)
        first = recording[0]
        return Outcome(
            first.intent,
            first.condition,
            first.voice,
            first.seconds,
            tuple(decision.intent for decision in on_partial + decisions),
            tuple(decision.intent for decision in standing),
            any(decision in on_partial for decision in standing),
        )


def recordings(spoken: Iterable[Spoken]) -> list[list[Spoken]]:
    """The utterances by recording; those of one stand together in the file."""
    return [list(heard) for _, heard in groupby(spoken, key=lambda one: one.take)]


def figures(of: Iterable[Outcome]) -> Figures:
    """Sum up outcomes."""
    given = list(of)
    commands = [one for one in given if one.intent != "none"]
    others = [one for one in given if one.intent == "none"]
    right = [one for one in commands if set(one.standing) == {one.intent}]
    return Figures(
        commands=len(commands),
        right=len(right),
        early=sum(one.early for one in right),
        wrong_intent=sum(any(intent != one.intent for intent in one.decided) for one in commands),
        taken_back=sum(one.intent in one.decided and one.intent not in one.standing for one in commands),
        others_h=sum(one.seconds for one in others) / 3600,
        false_activations=sum(bool(one.decided) for one in others),
        stood=sum(bool(one.standing) for one in others),
    )


def grouped(of: Sequence[Outcome], key: Callable[[Outcome], str]) -> dict[str, Figures]:
    """Figures of the outcomes that have a key in common."""
    return {name: figures(one for one in of if key(one) == name) for name in sorted({*map(key, of)})}


def real(folder: Path, lamp: Lamp, progress: Progress) -> list[Outcome]:
    """What becomes of recordings of people who ask for nothing. Raises CaptureError."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix in SOUND)
    if not paths:
        raise CaptureError(f"{folder} holds no recording ({', '.join(sorted(SOUND))}).")
    heard = []
    for path in progress.track(paths, description="listening"):
        pipeline = lamp.pipeline()
        events = [event for block in read_recording(path) for event in pipeline.hear(block)]
        events += pipeline.finish()
        decided = [event.decision for event in events if isinstance(event, Decided)]
        back = [event.retraction.decision for event in events if isinstance(event, Retracted)]
        every = tuple(decision.intent for decision in decided)
        stood = tuple(decision.intent for decision in decided if decision not in back)
        seconds = pipeline.heard_until_s
        heard.append(Outcome("none", "real", path.parent.name, seconds, every, stood, early=False))
    return heard


def report(parts: dict[str, dict[str, Figures]], console: Console) -> None:
    """Print a table for each part."""
    for rows in parts.values():
        table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
        table.add_column(no_wrap=True)
        for heading in HEADINGS:
            table.add_column(heading, justify="right")
        for name, row in rows.items():
            table.add_row(name, *_command_cells(row), *_other_cells(row))
        console.print(table)
        console.print()


def _command_cells(row: Figures) -> list[str]:
    if not row.commands:
        return [""] * 5
    shares = [f"{count / row.commands:.1%}" for count in (row.right, row.early)]
    return [str(row.commands), *shares, str(row.wrong_intent), str(row.taken_back)]


def _other_cells(row: Figures) -> list[str]:
    if not row.others_h:
        return [""] * 4
    rate = row.false_activations / row.others_h
    return [f"{row.others_h:.2f}", str(row.false_activations), f"{rate:.1f}", str(row.stood)]


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.spoken", description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", type=Path, help="folder of the language model (default: the base model)")
    parser.add_argument("--split", choices=("test", "train"), default="test", help="voices (default: test)")
    parser.add_argument("--real", type=Path, metavar="FOLDER", help="recordings that ask for nothing")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    decide = DecideConfig(bundle=arguments.bundle)
    console = Console(stderr=True)
    try:
        brain = load_brain(decide)
        replay = Replay(brain.session, brain.policy)
        spoken = read_spoken(arguments.split)
        heard = track(recordings(spoken), "replaying", console=console, transient=True)
        of = [replay.outcome(recording) for recording in heard]
        parts = {
            "conditions": grouped(of, lambda one: one.condition),
            "voices": grouped(of, lambda one: one.voice),
        }
        if arguments.real:
            with Progress(console=console, transient=True) as progress:
                people = real(arguments.real, load_lamp(Config(decide=decide)), progress)
            parts["real"] = grouped(people, lambda one: one.voice)
    except (BundleError, CaptureError, ForeglowError, ModelError, TranscribeError) as error:
        print(f"benchmarks.spoken: {error}", file=sys.stderr)
        return 1
    if arguments.json:
        tables = {part: {name: asdict(row) for name, row in rows.items()} for part, rows in parts.items()}
        print(json.dumps(tables))
    else:
        report(parts, Console())
    return 0


if __name__ == "__main__":
    sys.exit(main())
