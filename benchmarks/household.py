"""python -m benchmarks.household --data FOLDER: lamps live in simulated households for thirty days.

Households with different habits, each drawn anew for every seed, live with our lamp (journal, lessons from the switch,
learning at once, retraining), with the same lamp without learning, and with logistic regression refitted every night;
and our lamp learns from zero. Results are kept in a work folder; a run that was stopped carries on where it was. Writes
docs/benchmarks/household.md and its pictures.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.households.habits import KINDS, PHRASES
from benchmarks.households.lamps import LAMPS, lamp_of
from benchmarks.households.life import live
from benchmarks.households.logistic import Background, background
from benchmarks.households.plan import plan, read_talk
from benchmarks.households.record import Record, record_from, record_json
from benchmarks.households.report import write_page
from export.bundle import BASE_BUNDLE, BLANK_BUNDLE
from model.errors import ModelError
from runtime.errors import ForeglowError

TALK_A_DAY = 100
"""Utterances that people say to each other, beside a lamp with a base model."""

ZERO_TALK_A_DAY = 40
"""The same beside a lamp that begins with nothing: fewer, so that speech is counted in minutes."""

ZERO_KINDS = ("direct", "private", "indirect", "routines", "family")

HELD_BACK = 4
"""Every so manieth meeting is kept for logistic regression and not heard in any household."""


@dataclass(frozen=True)
class Task:
    """One lamp in one household."""

    kind: str
    """Of KINDS."""

    lamp: str
    """Of LAMPS, or `zero`."""

    seed: int
    """What is drawn."""

    days: int
    """How long it lives there."""

    torch: bool
    """Whether its network is retrained."""

    def path(self, work: Path) -> Path:
        """Where its result is kept: another bundle or other phrases are another household."""
        name = f"{self.kind}-{self.lamp}-{self.seed}-{self.days}{'-torch' * self.torch}-{_fingerprint()}.json"
        return work / "household" / name


def _fingerprint() -> str:
    """Changes with whatever lives there."""
    digest = sha256()
    files = [PHRASES, *(folder / "manifest.json" for folder in (BASE_BUNDLE, BLANK_BUNDLE))]
    root = Path(__file__).parent.parent
    for folder in ("benchmarks/households", "runtime/learning", "model"):
        files += sorted((root / folder).glob("*.py"))
    for file in [*files, root / "model" / "base" / "ngrams.npz"]:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:8]


@dataclass(frozen=True)
class Town:
    """What all households share."""

    data: Path
    """Folder with the data files."""

    @cached_property
    def talk(self) -> list[list[tuple[str, ...]]]:
        """Meetings that households hear."""
        return [meeting for at, meeting in enumerate(self._meetings) if at % HELD_BACK]

    @cached_property
    def background(self) -> Background:
        """Of logistic regression."""
        return background(self._meetings[::HELD_BACK])

    @cached_property
    def _meetings(self) -> list[list[tuple[str, ...]]]:
        return read_talk(self.data)


def run(task: Task, town: Town, advance: Callable[[], object]) -> Record:
    """Let the lamp live there."""
    talk_a_day = ZERO_TALK_A_DAY if task.lamp == "zero" else TALK_A_DAY
    moments = plan(KINDS[task.kind], task.seed, task.days, town.talk, talk_a_day)
    known = town.background if task.lamp == "logistic" else None
    with lamp_of(task.lamp, known, torch=task.torch) as lamp:
        return live(lamp, moments, task.days, advance)


def tasks(seeds: int, days: int, *, torch: bool) -> Iterator[Task]:
    """Yield all of them."""
    for seed in range(seeds):
        for kind in KINDS:
            for lamp in LAMPS:
                yield Task(kind, lamp, seed, days, torch and lamp == "learning")
        for kind in ZERO_KINDS:
            yield Task(kind, "zero", seed, days, torch=False)


def compare(wanted: Sequence[Task], town: Town, work: Path, console: Console) -> dict[Task, Record]:
    """Return all results, computing those that are not there yet."""
    found: dict[Task, Record] = {}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        shown = progress.add_task("days", total=sum(task.days for task in wanted))
        for task in wanted:
            path = task.path(work)
            progress.update(shown, description=f"{task.kind}, {task.lamp}, seed {task.seed}")
            if path.exists():
                found[task] = record_from(json.loads(path.read_text(encoding="utf-8")))
                progress.advance(shown, task.days)
                continue
            found[task] = run(task, town, lambda: progress.advance(shown))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.with_suffix(".part").write_text(json.dumps(record_json(found[task])), encoding="utf-8")
            path.with_suffix(".part").replace(path)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.household", description=__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with the data files of model/corpus.py"
    )
    parser.add_argument("--seeds", type=int, default=3, help="households of each kind (default: 3)")
    parser.add_argument("--days", type=int, default=30, help="how long each lives (default: 30)")
    parser.add_argument("--torch", action="store_true", help="retrain the network too, which takes long")
    parser.add_argument(
        "--work", type=Path, default=Path("build/benchmarks"), help="where results are kept (%(default)s)"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("docs/benchmarks"), help="where the page is written (%(default)s)"
    )
    options = parser.parse_args(arguments)
    if options.seeds < 1 or options.days < 2:
        parser.error("--seeds must be at least 1 and --days at least 2")
    command = f"python -m benchmarks.household --data FOLDER --seeds {options.seeds} --days {options.days}"
    wanted = list(tasks(options.seeds, options.days, torch=options.torch))
    try:
        records = compare(wanted, Town(options.data), options.work, Console(stderr=True))
    except (ModelError, ForeglowError, OSError) as error:
        print(f"benchmarks.household: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("benchmarks.household: stopped; the same command carries on.", file=sys.stderr)
        return 130
    by_lamp: dict[str, dict[str, list[Record]]] = {}
    for task, record in records.items():
        by_lamp.setdefault(task.lamp, {}).setdefault(task.kind, []).append(record)
    command += " --torch" * options.torch
    print(f"wrote {write_page(options.out, by_lamp, (TALK_A_DAY, ZERO_TALK_A_DAY), command)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
