"""What the recogniser's settings are worth: accuracy, latency and processor time of each.

    python -m benchmarks.recogniser --sounds build/sounds --write

Every recording goes through the whole lamp (gate, recogniser, language model) with one setting changed at a time, then
with the promising ones together. Time is processor time, so that whatever else this machine does hardly matters, and
the pipeline's clock makes it BOARD times as much: the latencies are those of a board. docs/latency.md tells more.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from rich.console import Console
from rich.progress import track

from benchmarks.tables import markdown
from benchmarks.takes import Take, own_takes, spoken_takes
from capture.gate import SpeechGate
from capture.recording import read_recording
from model.intent import Intent
from runtime.brain import Brain, load_brain
from runtime.config import DecideConfig, GateConfig
from runtime.events import Decided, End, Heard, Retracted
from runtime.latency import Latency, percentile
from runtime.pipeline import Pipeline
from runtime.readme import filled
from runtime.stopwatch import Stopwatch
from transcribe.hypothesis import Hypothesis
from transcribe.recogniser import Recogniser
from transcribe.speech_model import find_speech_model

BOARD: Final = 4.0
"""How many times as long a Raspberry Pi 4 is taken to compute as a core of the machine that measures."""

PAGE: Final = Path(__file__).parents[1] / "docs" / "latency.md"

HEADINGS: Final = (
    *("chunk_ms", "beam", "max active", "words wrong", "finals changed", "obeyed", "opposite", "false"),
    *("before final", "real-time factor", "on a board", "wait, ms", "whole on a board, ms"),
)


@dataclass(frozen=True, order=True)
class Setting:
    """Of the recogniser."""

    chunk_ms: int = 60
    beam: float = 10.0
    max_active: int = 3000


SHIPPED: Final = Setting()
SETTINGS: Final = (
    SHIPPED,
    *(Setting(chunk_ms=chunk_ms) for chunk_ms in (30, 120, 240)),
    *(Setting(beam=beam) for beam in (9.0, 8.0, 7.0)),
    *(Setting(max_active=states) for states in (2000, 1000, 500)),
    Setting(beam=9.0, max_active=1000),
    Setting(chunk_ms=120, beam=9.0, max_active=1000),
)


@dataclass(frozen=True)
class Outcome:
    """What became of one recording."""

    take: Take
    finals: tuple[str, ...]
    decided: tuple[Intent, ...]
    standing: tuple[Intent, ...]
    before_final: bool
    audio_s: float
    compute_s: float
    """Processor time, on this machine."""
    latencies: tuple[Latency, ...]

    @property
    def obeyed(self) -> bool:
        """Whether a command was done, and nothing else."""
        return self.take.intent != "none" and set(self.standing) == {self.take.intent}


def variant(folder: Path, setting: Setting) -> Path:
    """A speech model with that setting in `folder`, made of links to the tuned copy of its chunk length."""
    tuned = find_speech_model(None, setting.chunk_ms)
    copy = folder / f"{setting.chunk_ms}-{setting.beam:g}-{setting.max_active}"
    for file in (path for path in tuned.rglob("*") if path.is_file()):
        own = copy / file.relative_to(tuned)
        own.parent.mkdir(parents=True, exist_ok=True)
        own.symlink_to(file)
    conf = copy / "conf/model.conf"
    text = conf.read_text(encoding="utf-8")
    conf.unlink()
    conf.write_text(f"{text}--beam={setting.beam}\n--max-active={setting.max_active}\n", encoding="utf-8")
    return copy


def measure(takes: Sequence[Take], recogniser: Recogniser, brain: Brain) -> list[Outcome]:
    """Hear each afresh. Raises CaptureError."""
    return [
        _heard(take, recogniser, brain) for take in track(takes, console=Console(stderr=True), transient=True)
    ]


def _heard(take: Take, recogniser: Recogniser, brain: Brain) -> Outcome:
    gate = GateConfig()
    listening = SpeechGate(gate.threshold, gate.pre_roll_ms / 1000, gate.hangover_ms / 1000)
    pipeline = Pipeline(listening, recogniser, brain.anticipator(), timer=lambda: BOARD * time.process_time())
    watch = Stopwatch(light=False)
    events = [event for block in read_recording(take.path) for event in pipeline.hear(block)]
    events += [*pipeline.finish(), End(pipeline.heard_until_s, pipeline.compute_s, 0)]
    for event in events:
        watch.hear(event)
    decided = [event.decision for event in events if isinstance(event, Decided)]
    back = [event.retraction.decision for event in events if isinstance(event, Retracted)]
    timed = watch.summary()
    return Outcome(
        take,
        tuple(hypothesis.text for hypothesis in _finals(events)),
        tuple(decision.intent for decision in decided),
        tuple(decision.intent for decision in decided if decision not in back),
        timed.decisions > 0 and timed.before_final == timed.decisions,
        pipeline.heard_until_s,
        pipeline.compute_s / BOARD,
        timed.measured,
    )


def _finals(events: Sequence[object]) -> list[Hypothesis]:
    heard = [event.hypothesis for event in events if isinstance(event, Heard)]
    return [hypothesis for hypothesis in heard if hypothesis.final and hypothesis.words]


def row(setting: Setting, heard: Sequence[Outcome], usual: Sequence[Outcome]) -> list[str]:
    """The line of a setting; `usual` is what became of the same recordings with the shipped one."""
    commands = [one for one in heard if one.take.intent != "none"]
    others = [one for one in heard if one.take.intent == "none"]
    obeyed = [one for one in commands if one.obeyed]
    latencies = [latency for one in obeyed for latency in one.latencies]
    said = [one for one in heard if one.take.said is not None]
    wrong = sum(words_wrong(one.take.said or (), " ".join(one.finals).split()) for one in said)
    words = sum(len(one.take.said or ()) for one in said)
    changed = sum(one.finals != before.finals for one, before in zip(heard, usual, strict=True))
    factor = sum(one.compute_s for one in heard) / sum(one.audio_s for one in heard)
    return [
        *(str(setting.chunk_ms), f"{setting.beam:g}", str(setting.max_active)),
        f"{wrong / words:.1%}",
        f"{changed} of {len(heard)}",
        f"{len(obeyed)} of {len(commands)}",
        str(sum(any(intent != one.take.intent for intent in one.decided) for one in commands)),
        f"{sum(bool(one.decided) for one in others)} of {len(others)}",
        f"{sum(one.before_final for one in obeyed) / max(1, len(obeyed)):.1%}",
        f"{factor:.3f}",
        f"{BOARD * factor:.2f}",
        _both([latency.wait for latency in latencies]),
        _both([latency.whole for latency in latencies]),
    ]


def _both(seconds: Sequence[float]) -> str:
    return " / ".join(f"{1000 * percentile(seconds, p):.0f}" for p in (50, 95)) if seconds else "-"


def words_wrong(said: Sequence[str], heard: Sequence[str]) -> int:
    """The fewest words to put in, take out or exchange that make one of the other."""
    costs = list(range(len(heard) + 1))
    for i, word in enumerate(said, 1):
        before, costs = costs, [i]
        for j, other in enumerate(heard, 1):
            costs.append(min(before[j] + 1, costs[-1] + 1, before[j - 1] + (word != other)))
    return costs[-1]


def main() -> int:
    """Print a Markdown table, or write it into the page."""
    parser = argparse.ArgumentParser(description="What the recogniser's settings are worth.")
    parser.add_argument("--sounds", type=Path, metavar="FOLDER", help="made by recordings/sounds.py")
    parser.add_argument("--most", type=int, metavar="N", help="hear only the first N of them")
    parser.add_argument(
        "--rounds", type=int, default=1, help="measure so often; the least processor time counts"
    )
    parser.add_argument("--write", action="store_true", help=f"write the table into {PAGE.name}")
    arguments = parser.parse_args()
    try:
        takes = own_takes() + (spoken_takes(arguments.sounds, arguments.most) if arguments.sounds else [])
    except (OSError, ValueError, KeyError) as error:
        print(f"benchmarks.recogniser: {arguments.sounds} cannot be used: {error}", file=sys.stderr)
        return 1
    brain = load_brain(DecideConfig())
    rows: list[list[str]] = []
    usual: list[Outcome] = []
    with TemporaryDirectory(prefix="foreglow-") as folder:
        for setting in SETTINGS:
            recogniser = Recogniser(variant(Path(folder), setting))
            recogniser.warm_up()
            rounds = [measure(takes, recogniser, brain) for _ in range(arguments.rounds)]
            heard = min(rounds, key=lambda outcomes: sum(one.compute_s for one in outcomes))
            usual = usual or heard
            rows.append(row(setting, heard, usual))
            print("| " + " | ".join(rows[-1]) + " |", file=sys.stderr, flush=True)
    audio_s = sum(one.audio_s for one in usual)
    text = markdown(HEADINGS, rows)
    told = f"{len(takes)} recordings, {audio_s:.0f} s of sound."
    if arguments.write:
        PAGE.write_text(filled(PAGE.read_text("utf-8"), {"settings": f"{text}\n\n{told}"}), encoding="utf-8")
    else:
        print(f"{text}\n\n{told}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
