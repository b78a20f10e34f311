"""python -m benchmarks.soak: a lamp hears a day of sound as fast as it goes, and is watched for what grows.

Speech, silence, music, hum, rain, dishes and talk from another room go through the pipeline of `foreglow run`, with
its journal, learning and nightly retraining. Memory, file handles, threads and the state folder are looked at every
quarter of an hour of the day. Writes its table into docs/soak.md and the picture beside it. Needs espeak-ng.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Final

os.environ.setdefault("OMP_NUM_THREADS", "1")

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from benchmarks.endurance.day import HOUR_S
from benchmarks.endurance.flatness import Slope, slope
from benchmarks.endurance.living import Sample, Soaked, live
from benchmarks.endurance.page import PAGE, write_part
from benchmarks.tables import markdown
from runtime.errors import OURS

SETTLED_H: Final = 4.0
"""Hours after which nothing may grow any more: until then caches fill and the first of everything is seen."""

MOST_MB_A_DAY: Final = 5.0
"""Growth of memory from which on, twice its error taken off, it counts as a leak: a year of it would be 2 GB."""

PICTURE: Final = "soak.svg"


def settled(samples: Sequence[Sample]) -> list[Sample]:
    """Those in which nothing may grow any more: after SETTLED_H, or of a short trial the second half."""
    since_s = min(SETTLED_H * HOUR_S, samples[-1].at_s / 2)
    return [sample for sample in samples if sample.at_s >= since_s]


def grown(soaked: Soaked) -> list[str]:
    """What has grown and must not have, as sentences."""
    last = settled(soaked.samples)
    told = []
    memory = growth(last)
    if memory.a_day - 2 * memory.error > MOST_MB_A_DAY:
        told.append(f"memory grows by {memory.a_day:.1f} ± {memory.error:.1f} MB a day")
    for name in ("handles", "threads"):
        counts = [getattr(sample, name) for sample in last]
        if min(counts[-4:]) > max(counts[:4]):
            told.append(f"{name} went up from {max(counts[:4])} to {min(counts[-4:])}")
    return told


def growth(samples: Sequence[Sample]) -> Slope:
    """Of memory, in MB a day."""
    return slope([sample.at_s for sample in samples], [sample.memory_mb for sample in samples])


def report(soaked: Soaked, command: str, took_s: float) -> str:
    """The part of the page."""
    samples, counted = soaked.samples, soaked.counted
    last, whole_s = settled(samples), soaked.samples[-1].at_s
    memory, state = growth(last), [sample.state_mb for sample in last]
    quiet = min((b.compute_s - a.compute_s) / (b.at_s - a.at_s) for a, b in pairwise(samples))
    rows = [
        ["sound heard", f"{whole_s / HOUR_S:.1f} hours, {soaked.talk_s / 60:.0f} minutes of speech"],
        ["memory at the start, resident", f"{samples[0].memory_mb:.0f} MB"],
        ["memory once settled", f"{_between([sample.memory_mb for sample in last])} MB"],
        ["its growth since then", f"{memory.a_day:+.1f} ± {memory.error:.1f} MB a day"],
        ["file handles once settled", _between([sample.handles for sample in last])],
        ["threads once settled", _between([sample.threads for sample in last])],
        ["state folder once settled", f"{_between(state)} MB"],
        ["utterances heard", f"{soaked.utterances:,}"],
        *(
            [f"commands obeyed, {kind}", f"{counted.obeyed.get(kind, 0)} of {spoken}"]
            for kind, spoken in counted.spoken.items()
        ),
        ["answered with the opposite", str(counted.opposite)],
        [
            "acts that nobody asked for",
            f"{counted.false}, of these {counted.false_back} taken back by itself",
        ],
        ["flips of the switch", str(counted.flips)],
        ["retrainings by night", str(soaked.retrainings)],
        ["compute, all threads", f"{100 * samples[-1].compute_s / whole_s:.1f} % of one core"],
        ["compute in the quietest quarter of an hour", f"{100 * quiet:.1f} % of one core"],
    ]
    found = "; ".join(grown(soaked)) or "nothing grows"
    return (
        f"`{command}`, {took_s / 60:.0f} minutes. Verdict: {found}.\n\n{markdown(['', 'figure'], rows)}\n\n"
        f"![Memory, file handles, state folder and compute over the day]({PICTURE})"
    )


def _between(values: Sequence[float]) -> str:
    low, high = (f"{value:g}" for value in (round(min(values), 1), round(max(values), 1)))
    return low if low == high else f"{low} to {high}"


def soak(seed: int, hours: float, console: Console) -> Soaked:
    """The day, in a folder of its own."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with (
        tempfile.TemporaryDirectory(prefix="foreglow-") as folder,
        Progress(*columns, console=console) as bar,
    ):
        shown = bar.add_task("the lamp listens", total=hours * HOUR_S)

        def advance(now_s: float, sample: Sample) -> None:
            what = f"{now_s / HOUR_S:.2f} h, {sample.memory_mb:.0f} MB, {sample.handles} handles"
            bar.update(shown, completed=now_s, description=what)

        return live(seed, hours, Path(folder), advance)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--hours", type=float, default=24.0, help="how long the day is (default: 24)")
    parser.add_argument("--seed", type=int, default=1, help="another day (default: 1)")
    parser.add_argument(
        "--page", type=Path, default=PAGE, help="the page to write to (default: docs/soak.md)"
    )
    parser.add_argument("--samples", type=Path, help="write what was measured there too, as JSON lines")
    options = parser.parse_args(arguments)
    if not 0.5 <= options.hours <= 24:
        parser.error("--hours must be from 0.5 to 24")
    begin = time.monotonic()
    try:
        soaked = soak(options.seed, options.hours, Console(stderr=True))
        if options.samples is not None:
            lines = [json.dumps(asdict(sample)) + "\n" for sample in soaked.samples]
            options.samples.write_text("".join(lines), encoding="utf-8")
        from benchmarks.endurance.picture import write_picture  # its memory is not the lamp's

        command = f"python -m benchmarks.soak --hours {options.hours:g} --seed {options.seed}"
        write_picture(soaked.samples, options.page.parent / PICTURE)
        write_part("soak", report(soaked, command, time.monotonic() - begin), options.page)
    except (*OURS, OSError, RuntimeError, ValueError) as error:
        print(f"benchmarks.soak: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(f"wrote {options.page}; {'; '.join(grown(soaked)) or 'nothing grows'}")
    return 1 if grown(soaked) else 0


if __name__ == "__main__":
    sys.exit(main())
