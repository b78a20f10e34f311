"""python -m benchmarks.learning: what learning costs, at once and by retraining, in seconds and memory.

Each figure is measured in a process of its own, one thread. Writes docs/benchmarks/learning.md. Takes a few minutes;
needs no data, for what the household says is drawn from the phrases with words of its own. `--kills N` kills that many
processes in the midst of writing, learning, retraining and promotion instead, and prints what was found.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from subprocess import PIPE, Popen
from typing import Final

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from rich.console import Console
from rich.progress import track

from benchmarks.kills import kill_often
from benchmarks.tables import markdown, wrapped
from model.phrases import sample_phrases
from runtime.config import Config
from runtime.health import resident_mb
from runtime.journal.journal import Journal
from runtime.journal.records import UtteranceRecord
from runtime.learning.assembly import make_learner
from runtime.service import load_service

PAGE: Final = Path(__file__).parent.parent / "docs" / "benchmarks" / "learning.md"

EXAMPLES: Final = (0, 2_000, 4_000)
"""What the household has been taught before the lesson that is measured."""

LESSONS: Final = 20
"""Lessons measured."""

RETRAINED_ON: Final = 2_000
"""Lessons in the journal before a retraining; as many utterances with which nothing happened are there too."""

PRIVATE: Final = ("lumos", "nox", "sparkle", "gloomy", "glimmer", "duskfall", "brightly", "snuggery")
"""Words of the household's own."""

LIMITS: Final = {
    "lesson": (1.0, 60.0),
    "without torch": (60.0, 400.0),
    "with torch": (300.0, 400.0),
    "from zero": (300.0, 400.0),
}
"""Seconds and MB that were set as reach."""


@dataclass(frozen=True)
class Cost:
    """What something took."""

    seconds: float
    """Processor time, which on an idle core is the time that passes; of lessons the longest."""

    typical_s: float
    """The median."""

    megabytes: float
    """MB (10^6 bytes) resident at most: for lessons, beyond what the lamp had before it learned anything."""


def household_says(count: int, seed: int = 5) -> list[tuple[tuple[str, ...], str]]:
    """Utterances with what they meant: phrases, every fourth command of them with a word of the household's own."""
    random = np.random.default_rng(seed)
    phrases = sorted(sample_phrases(seed, 12), key=lambda phrase: phrase.text)
    said = []
    for index in random.permutation(len(phrases))[:count]:
        words = phrases[index].text.split()
        if phrases[index].intent != "none" and random.random() < 0.25:
            words[int(random.integers(len(words)))] = PRIVATE[int(random.integers(len(PRIVATE)))]
        said.append((tuple(words), phrases[index].intent))
    if len(said) < count:
        raise ValueError(f"the phrases give {len(said)} utterances, not {count}")
    return said


def fill_journal(folder: Path, lessons: int, silent: int) -> None:
    """A month of a household: so many lessons, and so many utterances with which nothing happened."""
    begin = time.time() - 30 * 86_400
    quiet = [each for each in household_says(2 * silent, seed=7) if each[1] == "none"][:silent]
    said = [*household_says(lessons), *quiet]
    with Journal.open(folder) as journal:
        session = journal.begin_session()
        for number, (words, intent) in enumerate(said):
            at = begin + number * 30 * 86_400 / len(said)
            trace = ((0.01, 0.01, 0.98),) * len(words)
            record = UtteranceRecord(
                None, session, 0.0, 1.0, at, words, (), "base", trace, None, None, None, False, None
            )
            utterance = journal.add_utterance(record)
            if number < lessons:
                journal.add_label(utterance, intent, "unobjected" if number % 2 else "claimed", at)  # type: ignore[arg-type]


def measure_lessons(examples: int) -> Cost:
    """In this process: lessons given one after the other to a lamp that was taught so many before."""
    with tempfile.TemporaryDirectory() as folder:
        config = Config().model_copy(update={"state_dir": Path(folder)})
        fill_journal(Path(folder), examples, 1)
        with Journal.open(Path(folder)) as journal:
            service = load_service(config, print)
            before = resident_mb() or 0.0
            learner = make_learner(config, service, journal)
            times, largest = [], 0.0
            for number, (words, intent) in enumerate(household_says(LESSONS, seed=6), start=1_000_000):
                begin = time.process_time()
                learner.teach(number, words, intent, "claimed")  # type: ignore[arg-type]
                times.append(time.process_time() - begin)
                largest = max(largest, resident_mb() or 0.0)
    return Cost(max(times), median(times), largest - before)


def measure_retraining(folder: Path, name: str) -> tuple[Cost, dict[str, object]]:
    """`foreglow retrain` on a state folder, in a process of its own; its cost and its result.

    `name` is `without torch`, `with torch` or `from zero`, which needs torch.
    """
    config = folder / "device.yaml"
    config.write_text(f"state_dir: {folder / 'state'}\n", encoding="utf-8")
    program = "import sys, runtime.learning.retrain as retrain\nfrom runtime.cli import main\n"
    program += "retrain.can_train = lambda: False\n" if name == "without torch" else ""
    program += "sys.exit(main(['retrain', '--json', '--config', *sys.argv[1:]]))"
    more = ["--from-zero"] if name == "from zero" else []
    child = Popen([sys.executable, "-c", program, str(config), *more], stdout=PIPE, text=True)
    assert child.stdout is not None
    lines = child.stdout.read().splitlines()
    _, status, usage = os.wait4(child.pid, 0)
    seconds = usage.ru_utime + usage.ru_stime
    if status != 0:
        raise RuntimeError(f"retraining ended with status {status}")
    return Cost(seconds, seconds, usage.ru_maxrss * 1024 / 1e6), json.loads(lines[-1])


def in_a_process(examples: int) -> Cost:
    """`measure_lessons` where nothing else has used memory before."""
    program = (
        "import json, sys\nfrom dataclasses import asdict\nfrom benchmarks.learning import measure_lessons\n"
    )
    program += "print(json.dumps(asdict(measure_lessons(int(sys.argv[1])))))"
    child = Popen([sys.executable, "-c", program, str(examples)], stdout=PIPE, text=True)
    told, _ = child.communicate()
    if child.returncode != 0:
        raise RuntimeError(f"the measurement ended with status {child.returncode}")
    return Cost(**json.loads(told))


def page(lessons: dict[int, Cost], retrainings: dict[str, tuple[Cost, dict[str, object]]]) -> str:
    """The page."""
    limit_s, limit_mb = LIMITS["lesson"]
    rows = [
        [f"{examples:,}", f"{cost.typical_s:.2f}", f"{cost.seconds:.2f}", f"{cost.megabytes:.0f}"]
        for examples, cost in lessons.items()
    ]
    parts = [
        "# What learning costs",
        "Written by `python -m benchmarks.learning`; do not edit. One thread of a shared x86 core; seconds are of "
        "processor time, which on an idle core is the time that passes. A small board takes several times as long.",
        "## At once",
        f"Seconds from a lesson to the decoder in service, of {LESSONS} lessons one after the other, the check of the "
        "sanity set included, beside what the household was taught before. Memory is what the lamp uses at most beyond "
        f"what it had before it learned anything. Reach: {limit_s:.0f} s and {limit_mb:.0f} MB.",
        markdown(["taught before", "median, s", "longest, s", "memory, MB"], rows),
        "## Retraining",
        f"`foreglow retrain` as a process of its own, from its start to its end, on {RETRAINED_ON:,} lessons and as "
        "many utterances with which nothing happened. Memory is the largest resident set, libraries included.",
        markdown(
            ["", "seconds", "reach", "memory, MB", "reach"],
            [
                [
                    name,
                    f"{cost.seconds:.1f}",
                    f"{LIMITS[name][0]:.0f}",
                    f"{cost.megabytes:.0f}",
                    f"{LIMITS[name][1]:.0f}",
                ]
                for name, (cost, _) in retrainings.items()
            ],
        ),
        *(f"{name.capitalize()}: {_outcome(result)}" for name, (_, result) in retrainings.items()),
    ]
    return "\n\n".join(wrapped(part) for part in parts) + "\n"


def _outcome(result: dict[str, object]) -> str:
    sides = []
    for name in ("candidate", "incumbent"):
        side = result[name]
        assert isinstance(side, dict)
        told = f"{side['missed']} of {side['commands']} commands missed, {side['false_activations']} of "
        sides.append(f"the {name} {told}{side['others']} others switched the light")
    return f"{'; '.join(sides)}; {result['reason']}"


def measured(console: Console) -> str:
    """Measure everything; returns the page."""
    lessons = {n: in_a_process(n) for n in track(EXAMPLES, "lessons", console=console, transient=True)}
    retrainings = {}
    names = [name for name in LIMITS if name != "lesson"]
    for name in track(names, "retraining", console=console, transient=True):
        with tempfile.TemporaryDirectory() as folder:
            fill_journal(Path(folder) / "state", RETRAINED_ON, RETRAINED_ON)
            retrainings[name] = measure_retraining(Path(folder), name)
    return page(lessons, retrainings)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learning", description=__doc__)
    parser.add_argument("--kills", type=int, metavar="N", help="kill this many processes instead")
    options = parser.parse_args(arguments)
    console = Console(stderr=True)
    if options.kills is not None:
        with tempfile.TemporaryDirectory() as folder:
            kills = track(range(options.kills), "kills", console=console, transient=True)
            print(kill_often(Path(folder), kills, seed=0).sentence())
        return 0
    PAGE.write_text(measured(console), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
