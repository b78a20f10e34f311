"""What the running lamp costs: memory, processor time in silence, bytes written, time to listening.

    python -m benchmarks.budget [--minutes 5] [--speech FOLDER] [--write]

It starts the real `foreglow run` on a real sound device (a null sink of a private PulseAudio) in a fresh state folder,
and asks the kernel. `--write` puts the tables into docs/budget.md. Bytes are counted by /proc/PID/io, so the folder
for temporary files must be on a disk. Nothing is written while nobody speaks, and processor time depends little on what
else the machine does; the time to listening does, so the best of several is taken.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import Final

import numpy as np
import soundfile

from benchmarks.endurance.sound_server import SoundServer
from benchmarks.process_figures import ProcessFigures
from benchmarks.tables import markdown
from runtime.control import ask

ROOT: Final = Path(__file__).parent.parent
PAGE: Final = ROOT / "docs" / "budget.md"
BEGIN, END = "<!-- figures: written by `python -m benchmarks.budget --write` -->", "<!-- end of figures -->"

STARTS: Final = 5
"""How often it is started; the quickest counts."""

QUIET_S: Final = 60.0
"""Seconds of silence, and of a low noise."""

NOISE_DB: Final = -60.0
"""Level of the noise, below full scale: a quiet room with a fan."""

PAUSE_S: Final = 1.0
"""Between two recordings."""

A_DAY: Final = {"utterance": 200, "switch": 10, "start": 1, "retraining": 1}
"""What normal use is: how often each of these happens in a day."""


@dataclass(frozen=True)
class Lamp:
    """A running `foreglow run`."""

    process: subprocess.Popen[str]
    """The process itself."""

    ready_s: float
    """Seconds from its start to its `ready`."""

    state: Path
    """Its state folder."""

    log: Path
    """What it wrote on standard error."""

    def figures(self) -> ProcessFigures:
        """What it costs by now."""
        return ProcessFigures.of(self.process.pid)

    def utterances(self) -> int:
        """Utterances heard to their end."""
        return int(ask(self.state, {"do": "status"})["utterances"])


@contextmanager
def running(home: Path, device: SoundServer) -> Iterator[Lamp]:
    """The lamp with its state below `home`, ready."""
    config, log = home / "device.yaml", home / "stderr"
    config.write_text(f"state_dir: {home}/state\nlight: {{kind: command, command: ['true']}}\n")
    began = time.perf_counter()
    with log.open("w") as errors:
        process = subprocess.Popen(
            foreglow("run", "--json", "--config", str(config)),
            cwd=ROOT, env=os.environ | device.env, stdout=subprocess.PIPE, stderr=errors, text=True,
        )  # fmt: skip
    assert process.stdout is not None
    try:
        if not any(json.loads(line)["event"] == "ready" for line in process.stdout):
            raise RuntimeError(f"foreglow did not start: {log.read_text()}")
        ready_s = time.perf_counter() - began
        threading.Thread(target=process.stdout.read, daemon=True).start()
        yield Lamp(process, ready_s, home / "state", log)
    finally:
        process.terminate()
        process.wait()


@contextmanager
def _sound(home: Path) -> Iterator[SoundServer]:
    server = SoundServer(home)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def foreglow(*arguments: str) -> list[str]:
    """The command line."""
    return [sys.executable, "-m", "runtime.cli", *arguments]


def without_recogniser(lines: int = 300) -> float:
    """Peak memory in MB of the language-model side alone, which reads text."""
    said = "".join(f"please turn on the light in room {number}\n" for number in range(lines))
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "device.yaml"
        config.write_text("state_dir: state\n")  # nothing learned, whatever was learned on this computer
        process = subprocess.Popen(
            foreglow("anticipate", "--config", str(config)),
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        assert process.stdin is not None
        process.stdin.write(said)
        process.stdin.close()
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_maxrss * 1024 / 1e6


def low_noise(path: Path) -> Path:
    """A recording of NOISE_DB of noise for QUIET_S seconds and a little more."""
    samples = np.random.default_rng(0).normal(size=int((QUIET_S + 5) * 16_000))
    soundfile.write(path, samples * 10 ** (NOISE_DB / 20), 16_000)
    return path


def part_of_a_core(lamp: Lamp, seconds: float) -> float:
    """Processor time over time that passed."""
    before, began = lamp.figures().compute_s, time.perf_counter()
    time.sleep(seconds)
    return (lamp.figures().compute_s - before) / (time.perf_counter() - began)


def speak(device: SoundServer, lamp: Lamp, recordings: Sequence[Path], minutes: float) -> list[float]:
    """Play them again and again; memory in MB after each."""
    until = time.perf_counter() + 60 * minutes
    memory = []
    for recording in cycle(recordings):
        device.play(recording)
        time.sleep(PAUSE_S)
        memory.append(lamp.figures().resident_mb)
        if time.perf_counter() > until:
            break
    time.sleep(5)
    return memory


def retraining_bytes(lamp: Lamp) -> int:
    """Bytes that one retraining writes, on what was just heard and switched."""
    config = str(lamp.state.parent / "device.yaml")
    process = subprocess.Popen(foreglow("retrain", "--config", config), cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError("the retraining failed; its reason is above.")
    return usage.ru_oublock * 512  # the kernel counts blocks of that size whatever the disk has


def measure(minutes: float, recordings: Sequence[Path]) -> str:
    """The tables."""
    with tempfile.TemporaryDirectory(prefix="foreglow-") as sound, _sound(Path(sound)) as device:
        starts = []
        for number in range(STARTS):
            home = Path(sound) / f"start{number}"
            home.mkdir()
            with running(home, device) as lamp:
                starts.append((lamp.ready_s, lamp.figures().compute_s))
                first = lamp.figures()
        home = Path(sound) / "life"
        home.mkdir()
        with running(home, device) as lamp:
            time.sleep(3)
            begun = lamp.figures()
            silence = part_of_a_core(lamp, QUIET_S)
            idle_bytes = lamp.figures().written_bytes - begun.written_bytes
            playing = device.start_playing(low_noise(Path(sound) / "noise.wav"))
            time.sleep(2)
            noise = part_of_a_core(lamp, QUIET_S)
            playing.wait()
            before, talk_began = lamp.figures(), time.perf_counter()
            memory = speak(device, lamp, recordings, minutes)
            heard, after = lamp.utterances(), lamp.figures()
            talking = (after.compute_s - before.compute_s) / (time.perf_counter() - talk_began)
            for number in range(10):
                ask(lamp.state, {"do": "switch", "to": ("light_on", "light_off")[number % 2]})
                time.sleep(1)
            time.sleep(1)
            switched = lamp.figures()
            log_bytes = lamp.log.stat().st_size
            retraining = retraining_bytes(lamp)
            peak = lamp.figures().peak_mb
    each = {
        "utterance": (after.written_bytes - before.written_bytes) / heard,
        "switch": (switched.written_bytes - after.written_bytes) / 10,
        "start": begun.written_bytes,
        "retraining": retraining,
    }
    day = sum(each[what] * times for what, times in A_DAY.items())
    memory_rows = [
        ["when it listens, before any speech", f"{first.resident_mb:.0f} MB", ""],
        ["in silence after that", f"{begun.resident_mb:.0f} MB", "250 MB"],
        [
            f"while people speak ({minutes:g} min, {heard} utterances), median",
            f"{median(memory):.0f} MB",
            "250 MB",
        ],
        ["the most of that, after an utterance", f"{max(memory):.0f} MB", "250 MB"],
        ["the most at any moment", f"{peak:.0f} MB", "250 MB"],
        ["proportional set, after it", f"{after.proportional_mb:.0f} MB", ""],
        ["of that no file's (what a swap would take)", f"{after.private_mb:.0f} MB", ""],
        [
            "without the recogniser (`foreglow anticipate`), the most",
            f"{without_recogniser():.0f} MB",
            "80 MB",
        ],
    ]
    cost_rows = [
        ["silence", f"{silence:.2%}", "2 %"],
        [f"noise of {NOISE_DB:g} dB", f"{noise:.2%}", "2 %"],
        ["people speaking all the time", f"{talking:.1%}", ""],
        ["threads", str(after.threads), ""],
        [f"start to listening, best of {STARTS}", f"{min(starts)[0]:.2f} s", "3 s"],
        ["processor time of a start", f"{min(compute for _, compute in starts):.2f} s", ""],
    ]
    byte_rows = [
        [what, f"{each[what] / 1000:,.0f} kB", str(times), f"{each[what] * times / 1e6:.1f} MB"]
        for what, times in A_DAY.items()
    ]
    byte_rows += [
        [f"nothing happens, {QUIET_S:g} s", f"{idle_bytes} B", "", ""],
        ["log, while all this was measured", f"{log_bytes} B", "", ""],
        ["**a day**", "", "", f"**{day / 1e6:.1f} MB**"],
    ]
    parts = [
        markdown(["memory (resident)", "measured", "at most"], memory_rows),
        markdown(["processor, part of one core", "measured", "at most"], cost_rows),
        markdown(["written", "each", "a day", "bytes a day"], byte_rows),
    ]
    return "\n\n".join(parts).replace("%", " %").replace("  %", " %")


def main() -> None:
    """Measure, and print or write the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.budget", description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=5.0, help="of speech (default: 5)")
    parser.add_argument(
        "--speech", type=Path, default=ROOT / "recordings", metavar="FOLDER", help="wav or flac"
    )
    parser.add_argument("--write", action="store_true", help="write the tables into docs/budget.md")
    options = parser.parse_args()
    recordings = sorted(path for path in options.speech.iterdir() if path.suffix in (".wav", ".flac"))
    tables = measure(options.minutes, recordings)
    print(tables)
    if options.write:
        before, rest = PAGE.read_text("utf-8").split(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}\n\n{tables}\n\n{END}{rest.split(END)[1]}", "utf-8")


if __name__ == "__main__":
    main()
